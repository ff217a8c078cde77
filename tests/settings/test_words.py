"""Words find what customers write, in any case, with and without diacritics, with any ending."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settings import load
from shared.settings.words import Words, phrase

SETTINGS = load(None)


@pytest.mark.parametrize(
    ("word", "text", "matches"),
    [
        ("reklamacj", "Reklamację złożyłam wczoraj", True),
        ("reklamacj", "REKLAMACJA", True),
        ("nie działa", "Nic  nie\ndziałają", True),
        ("nie działa", "nie dziala", True),
        ("nie działa", "niech działa", False),
        ("grešk", "greska", True),
        ("grešk", "GREŠKU", True),
        ("rata", "karata", False),
        ("đ", "Đurđa", True),
        ("faktur* koryguj", "fakturę korygującą", True),
        ("faktur koryguj", "fakturę korygującą", False),
        ("račun$", "moj račun!", True),
        ("račun$", "računalo", False),
        ("doesn't work", "It doesn’t work", True),
        ("data loss", "Data-loss!", True),
        ("nip-u$", "numer NIP-u firmy", True),
        ("c* d", "ca da", True),
        ("c d", "ca da", False),
        ("faktur*", "fakturami", True),
        ("c++ (old)", "the C++ (old) one", True),
        ("", "anything", False),
        ("  ", "anything", False),
        ("*", "anything", False),
        ("$", "anything", False),
    ],
)
def test_the_rule(word: str, text: str, matches: bool) -> None:
    assert bool(Words.of([("rule", [word])]).find(text)) is matches


@given(st.text(st.characters(max_codepoint=127)), st.text(st.sampled_from("ab_1"), min_size=1, max_size=3))
def test_a_text_in_ascii_is_cut_into_words_as_any_other(text: str, word: str) -> None:
    words = Words.of([("rule", [word, f"{word}$", f"{word} {word}"])])
    text = f"{text}{word}{text} {word}"
    assert words.find(text, len(text)) == words.find(f"{text} ж", len(text) + 2)


def test_each_match_is_told_once_by_rule_in_the_order_of_the_text() -> None:
    words = Words.of([("a", ["fax", "mail"]), ("b", ["mail", "letter"])])
    assert words.find("E: a mail, a Mail and a fax") == {"a": ["mail", "fax"], "b": ["mail"]}


def test_what_stands_inside_a_longer_match_does_not_count() -> None:
    words = Words.of([("low", ["not urgent"]), ("urgent", ["urgent", "very urgent thing"])])
    assert words.find("This is NOT urgent.") == {"low": ["not urgent"]}
    assert words.find("Not urgent, but urgently needed") == {"low": ["not urgent"], "urgent": ["urgent"]}
    assert words.find("not urgent thing") == {"low": ["not urgent"]}


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    words = Words.of([("a", ["end"])])
    assert words.find("x " * 1999 + "end") == {}
    assert words.find("x " * 1999 + "end", most=5000) == {"a": ["end"]}


def test_no_words_find_nothing() -> None:
    assert Words.of([]).find("text") == {}
    assert phrase(" $*' ") is None


@given(st.text(), st.text())
def test_any_word_can_be_looked_for_in_any_text(word: str, text: str) -> None:
    Words.of([("a", [word])]).find(text)


@given(st.lists(st.sampled_from(["ab", "abc", "b", "bc a", "a b c", "b c$", "a* b"])), st.text("abc ", max_size=30))
def test_every_phrase_that_matches_alone_is_found_or_covered_among_others(phrases: list[str], text: str) -> None:
    together = [entry for entries in Words.of([("a", phrases)]).find(text).values() for entry in entries]
    alone = {entry for entry in phrases if Words.of([("a", [entry])]).find(text)}
    assert set(together) <= alone
    assert bool(together) == bool(alone)


CATEGORIES = Words.of((entry.name, [w for words in entry.words.values() for w in words]) for entry in SETTINGS.category)
PRIORITIES = Words.of((entry.name, [w for words in entry.words.values() for w in words]) for entry in SETTINGS.priority)


def _category(text: str) -> str:
    """The category with the most matches, the earlier of equals: the plainest way to use the lists."""
    matches = CATEGORIES.find(text)
    best = max((entry.name for entry in SETTINGS.category), key=lambda name: len(matches.get(name, ())))
    return best if best in matches else "general"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("The printer does not work since the update, it shows error 0x61", "technical"),
        ("I cannot log in, please reset my password", "technical"),
        ("Nie mogę się zalogować do panelu", "technical"),
        ("Drukarka przestała działać i miga na czerwono", "technical"),
        ("Aplikacija se ruši i javlja grešku", "technical"),
        ("Moje racunalo ne radi", "technical"),
        ("I was charged twice for invoice 2024/17, I want a refund", "billing"),
        ("Proszę o przesłanie faktury VAT", "billing"),
        ("Kiedy otrzymam zwrot pieniędzy na konto bankowe?", "billing"),
        ("Molim kopiju računa, uplatio sam jučer", "billing"),
        ("Where is my parcel? The tracking page says nothing", "order"),
        ("Zamówiłem dwa krzesła, kiedy dotrze przesyłka?", "order"),
        ("Gdje je moja narudžba? Pošiljka još nije stigla", "order"),
        ("Please send us a quotation for 50 chairs", "offer"),
        ("Ile kosztuje 100 sztuk? Proszę o ofertę i cennik", "offer"),
        ("Molimo ponudu i cjenik za 20 komada", "offer"),
        ("The machine is under warranty and needs a repair", "service"),
        ("Chciałbym umówić przegląd i naprawę gwarancyjną", "service"),
        ("Uređaj je pod jamstvom, trebam popravak", "service"),
        ("I wish to complain: the goods arrived damaged, this is unacceptable", "complaint"),
        ("Składam reklamację, jestem bardzo niezadowolona", "complaint"),
        ("Jako sam razočaran, želim podnijeti prigovor", "complaint"),
        ("It would be nice to have a dark mode, just a suggestion", "suggestion"),
        ("Mam propozycję: fajnie by było dodać tryb ciemny", "suggestion"),
        ("Imam prijedlog, bilo bi dobro dodati tamni način", "suggestion"),
        ("Hello, what are your opening hours?", "general"),
        ("Jakie są godziny otwarcia?", "general"),
        ("Koje je radno vrijeme?", "general"),
        ("I write to you in order to say hello to a million of people in the center", "general"),
    ],
)
def test_the_built_in_words_understand_what_customers_write(text: str, category: str) -> None:
    assert _category(text) == category


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("URGENT: production is down", "urgent"),
        ("Pilne! linia stoi", "urgent"),
        ("Hitno, sve stoji", "urgent"),
        ("Please answer asap", "high"),
        ("Proszę o odpowiedź jak najszybciej", "high"),
        ("Molim odgovor što prije", "high"),
        ("No rush", "low"),
        ("This is not urgent", "low"),
        ("Nije hitno", "low"),
        ("Nie spieszy się", "low"),
        ("Ne žuri mi se", "low"),
    ],
)
def test_the_built_in_words_understand_how_soon(text: str, priority: str) -> None:
    assert list(PRIORITIES.find(text)) == [priority]


def test_every_built_in_list_has_all_three_languages() -> None:
    for entry in (*SETTINGS.category, *SETTINGS.priority):
        assert set(entry.words) == {"en", "pl", "hr"}, entry.name
        for language, words in entry.words.items():
            assert len(set(words)) == len(words), (entry.name, language)
