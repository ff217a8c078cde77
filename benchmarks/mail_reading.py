"""How well and how fast mail is read: `python -m benchmarks mail_reading`.

Reads the public corpora in `$TRUNKLINE_CORPORA` or `../shared/corpora` beside the repository. Speeds are the best of
several runs; only ratios of one run mean something on a busy machine.
"""

import email
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from shared.mail import parse_mail
from shared.mail.language import detect_language
from shared.mail.reading import warm_up
from shared.mail.reply import read_reply

# Headers of lists and programs: what has one of them may rightly be called automatic.
_MACHINE = re.compile(
    rb"^(?:list-|precedence|auto-submitted|x-auto|x-loop|x-mailing-list|return-path:\s*<>|from:.*(?:no-?reply|postmaster|daemon))",
    re.IGNORECASE | re.MULTILINE,
)
REPLIES = ("crisp_erp", "github_erp", "zapier_erp", "mail_parser_reply", "quotequail")


@dataclass
class Figure:
    """How many of how many were right, and which were not."""

    right: int = 0
    all: int = 0
    wrong: list[str] | None = None

    def count(self, name: str, right: bool) -> None:
        self.all += 1
        self.right += right
        if not right:
            self.wrong = [*(self.wrong or []), name]

    def __str__(self) -> str:
        return f"{self.right}/{self.all}"


def corpora() -> Path:
    """The folder of the corpora, whether it exists or not."""
    root = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("TRUNKLINE_CORPORA") or root.parent / "shared" / "corpora")


def stalwart(folder: Path) -> dict[str, Figure]:
    """Fields of mails against `expected.json`; U+FFFD in an expectation stands for any character."""
    figures = {
        name: Figure() for name in ("subject", "from", "to", "date", "message id", "text", "text begins", "attachments")
    }
    expected = json.loads((folder / "mail/stalwart/expected.json").read_text(encoding="utf-8"))
    for name, want in expected.items():
        got = parse_mail((folder / "mail/stalwart" / name).read_bytes())
        if "subject" in want:
            figures["subject"].count(name, _alike(got.subject, want["subject"]))
        if "from" in want:
            pair = [got.from_.name, got.from_.address]
            figures["from"].count(name, _alike(pair, [each or "" for each in want["from"][0]]))
        if "to" in want:
            pairs = [[each.name, each.address] for each in got.to]
            figures["to"].count(name, _alike(pairs, [[half or "" for half in each] for each in want["to"]]))
        if "date" in want:
            figures["date"].count(name, got.date == _moment(want["date"]))
        if "message_id" in want:
            figures["message id"].count(name, got.message_id == want["message_id"])
        texts = [each for each in want["text_body"] if each["text"]]
        if len(texts) == 1 and texts[0]["kind"] == "Text":
            figures["text begins"].count(name, _begins(_words(got.text), _words(texts[0]["text"])))
        if texts and all(each["kind"] == "Text" for each in texts):
            figures["text"].count(name, _alike(_words(got.text), _words(" ".join(each["text"] for each in texts))))
        figures["attachments"].count(name, len(got.attachments) == len(want["attachments"]))
    return figures


def replies(folder: Path) -> dict[str, tuple[Figure, Figure]]:
    """Per corpus: every expectation met, and the reply exactly right (blanks aside)."""
    figures = {}
    for corpus in REPLIES:
        met, exact = Figure(), Figure()
        for name, text, want in _reply_cases(folder / "reply" / corpus):
            got = read_reply(text).text
            met.count(name, _reply_met(got, text, want))
            if "reply_equals" in want:
                exact.count(name, _words(got) == _words(want["reply_equals"]))
        figures[corpus] = (met, exact)
    return figures


def forwards(folder: Path) -> Figure:
    """First authors of forwarded mails in quotequail."""
    figure = Figure()
    for number, case in enumerate(json.loads((folder / "reply/quotequail/expected.json").read_text(encoding="utf-8"))):
        want = case.get("expected") or {}
        if case["test"] == "unwrap" and want.get("type") == "forward" and "from" in want:
            author = read_reply(case["text"], "Fwd: x").forwarded_from
            figure.count(str(number), author is not None and author.address in want["from"])
    return figure


