"""`Sender` for the live chat: to the browser if it is there, else by mail if an address is known, else it waits in the history.

Accepted is what a browser has confirmed. What nobody could be shown is accepted as well when it waits for the customer's return: the
history that is shown then has it, and the browser's confirmation makes it delivered. Only what a person wrote goes by mail: anybody can
give a stranger's address in a chat, and must not make us write there by ourselves.
"""

import asyncio
from typing import Final

import structlog
from nats.aio.client import Client

from services.notifier.sending import Attempt, Outcome, Permanent, Sender, Sent, Temporary, Trouble, Unreachable
from shared.bus import rpc, subjects
from shared.bus.errors import BusError, BusUnavailable, NoResponders, PayloadTooLarge, RequestTimeout
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.chat import ChatConfirmed, ChatHistory, ChatPush, ChatQuery
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.texts import text

log = structlog.get_logger(__name__)

CONFIRMED: Final = 6.0
"""Seconds a browser has to confirm; one whose network has gone without a word never does."""
RELOADS: Final = (0.3, 0.7, 1.0, 2.0)
"""Seconds between looks while nobody is there: a page that is being loaded again is not gone."""
ANSWER: Final = 5.0
WAITS: Final = "waits for the customer's return"


class ChatSender:
    """Sends from one chat inbox. ``post`` sends mail as the inbox ``mail_inbox``; null: nothing goes by mail. It is closed here."""

    concurrency = 64

    def __init__(
        self,
        bus: Client,
        company: str,
        default_language: str,
        post: Sender | None,
        mail_inbox: str,
        reloads: tuple[float, ...] = RELOADS,
        confirmed: float = CONFIRMED,
    ) -> None:
        self._bus, self._post, self._mail_inbox = bus, post, mail_inbox
        self._company, self._default = company, default_language
        self._reloads, self._confirmed = reloads, confirmed

    async def start(self) -> None:
        """Nothing to prepare but the mail's."""
        if self._post is not None:
            await self._post.start()

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Show it, else mail it, else let it wait."""
        if not outbound.to:
            return Permanent("there is no chat session to send to")
        try:
            if await self._shown(outbound, attempt):
                return Sent(outbound.delivery_id, "browser")
        except BusUnavailable as error:
            return Unreachable(str(error), "bus")
        except PayloadTooLarge as error:
            return Permanent(str(error))
        if self._post is None or outbound.automatic or outbound.kind not in ("reply", "message"):
            return Sent("", WAITS)
        try:
            address = await self._address(outbound)
        except (BusError, NewerVersion, Undecodable) as error:
            return Temporary(f"the store does not say where the customer can be reached: {error}", via="store")
        if address is None:
            return Sent("", WAITS)
        return await self._post.send(self._as_mail(outbound, address), attempt)

    async def _shown(self, outbound: Outbound, attempt: Attempt) -> bool:
        """Whether a browser has confirmed it."""
        payload = ChatPush(outbound=outbound, attempt=attempt.number).encode()
        subject = subjects.chat(outbound.to[0].address)
        for pause in (*self._reloads, None):
            try:
                answer = await rpc.request(self._bus, subject, payload, timeout=self._confirmed)
                return ChatConfirmed.decode(answer).delivery_id == outbound.delivery_id
            except NoResponders:
                if pause is not None:
                    await asyncio.sleep(pause)
            except (RequestTimeout, Undecodable, NewerVersion) as error:
                log.info("a chat message was not confirmed", delivery_id=outbound.delivery_id, error=str(error))
                return False
        return False

    async def _address(self, outbound: Outbound) -> str | None:
        query = ChatQuery(inbox=outbound.inbox, session=outbound.to[0].address, most=20)
        answer = await rpc.request(self._bus, subjects.query("chat"), query.encode(), timeout=ANSWER)
        return ChatHistory.decode(answer).address

    def _as_mail(self, outbound: Outbound, address: str) -> Outbound:
        """The same as a mail that can be answered: its Reply-To and Message-ID bear the ticket's token."""
        subject = text("chat.subject", outbound.language, default=self._default, company=self._company)
        return outbound.model_copy(
            update={
                "channel": "email",
                "inbox": self._mail_inbox,
                "to": [Address(name=outbound.to[0].name, address=address)],
                "subject": outbound.subject or subject,
                "references": [],
                "in_reply_to": None,
                "conversation": None,
                "buttons": [],
            }
        )

    async def probe(self) -> Trouble | None:
        """Whether the bus is there; it is what the browsers are reached by."""
        return None if self._bus.is_connected else Unreachable("the bus is away", "bus")

    async def close(self) -> None:
        """Let go of the mail's connections."""
        if self._post is not None:
            await self._post.close()
