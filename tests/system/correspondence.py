"""People with mail clients of different habits, who answer what really lies in their mailbox."""

import email.policy
import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage

from tests.system.mailing import Sink
from tests.system.processes import wait_until

OURS = "support@acme.example"


@dataclass
class Person:
    """Somebody who writes to us and reads, in the sink, what comes back."""

    name: str
    address: str
    port: int
    sink: Sink
    written: int = 0
    wrote: list[EmailMessage] = field(default_factory=list)

    def mailbox(self) -> list[EmailMessage]:
        """All mails that have come, in order."""
        return list(self.sink.got.get(self.address, ()))

    def receive(self, count: int) -> EmailMessage:
        """Wait for so many mails; gives the last of them."""
        wait_until(lambda: len(self.mailbox()) >= count, f"{self.address} has {count} mails")
        assert len(self.mailbox()) == count
        return self.mailbox()[-1]

    def draft(self, subject: str, text: str, *, to: str = OURS, cc: str = "") -> EmailMessage:
        """A mail with nothing in it that points to any other."""
        mail = EmailMessage()
        self.written += 1
        mail["From"], mail["To"], mail["Subject"] = f"{self.name} <{self.address}>", to, subject
        if cc:
            mail["Cc"] = cc
        mail["Message-ID"] = f"<{self.name.lower()}.{self.written}@{self.address.partition('@')[2]}>"
        mail["Date"] = f"Mon, 02 Mar 2026 10:{self.written:02}:00 +0000"
        mail.set_content(text)
        return mail

    def send(self, mail: EmailMessage) -> EmailMessage:
        """Hand it over to every one of its recipients that is ours, and note it."""
        ours = [one.addr_spec for key in ("To", "Cc") if key in mail for one in mail[key].addresses]
        ours = [address for address in ours if address.lower().endswith("@acme.example")]
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as client:
            client.sendmail(self.address, ours, mail.as_bytes(policy=email.policy.SMTP))
        self.wrote.append(mail)
        return mail


def quoted(answer: EmailMessage, above: str) -> str:
    """``above`` over a quotation of ``answer``, as most clients put it."""
    body = answer.get_body(preferencelist=("plain",))
    assert body is not None
    lines = "\n".join(f"> {line}" for line in body.get_content().splitlines())
    return f"{above}\n\nOn Mon, 2 Mar 2026 at 10:00, {answer['From']} wrote:\n{lines}\n"


def ids(mail: EmailMessage, header: str) -> list[str]:
    """The ids in a header."""
    return str(mail[header] or "").split()
