"""What the router decides about calls: one ticket for each in whatever order it is told of, who may hear what, and how a call is made."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.intake.twilio.media import Kept
from services.intake.voice import messages
from services.intake.voice.reading import Call, Recording
from services.router.deciding.commands import Refused
from services.router.deciding.consequences import decide_delivery
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import AddMessage, OpenTicket
from shared.messages.facts import AgentFact
from shared.messages.inbound import Inbound
from shared.messages.life import PutEntry
from shared.messages.outbound import DeliveryReport
from shared.phones import is_mobile
from shared.settings.inbox import TwilioInbox
from tests.router import world as mailing
from tests.router.talking import ANA, BO, Talk, said
from tests.router.world import START, mail

OURS = "+15005550006"
INBOX = TwilioInbox(name="phone", channel="voice", number=OURS)
AGENT, LANDLINE = "+48600100300", "+48221234567"


def policy(*others: TwilioInbox) -> Policy:
    settings = mailing.load(None, None, {})
    return mailing.policy(
        inbox=(settings.inbox[0].model_copy(update={"address": "support@acme.example"}), INBOX, *others)
    )


SMS = TwilioInbox(name="sms", channel="sms", number=OURS)


@dataclass
class Desk(Talk):
    """A world with a telephone and SMS."""

    policy: Policy = field(default_factory=lambda: policy(SMS))

    def tickets(self) -> list[str]:
        return [operation.subject for operation in self.operations(OpenTicket)]


@pytest.fixture
def world() -> Desk:
    return Desk()


def of_call(number: str | None, name: str = "one", minutes: float = 0) -> dict[str, Inbound]:
    """Everything that one call may bring."""
    call = Call("CA" + derive("call", name), "AC", number)
    at = START + timedelta(minutes=minutes)
    left = Recording("RE" + derive("recording", name), "https://api.twilio.com/x", 9)
    return {
        "voicemail": messages.voicemail(call, left, Kept(), INBOX, "pl", at),
        "missed": messages.missed(call, INBOX, "completed", 9, "pl", at),
        "transcription": messages.transcription(call, left.sid, "It does not heat", INBOX, "pl", at),
        "late": messages.late(call, left, Kept(), INBOX, "pl", at),
    }


@pytest.mark.parametrize("number", [ANA, None], ids=["a number", "withheld"])
@pytest.mark.parametrize("order", list(permutations(["voicemail", "missed", "transcription", "late"])), ids="-".join)
def test_a_call_is_one_ticket_in_every_order(world: Desk, number: str | None, order: tuple[str, ...]) -> None:
    every = of_call(number)
    for name in order:
        world.take(every[name])
    assert len(world.tickets()) == 1
    kept = {operation.header_id for operation in world.operations(AddMessage)}
    told = [each for each in order if each != "missed" or order[0] == "missed"]
    assert kept == {every[each].message_id for each in told}
    assert len(world.sent("acknowledgement")) == (1 if number else 0)


def test_all_that_a_call_brings_may_come_in_one_batch(world: Desk) -> None:
    every = of_call(ANA)
    opened = [
        operation
        for changeset in world.decide_batch([every["missed"], every["voicemail"], every["transcription"]])
        for operation in changeset.operations
        if isinstance(operation, OpenTicket)
    ]
    assert len(opened) == 1


def test_two_calls_are_two_tickets(world: Desk) -> None:
    for name, number in (("one", ANA), ("two", ANA), ("three", None), ("four", None)):
        world.take(of_call(number, name)["missed"])
    assert world.tickets() == ["Missed call"] * 4


@pytest.mark.parametrize(
    ("number", "others", "channels"),
    [(ANA, (SMS,), ["sms"]), (LANDLINE, (SMS,), []), (ANA, (), []), ("+12025550123", (SMS,), ["sms"])],
    ids=["mobile", "landline", "no inbox of SMS", "may be either"],
)
def test_a_call_is_acknowledged_by_sms_where_that_can_be_read(number: str, others: Any, channels: list[str]) -> None:
    world = Desk(policy=policy(*others))
    world.take(of_call(number)["voicemail"])
    sent = world.sent("acknowledgement")
    assert [each.channel for each in sent] == channels
    assert [each.to[0].address for each in sent] == [number] * len(channels)
    assert ("not_acknowledged" in world.events()) == (not channels)


@pytest.mark.parametrize(
    ("number", "mobile"), [(ANA, True), (LANDLINE, False), ("+385912345678", True), ("nonsense", False)]
)
def test_a_mobile_is_told_from_a_landline(number: str, mobile: bool) -> None:
    assert is_mobile(number) == mobile


def test_who_answers_the_sms_about_a_call_goes_on_in_its_ticket(world: Desk) -> None:
    world.take(of_call(ANA)["voicemail"])
    world.take(said("s", "and the boiler leaks", minutes=5))
    assert world.tickets() == ["Voicemail"]
    assert world.operations(AddMessage)[-1].routed_by.rule == "open conversation"


def test_who_answers_an_agents_sms_goes_on_in_the_ticket_that_it_was_about(world: Desk) -> None:
    world.take(of_call(LANDLINE)["voicemail"])
    assert world.sent("acknowledgement") == []
    (ticket,) = world.state.tickets.values()
    world.do(c.Reply(number=ticket.number, text="Is it better?"), key="reply")
    world.take(said("s", "no", LANDLINE, minutes=5))
    assert world.tickets() == ["Voicemail"]


# -- by keypad --------------------------------------------------------------------------------------------------------------


def ask(world: Desk, digits: str, number: str | None = ANA, turn: int = 1) -> dict[str, Any]:
    """The result of the enquiry that somebody keyed in."""
    call = Call("CA" + derive("call", f"{digits} {number}"), "AC", number)
    world.take(messages.keyed(call, digits, turn, INBOX, "pl", START + timedelta(minutes=5)))
    return world.last().result


def test_whoever_takes_part_is_told_and_it_is_noted_in_the_ticket(world: Desk) -> None:
    world.take(said("a"))
    ticket = world.state.tickets[world.ticket_of("a")]
    ticket.first_response_due = START + timedelta(hours=4)
    ticket.assignee = "anna@acme.example"
    anna = AgentFact(agent_id="1", email="anna@acme.example", name="Anna Nowak", role="agent")
    world.state.assignees = {"anna@acme.example": anna}
    found = ask(world, str(ticket.number))
    until = "2026-03-02T14:00:00+01:00"
    assert found["told"] == {"number": ticket.number, "status": "new", "who": "Anna Nowak", "until": until}
    assert found["ticket_id"] == ticket.ticket_id
    noted = world.operations(AddMessage)[-1]
    assert (noted.ticket_id, noted.text, noted.channel) == (ticket.ticket_id, f"STATUS {ticket.number}", "voice")
    assert world.sent("notice") == [], "it is spoken, and sent by no other way"
    assert "status_asked" in world.events()


def test_a_one_means_the_newest(world: Desk) -> None:
    world.take(said("a"))
    assert ask(world, "1")["told"]["number"] == world.number_of("a")


@pytest.mark.parametrize("digits", ["1001", "9999", "1", "0", "000", "999999999", "9" * 30, "²", ""])
@pytest.mark.parametrize("number", [BO, None], ids=["another's", "withheld"])
def test_nobody_else_hears_whether_there_is_such_a_ticket(world: Desk, digits: str, number: str | None) -> None:
    world.take(said("a"))
    assert world.number_of("a") == 1001
    found = ask(world, digits, number)
    assert "told" not in found
    assert "ticket_id" not in found
    assert len(world.tickets()) == 1


def test_what_is_said_on_the_phone_is_for_people_even_if_it_sounds_like_an_enquiry(world: Desk) -> None:
    every = of_call(ANA)
    world.take(every["voicemail"])
    world.take(every["transcription"].model_copy(update={"text": "Status.", "reply_text": "Status."}))
    assert [each.text for each in world.operations(AddMessage)] == ["🎤 0:09", "Status."]
    assert "status_asked" not in world.events()


# -- an agent calls -----------------------------------------------------------------------------------------------------------


def dial(world: Desk, number: int, agent: str = AGENT) -> None:
    world.do(c.Dial(number=number, agent_number=agent), key="dial")


def test_a_call_goes_to_the_tickets_customer_by_an_inbox_with_a_telephone(world: Desk) -> None:
    world.take(said("a"))
    dial(world, world.number_of("a"), "+48 600 100 300")
    (call,) = world.sent("message")
    assert (call.channel, call.inbox, call.to[0].address) == ("voice", "phone", ANA)
    assert call.variables == {"agent_number": AGENT}
    assert "call_requested" in world.events()


def test_who_wrote_by_mail_is_called_where_their_number_is_known(world: Desk) -> None:
    world.take(said("a"))
    contact = world.state.tickets[world.ticket_of("a")].contact_id
    world.take(mail("m"))
    world.state.tickets[world.ticket_of("m")].contact_id = contact
    dial(world, world.number_of("m"))
    assert world.sent("message")[-1].to[0].address == ANA


@pytest.mark.parametrize(
    ("agent", "others", "error"),
    [("nobody", (SMS,), "invalid"), (OURS, (SMS,), "invalid"), (ANA, (SMS,), "invalid")],
    ids=["no number", "our own", "the customer's"],
)
def test_a_call_that_makes_no_sense_is_refused(agent: str, others: Any, error: str) -> None:
    world = Desk(policy=policy(*others))
    world.take(said("a"))
    with pytest.raises(Refused) as refused:
        dial(world, world.number_of("a"), agent)
    assert refused.value.error == error


def test_nobody_is_called_without_a_number_or_without_a_telephone() -> None:
    world = Desk()
    world.take(mail("m"))
    with pytest.raises(Refused, match="telephone number is known"):
        dial(world, world.number_of("m"))
    without = Talk()
    without.take(said("a"))
    with pytest.raises(Refused, match="no inbox of channel voice"):
        without.do(c.Dial(number=without.number_of("a"), agent_number=AGENT), key="dial")


@pytest.mark.parametrize(
    ("state", "error", "seconds", "words"),
    [
        ("delivered", "", 192, "Call to the customer: answered, 3 min 12 s."),
        (
            "failed",
            "busy: the customer's telephone: busy",
            None,
            "Call to the customer: not connected. The line was busy.",
        ),
        ("failed", "Twilio 13224: odd", None, "Call to the customer: not connected. Twilio 13224: odd"),
    ],
)
def test_how_a_call_went_stands_in_its_ticket(
    world: Desk, state: Any, error: str, seconds: int | None, words: str
) -> None:
    world.take(said("a"))
    dial(world, world.number_of("a"))
    (call,) = world.sent("message")
    report = DeliveryReport(
        delivery_id=call.delivery_id,
        attempt=1,
        state=state,
        at=START,
        channel="voice",
        inbox="phone",
        error=error,
        seconds=seconds,
    )
    changeset = decide_delivery(report, world.state, world.policy, START)
    (noted,) = (each for each in changeset.operations if isinstance(each, AddMessage))
    assert (noted.direction, noted.text, noted.ticket_id) == ("internal", words, world.ticket_of("a"))
    logged = [each for each in changeset.operations if isinstance(each, PutEntry)]
    assert [(each.kind, each.data["who"], each.data["seconds"]) for each in logged] == [("call", ANA, 192)] * bool(
        seconds
    )
    again = decide_delivery(report, world.state, world.policy, START)
    assert again.cause == changeset.cause, "told twice, it is written once"
