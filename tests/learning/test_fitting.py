"""Fitting: a model that was fitted knows what it was taught, is measured on what it was not, and is what its file says."""

import csv
import sys
from pathlib import Path

import pytest

from services.composition.errors import CannotStart
from services.composition.training import fitting
from services.composition.training.fitting import Example, fit, fit_part, learnable, units_of
from shared.learning import dump, load, terms
from shared.learning.modelfile import Header
from tests.learning.making import MADE_AT, sentences


def examples(many: int, seed: int = 1) -> list[Example]:
    return [Example(units_of("", text), label) for text, label in sentences(many, seed)]


def test_what_was_taught_is_known_on_messages_that_were_not_there() -> None:
    fitted = fit_part("category", examples(150), 0.8)
    measured = fitted.part.measured
    assert measured.examples == 150
    assert measured.accuracy > 0.95
    assert measured.decided_right > 0.95
    assert measured.calibration_error < 0.1
    assert {line.label for line in fitted.per_class} == {"billing", "technical", "order"}
    read = load(dump(Header(made_at=MADE_AT, parts=(fitted.part,)), {"category": fitted.model})).models["category"]
    new = sentences(60, seed=9)
    assert sum(read.predict(terms("", text)).label == label for text, label in new) > 57  # type: ignore[union-attr]


def test_fitting_the_same_twice_gives_the_same_file() -> None:
    files = set()
    for _ in range(2):
        fitted = fit_part("team", examples(60), 0.8, folds=2)
        files.add(dump(Header(made_at=MADE_AT, parts=(fitted.part,)), {"team": fitted.model}))
    assert len(files) == 1


def test_labels_that_say_nothing_are_measured_as_chance_and_not_believed() -> None:
    texts = [text for text, _ in sentences(120)]
    noise = [Example(units_of("", text), "ab"[(place // 3) % 2]) for place, text in enumerate(texts)]
    measured = fit_part("priority", noise, 0.8, folds=3).part.measured
    assert measured.accuracy < 0.7
    assert measured.decided < 0.3


def test_two_labels_are_told_apart_by_scores_of_both() -> None:
    model = fit([each for each in examples(60) if each.label != "order"])
    assert model.labels == ("billing", "technical")
    scores = model.weigh(units_of("", "the printer is broken"))
    assert scores is not None
    assert scores[1] > 0 > scores[0]


def test_what_somebody_set_by_hand_weighs_more_than_what_was_left() -> None:
    units = units_of("", "my printer asks for an invoice")
    both = [Example(units, "a", 1.0)] * 10 + [Example(units, "b", 2.0)] * 10
    model = fit(both)
    scores = model.weigh(units)
    assert scores is not None
    assert scores[1] > scores[0]


def test_labels_with_too_few_examples_are_left_out() -> None:
    many, few = examples(60), [Example(units_of("", "offer"), "rare")] * 9
    assert {each.label for each in learnable(many + few)} == {"billing", "technical", "order"}
    assert learnable([each for each in many if each.label == "order"]) == []


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(CannotStart, match=r"pip install 'trunkline\[learn\]'"):
        fitting.require_libraries()


@pytest.mark.peer("corpora")
def test_spam_among_sms_is_told_from_the_rest(corpora_path: Path) -> None:
    lines = (corpora_path / "text/sms_spam/train.tsv").read_text("utf-8").splitlines()
    rows = [line.partition("\t")[::2] for line in lines if line]
    learnt = fit([Example(units_of("", text), label) for place, (label, text) in enumerate(rows) if place % 5])
    held_out = rows[::5]
    ham = learnt.labels.index("ham")
    right = sum(
        ((found.label if (found := learnt.predict(terms("", text))) else learnt.labels[ham]) == label)
        for label, text in held_out
    )
    assert right / len(held_out) >= 0.98


@pytest.mark.peer("corpora")
def test_a_bank_s_customers_questions_are_told_apart(corpora_path: Path) -> None:
    with (corpora_path / "text/banking77/banking_data/train.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    some = sorted({label for _, label in rows})[::5]
    rows = [row for row in rows if row[1] in some]
    learnt = fit([Example(units_of("", text), label) for place, (text, label) in enumerate(rows) if place % 5])
    held_out = rows[::5]
    right = sum(learnt.predict(terms("", text)).label == label for text, label in held_out)  # type: ignore[union-attr]
    assert right / len(held_out) >= 0.95
