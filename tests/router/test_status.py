"""STATUS: whoever takes part is told how things stand, on every channel; nobody else learns whether there is anything."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.deciding.status import enquiry
from shared.messages import command as c
from shared.messages.changeset import AddEvent, AddMessage
from shared.messages.facts import AgentFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.phones import count_segments
from shared.texts import LANGUAGES, customer_status, text
from shared.texts.short import plain, short_words
from tests.router.talking import ANA, BO, Talk, said
from tests.router.world import START, mail


@pytest.fixture
def world() -> Talk:
    return Talk()


@pytest.mark.parametrize(
    ("words", "number"),
    [
        *[("STATUS", None), ("status?", None), ("Status T-1001", 1001), ("status 1001", 1001), ("#status 1001", 1001)],
        *[("/status T-1001", 1001), ("status: T-1001", 1001), ("STATUS [T-1001]", 1001), ("Status #1001", 1001)],
        *[
            ("stan", None),
            ("Stan zgłoszenia T-7", 7),
            ("stan sprawy nr 7", 7),
            ("Stanje upita 7", 7),
            ("stanje?", None),
        ],
        *[("status\n\nAna", None), ("  Status t-1001 !\n", 1001), ("status of ticket T-5", 5), ("status 0", None)],
    ],
)
def test_an_enquiry_is_known_in_three_languages(words: str, number: int | None) -> None:
    asked = enquiry(said("a", words))
    assert asked is not None
    assert asked.number == number


@pytest.mark.parametrize(
    "words",
    [
        *["Status of my printer is bad", "the status", "statusline", "stanowisko", "", "1001", "T-1001", "my status"],
        *["status 1001 and invoice 7", "status 12345678901", "state of the art", f"status\n{'I am angry. ' * 20}"],
    ],
)
def test_a_message_that_only_speaks_of_it_is_a_message(words: str) -> None:
    assert enquiry(said("a", words)) is None


@given(st.text(max_size=300))
def test_whatever_is_written_is_an_enquiry_or_not(words: str) -> None:
    enquiry(said("a", words))


def test_a_mail_asks_by_its_subject_or_its_first_line() -> None:
    assert enquiry(mail("a", subject="STATUS T-1001", text="")) is not None
    assert enquiry(mail("a", subject="Hello", text="Status\n\nBest regards\nAna")) is not None
    assert enquiry(mail("a", subject="Status T-1001", text="The printer still does not print. " * 10)) is None
    assert enquiry(mail("a", subject="Status", text="", automatic="auto-reply")) is None


def asked(world: Talk) -> Outbound:
    """The answer to the last enquiry."""
    return world.sent("notice")[-1]


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "chat"])
def test_a_customer_is_told_on_their_channel_and_the_ticket_stays_as_it_is(world: Talk, channel: str) -> None:
    world.take(said("a", channel=channel))
    number, ticket_id = world.number_of("a"), world.ticket_of("a")
    world.do(c.Change(number=number, fields={"status": "pending"}), key="wait")
    world.take(said("s", f"STATUS T-{number}", channel=channel, minutes=5))
    sent = asked(world)
    assert (sent.channel, sent.to[0].address, sent.template) == (channel, ANA, "status.plain")
    assert sent.variables["state"] == "waiting for you"
    assert world.state.tickets[ticket_id].status == "pending"
    assert world.ticket_of("s") == ticket_id, "the enquiry is kept in the ticket"
    event = world.operations(AddEvent)[-1]
    assert (event.what, event.ticket_id, event.data["answered"]) == ("status_asked", ticket_id, True)


def test_the_newest_open_ticket_is_meant_where_no_number_is_said(world: Talk) -> None:
    world.take(mail("old"))
    world.take(mail("new", subject="Invoice", text="Which one?", minutes=5))
    world.do(c.Solve(number=world.number_of("new"), summary="Done"), key="solve")
    world.do(c.Close(number=world.number_of("new")), key="close")
    world.take(mail("s", subject="status", text="", minutes=9))
    assert asked(world).ticket_id == world.ticket_of("old")


def test_a_solved_ticket_is_handled_and_not_reopened(world: Talk) -> None:
    world.take(said("a"))
    world.do(c.Solve(number=world.number_of("a"), summary="Done"), key="solve")
    world.take(said("s", "status", minutes=5))
    assert asked(world).variables["state"] == "handled"
    assert world.state.tickets[world.ticket_of("a")].status == "solved"


def test_who_has_it_and_until_when_in_the_customers_time(world: Talk) -> None:
    world.take(said("a"))
    ticket = world.state.tickets[world.ticket_of("a")]
    ticket.first_response_due = START + timedelta(hours=4)
    ticket.assignee = "anna@acme.example"
    world.state.assignees = {
        "anna@acme.example": AgentFact(agent_id="1", email="anna@acme.example", name="Anna Nowak", role="agent")
    }
    world.take(said("s", "status", minutes=5))
    sent = asked(world)
    assert sent.template == "status.due"
    assert sent.variables["who"] == "Anna Nowak"
    assert sent.variables["until"] == "2026-03-02 14:00 CET"


def test_a_team_has_it_where_no_agent_does(world: Talk) -> None:
    world.take(said("a"))
    world.state.tickets[world.ticket_of("a")].team = "technical"
    world.take(said("s", "status", minutes=5))
    assert asked(world).variables["who"] == "technical"


def test_a_stranger_hears_the_same_whether_there_is_a_ticket_or_not(world: Talk) -> None:
    world.take(said("a"))
    number = world.number_of("a")
    answers = []
    for i, words in enumerate((f"status T-{number}", "status T-999999", "status")):
        world.take(said(f"s{i}", words, sender=BO, minutes=i))
        sent = asked(world)
        answers.append((sent.template, sent.variables, sent.ticket_id, sent.ticket_number, sent.language))
    assert len({str(each) for each in answers}) == 1
    assert answers[0][0] == "status.none"
    assert not [each for each in world.operations(AddMessage) if each.source_id == "mail-s0"], (
        "and leaves no trace in it"
    )


def test_a_mail_is_told_at_the_senders_address_never_at_a_reply_to(world: Talk) -> None:
    world.take(mail("m"))
    thief = [Address(address="thief@else.example")]
    world.take(mail("s", subject=f"Status T-{world.number_of('m')}", text="", reply_to=thief))
    assert [each.address for each in asked(world).to] == ["ana@customer.example"]


def test_a_form_is_told_by_mail(world: Talk) -> None:
    world.take(mail("m"))
    number, point = world.number_of("m"), Point(kind="email", value="ana@customer.example")
    world.take(
        said(
            "f", f"status T-{number}", channel="form", sender=point.value, conversation=None, points=[point], minutes=3
        )
    )
    sent = asked(world)
    assert (sent.channel, sent.ticket_id, sent.in_reply_to) == ("email", world.ticket_of("m"), None)


def test_enquiries_have_a_budget_and_are_kept_all_the_same(world: Talk) -> None:
    world.take(said("a"))
    for i in range(15):
        world.take(said(f"s{i}", "status", minutes=i / 10))
    assert len(world.sent()) == 10
    assert len([each for each in world.operations(AddMessage) if each.ticket_id == world.ticket_of("a")]) == 16
    assert "budget" in world.operations(AddEvent)[-1].data["why_not"]


def test_whoever_opted_out_is_not_told(world: Talk) -> None:
    world.take(said("a"))
    world.take(said("stop", "STOP", fields={"opt": "out"}, minutes=1))
    world.take(said("s", "status", minutes=2))
    assert not world.sent("notice")


# -- the words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "template", ["acknowledgement", "status.due", "status.plain", "status.none", "notice.solved", "notice.closed"]
)
def test_what_is_sent_by_itself_by_sms_takes_one_segment(template: str, language: str) -> None:
    told = {"state": customer_status("pending", language), "who": text("status.team", language)}
    outbound = Outbound(
        delivery_id="d", channel="sms", inbox="sms", kind="notice", to=[], language=language, ticket_number=123456,
        template=template, created_at=START, variables={"expected_seconds": 8 * 3600, "until": "2026-03-02 14:00 CET"} | told,
    )  # fmt: skip
    words = short_words(outbound, "Acme", "en")
    segments = count_segments(words)
    assert (segments.encoding, segments.count) == ("GSM-7", 1), words
    if template != "status.none":
        assert "T-123456" in words


def test_other_channels_keep_their_letters() -> None:
    outbound = Outbound(
        delivery_id="d", channel="telegram", inbox="bot", kind="acknowledgement", to=[], language="hr",
        template="acknowledgement", created_at=START, variables={"expected_seconds": None},
    )  # fmt: skip
    assert "ć" in short_words(outbound, "Acme", "en")
    assert plain("ćŁđ“…żą€") == 'cLd"...za€'


def test_what_an_agent_wrote_is_not_touched() -> None:
    outbound = Outbound(
        delivery_id="d", channel="sms", inbox="sms", kind="reply", to=[], text="Zażółć {x}", created_at=START
    )
    assert short_words(outbound, "Acme", "en") == "Zażółć {x}"
