"""When a ticket is solved: the customer is told what was done, asked whether it is, and how satisfied they are, wherever they write."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding import answers
from services.router.deciding.commands import Refused
from services.router.deciding.consequences import decide_delivery
from shared.mail import parse_mail
from shared.messages import command as c
from shared.messages.after import CustomerAnswer
from shared.messages.customers import WithdrawLinks
from shared.messages.facts import PointFact
from shared.messages.outbound import DeliveryReport
from shared.messages.parts import Address, Point
from shared.secrets import message_id, read_status_token
from shared.texts.short import choices, short_words
from tests.router.life.recordworld import hours
from tests.router.life.telling import ANNA, LEA, Telling, parts, policy
from tests.router.talking import ANA, BO, said
from tests.router.world import mail

TROUBLE = "My heating does not work"


def solved(channel: str = "sms", *, world: Telling | None = None, sender: str = ANA) -> Telling:
    """Anna has the ticket and has solved it."""
    world = world or Telling()
    world.says(TROUBLE, channel=channel, sender=sender)
    world.act(c.Change(number=world.one.number, fields={"assignee": ANNA.email}))
    world.act(c.Solve(number=world.one.number, summary="We replaced the pump."))
    return world


# -- being asked ---------------------------------------------------------------------------------------------------------


def test_by_sms_what_was_done_and_the_question_are_one_message_with_digits() -> None:
    (asked,) = solved().to_customer()
    assert parts(asked) == ["notice.summary", "ask.solved"]
    words = short_words(asked, "Acme", "en")
    assert words == "Acme: T-1001 has been handled: We replaced the pump.\n\nIs it solved?"
    assert choices(asked, "en") == "Please answer with a number:\n1 = Yes, it is solved\n2 = No, not yet"


@pytest.mark.parametrize("channel", ["telegram", "chat", "whatsapp"])
def test_elsewhere_there_are_buttons_in_the_customers_language(channel: str) -> None:
    world = Telling()
    world.says("Ne radi", channel=channel, language="hr", language_confidence=1.0)
    world.act(c.Solve(number=world.one.number, summary="Zamijenili smo pumpu."))
    (asked,) = world.to_customer()
    pressed = [(each.label, each.data) for each in asked.buttons]
    assert pressed == [("Da, riješeno je", "solved:1001:yes"), ("Ne, još nije", "solved:1001:no")]


def test_by_mail_there_is_a_link_to_the_page_of_the_ticket() -> None:
    world = Telling()
    world.mails(TROUBLE)
    world.act(c.Solve(number=world.one.number, summary="We replaced the pump."))
    (asked,) = world.to_customer()
    link = str(asked.postscripts[0].variables["link"])
    assert asked.buttons == []
    token = read_status_token(world.policy.keyring, link.removeprefix("http://127.0.0.1:8080/t/"))
    assert token is not None
    assert token.number == world.one.number
    assert token.is_for(world.policy.keyring, Point(kind="email", value="ana@customer.example"))


def test_a_long_solution_is_short_in_an_sms_and_whole_in_a_mail() -> None:
    for channel, most in (("sms", 300), ("telegram", 1_500)):
        world = Telling()
        world.says(TROUBLE, channel=channel)
        world.act(c.Solve(number=world.one.number, summary="word " * 300))
        told = str(world.to_customer()[0].variables["solution"])
        assert most - 10 <= len(told) <= most


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({}, ["notice.summary", "ask.solved"]),
        ({"summary": False}, ["notice.solved", "ask.solved"]),
        ({"ask": False}, ["notice.summary"]),
    ],
)
def test_what_follows_solving_can_be_switched(after: dict[str, bool], expected: list[str]) -> None:
    (asked,) = solved(world=Telling(policy(after=after))).to_customer()
    assert parts(asked) == expected


def test_the_question_alone_goes_where_only_that_is_wanted() -> None:
    (asked,) = solved(world=Telling(policy({"handled": False}))).to_customer()
    assert parts(asked) == ["ask.solved"]


def test_an_answer_that_solves_carries_the_question() -> None:
    world = Telling()
    world.says(TROUBLE)
    world.act(c.Reply(number=world.one.number, text="The pump is new now.", status="solved"))
    (sent,) = world.to_customer()
    assert parts(sent) == ["-", "notice.solved", "ask.solved"]
    world.says("1")
    assert world.one.customer_confirmed_at is not None


# -- yes and no ----------------------------------------------------------------------------------------------------------

YES = [
    *("1", "1.", " 1 ", "yes", "Yes!", "YES, thank you", "Yes, it works now", "y", "ok"),
    *("Tak", "tak, dziękuję bardzo", "TAK.", "Da", "Da, hvala", "Riješeno", "załatwione"),
]
NO = ["2", "2!", "no", "No.", "not yet", "Nie", "jeszcze nie", "Ne", "nije", "Još nije", "n"]
GOES_ON = ["No, it still drips", "Nie, nadal nie działa", "Ne, i dalje ne radi", "2, it drips"]
NEITHER = [
    "Yes but it drips again",
    "Nie wiem jeszcze",
    "2 more pumps are broken",
    "When will you come?",
    "3",
    "12",
    "Thanks",
]


@pytest.mark.parametrize("words", YES)
def test_yes_in_few_words_is_kept_confirmed_and_closes(words: str) -> None:
    world = solved()
    world.says(words, after=60)
    assert world.one.status == "closed"
    assert world.one.customer_confirmed_at == world.now
    assert [parts(each) for each in world.to_customer()] == [["ask.score"]]
    assert "message_received" not in world.events()[-4:]
    assert len(world.state.messages[world.one.ticket_id]) == 2, "what they wrote is in the ticket"


@pytest.mark.parametrize("words", [*NO, *GOES_ON])
def test_no_opens_it_again_is_told_to_whoever_has_it_and_answered(words: str) -> None:
    world = solved()
    world.says(words, after=60)
    assert world.one.status == "open"
    assert world.one.reopened == 1
    assert "solution_rejected" in world.events()
    assert world.to_agents() == [("agent.not_solved", ANNA.email)]
    assert [parts(each) for each in world.to_customer()] == [["notice.reopened"]]
    assert ("message_received" in world.events()[-8:]) is (words in GOES_ON)
    assert "asking" not in world.one.state


@pytest.mark.parametrize("words", NEITHER)
def test_what_says_neither_is_a_message(words: str) -> None:
    world = solved()
    world.says(words, after=60)
    assert world.one.status == "open"
    assert "solution_rejected" not in world.events()
    assert "customer_confirmed" not in world.events()


@pytest.mark.parametrize("words", ["1", "2", "yes", "nie", "5"])
def test_a_bare_word_is_a_message_where_nothing_was_asked(words: str) -> None:
    world = Telling()
    world.says(TROUBLE)
    world.says(words)
    assert world.one.status == "new"
    assert world.events()[-1] == "message_received"


def test_a_bare_word_of_somebody_else_or_in_another_talk_answers_nothing() -> None:
    for other in ({"sender": BO}, {"channel": "whatsapp"}):
        world = solved()
        world.says("1", **other)
        ticket = next(iter(world.state.tickets.values()))
        assert ticket.customer_confirmed_at is None
        assert len(world.state.tickets) == 2


def test_a_question_that_was_asked_by_mail_is_not_answered_by_sms() -> None:
    world = Telling()
    world.says(TROUBLE)
    (person,) = world.state.people.values()
    person.points.append(PointFact(kind="email", value="ana@customer.example"))
    world.act(c.Change(number=1001, fields={"notify_by": "email"}))
    world.act(c.Solve(number=1001, summary="We replaced the pump."))
    assert [each.channel for each in world.to_customer()] == ["email"]
    world.says("1")
    assert "customer_confirmed" not in world.events()


def test_a_bare_word_answers_only_in_the_talk_that_was_asked_in() -> None:
    world = Telling()
    world.says(TROUBLE)
    world.says("About T-1001: here I can send pictures", channel="whatsapp")
    assert len(world.state.tickets) == 1
    world.act(c.Solve(number=1001, summary="We replaced the pump."))
    assert [each.channel for each in world.to_customer()] == ["sms"]
    world.says("1", channel="whatsapp")
    assert "customer_confirmed" not in world.events()


def test_a_bare_word_belongs_to_the_talk_that_went_on_since() -> None:
    world = solved()
    world.says("And another thing: my tap drips", after=60 * 30)
    first, second = world.state.tickets.values()
    world.act(c.Reply(number=second.number, text="How many taps?"))
    world.says("2")
    assert (first.status, second.status) == ("solved", "open")
    assert "solution_rejected" not in world.events()


def test_a_question_is_over_when_an_agent_has_written_since() -> None:
    world = solved()
    world.act(c.Reply(number=world.one.number, text="Which of the two pumps was it?"))
    world.says("2")
    assert "solution_rejected" not in world.events()
    assert world.one.status == "open"


def test_a_question_is_not_open_for_ever() -> None:
    world = solved()
    world.says("1", after=60 * 24 * 15)
    assert "customer_confirmed" not in world.events()


def test_an_answer_counts_days_later_when_the_ticket_was_closed_meanwhile() -> None:
    world = solved()
    world.says("2", after=60 * 24 * 8)
    assert len(world.state.tickets) == 1
    assert world.one.status == "open"


def test_who_asks_for_the_status_answers_nothing() -> None:
    world = solved()
    world.says("STATUS")
    assert world.one.status == "solved"
    assert "asking" in world.one.state


@pytest.mark.parametrize(("words", "status"), [("Tak, dziękuję", "closed"), ("2", "open")])
def test_a_bare_word_answers_by_mail_too(words: str, status: str) -> None:
    world = Telling()
    world.mails(TROUBLE)
    world.act(c.Solve(number=world.one.number, summary="We replaced the pump."))
    asked = message_id(world.policy.keyring, world.one.number, world.to_customer()[0].delivery_id, "acme.example")
    world.mails(words, in_reply_to=[asked], references=[asked])
    assert world.one.status == status


def test_a_bare_word_by_mail_of_somebody_else_answers_nothing() -> None:
    world = Telling()
    world.mails(TROUBLE)
    world.act(c.Solve(number=world.one.number, summary="We replaced the pump."))
    asked = message_id(world.policy.keyring, world.one.number, world.to_customer()[0].delivery_id, "acme.example")
    world.done += 1
    world.take(
        mail("x", "bo@elsewhere.example", text="yes", received_at=world.now, in_reply_to=[asked], references=[asked])
    )
    assert "customer_confirmed" not in world.events()


def test_no_answer_closes_after_the_days_and_is_not_told_again() -> None:
    world = solved()
    world.until(world.now + timedelta(days=7, minutes=1))
    assert world.one.status == "closed"
    assert world.one.customer_confirmed_at is None
    assert world.to_customer() == []


def test_pressing_twice_says_nothing_new() -> None:
    world = solved("telegram")
    for _ in range(2):
        world.says("", channel="telegram", pressed="solved:1001:yes")
    assert world.events()[-1] == "press_ignored"
    assert world.events().count("customer_confirmed") == 1
    assert world.to_customer() == []


def test_a_question_that_went_another_way_is_answered_there() -> None:
    world = Telling()
    more = {"points": [Point(kind="telegram", value="77"), Point(kind="phone", value=ANA)]}
    world.says(TROUBLE, channel="telegram", sender="77", **more)
    world.act(c.Solve(number=world.one.number, summary="We replaced the pump."))
    (asked,) = world.to_customer()
    facts = world.state.model_copy(deep=True)
    facts.sent[asked.delivery_id] = asked
    report = DeliveryReport(
        delivery_id=asked.delivery_id, attempt=1, state="failed", at=world.now, channel="telegram", inbox="bot"
    )
    failed = decide_delivery(report, facts, world.policy, world.now)
    assert world.commit(failed) == "committed"
    (instead,) = world.to_customer()
    assert instead.channel == "sms"
    assert choices(instead, "en").endswith("2 = No, not yet")
    world.says("1", sender=ANA)
    assert world.one.status == "closed"


# -- the page ------------------------------------------------------------------------------------------------------------


def test_the_page_confirms_rates_and_hears_words_at_once_and_nothing_is_sent() -> None:
    world = solved()
    world.answer(CustomerAnswer(number=1001, solved=True, score=5, words="Quick!"))
    assert world.one.status == "closed"
    assert world.one.fields["satisfaction"] == {"score": 5, "words": "Quick!"}
    assert world.to_customer() == []
    assert "asking" not in world.one.state


def test_the_page_refuses_what_is_over() -> None:
    world = solved()
    world.answer(CustomerAnswer(number=1001, solved=False))
    assert world.one.status == "open"
    for solved_ in (True, False):
        with pytest.raises(Refused, match="nothing to confirm"):
            world.answer(CustomerAnswer(number=1001, solved=solved_))
    with pytest.raises(Refused, match="say whether"):
        world.answer(CustomerAnswer(number=1001))


def test_a_page_that_was_opened_before_the_ticket_was_reopened_rates_nothing() -> None:
    world = solved()
    world.answer(CustomerAnswer(number=1001, solved=False))
    with pytest.raises(Refused, match="nothing to rate yet"):
        world.answer(CustomerAnswer(number=1001, score=1, words="Still broken"))
    assert not world.one.fields.get("satisfaction")


def test_confirming_twice_on_the_page_is_no_fault() -> None:
    world = solved()
    for _ in range(2):
        world.answer(CustomerAnswer(number=1001, solved=True))
    assert world.events().count("customer_confirmed") == 1


# -- how satisfied -------------------------------------------------------------------------------------------------------


def rated(*answers: str, world: Telling | None = None) -> Telling:
    """Solved, confirmed, and what the customer says then."""
    world = solved(world=world)
    world.says("1")
    for each in answers:
        world.says(each)
    return world


@pytest.mark.parametrize(("words", "score"), [("5", 5), ("4!", 4), ("3/5", 3), ("1", 1)])
def test_a_digit_is_the_score_and_words_within_the_hour_are_kept_with_it(words: str, score: int) -> None:
    world = rated(words)
    assert world.one.fields["satisfaction"] == {"score": score, "words": ""}
    assert [parts(each) for each in world.to_customer()] == [["after.thanks"]]
    world.says("It took three days", after=50)
    assert world.one.fields["satisfaction"] == {"score": score, "words": "It took three days"}
    assert world.one.status == "closed"
    assert world.to_customer() == []


@pytest.mark.parametrize(
    ("words", "after"), [("It drips again", 61.0), ("When do you come?", 5.0), ("It drips. " * 40, 5.0)]
)
def test_later_or_longer_words_and_questions_are_a_message(words: str, after: float) -> None:
    world = rated("5")
    world.says(words, after=after)
    assert len(world.state.tickets) == 2


def test_what_is_no_score_is_a_message() -> None:
    world = rated("6")
    assert len(world.state.tickets) == 2


def test_a_score_may_be_mended_within_the_hour() -> None:
    world = rated("2", "5")
    assert world.one.fields["satisfaction"] == {"score": 5, "words": ""}


def test_who_was_asked_is_asked_again_only_when_it_was_solved_again() -> None:
    world = solved("telegram")
    world.says("", channel="telegram", pressed="score:1001:2")
    world.says("", channel="telegram", pressed="solved:1001:yes")
    assert world.to_customer() == [], "they have said so already"
    world.says("", channel="telegram", pressed="solved:1001:no")
    world.act(c.Solve(number=1001, summary="Now it works."))
    world.says("", channel="telegram", pressed="solved:1001:yes")
    assert [parts(each) for each in world.to_customer()] == [["ask.score"]]


def test_satisfaction_can_be_switched_off() -> None:
    world = rated(world=Telling(policy(after={"satisfaction": False})))
    assert world.one.status == "closed"
    assert world.to_customer() == []


def lead(world: Telling) -> list[tuple[str, str]]:
    world.until(world.now + hours(0.1))
    return world.to_agents()


@pytest.mark.parametrize("score", ["1", "2"])
def test_a_low_score_is_raised_to_the_lead_once(score: str) -> None:
    world = rated(score)
    assert lead(world) == [("agent.dissatisfied", LEA.email)]
    world.says("This is unacceptable", after=5)
    assert world.events().count("dissatisfied") == 1


def test_a_good_score_is_not_unless_the_words_are_angry() -> None:
    world = rated("4", "Thank you all")
    assert "dissatisfied" not in world.events()
    world = rated("4", "To jest skandal")
    assert lead(world) == [("agent.dissatisfied", LEA.email)]


def test_an_angry_message_about_what_was_solved_is_raised() -> None:
    world = solved()
    world.says("Ovo je nedopustivo, i dalje curi")
    assert lead(world) == [("agent.dissatisfied", LEA.email)]


def test_anger_before_anything_was_solved_is_not_dissatisfaction_with_it() -> None:
    world = Telling()
    world.says("This is unacceptable")
    world.says("Outrageous")
    assert "dissatisfied" not in world.events()


def test_a_link_that_is_sent_after_all_were_withdrawn_is_one_that_opens() -> None:
    world = Telling(policy())
    world.mails(TROUBLE)
    for withdrawn in (1, 2):
        world.act(WithdrawLinks(number=world.one.number))
        assert world.to_customer() == []
        world.act(c.Solve(number=world.one.number, summary=f"We replaced the pump, {withdrawn}."))
        (asked,) = world.to_customer()
        link = next(str(each.variables["link"]) for each in asked.postscripts if "link" in each.variables)
        token = read_status_token(world.policy.keyring, link.rpartition("/")[2])
        assert token is not None
        point = Point(kind="email", value="ana@customer.example")
        assert [token.is_for(world.policy.keyring, point, count) for count in range(3)] == [
            count == withdrawn for count in range(3)
        ]
        world.act(c.Reopen(number=world.one.number))


def test_without_a_lead_the_administrators_or_the_operators_hear_of_it() -> None:
    for staff, alerts, expected in (
        ([ANNA, LEA.model_copy(update={"role": "admin"})], ("ops@acme.example",), LEA.email),
        ([ANNA], ("ops@acme.example",), "ops@acme.example"),
    ):
        world = Telling()
        world.policy = replace(world.policy, alerts=alerts)
        world.state.staff = {each.email: each for each in staff}
        rated("1", world=world)
        assert lead(world) == [("agent.dissatisfied", expected)]


def test_configured_words_of_anger_replace_the_built_in_ones_of_their_language() -> None:
    world = Telling(policy(after={"angry": {"en": ["meh"]}}))
    telling = world.policy.telling
    assert telling.is_angry("Meh.")
    assert not telling.is_angry("unacceptable")
    assert telling.is_angry("skandal")


# -- reading -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"automatic": "auto-reply"},
        {"imported": True},
        {"silent": True},
        {"attachments": [{"filename": "a.jpg"}]},
        {"text": "", "reply_text": ""},
        {"text": "1" * 1_000, "reply_text": "1" * 1_000},
    ],
)
def test_what_cannot_be_an_answer_is_none(more: dict[str, Any]) -> None:
    assert answers.read(said("a", "1", **more)) is None


def test_reading_an_answer_costs_little_whatever_it_says() -> None:
    nasty = ["is it " * 60, "yes" + " thanks" * 40, "no" + " " * 290, "1" * 300, "-" * 300]
    began = time.process_time()
    for words in nasty * 20:
        answers.read(said("a", words, **{"from": Address(address=ANA)}))
    assert time.process_time() - began < 2.0


QUOTED = (
    "\n\nOn Mon, 2 Mar 2026 at 10:00, Acme <support@acme.example> wrote:\n"
    "> Is it solved? Please tell us here, or simply reply with yes or no:\n> https://acme.example/t/abc\n"
)


@pytest.mark.parametrize(
    ("written", "solved_"),
    [
        ("Yes, thank you!" + QUOTED, True),
        (
            "Tak"
            + QUOTED.replace("On Mon, 2 Mar 2026 at 10:00, Acme", "W dniu 2.03.2026 o 10:00, Acme").replace(
                "wrote", "pisze"
            ),
            True,
        ),
        ("Ne" + QUOTED, False),
        ("2\n\n-- \nAna Kovač\nKovač d.o.o.\n", False),
        ("Yes, and who pays for it?" + QUOTED, None),
    ],
)
def test_of_a_mail_only_the_new_words_are_the_answer(written: str, solved_: bool | None) -> None:
    parsed = parse_mail(f"From: ana@customer.example\nContent-Type: text/plain; charset=utf-8\n\n{written}".encode())
    answer = answers.read(mail("x", text=parsed.text, reply_text=parsed.reply_text))
    assert answer is not None
    assert answer.solved is solved_
