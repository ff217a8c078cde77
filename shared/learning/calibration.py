"""How far a confidence can be believed: the expected calibration error, and the temperature that makes it small."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10
_LOWEST, _HIGHEST, _STEPS = -4.0, 6.0, 40
_GOLDEN = (math.sqrt(5) - 1) / 2


def calibration_error(judged: Sequence[tuple[float, bool]], bins: int = BINS) -> float:
    """The expected calibration error of pairs (confidence, was right): between confidence and share of right ones, over ``bins`` equal
    ranges of confidence, weighed by how many fall into each. 0 is perfect. (Naeini et al., 2015; 0 for no pairs.)"""
    sure, right, many = [0.0] * bins, [0] * bins, [0] * bins
    for confidence, was_right in judged:
        place = min(int(confidence * bins), bins - 1)
        sure[place] += confidence
        right[place] += was_right
        many[place] += 1
    return sum(abs(a - b) for a, b, n in zip(sure, right, many, strict=True) if n) / max(len(judged), 1)


def best_temperature(scores: Sequence[Sequence[float]], truth: Sequence[int]) -> float:
    """The temperature at which `shared.learning.linear.confidences` of these held-out scores fit what was true best (least negative
    log-likelihood), between e^-4 and e^6; 1 for no scores. ``truth``: the place of the right label in each."""
    if not scores:
        return 1.0
    low, high = _LOWEST, _HIGHEST
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = _loss(scores, truth, left), _loss(scores, truth, right)
    for _ in range(_STEPS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = _loss(scores, truth, left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = _loss(scores, truth, right)
        if high - low < 0.01:
            break
    return math.exp((low + high) / 2)


def _loss(scores: Sequence[Sequence[float]], truth: Sequence[int], log_temperature: float) -> float:
    temperature, total = math.exp(log_temperature), 0.0
    for row, right in zip(scores, truth, strict=True):
        highest = max(row)
        total += math.log(sum(math.exp(temperature * (each - highest)) for each in row))
        total -= temperature * (row[right] - highest)
    return total


@dataclass(frozen=True, slots=True)
class PerClass:
    """How one label fared: how many examples it has, which share of them was found, and which share of what was taken for it was it."""

    label: str
    examples: int
    found: float
    right: float


def per_class(pairs: Sequence[tuple[str, str]]) -> list[PerClass]:
    """By label, from pairs (what it was, what it was taken for); the most frequent first."""
    lines = []
    for label in sorted({truth for truth, _ in pairs} | {said for _, said in pairs}):
        examples = sum(truth == label for truth, _ in pairs)
        taken = sum(said == label for _, said in pairs)
        both = sum(truth == said == label for truth, said in pairs)
        lines.append(PerClass(label, examples, both / examples if examples else 0.0, both / taken if taken else 0.0))
    return sorted(lines, key=lambda line: (-line.examples, line.label))
