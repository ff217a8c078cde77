"""Articles: who may take them where, what readers see of them, and when an acknowledgement offers some."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused, decide_command
from services.router.deciding.evidence import read
from services.router.deciding.life import offering
from shared.documents.article import ARTICLE, MOVES
from shared.identity import derive
from shared.messages.articles import ArticleFact, ArticleVote
from shared.messages.command import Command
from shared.messages.documents import DocumentFact, PutDocument, RemoveDocument, SaveDocument, document_key
from shared.messages.facts import Facts, FactsRequest
from shared.messages.life import StaffFact
from shared.settings.branding import Knowledge
from shared.settings.sections import Company
from shared.texts.short import short_words
from tests.router.life.telling import Telling, parts
from tests.router.life.telling import policy as telling_policy
from tests.router.talking import ANA
from tests.router.talking import said as talked
from tests.router.test_documents import NOW
from tests.router.world import mail, policy

WORDS = {"en": {"title": "The pump leaks", "summary": "", "body": "Tighten it."}}
CHANGED = {"en": {"title": "The pump leaks", "summary": "", "body": "Tighten it well."}}
ANNA = "agent:" + "a" * 32


installed = cache(policy)
telling = cache(telling_policy)


def body(**fields: Any) -> dict[str, Any]:
    return {"texts": WORDS, **fields}


def decided(action: Any, role: str = "agent", before: dict[str, Any] | None = None, actor: str = ANNA) -> Any:
    staff = StaffFact(agent_id="a" * 32, email="anna@acme.example", name="Anna", role=role)
    facts = Facts(staff={staff.email: staff})
    if before is not None:
        facts.documents[document_key(ARTICLE, "pump")] = DocumentFact(
            kind=ARTICLE, id="pump", state=before.get("status", "draft"), body=before, made_at=NOW, changed_at=NOW
        )
    command = Command(command_id="c" * 32, actor=actor, at=NOW, action=action)
    return decide_command(command, facts, installed(), NOW)


def saved(after: dict[str, Any], role: str = "agent", before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body that is kept when that is saved."""
    change = decided(SaveDocument(kind=ARTICLE, id="pump", body=after), role, before)
    [put] = [each for each in change.operations if isinstance(each, PutDocument)]
    assert put.state == put.body["status"]
    kept: dict[str, Any] = put.body
    return kept


def published(**fields: Any) -> dict[str, Any]:
    return saved(body(status="published", **fields), "lead")


# -- from draft to reader -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "becomes", "role", "allowed"),
    [
        (None, "draft", "agent", True),
        (None, "in_review", "agent", True),
        (None, "published", "agent", False),
        (None, "published", "lead", True),
        (None, "archived", "admin", False),
        (None, "draft", "auditor", False),
        ("draft", "in_review", "agent", True),
        ("draft", "published", "agent", False),
        ("draft", "published", "admin", True),
        ("in_review", "draft", "agent", True),
        ("in_review", "published", "agent", False),
        ("in_review", "published", "lead", True),
        ("published", "draft", "agent", True),
        ("published", "archived", "agent", False),
        ("published", "archived", "lead", True),
        ("published", "in_review", "lead", False),
        ("archived", "draft", "agent", False),
        ("archived", "draft", "lead", True),
        ("archived", "published", "lead", False),
    ],
)
def test_agents_write_and_leads_publish(was: str | None, becomes: str, role: str, allowed: bool) -> None:
    before = saved(body(status=was), "lead", published() if was == "archived" else None) if was else None
    if allowed:
        assert saved(body(status=becomes), role, before)["status"] == becomes
    else:
        with pytest.raises(Refused) as refused:
            saved(body(status=becomes), role, before)
        assert refused.value.error in ("invalid", "forbidden")


