"""Agents' points: claimed, proven by a code or a chat, given up; whoever guesses gets nowhere, and not for long."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.deciding.commands import Refused, decide_command, needs, points
from services.router.deciding.commands.points import MOST
from services.router.deciding.evidence import needs as needs_of
from services.router.deciding.evidence import read
from services.router.deciding.inbound import decide_inbound
from shared.messages.agents import AddPoint, AddSpoken, DropPoint, PutAgentPoint, VerifyPoint
from shared.messages.changeset import Changeset, OpenTicket
from shared.messages.command import Action, Command, CreateAgent
from shared.messages.facts import AgentFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.life import StaffFact
from shared.messages.parts import Point
from shared.secrets.pointcode import START as PREFIX
from shared.secrets.pointcode import TRIES, VALID, point_code, point_link, read_code, read_point_link, started_with
from shared.settings.inbox import TelegramInbox
from shared.settings.sections import Company
from tests.router import world as mailing
from tests.router.talking import INBOXES, Talk, said
from tests.router.world import KEYRING, START

ANNA, BORIS = "anna@acme.example", "boris@acme.example"
NUMBER = "+385911234567"
CHAT = "4711"


def policy() -> Any:
    """An installation with a public address and a bot whose name is known."""
    settings = mailing.load(None, None, {})
    email = settings.inbox[0].model_copy(update={"address": "support@acme.example"})
    bot = TelegramInbox(name="bot", channel="telegram", username="@acme_support_bot")
    company = Company(name="Acme", public_url="https://help.acme.example")
    return mailing.policy(inbox=(email, bot, *INBOXES[1:]), company=company)


class Staffed(Talk):
    """Anna speaks Croatian, Boris English."""

    def __init__(self) -> None:
        super().__init__(policy=policy())
        for email, languages in ((ANNA, ["hr"]), (BORIS, ["en"])):
            name = email.partition("@")[0]
            staff = StaffFact(agent_id=f"id-{name}", email=email, name=name.title(), languages=languages)
            self.state.staff[email] = staff
            known = {each: getattr(staff, each) for each in AgentFact.model_fields}
            self.state.agents[point_key("email", email)] = AgentFact(**known)

    def asks(self, action: Action, key: str = "k", at: datetime = START, actor: str = "operator") -> dict[str, Any]:
        """Have it decided and committed; gives its result."""
        command = Command(command_id=key, actor=actor, at=at, action=action)
        changeset = decide_command(command, self.state.model_copy(deep=True), self.policy, at)
        assert self.commit(changeset) == "committed"
        return points.answered(command, changeset.result, self.policy)

    def proven(self, email: str) -> list[tuple[str, str]]:
        """An agent's verified points."""
        agent_id = self.state.staff[email].agent_id
        points = self.state.agent_points.values()
        return [(p.kind, p.value) for p in points if p.agent_id == agent_id and p.verified_at is not None]

    def claims(self, kind: Any = "phone", value: str = NUMBER, email: str = ANNA, key: str = "claim") -> str:
        """A point is added; gives the code that was sent."""
        result = self.asks(AddPoint(email=email, kind=kind, value=value), key)
        return str(result["code"] if kind == "telegram" else self.sent()[-1].variables["code"])

    def starts(self, payload: str, name: str, chat: str = CHAT, minutes: float = 1, **more: Any) -> Changeset:
        """Somebody opens the chat with the bot by a link."""
        return self.take(start(payload, name, chat, minutes, **more))


def start(payload: str, name: str, chat: str = CHAT, minutes: float = 1, **more: Any) -> Inbound:
    """What intake makes of ``/start`` with a payload."""
    return said(name, f"/start {payload}", chat, "telegram", minutes, fields={"start": payload}, **more)


@pytest.fixture
def world() -> Staffed:
    return Staffed()


# -- codes --------------------------------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=40), st.sampled_from(["", "  ", "-"]))
def test_a_code_is_read_however_it_is_typed(command_id: str, between: str) -> None:
    code = point_code(KEYRING, command_id)
    assert read_code(f" {code[:4]}{between}{code[4:].lower()} ") == code
    assert started_with(f"{PREFIX.upper()}{code.lower()}") == code
    link = point_link(KEYRING, "0f" * 16, code)
    found = read_point_link(KEYRING, link.upper())
    assert found is not None
    assert (found.point_id, found.code) == ("0f" * 16, code)


