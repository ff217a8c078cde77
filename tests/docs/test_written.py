"""The written documents hold: commands run as they stand, links lead somewhere, and what they name exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from services.cli import app
from tests.capabilities_check import ROWS
from tests.system.processes import ROOT, Up, wait_until

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "changelog.d").glob("*.md"))]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are commonly made."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere() -> None:
    links = [(page, target) for page in PAGES for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))]
    assert len(links) > 100
    assert [(str(page), target) for page, target in links if not leads_somewhere(page, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    if target.startswith(("http://", "https://", "article:")):
        return True
    file, _, anchor = target.partition("#")
    there = (page.parent / file).resolve() if file else page
    return there.exists() and (not anchor or anchor in anchors(there))


def test_every_file_that_is_named_exists() -> None:
    pattern = r"`((?:services|shared|tests|docs|benchmarks|deploy)/[\w./-]+)`"
    named = [(page, name) for page in PAGES for name in re.findall(pattern, page.read_text("utf-8"))]
    assert len(named) > 100
    assert [(str(page), name) for page, name in named if not (ROOT / name).exists()] == []


def commands() -> set[str]:
    found: set[str] = set()
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        found |= {f"{name} {below}" for below in getattr(command, "commands", ())} | {name}
    return found


def test_every_command_that_is_named_exists() -> None:
    known = commands()
    for page in PAGES:
        quoted = "\n".join(re.findall(r"`([^`]+)`", page.read_text("utf-8")))
        for words in re.findall(r"trunkline ((?:[a-z][a-z-]* ?){1,2})", quoted):
            first, _, second = words.strip().partition(" ")
            assert first in known, (page, words)
            if any(each.startswith(f"{first} ") for each in known) and second:
                assert f"{first} {second}" in known, (page, words)


def test_every_metric_that_an_operator_is_told_of_is_there() -> None:
    code = "\n".join(
        file.read_text("utf-8") for folder in ("services", "shared") for file in (ROOT / folder).rglob("*.py")
    )
    told = re.findall(r"`(trunkline_\w+)`", (ROOT / "docs" / "operations.md").read_text("utf-8"))
    assert len(told) > 5
    assert [name for name in told if f'"{name.removesuffix("_total")}' not in code] == []


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    records = {file.name for file in folder.glob("[0-9]*.md")}
    assert len(records) > 10
    assert set(re.findall(r"\]\((\d{4}[^)]*)\)", (folder / "README.md").read_text("utf-8"))) == records
    for record in records:
        text = (folder / record).read_text("utf-8")
        assert text.startswith(f"# {record[:4]} ")
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences"))


def test_the_map_has_every_number() -> None:
    numbers = re.findall(r"^\| (\d+)", (ROOT / "docs" / "capabilities.md").read_text("utf-8"), re.M)
    assert set(range(1, ROWS + 1)) <= {int(number) for number in numbers}


# -- the README, as a newcomer takes it -----------------------------------------------------------------------------------


def shell_of(heading: str) -> list[str]:
    """The shell commands of a part of the README, block by block."""
    part = (ROOT / "README.md").read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", part, re.M | re.S)


def settled(up: Up) -> bool:
    """Everything received is stored, and everything to be sent is sent."""
    deliveries = [delivery for ticket in up.tickets() for delivery in ticket["deliveries"]]
    return up.at_rest() and all(delivery["state"] not in ("queued", "sending") for delivery in deliveries)


@pytest.mark.peer("swaks")
def test_the_commands_of_the_readme_do_what_it_says(tmp_path: Path) -> None:
    commands_ = tmp_path / ".venv" / "bin"
    commands_.mkdir(parents=True)
    for name, arguments in (("python", ""), ("trunkline", "-m services")):
        (commands_ / name).write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} {arguments} "$@"\n')
        (commands_ / name).chmod(0o755)
    up = Up(tmp_path).start()
    said: list[str] = []
    try:
        session = "set -e\n"
        for number, block in enumerate(shell_of("Send a first mail")):
            here = block.replace("127.0.0.1:2525", f"127.0.0.1:{up.smtp}").replace(
                '"127.0.0.1", 2525', f'"127.0.0.1", {up.smtp}'
            )
            done = _run(up, session + here.replace("127.0.0.1:8080", f"127.0.0.1:{up.web}"))
            said.append(done)
            # What later blocks refer to; a block that only sets variables for itself says nothing twice.
            session += "".join(f"{line}\n" for line in here.splitlines() if re.match(r"(TOKEN|REPLY_TO)=", line))
            wait_until(lambda: settled(up), f"block {number} is done with")
        first, _, shown, acknowledged, joined, answered, why, *_ = said
        assert "250 2.0.0" in first
        assert '"number": "T-1001"' in shown
        assert "Subject: [T-1001] My heater does not start" in acknowledged
        assert "250 2.0.0" in joined
        assert '"direction":"out"' in answered
        assert "by words (does not start)" in why
        assert "adds up" in why
        messages = [message for ticket in up.tickets() for message in ticket["messages"]]
        assert sorted(message["reply_text"].strip() for message in messages if message["direction"] == "in") == [
            "It does not start since this morning.",
            "It does not start since this morning. What can I do?",
            "The fuse is fine.",
        ]
        for block in shell_of("Configure"):
            assert "FAILED" not in _run(up, "set -e\n" + block)
    finally:
        assert up.stop() == 0


def _run(up: Up, script: str) -> str:
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **up.environment()}
    done = subprocess.run(
        ["bash", "-c", script], cwd=up.folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout
