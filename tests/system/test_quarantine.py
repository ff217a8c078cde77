"""Spam and quarantine as a company meets them: what is held back, looked at, let out, called spam and called none, in a running house."""

import json
import smtplib
import urllib.error
from email.message import EmailMessage
from typing import Any

from tests.system.conftest import Build
from tests.system.mailing import Sink, letter
from tests.system.processes import Up, wait_until

CONFIG = """
[spam]
blocked = ["lottery.example"]

[[inbox]]
name = "support"
channel = "email"
address = "support@localhost"
send = "{relay}"
"""


def send(up: Up, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=60) as client:
        client.send_message(mail)


def held(up: Up, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(up.run("quarantine", "list", "--json", *options).stdout)
    return found


def at_rest_with(up: Up, received: int) -> bool:
    return up.at_rest() and sum(line["received"] for line in up.ledger()) == received


def test_a_message_that_was_held_back_is_listed_shown_and_let_out_once(build: Build, sink: Sink) -> None:
    up = build(config=CONFIG.format(relay=sink.url)).start()
    send(up, letter("prize", "win@lottery.example", subject="[bold]You won\x1b[2J", text="Claim \x1b[31mit\n"))
    wait_until(lambda: at_rest_with(up, 1), "the mail is accounted for")
    (line,) = up.ledger()
    assert (line["stored"], line["quarantined"], line["reasons"]) == (0, 1, {"quarantined: blocked": 1})
    assert (up.total(), sink.count) == (0, 0)

    (one,) = held(up)
    assert (one["sender"], one["reason"]["rule"], one["released_at"]) == ("win@lottery.example", "blocked", None)
    for shown in (up.run("quarantine", "list").stdout, up.run("quarantine", "show", one["id"]).stdout):
        assert "\x1b" not in shown
        assert "[bold]You won" in shown
    assert json.loads(up.run("quarantine", "show", one["id"], "--json").stdout)["content"]["text"].startswith("Claim")
    missing = up.run("quarantine", "show", "nothing", check=False)
    assert (missing.returncode, "nothing is held" in missing.stderr) == (1, True)

    released = up.run("quarantine", "release", one["id"]).stdout
    assert "is released: T-1001" in released
    assert "was released before: T-1001" in up.run("quarantine", "release", one["id"]).stdout
    assert held(up) == []
    assert [each["ticket"] for each in held(up, "--released")] == ["T-1001"]
    refused = up.run("quarantine", "discard", one["id"], check=False)
    assert (refused.returncode, "let out" in refused.stderr) == (1, True)
    wait_until(lambda: len(sink.got["win@lottery.example"]) == 1, "it is acknowledged, as it was released soon")
    wait_until(lambda: at_rest_with(up, 1), "the ledger adds up")
    (line,) = up.ledger()
    assert (line["stored"], line["quarantined"]) == (1, 0)
    (ticket,) = up.tickets()
    assert [event["what"] for event in ticket["events"]].count("message_released") == 1
    assert up.process is not None
    assert up.process.tracebacks() == []


def test_spam_is_tagged_blocked_and_forgiven(build: Build, sink: Sink) -> None:
    up = build(config=CONFIG.format(relay=sink.url)).start()
    sender = "shop@pills.example"
    send(up, letter("one", sender, X_Spam_Status="Yes, score=15.2 required=5.0"))
    wait_until(lambda: up.total() == 1, "the mail is a ticket")
    (ticket,) = up.tickets()
    assert ticket["tags"] == ["spam?"]
    assert ticket["reasons"]["spam"]["evidence"] == "x-spam-status: yes 15.2 of 5"

    marked = up.api("POST", "/api/v1/tickets/T-1001/spam", {"block": True})
    assert marked["status"] == "spam"
    send(up, letter("two", sender))
    wait_until(lambda: up.api("GET", "/api/v1/quarantine")["total"] == 1, "the next mail is held")
    (one,) = up.api("GET", "/api/v1/quarantine")["items"]
    shown = up.api("GET", f"/api/v1/quarantine/{one['id']}")
    assert (shown["reason"]["rule"], shown["content"]["text"].startswith("This is two.")) == ("blocked", True)

    forgiven = up.api("POST", "/api/v1/tickets/T-1001/not-spam", {})
    assert (forgiven["status"], forgiven["tags"]) == ("new", [])
    send(up, letter("three", sender))
    wait_until(lambda: len(sink.got[sender]) == 1, "who is forgiven is answered again")
    answer = up.api("POST", f"/api/v1/quarantine/{one['id']}/release")
    assert (answer["ticket"], answer["already_released"]) == ("T-1003", False)
    assert up.api("POST", f"/api/v1/quarantine/{one['id']}/release")["already_released"] is True
    wait_until(lambda: len(sink.got[sender]) == 2, "what was released is acknowledged")
    try:
        up.api("POST", "/api/v1/quarantine/nothing/release")
        code = 200
    except urllib.error.HTTPError as error:
        code = error.code
    assert code == 404
    assert not any("T-1001" in str(mail["Subject"]) for mail in sink.got[sender])


def test_a_held_message_that_was_discarded_is_listed_no_more_and_stays_in_the_ledger(build: Build, sink: Sink) -> None:
    up = build(config=CONFIG.format(relay=sink.url)).start()
    for name in ("one", "two"):
        send(up, letter(name, "win@lottery.example"))
    wait_until(lambda: at_rest_with(up, 2), "the mails are accounted for")
    first, second = held(up)
    assert "is discarded" in up.run("quarantine", "discard", first["id"], "--reason", "a prize").stdout
    assert "was discarded before" in up.run("quarantine", "discard", first["id"]).stdout
    path = f"/api/v1/quarantine/{second['id']}/discard"
    assert up.api("POST", path, {"reason": "another"}) == {"id": second["id"], "already_discarded": False}
    assert held(up) == held(up, "--released") == []
    gone = {each["id"]: (each["discarded_by"], each["discard_reason"]) for each in held(up, "--all")}
    assert gone[first["id"]] == ("operator", "a prize")
    assert gone[second["id"]] == ("token:tests", "another")
    shown = up.run("quarantine", "show", first["id"]).stdout
    assert "discarded: " in shown
    assert "by operator: a prize" in shown
    (line,) = up.ledger()
    assert (line["stored"], line["quarantined"], line["reasons"]) == (0, 2, {"quarantined: blocked": 2})
    assert "is released: T-" in up.run("quarantine", "release", first["id"]).stdout