def bounces(folder: Path) -> dict[str, Figure]:
    """Bounces known, their recipients, permanent or not; and ordinary mail that is not taken for one."""
    names = ("known", "recipients", "permanent", "ham left alone", "mail of people not taken for a machine's")
    figures = {name: Figure() for name in names}
    flufl = folder / "bounce/flufl_bounce"
    for name, want in json.loads((flufl / "expected.json").read_text(encoding="utf-8")).items():
        if not want["labelled"]:
            continue
        got = parse_mail((flufl / "data" / name).read_bytes())
        figures["known"].count(name, got.automatic == "bounce")
        if want["recipients_known"]:
            found = got.bounce.recipients if got.bounce else []
            right = {each.address.lower() for each in found} == {
                each.lower() for each in want["permanent"] + want["temporary"]
            }
            figures["recipients"].count(name, right)
            if right:
                permanent = {each.address.lower() for each in found if each.permanent}
                figures["permanent"].count(name, permanent == {each.lower() for each in want["permanent"]})
    spam = folder / "bounce/spamassassin"
    for name, want in json.loads((spam / "expected.json").read_text(encoding="utf-8")).items():
        if want["label"] == "ham":
            raw = (spam / name).read_bytes()
            found = parse_mail(raw).automatic
            figures["ham left alone"].count(name, found != "bounce")
            if not _MACHINE.search(raw.partition(b"\n\n")[0]):
                figures["mail of people not taken for a machine's"].count(name, found is None)
    return figures


def sample(kibibytes: int = 2) -> bytes:
    """An ordinary plain mail of about that size."""
    line = b"This is an ordinary line of text that a customer writes about a problem.\r\n"
    head = (
        b"Received: from a.example by b.example with ESMTP id 1;\r\n\tSat, 31 Jan 2026 11:00:00 +0100\r\n"
        b"Date: Sat, 31 Jan 2026 11:00:00 +0100\r\nFrom: Anna Nowak <anna@example.org>\r\nTo: support@acme.example\r\n"
        b"Subject: Router does not start\r\nMessage-ID: <abc.123@example.org>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nDear support team,\r\n\r\n"
    )
    tail = b"\r\nKind regards\r\nAnna Nowak\r\n"
    return head + line * ((kibibytes * 1024 - len(head) - len(tail)) // len(line)) + tail


def best(action: Callable[[], Any], times: int = 300, rounds: int = 7) -> float:
    """Seconds of one call, in the best of several rounds."""
    fastest = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(times):
            action()
        fastest = min(fastest, (time.perf_counter() - begun) / times)
    return fastest


def _reply_cases(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    cases = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    if isinstance(cases, list):
        for number, case in enumerate(cases):
            if case["test"] == "reply":
                yield str(number), case["text"], case
    else:
        for name, want in cases.items():
            yield name, (folder / name).read_text(encoding="utf-8"), want


def _reply_met(got: str, text: str, want: dict[str, Any]) -> bool:
    words = _words(got)
    return (
        ("reply_equals" not in want or words == _words(want["reply_equals"]))
        and (not want.get("whole") or words == _words(text))
        and words.startswith(_words(want.get("startswith", "")))
        and all(_words(each) in words for each in want.get("contains", []))
        and not any(_words(each) in words for each in want.get("removed", []))
    )


def _words(text: str) -> str:
    return " ".join(text.split())


def _alike(got: Any, want: Any) -> bool:
    if isinstance(want, list):
        return len(got) == len(want) and all(_alike(*pair) for pair in zip(got, want, strict=True))
    pattern = ".".join(re.escape(piece) for piece in want.split("\ufffd"))
    return re.fullmatch(pattern, got, re.DOTALL) is not None


def _begins(got: str, want: str) -> bool:
    """As readers that give only the first body are judged: whatever follows it is left aside."""
    return _alike(got[: len(want)], want)


def _moment(want: dict[str, Any]) -> datetime:
    offset = timedelta(hours=want["tz_hour"], minutes=want["tz_minute"])
    zone = timezone(-offset if want["tz_before_gmt"] else offset)
    parts = (want[each] for each in ("year", "month", "day", "hour", "minute", "second"))
    return datetime(*parts, tzinfo=zone)


def main() -> int:
    """Print every figure; 1 where the corpora are missing."""
    warm_up()
    raw = sample()
    parsed = parse_mail(raw)
    whole, bare = best(lambda: parse_mail(raw)), best(lambda: email.message_from_bytes(raw))
    language = best(lambda: detect_language(parsed.reply_text))
    print(f"{len(raw)} octets: read {whole * 1000:.3f} ms, of it language {language * 1000:.3f} ms")
    print(f"  without language {(whole - language) / bare:.1f} times a bare compat32 parse ({bare * 1000:.3f} ms)")
    folder = corpora()
    if not folder.is_dir():
        print(f"no corpora at {folder}: set TRUNKLINE_CORPORA", file=sys.stderr)
        return 1
    print("mail/stalwart: " + ", ".join(f"{name} {figure}" for name, figure in stalwart(folder).items()))
    for corpus, (met, exact) in replies(folder).items():
        print(f"reply/{corpus}: met {met}, exactly right {exact}, wrong {met.wrong or []}")
    print(f"reply/quotequail: forwarded from {forwards(folder)}")
    print("bounce: " + ", ".join(f"{name} {figure}" for name, figure in bounces(folder).items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
