"""What the pages of articles show, and what is kept of what was typed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from services.desk.markdown import rendered
from services.desk.pages.branding import Brand
from shared.clock import now
from shared.documents import KINDS, Change
from shared.documents.article import ARTICLE, MOVES, SLUG, Article
from shared.messages.articles import ArticleView
from shared.messages.documents import DocumentFact
from shared.texts.languages import LANGUAGES

STATES: Final = ("draft", "in_review", "published", "archived")
PARTS: Final = ("title", "summary", "body")


@dataclass(frozen=True)
class Line:
    """An article in the list, in a reader's language or its main one. ``earlier``: readers see an earlier text of it."""

    slug: str
    title: str
    summary: str
    status: str
    category: str
    languages: tuple[str, ...]
    internal: bool
    earlier: bool
    changed: datetime
    helped: int
    not_helped: int


def lines(
    facts: Sequence[DocumentFact], readers: Mapping[str, ArticleView], language: str, category: str | None
) -> list[Line]:
    """Articles as the list shows them, those of a category (null: of all); ``readers`` is what readers said, by article."""
    found = []
    for fact in facts:
        body = fact.body
        texts: dict[str, dict[str, str]] = body["texts"]
        words = texts.get(language) or next(iter(texts.values()))
        if category is not None and body.get("category", "") != category:
            continue
        said = readers.get(fact.id)
        found.append(
            Line(
                fact.id,
                words["title"],
                words.get("summary", ""),
                body["status"],
                body.get("category", ""),
                tuple(texts),
                body.get("visibility") == "internal",
                body["status"] != "published" and body.get("published") is not None,
                fact.changed_at,
                said.helped if said else 0,
                said.not_helped if said else 0,
            )
        )
    return found


def texts_of(typed: Mapping[str, Mapping[str, str]], first: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """What is kept of the fields of all languages, ``first`` before the others, and the languages that lack a title."""
    kept: dict[str, dict[str, str]] = {}
    lacking = []
    for language in sorted(typed, key=lambda each: (each != first, LANGUAGES.index(each))):
        words = {part: str(typed[language].get(part) or "").strip() for part in PARTS}
        if words["title"]:
            kept[language] = words
        elif any(words.values()):
            lacking.append(language)
    return kept, lacking


def tags_of(written: str) -> list[str]:
    """Tags that were written with commas between them."""
    return [each for each in (tag.strip() for tag in written.split(",")) if each][:20]


def moves(status: str, role: str) -> list[str]:
    """Where somebody of this role may take an article that is saved."""
    leads = role in ("lead", "admin")
    if role == "auditor":
        return []
    return [to for to, led in MOVES[status].items() if to != status and (leads or not led)]  # type: ignore[index]


def may_remove(body: Mapping[str, Any], role: str) -> bool:
    """Whether somebody of this role may take an article away for good. The rules themselves are asked."""
    return KINDS[ARTICLE].check(Change(Article.model_validate(body), None, role, "", now())) is None


def is_slug(written: str) -> bool:
    """Whether it can stand in an address; an empty one is made of the title."""
    return not written or bool(SLUG.fullmatch(written))


def preview(words: Mapping[str, str], language: str, style: str) -> str:
    """A page as readers see the article, for a frame without scripts. Everything is escaped here or by the rendering."""
    title, summary = escape(words.get("title") or "–"), escape(words.get("summary") or "")
    body = rendered(words.get("body") or "", lambda article: f"/kb/a/{article}")
    lead = f'<p class="lead">{summary}</p>' if summary else ""
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        f"<style>{style}</style></head><body><main>"
        f'<article class="card reading"><h1>{title}</h1>{lead}<div class="words">{body}</div>'
        "</article></main></body></html>"
    )


@cache
def style(colour: str) -> str:
    """The style of customers' pages, in the company's ``colour``: the frame has an origin of its own, and may fetch nothing of ours."""
    knowledge = (files("services.desk.pages") / "knowledge.css").read_text("utf-8")
    return f"{Brand(colour).style.decode()}\n{knowledge}\nmain {{ padding: .75rem; }}".replace("</", "<\\/")


def address(query: Mapping[str, str], **changed: Any) -> str:
    """The list again, with something else chosen."""
    kept = {name: query[name] for name in ("status", "category", "q", "page") if query.get(name)}
    chosen = {name: str(value) for name, value in (kept | changed).items() if value}
    return "/console/articles" + (f"?{urlencode(chosen)}" if chosen else "")
