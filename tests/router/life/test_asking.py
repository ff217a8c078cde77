"""Asking a customer for details: what they are sent, the reminders, the closing, and how their answer ends it."""

from typing import Any

import pytest

from services.router.deciding.commands import Refused
from shared.messages.automation import AskDetails
from shared.messages.command import Change, Close, Reply
from shared.messages.outbound import Outbound
from shared.settings.notices import Notices
from tests.router.life.automated import Automated, policy, rule
from tests.router.life.recordworld import hours
from tests.router.talking import ANA
from tests.router.world import START

ERROR = {"subject": "Error 5", "text": "There is an error."}
DAY = 24


def world(*rules: dict[str, Any], **more: Any) -> Automated:
    return Automated(policy=policy(*rules, **more))


def asked(**ask: Any) -> tuple[Automated, int]:
    there = world()
    number = there.opened(**ERROR)
    there.act(AskDetails(number=number, **ask))
    return there, number


def sent(there: Automated) -> list[Outbound]:
    return [each for each in there.to_customer() if each.channel != "api"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "please send us:\n\n- model\n- serial number"),
        ("pl", "prosimy o przesłanie:\n\n- model\n- numer seryjny"),
        ("hr", "molimo pošaljite nam:\n\n- model\n- serijski broj"),
    ],
)
def test_what_the_category_needs_is_asked_in_the_customer_s_language(language: str, words: str) -> None:
    there = world()
    number = there.opened(**ERROR)
    there.act(Change(number=number, fields={"language": language}))
    there.act(AskDetails(number=number))
    (mail,) = sent(there)
    assert (mail.kind, mail.author) == ("reply", "Anna")
    assert mail.text.endswith(words)
    assert there.ticket(number).status == "pending"
    assert there.trail(number, "details_asked")[0].data["fields"][0] == "model"


def test_what_an_agent_asks_stands_below_their_own_words() -> None:
    there, _ = asked(fields=["a photo", " a photo ", "the invoice"], text="Hello Ana,")
    (mail,) = sent(there)
    assert mail.text.startswith("Hello Ana,\n\n")
    assert mail.text.endswith("\n- a photo\n- the invoice")


def test_it_is_asked_on_the_customer_s_own_channel() -> None:
    there = world()
    there.says("There is an error, it does not start.")
    number = there.one.number
    there.act(AskDetails(number=number))
    (message,) = sent(there)
    assert (message.channel, message.to[0].address) == ("sms", ANA)


def test_the_same_is_never_asked_twice() -> None:
    there, number = asked()
    with pytest.raises(Refused, match="asked for this already"):
        there.act(AskDetails(number=number))
    there.act(AskDetails(number=number, fields=["a photo"]))
    assert there.ticket(number).state["asking_details"]["labels"] == ["a photo"]


@pytest.mark.parametrize(
    ("fields", "closed", "why"),
    [([], True, "status: a closed ticket"), (["x" * 301], False, "each of at most 300")],
)
def test_what_cannot_be_asked_is_refused(fields: list[str], closed: bool, why: str) -> None:
    there = world()
    number = there.opened(**ERROR)
    if closed:
        there.act(Close(number=number))
    with pytest.raises(Refused, match=why):
        there.act(AskDetails(number=number, fields=fields))


def test_a_category_that_needs_nothing_must_be_told_what_to_ask() -> None:
    there = world()
    number = there.opened(subject="Hello", text="A question.")
    with pytest.raises(Refused, match="has no ask_for"):
        there.act(AskDetails(number=number))


