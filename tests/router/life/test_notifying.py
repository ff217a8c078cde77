"""Each agent is told where they chose: what they need to answer, never twice, never of nothing, and never who the customer is beyond a
name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.life import choosing
from shared.messages.agents import AddNews
from shared.messages.command import Change, Note
from shared.messages.facts import ContactFact, point_key
from shared.messages.parts import Attachment, Point
from shared.secrets.shortcode import short_code
from shared.settings.notifying import Notifying
from tests.router.life.annas import (
    NIGHT,
    OTHER,
    PHONE,
    POLICY,
    TELEGRAM,
    WHATSAPP,
    annas,
    choice,
    failing,
    told,
)
from tests.router.life.telling import ANNA
from tests.router.talking import ANA
from tests.router.world import KEYRING, START

RULES = {
    "channels": ["email"],
    "rules": [
        {"events": ["opened", "watched"], "channels": []},
        {"priorities": ["urgent", "high"], "channels": ["sms", "telegram"]},
        {"events": ["replied"], "channels": ["telegram", "email"]},
    ],
}


@pytest.mark.parametrize(
    ("event", "priority", "wanted"),
    [
        ("opened", "urgent", ()),
        ("watched", "low", ()),
        ("replied", "high", ("sms", "telegram")),
        ("replied", "normal", ("telegram", "email")),
        ("replied", None, ("sms", "telegram")),
        ("sla", "urgent", ("sms", "telegram")),
        ("sla", "low", ("email",)),
    ],
)
def test_the_first_rule_that_fits_decides_on_the_channels(
    event: str, priority: str | None, wanted: tuple[str, ...]
) -> None:
    assert choosing.channels(Notifying.model_validate(RULES), event, priority) == wanted


@pytest.mark.parametrize(
    ("wanted", "points", "ways"),
    [
        (("telegram",), [TELEGRAM], ["telegram:bot:4711", "email:support:anna@acme.example"]),
        (("telegram", "sms"), [PHONE], ["sms:sms:+48511222333", "email:support:anna@acme.example"]),
        (("telegram", "sms"), [PHONE, TELEGRAM], ["telegram:bot:4711", "sms:sms:+48511222333", "email:support:anna@acme.example"]),
        (("whatsapp",), [PHONE, WHATSAPP], ["whatsapp:wa:+48511222334", "email:support:anna@acme.example"]),
        (("telegram",), [], ["email:support:anna@acme.example"]),
        (("email", "telegram"), [TELEGRAM], ["email:support:anna@acme.example", "telegram:bot:4711"]),
        (("email",), [OTHER], ["email:support:anna@home.example", "email:support:anna@acme.example"]),
        ((), [TELEGRAM], []),
    ],
)  # fmt: skip
def test_a_channel_counts_with_a_verified_point_and_mail_is_the_last_resort(
    wanted: Any, points: list[Point], ways: list[str]
) -> None:
    found = choosing.ways(choosing.chosen(choice(None, *points)), wanted, "support", POLICY)
    assert [f"{way.channel}:{way.inbox}:{way.point.value}" for way in found] == ways


def test_a_channel_without_an_inbox_is_none_and_the_configured_inbox_is_taken() -> None:
    person = choosing.chosen(choice(None, TELEGRAM))
    none = replace(POLICY, inboxes={"email": ("support",)})
    assert [way.channel for way in choosing.ways(person, ("telegram",), "support", none)] == ["email"]
    agents = POLICY.agents.model_copy(update={"telegram": "staff"})
    two = replace(POLICY, inboxes={"telegram": ("bot", "staff")}, agents=agents)
    assert choosing.ways(person, ("telegram",), "support", two)[0].inbox == "staff"


def test_a_choice_that_nobody_understands_any_more_counts_as_none() -> None:
    assert choosing.chosen(choice({"channels": ["pigeon"]})).choice == Notifying()


def test_what_the_customer_writes_comes_to_telegram_with_what_is_needed_to_answer() -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM, languages=["pl", "en"])
    files = [Attachment(filename=f"{ANA} {n}.jpg", size=3_000_000, blob=f"b{n}") for n in range(4)]
    world.says(f"It still hums, call me at {ANA}.", after=30, attachments=files)
    (outbound,) = told(world)
    assert (outbound.channel, outbound.inbox, outbound.to[0].address) == ("telegram", "bot", "4711")
    assert (outbound.agent_id, outbound.event, outbound.internal, outbound.language) == (
        ANNA.agent_id,
        "replied",
        False,
        "pl",
    )
    assert outbound.code == short_code(KEYRING, outbound.delivery_id)
    assert outbound.variables["customer"] == "Ana"
    assert outbound.variables["text"] == "It still hums, call me at [numer]."
    assert [file.blob for file in outbound.attachments] == ["b0", "b1", "b2"]  # 9 MB of 12
    assert outbound.variables["more_files"] == 1
    assert outbound.conversation is None
    assert ANA not in outbound.encode().decode()


def test_of_many_files_one_goes_along_to_a_telephone() -> None:
    world = annas({"channels": ["telegram", "sms"]}, TELEGRAM, PHONE)
    files = [Attachment(filename=f"{n}.jpg", size=10, blob=f"b{n}") for n in range(7)]
    world.says("Photos", after=30, attachments=files)
    (outbound,) = told(world)
    assert (len(outbound.attachments), outbound.variables["more_files"]) == (5, 2)
    (again,) = failing(world, outbound)
    assert (again.channel, len(again.attachments), again.variables["more_files"]) == ("sms", 1, 6)


def test_in_a_chat_each_message_is_told_and_by_mail_one_for_a_while() -> None:
    for channels, count in ((["telegram"], 3), (["whatsapp"], 3), (["sms"], 1), (["email"], 1)):
        world = annas({"channels": channels}, TELEGRAM, WHATSAPP, PHONE)
        world.one.watchers = ["zora@acme.example"]
        heard = []
        for place in range(3):
            world.says(f"And {place}", after=30 if place == 0 else 2)
            heard += [each.to[0].address for each in told(world)]
        assert (len(heard) - heard.count("zora@acme.example"), heard.count("zora@acme.example")) == (count, 1)


def test_who_writes_a_hundred_messages_does_not_ring_a_hundred_times() -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM)
    world.until(START + timedelta(minutes=30))
    heard = 0
    for place in range(100):
        world.says(f"And {place}", after=0.05)
        heard += len(told(world))
    assert heard == 11
    world.actor = "agent:id-lea"
    world.act(Note(number=1001, text="Let me see.", mentions=[]))
    world.says("At last")
    assert len(told(world)) == 1


def test_messages_of_the_night_are_all_kept() -> None:
    world = annas({"channels": ["email"], "quiet": NIGHT})
    world.until(START + timedelta(hours=13))
    for words in ("one", "two", "three"):
        world.says(words)
    assert [news.variables["text"] for news in world.state.news[ANNA.agent_id]] == ["one", "two", "three"]


def test_a_ticket_without_a_subject_is_called_by_its_first_words() -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM)
    world.says("Well?", after=30)
    (outbound,) = told(world)
    assert outbound.variables["subject"] == "The pump hums."
    assert outbound.subject == "Ana has written: The pump hums."
    assert outbound.variables["mine"] is True


def test_what_says_how_the_customer_is_reached_stays_at_the_desk() -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM)
    files = [
        Attachment(filename="me.vcf", media_type="text/vcard", size=10, blob="b1"),
        Attachment(filename="old.eml", media_type="message/rfc822", size=10, blob="b2"),
        Attachment(filename="pump.jpg", media_type="image/jpeg", size=10, blob="b3"),
    ]
    world.says("Photos", after=30, attachments=files)
    (outbound,) = told(world)
    assert ([file.blob for file in outbound.attachments], outbound.variables["more_files"]) == (["b3"], 2)


def test_a_customer_without_a_name_is_called_the_customer() -> None:
    world = annas()
    for person in world.state.people.values():
        person.name = "48 600 100 200"
    for contact in world.state.contacts.values():
        contact.name = "48 600 100 200"
    world.says("Well?", after=30)
    assert told(world)[0].variables["customer"] == "the customer"


def test_who_chose_nothing_is_told_by_mail_and_may_answer_if_we_know_them() -> None:
    world = annas()
    del world.state.choices[ANNA.email]
    world.says("Well?", after=30)
    (outbound,) = told(world)
    assert (outbound.channel, outbound.to[0].address, outbound.agent_id) == ("email", ANNA.email, ANNA.agent_id)
    assert (outbound.code, outbound.internal) == ("", False)
    world = annas()
    world.one.assignee = "zora@acme.example"
    world.says("Well?", after=30)
    (outbound,) = told(world)
    assert (outbound.channel, outbound.to[0].address, outbound.agent_id) == ("email", "zora@acme.example", "")


@pytest.mark.parametrize("channels", [["telegram"], ["sms"], ["whatsapp"], ["email"]])
def test_a_note_answers_as_a_note(channels: list[str]) -> None:
    world = annas({"channels": channels}, TELEGRAM, PHONE, WHATSAPP)
    world.actor = "agent:id-lea"
    world.act(Note(number=1001, text="What do you think?", mentions=[ANNA.email]))
    (outbound,) = told(world)
    assert (outbound.event, outbound.internal) == ("mentioned", True)
    assert bool(outbound.code) == (channels != ["email"])


@pytest.mark.parametrize(
    ("language", "was", "now", "title"),
    [
        ("en", "open", "on hold", "Now “on hold”: "),
        ("pl", "otwarte", "wstrzymane", "Teraz „wstrzymane”: "),
        ("hr", "otvoreno", "na čekanju", "Sada „na čekanju”: "),
    ],
)
def test_states_have_names_and_only_people_have_done_something(language: str, was: str, now: str, title: str) -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM, languages=[language])
    world.one.watchers, world.one.status = [ANNA.email], "open"
    world.actor = "token:integration"
    world.act(Change(number=1001, fields={"status": "on_hold"}))
    (outbound,) = told(world)
    assert (outbound.variables["was"], outbound.variables["now"], outbound.variables["by"]) == (was, now, "")
    assert outbound.subject == f"{title}The pump hums."
    world.actor = "agent:id-lea"
    world.act(Change(number=1001, fields={"status": "open"}))
    assert told(world)[0].variables["by"] == "Lea Horvat"


@pytest.mark.parametrize(("language", "by"), [("en", "a colleague"), ("pl", "ktoś z zespołu")])
def test_a_note_that_a_machine_brings_is_somebodys(language: str, by: str) -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM, languages=[language])
    world.actor = "token:integration"
    world.act(Note(number=1001, text="What do you think?", mentions=[ANNA.email]))
    (outbound,) = told(world)
    assert outbound.variables["by"] == by
    assert outbound.subject.casefold().startswith(by)


def test_nobody_is_told_of_their_own_doing() -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM)
    world.one.assignee = None
    world.actor = f"agent:{ANNA.agent_id}"
    world.act(Change(number=1001, fields={"assignee": ANNA.email}))
    assert told(world) == []


@pytest.mark.parametrize(
    ("more", "heard"),
    [({}, 1), ({"role": "auditor"}, 0), ({"away_until": START + timedelta(days=9)}, 0), ({"away_until": START}, 1)],
)
def test_auditors_and_whoever_is_away_are_not_told_of_new_tickets(more: dict[str, Any], heard: int) -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM, **more)
    world.policy = replace(world.policy, teams=dict.fromkeys(("technical", "general"), (ANNA.email,)))
    world.policy = replace(
        world.policy, categories=tuple(replace(each, team="technical") for each in world.policy.categories)
    )
    world.mails("There is an error on the display.", subject="Error")
    assert len(told(world)) == heard


@pytest.mark.parametrize(
    ("dead", "heard"),
    [((), ["telegram"]), ((TELEGRAM,), ["sms"]), ((TELEGRAM, PHONE, Point(kind="email", value=ANNA.email)), [])],
)
def test_what_is_known_not_to_arrive_is_not_tried(dead: tuple[Point, ...], heard: list[str]) -> None:
    world = annas({"channels": ["telegram", "sms"]}, TELEGRAM, PHONE)
    for point in dead:
        known = ContactFact(contact_id="c", name="Anna", undeliverable=True)
        world.state.contacts[point_key(point.kind, point.value)] = known
    world.says("Well?", after=30)
    assert [each.channel for each in told(world)] == heard


def test_a_point_that_is_marked_is_left_out_until_the_agent_is_heard_there() -> None:
    world = annas({"channels": ["telegram", "sms"]}, TELEGRAM, PHONE, unreachable=[TELEGRAM])
    world.says("Well?", after=30)
    assert [each.channel for each in told(world)] == ["sms"]


def test_news_that_nobody_wants_goes_nowhere() -> None:
    world = annas({"channels": []}, TELEGRAM)
    world.says("Well?", after=30)
    assert told(world) == []
    assert not [op for op in world.last().operations if isinstance(op, AddNews)]
