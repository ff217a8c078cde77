"""`trunkline import` as an operator uses it: an archive goes into a house that is at work, and nobody outside notices."""

import os
import signal
import smtplib
import sqlite3
import subprocess
from collections import Counter
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import Build
from tests.system.mailing import Sink, letter
from tests.system.processes import ROOT, TRUNKLINE, Up, wait_until

SUPPORT = "support@acme.example"
ANA = "ana@customer.example"


def configuration(sink: Sink) -> str:
    """An inbox with an address whose mail goes to the sink."""
    return f'[[inbox]]\nname = "support"\nchannel = "email"\naddress = "{SUPPORT}"\nsend = "{sink.url}"\n'


def old(name: str, sender: str, date: str, refs: tuple[str, ...] = (), text: str = "", **headers: str) -> EmailMessage:
    """A mail of years ago."""
    ids = [f"<{ref}@client.example>" for ref in refs]
    more = {"In_Reply_To": ids[-1], "References": " ".join(ids)} if ids else {}
    to = ANA if sender == SUPPORT else SUPPORT
    message = letter(name, sender, to=to, subject="Old question", text=text, **more, **headers)
    message.replace_header("Date", date)
    return message


def send(up: Up, message: EmailMessage) -> None:
    """Hand a mail in by SMTP."""
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=60) as client:
        client.sendmail(ANA, [SUPPORT], bytes(message))  # `send_message` would quote lines as an mbox does


def boxed(*mails: EmailMessage) -> bytes:
    """Mails as an mbox; a line that looks like a separator is quoted."""
    written = (
        b"\n".join(b">" * line.startswith(b"From ") + line for line in bytes(mail).split(b"\n")) for mail in mails
    )
    return b"".join(b"From someone@client.example Mon Mar  2 10:00:00 2020\n" + mail + b"\n" for mail in written)


def archive(folder: Path) -> tuple[Path, EmailMessage]:
    """An mbox, a Maildir and .eml files with one conversation scattered over them; and a mail that comes in by SMTP, too."""
    box = folder / "archive"
    for name in ("maildir/cur", "maildir/new", "maildir/tmp"):
        (box / name).mkdir(parents=True)
    known = letter("known", ANA, to=SUPPORT, subject="Live", text="Hello,\n\nFrom now on it fails.\n")
    answer = old("answer", SUPPORT, "Tue, 07 May 2019 10:00:00 +0200", ("question",), "Please try again.\n")
    thanks = old("thanks", ANA, "Wed, 08 May 2019 09:00:00 +0000", ("question", "answer"), "Thank you, it works now.\n")
    away = old("away", "bo@other.example", "Mon, 01 Jun 2015 09:00:00 +0000", Auto_Submitted="auto-replied")
    (box / "mails").write_bytes(boxed(thanks, known, away))
    (box / "maildir/cur/1.host:2,S").write_bytes(bytes(answer))
    (box / "maildir/cur/2.host:2,D").write_bytes(bytes(old("draft", ANA, "Tue, 07 May 2019 10:00:00 +0200")))
    (box / "question.eml").write_bytes(
        bytes(old("question", ANA, "Mon, 06 May 2019 09:00:00 +0000", text="Does it work?\n"))
    )
    (box / "empty.eml").write_bytes(b"")
    os.mkfifo(box / "pipe.eml")
    return box, known


def rows(up: Up, table: str) -> int:
    """How many rows a table of the database has."""
    file = up.data / "trunkline.sqlite"
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        (number,) = database.execute(f"select count(*) from {table}").fetchone()
    return int(number)


def said(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    """The figures that an import printed."""
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if not line.startswith(" "))


def test_an_archive_becomes_closed_tickets_in_silence_and_again_changes_nothing(
    build: Build, sink: Sink, tmp_path: Path
) -> None:
    box, known = archive(tmp_path)
    up = build(config=configuration(sink)).start()
    send(up, known)
    wait_until(lambda: rows(up, "delivery where state = 'accepted'") == 1, "the live mail is acknowledged")
    timers, deliveries = rows(up, "timer"), rows(up, "delivery")

    dry = up.run("import", str(box), "--dry-run", check=False)
    assert (dry.returncode, said(dry)["found"]) == (1, "5 mails in 3 threads, 2015-06-01 to 2026-03-02")
    assert (rows(up, "message"), rows(up, "ticket")) == (1, 1)

    done = up.run("import", str(box), check=False)
    assert done.returncode == 1, done.stderr
    assert said(done) == {
        "found": "5 mails in 3 threads, 2015-06-01 to 2026-03-02",
        "left out": "1 drafts and deleted mails",
        "imported": "4",
        "duplicates": "1",
        "degraded": "0",
        "failed": "2",
    }
    assert f"  {box / 'empty.eml'}: empty" in done.stdout
    assert f"  {box / 'pipe.eml'}: no regular file" in done.stdout

    tickets = up.tickets()
    assert_is_closed_conversation(next(ticket for ticket in tickets if len(ticket["messages"]) == 3))
    assert (sink.count, rows(up, "timer"), rows(up, "delivery")) == (1, timers, deliveries)

    again = up.run("import", str(box), check=False)
    assert (said(again)["imported"], said(again)["duplicates"]) == ("0", "5")
    assert up.tickets() == tickets
    wait_until(up.at_rest, "the ledger adds up")
    (line,) = up.ledger()
    assert (line["received"], line["stored"], line["reasons"], line["adds_up"]) == (5, 5, {"stored: imported": 4}, True)

    reply_to_the_old(up)
    wait_until(lambda: sink.count == 2, "the reply of today is acknowledged")
    assert up.stop() == 0
    assert up.process is not None
    assert up.process.tracebacks() == []


