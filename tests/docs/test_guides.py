"""What the guides and the README tell people to press, type and open is there: keys, labels, commands with their options, pages, calls,
settings, pictures. Nothing of it is started: the names are read from where they are made."""

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import pytest
from typer.main import get_command

from docs._configuration import TABLES
from services.cli import app
from services.notifier.webhook.signing import SIGNATURE, headers
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.settings import Settings
from shared.texts.catalogue import CATALOGUE
from tests.docs.test_generated import HTTP, kinds
from tests.messages.contract import fixtures
from tests.system.processes import ROOT

GUIDES: Final = sorted((ROOT / "docs").glob("guide-*.md"))
PAGES: Final = [ROOT / "README.md", *GUIDES]
CONSOLE: Final = ROOT / "services" / "desk" / "console"
PICTURES: Final = ROOT / "docs" / "pictures"
LARGEST: Final = 120_000
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
every_guide = pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)


def blocks(page: Path, *languages: str) -> list[str]:
    """The blocks of code of a page that say they are in one of these."""
    found = re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
    return [code for language, code in found if language in languages]


def quoted(page: Path) -> list[str]:
    """What stands between backticks in its text."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    return re.findall(r"`([^`\n]+)`", re.sub(r"(?<=\S)\n(?=\S)", " ", text))


# -- commands ----------------------------------------------------------------------------------------------------------------


def typed(page: Path) -> list[str]:
    """Every use of the command line that the page names."""
    lines = "\n".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [
        found[0]
        for each in [*quoted(page), *lines]
        if (found := re.search(r"(?<![\w/-])(?:\.venv/bin/)?trunkline [^|)#]+", each))
    ]


def unknown(words: list[str]) -> list[str]:
    """What the command line does not know of these words behind ``trunkline``."""
    command: click.Command = get_command(app)
    while isinstance(below := getattr(command, "commands", None), dict) and words and not words[0].startswith("-"):
        name = words.pop(0).rstrip(",.")
        if name not in below:
            return [name]
        command = below[name]
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    return [each for each in words if each.startswith("--") and each.partition("=")[0] not in options]


@every_page
def test_every_command_has_the_options_that_are_named(page: Path) -> None:
    faults = {each: unknown(shlex.split(each)[1:]) for each in typed(page)}
    assert {each: wrong for each, wrong in faults.items() if wrong} == {}


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert sum(len(typed(page)) for page in PAGES) > 40
    assert unknown(["agent", "password", "a@b.example", "--without-second-step"]) == []
    assert unknown(["agent", "passwort"]) == ["passwort"]
    assert unknown(["agent", "password", "a@b.example", "--loud"]) == ["--loud"]


@every_page
def test_every_target_of_make_is_in_the_makefile(page: Path) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    lines = [*quoted(page), *"\n".join(blocks(page, "sh")).splitlines()]
    assert [each for each in lines if (found := re.match(r"make (\w+)", each)) and found[1] not in targets] == []


# -- keys and labels ---------------------------------------------------------------------------------------------------------


def bound(tree: ast.AST) -> Iterator[str]:
    """Keys that a module binds: said at once, from a row of a loop's table, or as a way of the menu."""
    tables: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple) and isinstance(node.target, ast.Tuple):
            rows = [row.elts[0] for row in node.iter.elts if isinstance(row, ast.Tuple)]
            assert isinstance(node.target.elts[0], ast.Name)
            table = tables.setdefault(node.target.elts[0].id, [])
            table += [row.value for row in rows if isinstance(row, ast.Constant) and isinstance(row.value, str)]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "bind" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)
            elif isinstance(first, ast.Name):
                yield from tables.get(first.id, [])
        elif isinstance(node.func, ast.Name) and node.func.id == "Way":
            yield from (
                str(each.value.value)
                for each in node.keywords
                if each.arg == "keys" and isinstance(each.value, ast.Constant)
            )


@cache
def keys() -> frozenset[str]:
    """Every key of the console."""
    return frozenset(key for file in CONSOLE.rglob("*.py") for key in bound(ast.parse(file.read_text("utf-8"))) if key)


def test_the_keys_are_found_where_they_are_bound() -> None:
    assert {"g t", "c", "?", "/", "j", "x", "1", "Ctrl+Enter"} <= keys()
    assert "ü" not in keys()


@every_page
def test_every_key_is_bound(page: Path) -> None:
    text = re.sub(r"<kbd>g</kbd> <kbd>(\w)</kbd>", r"<kbd>g \1</kbd>", page.read_text("utf-8"))
    named = set(re.findall(r"<kbd>([^<]+)</kbd>", text))
    assert named - keys() == set()


@every_guide
def test_every_label_stands_on_the_screen(page: Path) -> None:
    """What is bold in a guide is a text of the catalogue."""
    shown = {" ".join(str(each["en"]).split()) for each in CATALOGUE.values()}
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    named = {" ".join(each.split()) for each in re.findall(r"\*\*([^*]+)\*\*", text)}
    assert named - shown == set()


# -- pages, calls, settings --------------------------------------------------------------------------------------------------


@cache
def addresses() -> list[str]:
    """Patterns of all addresses that the house answers at."""
    found = set(HTTP["paths"]) | {"/console", "/", "/api/docs"}
    for room in ("desk", "intake"):
        for file in (ROOT / "services" / room).rglob("*.py"):
            text = file.read_text("utf-8")
            found |= {f"/console{path}" for path in re.findall(r'^@page\(\s*"([^"]+)"', text, re.M)}
            found |= set(re.findall(r'@router\.(?:get|post|put|delete|api_route)\(\s*"(/[^"]*)"', text))
    return [re.sub(r"\{\w+\}|<[\w ]+>", "[^/]+", re.sub(r"\{\w+:path\}", ".+", each)) for each in found]


