"""What the console's pages of reviews, improvement actions and articles make of addresses, documents and roles. Pure."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.console.improving import views as improving
from services.desk.console.knowing import views as knowing
from services.desk.console.reviewing import views as reviewing
from services.desk.reporting import Suggestion
from services.desk.reviewing import standard
from shared.documents.improvement import Improvement, Origin, Trend
from shared.documents.reviewing import Review
from shared.messages.articles import ArticleView
from shared.messages.documents import DocumentFact

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)


def fact(name: str, body: dict[str, Any]) -> DocumentFact:
    return DocumentFact(kind="x", id=name, body=body, made_at=AT, changed_at=AT)


# -- improvement actions ------------------------------------------------------------------------------------------------------


def improvement(status: str, **more: Any) -> dict[str, Any]:
    return Improvement.model_validate(
        {"kind": "tool", "what": "A printer", "owner": "anna@acme.example", "status": status, "outcome": "x", **more}
    ).model_dump(mode="json")


def test_the_board_has_each_action_in_its_column_the_soonest_first_and_says_what_is_late() -> None:
    facts = [
        fact("late", improvement("accepted", due="2026-11-01T00:00Z")),
        fact("never", improvement("accepted")),
        fact("soon", improvement("accepted", due="2026-10-01T00:00Z")),
        fact("over", improvement("done", due="2026-10-01T00:00Z")),
    ]
    board = improving.board(facts, {"anna@acme.example": "Anna"}, AT)
    assert list(board) == list(improving.COLUMNS)
    assert [(card.id, card.late) for card in board["accepted"]] == [("soon", True), ("late", True), ("never", False)]
    assert [(card.owner, card.late) for card in board["done"]] == [("Anna", False)]


@pytest.mark.parametrize(
    ("status", "role", "expected"),
    [
        ("proposed", "lead", ["accepted", "dropped"]),
        ("proposed", "agent", []),
        ("accepted", "agent", ["in_progress", "done"]),
        ("in_progress", "agent", ["done", "accepted"]),
        ("in_progress", "admin", ["done", "dropped", "accepted"]),
        ("done", "agent", []),
        ("done", "lead", ["in_progress"]),
        ("dropped", "lead", ["proposed"]),
    ],
)
def test_buttons_are_those_that_the_rules_allow_this_role(status: str, role: str, expected: list[str]) -> None:
    body = Improvement.model_validate(improvement(status, due="2026-12-01T00:00Z"))
    assert improving.steps(body, role, AT) == expected


def test_what_grows_comes_through_an_address_whole() -> None:
    trend = Trend(term="pump & <b>", now=9, before=2, since=AT, until=AT)
    origin = Origin(tickets=[1001, 1005], trend=trend)
    path = improving.path_of(Suggestion("Look into pump", origin))
    assert improving.proposed(dict(parse_qsl(urlsplit(path).query))) == ("Look into pump", origin)


@given(
    st.dictionaries(
        st.sampled_from(["what", "tickets", "term", "in", "now", "before", "since", "until", "reviews"]),
        st.one_of(st.text(max_size=30), st.sampled_from(["T-1001,T-2", "-1", "99999999999", "²", "2026-11-18T10:00Z"])),
    )
)
def test_no_address_makes_a_proposal_fail(query: dict[str, str]) -> None:
    what, origin = improving.proposed(query)
    assert len(what) <= 500
    assert Origin.model_validate(origin.model_dump()) == origin


def test_a_day_ends_when_it_ends_where_the_company_is() -> None:
    found = improving.day_end("2026-12-01", ZoneInfo("Europe/Warsaw"))
    assert found == datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
    assert improving.day_end("soon", ZoneInfo("UTC")) is None


# -- reviews ------------------------------------------------------------------------------------------------------------------


def review(**more: Any) -> Review:
    checklist = standard()
    return Review.model_validate(
        {"number": 1001, "reviewer": "agent:a", "agent": "anna@acme.example", "criteria": checklist.criteria} | more
    )


def test_what_is_chosen_is_kept_as_scores_and_comes_back_as_it_was() -> None:
    picked = reviewing.chosen(review(scores={"correct": 2, "polite": None}))
    assert (picked["correct"], picked["polite"], picked["clear"]) == ("2", "-", None)
    assert reviewing.scores(picked) == {"correct": 2, "polite": None}
    assert reviewing.missing(review(), picked) == ["understood", "complete", "clear", "promises", "recorded"]


def test_the_score_so_far_is_by_weight_and_leaves_out_what_does_not_apply() -> None:
    # correct weighs 3, clear 1: (3*2 + 1*0) of (3+1)*2.
    assert reviewing.so_far(review(), {"correct": "2", "clear": "0", "polite": "-", "complete": None}) == 0.75
    assert reviewing.so_far(review(), {}) is None


def test_the_list_says_what_is_still_to_do() -> None:
    body = review(scores={"correct": 1, "polite": None}).model_dump(mode="json")
    (line,) = reviewing.lines([fact("r", body)], {"anna@acme.example": "Anna"})
    assert (line.agent, line.left, line.of) == ("Anna", 5, 7)


def test_a_criterion_is_worded_in_the_reader_s_language_else_in_what_there_is() -> None:
    first = standard().criteria[1]
    assert reviewing.wording(first, "pl") == "Odpowiedź jest poprawna."
    own = first.model_copy(update={"name": "own_rule", "text": {"hr": "Naše"}})
    assert reviewing.wording(own, "pl") == "Naše"
    assert reviewing.wording(own.model_copy(update={"text": {}}), "pl") == "own rule"


# -- articles -----------------------------------------------------------------------------------------------------------------


def test_only_texts_with_a_title_are_kept_the_main_language_first() -> None:
    typed = {
        "en": {"title": "", "summary": "", "body": ""},
        "hr": {"title": "Tinta ", "body": "x"},
        "pl": {"title": "Tusz"},
    }
    kept, lacking = knowing.texts_of(typed, "pl")
    assert list(kept) == ["pl", "hr"]
    assert kept["hr"] == {"title": "Tinta", "summary": "", "body": "x"}
    assert lacking == []
    assert knowing.texts_of({**typed, "en": {"body": "lost?"}}, "pl")[1] == ["en"]


@pytest.mark.parametrize(
    ("status", "role", "expected"),
    [
        ("draft", "agent", ["in_review"]),
        ("draft", "lead", ["in_review", "published", "archived"]),
        ("in_review", "agent", ["draft"]),
        ("published", "agent", ["draft"]),
        ("archived", "lead", ["draft"]),
        ("archived", "agent", []),
        ("draft", "auditor", []),
    ],
)
def test_an_article_goes_where_its_reader_s_role_may_take_it(status: str, role: str, expected: list[str]) -> None:
    assert sorted(knowing.moves(status, role)) == sorted(expected)


@pytest.mark.parametrize(
    ("status", "published", "role", "expected"),
    [
        ("draft", False, "agent", True),
        ("draft", True, "agent", False),
        ("archived", False, "agent", False),
        ("archived", False, "lead", True),
        ("published", True, "admin", True),
    ],
)
def test_an_article_is_removed_by_who_may_remove_it(status: str, published: bool, role: str, expected: bool) -> None:
    texts = {"en": {"title": "Pumps"}}
    shown = {"texts": texts, "at": AT.isoformat()} if published else None
    assert knowing.may_remove({"texts": texts, "status": status, "published": shown}, role) is expected


def test_the_preview_is_what_readers_see_and_nothing_typed_is_html() -> None:
    words = {"title": "<img src=x onerror=1>", "summary": "</style><script>", "body": "**now** <script>x</script>"}
    page = knowing.preview(words, "en", knowing.style("#1d4ed8"))
    assert "<script" not in page
    assert "<img" not in page
    assert "<strong>now</strong>" in page
    # One style, closed once: nothing it holds can end it early. Nothing is fetched.
    assert page.count("</style") == 1
    assert "<link" not in page


def test_the_list_says_when_readers_see_an_earlier_text_and_what_they_said_of_it() -> None:
    texts = {"en": {"title": "Ink", "summary": ""}, "pl": {"title": "Tusz", "summary": ""}}
    shown = {"texts": texts, "visibility": "public"}
    facts = [
        fact("ink", {"texts": texts, "status": "draft", "category": "printing", "published": shown}),
        fact("other", {"texts": texts, "status": "published", "category": "", "published": shown}),
    ]
    said = {"ink": ArticleView(article="ink", language="en", title="Ink", published_at=AT, helped=3, not_helped=1)}
    (line,) = knowing.lines(facts, said, "pl", "printing")
    assert (line.title, line.earlier, line.helped, line.not_helped) == ("Tusz", True, 3, 1)
    assert [each.earlier for each in knowing.lines(facts, said, "hr", None)] == [True, False]


def test_an_address_of_the_list_keeps_what_is_chosen() -> None:
    query = {"status": "draft", "q": "a & b", "from": "T-1"}
    assert knowing.address(query, page=2) == "/console/articles?status=draft&q=a+%26+b&page=2"
    assert knowing.address(query, status="", q="") == "/console/articles"
