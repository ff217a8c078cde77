"""Whoever is no agent, and claims to be one, gets nowhere: nothing is sent, nothing changes, and it stands in the ledger."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.evidence import needs, read
from services.router.deciding.speaking.refusing import TRIES
from shared.messages.changeset import AddMessage, Changeset, ChangeTicket, QueueDelivery
from shared.messages.outbound import side_part
from shared.messages.parts import Authentication, Point
from shared.messages.talking import StartSide
from shared.secrets import TicketToken, reply_address
from shared.secrets.shortcode import short_code
from tests.router.speaking.speakworld import (
    ANNA,
    ANNAS_CHAT,
    ANNAS_PHONE,
    EVE,
    EVES_CHAT,
    EVES_PHONE,
    FORGED,
    KEYRING,
    PIOTR,
    PROVEN,
    START,
    Speaking,
)
from tests.router.talking import said
from tests.router.world import mail

Forging = Callable[[Speaking], Changeset]
ELSE = Authentication(spf="pass", dkim="pass", dmarc="pass", domain="else.example", dkim_aligned=True)
WORDS = "Send the parcel to me.\n#solve"


@pytest.fixture
def world() -> Speaking:
    return Speaking()


def unchanged(world: Speaking, before: list[Any]) -> None:
    """Nothing was sent to a customer, and their tickets are as they were."""
    assert world.to_customers() == []
    assert [world.ticket(1001).model_dump(), world.ticket(1002).model_dump()] == before


def state(world: Speaking) -> list[Any]:
    return [world.ticket(1001).model_dump(), world.ticket(1002).model_dump()]


REFUSED: dict[str, tuple[Forging, str]] = {
    "a spoofed From that fails DMARC": (lambda w: w.mails(WORDS, authentication=FORGED), "unproven sender"),
    "a spoofed From of which nothing is known": (lambda w: w.mails(WORDS, authentication=None), "unproven sender"),
    "a spoofed From, proven for another domain": (lambda w: w.mails(WORDS, authentication=ELSE), "unproven sender"),
    "a forwarded notification that somebody answers": (
        lambda w: w.mails(WORDS, w.told(channel="email"), EVE, authentication=ELSE),
        "not this agent",
    ),
    "a colleague with another one's notification": (
        lambda w: w.mails(WORDS, w.told(channel="email"), PIOTR.email),
        "not this agent",
    ),
    "an agent's address with another domain's lookalike": (
        lambda w: w.mails(WORDS, None, "anna@acme.example.else.example", authentication=ELSE),
        "not this agent",
    ),
    "the customer who was sent a notification by mistake": (
        lambda w: w.mails(WORDS, w.told(channel="email"), "ana@customer.example", authentication=ELSE),
        "not this agent",
    ),
    "no agent's address": (lambda w: w.mails(WORDS, address=w.address(part="f" * 16)), "no such agent"),
    "what forwards somebody else's mail": (lambda w: w.mails(WORDS, forwarded_from=EVE), "forwarded"),
    "an address of a ticket that is not there": (lambda w: w.mails(WORDS, address=w.address(4711)), "no such ticket"),
    "a guessed code from the agent's number": (lambda w: (w.told(channel="sms"), w.texts(f"K7QF2T {WORDS}"))[1], "wrong code"),
    "a guessed code by WhatsApp": (
        lambda w: (w.told(channel="whatsapp"), w.texts(f"K7Q-F2T {WORDS}", channel="whatsapp"))[1],
        "wrong code",
    ),
    "a colleague's code from the agent's number": (
        lambda w: w.texts(f"{_with_figure(w, PIOTR)} {WORDS}"),
        "wrong code",
    ),
    "a forged number where nothing can be answered": (lambda w: w.texts(WORDS), "nothing to answer"),
    "a button with the agent's code in somebody else's chat": (
        lambda w: w.presses(f"#take T-1001 {w.told().code}", EVES_CHAT),
        "no agent's button",
    ),
    "a button under a question in somebody else's chat": (
        lambda w: (w.told(), w.chats("Hello"), w.presses(f"#yes {w.put_down()[-1].spoken_id}", EVES_CHAT))[2],
        "no agent's button",
    ),
}  # fmt: skip


def _with_figure(world: Speaking, agent: Any) -> str:
    """The code of a notification that went to an agent, one that no word looks like."""
    codes = (world.told(agent=agent, channel="sms").code for _ in range(20))
    return next(code for code in codes if any(char.isdigit() for char in code))


@pytest.mark.parametrize("how", REFUSED)
def test_a_forged_agent_gets_nowhere_and_stands_in_the_ledger(world: Speaking, how: str) -> None:
    forge, reason = REFUSED[how]
    before = state(world)
    changeset = forge(world)
    unchanged(world, before)
    assert world.notes() == []
    assert not {type(op) for op in changeset.operations} & {AddMessage, ChangeTicket}
    assert changeset.ledger is not None
    assert (changeset.ledger.outcome, changeset.ledger.reason) == ("stored", f"agent refused: {reason}")
    put_down = world.put_down()[-1]
    assert (put_down.verdict, put_down.reason) == ("refused", reason)
    assert "say" not in changeset.result


CUSTOMERS: dict[str, Forging] = {
    "a wrong Telegram chat that answers a notification": lambda w: w.chats(WORDS, w.told(), EVES_CHAT),
    "the right code from another number": lambda w: w.texts(f"{w.told(channel='sms').code} {WORDS}", EVES_PHONE),
    "an external channel that claims the chat": lambda w: _external(w, "api", Point(kind="telegram", value=ANNAS_CHAT)),
    "an external channel that claims the number": lambda w: _external(w, "api", Point(kind="phone", value=ANNAS_PHONE)),
    "an external channel that claims the address": lambda w: _external(w, "api", Point(kind="email", value=ANNA.email)),
    "a form with the agent's address": lambda w: _external(w, "form", Point(kind="email", value=ANNA.email)),
    "a chat that claims the agent's address": lambda w: _external(w, "chat", Point(kind="email", value=ANNA.email)),
    "an inbox that is not ours": lambda w: _external(w, "telegram", Point(kind="telegram", value=ANNAS_CHAT), "theirs"),
    "a mail in the agent's name, to nobody's signed address": lambda w: w.hears(mail("plain", ANNA.email, authentication=PROVEN)),
}  # fmt: skip


def _external(world: Speaking, channel: str, point: Point, inbox: str = "ext") -> Changeset:
    """A message of another channel, with everything that an agent's would have."""
    told = world.told(channel="sms")
    given: dict[str, Any] = {
        "channel": channel,
        "inbox": inbox,
        "inboxes": [inbox],
        "points": [point],
        "from": {"name": "Anna", "address": point.value},
        "authentication": PROVEN,
        "recipients": [world.address()] if channel == "api" else [],
    }
    message = said(f"{channel}{point.kind}", f"{told.code} {WORDS}", point.value, "sms")
    return world.hears(type(message).model_validate(message.model_dump(by_alias=True) | given))