@given(st.integers(0, 50), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_link_with_another_letter_is_none(place: int, letter: str) -> None:
    link = point_link(KEYRING, "ab" * 16, "K7QF2T2M")
    forged = link[:place] + letter + link[place + 1 :]
    assert (read_point_link(KEYRING, forged) is None) == (forged != link)


@given(st.text(max_size=200))
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_point_link(KEYRING, text) is None
    found = started_with(text)
    assert found is None or text.lower().startswith(PREFIX)


# -- adding and proving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "written", "value", "channel"),
    [
        ("phone", "00385 91 123-4567", NUMBER, "sms"),
        ("whatsapp", NUMBER, NUMBER, "whatsapp"),
        ("email", " Anna@Home.Example ", "anna@home.example", "email"),
    ],
)
def test_a_code_that_was_sent_there_proves_a_point(
    world: Staffed, kind: Any, written: str, value: str, channel: str
) -> None:
    code = world.claims(kind, written)
    sent = world.sent()[-1]
    assert (sent.channel, sent.to[0].address, sent.ticket_id, sent.language) == (channel, value, None, "hr")
    (claim,) = world.state.agent_points.values()
    assert code not in claim.model_dump_json()
    assert claim.code_expires == START + VALID
    assert world.proven(ANNA) == []
    done = world.asks(VerifyPoint(email=ANNA.upper(), kind=kind, value=written, code=code.lower()), "v")
    assert done["verified"] is True
    assert world.proven(ANNA) == [(kind, value)]
    told = world.sent()[-1]
    assert (told.template, told.to[0].address) == ("agent.point_proven", ANNA)
    assert world.asks(VerifyPoint(email=ANNA, kind=kind, value=value, code="again"), "w")["verified"] is True
    world.asks(DropPoint(email=ANNA, kind=kind, value=value), "d")
    assert not world.state.agent_points


def test_a_mail_with_a_code_has_a_link_where_the_house_is_public(world: Staffed) -> None:
    code = world.claims("email", "anna@home.example")
    sent = world.sent()[-1]
    base, _, token = str(sent.variables["link"]).rpartition("/")
    assert (sent.template, base) == ("agent.point_link", "https://help.acme.example/agent/point")
    found = read_point_link(KEYRING, token)
    assert found is not None
    assert (found.code, found.point_id) == (code, next(iter(world.state.agent_points)))
    plain = Staffed()
    plain.policy = mailing.policy()
    plain.claims("email", "anna@home.example")
    assert (plain.sent()[-1].template, set(plain.sent()[-1].variables)) == ("agent.point", {"code"})


@pytest.mark.parametrize(
    ("kind", "value", "error", "words"),
    [
        ("phone", "112", "invalid", "a number like"),
        ("phone", "anna@home.example", "invalid", "a number like"),
        ("phone", "+15005550006", "invalid", "our own"),
        ("email", "support@acme.example", "invalid", "our own"),
        ("email", "anna at home", "invalid", "a mail address"),
        ("email", f"{'a' * 250}@b.example", "invalid", "a mail address"),
        ("email", ANNA.upper(), "conflict", "added with"),
        ("email", BORIS, "conflict", "another agent"),
        ("telegram", "4711", "invalid", "leave it empty"),
        ("whatsapp", "+48600700800", "conflict", "another agent"),
    ],
)
def test_what_cannot_be_a_point_is_refused_with_what_can(
    world: Staffed, kind: Any, value: str, error: str, words: str
) -> None:
    code = world.claims("whatsapp", "+48600700800", BORIS)
    world.asks(VerifyPoint(email=BORIS, kind="whatsapp", value="+48600700800", code=code), "v")
    with pytest.raises(Refused, match=words) as refused:
        world.asks(AddPoint(email=ANNA, kind=kind, value=value), "n")
    assert refused.value.error == error


def test_without_an_inbox_of_the_channel_it_is_said_which_there_are() -> None:
    world = Staffed()
    world.policy = mailing.policy()
    with pytest.raises(Refused, match="no inbox of channel sms; possible are email"):
        world.claims()


