"""How the office and its clerk speak over pipes: many requests may be open, and answers name theirs by number.

Both ways: 4 octets of length and 8 of number, then so many octets of body. A body is 4 octets of length, so much JSON, and the bulk
after it, which is never encoded: of a request the mail, of an answer the blobs' contents and the payload. An answer without a body
says that this mail could not be read here.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from services.intake.authentication.trust import Believed
from services.intake.mail import Blob, Envelope
from services.intake.writing import Written

READY = b"\x01"
"""What the clerk says first."""
MAX_BODY = 64 << 20

_FRAME = struct.Struct(">IQ")
_HEAD = struct.Struct(">I")
_ORIGINAL = -1
"""In place of a blob's size: it is the mail itself, which the office has."""


@dataclass(frozen=True, slots=True)
class Request:
    """An ordinary mail to be read, and what goes with it."""

    raw: bytes
    envelope: Envelope
    received_at: datetime
    limit: int


def pack_request(number: int, request: Request) -> bytes:
    """A request as one frame."""
    envelope = request.envelope
    head = json.dumps(
        [
            envelope.correlation_id,
            envelope.peer,
            envelope.sender,
            envelope.recipients,
            envelope.routes,
            envelope.silent,
            request.received_at.isoformat(),
            request.limit,
            envelope.helo,
            _written(envelope.believed),
        ]
    ).encode()
    size = _HEAD.size + len(head) + len(request.raw)
    return b"".join((_FRAME.pack(size, number), _HEAD.pack(len(head)), head, request.raw))


def unpack_request(body: bytes) -> Request:
    """The request of a frame's body. Raises ValueError on a broken one."""
    head, bulk = _split(body)
    correlation_id, peer, sender, recipients, routes, silent, received_at, limit, helo, believed = head
    envelope = Envelope(correlation_id, peer, sender, tuple(recipients), tuple(routes), silent, helo, _read(believed))
    return Request(body[bulk:], envelope, datetime.fromisoformat(received_at), limit)


def _written(believed: tuple[Believed, ...] | None) -> list[list[str]] | None:
    return None if believed is None else [[str(each.network), each.authserv_id] for each in believed]


def _read(believed: list[list[str]] | None) -> tuple[Believed, ...] | None:
    return None if believed is None else tuple(Believed(ip_network(network), by) for network, by in believed)


def pack_answer(number: int, raw: bytes, written: Written | None) -> bytes:
    """An answer as one frame; None: could not be read."""
    if written is None:
        return _FRAME.pack(0, number)
    sizes = [
        (blob.key, blob.media_type, _ORIGINAL if blob.content is raw else len(blob.content)) for blob in written.blobs
    ]
    head = json.dumps([written.source_id, sizes]).encode()
    bulk = b"".join([*(blob.content for blob in written.blobs if blob.content is not raw), written.payload])
    return b"".join((_FRAME.pack(_HEAD.size + len(head) + len(bulk), number), _HEAD.pack(len(head)), head, bulk))


def unpack_answer(body: bytes, raw: bytes) -> Written | None:
    """The answer of a frame's body; ``raw`` is the mail it is about. Raises ValueError on a broken one."""
    if not body:
        return None
    (source_id, sizes), at = _split(body)
    blobs = []
    for key, media_type, size in sizes:
        blobs.append(Blob(key, raw if size == _ORIGINAL else body[at : at + size], media_type))
        at += 0 if size == _ORIGINAL else size
    return Written(source_id, body[at:], blobs)


def _split(body: bytes) -> tuple[list[Any], int]:
    try:
        bulk = _HEAD.size + _HEAD.unpack_from(body)[0]
    except struct.error as error:
        raise ValueError("a frame without a head") from error
    return json.loads(body[_HEAD.size : bulk]), bulk


class Frames:
    """Cuts what comes out of a pipe into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, octets: bytes) -> Iterator[tuple[int, bytes]]:
        """Number and body of every frame that is now complete. Raises ValueError where no frame can be so large."""
        buffer, at = self._buffer, 0
        buffer += octets
        while len(buffer) - at >= _FRAME.size:
            size, number = _FRAME.unpack_from(buffer, at)
            if size > MAX_BODY:
                raise ValueError("a frame that cannot be")
            end = at + _FRAME.size + size
            if len(buffer) < end:
                break
            yield number, bytes(memoryview(buffer)[at + _FRAME.size : end])
            at = end
        del buffer[:at]
