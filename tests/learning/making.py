"""Models and examples for tests: small ones, made by hand or of a few words."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.learning import Learnt, Linear, Part, dump, load, terms
from shared.learning.modelfile import Header, Measured, Target

MADE_AT = datetime(2026, 3, 2, tzinfo=UTC)
WORDS: dict[str, Sequence[str]] = {
    "billing": ("faktura", "invoice", "charged", "račun", "płatność", "refund"),
    "technical": ("drukarka", "printer", "broken", "pisač", "nie działa", "error"),
    "order": ("paczka", "parcel", "delivery", "pošiljka", "kurier", "shipped"),
}
FILLING = (
    "please",
    "help",
    "me",
    "with",
    "this",
    "today",
    "because",
    "i",
    "have",
    "waited",
    "since",
    "monday",
    "nobody",
)


def linear(words: Mapping[str, Sequence[str]] = WORDS, temperature: float = 2.0) -> Linear:
    """A model by hand: what stands in a label's words speaks for it, and against the others."""
    labels = tuple(words)
    rows: dict[int, list[int]] = {}
    for place, label in enumerate(labels):
        for word in words[label]:
            for term in terms("", word):
                for unit in term.units:
                    row = rows.setdefault(unit, [-40] * len(labels))
                    row[place] = 100
    order = sorted(rows)
    return Linear(
        labels=labels,
        units={unit: place for place, unit in enumerate(order)},
        rows=bytes(value & 0xFF for unit in order for value in rows[unit]),
        rarities=[32] * len(order),
        unseen=32,
        scales=(0.5,) * len(labels),
        biases=(-0.1,) * len(labels),
        temperature=temperature,
    )


def part(target: Target, model: Linear, threshold: float = 0.8) -> Part:
    """What a file says of such a model."""
    return Part(
        target=target, labels=model.labels, units=len(model.units), unseen=model.unseen, scales=model.scales,
        biases=model.biases, temperature=model.temperature, threshold=threshold, measured=Measured(examples=100, accuracy=0.9),
    )  # fmt: skip


def packed(models: Mapping[Target, Linear], threshold: float = 0.8) -> bytes:
    """A file of these models."""
    parts = tuple(part(target, model, threshold) for target, model in models.items())
    return dump(Header(made_at=MADE_AT, tickets=100, parts=parts), dict(models))


def learnt(models: Mapping[Target, Linear], threshold: float = 0.8) -> Learnt:
    """These models, as they are when they were read from a file."""
    return load(packed(models, threshold))


def sentences(many: int, seed: int = 1, words: Mapping[str, Sequence[str]] = WORDS) -> list[tuple[str, str]]:
    """Different messages with their labels: two words of the label among others that say nothing."""
    chance = random.Random(seed)
    found = []
    for place in range(many):
        label = list(words)[place % len(words)]
        said = [*chance.sample(list(words[label]), 2), *chance.sample(FILLING, 6)]
        chance.shuffle(said)
        found.append((" ".join(said), label))
    return found