def test_what_was_published_stays_to_be_read_while_a_new_draft_is_written() -> None:
    first = published()
    assert first["published"]["texts"] == WORDS
    assert (first["published"]["at"], first["published"]["by"]) == (NOW.isoformat().replace("+00:00", "Z"), "a" * 32)
    draft = saved({**first, "texts": CHANGED, "status": "draft"}, before=first)
    assert (draft["texts"], draft["published"]["texts"]) == (CHANGED, WORDS)
    reviewed = saved({**draft, "status": "in_review"}, before=draft)
    assert reviewed["published"]["texts"] == WORDS
    again = saved({**reviewed, "status": "published"}, "lead", reviewed)
    assert again["published"]["texts"] == CHANGED


def test_nobody_writes_what_readers_see_but_by_publishing_it() -> None:
    forged = {"texts": CHANGED, "at": NOW.isoformat()}
    assert saved(body(published=forged))["published"] is None
    first = published()
    assert saved({**first, "status": "draft", "published": forged}, before=first)["published"] == first["published"]


def test_what_is_archived_is_read_by_nobody_also_when_it_is_taken_up_again() -> None:
    archived = saved({**published(), "status": "archived"}, "lead", published())
    assert archived["published"] is None
    assert saved({**archived, "status": "draft"}, "lead", archived)["published"] is None


def test_what_was_made_from_a_ticket_must_be_looked_through_before_anybody_else_sees_it() -> None:
    made = saved(body(from_ticket=True, looked=False))
    for status, role in (("in_review", "agent"), ("published", "admin")):
        with pytest.raises(Refused, match="look it through"):
            saved({**made, "status": status}, role, made)
    assert saved({**made, "looked": True, "status": "published"}, "lead", made)["published"]
    assert saved({**made, "from_ticket": False}, before=made)["from_ticket"], "where it came from stays said"


def test_agents_remove_what_nobody_has_read() -> None:
    remove = RemoveDocument(kind=ARTICLE, id="pump")
    assert decided(remove, before=saved(body())).operations
    with pytest.raises(Refused):
        decided(remove, before=published())
    assert decided(remove, "lead", published()).operations


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"texts": {}}, "texts"),
        ({"texts": {"de": WORDS["en"]}}, "de"),
        ({"texts": {"en": {"title": " "}}}, "title"),
        ({"category": "a"}, "category"),
        ({"category": "../x"}, "category"),
        ({"html": "<b>"}, "html"),
        ({"visibility": "secret"}, "visibility"),
    ],
)
def test_what_no_article_can_be_is_refused(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=named) as refused:
        saved(body(**wrong))
    assert refused.value.error == "invalid"


@settings(deadline=None, max_examples=50)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["draft", "in_review", "published", "archived"]), st.booleans(), st.booleans()),
        max_size=12,
    )
)
def test_without_a_lead_nothing_new_ever_becomes_readable(steps: list[tuple[str, bool, bool]]) -> None:
    kept, readable = None, None
    for status, leads, changed in steps:
        after = body(status=status, texts=CHANGED if changed else WORDS)
        try:
            kept = saved(after, "lead" if leads else "agent", kept)
        except Refused:
            continue
        if not leads:
            assert kept["published"] == readable
        readable = kept["published"]
        assert (kept["status"] == "archived") <= (readable is None)
        assert (kept["status"] == "published") <= (readable is not None)
    assert set(MOVES) == {None, "draft", "in_review", "published", "archived"}


def test_a_readers_word_is_counted_and_changes_nothing_else() -> None:
    change = decided(ArticleVote(article="pump", helped=False), actor="customer")
    assert [(each.op, each.article, each.helped) for each in change.operations] == [("count_vote", "pump", False)]
    assert change.bumps == []
    with pytest.raises(Refused):
        decided(ArticleVote(article="x y", helped=True), actor="customer")


# -- in acknowledgements ------------------------------------------------------------------------------------------------

