"""The intake room: mail by SMTP. Composes what the other modules of this package are for; has no rules of its own."""

import asyncio

from services.intake.acceptance import Acceptance
from services.intake.backlog import Backlog
from services.intake.clerk.office import Office
from services.intake.ledger import LedgerNotes
from services.intake.limits import Gate, Memory
from services.intake.recipients import Recipients
from services.intake.smtp.door import Door
from services.intake.smtp.listener import Listener
from services.intake.smtp.tls import tls_context
from shared.mail import MailReader
from shared.mail.reading import warm_up
from shared.service import Context
from shared.settings import Listen, Settings


class IntakeService:
    """The room as the composition root sees it. ``gate`` and ``office`` are the configured ones unless given."""

    name = "intake"

    def __init__(self, context: Context, *, gate: Gate | None = None, office: Office | None = None) -> None:
        self._context = context
        settings = context.settings
        self.gate = gate or Gate.of(settings)
        self.backlog = Backlog(context.bus, settings.bus.max_backlog)
        self.ledger = LedgerNotes(context.bus)
        self._reader = MailReader()
        self._office = office or Office()
        self._listener: Listener | None = None

    @property
    def smtp_address(self) -> Listen:
        """Where mail is taken, with the real port."""
        return self._listener.address if self._listener is not None else self._context.settings.smtp.listen

    async def start(self) -> None:
        """Listen. Raises `IntakeError` (port taken, certificate unusable) and then has let go of everything."""
        settings = self._context.settings
        listener = Listener(
            settings.smtp.listen,
            self._door(),
            hostname=hostname(settings),
            timeout=settings.smtp.timeout.total_seconds(),
            tls=tls_context(settings),
        )
        await listener.start()
        self._listener = listener
        await self.backlog.start()
        await asyncio.to_thread(warm_up)
        self.ledger.start()

    def _door(self) -> Door:
        context, settings = self._context, self._context.settings
        return Door(
            recipients=Recipients.of(settings),
            gate=self.gate,
            memory=Memory.of(settings),
            acceptance=Acceptance(
                context.bus, context.publisher, context.blobs, self._reader, self._office, self.backlog
            ),
            ledger=self.ledger,
            max_size=settings.smtp.max_size,
            max_recipients=settings.smtp.max_recipients,
        )

    async def stop(self) -> None:
        """Accept nothing more, answer the mails in flight (up to ten seconds), tell the ledger, close."""
        if self._listener is not None:
            await self._listener.stop()
            await self.backlog.stop()
            await self.ledger.stop()
        await self._office.close()
        await self._reader.close()

    def ready(self) -> dict[str, bool]:
        """``smtp``: connections are accepted; ``intake-bus``: mails can be handed on."""
        return {
            "smtp": self._listener is not None and self._listener.listening,
            "intake-bus": self._context.bus.is_connected,
        }


def hostname(settings: Settings) -> str:
    """What we call ourselves in the greeting: the domain that mail is taken for. Looked up nowhere: that could take seconds."""
    domains = [inbox.address.rpartition("@")[2] for inbox in settings.email_inboxes if inbox.address]
    return settings.company.reply_domain or next(iter(domains), "localhost")
