"""Reading of mutilated mails: `python -m benchmarks fuzz [--count 100000] [--seed 1] [--processes 2]`.

Changes the public corpora in `$TRUNKLINE_CORPORA` (or `../shared/corpora`, where present) and samples of its own in many
ways, reads each, and says how many raised, took more than two seconds of CPU, or were longer than what they may be.
Exits 1 if one did; what failed is written to the folder of `--keep`.
"""

import argparse
import multiprocessing
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from benchmarks.mail_reading import corpora, sample
from shared.mail import ParsedMail, parse_mail
from shared.mail.limits import MAX_TEXT
from shared.mail.reading import warm_up

SLOW = 2.0
"""Seconds of CPU that one mail may take."""
_MAX_SEED_MAIL = 200_000
_DICTIONARY = [
    b"\r\n", b"\n", b"\r", b"\x00", b"--", b"\r\n\r\n", b": ", b";", b'"', b"<", b">", b"(", b")", b"@", b",", b"=", b"=?",
    b"?=", b"=?utf-8?q?",
    b"=?iso-2022-jp?b?", b"\x1b$B", b"\x1b(B", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\x8b", b"charset=utf-7",
    b"charset=utf-16", b"charset=punycode",
    b"Content-Type: multipart/mixed; boundary=", b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n",
    b"Content-Type: text/html\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: message/delivery-status\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Disposition: attachment; filename*0*=",
    b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22", b"Content-Type: application/pkcs7-mime\r\n\r\n\x30\x80",
    b"begin 644 x\r\n", b"\r\nend\r\n",
    b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"-----BEGIN PGP SIGNATURE-----\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
    b"DTSTART:2026", b"> ",
    b"On 1 May 2020 a@b.example wrote:\n", b"-- \n", b"From: a@b.example\nSent: x\nTo: y\nSubject: z\n", b"<table><tr><td>",
    b"<div>", b"</div>",
    b"<blockquote type=cite>", b"<img src=http://e.example/x>", b'<p style="background:url(x)">', b"<!--", b"-->", b"<svg>",
    b"&#x110000;", b"&nbsp;",
    b"Final-Recipient: rfc822; a@b.example\n", b"Action: failed\n", b"Status: 5.1.1\n",
    b"Date: Tue, 99 Foo 20000 25:61 +9999\n", b"Date: 1769853600\n",
    b"References: <a@b> <", b"Message-ID: <>\n", b"Received: from x\n", b"\xc3\x28", b"\xf0\x9f\x98", b"\xed\xa0\x80",
    b"________________________________\n",
]  # fmt: skip


@dataclass
class Tally:
    """What a run of mails came to."""

    read: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    octets: int = 0
    failed: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.read += other.read
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.octets += other.octets
        self.failed += other.failed


def seeds() -> list[bytes]:
    """Mails to begin from: samples of our own, and every file of the corpora that is not too large."""
    found = [sample(), sample(20), b"", b"\n"]
    found += [b"Subject: x\n" + piece * 3 + b"\n\n" + piece * 5 for piece in _DICTIONARY]
    folder = corpora()
    if folder.is_dir():
        for part in ("mail", "bounce", "reply"):
            files = sorted(path for path in (folder / part).rglob("*") if path.is_file() and path.suffix != ".json")
            found += [path.read_bytes() for path in files if path.stat().st_size <= _MAX_SEED_MAIL]
    return found


def mutated(chance: random.Random, mails: list[bytes]) -> bytes:
    """One mail with one to eight changes: octets flipped, pieces doubled, moved, cut, swapped with others' or invented."""
    raw = bytearray(chance.choice(mails))
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(raw))
        # Most of what decides is in the headers.
        at = min(at, chance.randint(0, 2000)) if chance.random() < 0.5 else at
        length = min(int(chance.paretovariate(0.7)), len(raw) - at, 20_000)
        change = chance.randrange(9)
        if change == 0 and raw:
            for _ in range(chance.randint(1, 10)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
        elif change == 1:
            del raw[at : at + length]
        elif change == 2:
            raw[at:at] = raw[at : at + length] * chance.randint(1, 50)
        elif change in (3, 4):
            raw[at:at] = chance.choice(_DICTIONARY) * (1 if chance.random() < 0.9 else chance.randint(2, 3000))
        elif change == 5:
            other = chance.choice(mails)
            start = chance.randint(0, len(other))
            raw[at : at + length] = other[start : start + chance.randint(0, 4000)]
        elif change == 6:
            del raw[at:]
        elif change == 7:
            raw = bytearray(
                bytes(raw).replace(b"\r\n", b"\n") if chance.random() < 0.5 else bytes(raw).replace(b"\n", b"\r\n")
            )
        else:
            lines = bytes(raw).split(b"\n", 60)
            chance.shuffle(lines)
            raw = bytearray(b"\n".join(lines))
        del raw[2_000_000:]
    return bytes(raw)


def read(raw: bytes) -> tuple[float, str]:
    """Seconds of CPU, and what was wrong with the reading; "" where nothing was."""
    begun = time.process_time()
    try:
        parsed = parse_mail(raw)
        written = parsed.model_dump_json()
    except Exception as error:  # noqa: BLE001 - what is looked for
        return time.process_time() - begun, f"raised {type(error).__name__}: {error}"
    took = time.process_time() - begun
    if took > SLOW:
        return took, f"took {took:.1f} s"
    if "reading-failed" in parsed.defects:
        return took, "was given up"
    if len(parsed.text) > MAX_TEXT or len(parsed.html or "") > MAX_TEXT or "\n" in written:
        return took, "is out of bounds"
    if ParsedMail.model_validate_json(written).model_dump_json() != written:
        return took, "is another one after writing and reading it"
    return took, ""


def run(work: tuple[int, int]) -> Tally:
    """Read `count` mails mutated by a chance of that seed."""
    seed, count = work
    chance, mails, tally = random.Random(seed), seeds(), Tally()
    warm_up()
    for _ in range(count):
        raw = mutated(chance, mails)
        took, wrong = read(raw)
        tally.read += 1
        tally.seconds += took
        tally.octets += len(raw)
        tally.slowest = max(tally.slowest, took)
        if wrong:
            tally.failed.append((wrong, raw))
    return tally


def _shares(count: int, seed: int) -> Iterator[tuple[int, int]]:
    piece = max(min(1000, count), 1)
    for number in range((count + piece - 1) // piece):
        yield seed * 1_000_000 + number, min(piece, count - number * piece)


def main() -> int:
    """Run, print, and exit 1 where something was wrong."""
    options = argparse.ArgumentParser(prog="python -m benchmarks fuzz")
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--keep", type=Path, help="folder for the mails that failed")
    chosen = options.parse_args()
    begun, total = time.monotonic(), Tally()
    with multiprocessing.Pool(chosen.processes) as pool:
        for tally in pool.imap_unordered(run, _shares(chosen.count, chosen.seed)):
            total.add(tally)
            print(f"\r{total.read}/{chosen.count}, {len(total.failed)} failed", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(
        f"{total.read} mails ({total.octets / 1e6:.0f} MB) in {time.monotonic() - begun:.0f} s: {len(total.failed)} failed, "
        f"slowest {total.slowest:.2f} s, mean {total.seconds / max(total.read, 1) * 1000:.2f} ms of CPU"
    )
    for wrong, raw in total.failed[:20]:
        name = sha256(raw).hexdigest()[:12]
        print(f"  {name} ({len(raw)} octets) {wrong}")
        if chosen.keep is not None:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            (chosen.keep / name).write_bytes(raw)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
