"""`Sender` for mail: words, mail, and then the relays of the inbox or its Maildir."""

import asyncio
import socket
from pathlib import Path

from services.notifier.email.addresses import domain_to_ascii
from services.notifier.email.compose import Letterhead, Mail, Uncomposable, compose
from services.notifier.email.enclosing import Enclosed, Enclosing, enclose
from services.notifier.email.maildir import MaildirPost, file_name
from services.notifier.email.mime import File
from services.notifier.email.relay import Timeouts
from services.notifier.email.smtp import SmtpPost
from services.notifier.email.transfer import Oversized
from services.notifier.email.wording import UNSIGNED, Signature, word
from services.notifier.linking import with_page
from services.notifier.sending import Attempt, Outcome, Permanent, Trouble, Unreachable
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusError
from shared.messages.outbound import Outbound
from shared.messages.parts import Attachment
from shared.settings.relay import Relay

CONCURRENCY = 8
LARGE = 256 * 1024  # octets of attachments above which composing leaves the event loop
LONG = 20_000  # characters of HTML above which it does
SLOW_KEY = 2048  # bits of an RSA key above which signing takes longer than a millisecond


class EmailSender:
    """Sends the mails of one inbox. With no relays they are written into the Maildir ``folder``."""

    concurrency = CONCURRENCY

    def __init__(
        self,
        head: Letterhead,
        relays: tuple[Relay, ...],
        folder: Path,
        blobs: Blobs,
        *,
        default_language: str = "en",
        timeouts: Timeouts | None = None,
        signature: Signature = UNSIGNED,
        enclosing: Enclosing | None = None,
    ) -> None:
        self._head, self._blobs, self._default_language = head, blobs, default_language
        self._signature = signature
        self._enclosing = enclosing or Enclosing(f"https://{head.domain}", head.keyring)
        self._post = SmtpPost(relays, host_name(head.domain), timeouts) if relays else MaildirPost(folder)

    async def start(self) -> None:
        """Nothing to prepare: connections are made when there is something to send."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Compose and hand over; a relay that takes less than the inbox may send gets more links instead of files. Raises what `word`
        raises for a text this version doesn't know."""
        try:
            return await self._send(outbound, attempt, enclose(outbound, self._enclosing))
        except Oversized as first:
            smaller = enclose(outbound, self._enclosing, first.limit)
        try:
            return await self._send(outbound, attempt, smaller)
        except Oversized as error:
            return Permanent(str(error), error.via)

    async def _send(self, outbound: Outbound, attempt: Attempt, enclosed: Enclosed) -> Outcome:
        try:
            files = [await self._file(attachment) for attachment in enclosed.files]
            mail = await self._compose(outbound, files, enclosed)
        except (BlobMissing, BlobDamaged, BlobTooLarge) as error:
            return Permanent(f"an attachment can't be sent: {error}")
        except Uncomposable as error:
            return Permanent(str(error))
        except BusError as error:
            # Not the relay's fault, yet no more the recipient's: the same patience is right.
            return Unreachable(f"the attachments can't be read: {error}", "bus")
        name = file_name(outbound.created_at.timestamp(), outbound.delivery_id)
        if isinstance(self._post, MaildirPost):
            return await self._post.deliver(mail, name, attempt)
        return await self._post.deliver(mail)

    async def _compose(self, outbound: Outbound, files: list[File], enclosed: Enclosed) -> Mail:
        def composed() -> Mail:
            complete = with_page(outbound, self._enclosing.public_url, self._head.keyring)
            wording = word(complete, self._head.company, self._default_language, self._signature, enclosed)
            return compose(complete, self._head, wording, files)

        octets = sum(len(file.content) for file in files) + len(outbound.text)
        signer = self._head.signer
        if octets >= LARGE or len(outbound.html or "") >= LONG or (signer is not None and signer.key.bits > SLOW_KEY):
            return await asyncio.to_thread(composed)
        return composed()

    async def _file(self, attachment: Attachment) -> File:
        if attachment.blob is None:
            raise BlobMissing(f"{attachment.filename!r} was not stored by itself")
        content = await self._blobs.get(attachment.blob)
        return File(attachment.filename, attachment.media_type, content, attachment.inline, attachment.content_id)

    async def probe(self) -> Trouble | None:
        """Whether a relay takes us, or the folder can be written."""
        return await self._post.probe()

    async def close(self) -> None:
        """Leave the relays."""
        await self._post.close()


def host_name(fallback: str) -> str:
    """What we call ourselves in EHLO (RFC 5321 4.1.1.1): this host's name where it has a full one, else ``fallback``.

    The name is not looked up: a resolver that hangs must not hold up the mail.
    """
    name = domain_to_ascii(socket.gethostname())
    return name if name and "." in name else fallback
