"""`Sender` for all webhooks that were made at the desk: each is told as if it stood in the file.

Which there are stands in the configuration on the bus (bucket ``config``, under ``effective``), their secrets sealed. It is looked at
before anything is sent, so that a change counts at once; whoever waits for such a look shares the next one. What is to be told was decided
with a configuration that has the webhook: one that is not there was taken away meanwhile, and is told nothing any more.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import nats.errors
import pydantic_core
from nats.aio.client import Client
from nats.js.errors import Error as JetStreamError
from pydantic import SecretStr

from services.notifier.sending import Attempt, Outcome, Permanent, Temporary, Throttled, Trouble
from shared.bus import subjects
from shared.messages.outbound import Outbound
from shared.secrets import Keyring
from shared.secrets.hooks import open_secret
from shared.settings.made import DeskWebhook, hook_name, made_in

if TYPE_CHECKING:
    from services.notifier.webhook.sender import WebhookSender
    from shared.settings.quantities import Network

KEY: Final = "effective"
AT_ONCE: Final = 4
"""So many of one webhook's are under way at once: a receiver that takes its time is not to take everybody's."""


class MadeHooks:
    """Tells them. ``allow`` are networks that may be asked although they are not public."""

    concurrency = 16

    def __init__(self, bus: Client, keyring: Keyring, allow: "Sequence[Network]") -> None:
        self._bus, self._keyring, self._allow = bus, keyring, tuple(allow)
        self._hooks: Mapping[str, DeskWebhook] = {}
        self._senders: dict[str, tuple[DeskWebhook, WebhookSender]] = {}
        self._busy: dict[str, int] = {}
        self._revision = 0
        self._looked = float("-inf")
        self._looking = asyncio.Lock()

    async def start(self) -> None:
        """Nothing to prepare: there may be none, and the store may be away."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Post it, once."""
        name = hook_name(outbound.inbox)
        try:
            hook = await self._hook(name)
        except (nats.errors.Error, JetStreamError, TimeoutError, ValueError) as error:
            return Temporary(f"the configuration cannot be read now: {error}", via=name, unsure=True)
        if hook is None:
            return Permanent("the webhook was taken away at the desk", name)
        secret = open_secret(self._keyring, name, hook.sealed)
        if secret is None:
            return Temporary("its secret cannot be opened with the keys configured here; make another one", via=name)
        if self._busy.get(name, 0) >= AT_ONCE:
            return Temporary("the receiver is still busy with others", via=name, unsure=True)
        self._busy[name] = self._busy.get(name, 0) + 1
        try:
            outcome = await (await self._sender(hook, secret)).send(outbound, attempt)
        finally:
            self._busy[name] -= 1
        # Whoever asks us to slow down speaks for themselves only; the others behind the same lane go on.
        if isinstance(outcome, Throttled):
            return Temporary(outcome.error, outcome.retry_after, outcome.via)
        return outcome

    async def _sender(self, hook: DeskWebhook, secret: str) -> "WebhookSender":
        # Loaded with the first webhook, in a thread: most houses have none, and what sends them is four megabytes.
        await asyncio.to_thread(__import__, "services.notifier.webhook.sender")
        from services.notifier.webhook.sender import WebhookSender

        kept = self._senders.get(hook.name)
        if kept is None or kept[0] != hook:
            signing = hook.model_copy(update={"secret": SecretStr(secret)})
            kept = self._senders[hook.name] = (hook, WebhookSender(signing, self._allow))
        return kept[1]

    async def _hook(self, name: str) -> DeskWebhook | None:
        """The webhook as it is now. Raises the client's errors, and `ValueError` for a configuration that is none."""
        clock = asyncio.get_running_loop().time
        asked = clock()
        async with self._looking:
            if self._looked < asked:  # else somebody has looked while we waited
                began = clock()
                await self._look()
                self._looked = began
        return self._hooks.get(name)

    async def _look(self) -> None:
        bucket = await self._bus.jetstream().key_value(subjects.CONFIG)
        entry = await bucket.get(KEY)
        if entry.revision == self._revision:
            return
        tree: Any = pydantic_core.from_json(entry.value or b"{}").get("effective", {})
        self._hooks = {each.name: each for each in made_in(tree).webhooks}
        self._revision = entry.revision or 0
        for gone in self._senders.keys() - self._hooks.keys():
            del self._senders[gone]

    async def probe(self) -> Trouble | None:
        """A receiver's trouble is no reason to hold back anything on the bus."""
        return None

    async def close(self) -> None:
        """Each request has a connection of its own."""
