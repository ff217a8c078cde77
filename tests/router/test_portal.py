"""Deciding about the customers' portal: whom a code reaches, what it opens, and that no stranger gets in or learns who is a customer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused, decide_command, needs
from services.router.deciding.commands.portal import BUDGET
from services.router.deciding.policy import Policy
from shared.messages.changeset import AddMessage, Changeset, OpenTicket, QueueDelivery
from shared.messages.command import Action, Command
from shared.messages.facts import ContactFact, Facts, PersonFact, PointFact, TicketFact, point_key
from shared.messages.parts import Point
from shared.messages.portal import (
    AskPortalCode,
    LeavePortal,
    OpenFromPortal,
    OpenPortalSession,
    PortalCodeFact,
    PortalFacts,
    ProvePortalCode,
    PutPortalCode,
)
from shared.secrets.portalcode import TRIES, VALID, make_code, read_code
from tests.router.talking import INBOXES
from tests.router.world import KEYRING, START, load
from tests.router.world import policy as of_mail

ANA, MARKO, NOTED, STRANGER = (
    "ana@customer.example",
    "marko@customer.example",
    "noted@customer.example",
    "x@evil.example",
)
PHONE, SECRET = "+385911234567", "5" * 64


def policy() -> Policy:
    settings = load(None, None, {})
    return of_mail(inbox=(settings.inbox[0].model_copy(update={"address": "support@acme.example"}), *INBOXES[1:]))


POLICY = policy()


def known(contact: str, **more: Any) -> ContactFact:
    return ContactFact(contact_id=contact, name=contact.title(), language="hr", **more)


def ticket(number: int, customer: str, contact: str, **more: Any) -> TicketFact:
    return TicketFact(
        ticket_id=f"t{number}", number=number, subject="Pump", status=more.pop("status", "open"), channel="email",
        inbox="support", language="en", contact_id=contact, customer=customer,
        participants=[customer, *more.pop("participants", [])], created_at=START, **more,
    )  # fmt: skip


@dataclass
class House:
    """Ana has an address and a telephone; somebody noted a third point for her. Marko is another customer."""

    codes: dict[str, PortalCodeFact] = field(default_factory=dict)
    contacts: dict[str, ContactFact] = field(default_factory=dict)
    tickets: dict[str, TicketFact] = field(default_factory=dict)
    sessions: list[OpenPortalSession] = field(default_factory=list)
    sent: list[QueueDelivery] = field(default_factory=list)
    now: datetime = START
    count: int = 0

    def __post_init__(self) -> None:
        for kind, value, contact, verified in (
            ("email", ANA, "ana", True), ("phone", PHONE, "ana", True), ("email", NOTED, "ana", False),
            ("email", MARKO, "marko", True),
        ):  # fmt: skip
            self.contacts[point_key(kind, value)] = known(contact, verified=verified)
        for each in (
            ticket(1001, ANA, "ana", participants=[STRANGER], unconfirmed=[STRANGER]),
            ticket(1002, MARKO, "marko"),
        ):
            self.tickets[each.ticket_id] = each

    def facts(self, command: Command) -> Facts:
        """What the store answers."""
        request = needs(command, POLICY)
        keys = {point_key(each.kind, each.value) for each in request.points}
        facts = Facts(contacts={key: fact for key, fact in self.contacts.items() if key in keys})
        numbers = {each.number: each for each in self.tickets.values()}
        found = [numbers[number] for number in request.numbers if number in numbers]
        found += [self.tickets[each.merged_into] for each in found if each.merged_into]
        facts.tickets, facts.numbers = (
            {each.ticket_id: each for each in found},
            {each.number: each.ticket_id for each in found},
        )
        if request.customers and any(each.contact_id == "ana" for each in found):
            points = [
                PointFact(kind="email", value=ANA),
                PointFact(kind="phone", value=PHONE),
                PointFact(kind="email", value=NOTED, verified=False),
            ]
            facts.people["ana"] = PersonFact(contact_id="ana", points=points)
        if request.portal is not None:
            day = [c for c in self.codes.values() if c.point_id == request.portal.point_id and c.sent]
            facts.portal = PortalFacts(
                code=self.codes.get(request.portal.code_id),
                sent=sorted((c.made_at for c in day if c.made_at > self.now - timedelta(days=1)), reverse=True),
            )
        return facts

    def does(self, action: Action) -> Changeset:
        """Have it decided and committed."""
        self.count += 1
        command = Command(command_id=f"c{self.count}", actor="customer", channel="page", at=self.now, action=action)
        changeset = decide_command(command, self.facts(command), POLICY, self.now)
        for operation in changeset.operations:
            if isinstance(operation, PutPortalCode):
                named = {name: getattr(operation, name) for name in PortalCodeFact.model_fields}
                self.codes[operation.code_id] = PortalCodeFact(**named)
            elif isinstance(operation, OpenPortalSession):
                self.sessions.append(operation)
            elif isinstance(operation, QueueDelivery):
                self.sent.append(operation)
        return changeset

    def asks(self, value: str, page: str = "p", number: int | None = None) -> str:
        """A code is asked for; gives the one that was made, sent or not."""
        assert self.does(AskPortalCode(value=value, page=page, asked_number=number)).result == {}
        return make_code(KEYRING, f"c{self.count}")

    def tries(self, value: str, code: str, page: str = "p", number: int | None = None) -> dict[str, Any]:
        """A code comes back."""
        session = SECRET if number is None else ""
        return self.does(
            ProvePortalCode(value=value, page=page, code=code, session_id=session, asked_number=number)
        ).result


@pytest.mark.parametrize(("value", "channel"), [(ANA, "email"), (PHONE, "sms"), (NOTED, "email")])
def test_a_code_goes_to_the_point_itself_in_the_customers_language_and_signs_in_once(value: str, channel: str) -> None:
    house = House()
    code = house.asks(value)
    [sent] = house.sent
    assert (sent.outbound.channel, sent.outbound.to[0].address, sent.outbound.language) == (channel, value, "hr")
    assert sent.outbound.variables == {"code": code}
    assert code not in str([each.model_dump() for each in house.codes.values()])
    assert house.tries(value, f" {code[:3]}-{code[3:]} ")["verified"]
    assert [(each.point.value, each.expires_at - house.now) for each in house.sessions] == [
        (value, timedelta(hours=24))
    ]
    assert house.tries(value, code) == {"verified": False, "over": True}
    assert len(house.sessions) == 1


@pytest.mark.parametrize("mark", ["blocked", "undeliverable", "opted_out"])
def test_a_point_that_is_not_to_be_written_to_gets_no_code_and_opens_nothing(mark: str) -> None:
    house = House()
    code = house.asks(ANA)
    house.contacts[point_key("email", ANA)] = known("ana", **{mark: True})
    assert not house.tries(ANA, code)["verified"]
    house.asks(ANA, "q")
    assert (len(house.sent), house.sessions) == (1, [])


@pytest.mark.parametrize("value", [STRANGER, "+4915112345678", "support@acme.example", "nobody", ""])
def test_what_is_asked_for_nobody_is_decided_as_for_a_customer_and_sent_nowhere(value: str) -> None:
    house, other = House(), House()
    code, theirs = house.asks(value), other.asks(ANA)
    assert (house.sent, house.tries(value, code)) == ([], {"verified": False, "over": False})
    wrong = f"{(int(theirs) + 1) % 1_000_000:06}"
    assert other.tries(ANA, wrong) == {"verified": False, "over": False}
    assert [each.tries for each in (*house.codes.values(), *other.codes.values())] == [1, 1]
    assert house.sessions == []


def test_a_code_ends_with_its_time_and_with_its_tries() -> None:
    house = House()
    code = house.asks(ANA)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    answers = [house.tries(ANA, wrong) for _ in range(TRIES)]
    assert [each["over"] for each in answers] == [False] * (TRIES - 1) + [True]
    assert not house.tries(ANA, code)["verified"]
    code = house.asks(ANA, "q")
    house.now += VALID
    assert not house.tries(ANA, code, "q")["verified"]
    assert house.sessions == []


def test_nobody_drowns_in_codes_and_a_page_asks_once() -> None:
    house = House()
    within, most = BUDGET[0]
    for page in range(most + 3):
        house.asks(ANA, f"p{page}")
    assert len(house.sent) == most
    unsent = make_code(KEYRING, f"c{house.count}")
    assert not house.tries(ANA, unsent, f"p{most + 2}")["verified"]
    house.asks(ANA, "p0")
    assert len(house.codes) == most + 3
    house.now += within
    house.asks(ANA, "later")
    assert len(house.sent) == most + 1
    for hour in range(48):
        house.now += timedelta(hours=0.5)
        house.asks(ANA, f"h{hour}")
    assert len(house.sent) <= most + 1 + BUDGET[-1][1]


@pytest.mark.parametrize(
    ("value", "number", "opens"),
    [
        (ANA, 1001, True),
        (PHONE, 1001, True),  # known to be the same customer's
        (NOTED, 1001, False),  # only written down for her
        (STRANGER, 1001, False),  # takes part, and nobody has confirmed it
        (MARKO, 1001, False),
        (ANA, 1002, False),
        (ANA, 9999, False),
    ],
)
def test_a_number_and_a_code_open_a_ticket_for_who_has_a_part_in_it(value: str, number: int, opens: bool) -> None:
    house = House()
    result = house.tries(value, house.asks(value, number=number), number=number)
    assert (result["verified"], len(house.sent), house.sessions) == (opens, int(opens), [])
    assert result.get("ticket") == (number if opens else None)


@pytest.mark.parametrize(
    ("status", "internal", "opens"), [("spam", False, 0), ("open", True, 0), ("merged", False, 1003)]
)
def test_the_number_of_a_ticket_leads_to_what_it_became_and_to_none_that_has_no_page(
    status: Any, internal: bool, opens: int
) -> None:
    house = House()
    into = ticket(1003, ANA, "ana")
    house.tickets |= {
        "t1003": into,
        "t1001": ticket(1001, ANA, "ana", status=status, internal=internal, merged_into="t1003" if opens else None),
    }
    result = house.tries(ANA, house.asks(ANA, number=1001), number=1001)
    assert result.get("ticket", 0) == opens


ACTS = st.lists(
    st.tuples(
        st.sampled_from([ANA, MARKO, NOTED, STRANGER, PHONE]),
        st.sampled_from(["hers", "his"]),
        st.one_of(st.none(), st.integers(0, 999_999)),
        st.sampled_from([None, 1001]),
        st.integers(0, 15),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_no_sequence_of_a_strangers_acts_opens_a_session_or_ends_what_she_asked_for(acts: list[Any]) -> None:
    house = House()
    hers = house.asks(ANA, "her own page")
    for value, page, guess, number, minutes in acts:
        house.now += timedelta(seconds=minutes)
        if guess is None:
            house.asks(value, page, number)
            continue
        secret = {make_code(KEYRING, f"c{count}") for count in range(1, house.count + 1)}
        if f"{guess:06}" not in secret:  # one in a million each, which no rule can take away
            assert not house.tries(value, f"{guess:06}", page, number)["verified"]
        # Nor is the code that went to her worth anything elsewhere than on her page.
        assert not house.tries(value, hers, page, number)["verified"]
    assert house.sessions == []
    assert house.tries(ANA, hers, "her own page")["verified"]


def test_a_ticket_from_the_portal_is_the_customers_and_acknowledged_as_by_a_form() -> None:
    house = House()
    change = house.does(
        OpenFromPortal(point=Point(kind="email", value=ANA), subject="Heating", text="It is cold.", language="hr")
    )
    [opened] = [each for each in change.operations if isinstance(each, OpenTicket)]
    [message] = [each for each in change.operations if isinstance(each, AddMessage)]
    assert (opened.contact_id, opened.customer, opened.subject, opened.language) == ("ana", ANA, "Heating", "hr")
    assert (message.direction, message.text, opened.first_response_due is not None) == ("in", "It is cold.", True)
    assert [(each.outbound.kind, each.outbound.to[0].address) for each in house.sent] == [("acknowledgement", ANA)]
    by_phone = House()
    by_phone.does(OpenFromPortal(point=Point(kind="phone", value=PHONE), text="It is cold."))
    assert [(each.outbound.channel, each.outbound.to[0].address) for each in by_phone.sent] == [("sms", PHONE)]


@pytest.mark.parametrize(("value", "text", "error"), [(STRANGER, "x", "forbidden"), (ANA, " ", "invalid")])
def test_nobody_else_opens_one_and_none_is_empty(value: str, text: str, error: str) -> None:
    with pytest.raises(Refused) as refused:
        House().does(OpenFromPortal(point=Point(kind="email", value=value), text=text))
    assert refused.value.error == error


def test_going_ends_the_session_and_nothing_else() -> None:
    assert [each.op for each in House().does(LeavePortal(session_id=SECRET)).operations] == ["end_portal_session"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("12-34-56", "123456"),
        ("12345", None),
        ("1234567", None),
        ("١٢٣٤٥٦", None),
    ],
)
def test_a_code_is_read_as_people_type_it(written: str, read: str | None) -> None:
    assert read_code(written) == read
