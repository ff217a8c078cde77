"""A linear model over units, as plain numbers: what it says of a message, how sure it is, and which words made it say so.

For each label the score is a bias and what each term adds, so that a prediction is explained by its own parts: they add up to the score.
What a unit adds is its rarity times its weight, kept together as one byte; the whole is divided by the length of the message's vector
(the root of the sum of squared rarities). Units that the model has never seen lengthen it, too: a message in words that nobody has taught
stays near the bias.
"""

import math
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from shared.learning.features import Term

_REMEMBERED = 10_000  # terms whose sums are kept; then begun anew, so that nobody can fill the memory
TELLING = 5


class Share(NamedTuple):
    """A term, and what it adds to the score of a label."""

    term: str
    adds: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The label, how likely it is right (0 to 1), the terms that spoke for it, the strongest first (at most `TELLING`), and all labels'
    scores in the model's order."""

    label: str
    confidence: float
    words: tuple[Share, ...]
    scores: tuple[float, ...]


_Weight = tuple[int, int, int]
"""Of a unit, or of several together: the squared length, how many are known, and what they add to every label, in lanes."""

_LANE = 32
_OFFSET = 128
_UNSIGNED = bytes(value ^ 0x80 for value in range(256))  # of a signed byte that byte plus `_OFFSET`


@dataclass(frozen=True)
class Linear:
    """The model. ``rows`` has for each unit of ``units`` (hash to row number) one signed byte per label; times the label's ``scales`` it
    is what the unit adds. ``rarities`` are in sixteenths, by row; ``unseen`` that of a unit which is not there.

    To add up rows quickly each is one large integer with a lane of 32 bits per label, its bytes raised by 128 so that no lane borrows from
    the next; one addition then adds all labels at once. (A message has far fewer than the 2^24 units that would overflow a lane.)
    """

    labels: tuple[str, ...]
    units: dict[int, int]
    rows: bytes
    rarities: Sequence[int]
    unseen: int
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    temperature: float = 1.0
    _words: dict[str, _Weight] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def weights(self) -> dict[int, _Weight]:
        """Each known unit's weight, by its hash."""
        wide = bytearray(len(self.rows) * _LANE // 8)
        wide[:: _LANE // 8] = self.rows.translate(_UNSIGNED)
        step = len(self.labels) * _LANE // 8
        return {
            unit: (self.rarities[place] ** 2, 1, int.from_bytes(wide[step * place : step * (place + 1)], "little"))
            for unit, place in self.units.items()
        }

    def scores(self, terms: Sequence[Term]) -> tuple[float, ...] | None:
        """Each label's score; null where no unit of the message is known."""
        return self._scores(_together(self._weigh(terms)))

    def weigh(self, units: Sequence[int]) -> tuple[float, ...] | None:
        """As `scores`, of the units of all a message's terms together."""
        return self._scores(self._of(units))

    def predict(self, terms: Sequence[Term]) -> Prediction | None:
        """What the message is; null where no unit of it is known."""
        weighed = self._weigh(terms)
        together = _together(weighed)
        scores = self._scores(together)
        if scores is None:
            return None
        best = max(range(len(scores)), key=scores.__getitem__)
        adds = self._adds(weighed, together, best)
        telling = sorted((place for place, each in enumerate(adds) if each > 0), key=lambda place: -adds[place])
        words = tuple(Share(terms[place].shown, adds[place]) for place in telling[:TELLING])
        return Prediction(self.labels[best], confidences(scores, self.temperature)[best], words, scores)

    def explain(self, terms: Sequence[Term], label: int) -> list[Share]:
        """What each term adds to a label's score: with the bias, they add up to it."""
        weighed = self._weigh(terms)
        adds = self._adds(weighed, _together(weighed), label)
        return [Share(term.shown, each) for term, each in zip(terms, adds, strict=True)]

    def _adds(self, weighed: Sequence[_Weight], together: _Weight, label: int) -> list[float]:
        by, shift, mask = self.scales[label] / _length(together), _LANE * label, (1 << _LANE) - 1
        return [by * ((lanes >> shift & mask) - _OFFSET * known) if known else 0.0 for _, known, lanes in weighed]

    def _scores(self, together: _Weight) -> tuple[float, ...] | None:
        _, known, lanes = together
        if not known:
            return None
        length, offset = _length(together), _OFFSET * known
        totals = array("I")
        totals.frombytes(lanes.to_bytes(len(self.labels) * _LANE // 8, sys.byteorder))
        if sys.byteorder == "big":
            totals.reverse()
        return tuple(
            bias + scale * (total - offset) / length
            for bias, scale, total in zip(self.biases, self.scales, totals, strict=True)
        )

    def _weigh(self, terms: Sequence[Term]) -> list[_Weight]:
        """The weight of each term: of a pair as it is, of a word remembered."""
        units, words, unknown = self.weights, self._words, (self.unseen**2, 0, 0)
        return [
            units.get(of_term[0], unknown) if len(of_term) == 1 else words.get(shown) or self._word(shown, of_term)
            for shown, of_term in terms
        ]

    def _word(self, shown: str, units: Sequence[int]) -> _Weight:
        if len(self._words) >= _REMEMBERED:
            self._words.clear()
        found = self._words[shown] = self._of(units)
        return found

    def _of(self, units: Sequence[int]) -> _Weight:
        known = [weight for unit in units if (weight := self.weights.get(unit)) is not None]
        squared, many, lanes = _together(known)
        return squared + (len(units) - len(known)) * self.unseen**2, many, lanes


def _together(weights: Sequence[_Weight]) -> _Weight:
    if not weights:
        return 0, 0, 0
    squared, known, lanes = map(sum, zip(*weights, strict=True))
    return squared, known, lanes


def _length(together: _Weight) -> float:
    return math.sqrt(together[0]) or 1.0


def confidences(scores: Sequence[float], temperature: float) -> list[float]:
    """How likely each label is, by its score: softmax of the scores times ``temperature``, which makes them true on messages that the
    model has not seen (Guo et al., "On Calibration of Modern Neural Networks", https://arxiv.org/abs/1706.04599)."""
    highest = max(scores)
    weights = [math.exp(temperature * (score - highest)) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]
