"""Who has a ticket: given, handed over, watched; and whom the agents among them are told of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.changeset import AddEvent, AddMessage
from shared.messages.gathering import Merge, Tag
from shared.messages.talking import Assign, Transfer, Watch, WriteMessage
from tests.router.life.sideworld import ANNA, EWA, JAN, PIOTR, Aside, alerts, outside, policy
from tests.router.world import mail

ANNAS, PIOTRS, EWAS, JANS = ANNA.email, PIOTR.email, EWA.email, JAN.email


@pytest.fixture
def world() -> Aside:
    """Ana's ticket T-1001, which nobody has; Ewa acts."""
    world = Aside()
    world.actor = f"agent:{EWAS}"
    return world


@pytest.mark.parametrize(
    ("to", "has"),
    [
        ({"agent": ANNAS}, (ANNAS, None)),
        ({"agent": "id-anna"}, (ANNAS, None)),
        ({"agent": "ANNA"}, (ANNAS, None)),
        ({"agent": "Anna Nowak"}, (ANNAS, None)),
        ({"team": "Technical"}, (None, "technical")),
        ({"agent": "piotr", "team": "sales"}, (PIOTRS, "sales")),
    ],
)
def test_a_ticket_is_given_to_whoever_exists(
    world: Aside, to: dict[str, str], has: tuple[str | None, str | None]
) -> None:
    world.act(Assign(number=1001, to=to))
    assert (world.first().assignee, world.first().team if "team" in to else None) == has


@pytest.mark.parametrize(
    ("to", "field"),
    [
        ({"agent": "nobody@acme.example"}, "agent"),
        ({"agent": "Lis"}, "agent"),
        ({"team": "none"}, "team"),
        ({}, "name an agent"),
    ],
)
def test_whoever_does_not_exist_is_given_nothing(world: Aside, to: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused, match=field) as refused:
        world.act(Assign(number=1001, to=to))
    assert refused.value.error == "invalid"
    assert world.first().assignee is None


@pytest.mark.parametrize(
    ("fields", "become"),
    [
        ({"assignee": "PIOTR"}, {"assignee": PIOTRS}),
        ({"assignee": "id-anna", "team": "SALES"}, {"assignee": ANNAS, "team": "sales"}),
        ({"watchers": ["jan", JANS, "Anna Nowak"]}, {"watchers": [JANS, ANNAS]}),
        ({"assignee": None, "watchers": []}, {"assignee": None, "watchers": []}),
    ],
)
def test_who_is_written_into_a_ticket_is_an_agent_or_a_team_by_its_name(
    world: Aside, fields: dict[str, Any], become: dict[str, Any]
) -> None:
    world.act(c.Change(number=1001, fields=fields))
    assert {name: getattr(world.first(), name) for name in become} == become


@pytest.mark.parametrize(
    "fields",
    [
        {"assignee": "anna@acme.exmaple"},
        {"assignee": "Lis"},
        {"watchers": [ANNAS, "ana@customer.example"]},
        {"team": "ana@customer.example"},
        {"team": "techincal"},
    ],
)
def test_nobody_else_can_be_written_there_and_be_told_what_customers_write(
    world: Aside, fields: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match=next(iter(fields))) as refused:
        world.act(c.Change(number=1001, fields=fields))
    assert refused.value.error == "invalid"
    assert (world.first().assignee, world.first().watchers) == (None, [])


def test_who_stands_there_already_stays_though_they_are_no_agent_any_more(world: Aside) -> None:
    world.first().assignee, world.first().watchers = "gone@acme.example", ["left@acme.example"]
    world.act(c.Change(number=1001, fields={"assignee": "gone@acme.example", "watchers": ["left@acme.example", "jan"]}))
    assert (world.first().assignee, world.first().watchers) == ("gone@acme.example", ["left@acme.example", JANS])


