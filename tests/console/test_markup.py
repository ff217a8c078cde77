"""Pieces of pages written by templates: nothing from outside becomes markup."""

from html.parser import HTMLParser

import pytest

from services.desk.console.markup import written
from services.desk.console.ticket.pieces import runs
from shared.texts import text

HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script></option></select>{{ 7*7 }} &lt;b&gt;"


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.said += data


def _t(key: str, **variables: object) -> str:
    return text(f"console.{key}", "en", **variables)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("words", {"runs": [(HOSTILE, False), ("https://evil.example/" + HOSTILE, True)]}),
        (
            "message_head",
            {
                "icon": "mail", "author": HOSTILE, "said": HOSTILE, "chips": [(HOSTILE, "tk-warn", HOSTILE)], "when": HOSTILE,
                "iso": HOSTILE, "moment": HOSTILE,
            },
        ),
        (
            "filters",
            {
                "open": False, "hidden": {"q": HOSTILE},
                "choices": [{"label": HOSTILE, "name": "team", "chosen": HOSTILE, "options": {HOSTILE: HOSTILE}}],
            },
        ),
        ("views", {"views": [{"name": HOSTILE, "label": HOSTILE, "href": HOSTILE, "here": True, "count": "1", "first_saved": True}]}),
        ("bar", {"start": "/", "preferences": "/", "company": HOSTILE, "name": HOSTILE}),
        ("foot", {"lines": [1], "shown": HOSTILE, "newer": HOSTILE, "older": HOSTILE}),
    ],
)  # fmt: skip
def test_what_comes_from_outside_is_text(name: str, values: dict[str, object]) -> None:
    found = _Elements()
    found.feed(written(name, t=_t, **values))
    found.close()
    assert not found.tags & {"img", "script"}
    assert "onerror" not in found.attributes
    assert "alert(2)" in found.said
    assert "{{ 7*7 }}" in found.said


def test_words_show_where_each_link_leads() -> None:
    html = written("words", runs=list(runs("See https://acme.example/a?b=1&c=2. <b>Now</b>\nNext line")))
    assert 'href="https://acme.example/a?b=1&amp;c=2"' in html
    assert ">https://acme.example/a?b=1&amp;c=2</a>. &lt;b&gt;Now&lt;/b&gt;\nNext line</div>" in html
    assert 'rel="noopener noreferrer nofollow"' in html
