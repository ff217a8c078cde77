"""What `trunkline agent change` makes of its options, without a running house."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
import typer
from typer.testing import CliRunner

from services.cli import app
from services.composition import pointing, staffing
from shared.clock import now
from shared.messages.life import AWAY


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command sends the logs of its process to stderr; this process runs other tests afterwards, which look into theirs."""
    ours, root = structlog.get_config(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.configure(**ours)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({}, {}),
        ({"name": "Anna Nowak", "role": "lead"}, {"name": "Anna Nowak", "role": "lead"}),
        ({"languages": "pl, en ,"}, {"languages": ["pl", "en"]}),
        ({"languages": ""}, {"languages": []}),
        ({"capacity": "20"}, {"capacity": 20}),
        ({"capacity": "any"}, {"capacity": None}),
        ({"hours": "", "public_name": "Anna"}, {"hours": "", "public_name": "Anna"}),
        ({"notify": '{"channels": ["sms"]}'}, {"notify": {"channels": ["sms"]}}),
        ({"notify": "{}"}, {"notify": {}}),
        ({"signatures": ["EN=Bye,\\nAnna", "hr=a=b"]}, {"signatures": {"en": "Bye,\nAnna", "hr": "a=b"}}),
        ({"back": True}, {"away_until": None}),
        ({"away": "back"}, {"away_until": AWAY.isoformat()}),
        ({"away": "2026-03-09T08:00:00+01:00"}, {"away_until": "2026-03-09T08:00:00+01:00"}),
    ],
)
def test_what_is_said_of_an_agent_is_read(options: dict[str, Any], fields: dict[str, Any]) -> None:
    read, wanted = staffing.fields(**options), dict(fields)
    away = [each.pop("away_until", None) for each in (read, wanted)]
    assert read == wanted
    assert len({datetime.fromisoformat(each) if each else None for each in away}) == 1


def test_a_span_of_absence_begins_now() -> None:
    until = datetime.fromisoformat(staffing.fields(away="2d")["away_until"])
    assert abs(until - now() - timedelta(days=2)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "options",
    [
        {"capacity": "-1"},
        {"capacity": "many"},
        {"away": "soon"},
        {"away": "2d", "back": True},
        {"away": ""},
        {"notify": "telegram"},
        {"notify": "[]"},
        {"signatures": ["Anna"]},
    ],
)
def test_what_cannot_be_read_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(typer.BadParameter):
        staffing.fields(**options)


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="king"):
        staffing.role("king")


@pytest.mark.parametrize("command", ["", "add", "verify", "list", "drop"])
def test_help_about_points_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, ["agent", "point", *command.split(), "--help"])
    assert shown.exit_code == 0
    assert f"Example: trunkline agent point {command}".rstrip() in shown.stdout


def test_a_kind_of_point_that_is_none_is_refused_with_those_there_are() -> None:
    assert pointing.kind("telegram") == "telegram"
    with pytest.raises(typer.BadParameter, match="email, phone, whatsapp, telegram"):
        pointing.kind("fax")
