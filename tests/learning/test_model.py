"""Words, features and the model: what it says, that its explanation adds up, and that no file can do harm."""

import hashlib
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.learning import BadModel, load, terms
from shared.learning import modelfile as m
from shared.learning.calibration import best_temperature, calibration_error, per_class
from shared.learning.linear import confidences
from tests.learning.making import WORDS, linear, packed, sentences

# -- words and features -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [("fakturę", "faktury"), ("reklamacija", "reklamaciju"), ("płatność", "platnosci"), ("printers", "printer")],
)
def test_words_that_differ_in_ending_or_marks_have_most_of_their_features_in_common(one: str, other: str) -> None:
    a, b = (set(terms("", word)[0].units) for word in (one, other))
    stranger = set(terms("", "kurier")[0].units)
    assert len(a & b) >= 0.5 * min(len(a), len(b))
    assert len(a & stranger) <= 0.1 * len(a)


def test_each_term_counts_once_and_the_subject_comes_first() -> None:
    shown = [term.shown for term in terms("Broken printer", "printer printer at home")]
    assert shown == ["broken", "printer", "broken printer", "at", "home", "printer printer", "printer at", "at home"]


@given(st.text(max_size=400), st.text(max_size=2_000))
@settings(max_examples=60, deadline=None)
def test_any_text_has_bounded_features_that_are_always_the_same(subject: str, text: str) -> None:
    found = terms(subject, text)
    assert found == terms(subject, text)
    assert len(found) <= 2 * 150 + 2
    assert len({term.shown for term in found}) == len(found)
    assert all(0 <= unit < 2**32 for term in found for unit in term.units)


def test_a_very_long_text_costs_no_more_than_its_beginning() -> None:
    model = linear()
    began = time.process_time()
    model.predict(terms("", "xqzw " * 400_000 + "faktura"))
    assert time.process_time() - began < 0.5
    assert terms("", "a b " * 100_000) == terms("", ("a b " * 100_000)[:20_000])


# -- what a model says --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Proszę o korektę faktury", "billing"),
        ("The printer shows an ERROR", "technical"),
        ("Gdzie jest paczka?", "order"),
    ],
)
def test_a_model_knows_other_forms_of_its_words_and_names_those_that_spoke(text: str, label: str) -> None:
    found = linear().predict(terms("", text))
    assert found is not None
    assert found.label == label
    assert found.confidence > 0.6
    assert found.words[0].term in text.lower()
    assert found.words[0].adds > 0


@given(
    st.lists(st.sampled_from([word for some in WORDS.values() for word in some] + ["hello", "x", "zzz"]), max_size=30)
)
@settings(max_examples=60, deadline=None)
def test_what_each_term_adds_and_the_bias_are_together_the_score(words: list[str]) -> None:
    model, seen = linear(), terms("", " ".join(words))
    found = model.predict(seen)
    if found is None:
        assert not any(unit in model.units for term in seen for unit in term.units)
        return
    for label in range(len(model.labels)):
        together = model.biases[label] + sum(share.adds for share in model.explain(seen, label))
        assert together == pytest.approx(found.scores[label], abs=1e-9)
    units = [unit for term in seen for unit in term.units]
    assert model.weigh(units) == pytest.approx(found.scores)
    assert sum(confidences(found.scores, model.temperature)) == pytest.approx(1)


def test_words_that_nobody_taught_say_nothing_and_dilute_what_is_known() -> None:
    model = linear(temperature=0.5)
    assert model.predict(terms("", "Wxyz qqww")) is None
    alone, among = model.predict(terms("", "faktura")), model.predict(terms("", "faktura " + "qxzj wvkk " * 5 + "zzqy"))
    assert alone is not None
    assert among is not None
    assert among.confidence < alone.confidence


# -- files --------------------------------------------------------------------------------------------------------------


def test_a_model_is_the_same_after_it_was_written_and_read() -> None:
    model = linear()
    data = packed({"category": model, "team": linear({"a": ["printer"], "b": ["parcel"]})})
    read = load(data)
    assert read.version == hashlib.sha256(data[40:]).hexdigest()[:16]
    assert read.parts["category"].measured.accuracy == 0.9
    for text, _ in sentences(12):
        assert read.models["category"].predict(terms("", text)) == model.predict(terms("", text))
    assert read.models["team"].labels == ("a", "b")


def test_a_model_holds_no_word_that_anybody_wrote() -> None:
    data = packed({"category": linear({"a": ["supersecretname"], "b": ["parcel"]})})
    body = zlib.decompress(data[44 + int.from_bytes(data[40:44], "little") :])
    assert b"secret" not in data + body


def framed(header: bytes, body: bytes, magic: bytes = m.MAGIC) -> bytes:
    """A file whose checksum fits, whatever is in it."""
    content = len(header).to_bytes(4, "little") + header + body
    return magic + hashlib.sha256(content).digest() + content