def test_the_customer_is_reminded_and_in_the_end_the_ticket_is_closed_and_they_are_told() -> None:
    there, number = asked()
    there.until(START + hours(1.9 * DAY))
    assert not there.told("asking.reminder")
    there.until(START + hours(9.9 * DAY))
    reminders = there.told("asking.reminder")
    assert [each.created_at for each in reminders] == [START + hours(2 * DAY), START + hours(5 * DAY)]
    assert {each.variables["list"] for each in reminders} == {"- model\n- serial number"}
    assert there.ticket(number).status == "pending"
    there.until(START + hours(10.1 * DAY))
    ticket = there.ticket(number)
    assert (ticket.status, ticket.closed_at) == ("closed", START + hours(10 * DAY))
    (told,) = there.told("asking.closed")
    assert told.created_at == START + hours(10 * DAY)
    assert not there.told("notice.closed")
    assert "asking_details" not in ticket.state
    there.until(START + hours(60 * DAY))
    assert len(there.told("asking.reminder")) == 2


def test_its_clocks_stand_still_meanwhile() -> None:
    there = world()
    number = there.opened(**ERROR)
    (clock,) = [each for each in there.ticket(number).state["sla"]["open"] if each["clock"] == "resolution"]
    assert clock.get("paused_at") is None
    there.act(AskDetails(number=number))
    (clock,) = [each for each in there.ticket(number).state["sla"]["open"] if each["clock"] == "resolution"]
    assert any("paus" in name and value for name, value in clock.items()), clock


def test_the_customer_s_answer_ends_it() -> None:
    there = world()
    first = there.mails("There is an error.", subject="Error 5")
    number = there.number_of(first)
    there.act(AskDetails(number=number))
    there.until(START + hours(30))
    there.mails("Model X, 123.", refs=(first,))
    assert there.ticket(number).status == "open"
    assert "asking_details" not in there.ticket(number).state
    assert there.trail(number, "details_received")
    assert not [timer for timer in there.state.timers.values() if timer.kind == "asking"]
    there.until(START + hours(30 * DAY))
    assert not there.told("asking.reminder")


def test_an_automatic_answer_does_not_end_it() -> None:
    there = world()
    first = there.mails("There is an error.", subject="Error 5")
    number = there.number_of(first)
    there.act(AskDetails(number=number))
    there.mails("I am away.", refs=(first,), automatic="auto-reply")
    assert there.ticket(number).status == "pending"
    assert "asking_details" in there.ticket(number).state


def test_whatever_else_leads_out_of_waiting_ends_it_too() -> None:
    there, number = asked()
    there.act(Change(number=number, fields={"status": "open"}))
    assert there.trail(number, "asking_ended")
    assert not [timer for timer in there.state.timers.values() if timer.kind == "asking"]


def test_after_an_outage_there_is_one_reminder_and_not_the_closing_at_once() -> None:
    there, number = asked()
    (timer,) = [timer for timer in there.state.timers.values() if timer.kind == "asking"]
    there.now = START + hours(30 * DAY)
    there.fire(timer)
    there.until(START + hours(31 * DAY))
    assert len(there.told("asking.reminder")) == 1
    assert there.ticket(number).status == "pending"


def test_a_rule_may_ask_by_itself() -> None:
    there = world(rule("asks", when={"category": "technical"}, ask=True))
    first = there.mails("There is an error.", subject="Error 5")
    (mail,) = sent(there)
    assert mail.kind == "acknowledgement"
    assert "asking.request" in [each.template for each in mail.postscripts]
    number = there.number_of(first)
    assert there.ticket(number).status == "pending"
    there.until(START + hours(3 * DAY))
    assert len(there.told("asking.reminder")) == 1


def test_a_rule_does_not_ask_again_what_is_asked() -> None:
    there = world(rule("asks", on="replied", ask=True))
    number = there.opened(**ERROR)
    there.act(AskDetails(number=number))
    assert there.runs(number)[0].data["skipped"] == {"ask": "the customer was asked already"}
    there.act(Reply(number=number, text="And hurry."))
    assert not there.told("asking.request")


def test_reminders_and_closing_are_as_configured() -> None:
    there = world(asking={"remind": ["3h"], "close": ""}, notices=Notices(waiting=False))
    number = there.opened(**ERROR)
    there.act(AskDetails(number=number))
    there.until(START + hours(90 * DAY))
    assert len(there.told("asking.reminder")) == 1
    assert there.ticket(number).status == "pending"