def test_an_agent_has_a_bounded_number_of_points_and_gets_another_code_after_a_minute_only(world: Staffed) -> None:
    first = world.claims()
    with pytest.raises(Refused, match="in a minute"):
        world.asks(AddPoint(email=ANNA, kind="phone", value=NUMBER), "again", START + timedelta(seconds=59))
    world.asks(AddPoint(email=ANNA, kind="phone", value=NUMBER), "later", START + timedelta(seconds=60))
    assert world.sent()[-1].variables["code"] != first
    for number in range(MOST - 1):
        world.claims(value=f"+38591123{number:04}", key=f"n{number}")
    with pytest.raises(Refused, match=f"{MOST} points already"):
        world.claims(value="+385911239999", key="one more")


def test_five_wrong_codes_end_a_claim_and_an_old_code_proves_nothing(world: Staffed) -> None:
    code = world.claims()
    wrong = VerifyPoint(email=ANNA, kind="phone", value=NUMBER, code="AAAAAAAA")
    left = [world.asks(wrong, f"w{number}")["left"] for number in range(TRIES)]
    assert left == [4, 3, 2, 1, 0]
    right = wrong.model_copy(update={"code": code})
    with pytest.raises(Refused, match="wrong codes"):
        world.asks(right, "v")
    world.asks(AddPoint(email=ANNA, kind="phone", value=NUMBER), "anew", START + timedelta(minutes=2))
    newer = str(world.sent()[-1].variables["code"])
    assert world.asks(right, "old", START + timedelta(minutes=3))["verified"] is False
    with pytest.raises(Refused, match="no longer counts"):
        world.asks(wrong.model_copy(update={"code": newer}), "late", START + timedelta(minutes=2) + VALID)
    assert world.proven(ANNA) == []


def test_of_two_who_claim_a_number_only_the_first_to_prove_it_has_it(world: Staffed) -> None:
    codes = {email: world.claims(email=email, key=email) for email in (ANNA, BORIS)}
    points = {email: VerifyPoint(email=email, kind="phone", value=NUMBER, code=codes[email]) for email in codes}
    both = []
    for email, action in points.items():
        command = Command(command_id=f"v-{email}", actor="operator", at=START, action=action)
        both.append(decide_command(command, world.state.model_copy(deep=True), world.policy, START))
    assert [world.commit(each) for each in both] == ["committed", "conflict"]
    with pytest.raises(Refused, match="another agent's"):
        world.asks(points[BORIS], "again")
    assert (world.proven(ANNA), world.proven(BORIS)) == ([("phone", NUMBER)], [])


def test_nobody_is_added_with_an_address_that_is_another_agents_point(world: Staffed) -> None:
    shared = "anna@home.example"
    world.asks(VerifyPoint(email=ANNA, kind="email", value=shared, code=world.claims("email", shared)), "v")
    with pytest.raises(Refused, match="a point of another agent"):
        world.asks(CreateAgent(email=shared, name="Somebody"), "c")
    command = Command(command_id="k", actor="operator", at=START, action=CreateAgent(email=shared, name="Somebody"))
    assert needs(command, world.policy).points_of == [shared]
    world.asks(DropPoint(email=ANNA, kind="email", value=shared), "d")
    assert world.asks(CreateAgent(email=shared, name="Somebody"), "again")["agent_id"]


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (AddPoint(email="nobody@acme.example", kind="phone", value=NUMBER), "not-found"),
        (VerifyPoint(email=ANNA, kind="phone", value=NUMBER, code="K7QF2T2M"), "not-found"),
        (DropPoint(email=ANNA, kind="phone", value=NUMBER), "not-found"),
        (DropPoint(email=ANNA, kind="email", value=ANNA), "invalid"),
        (DropPoint(email=ANNA, kind="telegram", value="chat"), "invalid"),
    ],
)
def test_what_is_not_there_is_said_so(world: Staffed, action: Action, error: str) -> None:
    with pytest.raises(Refused) as refused:
        world.asks(action)
    assert refused.value.error == error


