"""Sets of replies that were each written, with what is new in them, before any code of ours saw them; `unseen_replies.json`.

Each was measured once and only then looked at; since then the rules were generalised, so that none of them is unseen any more:

- first: 88 of 97 exactly right at first sight;
- second, written after the rules had been mended by the first: 64 of 78;
- third, written after they had been mended by the second: 61 of 71;
- fourth, written after they had been mended by the third: 62 of 66.

The floors below are what is reached now: they only go up.
"""

import json
from pathlib import Path

import pytest

from shared.mail import parse_mail
from shared.mail.reply import read_reply

UNSEEN = json.loads((Path(__file__).parent / "unseen_replies.json").read_text(encoding="utf-8"))
FLOORS = {"first": 97, "second": 78, "third": 71, "fourth": 66}
HEAD = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"


def new_words(reply: dict[str, str]) -> list[str]:
    """What is left of a reply; blanks and line breaks aside."""
    if "html" in reply:
        return parse_mail(HEAD + reply["html"].encode()).reply_text.split()
    return read_reply(reply["text"]).text.split()


@pytest.mark.parametrize("name", FLOORS)
def test_as_many_replies_as_ever_are_exactly_right(name: str) -> None:
    wrong = [reply["name"] for reply in UNSEEN[name] if new_words(reply) != reply["new"].split()]
    assert len(UNSEEN[name]) - len(wrong) >= FLOORS[name], wrong


def test_no_reply_stands_in_two_sets() -> None:
    every = [reply.get("text") or reply["html"] for replies in UNSEEN.values() for reply in replies]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    "text",
    [
        "Hi,\n\nI use Outlook for iOS.",
        "Hallo,\n\nich brauche Hilfe.\n\nMax Muster\nHauptstr. 5\n12345 Berlin",
        "Dear all,\n\nplease ship to:\n\nJohn Smith\n12 Main Street\n90210 Beverly Hills\nTel. 555 1234 555",
        "Hello\n\nThank you for your help with this one\nNow the other printer fails\nTom",
        "Dzień dobry,\n\nwysłane z urządzenia nr 5 pliki nie dochodzą\nco robić",
        "Poštovani,\n\nPoslano s pošte 5.11., broj RR123456789HR.",
        "Hej,\n\nW imieniu firmy Alfa proszę o ofertę na 20 sztuk",
        "Hi\n\nOn behalf of my mother I would like to return the chair",
        "Szczegóły:\n\nImię: Jan <jan@x.example>\nData: 5.11.2026\nProblem: nie działa",
        "Name: Jan <jan@x.example>\nDate: 05.11.2026 10:22\nMessage: help",
        "Subject: test\nFrom: me\nI do not get it",
        "Dobar dan,\n\nNapomena: paket je bio otvoren.",
        "Guten Tag,\n\nHinweis: der Absender auf dem Paket war falsch.",
        "Hello,\n\nWarning: confidential data was shown on the screen to my colleagues.",
        "Hello,\nplease invite these two,\n\nAnna Nowak\nJan Kowalski",
        "Hello,\n\nthe new ones,\nAnna",
        "Day 1\nDay 2\nDay 3",
        "Moj problem je ovaj:\nuređaj se gasi\nHvala",
        "Regards to Tom, he was great!\nThe order is fine.",
        "Meeting notes 5.11.2026 09:30:\n\nwe agreed to return it",
        "Hi\n\nIt works.\n\nKind regards\nAnna\n\nPlease tell bob@x.example about it as well, he has been waiting for weeks now.",
        "Error log\n-----\n5 Nov 2026, 09:30:\nfailure",
    ],
)
def test_words_that_only_resemble_an_ending_stay(text: str) -> None:
    assert read_reply(text).text == text
