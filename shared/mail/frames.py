"""How the reader process and its parent speak: length-prefixed frames over pipes.

Request: 8 octets of length, the mail. Answer: 8 octets of length, a JSON envelope, then the attachments' contents one
after the other (their sizes stand in the envelope), so that no attachment is ever encoded as text.
"""

import json
from collections.abc import Callable, Iterator

from shared.mail.model import ParsedMail

LENGTH = 8
READY = b"\x01"
MAX_FRAME = 1 << 32
_BESIDE = ("language_confidence", "body_tokens", "loop", "body_hash", "spam_signs")


def length_of(frame: bytes) -> bytes:
    """The prefix that announces `frame`."""
    return len(frame).to_bytes(LENGTH, "big")


def read_length(prefix: bytes) -> int:
    """The length a prefix announces. Raises ValueError where it cannot be true."""
    length = int.from_bytes(prefix, "big")
    if len(prefix) != LENGTH or length > MAX_FRAME:
        raise ValueError("a frame of the reader process is broken")
    return length


def pack(parsed: ParsedMail) -> bytes:
    """The envelope: the public JSON, and beside it what it leaves out."""
    beside = {name: getattr(parsed, name) for name in _BESIDE}
    return json.dumps({"mail": parsed.model_dump_json(), "beside": beside}).encode()


def unpack(envelope: bytes) -> ParsedMail:
    """The mail of an envelope, still without the contents of its attachments. Raises ValueError on a broken one."""
    outer = json.loads(envelope)
    parsed = ParsedMail.model_validate_json(outer["mail"])
    for name in _BESIDE:
        setattr(parsed, name, outer["beside"][name])
    return parsed


def contents(parsed: ParsedMail) -> Iterator[bytes]:
    """What follows an envelope."""
    return (attachment.content for attachment in parsed.attachments)


def read_exactly(read: Callable[[int], bytes], size: int) -> bytes | None:
    """`size` octets from a blocking source, or None where it ends before."""
    pieces = bytearray()
    while len(pieces) < size:
        piece = read(min(size - len(pieces), 1 << 20))
        if not piece:
            return None
        pieces += piece
    return bytes(pieces)
