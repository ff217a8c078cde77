"""What a customer writes on the page of their ticket, decided: into the ticket, into one that follows it, or refused."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.changeset import AddMessage, LinkTickets, OpenTicket
from shared.messages.customers import CustomerReply
from shared.messages.parts import Authentication, Point
from shared.settings.sections import Company
from shared.texts.short import short_words
from tests.router.life.telling import ANNA, Telling, parts, policy
from tests.router.talking import ANA, BO, INBOXES
from tests.router.world import load
from tests.router.world import policy as policy_of

BY_MAIL = Point(kind="email", value="ana@customer.example")
BY_PHONE = Point(kind="phone", value=ANA)


def by_mail(**tickets: Any) -> Telling:
    """Ana has written a mail, and Anna has the ticket."""
    world = Telling(policy(tickets=tickets))
    world.mails("My heating does not work")
    world.act(c.Change(number=world.one.number, fields={"assignee": ANNA.email}))
    return world


def written(world: Telling) -> list[AddMessage]:
    """The messages that the newest decision adds."""
    return [each for each in world.last().operations if isinstance(each, AddMessage)]


@pytest.mark.parametrize("status", ["new", "open", "pending", "on_hold", "solved"])
def test_what_is_written_is_the_customers_message_and_goes_on_from_any_status(status: str) -> None:
    world = by_mail()
    if status != "new":
        world.act(c.Change(number=world.one.number, fields={"status": status}))
    world.answer(CustomerReply(number=world.one.number, point=BY_MAIL, text="  It still leaks. "))
    (message,) = written(world)
    assert (message.direction, message.channel, message.text) == ("in", "form", "It still leaks.")
    assert (message.author_kind, message.author.address) == ("customer", BY_MAIL.value)
    assert world.one.status == ("new" if status == "new" else "open")
    assert world.last().ledger is None
    assert [to for _, to in world.to_agents()] == [ANNA.email]


@pytest.mark.parametrize(("words", "messages"), [("", 0), ("It drips again.", 1)])
def test_who_says_that_it_is_not_solved_opens_it_as_by_a_button(words: str, messages: int) -> None:
    world = by_mail()
    world.act(c.Solve(number=world.one.number, summary="We replaced the pump."))
    world.answer(CustomerReply(number=world.one.number, point=BY_MAIL, text=words, rejects=True))
    assert [each.text for each in written(world)] == [words] * messages
    assert (world.one.status, world.one.reopened) == ("open", 1)
    assert ("agent.not_solved", ANNA.email) in world.to_agents()
    assert [parts(each)[0] for each in world.to_customer()] == ["notice.reopened"]


@pytest.mark.parametrize("rejects", [True, False])
@pytest.mark.parametrize(("later", "follows"), [(timedelta(days=2), False), (timedelta(days=4), True)])
def test_after_the_reopen_window_a_new_ticket_follows(rejects: bool, later: timedelta, follows: bool) -> None:
    world = by_mail(reopen_within=timedelta(days=3))
    number = world.one.number
    world.act(c.Close(number=number))
    world.until(world.now + later)
    world.answer(CustomerReply(number=number, point=BY_MAIL, text="It is back.", rejects=rejects))
    opened = [each for each in world.last().operations if isinstance(each, OpenTicket)]
    links = [each for each in world.last().operations if isinstance(each, LinkTickets)]
    assert (len(opened), [each.kind for each in links]) == ((1, ["follow-up"]) if follows else (0, []))
    if follows:
        (new,) = opened
        assert (new.channel, new.customer, new.contact_id) == (
            "email",
            BY_MAIL.value,
            world.state.tickets[links[0].other_id].contact_id,
        )
        assert [parts(each)[0] for each in world.to_customer()] == ["acknowledgement"]


def test_without_words_the_ticket_that_follows_says_in_the_customers_language_that_it_is_not_solved() -> None:
    world = Telling()
    world.mails("Grijanje ne radi", language="hr", language_confidence=1.0)
    number = world.one.number
    world.act(c.Close(number=number))
    world.until(world.now + timedelta(days=1))
    world.answer(CustomerReply(number=number, point=BY_MAIL, rejects=True))
    assert [each.text for each in written(world)] == ["Nije riješeno."]


def test_a_follow_up_of_a_talk_goes_on_in_that_talk() -> None:
    world = Telling()
    world.says("My heating does not work")
    number = world.one.number
    world.act(c.Close(number=number))
    world.until(world.now + timedelta(days=1))
    world.answer(CustomerReply(number=number, point=BY_PHONE, text="It is back."))
    (opened,) = [each for each in world.last().operations if isinstance(each, OpenTicket)]
    assert (opened.channel, opened.inbox, opened.customer) == ("sms", "sms", ANA)
    assert world.to_customer() == []  # the page itself says so


@pytest.mark.parametrize(
    ("point", "text", "rejects", "error"),
    [
        (Point(kind="email", value="bo@customer.example"), "Hello", False, "forbidden"),
        (Point(kind="phone", value=BO), "Hello", False, "forbidden"),
        (BY_MAIL, " \n ", False, "invalid"),
        (BY_MAIL, "", True, "conflict"),
    ],
)
def test_what_is_refused(point: Point, text: str, rejects: bool, error: str) -> None:
    world = by_mail()
    with pytest.raises(Refused) as refused:
        world.answer(CustomerReply(number=world.one.number, point=point, text=text, rejects=rejects))
    assert refused.value.error == error


@pytest.mark.parametrize("status", ["spam", "internal"])
def test_what_has_no_page_takes_no_words(status: str) -> None:
    world = by_mail()
    if status == "spam":
        world.act(c.MarkSpam(number=world.one.number))
    else:
        world.one.internal = True
    with pytest.raises(Refused) as refused:
        world.answer(CustomerReply(number=world.one.number, point=BY_MAIL, text="Hello"))
    assert refused.value.error == "not-found"


# -- where the link is given -------------------------------------------------------------------------------------------


def public(**tickets: Any) -> Telling:
    """An installation that its customers can reach."""
    settings = load(None, None, {})
    email = settings.inbox[0].model_copy(update={"address": "support@acme.example"})
    company = Company(name="Acme", public_url="https://support.acme.example")
    changed = settings.tickets.model_copy(update=tickets)
    return Telling(policy_of(inbox=(email, *INBOXES), company=company, tickets=changed))


def test_the_acknowledgement_leads_to_the_page_where_customers_can_reach_it() -> None:
    world = public()
    world.mails("My heating does not work")
    assert parts(world.to_customer()[0]) == ["acknowledgement", "status.link"]
    for other in (Telling(), public(status_links=False)):
        other.mails("My heating does not work")
        assert "status.link" not in parts(other.to_customer()[0])


@pytest.mark.parametrize(
    "more",
    [
        {"reply_to": [{"address": "elsewhere@evil.example"}]},
        {"authentication": Authentication(dmarc="fail", domain="customer.example")},
    ],
)
def test_nobody_gets_a_link_whose_part_in_it_is_not_proven(more: dict[str, Any]) -> None:
    world = public()
    world.mails("My heating does not work", **more)
    assert all("status.link" not in parts(each) for each in world.to_customer())


def test_an_acknowledgement_by_sms_has_no_link() -> None:
    world = public()
    world.says("My heating does not work")
    assert parts(world.to_customer()[0]) == ["acknowledgement"]


def test_without_links_the_question_is_asked_in_plain_words() -> None:
    world = public(status_links=False)
    world.mails("My heating does not work")
    world.act(c.Solve(number=world.one.number, summary="We replaced the pump."))
    (asked,) = world.to_customer()
    assert parts(asked) == ["notice.summary", "ask.solved.plain"]
    assert "/t/" not in str(asked)
    by_sms = public(status_links=False)
    by_sms.says("My heating does not work")
    by_sms.act(c.Solve(number=by_sms.one.number, summary="We replaced the pump."))
    assert short_words(by_sms.to_customer()[0], "Acme", "en").endswith("Is it solved?")
