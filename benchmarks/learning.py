"""How well the classifier that `trunkline train` fits knows what it has not seen, how long it learns, and what a prediction costs.

`python -m benchmarks learning`: five-fold cross-validation on the public collections of customers' questions to a bank (77 intents) and of
SMS (spam or not), with the code that predicts in production; then a model of all of them: seconds to fit, bytes, microseconds for a message
(features and prediction, words met before or not). Reads `$TRUNKLINE_CORPORA` or `../shared/corpora` beside the repository.
"""

import csv
import sys
import time
from pathlib import Path

from benchmarks.mail_reading import corpora
from services.composition.training.fitting import Example, fit_part, units_of
from shared.clock import now
from shared.learning import dump, load, terms
from shared.learning.modelfile import Header, Learnt

Rows = list[tuple[str, str]]


def questions(folder: Path) -> Rows:
    """Customers' questions to a bank, with what they are about."""
    with (folder / "text/banking77/banking_data/train.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def sms(folder: Path) -> Rows:
    """Text messages, with whether they are spam."""
    lines = (folder / "text/sms_spam/train.tsv").read_text("utf-8").splitlines()
    return [(text, label) for label, _, text in (line.partition("\t") for line in lines if line)]


def measure(name: str, rows: Rows) -> None:
    """Print the figures of one collection."""
    began = time.perf_counter()
    fitted = fit_part("category", [Example(units_of("", text), label) for text, label in rows], 0.8)
    whole = time.perf_counter() - began
    found = fitted.part.measured
    print(
        f"{name}: {len(rows)} messages, {len(fitted.part.labels)} labels: accuracy {found.accuracy:.4f} in five-fold"
        f" cross-validation, expected calibration error {found.calibration_error:.4f}; from 0.8 on it decides"
        f" {found.decided:.1%}, of which {found.decided_right:.1%} right"
    )
    body = dump(Header(made_at=now(), parts=(fitted.part,)), {"category": fitted.model})
    began = time.perf_counter()
    learnt = load(body)
    reading = time.perf_counter() - began
    first, again = predicting(learnt, rows), predicting(learnt, rows)
    print(
        f"  fitted in {fitted.seconds:.1f} s (with cross-validation {whole:.1f} s); {len(body)} bytes, read in"
        f" {1e3 * reading:.0f} ms; {first:.0f} us for a message the first time, {again:.0f} us the second"
    )


def predicting(learnt: Learnt, rows: Rows) -> float:
    """Microseconds of this thread's time for a message, features and prediction."""
    model = learnt.models["category"]
    began = time.thread_time()
    for text, _ in rows:
        model.predict(terms("", text))
    return 1e6 * (time.thread_time() - began) / len(rows)


def main() -> None:
    """Print every figure; 1 where the corpora are missing."""
    folder = corpora()
    if not (folder / "text").is_dir():
        print(f"no corpora at {folder}: set TRUNKLINE_CORPORA", file=sys.stderr)
        sys.exit(1)
    measure("questions to a bank", questions(folder))
    measure("SMS", sms(folder))


if __name__ == "__main__":
    main()
