"""What can go wrong on the bus, as types, so that a caller decides by class and never by text.

Each message is one line and names no password. Errors of the client library stop here: nothing outside `shared.bus` needs
to know them.
"""


class BusError(Exception):
    """The root of everything this package raises."""


class BusUnavailable(BusError):
    """The bus did not answer: no connection, no leader, or no answer in time.

    A publish that ends so **may still have arrived**: repeat it with the same message id, never with a new one.
    """


class NoResponders(BusUnavailable):
    """Nobody serves that subject now: the service is down or not yet up. The request was certainly not handled."""


class RequestTimeout(BusUnavailable):
    """No answer within the deadline. The request may or may not have been handled."""


class BusRefused(BusError):
    """The bus does not accept our name or password. Waiting would not help."""


class BusFull(BusError):
    """The stream's byte limit (or the disk) is used up: nothing was stored, and nothing old was thrown away for it."""


class PayloadTooLarge(BusError):
    """Payload and headers together exceed what the server takes. Send large content by reference (`shared.bus.blobs`)."""


class PublishRejected(BusError):
    """The stream refused the message for a reason that repeating cannot mend (a wrong stream or subject)."""


class RemoteError(BusError):
    """The service answered a request with an error.

    `kind` is a word to decide by, `text` one line for a human.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind = kind
        self.text = text


class NewerVersion(BusError):
    """A message of a newer major version than this reader knows: it waits for an upgrade and is nobody's failure."""


class TopologyError(BusError):
    """Streams or consumers are missing, or cannot be brought to what this version needs."""


class BlobMissing(BusError):
    """No blob is stored under that key, or part of it is gone."""


class BlobTooLarge(BusError):
    """The blob is larger than the caller is willing to hold in memory."""


class BlobDamaged(BusError):
    """What is stored does not have the digest it is named after."""


class DeadLetterMissing(BusError):
    """There is no dead letter with that number (any more)."""


class DataFolderInUse(BusError):
    """Another process holds the data folder."""


class DataFolderUnusable(BusError):
    """The data folder cannot be created or written."""


class EmbeddedBusFailed(BusError):
    """The embedded nats-server did not come up."""