@pytest.mark.parametrize("how", CUSTOMERS)
def test_who_is_no_agent_to_us_has_no_more_rights_than_any_customer(world: Speaking, how: str) -> None:
    before = state(world)
    changeset = CUSTOMERS[how](world)
    unchanged(world, before)
    assert world.put_down() == []
    assert "say" not in changeset.result


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=60), st.sampled_from(["sms", "whatsapp"]))
def test_whatever_comes_from_an_agents_number_without_a_right_code_is_not_sent(words: str, channel: str) -> None:
    world = _told_once()
    codes = [each.code.lower() for each in world.state.speakers[f"phone {ANNAS_PHONE}"].told]
    if not any(code in re.sub(r"[\s-]", "", words.lower()) for code in codes):
        changeset = world.decide(said("any", words, ANNAS_PHONE, channel))
        assert "say" not in changeset.result
        assert not [op for op in changeset.operations if isinstance(op, AddMessage | ChangeTicket)]
        sent = [op.outbound for op in changeset.operations if isinstance(op, QueueDelivery)]
        assert all(each.to[0].address == ANNAS_PHONE for each in sent)


@cache
def _told_once() -> Speaking:
    world = Speaking()
    for channel in ("sms", "whatsapp"):
        world.told(channel=channel)
    return world


def test_after_five_wrong_codes_the_number_is_not_listened_to_for_an_hour(world: Speaking) -> None:
    told = world.told(channel="sms")
    for _ in range(TRIES + 3):
        world.texts("K7QF2T hello")
    assert [reason for _, reason in world.verdicts()] == ["wrong code"] * TRIES + ["too many wrong codes"] * 3
    world.texts(f"{told.code} It is on its way.")  # not even the right one
    assert world.to_customers() == []
    # Told once, by mail; and the questions that cost money end.
    assert len([each for each in world.echoes() if each.template == "spoken.codes"]) == 1
    assert len([each for each in world.echoes() if each.channel == "sms"]) == TRIES
    # By another way they are believed all the time, and by this one an hour later.
    world.chats("By Telegram.", world.told())
    world.state.speakers[f"phone {ANNAS_PHONE}"].refused_by.clear()
    world.texts(f"{told.code} By SMS.")
    assert [each.text for each in world.to_customers()] == ["By Telegram.", "By SMS."]


def test_without_codes_no_more_than_ten_are_held_in_an_hour(world: Speaking) -> None:
    world.told(channel="sms")
    for place in range(13):
        world.texts(f"please call them {place}")
    assert [verdict for verdict, _ in world.verdicts()] == ["held"] * 10 + ["dropped"] * 3
    assert len(world.echoes()) == 10
    world.now += timedelta(hours=1, minutes=1)
    world.texts("once more")
    assert world.verdicts()[-1] == ("held", "no code")


