"""The page of a ticket, end to end: the links in our mails open it, and what is sent from it is in the ticket and in no ledger."""

import re
import smtplib
import urllib.parse
import urllib.request

from tests.system.conftest import Build
from tests.system.mailing import Sink, letter
from tests.system.processes import Up, wait_until

ANA = "ana@client.example"
CONFIG = """
[company]
name = "Acme"
public_url = "http://localhost:{web}"
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "{send}"
"""


def links(up: Up, sink: Sink) -> list[str]:
    """The links to pages in the mails that Ana was sent, in their order."""
    mails = [str(mail.get_body(("plain",)).get_content()) for mail in list(sink.got[ANA])]  # type: ignore[union-attr]
    return [link for mail in mails for link in re.findall(rf"http://localhost:{up.web}/t/[a-z2-7]{{41}}\b", mail)]


def page(url: str, **values: str) -> str:
    """What a page shows, with values after they were sent."""
    data = urllib.parse.urlencode(values).encode() if values else None
    with urllib.request.urlopen(url, data, timeout=30) as answer:
        return str(answer.read().decode())


def token(shown: str) -> str:
    found = re.search(r'name="token" value="([a-z2-7]{40})"', shown)
    assert found is not None
    return found[1]


def test_a_customer_follows_the_links_in_our_mails_writes_and_confirms(build: Build, sink: Sink) -> None:
    up = build()
    up.config = CONFIG.format(web=up.web, send=sink.url)
    up.start()
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=30) as smtp:
        smtp.send_message(letter("one", ANA, to="support@acme.example", subject="The pump", text="It leaks.\n"))
    wait_until(lambda: len(links(up, sink)) == 1, "the acknowledgement has the link")
    link = links(up, sink)[0]
    shown = page(link)
    assert "Your request T-1001" in shown
    assert "It leaks." in shown
    assert "Thank you. We have your message." in page(link, do="reply", token=token(shown), text="It still does.")
    messages = up.api("GET", "/api/v1/tickets/T-1001")["messages"]
    assert [each["text"].strip() for each in messages] == ["It leaks.", "It still does."]
    up.api("POST", "/api/v1/tickets/T-1001/solve", {"summary": "A new pump."})
    wait_until(lambda: len(links(up, sink)) == 2, "the resolution has the link")
    asked = links(up, sink)[1]
    assert "Thank you. We are glad that it is solved." in page(asked, do="yes", token=token(page(asked)))
    assert up.api("GET", "/api/v1/tickets/T-1001")["status"] == "closed"
    wait_until(up.at_rest, "the ledger adds up")
    (line,) = [line for line in up.ledger() if line["received"]]
    assert (line["channel"], line["received"], line["stored"]) == ("email", 1, 1)
    assert up.process is not None
    assert not up.process.tracebacks()
