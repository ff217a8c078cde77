"""What agents write, taken apart: every command by table, mistakes, escapes, and that no word is ever lost whatever somebody writes."""

import re
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.speech import COMMANDS, LONGEST, MOST, Mistake, Speech, Takes, escape, parse
from shared.speech.grammar import BY_WORD, folded
from shared.speech.nearest import mistyped, nearest, slips

Found = list[tuple[str, int | None, str]]


def found(text: str) -> tuple[Found, str]:
    """The commands and the rest of a text that has no mistakes."""
    speech = parse(text)
    assert not speech.mistakes
    return [(each.name, each.number, each.words) for each in speech.commands], speech.text


@pytest.mark.parametrize(
    ("text", "commands", "rest"),
    [
        ("#take", [("take", None, "")], ""),
        ("/take", [("take", None, "")], ""),
        ("  #TAKE  ", [("take", None, "")], ""),
        ("\u200b#take", [("take", None, "")], ""),
        ("/take@acme_bot T-1001", [("take", 1001, "")], ""),
        ("#weź t-7", [("take", 7, "")], ""),
        ("#wez [T-7]", [("take", 7, "")], ""),
        ("#UZMI", [("take", None, "")], ""),
        ("#assign Anna Nowak", [("assign", None, "Anna Nowak")], ""),
        ("#zespo\u0301ł x", [("team", None, "x")], ""),
        ("#tim technical", [("team", None, "technical")], ""),
        ("#note: he calls back", [("note", None, "he calls back")], ""),
        ("#note\nfirst\n\nsecond\n#take\n", [("note", None, "first\n\nsecond"), ("take", None, "")], ""),
        ("#note short\nDear Ana,", [("note", None, "short")], "Dear Ana,"),
        ("#rozwiąż wymieniono", [("solve", None, "wymieniono")], ""),
        ("#riješi zamijenjeno", [("solve", None, "zamijenjeno")], ""),
        ("Dear Ana,\nit works.\n\n#solve", [("solve", None, "")], "Dear Ana,\nit works."),
        ("#close\n#reopen", [("close", None, ""), ("reopen", None, "")], ""),
        ("#snooze until monday 9:00", [("snooze", None, "until monday 9:00")], ""),
        ("#priorytet pilny", [("priority", None, "pilny")], ""),
        ("#category T-12 billing", [("category", 12, "billing")], ""),
        ('#tag +vip -"old one"', [("tag", None, '+vip -"old one"')], ""),
        ("#spam block", [("spam", None, "block")], ""),
        ("#merge into T-2", [("merge", None, "into T-2")], ""),
        ("#merge T-2", [("merge", None, "T-2")], ""),
        ("#merge T-1 into T-2", [("merge", 1, "into T-2")], ""),
        ("#split", [("split", None, "")], ""),
        ("#split 2", [("split", None, "2")], ""),
        ("#call", [("call", None, "")], ""),
        ("#forward a@b.example\nPlease look.", [("forward", None, "a@b.example\nPlease look.")], ""),
        ("#side sms +48 600 100 200\nWhere?", [("side", None, "sms +48 600 100 200\nWhere?")], ""),
        ("#side sms +48600100200 Where?\nDear Ana", [("side", None, "sms +48600100200 Where?")], "Dear Ana"),
        ("#action Stock: counted done", [("action", None, "Stock: counted done")], ""),
        ("#action Stock:\ncount it", [("action", None, "Stock:\ncount it")], ""),
        ("#promise a new pump until friday", [("promise", None, "a new pump until friday")], ""),
        ("#macro night", [("macro", None, "night")], ""),
        ("/status", [("status", None, "")], ""),
        ("#help solve", [("help", None, "solve")], ""),
        ("#pomoc", [("help", None, "")], ""),
        ("#send K7QF9T", [("send", None, "K7QF9T")], ""),
        ("#cancel K7QF9T", [("cancel", None, "K7QF9T")], ""),
        ("/path/x", [], "/path/x"),
        ("#1001 is broken", [], "#1001 is broken"),
        ("# heading", [], "# heading"),
        ("#", [], "#"),
        ("#!/bin/sh", [], "#!/bin/sh"),
        ("> #take", [], "> #take"),
        ("I #take it", [], "I #take it"),
        ("Hello\n#sale of the week", [], "Hello\n#sale of the week"),
        ("", [], ""),
    ],
)  # fmt: skip
def test_each_command_is_found_and_the_rest_is_the_answer(text: str, commands: Found, rest: str) -> None:
    assert found(text) == (commands, rest)


