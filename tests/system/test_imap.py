"""A whole house that fetches its mail from a real dovecot: ticket, acknowledgement, and word to the operators of a mailbox that is shut."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.intake.imap.dovecot import Dovecot
from tests.system.conftest import Build
from tests.system.mailing import Sink, letter
from tests.system.processes import wait_until

SHUT = "mailbox of sales is not read"
CONFIG = """
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
receive = "imap"
send = "{relay}"
[inbox.imap]
host = "127.0.0.1"
port = {port}
tls = "none"
user = "ann"
password = "secret"
start = "all"

[[inbox]]
name = "sales"
channel = "email"
address = "sales@acme.example"
receive = "imap"
send = "{relay}"
[inbox.imap]
host = "127.0.0.1"
port = {port}
tls = "none"
user = "bob"
password = "wrong"

[operators]
alerts = ["ops@acme.example"]

[watchdog]
interval = "500ms"
"""


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    server = Dovecot().start()
    yield server
    server.remove()


@pytest.mark.peer("dovecot")
def test_fetched_mail_becomes_a_ticket_with_an_acknowledgement_and_a_shut_mailbox_is_told(
    build: Build, sink: Sink, dovecot: Dovecot
) -> None:
    dovecot.put(letter("old", "eva@customer.example", to="support@acme.example").as_bytes())
    up = build(config=CONFIG.format(relay=sink.url, port=dovecot.port)).start()
    assert up.process is not None
    wait_until(lambda: up.total() == 1, "what was there is a ticket")
    mail = letter("first", "ana@customer.example", to="support@acme.example", subject="Help")
    dovecot.put(mail.as_bytes())
    wait_until(lambda: bool(sink.got["ana@customer.example"]), "the acknowledgement arrives")
    assert "[T-" in sink.got["ana@customer.example"][0]["Subject"]
    assert {ticket["subject"] for ticket in up.tickets()} == {"Help", "Question"}
    assert not sink.got["eva@customer.example"]  # nobody waits for an answer to what lay there before

    def alerts() -> list[str]:
        return [each.get_content() for each in list(sink.got["ops@acme.example"]) if SHUT in each["Subject"]]

    wait_until(lambda: bool(alerts()), "the operators are told")
    assert "refuses to let us in" in alerts()[0]
    wait_until(up.at_rest, "the ledger adds up")
    (line,) = (line for line in up.ledger() if line["inbox"] == "support")
    assert (line["received"], line["stored"]) == (2, 2)
    compared = up.run("reconcile", "--days", "2", check=False)
    assert compared.returncode == 1
    support, sales = compared.stdout.splitlines()
    assert support.startswith("support: 2 mails since ")
    assert sales.startswith("sales: not compared: the mailbox can't be read: the server refuses to let us in")
    (report,) = json.loads(up.run("reconcile", "support", "--json").stdout)
    assert (report["on_server"], report["fetched"], report["error"]) == (2, 0, None)
    with urllib.request.urlopen(f"http://127.0.0.1:{up.web}/readyz", timeout=30) as answer:
        assert json.load(answer)["ready"]
    assert dovecot.flags() == ["", ""]
    assert up.stop() == 0
    assert not up.process.tracebacks()