def parts_of(data: bytes) -> tuple[dict[str, object], bytes]:
    length = int.from_bytes(data[40:44], "little")
    return json.loads(data[44 : 44 + length]), data[44 + length :]


def changed(change: Callable[[dict[str, object]], object]) -> bytes:
    """A good file whose header was changed."""
    header, body = parts_of(packed({"category": linear()}))
    change(header["parts"][0])  # type: ignore[index]
    return framed(json.dumps(header).encode(), body)


GOOD = packed({"category": linear()})
HOSTILE = {
    "empty": b"",
    "not a model": b"PK\x03\x04" + bytes(100),
    "a pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    "another format": framed(b"{}", b"", b"TLLEARN9"),
    "cut": GOOD[:-1],
    "a flipped bit": GOOD[:60] + bytes([GOOD[60] ^ 1]) + GOOD[61:],
    "too large": GOOD + bytes(m.MOST_BYTES),
    "a header that is too long": framed(b" " * 300_000, b""),
    "a header beyond its end": m.MAGIC + hashlib.sha256(b"\xff\xff\x00\x00").digest() + b"\xff\xff\x00\x00",
    "no JSON": framed(b"\xff\xfe", b""),
    "deep JSON": framed(b"[" * 200_000, b""),
    "no parts": framed(b'{"made_at": "2026-01-01T00:00:00Z", "parts": []}', zlib.compress(b"")),
    "another size": changed(lambda part: part.update(units=part["units"] + 1)),
    "no numbers": changed(lambda part: part.update(units=10**9)),
    "not a number": changed(lambda part: part.update(temperature=float("nan"))),
    "endless": changed(lambda part: part.update(biases=[float("inf"), 0, 0])),
    "too few biases": changed(lambda part: part.update(biases=[0.1])),
    "a label twice": changed(lambda part: part.update(labels=["a", "a", "b"])),
    "one label": changed(lambda part: part.update(labels=["a"], scales=[1], biases=[0])),
    "an unknown target": changed(lambda part: part.update(target="assignee")),
    "a body that is none": framed(json.dumps(parts_of(GOOD)[0]).encode(), b"no zlib"),
    "a bomb": framed(json.dumps(parts_of(GOOD)[0]).encode(), zlib.compress(bytes(200_000_000), 1)),
    "more after the end": framed(json.dumps(parts_of(GOOD)[0]).encode(), parts_of(GOOD)[1] + b"more"),
    "units in disorder": framed(
        json.dumps(parts_of(GOOD)[0]).encode(), zlib.compress(zlib.decompress(parts_of(GOOD)[1])[::-1])
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_sound_model_is_refused_at_a_bounded_cost(what: str) -> None:
    began = time.process_time()
    with pytest.raises(BadModel):
        load(HOSTILE[what])
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("at", [9, 39, 40, 60, 200, len(GOOD) - 9, len(GOOD) - 1])
def test_a_single_wrong_bit_anywhere_is_found_by_the_checksum(at: int) -> None:
    with pytest.raises(BadModel, match="checksum"):
        load(GOOD[:at] + bytes([GOOD[at] ^ 4]) + GOOD[at + 1 :])


def test_a_body_that_claims_little_and_holds_much_is_not_unpacked() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(BadModel, match="another size"):
            load(HOSTILE["a bomb"])
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300), st.integers(0, len(GOOD) - 1))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_a_model_or_refused(data: bytes, at: int) -> None:
    for hostile in (
        data,
        GOOD[:at] + data[: len(GOOD) - at - 1],
        framed(data, b""),
        framed(json.dumps(parts_of(GOOD)[0]).encode(), data),
    ):
        with pytest.raises(BadModel):
            load(hostile)


# -- how far it is believed ---------------------------------------------------------------------------------------------


def test_the_calibration_error_is_the_distance_between_confidence_and_truth() -> None:
    assert calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)]) == pytest.approx(0)
    assert calibration_error([(0.95, False)] * 10) == pytest.approx(0.95)
    assert calibration_error([(1.0, True)] * 3 + [(0.05, False)] * 3) == pytest.approx(0.025)
    assert calibration_error([]) == 0


def test_the_temperature_makes_confidences_as_true_as_they_can_be() -> None:
    # Of a hundred, eighty are right, each with the same margin: the right temperature makes that margin 80 %.
    scores, truth = [(1.0, 0.0)] * 100, [0] * 80 + [1] * 20
    temperature = best_temperature(scores, truth)
    assert confidences(scores[0], temperature)[0] == pytest.approx(0.8, abs=0.01)
    assert best_temperature([], []) == 1


def test_each_label_s_figures_are_counted_for_itself() -> None:
    lines = per_class([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("a", "a"), ("c", "b")])
    assert [(line.label, line.examples) for line in lines] == [("a", 3), ("b", 2), ("c", 1)]
    assert [round(line.found, 2) for line in lines] == [0.67, 1, 0]
    assert [round(line.right, 2) for line in lines] == [1, 0.5, 0]