@every_page
def test_every_page_and_call_exists(page: Path) -> None:
    code = "\n".join(blocks(page, "sh"))
    named = {
        *(each.split()[-1] for each in quoted(page) if re.match(r"(?:(?:GET|POST|PUT|PATCH|DELETE) )?/[a-z]", each)),
        *re.findall(r"127\.0\.0\.1:8080(/[\w/.-]*)", code + " ".join(quoted(page))),
    }
    plain = {each.partition("?")[0] for each in named if not each.startswith(("/tmp", "/safe"))}
    assert [each for each in plain if not any(re.fullmatch(known, each) for known in addresses())] == []


def test_a_page_that_is_not_there_is_noticed() -> None:
    assert any(re.fullmatch(known, "/console/ticket/1001") for known in addresses())
    assert not any(re.fullmatch(known, "/console/nowhere") for known in addresses())


@cache
def settings() -> dict[str, set[str]]:
    """The keys of every table of the configuration, by its name."""
    known: dict[str, set[str]] = {}
    for table in TABLES:
        fields = {field.alias or name for name, field in table.model.model_fields.items()}
        for name in re.findall(r"\[+([\w.]+)\]+", table.heading)[:1]:
            known.setdefault(name, set()).update(fields)
    for name, field in Settings.model_fields.items():
        for kind in kinds(field.annotation):
            known.setdefault(field.alias or name, set()).update(x.alias or n for n, x in kind.model_fields.items())
    return known


@every_page
def test_every_setting_exists(page: Path) -> None:
    known, wrong = settings(), []
    for each in quoted(page):
        written = re.fullmatch(r"\[+([a-z_]+)\]+(?: ([a-z_]+))?(?: = .*)?", each)
        dotted = re.fullmatch(r"([a-z_]+)\.([a-z_]+)", each)
        if found := written or (dotted if dotted and dotted[1] in known else None):
            table, key = found[1], found[2]
            wrong += [each] if table not in known or (key and key not in known[table]) else []
    assert wrong == []


@every_page
def test_every_piece_of_configuration_says_what_can_be_set(page: Path) -> None:
    known = settings()
    for code in blocks(page, "toml"):
        for table, value in tomllib.loads(code).items():
            for entry in value if isinstance(value, list) else [value]:
                assert set(entry) <= known[table], table


@every_page
def test_every_module_that_is_run_is_there(page: Path) -> None:
    for name in re.findall(r"python -m ([\w.]+)", page.read_text("utf-8")):
        file = ROOT / Path(*name.split("."))
        assert (
            name == "pytest"
            or name == "json.tool"
            or file.with_suffix(".py").exists()
            or (file / "__main__.py").exists()
        ), name
    for test in re.findall(r"pytest -q (tests/\S+)", page.read_text("utf-8")):
        assert (ROOT / test).exists(), test


@every_guide
def test_every_metric_is_counted(page: Path) -> None:
    operated = (ROOT / "docs" / "operations.md").read_text("utf-8")  # whose metrics are held to the code elsewhere
    assert [
        each for each in re.findall(r"`(trunkline_\w+)`", page.read_text("utf-8")) if f"`{each}`" not in operated
    ] == []


# -- pictures and examples ---------------------------------------------------------------------------------------------------


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"\]\((?:docs/)?pictures/([\w-]+\.png)\)", page.read_text("utf-8"))
    }
    there = {file.name for file in PICTURES.glob("*.png")}
    assert shown == there
    assert {file.name for file in PICTURES.iterdir() if file.stat().st_size > LARGEST} == set()
    script = (ROOT / "docs" / "_screenshots.py").read_text("utf-8")
    assert there == {f"{name}.png" for name in re.findall(r'Picture\(\s*"([\w-]+)"', script)}


def example(name: str) -> str:
    """A program of the developer's guide."""
    (code,) = blocks(ROOT / "docs" / "guide-developer.md", f"python {name}")
    return code


def signature(secret: str, at: int, body: bytes) -> str:
    """As the notifier signs."""
    outbound = Outbound.decode(next(iter(fixtures("Outbound", Outbound.VERSION))).read_bytes())
    return headers(outbound, body, secret, at)[SIGNATURE]


def test_the_receiver_takes_what_is_signed_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "a secret")
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(example("receiver"), "receiver", "exec"), names)
    now, body = int(names["time"].time()), b'{"event": "status_changed"}'
    assert names["is_ours"](signature("a secret", now, body), body)
    for wrong in (signature("another", now, body), signature("a secret", now - 3600, body), "", "t=x,v1=y", "t", "v1="):
        assert not names["is_ours"](wrong, body)
    assert not names["is_ours"](signature("a secret", now, body), body + b" ")


def test_the_channel_of_the_guide_sends_what_the_bus_takes() -> None:
    tree = ast.parse(example("channel"))
    post = next(node for node in ast.walk(tree) if isinstance(node, ast.Dict) and len(node.keys) > 5)
    told = eval(compile(ast.Expression(post), "post", "eval"), {"datetime": datetime, "UTC": UTC, "words": "It leaks"})
    message = Inbound.decode(json.dumps(told).encode())
    assert (message.source_id, message.text, message.inbox) == ("post-17", "It leaks", "forum")
