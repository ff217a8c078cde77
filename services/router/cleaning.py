"""Before a command is decided: pictures that it sends out of the house lose what they tell of the agent who took them.

Once, here, so that the message that is kept is what the customer got, on every channel and also where they look at it later (chat, page
of the ticket). Deciding is pure and cannot do it.
"""

from shared.bus.blobs import Blobs
from shared.messages.command import Command, Note
from shared.messages.customers import CustomerReply
from shared.messages.portal import OpenFromPortal
from shared.pictures.stored import without_traces

_INWARD = (Note, CustomerReply, OpenFromPortal)


async def with_clean_pictures(command: Command, blobs: Blobs) -> Command:
    """The command as it is decided. Notes keep their files as they are, and so does what customers send us.

    Raises `shared.bus.errors.BusError`.
    """
    attachments = getattr(command.action, "attachments", None)
    if not attachments or isinstance(command.action, _INWARD) or getattr(command.action, "internal", False):
        return command
    clean = await without_traces(attachments, blobs)
    if clean == attachments:
        return command
    return command.model_copy(update={"action": command.action.model_copy(update={"attachments": clean})})
