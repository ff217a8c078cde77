"""Each agent is told where and when they chose: never in their quiet hours, never twice, never of nothing, and never who the customer is
beyond a name."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.router.deciding.consequences import decide_delivery, decide_timer, delivery_needs, timer_needs
from services.router.deciding.draft import Draft
from services.router.deciding.folding import fold
from services.router.deciding.life import choosing, digesting
from shared.messages.agents import AddNews, ChoiceFact, RemoveNews
from shared.messages.changeset import CancelTimer, Changeset, QueueDelivery, SetTimer
from shared.messages.command import Change, Note
from shared.messages.facts import ContactFact, Facts, TicketFact, TimerFact, agent_key, point_key
from shared.messages.outbound import DeliveryReport, Outbound, TimerDue, instead_id
from shared.messages.parts import Attachment, Bounce, FailedRecipient, Point
from shared.secrets import message_id
from shared.secrets.shortcode import short_code
from shared.settings.notifying import Digest, Notifying, Quiet
from tests.router.life.telling import ANNA, Telling
from tests.router.life.telling import policy as every_channel
from tests.router.talking import ANA
from tests.router.world import KEYRING, START, mail

POLICY = every_channel()
TELEGRAM, PHONE = Point(kind="telegram", value="4711"), Point(kind="phone", value="+48511222333")
WHATSAPP, OTHER = Point(kind="whatsapp", value="+48511222334"), Point(kind="email", value="anna@home.example")
NIGHT = {"start": "22:00", "end": "07:00", "zone": "Europe/Warsaw"}


def choice(notify: dict[str, Any] | None = None, *points: Point, **more: Any) -> ChoiceFact:
    known = {"agent_id": ANNA.agent_id, "email": ANNA.email, "name": ANNA.name}
    return ChoiceFact(**(known | {"notify": notify or {}, "points": list(points)} | more))


def annas(notify: dict[str, Any] | None = None, *points: Point, **more: Any) -> Telling:
    """A world in which Anna has the ticket of the customer who writes by SMS, and chose how to be told."""
    world = Telling()
    world.says("The pump hums.")
    world.one.assignee = ANNA.email
    world.state.choices[ANNA.email] = choice(notify, *points, **more)
    return world


def told(world: Telling) -> list[Outbound]:
    """What the newest decision tells agents."""
    return [op.outbound for op in world.last().operations if op.op == "queue_delivery" and op.outbound.kind == "alert"]


# -- where --------------------------------------------------------------------------------------------------------------

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


# -- when ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "priority", "clock", "expected"),
    [
        ("replied", "normal", "12:00", None),
        ("replied", "normal", "22:00", ("quiet", "07:00")),
        ("replied", "normal", "06:59", ("quiet", "07:00")),
        ("replied", "normal", "07:00", None),
        ("replied", "urgent", "23:00", None),
        ("opened", "normal", "12:10", ("digest", "13:00")),
        ("opened", "normal", "13:00", ("digest", "14:00")),
        ("opened", "normal", "21:10", ("quiet-digest", "07:00")),
        ("opened", "normal", "23:00", ("quiet", "07:00")),
        ("opened", "urgent", "12:10", None),
        ("watched", "normal", "12:10", ("digest", "13:00")),
    ],
)
def test_quiet_hours_and_digests_by_the_clock(
    event: str, priority: str, clock: str, expected: tuple[str, str] | None
) -> None:
    notify = Notifying.model_validate({"quiet": NIGHT, "digest": {"every": "1h"}})
    zone = ZoneInfo("Europe/Warsaw")
    at = datetime.combine(START.date(), time.fromisoformat(clock), zone)
    found = choosing.later(notify, event, priority, at.astimezone(UTC), "UTC")
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.why == expected[0].rpartition("-")[2]
        assert f"{found.at.astimezone(zone):%H:%M}" == expected[1]
        assert found.at > at


@pytest.mark.parametrize(
    ("every", "zone", "now", "told_at"),
    [
        ("1d", "Europe/Warsaw", "2026-03-02T09:00+01:00", "2026-03-03T08:00+01:00"),
        ("1d", "Europe/Warsaw", "2026-07-02T07:00+02:00", "2026-07-02T08:00+02:00"),
        ("7d", "UTC", "2026-03-03T09:00+00:00", "2026-03-09T08:00+00:00"),
        ("15m", "UTC", "2026-03-03T09:01+00:00", "2026-03-03T09:15+00:00"),
        ("1d", "Europe/Warsaw", "2026-03-28T23:00+01:00", "2026-03-29T08:00+02:00"),
    ],
)
def test_digests_are_told_at_round_times(every: str, zone: str, now: str, told_at: str) -> None:
    notify = Notifying.model_validate({"digest": {"every": every}})
    found = choosing.later(notify, "opened", "low", datetime.fromisoformat(now), zone)
    assert found == choosing.Later("digest", datetime.fromisoformat(told_at))


def test_news_of_the_night_is_told_together_in_the_morning_and_can_be_answered() -> None:
    world = annas({"channels": ["telegram"], "quiet": NIGHT}, TELEGRAM)
    world.until(START + timedelta(hours=13))  # 23:00 in Warsaw
    world.says("Are you there?")
    assert told(world) == []
    world.actor = "agent:id-lea"
    world.act(Change(number=1001, fields={"status": "on_hold"}))
    world.says("Hello?", after=60)
    world.until(START + timedelta(hours=22))
    (outbound,) = world.told("agent.digest")
    assert outbound.created_at == datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert (outbound.channel, outbound.ticket_id, outbound.agent_id) == ("telegram", world.one.ticket_id, ANNA.agent_id)
    assert outbound.code == short_code(KEYRING, outbound.delivery_id)
    assert outbound.variables["text"].splitlines()[0].startswith("T-1001")
    assert outbound.variables["text"].endswith(": Are you there? / Hello?")
    assert world.state.news[ANNA.agent_id] == []
    assert not [timer for timer in world.state.timers.values() if timer.kind == digesting.TIMER]


def test_what_is_urgent_is_told_at_night_too() -> None:
    world = annas({"channels": ["sms"], "quiet": NIGHT}, PHONE)
    world.one.priority = "urgent"
    world.until(START + timedelta(hours=13))
    world.says("It burns!")
    assert [(each.channel, each.event) for each in told(world)] == [("sms", "replied")]


def test_of_an_agent_who_is_no_more_it_is_forgotten() -> None:
    world = annas({"quiet": NIGHT}, TELEGRAM)
    world.until(START + timedelta(hours=13))
    world.says("Are you there?")
    world.state.choices.clear()
    world.state.staff.clear()
    world.until(START + timedelta(hours=22))
    assert world.told("agent.digest") == []
    assert world.state.news[ANNA.agent_id] == []


def kept(count: int, ticket: int = 1, **variables: Any) -> Facts:
    """So much is kept for Anna, about as many tickets as are named."""
    facts = Facts(
        choices={ANNA.email: choice({"channels": ["telegram"]}, TELEGRAM)}, versions={agent_key(ANNA.agent_id): 3}
    )
    for place in range(count):
        number = 1001 + place % ticket
        facts.tickets[f"t{number}"] = TicketFact(
            ticket_id=f"t{number}", number=number, status="open", subject=f"Pump {number}", channel="sms", inbox="sms",
            language="en", created_at=START,
        )  # fmt: skip
        news = AddNews(
            news_id=f"n{place}", agent_id=ANNA.agent_id, ticket_id=f"t{number}", event="replied", template="agent.replied",
            variables={"text": f"words {place}", **variables}, at=START,
        )  # fmt: skip
        fold(facts, Changeset(cause=f"c{place}", operations=[news]))
    return facts


DUE = TimerDue(timer_id=f"digest:{ANNA.agent_id}", kind="digest", generation=7, due_at=START)


def test_a_digest_says_what_has_happened_to_each_ticket_and_is_bounded() -> None:
    changeset = decide_timer(DUE, kept(400, 90), POLICY, START)
    (outbound,) = (op.outbound for op in changeset.operations if isinstance(op, QueueDelivery))
    lines = outbound.variables["text"].splitlines()
    assert lines[:2] == ["T-1001 Pump 1001", "- The customer has written (×5): words 180 / words 270 / words 360"]
    assert lines[-1] == "… and in further tickets: 70"
    assert len(outbound.variables["text"]) < 8_000
    assert (outbound.ticket_id, outbound.code, outbound.variables["count"]) == (None, "", 400)
    (removed,) = (op for op in changeset.operations if isinstance(op, RemoveNews))
    assert len(removed.news_ids) == 400


def test_a_digest_goes_where_news_of_its_tickets_priority_go() -> None:
    facts = kept(1)
    facts.choices[ANNA.email].notify = {
        "channels": ["telegram"],
        "rules": [{"priorities": ["urgent"], "channels": ["sms"]}],
    }
    facts.choices[ANNA.email].points.append(PHONE)
    assert facts.news[ANNA.agent_id][0].priority == "normal"
    (outbound,) = (
        op.outbound for op in decide_timer(DUE, facts, POLICY, START).operations if isinstance(op, QueueDelivery)
    )
    assert outbound.channel == "telegram"


def test_a_digest_and_what_goes_to_another_channel_say_as_of_when_they_tell() -> None:
    world = annas({"channels": ["telegram"], "quiet": NIGHT}, TELEGRAM)
    world.until(START + timedelta(hours=13))
    world.says("Are you there?")
    wrote = world.now
    world.until(START + timedelta(hours=22))
    (outbound,) = world.told("agent.digest")
    assert (outbound.seen_at, outbound.created_at) == (
        wrote,
        world.now.replace(hour=6, minute=0, second=0, microsecond=0),
    )


def test_what_another_version_kept_is_told_by_its_kind() -> None:
    facts = kept(1)
    facts.news[ANNA.agent_id][0].template = "agent.of_tomorrow"
    assert digesting.listed(facts.news[ANNA.agent_id], "en") == "T-1001 Pump 1001\n- replied: words 0"


def test_of_very_much_the_rest_is_told_at_once_afterwards() -> None:
    changeset = decide_timer(DUE, kept(digesting.AT_ONCE), POLICY, START)
    assert [op.due_at for op in changeset.operations if isinstance(op, SetTimer)] == [START]


def test_what_is_kept_while_it_is_told_is_not_lost() -> None:
    """One router tells; another has kept something in between and set the timer: the first decides again."""
    before = kept(1)
    telling = decide_timer(DUE, before, POLICY, START)
    assert telling.relies == {agent_key(ANNA.agent_id): 3}
    draft = Draft()
    news = AddNews(
        news_id="late", agent_id=ANNA.agent_id, ticket_id="t1001", event="replied", template="agent.replied", at=START
    )
    digesting.keep(draft, news, choosing.Later("digest", START + timedelta(hours=1)))
    assert agent_key(ANNA.agent_id) in draft.bumps
    # Even where nothing is kept the timer is not taken away from under what is just being kept.
    assert decide_timer(DUE, kept(0), POLICY, START).relies == {agent_key(ANNA.agent_id): 3}


def test_two_timers_of_one_batch_tell_it_once() -> None:
    facts = kept(3)
    first = decide_timer(DUE, facts, POLICY, START)
    fold(facts, first)
    second = decide_timer(DUE.model_copy(update={"timer_id": f"quiet:{ANNA.agent_id}"}), facts, POLICY, START)
    told_by = [[op for op in each.operations if isinstance(op, QueueDelivery)] for each in (first, second)]
    assert [len(each) for each in told_by] == [1, 0]


def test_the_timer_asks_for_what_is_kept_and_for_the_agent() -> None:
    request = timer_needs([DUE], POLICY)
    assert (request.news_of, request.choices, request.staff) == ([ANNA.agent_id], True, True)


# -- never lost, never twice, never in quiet hours ----------------------------------------------------------------------

ZONES = ("Europe/Warsaw", "UTC", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia")
# Nights in which clocks are changed are among them.
DAYS = tuple(datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 1), (3, 28), (4, 4), (10, 24)))
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
QUIETS = st.builds(Quiet, start=CLOCKS, end=CLOCKS, zone=st.sampled_from(ZONES))


def _hours(start: int, length: int, zone: str) -> Quiet:
    begin, end = (time(minute // 60 % 24, minute % 60) for minute in (start, start + length))
    return Quiet(start=begin, end=end, zone=zone)


# Awake for longer than a router may be late.
NIGHTS = st.builds(_hours, st.integers(0, 24 * 60 - 1), st.integers(0, 20 * 60), st.sampled_from(ZONES))
MINUTES = st.integers(5, 60 * 24 * 7)
DIGESTS = st.builds(
    Digest, every=MINUTES.map(lambda minutes: timedelta(minutes=minutes)), events=st.just(("opened", "watched"))
)
MOMENTS = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(DAYS), st.integers(0, 3 * 24 * 60)
)


@settings(deadline=None, max_examples=150)
@given(QUIETS, MOMENTS)
@example(Quiet(start=time(22), end=time(2, 30), zone="Europe/Warsaw"), datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
@example(Quiet(start=time(2, 10), end=time(2, 40), zone="Europe/Warsaw"), datetime(2026, 10, 25, 1, 20, tzinfo=UTC))
def test_the_end_of_quiet_hours_is_later_and_not_quiet(quiet: Quiet, now: datetime) -> None:
    if choosing.is_quiet(quiet, now):
        end = choosing.quiet_until(quiet, now)
        assert now < end <= now + timedelta(hours=25)
        assert not choosing.is_quiet(quiet, end)


@pytest.mark.parametrize(
    ("start", "end", "now", "ends"),
    [
        ("22:00", "07:00", "2026-03-28T23:00+00:00", "2026-03-29T05:00+00:00"),
        ("22:00", "02:30", "2026-03-29T00:30+00:00", "2026-03-29T01:30+00:00"),
        ("22:00", "07:00", "2026-10-24T23:00+00:00", "2026-10-25T06:00+00:00"),
        ("02:10", "02:40", "2026-10-25T00:20+00:00", "2026-10-25T00:40+00:00"),
        ("02:10", "02:40", "2026-10-25T01:20+00:00", "2026-10-25T01:40+00:00"),
    ],
)
def test_in_nights_in_which_clocks_are_changed_quiet_hours_end_by_the_clock(
    start: str, end: str, now: str, ends: str
) -> None:
    quiet = Quiet(start=time.fromisoformat(start), end=time.fromisoformat(end), zone="Europe/Warsaw")
    assert choosing.quiet_until(quiet, datetime.fromisoformat(now)) == datetime.fromisoformat(ends)


@settings(deadline=None, max_examples=100)
@given(DIGESTS, MOMENTS, st.sampled_from(ZONES))
@example(Digest(every=timedelta(minutes=15)), datetime(2026, 10, 25, 1, 5, tzinfo=UTC), "Europe/Warsaw")
def test_the_next_digest_is_later_than_now_and_within_its_time(digest: Digest, now: datetime, zone: str) -> None:
    found = choosing.later(Notifying(digest=digest), "opened", "normal", now, zone)
    assert found is not None
    assert now < found.at <= now + digest.every + timedelta(hours=2)


@dataclass
class Desk:
    """What is kept for one agent, and their timers: news is told now, or kept as the store would keep it."""

    notify: Notifying
    facts: Facts = field(default_factory=Facts)
    told: list[tuple[str, datetime]] = field(default_factory=list)
    wanted: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    generation: int = 0
    causes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        dumped = self.notify.model_dump(mode="json")
        self.facts.choices[ANNA.email] = choice(dumped, TELEGRAM)
        self.facts.versions[agent_key(ANNA.agent_id)] = 0

    def happens(self, name: str, event: str, priority: str, now: datetime) -> None:
        self.wanted[name] = priority, now
        later = choosing.later(self.notify, event, priority, now, "UTC")
        if later is None:
            self.told.append((name, now))
            return
        draft = Draft()
        news = AddNews(
            news_id=name, agent_id=ANNA.agent_id, ticket_id="t", event=event, template="agent.opened", at=now
        )
        digesting.keep(draft, news, later)
        self.commit(Changeset(cause=name, operations=draft.operations, bumps=list(draft.bumps)), now)

    def commit(self, changeset: Changeset, now: datetime) -> None:
        if changeset.cause in self.causes:
            return
        self.causes.add(changeset.cause)
        fold(self.facts, changeset)
        told_now = [op for op in changeset.operations if isinstance(op, QueueDelivery)]
        for operation in changeset.operations:
            if isinstance(operation, SetTimer):
                self.generation += 1
                fields = {name: getattr(operation, name) for name in ("timer_id", "kind", "ticket_id", "due_at")}
                self.facts.timers[operation.timer_id] = TimerFact(generation=self.generation, **fields)
            elif isinstance(operation, CancelTimer):
                self.facts.timers.pop(operation.timer_id, None)
            elif isinstance(operation, RemoveNews):
                assert len(told_now) == 1
                self.told += [(news_id, now) for news_id in operation.news_ids]

    def until(self, at: datetime, late: timedelta, twice: bool) -> None:
        while due := [each for each in self.facts.timers.values() if each.due_at + late <= at]:
            timer = min(due, key=lambda each: (each.due_at, each.timer_id))
            firing = TimerDue.model_validate(timer.model_dump())
            for _ in range(1 + twice):
                now = timer.due_at + late
                self.commit(decide_timer(firing, self.facts.model_copy(deep=True), POLICY, now), now)


@settings(deadline=None, max_examples=120)
@given(
    st.none() | NIGHTS,
    st.none() | DIGESTS,
    st.lists(
        st.tuples(st.sampled_from(("opened", "replied")), st.sampled_from(("normal", "urgent")), MOMENTS), max_size=12
    ),
    st.integers(0, 90).map(lambda minutes: timedelta(minutes=minutes)),
    st.booleans(),
)
def test_nothing_is_lost_nothing_is_told_twice_and_nothing_in_quiet_hours(
    quiet: Quiet | None,
    digest: Digest | None,
    happenings: list[tuple[str, str, datetime]],
    late: timedelta,
    twice: bool,
) -> None:
    desk = Desk(Notifying(channels=("telegram",), quiet=quiet, digest=digest))
    for place, (event, priority, now) in enumerate(sorted(happenings, key=lambda each: each[2])):
        desk.until(now, late, twice)
        desk.happens(f"n{place}", event, priority, now)
    desk.until(datetime(2028, 1, 1, tzinfo=UTC), late, twice)
    assert sorted(name for name, _ in desk.told) == sorted(desk.wanted)
    for name, at in desk.told:
        priority, happened = desk.wanted[name]
        assert at >= happened
        if quiet is not None and priority != "urgent":
            assert not choosing.is_quiet(quiet, at)
        if priority == "urgent":
            assert at == happened
    assert not desk.facts.timers


# -- what does not arrive -----------------------------------------------------------------------------------------------


def failing(world: Telling, outbound: Outbound, state: str = "failed", attempt: int = 1) -> list[Outbound]:
    """What is sent because that could not be delivered."""
    at = world.now
    report = DeliveryReport(
        delivery_id=outbound.delivery_id, attempt=attempt, state=state, at=at, channel=outbound.channel, inbox=outbound.inbox,
        error="blocked by the recipient",
    )  # fmt: skip
    facts = world.state.model_copy(deep=True)
    facts.sent = {outbound.delivery_id: outbound}
    changeset = decide_delivery(report, facts, world.policy, at)
    world.commit(changeset)
    return [op.outbound for op in changeset.operations if isinstance(op, QueueDelivery)]


def test_what_fails_goes_to_the_next_channel_once_each_and_in_the_end_by_mail() -> None:
    world = annas({"channels": ["telegram", "sms", "whatsapp"]}, TELEGRAM, PHONE)
    world.policy = replace(world.policy, alerts=("ops@acme.example",))
    world.says("Well, and now?", after=30)
    (outbound,) = told(world)
    wrote, seen = outbound.created_at, []
    while outbound.kind == "alert":
        seen.append((outbound.channel, outbound.to[0].address))
        previous = outbound
        assert bool(outbound.code) == (outbound.channel != "email")
        (outbound,) = failing(world, outbound)
        if outbound.kind == "alert":
            assert (outbound.instead_of, outbound.delivery_id) == (
                previous.delivery_id,
                instead_id(previous.delivery_id),
            )
            assert outbound.variables == previous.variables
            assert outbound.seen_at == wrote  # it tells what was so then, whenever it arrives
            assert failing(world, previous, "bounced") == []  # it is said once
    assert seen == [("telegram", "4711"), ("sms", "+48511222333"), ("email", ANNA.email)]
    # Now the operators hear that something did not arrive, and none of the customer's words.
    assert (outbound.template, outbound.to[0].address) == ("notice.undelivered", "ops@acme.example")
    assert "and now" not in outbound.encode().decode()
    noted = [
        op for each in world.changesets for op in each.operations if op.op == "add_event" and op.what == "told_instead"
    ]
    assert [(event.data["from"], event.data["to"]) for event in noted] == [("telegram", "sms"), ("sms", "email")]


def test_a_mail_to_an_agent_that_comes_back_goes_to_their_next_channel() -> None:
    world = annas({"channels": ["email", "telegram"]}, TELEGRAM)
    world.policy = replace(world.policy, alerts=("ops@acme.example",))
    world.says("Well?", after=30)
    (outbound,) = told(world)
    assert outbound.channel == "email"
    world.state.sent[outbound.delivery_id] = outbound
    original = message_id(KEYRING, 0, outbound.delivery_id, "acme.example")
    returned = Bounce(recipients=[FailedRecipient(address=ANNA.email, status="5.1.1")], original_message_id=original)
    world.take(mail("b", "mailer-daemon@mx.example", automatic="bounce", bounce=returned, received_at=world.now))
    assert [(each.channel, each.to[0].address, each.instead_of) for each in told(world)] == [
        ("telegram", "4711", outbound.delivery_id)
    ]
    assert all(each.kind == "alert" for each in world.to_customer() + told(world))


def test_an_older_attempts_failure_and_what_arrived_are_told_nowhere_else() -> None:
    world = annas({"channels": ["telegram"]}, TELEGRAM)
    world.says("Well?", after=30)
    (outbound,) = told(world)
    world.state.deliveries[outbound.delivery_id].attempt = 2
    assert [each.kind for each in failing(world, outbound, attempt=1)] == []
    world.state.deliveries[outbound.delivery_id].state = "delivered"
    assert [each.kind for each in failing(world, outbound, "bounced", attempt=2)] == []


def test_what_fails_in_the_night_is_told_in_the_morning() -> None:
    world = annas({"channels": ["telegram", "sms"], "quiet": NIGHT}, TELEGRAM, PHONE)
    world.says("Well?", after=30)
    (outbound,) = told(world)
    world.until(START + timedelta(hours=13))
    assert failing(world, outbound) == []
    world.until(START + timedelta(hours=22))
    assert [each.created_at.hour for each in world.told("agent.digest")] == [6]


def test_a_digest_that_fails_goes_on_too() -> None:
    facts = kept(5, 3)
    (outbound,) = (
        op.outbound for op in decide_timer(DUE, facts, POLICY, START).operations if isinstance(op, QueueDelivery)
    )
    world = Telling()
    world.state.choices = facts.choices
    world._remember(QueueDelivery(outbound=outbound))
    (again,) = failing(world, outbound)
    assert (again.channel, again.inbox, again.template, again.ticket_id) == ("email", "support", "agent.digest", None)


def test_of_a_failed_delivery_all_is_asked_that_the_next_channel_needs() -> None:
    report = DeliveryReport(delivery_id="d", attempt=1, state="failed", at=START, channel="email", inbox="support")
    request = delivery_needs([report], POLICY)
    assert (request.sent, request.choices) == (["d"], True)
    assert instead_id("d") in request.deliveries