def test_a_member_of_a_team_need_not_be_known_as_an_agent(world: Aside) -> None:
    team = {**world.policy.teams, "shop": ("eva@acme.example",)}
    world.policy = replace(world.policy, teams=team)
    world.act(c.Change(number=1001, fields={"assignee": "Eva@Acme.example"}))
    world.act(Transfer(number=1001, to=["jan"], reason="She is away."))
    world.act(Assign(number=1001, to={"agent": "eva@acme.example"}))
    assert world.first().assignee == "eva@acme.example"


def test_before_there_are_agents_anybody_may_be_named_but_nobody_of_the_ticket(world: Aside) -> None:
    world.state.staff.clear()
    world.policy = replace(world.policy, teams={})
    world.act(c.Change(number=1001, fields={"assignee": "me@acme.example", "watchers": ["you@acme.example"]}))
    assert (world.first().assignee, world.first().watchers) == ("me@acme.example", ["you@acme.example"])
    for fields in (
        {"assignee": "Ana@customer.example"},
        {"watchers": ["ana@customer.example"]},
        {"team": "a@b.example"},
    ):
        with pytest.raises(Refused) as refused:
            world.act(c.Change(number=1001, fields=fields))
        assert refused.value.error == "invalid"


@pytest.mark.parametrize(
    "action",
    [
        c.Change(number=1001, fields={"priority": "high"}),
        c.Change(number=1001, fields={"notify_by": "sms"}),
        Assign(number=1001, to={"agent": ANNAS}),
        Watch(number=1001, agent=ANNAS),
        Tag(number=1001, add=["vip"]),
    ],
)
def test_nothing_is_written_into_a_ticket_that_is_part_of_another_one(world: Aside, action: c.Action) -> None:
    world.take(mail("second", subject="Printer again"))
    world.act(Merge(number=1001, into=world.number_of("second")))
    before = len(world.changesets)
    with pytest.raises(Refused, match="was merged into another ticket") as refused:
        world.act(action)
    assert (refused.value.error, len(world.changesets)) == ("conflict", before)


def test_a_ticket_is_taken_from_whoever_has_it(world: Aside) -> None:
    world.act(Assign(number=1001, to={"agent": ANNAS, "team": "technical"}))
    world.act(Assign(number=1001, to={"agent": None}))
    assert (world.first().assignee, world.first().team) == (None, "technical")


def handed(world: Aside, to: list[str], reason: str = "She knows it.") -> AddEvent:
    changeset = world.act(Transfer(number=1001, to=to, reason=reason))
    return next(op for op in changeset.operations if isinstance(op, AddEvent) and op.what == "handed_over")


@pytest.mark.parametrize(
    ("to", "assignee", "team", "helping", "names"),
    [
        ([PIOTRS], PIOTRS, "sales", [], [PIOTRS]),
        ([PIOTRS, JANS, ANNAS], PIOTRS, "sales", [JANS, ANNAS], [PIOTRS, JANS, ANNAS]),
        (["technical"], None, "technical", [], ["technical"]),
        (["technical", "piotr"], PIOTRS, "technical", [], ["technical", PIOTRS]),
    ],
)
def test_a_ticket_is_handed_over_with_a_reason(
    world: Aside, to: list[str], assignee: str | None, team: str, helping: list[str], names: list[str]
) -> None:
    world.act(Assign(number=1001, to={"agent": ANNAS, "team": "sales"}))
    event = handed(world, to)
    ticket = world.first()
    assert (ticket.assignee, ticket.team, ticket.collaborators) == (assignee, team, helping)
    assert (event.data, event.reason) == ({"from": ["sales", ANNAS], "to": names}, "She knows it.")
    note = next(op for op in world.last().operations if isinstance(op, AddMessage))
    assert (note.direction, note.text, note.message_id) == ("internal", "She knows it.", event.message_id)
    assert outside(world.last()) == [] or all(each.automatic for each in outside(world.last()))


