"""The intake room: mail, forms, chat, webhooks, the API channel. Composes what the other modules are for; has no rules of its own."""

import asyncio
from collections.abc import Collection

from fastapi import FastAPI

from services.intake.acceptance import Acceptance
from services.intake.accepting import Accepting
from services.intake.authentication.service import Authenticator
from services.intake.authentication.trust import Trust
from services.intake.backlog import Backlog
from services.intake.channels import configured, make_readers
from services.intake.clerk.office import Office
from services.intake.imap.readers import Readers
from services.intake.ledger import LedgerNotes
from services.intake.limits import Gate, Memory
from services.intake.recipients import Recipients
from services.intake.smtp.door import Door
from services.intake.smtp.listener import Listener
from services.intake.smtp.lmtp import LmtpSession
from services.intake.smtp.tls import tls_context
from services.intake.web import PATHS, create_app
from shared.mail import MailReader
from shared.mail.reading import warm_up
from shared.service import Context
from shared.settings import Listen, Settings
from shared.settings.quantities import UnixListen


class IntakeService:
    """The room as the composition root sees it. ``gate``, ``office`` and ``trust`` are the configured ones unless given; ``only`` names
    the channels that this one takes in, where it is not all."""

    name = "intake"
    paths: tuple[str, ...] = PATHS

    def __init__(
        self,
        context: Context,
        *,
        gate: Gate | None = None,
        office: Office | None = None,
        trust: Trust | None = None,
        only: Collection[str] = (),
    ) -> None:
        self._context = context
        self._takes_mail = not only or "email" in only
        self._started = False
        settings = context.settings
        self.gate = gate or Gate.of(settings)
        self.backlog = Backlog(context.bus, settings.bus.max_backlog)
        self.ledger = LedgerNotes(context.bus)
        self._reader = MailReader()
        self._office = office or Office()
        self._authenticator = Authenticator(context.bus, context.blobs, settings.authentication)
        self._memory = Memory.of(settings)
        self._trust = trust or Trust.of(settings)
        self._acceptance = Acceptance(
            context.bus, context.publisher, context.blobs, self._reader, self._office, self.backlog, self._trust
        )
        self.mailboxes = Readers(context, self._acceptance, self.ledger, self._memory)
        self.accepting = Accepting(context.bus, context.publisher, context.blobs, self.backlog, self.ledger)
        self.app: FastAPI = create_app(context, self.accepting, only)
        self._readers = make_readers(context, self.accepting, configured(context, only))
        self._listener: Listener | None = None
        self._lmtp: Listener | None = None

    @property
    def smtp_address(self) -> Listen:
        """Where mail is taken, with the real port."""
        address = self._listener.address if self._listener is not None else None
        return address if isinstance(address, Listen) else self._context.settings.smtp.listen

    @property
    def lmtp_address(self) -> Listen | UnixListen | None:
        """Where mail servers hand over by LMTP, with the real port; None where they can't."""
        return self._lmtp.address if self._lmtp is not None else self._context.settings.smtp.lmtp_listen

    async def start(self) -> None:
        """Listen. Raises `IntakeError` (port taken, certificate unusable) and then has let go of everything."""
        if self._takes_mail:
            await self._listen()
        self._started = True
        if self._takes_mail:
            await asyncio.to_thread(self._trust.warm_up)
            await self._authenticator.start()
        await self.backlog.start()
        await asyncio.to_thread(warm_up)
        self.ledger.start()
        if self._takes_mail:
            self.mailboxes.start()
        for reader in self._readers:
            await reader.start()

    async def _listen(self) -> None:
        settings = self._context.settings
        name, timeout, tls = hostname(settings), settings.smtp.timeout.total_seconds(), tls_context(settings)
        listener = Listener(settings.smtp.listen, self._door(self.gate), hostname=name, timeout=timeout, tls=tls)
        await listener.start()
        self._listener = listener
        if settings.smtp.lmtp_listen is not None:
            # A gate of its own: strangers who fill the other one don't keep our mail server out.
            self._lmtp = Listener(
                settings.smtp.lmtp_listen,
                self._door(Gate.of(settings)),
                hostname=name,
                timeout=timeout,
                tls=tls,
                key="smtp.lmtp_listen",
                session=LmtpSession,
            )
            try:
                await self._lmtp.start()
            except BaseException:
                await listener.stop()
                self._listener = None
                raise

    def _door(self, gate: Gate) -> Door:
        """The rules of a listener. What mails are kept with, and the room they take meanwhile, is the same for all."""
        settings = self._context.settings
        return Door(
            recipients=Recipients.of(settings),
            gate=gate,
            memory=self._memory,
            acceptance=self._acceptance,
            ledger=self.ledger,
            max_size=settings.smtp.max_size,
            max_recipients=settings.smtp.max_recipients,
        )

    async def stop(self) -> None:
        """Accept nothing more, answer the mails in flight (up to ten seconds), tell the ledger, close."""
        if self._started:
            listeners = [each for each in (self._listener, self._lmtp) if each is not None]
            ends = [*(each.stop() for each in listeners), *(each.stop() for each in self._readers)]
            await asyncio.gather(*ends, *([self.mailboxes.stop()] if self._takes_mail else []))
            if self._takes_mail:
                await self._authenticator.stop()
            await self.backlog.stop()
            await self.ledger.stop()
        await self._office.close()
        await self._reader.close()

    def ready(self) -> dict[str, bool]:
        """``smtp``, ``lmtp``: connections are accepted; ``intake-bus``: mails can be handed on."""
        return {
            **({"smtp": self._listener is not None and self._listener.listening} if self._takes_mail else {}),
            **({"lmtp": self._lmtp.listening} if self._lmtp is not None else {}),
            "intake-bus": self._context.bus.is_connected,
            **{name: ok for reader in self._readers for name, ok in reader.ready().items()},
        }


def hostname(settings: Settings) -> str:
    """What we call ourselves in the greeting: the domain that mail is taken for. Looked up nowhere: that could take seconds."""
    domains = [inbox.address.rpartition("@")[2] for inbox in settings.email_inboxes if inbox.address]
    return settings.company.reply_domain or next(iter(domains), "localhost")
