"""All mailboxes of the configuration: a reader for each, started and stopped together, failing each by itself."""

import asyncio
from collections.abc import Sequence

from services.intake.acceptance import Acceptance
from services.intake.imap.asked import Questions
from services.intake.imap.cursor import Place
from services.intake.imap.errors import NotNow
from services.intake.imap.oauth import Tokens
from services.intake.imap.reader import MailboxReader, Timing
from services.intake.imap.reconciling import Known, Reconciling
from services.intake.imap.taking import Taker
from services.intake.imap.vault import Vault
from services.intake.lease import Lease
from services.intake.ledger import LedgerNotes
from services.intake.limits import Memory
from services.intake.recipients import Recipients
from shared.bus import subjects
from shared.bus.keyvalue import KeyValue
from shared.ending import end
from shared.knowing import StoreSilent, known
from shared.service import Context
from shared.settings.inbox import EmailInbox

STOP_WITHIN = 5.0
"""Seconds in which readers let go: what they had not published stays on the server."""
ANSWER = 10.0


class Readers:
    """The readers of every inbox with ``receive = "imap"``. ``timing`` is for tests."""

    def __init__(
        self,
        context: Context,
        acceptance: Acceptance,
        ledger: LedgerNotes,
        memory: Memory,
        *,
        timing: Timing | None = None,
    ) -> None:
        self._context = context
        self._acceptance = acceptance
        self._ledger = ledger
        self._memory = memory
        self.timing = timing or Timing()
        self._leases = KeyValue(context.bus, subjects.LEASES)
        self._cursors = KeyValue(context.bus, subjects.CURSORS)
        self._recipients = Recipients.of(context.settings)
        self._tasks: list[asyncio.Task[None]] = []
        self.readers: list[MailboxReader] = []

    def start(self) -> None:
        """Begin to read; nothing is waited for."""
        for inbox in self._context.settings.email_inboxes:
            if inbox.receive == "imap":
                reader = self._reader(inbox)
                self.readers.append(reader)
                self._tasks.append(asyncio.create_task(reader.run(), name=f"imap-{inbox.name}"))

    async def stop(self) -> None:
        """Let go of every mailbox, so that another intake goes on at once."""
        await end(self._tasks, STOP_WITHIN)
        self._tasks.clear()
        await asyncio.gather(*(reader.settle(STOP_WITHIN) for reader in self.readers))

    def _reader(self, inbox: EmailInbox) -> MailboxReader:
        context, imap, timing = self._context, inbox.imap, self.timing
        assert imap is not None
        taker = Taker(
            inbox=inbox.name,
            acceptance=self._acceptance,
            ledger=self._ledger,
            memory=self._memory,
            recipients=self._recipients,
            max_size=context.settings.smtp.max_size,
        )
        tokens = None
        if imap.oauth is not None:
            secret = imap.oauth.refresh_token.get_secret_value()
            tokens = Tokens(imap.oauth, Vault(self._cursors, context.keyring, inbox.name, secret))
        return MailboxReader(
            inbox,
            name=context.instance,
            beside=context.settings.beside(""),
            lease=Lease(
                self._leases, inbox.name, context.instance, renew=timing.renew, kept=timing.kept, ended=timing.ended
            ),
            place=Place(self._cursors, inbox.name, f"{imap.host}/{imap.user}/{imap.folder}"),
            taker=taker,
            reconciling=Reconciling(taker, self._known(), imap.window),
            questions=Questions(context.bus, inbox.name),
            tokens=tokens,
            timing=timing,
        )

    def _known(self) -> Known:
        bus = self._context.bus

        async def ask(message_ids: Sequence[str]) -> set[str]:
            try:
                return await known(bus, message_ids, ANSWER)
            except StoreSilent as error:
                raise NotNow(str(error)) from error

        return ask
