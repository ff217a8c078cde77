"""One mail through one SMTP session (RFC 5321 3.3): MAIL, RCPT for everybody, DATA."""

from collections.abc import Sequence

import aiosmtplib

from services.notifier.email.compose import Mail
from services.notifier.email.relay import Session, Timeouts
from services.notifier.email.replies import Refusal, Stage, describe, one_line, outcome_of, outcome_of_refusals
from services.notifier.sending import Outcome, Permanent, Sent, Temporary

_LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


class Interrupted(Exception):
    """The session ended before the mail's content was sent: the relay certainly has not taken it."""


async def transfer(session: Session, mail: Mail, via: str, timeouts: Timeouts) -> Outcome:
    """Send ``mail``; afterwards the session is either ready for the next one or closed. Raises `Interrupted`.

    A session that ends after the content was sent and before the reply leaves open whether the mail was taken over: that is
    `Temporary`, and the mail goes out again with the same Message-ID.
    """
    session.mails += 1
    smtp = session.smtp
    if hindrance := _hindrance(smtp, mail):
        return Permanent(f"{via}: {hindrance}", via)
    try:
        refused = await _envelope(smtp, mail, via, timeouts)
        if not isinstance(refused, list):
            await _reset(smtp, timeouts)
            return refused
    except (*_LOST, aiosmtplib.SMTPResponseException) as error:
        smtp.close()
        raise Interrupted(f"{via}: {one_line(str(error)) or type(error).__name__}") from error
    return await _content(smtp, mail, refused, via, timeouts)


def _hindrance(smtp: aiosmtplib.SMTP, mail: Mail) -> str:
    """What this relay said in its greeting that makes the mail impossible (RFC 6531, RFC 1870)."""
    if mail.smtputf8 and not smtp.supports_extension("smtputf8"):
        return "an address is beyond ASCII, and the relay doesn't offer SMTPUTF8"
    limit = smtp.esmtp_extensions.get("size", "").strip()
    if limit.isascii() and limit.isdigit() and 0 < int(limit) < len(mail.content):
        return f"the mail has {len(mail.content)} bytes, the relay takes {limit}"
    return ""


async def _envelope(smtp: aiosmtplib.SMTP, mail: Mail, via: str, timeouts: Timeouts) -> Outcome | list[Refusal]:
    """The refused recipients of an envelope that stands, or why there is none."""
    options = [b"SIZE=%d" % len(mail.content)] if smtp.supports_extension("size") else []
    if mail.smtputf8:
        options += [b"SMTPUTF8", b"BODY=8BITMIME"]
    sender = b"FROM:<%b>" % mail.sender.encode("utf-8")
    reply = await smtp.execute_command(b"MAIL", sender, *options, timeout=timeouts.command)
    if reply.code != 250:
        return outcome_of(Stage.SENDER, reply.code, reply.message, via)
    primary = mail.primary or mail.copies
    refused = await _recipients(smtp, primary, timeouts)
    if len(refused) == len(primary):
        # Whom the mail is for does not get it; sending it to the copies alone would look like success.
        return outcome_of_refusals(refused, via)
    if mail.primary:
        refused += await _recipients(smtp, mail.copies, timeouts)
    return refused


async def _recipients(smtp: aiosmtplib.SMTP, addresses: Sequence[str], timeouts: Timeouts) -> list[Refusal]:
    refused: list[Refusal] = []
    for address in addresses:
        recipient = b"TO:<%b>" % address.encode("utf-8")
        reply = await smtp.execute_command(b"RCPT", recipient, timeout=timeouts.command)
        if reply.code not in (250, 251):
            refused.append((address, reply.code, reply.message))
        if reply.code == 421:
            raise aiosmtplib.SMTPServerDisconnected(f"421 {reply.message}")
    return refused


async def _content(smtp: aiosmtplib.SMTP, mail: Mail, refused: list[Refusal], via: str, timeouts: Timeouts) -> Outcome:
    try:
        await smtp.data(mail.content, timeout=timeouts.data)
    except aiosmtplib.SMTPDataError as error:
        outcome = outcome_of(Stage.DATA, error.code, error.message, via)
        if error.code == 421:
            smtp.close()
        else:
            await _reset(smtp, timeouts)
        return outcome
    except (*_LOST, aiosmtplib.SMTPResponseException) as error:
        smtp.close()
        text = one_line(str(error)) or type(error).__name__
        return Temporary(
            f"{via}: no answer to the mail's content, which may have arrived ({text})", via=via, unsure=True
        )
    return Sent(mail.message_id, via, "; ".join(filter(None, (describe(refused), mail.note))))


async def _reset(smtp: aiosmtplib.SMTP, timeouts: Timeouts) -> None:
    """End the transaction so that the session can be used again; one that can't even do this is closed."""
    if not smtp.is_connected:
        return
    try:
        reply = await smtp.execute_command(b"RSET", timeout=timeouts.connect)
    except (*_LOST, aiosmtplib.SMTPResponseException):
        smtp.close()
    else:
        if reply.code != 250:
            smtp.close()