@pytest.mark.parametrize("form", COMMANDS, ids=lambda form: form.name)
def test_every_word_of_a_command_leads_to_it_in_any_case_and_without_marks(form: object) -> None:
    for word in form.words:  # type: ignore[attr-defined]
        for written in (word, word.upper(), folded(word)):
            takes = form.takes is Takes.NOTHING  # type: ignore[attr-defined]
            speech = parse(f"#{written}" if takes else f"/{written} x")
            assert [each.name for each in speech.commands] == [form.name], written  # type: ignore[attr-defined]


def test_no_word_means_two_commands() -> None:
    words = [folded(word) for form in COMMANDS for word in {folded(word) for word in form.words}]
    assert len(words) == len(set(words)) == len(BY_WORD)


@pytest.mark.parametrize(
    ("text", "mistakes", "rest"),
    [
        ("#slove done", [(1, "#slove", "unknown", "solve")], ""),
        ("/tkae", [(1, "/tkae", "unknown", "take")], ""),
        ("#banana", [(1, "#banana", "unknown", None)], ""),
        ("\n\n#banana\nHello", [(3, "#banana", "unknown", None)], "Hello"),
        ("#take\n#banana", [(2, "#banana", "unknown", None)], ""),
        ("Hello\n#take\n#banana", [(3, "#banana", "unknown", None)], "Hello"),
        ("Hello\n#slove done", [(2, "#slove", "unknown", "solve")], "Hello"),
        ("#note it hums\nwords\n#slove", [(3, "#slove", "unknown", "solve")], "words"),
        ("#take it now", [(1, "#take", "extra", "take")], ""),
        ("#note", [(1, "#note", "missing", "note")], ""),
        ("#snooze\n#take", [(1, "#snooze", "missing", "snooze")], ""),
        ("#banana\n#note", [(1, "#banana", "unknown", None), (2, "#note", "missing", "note")], ""),
    ],
)
def test_what_is_nearly_a_command_is_a_mistake_and_never_an_answer(
    text: str, mistakes: list[tuple[int, str, str, str | None]], rest: str
) -> None:
    speech = parse(text)
    assert [(each.line, each.word, each.why, each.near) for each in speech.mistakes] == mistakes
    assert speech.text == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("##take", "#take"),
        ("//take it", "/take it"),
        ("###take", "##take"),
        ("##banana", "#banana"),
        ("Hello\n##slove", "Hello\n#slove"),
        ("Hello\n//comment", "Hello\n//comment"),
        ("Hello\n## Heading", "Hello\n## Heading"),
        ("//server/share", "//server/share"),
    ],
)
def test_a_doubled_mark_means_the_line_as_it_stands(text: str, rest: str) -> None:
    assert parse(text) == Speech(text=rest, line=1)


def test_a_line_that_a_mail_program_broke_goes_on_in_the_next_one() -> None:
    note = "the customer was rather rude on the telephone, and wants his money back\nat once, says Piotr"
    speech = parse(f"#note {note}\n\nDear Ana,\nwe are sorry.")
    assert (speech.commands[0].words, speech.text) == (note, "Dear Ana,\nwe are sorry.")
    assert parse("#note short\nDear Ana").text == "Dear Ana"


def test_an_escaped_line_may_stand_in_a_note() -> None:
    assert parse("#note\n##take stays\n#close").commands[0].words == "#take stays"


def test_lines_are_counted_from_one_and_the_answer_knows_where_it_begins() -> None:
    speech = parse("\n#take\n\nDear Ana\n#solve")
    assert ([each.line for each in speech.commands], speech.line) == ([2, 5], 4)


