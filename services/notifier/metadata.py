"""Nothing that leaves the house tells by its pictures who took them, and where: before a sender gets a message, the pictures among its
attachments are cleaned (`shared.pictures`), whatever channel it goes by. What an agent sends to a customer was cleaned before it was
decided; here it is what a customer sent, on its way to an agent's own telephone, and everything else.

The cleaned picture has a key of its own in the blob store, so that links and media that a provider fetches later show that one, too.
"""

from services.notifier.sending import Attempt, Outcome, Sender, Trouble, Unreachable
from shared.bus.blobs import Blobs
from shared.bus.errors import BusError
from shared.messages.outbound import Outbound
from shared.pictures.stored import without_traces


class Cleaning:
    """A sender of messages without traces in their pictures."""

    def __init__(self, sender: Sender, blobs: Blobs) -> None:
        self._sender, self._blobs = sender, blobs
        self.concurrency = sender.concurrency

    async def start(self) -> None:
        """As the sender does."""
        await self._sender.start()

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Clean, then send. Cleaning again after a crash gives the same, so that the provider is asked for the same message."""
        if outbound.attachments:
            try:
                clean = await without_traces(outbound.attachments, self._blobs)
            except BusError as error:
                # Not the provider's fault, yet no more the recipient's: the same patience is right.
                return Unreachable(f"the attachments can't be read: {error}", "bus")
            outbound = outbound.model_copy(update={"attachments": clean})
        return await self._sender.send(outbound, attempt)

    async def probe(self) -> Trouble | None:
        """As the sender does."""
        return await self._sender.probe()

    async def close(self) -> None:
        """As the sender does."""
        await self._sender.close()


def cleaning(sender: Sender, blobs: Blobs) -> Sender:
    """The sender, with clean pictures."""
    return Cleaning(sender, blobs)