def assert_is_closed_conversation(ticket: dict[str, Any]) -> None:
    """Question, answer and thanks, in their order and with their dates."""
    assert ticket["status"] == "closed"
    assert ticket["tags"] == ["imported"]
    assert (ticket["created_at"], ticket["closed_at"]) == ("2019-05-06T09:00:00Z", "2019-05-08T09:00:00Z")
    assert ticket["first_response_due"] is ticket["next_response_due"] is ticket["resolution_due"] is None
    assert [(message["direction"], message["created_at"]) for message in ticket["messages"]] == [
        ("in", "2019-05-06T09:00:00Z"),
        ("out", "2019-05-07T08:00:00Z"),
        ("in", "2019-05-08T09:00:00Z"),
    ]
    assert ticket["deliveries"] == []
    assert Counter(event["what"] for event in ticket["events"]) == {"ticket_imported": 1, "message_imported": 2}


def reply_to_the_old(up: Up) -> None:
    """A reply of today finds the old ticket by its References, and opens one that follows it."""
    (before,) = [ticket for ticket in up.tickets() if "imported" in ticket["tags"] and len(ticket["messages"]) == 3]
    send(up, letter("today", ANA, to=SUPPORT, subject="Re: Old question", References="<thanks@client.example>"))
    wait_until(lambda: up.total() == 4, "the reply has a ticket")
    (ticket,) = [ticket for ticket in up.tickets() if ticket["subject"] == "Re: Old question"]
    assert [(each["number"], each["kind"]) for each in ticket["related"]] == [(before["number"], "follow-up")]
    assert up.api("GET", f"/api/v1/tickets/{before['number']}")["status"] == "closed"


def test_an_import_that_is_broken_off_goes_on_where_it_stopped_and_doubles_nothing(
    build: Build, sink: Sink, tmp_path: Path
) -> None:
    up = build(config=configuration(sink)).start()
    assert up.process is not None
    mails = [
        old(
            f"m{i}",
            f"c{i % 40}@customer.example",
            f"Mon, 06 May 2019 09:{i // 60:02}:{i % 60:02} +0000",
            (f"m{i - 40}",) * (i >= 40),
        )
        for i in range(700)
    ]
    box = tmp_path / "box"
    box.write_bytes(boxed(*mails))
    command = [*TRUNKLINE, "import", str(box), *up.arguments()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **up.environment()}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        wait_until(lambda: rows(up, "message") > 0, "the first mails are stored")
        up.process.pause()  # nothing is confirmed any more, so it cannot have come to its end
        first.send_signal(signal.SIGINT)
        output, errors = first.communicate(timeout=60)
    finally:
        up.process.resume()
        first.kill()
        first.wait()
    # On a slow machine it has had time to say what it waits for.
    assert (first.returncode, set(errors.splitlines()) - {"trunkline: the router is behind; waiting for it"}) == (
        130,
        set(),
    )
    assert "interrupted: nothing is lost" in output
    second = up.run("import", str(box))
    figures = said(second)
    assert (figures["failed"], int(figures["imported"]) + int(figures["duplicates"])) == ("0", 700)
    assert (rows(up, "message"), up.total()) == (700, 40)
    wait_until(up.at_rest, "the ledger adds up")
    (line,) = up.ledger()
    assert (line["stored"], line["in_flight"], line["adds_up"]) == (700, 0, True)
    assert (sink.count, rows(up, "delivery"), rows(up, "timer")) == (0, 0, 0)
    assert up.process.tracebacks() == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((".", "--inbox", "sales"), 1, "there is no inbox 'sales' for mail; there are support"),
        ((".", "--map", "map.toml"), 1, "map.toml cannot be read"),
        ((".",), 1, "no Trunkline is running"),
    ],
)
def test_what_is_in_the_way_of_an_import_is_said_in_a_line(
    build: Build, sink: Sink, arguments: tuple[str, ...], code: int, says: str
) -> None:
    up = build(config=configuration(sink))
    dry = () if says.startswith("no Trunkline") else ("--dry-run",)
    done = up.run("import", *arguments, *dry, check=False)
    assert done.returncode == code
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_the_bus_user_who_may_not_hand_in_mail_is_told_so_at_once(build: Build, sink: Sink) -> None:
    up = build(config=configuration(sink), env={"TRUNKLINE_BUS__URL": "nats://operator:secret@127.0.0.1:1"})
    done = up.run("import", ".", check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "run this with the bus.url of intake" in done.stderr
