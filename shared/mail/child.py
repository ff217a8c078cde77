"""The reader process: mails in on stdin, parsed mails out on stdout, until stdin closes.

Run as `python -m shared.mail.child MEMORY_LIMIT` (octets of address space) by `shared.mail.worker`.
"""

import contextlib
import sys
from typing import BinaryIO

from shared.mail.frames import LENGTH, READY, contents, length_of, pack, read_exactly, read_length
from shared.mail.reading import parse_mail, warm_up


def limit_memory(octets: int) -> None:
    """Let the allocation fail instead of the machine; where the platform has no such limit the time limit remains."""
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(ValueError, OSError):  # a lower hard limit is already set: stricter is fine
        resource.setrlimit(resource.RLIMIT_AS, (octets, octets))


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer one request after the other until `source` ends."""
    while True:
        prefix = read_exactly(source.read, LENGTH)
        if prefix is None:
            return
        raw = read_exactly(source.read, read_length(prefix))
        if raw is None:
            return
        parsed = parse_mail(raw)
        envelope = pack(parsed)
        sink.write(length_of(envelope) + envelope)
        for content in contents(parsed):
            sink.write(content)
        sink.flush()
        # Nothing of a large mail may stay behind while the next one is awaited.
        del raw, parsed, envelope


def main() -> None:
    """Warm up, say ready, serve."""
    limit_memory(int(sys.argv[1]))
    warm_up()
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):  # the parent is gone: so are we
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