def test_too_much_is_one_mistake_and_nothing_of_it_is_a_command() -> None:
    many = "#take\n" * (MOST + 1)
    assert parse(many) == Speech(text=many, mistakes=(Mistake(MOST + 1, "#take", "too_many"),), line=1)
    assert len(parse("#take\n" * MOST).commands) == MOST
    assert [each.why for each in parse("#banana\n" * 400).mistakes] == ["too_many"]
    long = "#take\n" + "a" * LONGEST
    assert parse(long) == Speech(text=long, mistakes=(Mistake(1, "", "too_long"),), line=1)


# -- whatever somebody writes ---------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    [*(f"#{form.name}" for form in COMMANDS), "#slove", "/take", "##note", "//x", "#banana", "T-12", "+a", '"']
)
_LINES = st.lists(st.one_of(_WORDS, st.text(max_size=12)), max_size=6).map(" ".join)
TEXTS = st.one_of(st.text(max_size=300), st.lists(_LINES, max_size=12).map("\n".join))
_WORD = re.compile(r"\w+")


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_no_word_is_lost_whatever_is_written(text: str) -> None:
    speech = parse(text)
    parts = [speech.text, *(f"{each.said} {each.words}" for each in speech.commands)]
    parts += [f"{each.word} {each.words}" for each in speech.mistakes]
    assert Counter(_WORD.findall(" ".join(parts))) == Counter(_WORD.findall(text))
    assert len(speech.commands) <= MOST
    assert all(1 <= each.line <= len(text.splitlines()) for each in (*speech.commands, *speech.mistakes))


@given(st.lists(st.text(max_size=30), max_size=20).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_words_without_a_mark_at_the_beginning_of_a_line_stay_as_they_are(text: str) -> None:
    lines = text.splitlines()
    if not any(re.match(r"[\s\u200b\u2060\ufeff]*[#/]", line) for line in lines):
        assert parse(text).text == text
        assert not parse(text).commands


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_what_is_escaped_comes_back_as_it_was_and_commands_nothing(text: str) -> None:
    assert parse(escape(text)) == Speech(text=text, line=parse(escape(text)).line)


@pytest.mark.parametrize(
    "piece",
    [
        "#a\n",
        "x\n#abcdefghijklmnop\n",
        "#take ",
        "\u200b",
        '#tag "',
        "#note " + "a" * 70 + "\n",
        "##",
        "/ ",
        "#zlove\n",
        "T-1 ",
    ],
)
def test_reading_takes_time_in_proportion_to_the_length(piece: str) -> None:
    text = (piece * LONGEST)[:LONGEST]
    began = time.process_time()
    parse(text)
    escape(text)
    assert time.process_time() - began < 2.0


# -- slips ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("solve", "solve", 0),
        ("slove", "solve", 1),
        ("sove", "solve", 1),
        ("solved", "solve", 1),
        ("take", "solve", 4),
        ("", "ab", 2),
    ],
)
def test_slips_of_a_finger_are_counted(one: str, other: str, far: int) -> None:
    assert slips(one, other) == slips(other, one) == far


@given(st.sampled_from(sorted(BY_WORD)), st.integers(0, 30), st.sampled_from("abcxyz"))
def test_a_command_with_one_slip_in_it_is_never_taken_for_an_ordinary_word(word: str, place: int, letter: str) -> None:
    place %= len(word)
    for slip in (word[:place] + letter + word[place:], word[:place] + letter + word[place + 1 :]):
        if len(slip) >= 4 and len(word) >= 4:
            assert slip in BY_WORD or mistyped(slip) is not None


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("tecnical", "technical"),
        ("TECH", "technical"),
        ("sale", "sales"),
        ("banana", None),
        ("x" * 50, None),
        ("", None),
    ],
)
def test_what_was_probably_meant_is_near_or_begins_so(word: str, near: str | None) -> None:
    assert nearest(word, ["technical", "sales"]) == near
