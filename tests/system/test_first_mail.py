"""The newcomer's path: `trunkline up` without any configuration, one mail, and everything that is promised of it."""

import email
import email.policy
import json
import re
import smtplib
import subprocess
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.system.conftest import Build
from tests.system.processes import Up, wait_until


def answers(up: Up) -> list[EmailMessage]:
    """What was sent to customers: with no relay configured it lies in the Maildir of the data folder."""
    files = sorted(path for path in (up.data / "maildir").rglob("*") if path.parent.name == "new")
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]


def write_with_swaks(up: Up, folder: Path) -> str:
    """A mail as a person sends it from a shell; gives what swaks says."""
    command = [
        "swaks",
        "--server",
        f"127.0.0.1:{up.smtp}",
        "--from",
        "jan@customer.example",
        "--to",
        "help@any.example",
    ]
    command += ["--header", "Subject: My device does not start", "--header", "Message-Id: <first@customer.example>"]
    command += ["--body", "Hello, it shows an error. What can I do?"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.peer("swaks")
def test_a_mail_to_a_house_without_configuration_becomes_a_ticket_with_an_acknowledgement(
    build: Build, tmp_path: Path
) -> None:
    up = build().start()
    assert up.process is not None
    assert "250 2.0.0 accepted" in write_with_swaks(up, tmp_path)
    wait_until(lambda: len(answers(up)) == 1, "the acknowledgement lies in the Maildir")
    (ticket,) = up.tickets()
    (answer,) = answers(up)
    assert ticket["subject"] == "My device does not start"
    assert ticket["category"] == "technical"
    assert [message["text"].strip() for message in ticket["messages"]] == ["Hello, it shows an error. What can I do?"]
    assert ticket["contact"]["points"] == [{"kind": "email", "value": "jan@customer.example"}]
    assert answer["To"] == "jan@customer.example"
    assert f"[{ticket['number']}]" in answer["Subject"]
    assert answer["In-Reply-To"] == "<first@customer.example>"
    assert answer["Auto-Submitted"] == "auto-replied"
    assert re.fullmatch(r"reply\+[a-z2-7]{29}@\S+", answer["Reply-To"].addresses[0].addr_spec)
    wait_until(up.at_rest, "the ledger adds up")
    (line,) = up.ledger()
    assert (line["channel"], line["inbox"], line["received"], line["stored"]) == ("email", "support", 1, 1)
    assert up.stop() == 0
    assert up.process.tracebacks() == []


def test_what_up_says_are_its_addresses_and_at_last_that_it_is_ready(build: Build) -> None:
    up = build().start()
    assert up.process is not None
    assert up.process.said[-1].startswith("ready")
    assert up.process.said[:2] == [f"http://127.0.0.1:{up.web}", f"smtp://127.0.0.1:{up.smtp}"]
    (first,) = up.process.said[2:-1]
    assert first.startswith(f"first sign-in: http://127.0.0.1:{up.web}/set-up/")
    with urllib.request.urlopen(first.removeprefix("first sign-in: "), timeout=30) as page:
        assert b"password" in page.read()
    with urllib.request.urlopen(f"http://127.0.0.1:{up.web}/readyz", timeout=30) as answer:
        body = json.load(answer)
    assert body["ready"]
    assert {check.partition(":")[0] for check in body["checks"]} == {"store", "router", "notifier", "desk", "intake"}
    assert up.stop() == 0


def test_the_same_mail_sent_twice_is_one_message_and_one_acknowledgement(build: Build) -> None:
    up = build().start()
    text = "From: ann@customer.example\r\nSubject: Once\r\nMessage-ID: <once@customer.example>\r\n\r\nOnly once, please.\r\n"
    for _ in range(2):
        with smtplib.SMTP("127.0.0.1", up.smtp, timeout=60) as client:
            client.sendmail("ann@customer.example", ["support@any.example"], text)
    wait_until(lambda: len(answers(up)) == 1, "the acknowledgement lies in the Maildir")
    wait_until(lambda: up.at_rest() and up.ledger()[0]["received"] == 2, "the ledger counts both")
    (line,) = up.ledger()
    assert (line["stored"], line["duplicate"]) == (1, 1)
    (ticket,) = up.tickets()
    assert len(ticket["messages"]) == 1
    assert len(answers(up)) == 1
