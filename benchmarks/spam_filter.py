"""How well the spam filter that agents teach tells SMS spam from other messages it never saw.

`python -m benchmarks spam_filter`: learns from half of the public SMS collection and judges the other half (even and odd lines, and the
other way round); then, having learnt from few examples only; then questions to a bank and ordinary mails, none of which is spam, by what it
learnt from the SMS. Reads the public corpora in `$TRUNKLINE_CORPORA` or `../shared/corpora` beside the repository.
"""

import csv
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.mail_reading import corpora
from services.router.deciding import spam
from services.router.deciding.policy import SpamPolicy
from shared.mail import parse_mail
from shared.messages.facts import EXAMPLES, Facts
from shared.messages.inbound import Inbound

Example = tuple[bool, Inbound]


def message(text: str, subject: str = "", sender: str = "") -> Inbound:
    """A message as the filter sees it."""
    return Inbound.model_validate(
        {"source_id": "b", "channel": "email", "inbox": "support", "inboxes": ["support"], "subject": subject, "text": text,
         "received_at": datetime(2026, 3, 2, tzinfo=UTC), "correlation_id": "b", "from": {"address": sender}}
    )  # fmt: skip


def taught(examples: Iterable[Example]) -> Facts:
    """What the store has after agents marked these, other mail by answering it: no more of that than `HAM_PER_SPAM` allows."""
    facts = Facts(words={EXAMPLES: (0, 0)})
    for is_spam, one in examples:
        so_far, ham = facts.words[EXAMPLES]
        if not is_spam and ham >= max(spam.HAM_AT_LEAST, spam.HAM_PER_SPAM * so_far):
            continue
        for key in (EXAMPLES, *spam.words(one.subject, one.text, one.from_.address if one.from_ else "")):
            in_spam, in_ham = facts.words.get(key, (0, 0))
            facts.words[key] = (in_spam + is_spam, in_ham + (not is_spam))
    return facts


@dataclass
class Score:
    """How the judgements fell out."""

    spam: int = 0
    caught: int = 0
    sure: int = 0
    ham: int = 0
    accused: int = 0
    convicted: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def judge(self, facts: Facts, examples: Iterable[Example]) -> "Score":
        """Judge these."""
        began = time.process_time()
        for is_spam, one in examples:
            suspicion = spam.by_words(one, facts, SpamPolicy())
            suspected, certain = suspicion is not None, suspicion is not None and suspicion.certain
            if is_spam:
                self.spam, self.caught, self.sure = self.spam + 1, self.caught + suspected, self.sure + certain
            else:
                self.ham, self.accused, self.convicted = (
                    self.ham + 1,
                    self.accused + suspected,
                    self.convicted + certain,
                )
                if suspected:
                    self.wrong.append(one.text[:100])
        self.seconds += time.process_time() - began
        return self

    def line(self, name: str) -> str:
        """The figures, as a line."""
        total = self.spam + self.ham
        right = self.caught + self.ham - self.accused
        return (
            f"{name:34} accuracy {right / total:.3f}   spam caught {_share(self.caught, self.spam)}, for certain"
            f" {_share(self.sure, self.spam)}   false positives {_share(self.accused, self.ham)}, for certain"
            f" {_share(self.convicted, self.ham)}   {1e6 * self.seconds / total:.0f} us each"
        )


def _share(some: int, all_: int) -> str:
    return f"{some} of {all_}"


def sms(folder: Path) -> list[Example]:
    """The SMS collection."""
    rows = [
        line.partition("\t") for line in (folder / "text/sms_spam/train.tsv").read_text("utf-8").splitlines() if line
    ]
    return [(label == "spam", message(text)) for label, _, text in rows]


def questions(folder: Path) -> list[Example]:
    """Customers' questions to a bank."""
    with (folder / "text/banking77/banking_data/train.csv").open(encoding="utf-8", newline="") as file:
        return [(False, message(row["text"])) for row in csv.DictReader(file)]


def mails(folder: Path) -> list[Example]:
    """Ordinary mails that a filter for bounces was tested on; what is labelled a bounce is left out."""
    expected = json.loads((folder / "bounce/spamassassin/expected.json").read_text())
    found = []
    for name, said in sorted(expected.items()):
        file = folder / "bounce/spamassassin" / name
        if said["label"] not in ("ham", "nice", "ordinary", "not bounce", "not_bounce", "normal") or not file.is_file():
            continue
        parsed = parse_mail(file.read_bytes())
        found.append((False, message(parsed.text, parsed.subject, parsed.from_.address)))
    return found


def main() -> None:
    """Print every figure; 1 where the corpora are missing."""
    folder = corpora()
    if not (folder / "text").is_dir():
        print(f"no corpora at {folder}: set TRUNKLINE_CORPORA", file=sys.stderr)
        sys.exit(1)
    every = sms(folder)
    both = Score()
    for first in (0, 1):
        both.judge(taught(every[first::2]), every[1 - first :: 2])
    print(both.line("SMS, half learnt, half judged"))
    for few in (20, 50, 100):
        some = [e for e in every if e[0]][:few] + [e for e in every if not e[0]][:few]
        learnt = {id(one) for _, one in some}
        print(
            Score().judge(taught(some), [e for e in every if id(e[1]) not in learnt]).line(f"SMS, {few} of each learnt")
        )
    facts = taught(every)
    print(Score().judge(facts, questions(folder)).line("questions to a bank, SMS learnt"))
    if found := mails(folder):
        print(Score().judge(facts, found).line("ordinary mails, SMS learnt"))


if __name__ == "__main__":
    main()