@pytest.mark.parametrize(
    ("to", "reason", "error"),
    [
        ([PIOTRS], " ", "invalid"),
        ([], "why", "invalid"),
        (["nobody"], "why", "invalid"),
        (["technical", "sales"], "why", "invalid"),
        ([ANNAS], "why", "conflict"),
    ],
)
def test_a_hand_over_that_cannot_be_is_refused(world: Aside, to: list[str], reason: str, error: str) -> None:
    world.act(Assign(number=1001, to={"agent": ANNAS}))
    with pytest.raises(Refused) as refused:
        world.act(Transfer(number=1001, to=to, reason=reason))
    assert refused.value.error == error
    assert "handed_over" not in world.whats(1001)


def test_both_sides_and_whoever_watches_are_told_of_a_hand_over(world: Aside) -> None:
    world.act(Assign(number=1001, to={"agent": ANNAS}))
    assert alerts(world.last()) == [(ANNAS, "agent.assigned")]
    world.act(Watch(number=1001, agent="jan"))
    handed(world, [PIOTRS])
    assert alerts(world.last()) == [
        (ANNAS, "agent.handed_over"),
        (JANS, "agent.handed_over"),
        (PIOTRS, "agent.assigned"),
    ]
    told = next(each for each in world.told("agent.assigned") if each.to[0].address == PIOTRS)
    assert (told.variables["by"], told.variables["reason"]) == ("Ewa Zych", "She knows it.")


def test_a_department_is_told_and_whoever_did_it_is_not(world: Aside) -> None:
    world.actor = f"agent:{PIOTRS}"
    world.act(Assign(number=1001, to={"agent": PIOTRS}))
    assert alerts(world.last()) == []
    handed(world, ["technical"])
    assert alerts(world.last()) == [(JANS, "agent.handed_over")]


def test_watching_is_begun_and_ended_once(world: Aside) -> None:
    for _ in range(2):
        world.act(Watch(number=1001, agent="anna"))
        world.act(Watch(number=1001, agent=""))
    assert world.first().watchers == [ANNAS, EWAS]
    for _ in range(2):
        world.act(Watch(number=1001, agent=ANNAS.upper(), watch=False))
    assert world.first().watchers == [EWAS]
    assert world.whats(1001).count("watched") == 2
    assert world.whats(1001).count("unwatched") == 1
    with pytest.raises(Refused):
        world.act(Watch(number=1001, agent="nobody"))


def test_who_watches_is_told_of_messages_status_and_hand_overs(world: Aside) -> None:
    world.act(Watch(number=1001, agent="jan"))
    world.act(Assign(number=1001, to={"agent": ANNAS}))
    world.take(mail("second", refs=("first",), received_at=world.now, text="Any news?"))
    assert alerts(world.last()) == [(ANNAS, "agent.replied"), (JANS, "agent.replied")]
    assert {each.variables["text"] for each in world.told("agent.replied")} == {"Any news?"}
    world.act(c.Change(number=1001, fields={"status": "on_hold"}))
    assert alerts(world.last()) == [(JANS, "agent.status")]


def test_a_customer_who_writes_on_is_one_piece_of_news_until_somebody_has_answered(world: Aside) -> None:
    world.act(Assign(number=1001, to={"agent": ANNAS}))
    told = []
    for place, minutes in enumerate((0, 5, 14, 16, 17)):
        at = world.now + timedelta(minutes=minutes)
        world.take(mail(f"m{place}", refs=("first",), received_at=at, text=f"{place}"))
        told.append(len(alerts(world.last())))
    assert told == [1, 0, 0, 1, 0]
    world.now += timedelta(minutes=18)
    world.act(c.Reply(number=1001, text="It comes."))
    world.take(mail("m9", refs=("first",), received_at=world.now + timedelta(minutes=1), text="Thanks"))
    assert alerts(world.last()) == [(ANNAS, "agent.replied")]


@pytest.mark.parametrize("automatic", ["auto-reply", "bulk"])
def test_machines_are_no_news(world: Aside, automatic: str) -> None:
    world.act(Assign(number=1001, to={"agent": ANNAS}))
    world.take(mail("away", refs=("first",), automatic=automatic))
    assert alerts(world.last()) == []