def test_the_agent_is_told_once_an_hour_without_a_word_of_what_was_written(world: Speaking) -> None:
    told = world.told(channel="email")
    for _ in range(3):
        world.mails("The secret word is xyzzy", told, EVE, authentication=ELSE, subject="xyzzy")
    (warning,) = world.echoes()
    assert (warning.channel, warning.to[0].address, warning.template) == ("email", ANNA.email, "spoken.refused")
    assert "xyzzy" not in warning.model_dump_json()
    assert EVE not in warning.model_dump_json()
    events = world.refusals()
    assert [event.ticket_id for event in events] == [world.state.numbers[1001]] * 3
    assert "xyzzy" not in "".join(event.model_dump_json() for event in events)
    # What was written is kept, where who is responsible can look at it.
    assert {each.text for each in world.put_down()} == {"The secret word is xyzzy"}


def test_forged_mails_do_not_shut_the_agents_number_out(world: Speaking) -> None:
    for _ in range(TRIES + 1):
        world.mails(WORDS, authentication=FORGED)
    world.texts(f"{world.told(channel='sms').code} It is on its way.")
    assert [each.text for each in world.to_customers()] == ["It is on its way."]


def test_an_old_address_proves_nothing(world: Speaking) -> None:
    world.policy = replace(world.policy, reply_valid=timedelta(days=30))
    world.mails(WORDS, address=world.address(days=31))
    assert world.verdicts() == [("refused", "expired address")]
    world.mails("It is on its way.", address=world.address(days=29))
    assert [each.text for each in world.to_customers()] == ["It is on its way."]


@pytest.mark.parametrize("kind", ["auto-reply", "bulk", "notification", "loop"])
def test_an_agents_machine_is_dropped_without_a_word(world: Speaking, kind: str) -> None:
    changeset = world.mails("I am away until Monday.", automatic=kind)
    assert world.verdicts() == [("dropped", f"automatic: {kind}")]
    assert world.sent() == [each for each in world.sent() if each.kind == "acknowledgement"]
    assert changeset.ledger is not None
    assert changeset.ledger.reason == "agent dropped: automatic"


@pytest.mark.parametrize("how", ["silent", "imported"])
def test_what_was_in_a_mailbox_or_an_archive_is_no_word_of_today(world: Speaking, how: str) -> None:
    changeset = world.mails("On its way.\n#solve", **{how: True})
    assert world.to_customers() == []
    assert world.put_down() == []
    assert "say" not in changeset.result


def test_machines_that_answer_one_another_stop(world: Speaking) -> None:
    told = world.told(channel="email")
    for _ in range(20):
        world.mails("Your message was received.", told)
        told = world.state.speakers[f"part {ANNA.agent_id[:16]}"].told[0]
    assert len(world.to_customers()) == 10
    assert world.verdicts()[-1] == ("dropped", "too many at once")


@pytest.mark.parametrize(("sender", "proof"), [(EVE, ELSE), (ANNA.email, PROVEN)], ids=["a stranger", "the agent"])
def test_a_notification_that_is_only_quoted_is_kept_in_the_ticket_as_internal(
    world: Speaking, sender: str, proof: Authentication
) -> None:
    token = world.address().partition("+")[2].partition("@")[0]
    message = mail("quoting", sender, authentication=proof, body_tokens=[token], text="See below.\n#solve")
    changeset = world.hears(message)
    assert world.ticket(1001).status == "new"
    assert world.put_down() == []
    assert world.to_customers() == []
    assert changeset.ledger is not None
    assert changeset.ledger.reason == "aside"


def test_who_is_asked_aside_may_answer_that_although_an_agents_address_stands_beside_it(world: Speaking) -> None:
    side = world.act(StartSide(number=1001, channel="email", to=EVE, text="Where is it?")).result["side_id"]
    address = reply_address(
        KEYRING, TicketToken(1001, "side", "internal", START.date(), side_part(side)), "acme.example"
    )
    given = {"authentication": ELSE, "recipients": [address, world.address()], "text": "On Monday.\n#solve"}
    changeset = world.hears(mail("aside", EVE, to=(address, world.address()), **given))
    (kept,) = [op for op in changeset.operations if isinstance(op, AddMessage)]
    assert (kept.side, kept.direction) == (side, "internal")
    assert world.verdicts() == [("refused", "not this agent")]
    assert world.to_customers() == []
    assert world.ticket(1001).status != "solved"


def test_ordinary_messages_ask_for_nothing_of_agents(world: Speaking) -> None:
    ordinary = mail("ordinary")
    request = needs([(ordinary, read(ordinary, world.policy))])
    assert (request.speakers, request.spoken) == ([], [])
    texted = said("texted", "Hello", EVES_PHONE)
    request = needs([(texted, read(texted, world.policy))])
    assert [ask.key for ask in request.speakers] == [f"phone {EVES_PHONE}", f"whatsapp {EVES_PHONE}"]


def test_a_code_counts_for_the_notification_that_it_was_made_for(world: Speaking) -> None:
    first, second = world.told(1001, channel="sms"), world.told(1002, channel="sms")
    assert first.code == short_code(KEYRING, first.delivery_id) != second.code
    world.texts(f"{first.code.lower()}: for Ana")
    world.texts(f"{second.code[:3]}-{second.code[3:]} for Bo")
    assert [(each.ticket_number, each.text) for each in world.to_customers()] == [(1001, "for Ana"), (1002, "for Bo")]
