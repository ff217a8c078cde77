"""The clerk itself: mails in on stdin, messages out on stdout, until stdin closes.

Run as `python -m services.intake.clerk.process MEMORY_LIMIT` (octets of address space) by `office`. Gets ordinary mails only: large and
odd ones have reader processes of their own (`shared.mail.worker`), so that nobody waits behind a hostile one.
"""

import contextlib
import gc
import os
import signal
import sys

from services.intake import mail
from services.intake.clerk.frames import READY, Frames, Request, pack_answer, unpack_request
from services.intake.writing import Written, write
from shared.mail import parse_mail
from shared.mail.child import limit_memory
from shared.mail.reading import warm_up

_PIECE = 1 << 18


def answer(request: Request) -> Written | None:
    """The message of this mail; None where it cannot be written."""
    raw = request.raw
    try:
        parsed = parse_mail(raw)
        return write(parsed, raw, mail.fingerprint(raw), request.envelope, request.received_at, request.limit)
    except Exception:  # noqa: BLE001 - the office reads it in another way, where whatever is wrong is told
        return None


def serve(source: int, sink: int) -> None:
    """Answer until `source` ends. What came in one piece is answered in few: each costs the office a turn of its loop."""
    frames = Frames()
    while octets := os.read(source, _PIECE):
        out = bytearray()
        for number, body in frames.feed(octets):
            request = unpack_request(body)
            out += pack_answer(number, request.raw, answer(request))
            if len(out) > _PIECE:
                _send(sink, out)
        _send(sink, out)


def _send(sink: int, out: bytearray) -> None:
    while out:
        del out[: os.write(sink, out)]


def main() -> None:
    """Warm up, say ready, serve."""
    # An operator's Ctrl-C reaches the whole group: the office ends us when its last mail is answered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_memory(int(sys.argv[1]))
    warm_up()
    gc.freeze()  # the modules stay for ever: no collection needs to look at them
    os.write(sys.stdout.fileno(), READY)
    with contextlib.suppress(BrokenPipeError):  # the office is gone: so are we
        serve(sys.stdin.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main()
