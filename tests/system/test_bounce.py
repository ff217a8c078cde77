"""A bounce that comes as mail to a running instance: the delivery, the address, the ticket and its agent all learn of it."""

import email.policy
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.system.mailing import Sink, letter
from tests.system.processes import Up, wait_until

CONFIG = """
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "{relay}"
[operators]
alerts = ["ops@acme.example"]
[agents]
notify = false
"""
ANA = "ana@customer.example"

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.customer.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{name}@mx.customer.example>
Date: Mon, 02 Mar 2026 10:05:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

I could not deliver your mail to {address}.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; it said no

--=b
Content-Type: text/rfc822-headers

From: support@acme.example
To: {address}
Message-ID: {original}

--=b--
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Up, Sink]]:
    sink = Sink().start()
    up = Up(tmp_path / "up", config=CONFIG.format(relay=sink.url)).start()
    try:
        yield up, sink
    finally:
        up.stop()
        sink.stop()


def post(up: Up, content: str | EmailMessage, to: str) -> None:
    """Hand a mail over; a bounce's envelope sender is empty."""
    text = content if isinstance(content, str) else content.as_string(policy=email.policy.SMTP)
    sender = "" if isinstance(content, str) else str(content["From"])
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=30) as client:
        client.sendmail(sender, [to], text.replace("\r\n", "\n").replace("\n", "\r\n").encode())


def only(up: Up) -> dict[str, Any]:
    (ticket,) = (ticket for ticket in up.tickets() if ticket["contact"]["points"] == [{"kind": "email", "value": ANA}])
    return ticket


def test_a_bounce_reaches_delivery_address_ticket_and_agent_and_a_forged_one_nobody(house: tuple[Up, Sink]) -> None:
    up, sink = house
    post(up, letter("first", ANA, to="support@acme.example"), "support@acme.example")
    wait_until(lambda: len(sink.got[ANA]) == 1, "the acknowledgement")
    number = only(up)["number"]
    up.api("PATCH", f"/api/v1/tickets/{number}", {"assignee": "anna@acme.example"})
    up.api("POST", f"/api/v1/tickets/{number}/replies", {"text": "It is on its way."})
    wait_until(lambda: len(sink.got[ANA]) == 2, "the answer")
    wait_until(lambda: {d["state"] for d in only(up)["deliveries"]} == {"accepted"}, "it is known that both were taken")
    answer = sink.got[ANA][1]
    back = answer["Reply-To"].addresses[0].addr_spec if answer["Reply-To"] else ""
    fields = {"address": ANA, "action": "failed", "status": "5.1.1", "original": answer["Message-ID"]}

    forged = fields | {"original": "<t.aaaa@acme.example>"}
    post(up, REPORT.format(name="forged", to="support@acme.example", **forged), "support@acme.example")
    delayed = fields | {"action": "delayed", "status": "4.4.1"}
    post(up, REPORT.format(name="delayed", to=back, **delayed), back)
    wait_until(lambda: up.total() == 2 and len(only(up)["messages"]) == 3, "the forged one and the delay are stored")
    assert {d["state"] for d in only(up)["deliveries"]} == {"accepted"}
    assert only(up)["tags"] == []

    up.api("POST", f"/api/v1/tickets/{number}/solve", {"summary": "sent"})
    wait_until(lambda: len(sink.got[ANA]) == 3, "the customer is told that it is solved")
    post(up, REPORT.format(name="real", to=back, **fields), back)
    wait_until(lambda: len(sink.got["anna@acme.example"]) == 1, "the agent is told")
    ticket = only(up)
    states = {delivery["kind"]: delivery["state"] for delivery in ticket["deliveries"]}
    assert (states["acknowledgement"], states["reply"]) == ("accepted", "bounced")
    assert ticket["status"] == "solved"
    assert ticket["tags"] == ["undelivered"]
    bounce = ticket["messages"][-1]
    assert (bounce["direction"], bounce["automatic"]) == ("in", "bounce")
    happened = [event["what"] for event in ticket["events"]]
    assert happened.count("delivery_delayed") == happened.count("delivery_bounced") == 1
    notice = sink.got["anna@acme.example"][0]
    assert f"[{number}]" in notice["Subject"]
    assert ANA in notice["Subject"]
    assert "5.1.1" in notice.get_content()
    assert notice["Auto-Submitted"] == "auto-generated"

    # The address was known to be dead; whoever writes from it is there again, and is acknowledged: after the acknowledgement of the
    # first ticket, the reply that came back, and what they were told when it was solved.
    post(
        up, letter("again", ANA, to="support@acme.example", subject="Other", text="And this?\n"), "support@acme.example"
    )
    wait_until(lambda: up.total() == 3, "another ticket")
    wait_until(lambda: len(sink.got[ANA]) == 4, "the acknowledgement")
    assert not sink.got["ops@acme.example"]
    assert up.process is not None
    assert up.process.tracebacks() == []
