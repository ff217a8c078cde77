"""What comes from the server, read with little effort: messages are cut out by hand, and their headers only when somebody looks.

Nearly everything that comes is MSG or HMSG (https://docs.nats.io/reference/reference-protocols/nats-protocol). The client library's
parser tries regular expressions on each and moves the rest of its buffer twice; it still reads everything else.
"""

from typing import Any

from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

from shared.bus import headers as hdr

_VERSION = b"NATS/1.0"


class MessageReader(Parser):
    """The client's parser with a short way for whole messages; `nc._process_msg` gets each."""

    async def parse(self, data: bytes = b"") -> None:
        """Read on. What is no whole message at the beginning of a line is left to the client's parser, which keeps the rest."""
        at = 0
        if self.state == AWAITING_CONTROL_LINE and not self.buf:
            process: Any = self.nc._process_msg
            while (found := _message(data, at)) is not None:
                subject, sid, reply, head, payload, at = found
                await process(sid, subject, reply, payload, head)
        if at < len(data):
            await super().parse(data[at:] if at else data)


def _message(data: bytes, at: int) -> tuple[bytes, int, bytes, bytes | None, bytes, int] | None:
    """Subject, subscription, reply subject, header block and payload of the message at ``at``, and where the next thing begins."""
    end = data.find(b"\r\n", at)
    if end < 0:
        return None
    kind, *words = data[at:end].split(b" ")
    sizes = {b"MSG": 1, b"HMSG": 2}.get(kind, 0)
    reply = words[2] if len(words) == sizes + 3 else b""
    if (
        not sizes
        or len(words) not in (sizes + 2, sizes + 3)
        or not all(map(bytes.isdigit, (words[1], *words[-sizes:])))
    ):
        return None
    start, size = end + 2, int(words[-1])
    body = start + (int(words[-2]) if sizes == 2 else 0)
    stop = start + size
    if len(data) < stop + 2 or body > stop:
        return None
    head = data[start:body] if sizes == 2 else None
    return words[0], int(words[1]), reply, head, data[body:stop], stop + 2


def read_headers(block: bytes) -> dict[str, str] | None:
    """The headers in a block as the client gives them: the last of a name counts, a status line stands under `Status` and
    `Description`. None when there are none."""
    first, *lines = block.split(b"\r\n")
    found: dict[str, str] = {}
    code, _, text = first[len(_VERSION) :].strip().decode("utf-8", "replace").partition(" ")
    if code.isdigit():
        found[hdr.STATUS] = code
        if text:
            found[hdr.DESCRIPTION] = text.strip()
    for line in lines:
        name, colon, value = line.partition(b":")
        name = name.strip()
        if colon and name.isascii() and len(name.split()) == 1:
            found[name.decode("ascii")] = value.strip().decode("utf-8", "replace")
    return found or None