def test_a_new_ticket_of_a_team_is_told_to_its_members_unless_somebody_has_it() -> None:
    plain = policy()
    world = Aside(replace(plain, categories=tuple(replace(each, team="technical") for each in plain.categories)))
    assert alerts(world.changesets[0]) == [(JANS, "agent.opened"), (PIOTRS, "agent.opened")]


def test_what_is_switched_off_is_not_told() -> None:
    world = Aside(policy(assigned=False))
    world.actor = f"agent:{EWAS}"
    world.act(Assign(number=1001, to={"agent": ANNAS}))
    assert alerts(world.last()) == []
    world.take(mail("second", refs=("first",)))
    assert alerts(world.last()) == [(ANNAS, "agent.replied")]
    world.policy = policy(notify=False)
    world.take(mail("third", refs=("first",), minutes=60))
    assert alerts(world.last()) == []


# -- a message beside the thread ----------------------------------------------------------------------------------------


def test_a_separate_message_begins_a_thread_of_its_own_and_its_answer_comes_back(world: Aside) -> None:
    world.act(WriteMessage(number=1001, text="We moved.", subject="Our new address"))
    (sent,) = world.sent("message")
    assert (sent.subject, sent.in_reply_to, sent.references, sent.side) == ("Our new address", None, [], "")
    assert [each.address for each in sent.to] == ["ana@customer.example"]
    kept = next(op for op in world.last().operations if isinstance(op, AddMessage))
    assert (kept.direction, kept.answers, kept.subject) == ("out", [], "Our new address")
    world.take(mail("answer", refs=(world.own_id(sent),), subject="Re: Our new address"))
    assert world.ticket_of("answer") == world.ticket_of("first")


PHONE = "+385915550101"


def test_an_sms_goes_out_of_any_ticket_to_a_number_that_is_known(world: Aside) -> None:
    with pytest.raises(Refused, match="sms is not known"):
        world.act(WriteMessage(number=1001, text="Ready", channel="sms"))
    person = world.state.people[world.first().contact_id or ""]
    person.points.append(type(person.points[0])(kind="phone", value=PHONE, verified=True))
    world.act(WriteMessage(number=1001, text="Ready", channel="sms"))
    sent = world.sent("message")[-1]
    assert (sent.channel, sent.to[0].address, sent.conversation) == ("sms", PHONE, f"sms:sms:{PHONE}")
    assert PHONE in world.first().participants


def test_a_number_that_is_not_known_is_added_only_where_somebody_says_so(world: Aside) -> None:
    given: dict[str, Any] = {"number": 1001, "text": "Ready", "channel": "sms", "to": "+385 91 555 0101"}
    with pytest.raises(Refused, match="with add"):
        world.act(WriteMessage.model_validate(given))
    world.act(WriteMessage.model_validate(given | {"add": True}))
    points = world.state.people[world.first().contact_id or ""].points
    assert [(each.value, each.verified) for each in points if each.kind == "phone"] == [(PHONE, False)]
    assert world.sent("message")[-1].to[0].address == PHONE


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"to": "12345", "channel": "sms"}, "invalid"),
        ({"to": "+48600100200", "channel": "voice"}, "invalid"),
        ({"to": "+15005550006", "channel": "sms"}, "invalid"),
        ({"to": "somebody"}, "invalid"),
        ({"text": ""}, "invalid"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(world: Aside, given: dict[str, Any], error: str) -> None:
    with pytest.raises(Refused) as refused:
        world.act(WriteMessage.model_validate({"number": 1001, "text": "Hi", "add": True} | given))
    assert refused.value.error == error


def test_somebody_elses_number_is_not_made_the_customers(world: Aside) -> None:
    world.opened(contact=PHONE, channel="sms", subject="Mine")
    with pytest.raises(Refused, match="another contact"):
        world.act(WriteMessage(number=1001, text="Hi", channel="sms", to=PHONE, add=True))
