"""Fitting one part of the classifier with scikit-learn, and measuring it by cross-validation with the very code that predicts.

A linear support vector machine, one against the rest (scikit-learn's `LinearSVC`, liblinear), over the units of `shared.learning.features`
weighed by their rarity; its scores become confidences by one temperature, found on scores of messages that were held out. What is
measured is the model as it will be used: its weights rounded to bytes, predicted without numpy.
"""

import math
import random
import time
import warnings
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.composition.errors import CannotStart
from shared.learning.calibration import PerClass, best_temperature, calibration_error, per_class
from shared.learning.features import terms
from shared.learning.linear import Linear, confidences
from shared.learning.modelfile import Measured, Part, Target

LEAST_EACH, LEAST_LABELS, FOLDS = 10, 2, 5
_STRICTNESS = 2.0  # LinearSVC's C; 1 to 4 differ by less than the folds do
_SEEN_AT_LEAST = 2
# Three parts of at most this many bytes, uncompressed, are less than a model file may have.
_MOST_BYTES = 1_250_000
_SIXTEENTHS, _RAREST = 16, 65_535
_FOR_TEMPERATURE = 2_000
_SEED = 20_26


@dataclass(frozen=True, slots=True)
class Example:
    """The units of all terms of a message (see `units_of`), and what somebody decided it to be; ``weight`` is how much that counts."""

    units: Sequence[int]
    label: str
    weight: float = 1.0


