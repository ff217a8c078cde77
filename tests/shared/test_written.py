"""HTML of our own people: what may leave the house stays as it is, everything else goes, and time is bounded."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.written import as_text, sanitised


@pytest.mark.parametrize(
    "page",
    [
        '<p style="color:red;font-size:14px">Hi <b>Ana</b></p>',
        '<table border="1"><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
        '<img src="cid:logo@acme" alt="Acme"> <img src="https://acme.example/a.png">',
        '<a href="https://acme.example/?a=1&amp;b=2">here</a> <a href="mailto:a@b.example">us</a>',
        "<ul><li>Zażółć</li><li>李</li></ul><blockquote>quoted</blockquote>",
    ],
)
def test_what_a_person_writes_with_an_editor_is_kept(page: str) -> None:
    assert sanitised(page) == page


@pytest.mark.parametrize(
    "page",
    [
        "<script>x()</script>",
        "<img src=x onerror=x()>",
        '<a href="javascript:x()">a</a>',
        '<a href=" jAvAsCrIpT&#58;x()">a</a>',
        '<a href="data:text/html,<script>x()</script>">a</a>',
        "<iframe src='https://x'></iframe>",
        "<form action='https://x'><input name=a><button>x()</button></form>",
        "<svg onload=x()><script>x()</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=x()>",
        "<style>@import 'https://x'</style>",
        '<p style="background:url(https://x/);position:fixed;behavior:url(x)">a</p>',
        "<base href='https://x'><meta http-equiv=refresh content='0;url=https://x'><link rel=stylesheet href=https://x>",
        "<object data=x></object><embed src=x><video src=x></video><audio src=x></audio>",
        "<noscript><p title='</noscript><img src=x onerror=x()>'>",
        "<!--[if mso]><script>x()</script><![endif]-->",
    ],
)
def test_what_could_run_load_or_cover_goes(page: str) -> None:
    clean = sanitised(page).lower()
    for bad in ("script", "onerror", "onload", "url(", "<iframe", "<form", "<input", "<svg", "<style", "<meta", "<base", "<link", "<object",
                "<embed", "<video", "position", "data:", "<!--"):  # fmt: skip
        assert bad not in clean, clean


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<b", ">", "<!--", "-->", "&lt;", "a", '"', "<td>", "<svg>", "<style>", "\x00", "ż"]
        )
    )
)
def test_cleaned_again_it_stays_the_same(pieces: list[str]) -> None:
    once = sanitised("".join(pieces))
    assert sanitised(once) == once


@pytest.mark.parametrize(
    "unit", ["<div>", "<b>", "<p><b>", "<div></b>", "<table><tr><td>", "<!--", "<a href='", "&#60;", "<svg><style>"]
)
def test_absurd_markup_costs_little(unit: str) -> None:
    page = unit * (500_000 // len(unit))
    began = time.process_time()
    sanitised(page)
    as_text(sanitised(page))
    assert time.process_time() - began < 3


def test_text_of_a_page_has_its_lines_and_items() -> None:
    text = as_text(
        "<p>Hello<br>Ana,</p><ul><li>one</li><li>two</li></ul><p>see <a href='https://x.example'>here</a></p>"
    )
    lines = [line.strip(" *") for line in text.splitlines() if line.strip()]
    assert lines[:4] == ["Hello", "Ana,", "one", "two"]
    assert lines[4].startswith("see here")
