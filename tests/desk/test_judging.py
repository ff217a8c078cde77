"""What the operations page makes of what it sees: troubles and words by tables, without a house."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.desk.console.markup import written
from services.desk.console.operations import views
from services.desk.console.operations.drawing import SIGNS
from services.desk.judging import SECTIONS, inbox_lines, missing, troubles
from services.desk.overview import Queue, Sight, Stream, since
from shared.messages.operations import OnlineAgent
from shared.messages.presence import Present
from shared.messages.ticket import HealthAnswer, LedgerLine, MailboxHealth
from shared.settings import load
from shared.settings.settings import Settings
from shared.texts import text
from shared.texts.catalogue import CATALOGUE

AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
READY = {"bus": True, "store": True}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("judging")
    path = folder / "trunkline.toml"
    path.write_text('[watchdog]\nsilent_channel = "6h"\n[[inbox]]\nname = "support"\nchannel = "email"\n')
    return load(path, folder)


def sight(health: HealthAnswer | None = None, **more: Any) -> Sight:
    values: dict[str, Any] = {"at": AT, "ready": READY, "health": health or HealthAnswer()}
    return Sight(**(values | more))


def codes(found: Sight, settings: Settings, before: Sight | None = None) -> list[tuple[str, str]]:
    return [(each.code, each.level) for each in troubles(found, settings, before)]


HEALTHS = [
    ({}, []),
    ({"disk_free": 10}, [("disk", "wrong")]),
    ({"disk_free": 10**12}, []),
    ({"outbox_waiting": 150}, []),
    ({"outbox_waiting": 5_000}, [("unpublished", "warning")]),
    ({"waiting": {"support": 2}, "waiting_since": {"support": AT - MINUTE}}, []),
    (
        {
            "waiting": {"support": 2},
            "waiting_since": {"support": AT - MINUTE},
            "last_errors": {"support": "refused"},
        },
        [("relay", "warning")],
    ),
    ({"waiting": {"support": 2}, "waiting_since": {"support": AT - 16 * MINUTE}}, [("late", "wrong")]),
    ({"last_received": {"support": AT - 5 * 60 * MINUTE}}, []),
    ({"last_received": {"support": AT - 7 * 60 * MINUTE}}, [("silent", "warning")]),
    ({"mailboxes": {"support": None}}, [("unread", "warning")]),
    ({"mailboxes": {"support": MailboxHealth()}}, []),
    ({"mailboxes": {"support": MailboxHealth(failing_since=AT - MINUTE)}}, [("mailbox", "warning")]),
    ({"mailboxes": {"support": MailboxHealth(failing_since=AT - 6 * MINUTE)}}, [("mailbox", "wrong")]),
    ({"mailboxes": {"support": MailboxHealth(failing_since=AT, certain=True)}}, [("mailbox", "wrong")]),
    ({"mailboxes": {"support": MailboxHealth(warning="it ends soon")}}, [("mailbox_warning", "warning")]),
    ({"waiting": {"gone": 7}, "last_errors": {"gone": "no such inbox any more"}}, []),
]


@pytest.mark.parametrize(("health", "wanted"), HEALTHS)
def test_what_is_wrong_follows_from_how_things_are(
    health: Mapping[str, Any], wanted: list[tuple[str, str]], settings: Settings
) -> None:
    assert codes(sight(HealthAnswer.model_validate(health)), settings) == wanted


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        (
            {"dead": 3, "failed": 2, "failed_hooks": 1},
            [("dead", "wrong"), ("failed", "warning"), ("webhooks", "warning")],
        ),
        ({"dead": 0, "failed": 0, "failed_hooks": None}, []),
        ({"ready": {"bus": False, "store": False}}, [("bus", "wrong")]),
        ({"ready": {"bus": True, "store": False}}, [("store", "wrong")]),
        ({"streams": (Stream("INTAKE", 1, 79, 100), Stream("EVENT", 9, 10**9, 0))}, []),
        ({"streams": (Stream("INTAKE", 1, 80, 100),)}, [("stream", "warning")]),
        ({"streams": (Stream("INTAKE", 1, 95, 100),)}, [("stream", "wrong")]),
        ({"queues": (Queue("router", "INTAKE", 40_000, 2_000, 8_000),)}, [("backlog", "warning")]),
        ({"queues": (Queue("store-delivery", "DELIVERY", 90_000, 2_000, 0),)}, []),
    ],
)
def test_what_is_wrong_is_told_the_worst_first(
    more: dict[str, Any], wanted: list[tuple[str, str]], settings: Settings
) -> None:
    assert codes(sight(**more), settings) == wanted


def test_the_store_that_is_away_is_told_though_nothing_else_can_be(settings: Settings) -> None:
    away = Sight(at=AT, ready=READY, health=None, away={"health": "the store is not there at the moment"})
    (found,) = troubles(away, settings)
    assert (found.code, found.about["error"]) == ("store", "the store is not there at the moment")


def test_a_durable_that_nobody_takes_from_is_told_when_it_was_so_twice(settings: Settings) -> None:
    idle = sight(queues=(Queue("router", "INTAKE", 5, 0, 0, pulled=False),))
    between = sight(queues=(Queue("router", "INTAKE", 5, 3, 0, pulled=False),))
    assert codes(idle, settings) == codes(idle, settings, between) == codes(between, settings, idle) == []
    assert codes(idle, settings, idle) == [("idle", "wrong")]


def test_every_trouble_has_its_words_and_a_section_of_the_guide(settings: Settings) -> None:
    guide = Path(__file__).parents[2] / "docs" / "operations.md"
    heads = [line.lstrip("# ") for line in guide.read_text().splitlines() if line.startswith("#")]
    anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    prefix = "console.operations.trouble."
    known = {key.removeprefix(prefix) for key in CATALOGUE if key.startswith(prefix)}
    assert known == set(SECTIONS)
    for code, section in SECTIONS.items():
        assert section in anchors, section
        assert f"console.operations.advice.{code}" in CATALOGUE


class English:
    """A reader for whom times are numbers of minutes."""

    def t(self, key: str, /, **variables: Any) -> str:
        return text(f"console.{key}", "en", **variables)

    def ago(self, at: datetime | None) -> str:
        return f"{int((AT - at) / MINUTE)} min ago" if at else ""

    def moment(self, at: datetime | None) -> str:
        return at.isoformat() if at else ""

    def figure(self, value: float) -> str:
        return f"{value:,}"


def test_every_trouble_can_be_told_in_every_language(settings: Settings) -> None:
    wrong = {name: value for health, _ in HEALTHS for name, value in health.items()}
    seen = sight(
        HealthAnswer.model_validate(wrong),
        dead=1,
        failed=1,
        failed_hooks=1,
        streams=(Stream("INTAKE", 1, 99, 100),),
        queues=(Queue("router", "INTAKE", 90_000, 1, 0),),
    )
    found = [
        *troubles(seen, settings, ledger=[LedgerLine(channel="email", inbox="support", received=3, stored=1)]),
        *(each for health, _ in HEALTHS for each in troubles(sight(HealthAnswer.model_validate(health)), settings)),
        *troubles(
            sight(queues=(Queue("r", "R", 1, 0, 0, pulled=False),)),
            settings,
            sight(queues=(Queue("r", "R", 1, 0, 0, pulled=False),)),
        ),
        *troubles(sight(ready={"bus": False}), settings),
        *troubles(sight(ready={"bus": True, "store": False}), settings),
    ]
    assert {each.code for each in found} == set(SECTIONS)
    for language in ("en", "pl", "hr"):
        for each in found:
            told = text(f"console.operations.trouble.{each.code}", language, **each.about)
            assert "{" not in told, told
    (ledger,) = [each for each in views.tellings(English(), found) if "ledger" in each.text]
    assert ledger.text == "email/support: the ledger does not add up, the difference is 2."


@pytest.mark.parametrize(
    ("counts", "lost"),
    [
        ({"received": 5, "stored": 3, "duplicate": 1, "in_flight": 1}, 0),
        ({"received": 5, "stored": 3}, 2),
        ({"received": 1, "stored": 1, "dead": 1}, -1),
        ({"received": 4, "quarantined": 1, "refused": 3}, 0),
    ],
)
def test_a_line_of_the_ledger_says_by_how_much_it_does_not_add_up(counts: dict[str, int], lost: int) -> None:
    line = LedgerLine.model_validate({"channel": "fax", "inbox": "front", **counts})
    assert missing(line) == lost
    assert (missing(line) == 0) == line.adds_up
    ((head, *_, last),) = views.ledger(English(), [line])
    assert head.text == "front · fax"
    wanted = {0: ("yes", "good"), 2: ("no: 2 missing", "warning"), -1: ("no: 1 too many", "warning")}[lost]
    assert (last.text, last.kind) == wanted


def test_an_inbox_is_told_in_words_with_a_sign(settings: Settings) -> None:
    health = HealthAnswer(
        waiting={"support": 1200},
        waiting_since={"support": AT - 20 * MINUTE},
        last_errors={"support": "535 wrong password"},
        last_received={"support": AT - 3 * MINUTE},
    )
    ((name, state, received, waiting),) = views.inboxes(English(), sight(health), settings)
    assert name.text == "support · Email"
    assert (state.text, state.kind) == ("Wrong: sends too late", "wrong")
    assert (received.text, waiting.text) == ("3 min ago", "1,200 · since 20 min ago")
    assert state.more == "535 wrong password"
    ((_, fine, never, _),) = views.inboxes(English(), sight(), settings)
    assert (fine.text, fine.kind, never.text) == ("in order", "good", "never")
    assert views.inboxes(English(), Sight(at=AT, ready=READY), settings) == ()
    assert [each.code for each in inbox_lines(HealthAnswer(waiting={"support": 1}), settings, AT)] == ["sending"]


def test_what_others_wrote_does_nothing_in_a_table() -> None:
    hostile = '"><img src=x onerror=alert(1)>{{ 7 * 7 }}'
    row = (views.Cell(hostile, "wrong", more=hostile), views.Cell(hostile, title=hostile))
    html = written("table", label=hostile, heads=[hostile], rows=[row], numbers=frozenset(), signs=SIGNS)
    assert "<img" not in html
    assert "49" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;{{ 7 * 7 }}") == 6


def test_agents_are_shown_with_what_they_are_at(settings: Settings) -> None:
    def there(state: str) -> Present:
        kept = {"actor": "agent:a1", "who": "Anna", "channel": "desk", "state": state, "since": AT, "until": AT}
        return Present.model_validate(kept)

    agents = (
        OnlineAgent(agent_id="a1", name="Anna", seen_at=AT - MINUTE),
        OnlineAgent(agent_id="b", name="Jan", seen_at=AT),
    )
    seen = sight(agents=agents, present={1002: [there("looking")], 1001: [there("looking")], 1003: [there("writing")]})
    rows = views.people(English(), seen)
    assert [cell.text for cell in rows[0]] == ["Anna", "seen 1 min ago", "writes in T-1003 · looks at T-1001, T-1002"]
    assert rows[1][2].text == ""


def test_the_system_says_what_cannot_be_told(settings: Settings) -> None:
    away = views.facts(English(), Sight(at=AT, ready={"bus": True, "store": False}), "f" * 64)
    told = {each.name: each.value.text for each in away}
    assert told["Free on the disk"] == told["In quarantine"] == "not known"
    assert (told["Ready"], told["Configuration"]) == ("not ready: store", "f" * 16)
    fine = views.facts(English(), sight(HealthAnswer(disk_free=2_500_000_000), quarantine=4), "v")
    told = {each.name: each.value.text for each in fine}
    assert (told["Free on the disk"], told["In quarantine"]) == ("2.5 GB", "4")


@pytest.mark.parametrize(
    ("span", "zone", "begins"),
    [
        ("ever", "UTC", None),
        ("week", "UTC", AT - timedelta(days=7)),
        ("today", "UTC", AT.replace(hour=0, minute=0)),
        ("today", "Europe/Warsaw", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("today", "Pacific/Auckland", datetime(2026, 3, 1, 11, tzinfo=UTC)),
    ],
)
def test_today_begins_at_midnight_where_the_company_is(span: Any, zone: str, begins: datetime | None) -> None:
    assert since(span, AT, zone) == begins
