"""The command line as people and scripts meet it: what is printed where, exit codes, help, and an end that loses nothing."""

import asyncio
import json
import os
import re
import signal
import smtplib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import nursery
from tests.system.conftest import Build
from tests.system.mailing import Sink, letter
from tests.system.outages import PATIENCE, Steady, answered, to
from tests.system.processes import ROOT, TRUNKLINE, Up, wait_until

COMMANDS = ["", "up", "run", "init", "check", "parse", "explain", "ledger"]
COMMANDS += [
    "dead",
    "dead list",
    "dead show",
    "dead replay",
    "token",
    "token create",
    "agent",
    "agent add",
    "agent list",
]


def trunkline(*arguments: str, stdin: bytes = b"", folder: Path = ROOT) -> "subprocess.CompletedProcess[bytes]":
    """A command that needs no house, with nothing in its environment, started as a user starts it."""
    base = {key: value for key, value in os.environ.items() if not key.startswith("TRUNKLINE_")}
    base |= {"PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run([*TRUNKLINE, *arguments], capture_output=True, input=stdin, timeout=60, env=base, cwd=folder)


def forked(*arguments: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[bytes]":
    """The same where all that counts is what it says."""
    base = {key: value for key, value in os.environ.items() if not key.startswith("TRUNKLINE_")}
    return nursery.run(arguments, env=base | {"COLUMNS": "100"}, cwd=folder)


# -- help and usage -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str) -> None:
    done = (forked if command else trunkline)(*command.split(), "--help")
    assert done.returncode == 0
    assert f"Example: trunkline {command}".encode().rstrip() in done.stdout
    assert b"Usage: trunkline" in done.stdout


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("nonsense", "No such command 'nonsense'."),
        ("up --nonsense", "No such option: --nonsense"),
        ("run", "Missing argument 'SERVICE…'."),
        ("run kitchen", "'kitchen' is no service; there are desk, intake, notifier, router, store"),
        ("run intake --only pigeon", "intake has no channel 'pigeon'; there are email"),
        ("parse", "Missing argument 'FILE…'."),
        ("dead replay", "give one ID, or --all"),
        ("dead replay 3 --all", "give one ID, or --all"),
        ("dead show three", "Invalid value for 'ID'"),
        ("token create", "Missing option '--name'."),
        ("agent add a@b.example --name A --role boss", "'boss' is no role; there are admin, lead, agent, auditor"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(command: str, line: str) -> None:
    done = forked(*command.split())
    assert done.returncode == 2
    assert done.stdout == b""
    assert line in done.stderr.decode()


def test_services_on_their_own_want_an_address_and_a_key(tmp_path: Path) -> None:
    done = trunkline("run", "store", folder=tmp_path)
    assert done.returncode == 1
    said = done.stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in said] == ["bus.url", "secrets.key"]
    assert "openssl rand -hex 32" in said[1]
    assert list(tmp_path.iterdir()) == []


# -- parse ----------------------------------------------------------------------------------------------------------------


def test_parse_prints_one_json_line_for_each_file_in_order(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.eml").write_bytes(letter(name, "jan@client.example", subject=name).as_bytes())
    (tmp_path / "broken.eml").write_bytes(b"\xff\x00\xfe" * 50)
    (tmp_path / "empty.eml").write_bytes(b"")
    done = trunkline(
        "parse", "two.eml", "broken.eml", "-", "empty.eml", "one.eml", folder=tmp_path, stdin=b"Subject: in\n\nx\n"
    )
    assert (done.returncode, done.stderr) == (0, b"")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["subject"] for line in lines] == ["two", "", "in", "", "one"]
    assert lines[0]["from"] == {"name": "", "address": "jan@client.example"}
    assert lines[4]["message_id"] == "one@client.example"


def test_parse_of_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    done = trunkline("parse", "missing.eml", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"trunkline: missing.eml: No such file or directory\n"


# -- init and check -------------------------------------------------------------------------------------------------------


def test_init_writes_a_configuration_that_check_and_up_accept_and_never_overwrites_one(build: Build) -> None:
    up = build()
    done = trunkline("init", folder=up.folder)
    assert done.returncode == 0
    assert done.stdout.decode() == "wrote trunkline.toml; edit it, then: trunkline check --config trunkline.toml\n"
    written = (up.folder / "trunkline.toml").read_text()
    again = trunkline("init", folder=up.folder)
    assert again.returncode == 1
    assert "is there already" in again.stderr.decode()
    assert (up.folder / "trunkline.toml").read_text() == written
    up.config = written
    checked = up.run("check")
    assert {line[:8] for line in checked.stdout.splitlines()} == {"ok      "}
    assert not up.data.exists()  # a check changes nothing
    up.start()
    running = up.run("check")  # what runs on this folder is no obstacle
    assert "is in use, and so is the data folder: by the Trunkline that runs" in running.stdout
    assert up.stop() == 0


# -- commands that speak to a house ---------------------------------------------------------------------------------------


def test_commands_say_when_no_house_runs_and_make_no_folder(tmp_path: Path) -> None:
    for command in (["ledger"], ["dead", "list"], ["explain", "T-1001"], ["token", "create", "--name", "x"]):
        done = forked(*command, "--data", "nowhere", folder=tmp_path)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode() == (
            "trunkline: no Trunkline is running on the data folder nowhere:"
            " start it with `trunkline up`, or give its --data\n"
        )
    assert list(tmp_path.iterdir()) == []


def send(up: Up, name: str, subject: str, text: str) -> bytes:
    raw = letter(name, f"{name}@client.example", subject=subject, text=text).as_bytes()
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=60) as client:
        client.sendmail(f"{name}@client.example", ["support@localhost"], raw)
    return raw


def refused(up: Up, *arguments: str) -> str:
    done = up.run(*arguments, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_commands_about_a_running_house(build: Build) -> None:
    up = build().start()

    assert up.run("ledger").stdout == "nothing received yet\n"
    raw = send(up, "jan", "My device", "It does not start, there is an error.\n")
    wait_until(lambda: up.total() == 1 and up.at_rest(), "the mail is a ticket")
    table = up.run("ledger").stdout.splitlines()
    assert re.split(r"\s{2,}", table[0].strip()) == (
        ["channel", "inbox", "received", "stored", "duplicate", "quarantined", "refused", "dead", "in flight"]
    )
    assert table[1].split() == ["email", "support", "1", "1", "0", "0", "0", "0", "0", "adds", "up"]
    assert [line["received"] for line in json.loads(up.run("ledger", "--since", "1h", "--json").stdout)] == [1]
    assert refused(up, "ledger", "--since", "soon") == (
        "trunkline: --since: 'soon' is no time; write 2026-01-31, 2026-01-31T10:00Z or 24h\n"
    )

    told = up.run("explain", "T-1001").stdout
    assert told.startswith("T-1001  My device  (new)\n")
    assert re.search(r"^  category: technical +by words \(.*does not start.*\), confidence 0\.\d+$", told, re.MULTILINE)
    assert "\n  sla: by first policy that applies (standard), confidence 1\n" in told  # not the clocks themselves
    assert up.run("explain", "1001").stdout == told
    assert refused(up, "explain", "T-77") == "trunkline: there is no ticket T-77\n"
    assert refused(up, "explain", "no.eml") == "trunkline: no.eml is neither a ticket's number nor a file\n"
    (up.folder / "seen.eml").write_bytes(raw)
    (up.folder / "new.eml").write_bytes(raw.replace(b"jan@client", b"eva@client"))
    assert up.run("explain", "seen.eml").stdout == "would count as duplicate (sent again) in inbox support\n"
    foreseen = up.run("explain", "new.eml")
    assert foreseen.stdout.startswith(
        "would count as stored in inbox support\nwould open a ticket\n  category: technical"
    )
    assert foreseen.stdout.endswith("would acknowledge to eva@client.example in en\n")
    assert foreseen.stderr == ""
    assert up.total() == 1  # explaining changes nothing

    assert up.run("agent", "list").stdout == "no agents yet; `trunkline agent add` adds one\n"
    anna = ("agent", "add", "Anna@acme.example", "--name", "Anna Nowak", "--role", "lead")
    assert up.run(*anna).stdout == "added Anna@acme.example (lead)\n"
    assert refused(up, *anna) == "trunkline: there is an agent anna@acme.example already\n"
    assert "no mail address" in refused(up, "agent", "add", "anna", "--name", "Anna")
    (agent,) = json.loads(up.run("agent", "list", "--json").stdout)
    assert (agent["email"], agent["name"], agent["role"]) == ("anna@acme.example", "Anna Nowak", "lead")
    assert "anna@acme.example  Anna Nowak  lead" in up.run("agent", "list").stdout
    mailbox = ("anna@acme.example", "email", "anna@home.example")
    assert "a code is on its way to anna@home.example" in up.run("agent", "point", "add", *mailbox).stdout
    assert "that is not the code; 4 tries" in refused(up, "agent", "point", "verify", *mailbox, "AAAAAAAA")
    assert "anna@home.example  no" in up.run("agent", "point", "list", "anna@acme.example").stdout

    made = up.run("token", "create", "--name", "reporting").stdout
    assert re.fullmatch(r"tl_[A-Za-z0-9_-]{40,}\n", made)
    up._token = made.strip()
    assert up.api("GET", "/api/v1/tickets")["total"] == 1

    assert json.loads(up.run("dead", "list", "--json").stdout) == []
    assert up.run("dead", "replay", "--all").stdout == "replayed 0\n"
    assert up.stop() == 0
    assert up.process is not None
    assert up.process.tracebacks() == []


# -- the end --------------------------------------------------------------------------------------------------------------


def test_sigterm_under_load_finishes_what_is_in_flight_and_every_250_is_there_after_the_restart(
    build: Build, sink: Sink
) -> None:
    up = build(config=f'[[inbox]]\nname = "support"\nchannel = "email"\nsend = "{sink.url}"\n').start()
    load = Steady(up.smtp, to("support"), sessions=12, pause=0.0).start()
    load.wait_for_more(60)
    assert up.stop() == 0
    before = set(load.accepted)
    assert len(before) >= 60
    up.start()
    load.finish()
    wanted = {f"<{name}@client.example>" for name in load.sent}
    wait_until(lambda: set(answered(sink)) == wanted, "all are answered", PATIENCE)
    assert all(len(ids) == 1 for ids in answered(sink).values())
    wait_until(up.at_rest, "the ledger adds up")
    assert up.total() == len(load.sent) == sum(line["stored"] for line in up.ledger())
    assert up.stop() == 0
    assert up.process is not None
    assert up.process.tracebacks() == []


def test_ctrl_c_ends_an_idle_house_in_order_although_a_session_is_open(build: Build) -> None:
    up = build().start()
    assert up.process is not None
    process: Any = up.process.process

    async def interrupted() -> list[str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", up.smtp)
        said = [(await asyncio.wait_for(reader.readline(), 60)).decode()]
        process.send_signal(signal.SIGINT)
        said.append((await asyncio.wait_for(reader.readline(), 60)).decode())
        writer.close()
        return said

    greeting, farewell = asyncio.run(interrupted())
    assert greeting.startswith("220 ")
    assert farewell.startswith("421 ")
    assert process.wait(60) == 0
    assert up.process.tracebacks() == []