def units_of(subject: str, text: str) -> Sequence[int]:
    """The units of a message's terms, one after the other: all that fitting needs of it, in little room."""
    return array("I", (unit for term in terms(subject, text) for unit in term.units))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A part, ready to be written; how each label fared on held-out messages; the share of the most frequent one; the seconds that fitting
    the final model took."""

    part: Part
    model: Linear
    per_class: list[PerClass]
    most_frequent: float
    seconds: float


def learnable(examples: Sequence[Example]) -> list[Example]:
    """The examples of labels that have enough of them; empty where there are too few labels."""
    many = Counter(example.label for example in examples)
    kept = [example for example in examples if many[example.label] >= LEAST_EACH]
    return kept if len({example.label for example in kept}) >= LEAST_LABELS else []


def fit_part(
    target: Target,
    examples: Sequence[Example],
    threshold: float,
    folds: int = FOLDS,
    progress: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """Measure on held-out messages, then fit on all. Raises `CannotStart` without scikit-learn."""
    rows, truth, said = [], [], []
    parts = _folds(examples, folds)
    for number, held_out in enumerate(parts):
        progress(f"{target}: {number + 1} of {folds} held-out parts")
        rest = [example for other in parts if other is not held_out for example in other]
        model = fit(rest)
        for example in held_out:
            scores = model.weigh(example.units) or model.biases
            rows.append(scores)
            truth.append(model.labels.index(example.label))
            said.append((number, model.labels[max(range(len(scores)), key=scores.__getitem__)]))
    judged = _judged(rows, truth, [number for number, _ in said])
    began = time.perf_counter()
    final = fit(examples)
    seconds = time.perf_counter() - began
    pairs = [(final.labels[right], label) for right, (_, label) in zip(truth, said, strict=True)]
    part = Part(
        target=target,
        labels=final.labels,
        units=len(final.units),
        unseen=final.unseen,
        scales=final.scales,
        biases=final.biases,
        temperature=_temperature(rows, truth),
        threshold=threshold,
        measured=_measured(judged, threshold),
    )
    lines = per_class(pairs)
    return Fitted(part, final, lines, lines[0].examples / len(pairs), seconds)


def _folds(examples: Sequence[Example], folds: int) -> list[list[Example]]:
    """As many parts, each with its share of every label; always the same for the same examples."""
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_label[example.label].append(example)
    parts: list[list[Example]] = [[] for _ in range(folds)]
    place = 0
    for label in sorted(by_label):
        some = by_label[label]
        random.Random(_SEED).shuffle(some)  # noqa: S311 - no secret, and the same every time
        for example in some:
            parts[place % folds].append(example)
            place += 1
    return parts


def _temperature(rows: Sequence[Sequence[float]], truth: Sequence[int]) -> float:
    step = max(1, len(rows) // _FOR_TEMPERATURE)
    return best_temperature(rows[::step], truth[::step])


def _judged(rows: Sequence[Sequence[float]], truth: Sequence[int], fold: Sequence[int]) -> list[tuple[float, bool]]:
    """Confidence and rightness of each held-out message, at the temperature that the other parts have given."""
    judged = []
    for number in sorted(set(fold)):
        others = [place for place, at in enumerate(fold) if at != number]
        temperature = _temperature([rows[place] for place in others], [truth[place] for place in others])
        for place, at in enumerate(fold):
            if at == number:
                sure = confidences(rows[place], temperature)
                best = max(range(len(sure)), key=sure.__getitem__)
                judged.append((sure[best], best == truth[place]))
    return judged


def _measured(judged: Sequence[tuple[float, bool]], threshold: float) -> Measured:
    decided = [right for confidence, right in judged if confidence >= threshold]
    return Measured(
        examples=len(judged),
        accuracy=sum(right for _, right in judged) / len(judged),
        calibration_error=calibration_error(judged),
        decided=len(decided) / len(judged),
        decided_right=sum(decided) / len(decided) if decided else 0.0,
    )


def fit(examples: Sequence[Example]) -> Linear:
    """A model of these examples (of two labels or more), with temperature 1. Raises `CannotStart` without scikit-learn."""
    svm, csr, numpy = _libraries()
    seen: Counter[int] = Counter()
    for example in examples:
        seen.update(set(example.units))
    labels = sorted({example.label for example in examples})
    room = _MOST_BYTES // (len(labels) + 6)
    kept = [unit for unit, times in seen.most_common(room) if times >= _SEEN_AT_LEAST] or [0]
    index = {unit: place for place, unit in enumerate(sorted(kept))}
    rarities = [_rarity(seen[unit], len(examples)) for unit in sorted(kept)]
    unseen = (
        _rarity(1, len(examples)) // 2
    )  # as all of it, SMS spam is told 0.2 % worse; as nothing, strange words weigh nothing
    table = _matrix(examples, index, rarities, unseen, csr, numpy)
    machine = svm.LinearSVC(C=_STRICTNESS, random_state=_SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not wholly converged is good enough, and is measured
        machine.fit(table, [example.label for example in examples], [example.weight for example in examples])
    weights, biases = machine.coef_, machine.intercept_
    if len(labels) == 2:  # one machine tells two labels apart
        weights, biases = numpy.vstack([-weights[0], weights[0]]), numpy.array([-biases[0], biases[0]])
    adds = weights.T * numpy.array(rarities)[:, None]
    scales = numpy.maximum(numpy.abs(adds).max(axis=0), 1e-9) / 127
    return Linear(
        labels=tuple(labels),
        units=index,
        rows=numpy.rint(adds / scales).astype(numpy.int8).tobytes(),
        rarities=rarities,
        unseen=unseen,
        scales=tuple(map(float, scales)),
        biases=tuple(map(float, biases)),
    )


def _rarity(times: int, of: int) -> int:
    """One plus the logarithm of how seldom a unit is, in sixteenths."""
    return min(_RAREST, round(_SIXTEENTHS * (1 + math.log((1 + of) / (1 + times)))))


def _matrix(
    examples: Sequence[Example], index: dict[int, int], rarities: Sequence[int], unseen: int, csr: Any, numpy: Any
) -> Any:
    """A row per message as `Linear` sees it: how often a unit is in its terms times its rarity, divided by the length of the whole."""
    values, columns, ends = array("d"), array("i"), [0]
    for example in examples:
        squared = 0
        first = len(values)
        for unit, times in Counter(example.units).items():
            place = index.get(unit)
            rarity = unseen if place is None else rarities[place]
            squared += times * rarity * rarity
            if place is not None:
                columns.append(place)
                values.append(times * rarity)
        length = math.sqrt(squared) or 1.0
        values[first:] = array("d", (value / length for value in values[first:]))
        ends.append(len(values))
    shape = (len(examples), len(index))
    return csr((numpy.array(values), numpy.array(columns), numpy.array(ends)), shape=shape)


def require_libraries() -> None:
    """Before anything else is done: raises `CannotStart` without scikit-learn."""
    _libraries()


def _libraries() -> tuple[Any, Any, Any]:
    try:
        import numpy
        from scipy.sparse import csr_matrix
        from sklearn import svm
    except ImportError as missing:
        raise CannotStart(
            f"training needs scikit-learn ({missing.name} is missing): pip install 'trunkline[learn]'"
        ) from missing
    return svm, csr_matrix, numpy
