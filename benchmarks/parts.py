"""Milliseconds of CPU that each step of an ordinary mail takes, and the signing of addresses and Message-IDs.

`python -m benchmarks parts`. CPU time, best of three, in one process; compare steps with one another, not with other machines.
"""

import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from benchmarks.throughput import mails
from services.intake.mail import Envelope, build, fingerprint
from services.router.deciding.classify import classify_inbound
from services.router.deciding.evidence import read
from services.router.deciding.folding import fold
from services.router.deciding.inbound import decide_inbound
from services.router.deciding.policy import build as build_policy
from shared.clock import now
from shared.mail import parse_mail
from shared.mail.language import detect_language
from shared.mail.reply import read_reply
from shared.messages.changeset import Changeset, CommitRequest
from shared.messages.facts import Facts
from shared.messages.inbound import Inbound
from shared.secrets import Keyring, TicketToken, message_id, read_message_id, read_reply_address, reply_address
from shared.settings import load

COUNT = 1000
KEYS = Keyring("a", {"a": b"k" * 32})
POLICY = build_policy(load(None), KEYS, "benchmark")
ENVELOPE = Envelope("c", "127.0.0.1", "a@b.example", ("support@localhost",), ("support",))

Made = TypeVar("Made")


def _time(name: str, make: Callable[[], Made]) -> Made:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        made = make()
        best = min(best, time.process_time() - began)
    print(f"{name:24} {best / COUNT * 1000:.4f} ms")
    return made


def _fold(changesets: list[Changeset]) -> None:
    facts = Facts()
    for changeset in changesets:
        fold(facts, changeset)


def main() -> None:
    """Measure and print."""
    raw = [content for _, content in mails(COUNT, "parts")]
    parsed = _time("read a mail", lambda: [parse_mail(content) for content in raw])
    _time("  its language", lambda: [detect_language(mail.reply_text) for mail in parsed])
    _time("  its new words", lambda: [read_reply(mail.text, mail.subject) for mail in parsed])
    inbound = _time(
        "build a message",
        lambda: [build(p, r, fingerprint(r), ENVELOPE, now())[0] for p, r in zip(parsed, raw, strict=True)],
    )
    encoded = _time("encode it", lambda: [message.encode() for message in inbound])
    decoded = _time("decode it", lambda: [Inbound.decode(content) for content in encoded])
    evidence = _time("read its evidence", lambda: [read(message, POLICY) for message in decoded])
    _time("classify it", lambda: [classify_inbound(message, POLICY, now()) for message in decoded])
    changesets = _time(
        "decide (all of it)",
        lambda: [decide_inbound(m, Facts(), POLICY, now(), e) for m, e in zip(decoded, evidence, strict=True)],
    )
    _time("fold the changeset", lambda: _fold(changesets))
    batches = [changesets[at : at + 100] for at in range(0, COUNT, 100)]
    requests = _time("encode the changeset", lambda: [CommitRequest(changesets=batch).encode() for batch in batches])
    _time("decode the changeset", lambda: [CommitRequest.decode(request) for request in requests])
    token = TicketToken(1001, "customer", "public", date(2026, 3, 2))
    address = reply_address(KEYS, token, "x.example")
    own_id = message_id(KEYS, 1001, "ab" * 16, "x.example")
    _time("sign an address", lambda: [reply_address(KEYS, token, "x.example") for _ in range(COUNT)])
    _time("read an address", lambda: [read_reply_address(KEYS, address) for _ in range(COUNT)])
    _time("sign a Message-ID", lambda: [message_id(KEYS, 1001, "ab" * 16, "x.example") for _ in range(COUNT)])
    _time("read a Message-ID", lambda: [read_message_id(KEYS, own_id) for _ in range(COUNT)])


if __name__ == "__main__":
    main()
