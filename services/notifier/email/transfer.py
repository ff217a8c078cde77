"""One mail through one SMTP session (RFC 5321 3.3): MAIL, RCPT for everybody, DATA.

Where the relay offers PIPELINING the envelope and DATA go in one write (RFC 2920 3.1), else one command at a time.
"""

from services.notifier.email.compose import Mail
from services.notifier.email.relay import Session, Timeouts
from services.notifier.email.replies import Refusal, Stage, describe, one_line, outcome_of, outcome_of_refusals
from services.notifier.email.wire import Lost, Reply
from services.notifier.sending import Outcome, Permanent, Sent, Temporary

_TAKEN = (250, 251)


class Interrupted(Exception):
    """The session ended before the mail's content was sent: the relay certainly has not taken it."""


class Oversized(Exception):
    """The relay takes no mail of this size; nothing was asked of it and the session is ready for another. ``limit`` in octets."""

    def __init__(self, size: int, limit: int, via: str) -> None:
        super().__init__(f"{via}: the mail has {size} bytes, the relay takes {limit}")
        self.limit, self.via = limit, via


async def transfer(session: Session, mail: Mail, via: str, timeouts: Timeouts) -> Outcome:
    """Send ``mail``; afterwards the session is either ready for the next one or closed. Raises `Interrupted`, and `Oversized` for what
    the relay says in its greeting that it doesn't take (RFC 1870).

    A session that ends after the content was sent and before the reply leaves open whether the mail was taken over: that is
    `Temporary`, and the mail goes out again with the same Message-ID.
    """
    session.mails += 1
    if mail.smtputf8 and not session.smtputf8:  # RFC 6531 3.2
        return Permanent(f"{via}: an address is beyond ASCII, and the relay doesn't offer SMTPUTF8", via)
    if session.size is not None and session.size < len(mail.content):
        raise Oversized(len(mail.content), session.size, via)
    try:
        refused = await _envelope(session, mail, via, timeouts)
    except Lost as lost:
        raise Interrupted(f"{via}: {one_line(str(lost))}") from lost
    if not isinstance(refused, list):
        return refused
    return await _content(session, mail, refused, via, timeouts)


def _mail_from(session: Session, mail: Mail) -> bytes:
    command = b"MAIL FROM:<%b>" % mail.sender.encode("utf-8")
    if session.declares_size:
        command += b" SIZE=%d" % len(mail.content)
    return command + b" SMTPUTF8 BODY=8BITMIME" if mail.smtputf8 else command


async def _envelope(session: Session, mail: Mail, via: str, timeouts: Timeouts) -> Outcome | list[Refusal]:
    """The refused recipients of an envelope that stands, the relay waiting for the content; or why there is none.

    DATA goes along with the recipients only where it can do no harm: not when the copies alone could be accepted, who would then get
    a mail that its recipients don't.
    """
    primary = mail.primary or mail.copies
    copies = mail.copies if mail.primary else ()
    commands = [_mail_from(session, mail), *(_rcpt(address) for address in primary)]
    if session.pipelining and not copies:
        return await _judged(
            session, await session.wire.ask([*commands, b"DATA"], timeouts.command), primary, via, timeouts
        )
    stands = await _judged(session, await _say(session, commands, timeouts), primary, via, timeouts)
    if not isinstance(stands, list):
        return stands
    if copies:
        stands += _refusals(copies, await _say(session, [_rcpt(address) for address in copies], timeouts))
    (start,) = await session.wire.ask([b"DATA"], timeouts.command)
    return stands if start.code == 354 else await _no_data(session, start, via, timeouts)


def _rcpt(address: str) -> bytes:
    return b"RCPT TO:<%b>" % address.encode("utf-8")


async def _say(session: Session, commands: list[bytes], timeouts: Timeouts) -> list[Reply]:
    """All at once where the relay can take that, else one after the other until MAIL is refused or the relay ends the session."""
    if session.pipelining:
        return await session.wire.ask(commands, timeouts.command)
    replies: list[Reply] = []
    for command in commands:
        replies += await session.wire.ask([command], timeouts.command)
        if replies[-1].code == 421 or (command.startswith(b"MAIL") and replies[-1].code != 250):
            break
    return replies


async def _judged(
    session: Session, replies: list[Reply], primary: tuple[str, ...], via: str, timeouts: Timeouts
) -> Outcome | list[Refusal]:
    """What the replies to MAIL, the recipients and, where it went along, DATA amount to."""
    sender, recipients, start = replies[0], replies[1 : 1 + len(primary)], replies[1 + len(primary) :]
    if sender.code != 250:
        await _give_up(session, recipients, start, timeouts)
        return outcome_of(Stage.SENDER, sender.code, sender.text, via)
    refused = _refusals(primary, recipients)
    if len(refused) == len(primary):
        # Whom the mail is for does not get it; sending it to the copies alone would look like success.
        await _give_up(session, recipients, start, timeouts)
        return outcome_of_refusals(refused, via)
    if start and start[0].code != 354:
        return await _no_data(session, start[0], via, timeouts)
    return refused


def _refusals(addresses: tuple[str, ...], replies: list[Reply]) -> list[Refusal]:
    """Who was refused. Raises `Lost` when the relay ended the session meanwhile."""
    for reply in replies:
        if reply.code == 421:
            raise Lost(f"421 {reply.text}")
    pairs = zip(addresses, replies, strict=True)  # only a 421 leaves replies out
    return [(address, reply.code, reply.text) for address, reply in pairs if reply.code not in _TAKEN]


async def _no_data(session: Session, start: Reply, via: str, timeouts: Timeouts) -> Outcome:
    if start.code == 421:
        session.wire.close()
    else:
        await _reset(session, timeouts)
    return outcome_of(Stage.DATA, start.code, start.text, via)


async def _give_up(session: Session, recipients: list[Reply], start: list[Reply], timeouts: Timeouts) -> None:
    """End a transaction that has no recipient. A relay that waits for its content all the same gets none (RFC 2920 3.1): a lone dot,
    or, should it believe in a recipient after all, no end at all."""
    if not start or start[0].code != 354:
        await _reset(session, timeouts)
    elif any(reply.code in _TAKEN for reply in recipients):
        session.wire.close()
    else:
        await _last_word(session, b".", timeouts)


async def _content(session: Session, mail: Mail, refused: list[Refusal], via: str, timeouts: Timeouts) -> Outcome:
    try:
        end = await session.wire.content(mail.content, timeouts.data)
    except Lost as lost:
        return Temporary(
            f"{via}: no answer to the mail's content, which may have arrived ({one_line(str(lost))})",
            via=via,
            unsure=True,
        )
    if end.code != 250:
        return await _no_data(session, end, via, timeouts)
    return Sent(mail.message_id, via, "; ".join(filter(None, (describe(refused), mail.note))))


async def _reset(session: Session, timeouts: Timeouts) -> None:
    """End the transaction so that the session can be used again; one that can't even do this is closed."""
    if session.wire.is_open:
        await _last_word(session, b"RSET", timeouts)


async def _last_word(session: Session, command: bytes, timeouts: Timeouts) -> None:
    """RSET, or a lone dot: the end of a content that there is not. The session lives on where the relay goes along."""
    try:
        (reply,) = await session.wire.ask([command], timeouts.connect)
    except Lost:
        return  # closed
    if command == b"RSET" and reply.code != 250:
        session.wire.close()