SAID = "My printer does not print any more, and the display says E05."
FOUND = [
    ArticleFact(article="e05", language="en", title="The display says E05"),
    ArticleFact(article="print", language="en", title="Nothing is printed"),
    ArticleFact(article="pl", language="pl", title="Drukarka nie drukuje"),
    ArticleFact(article="paper", language="en", title="Paper jams"),
    ArticleFact(article="ink", language="en", title="Changing ink"),
]


def world(**knowledge: bool) -> Telling:
    """An installation of its own address."""
    made = Telling()
    base = telling()
    offers = Knowledge(**knowledge).suggest_in_acknowledgements
    made.policy = replace(
        base, telling=replace(base.telling, public_url="https://help.acme.example", offers_articles=offers)
    )
    return made


def told(world: Telling, words: str = SAID, *, by: str = "mail", found: list[ArticleFact] = FOUND, **more: Any) -> Any:
    """The acknowledgement of a new ticket, for which the store found these articles."""
    world.done += 1
    world.until(world.now + timedelta(minutes=1))
    name, at = f"n{world.done}", {"received_at": world.now}
    message = mail(name, text=words, **at, **more) if by == "mail" else talked(name, words, ANA, by, **at, **more)
    world.state.articles = {derive("ticket", message.source_id): found}
    world.take(message)
    [acknowledgement] = [each for each in world.to_customer() if each.kind == "acknowledgement"]
    return acknowledgement


def test_the_acknowledgement_offers_up_to_three_in_the_customers_language_with_links() -> None:
    outbound = told(world())
    [offer] = [each for each in outbound.postscripts if each.template == "articles"]
    assert offer.variables["lines"].split("\n") == [
        "The display says E05",
        "https://help.acme.example/kb/a/e05?lang=en",
        "Nothing is printed",
        "https://help.acme.example/kb/a/print?lang=en",
        "Paper jams",
        "https://help.acme.example/kb/a/paper?lang=en",
    ]


def test_an_sms_has_one_link_at_most() -> None:
    outbound = told(world(), by="sms")
    words = short_words(outbound, "Acme", "en")
    assert words.count("https://") == 1
    assert "https://help.acme.example/kb/a/e05?lang=en" in words


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("I would like to file a complaint about my printer and its delivery.", {}),
        ("URGENT: the printer of the whole office is down", {"subject": "URGENT: emergency"}),
        ("The printer again. Never again with you, I am furious and disgusted!", {}),
    ],
)
def test_who_complains_is_angry_or_in_a_hurry_is_not_sent_to_read(words: str, more: dict[str, Any]) -> None:
    outbound = told(world(), words, **more)
    assert "articles" not in parts(outbound)


def test_without_fitting_articles_without_an_address_and_where_it_is_switched_off_there_is_no_offer() -> None:
    assert "articles" in parts(told(world()))
    assert "articles" not in parts(told(world(suggest_in_acknowledgements=False)))
    assert "articles" not in parts(told(world(), found=[]))
    assert "articles" not in parts(told(world(), found=[FOUND[2]])), "not in another language"
    assert "articles" not in parts(told(Telling())), "nobody could reach the page"


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, True),
        ({"automatic": "auto-reply"}, False),
        ({"silent": True}, False),
        ({"subject": "Re: [T-1001] Pump"}, False),
    ],
)
def test_the_store_is_asked_only_for_what_may_open_a_ticket(more: dict[str, Any], asked: bool) -> None:
    policy = world().policy
    message = mail("m1", text=SAID, **more)
    request = offering.ask(FactsRequest(), [(message, read(message, policy))], policy)
    assert [each.key for each in request.articles] == ([derive("ticket", message.source_id)] if asked else [])


def test_nothing_is_asked_where_nothing_is_offered() -> None:
    policy = world(suggest_in_acknowledgements=False).policy
    message = mail("m1", text=SAID)
    assert offering.ask(FactsRequest(), [(message, read(message, policy))], policy).articles == []
    assert Company().public_url == "http://127.0.0.1:8080"