def test_a_decision_about_a_point_asks_for_whose_it_is(world: Staffed) -> None:
    command = Command(
        command_id="k", actor="operator", at=START, action=AddPoint(email=ANNA, kind="phone", value="00385911234567")
    )
    request = needs(command, world.policy)
    assert (request.staff, request.points_of) == (True, [ANNA])
    assert request.points == [Point(kind="phone", value=NUMBER)]


# -- a chat -------------------------------------------------------------------------------------------------------------------


def test_the_chat_that_brings_the_code_is_the_agents_and_no_ticket_comes_of_it(world: Staffed) -> None:
    result = world.asks(AddPoint(email=ANNA, kind="telegram"), "t")
    code = result["code"]
    assert code not in world.causes["command:t"].model_dump_json()  # what is kept of the command opens nothing
    assert result["link"] == f"https://t.me/acme_support_bot?start={code}"
    assert not world.sent()
    message = start(code, "s1")
    request = needs_of([(message, read(message, world.policy))])
    assert (len(request.codes), request.staff) == (1, True)
    assert code.encode() not in request.encode()
    done = world.take(message)
    assert done.ledger is not None
    assert (done.ledger.outcome, done.ledger.reason) == ("stored", "agent linked")
    assert world.proven(ANNA) == [("telegram", CHAT)]
    assert [(each.channel, each.template, each.language) for each in world.sent()] == [
        ("email", "agent.point_proven", "hr"),
        ("telegram", "agent.linked", "hr"),
    ]
    assert not world.state.tickets
    world.starts(code, "s2", minutes=2)
    world.starts(code, "s3", "99", minutes=3)  # it counts once
    assert world.proven(ANNA) == [("telegram", CHAT)]
    assert len(world.operations(AddSpoken)) == 2


def test_a_second_chat_is_linked_and_given_up_by_itself(world: Staffed) -> None:
    for chat in ("1", "2"):
        world.starts(world.claims("telegram", "", key=f"t{chat}"), f"s{chat}", chat)
    assert world.proven(ANNA) == [("telegram", "1"), ("telegram", "2")]
    world.asks(DropPoint(email=ANNA, kind="telegram", value="1"), "d")
    assert world.proven(ANNA) == [("telegram", "2")]


def test_a_guesser_is_answered_once_an_hour_and_stands_among_the_refused(world: Staffed) -> None:
    world.claims("telegram", "")
    for number in range(5):
        world.starts(f"{PREFIX}AAAAAAA{'ABCDE'[number]}", f"g{number}", minutes=number)
    assert [each.template for each in world.sent()] == ["agent.link_refused"]
    refused = world.operations(AddSpoken)
    assert [(each.verdict, each.reason, each.text) for each in refused] == [("refused", "wrong code", "/start")] * 5
    world.starts(f"{PREFIX}AAAAAAAF", "later", minutes=61)
    assert len(world.sent()) == 2
    assert not world.state.tickets
    assert world.proven(ANNA) == []


@pytest.mark.parametrize(("minutes", "chat", "reason"), [(16, CHAT, "expired code"), (1, "99", "another agent's chat")])
def test_a_right_code_is_refused_too_late_and_in_another_agents_chat(
    world: Staffed, minutes: float, chat: str, reason: str
) -> None:
    world.starts(world.claims("telegram", "", BORIS, "b"), "boris", "99")
    code = world.claims("telegram", "")
    world.starts(code, "anna", chat, minutes)
    (refused,) = world.operations(AddSpoken)
    assert refused.reason == reason
    assert world.proven(ANNA) == []


@pytest.mark.parametrize(
    ("payload", "more"),
    [
        ("campaign", {}),
        ("K7QF2T2M", {}),
        (f"{PREFIX}short", {}),
        (f"{PREFIX}AAAAAAAA", {"inbox": "elsewhere", "inboxes": ["elsewhere"]}),
        (f"{PREFIX}AAAAAAAA", {"imported": True}),
    ],
)
def test_what_other_links_bring_is_a_customers_message(world: Staffed, payload: str, more: dict[str, Any]) -> None:
    done = decide_inbound(start(payload, "x", **more), world.state, world.policy, START)
    assert [each for each in done.operations if isinstance(each, OpenTicket)]
    assert not [each for each in done.operations if isinstance(each, AddSpoken | PutAgentPoint)]
