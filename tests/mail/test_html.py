"""HTML of strangers: safe to show, and good to read as text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mail.htmltext import html_to_text
from shared.mail.sanitise import has_remote, sanitise, show_remote

EVIL = "http://evil.example/x"


@pytest.mark.parametrize(
    "markup",
    [
        f"<script src={EVIL}>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        f'<svg><image href="{EVIL}"/><use xlink:href="{EVIL}#a"/></svg>',
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="java\nscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="vbscript:x">x</a>',
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        f"<iframe src={EVIL}></iframe>",
        f"<object data={EVIL}><embed src={EVIL}>",
        f"<form action={EVIL}><input type=image src={EVIL}><button formaction={EVIL}>b</button></form>",
        f'<meta http-equiv=refresh content="0;url={EVIL}">',
        f"<link rel=stylesheet href={EVIL}>",
        f"<base href={EVIL}>",
        f"<style>@import '{EVIL}'; body{{background:url({EVIL})}}</style>",
        f"<p style=\"background:u\\72l({EVIL})\">x</p>",
        f"<p style=\"background-image:image-set('{EVIL}' 1x)\">x</p>",
        f"<p style=\"list-style:url({EVIL});content:url({EVIL});cursor:url({EVIL})\">x</p>",
        f"<p style=\"background:/**/url({EVIL})\">x</p>",
        f"<p style=\"--x:url({EVIL});background:var(--x)\">x</p>",
        f"<p style=\"behavior:url({EVIL});-moz-binding:url({EVIL})\">x</p>",
        f'<img src="{EVIL}">',
        f'<img srcset="{EVIL} 2x, {EVIL} 3x">',
        f'<picture><source srcset="{EVIL}"><img src="{EVIL}"></picture>',
        '<img src="//evil.example/x">',
        f'<table background="{EVIL}"><tr background="{EVIL}"><td background="{EVIL}">x</td></tr></table>',
        f'<video poster="{EVIL}" src="{EVIL}" autoplay><source src="{EVIL}"><track src="{EVIL}"></video>',
        f'<audio src="{EVIL}" autoplay></audio>',
        f'<body background="{EVIL}">x</body>',
        f'<img lowsrc="{EVIL}" dynsrc="{EVIL}" longdesc="{EVIL}">',
        f'<a ping="{EVIL}" href="https://fine.example">x</a>',
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        '<p style="position:fixed;top:0;left:0;z-index:9999;width:100%">over everything</p>',
        '<div data-remote-src="x" id="logout" class="btn" onclick="x()">x</div>',
        "<!--><script>alert(1)</script>-->",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    ],
)  # fmt: skip
def test_nothing_runs_and_nothing_is_fetched(markup: str) -> None:
    clean = sanitise(markup).lower()
    for tag in (
        "<script",
        "<iframe",
        "<object",
        "<embed",
        "<form",
        "<input",
        "<meta",
        "<link",
        "<base",
        "<style",
        "<svg",
        "<audio",
    ):
        assert tag not in clean
    for word in (
        " onerror",
        " onload",
        " onclick",
        "javascript:",
        "vbscript:",
        "data:text",
        "svg+xml",
        "position",
        "srcdoc",
        " ping=",
    ):
        assert word not in clean
    for attribute in (' src="', ' srcset="', ' background="', ' poster="'):
        assert attribute not in clean
    assert ' style="' not in clean or "(" not in clean.partition(' style="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("markup", "blocked", "shown"),
    [
        (f'<img src="{EVIL}" alt="a">', f'<img data-remote-src="{EVIL}" alt="a">', f'<img alt="a" src="{EVIL}">'),
        ('<img src="//e.example/x">', '<img data-remote-src="https://e.example/x">', '<img src="https://e.example/x">'),
        (
            f'<p style="color:red;background:url({EVIL})">a</p>',
            f'<p style="color:red" data-remote-style="background:url(&quot;{EVIL}&quot;)">a</p>',
            f'<p style="color:red;background:url(&quot;{EVIL}&quot;)">a</p>',
        ),
        (f'<td background="{EVIL}">', "", ""),
    ],
)
def test_what_is_blocked_is_kept_and_shown_when_asked_for(markup: str, blocked: str, shown: str) -> None:
    clean = sanitise(markup)
    assert clean == blocked
    assert show_remote(clean) == shown
    assert has_remote(clean) is bool(blocked)


def test_images_within_the_mail_stay() -> None:
    markup = '<img src="cid:logo@1"><img src="data:image/png;base64,iVBORw0KGgo=">'
    assert sanitise(markup) == markup
    assert not has_remote(sanitise(markup))


def test_text_that_looks_like_a_tag_is_not_touched() -> None:
    markup = '&lt;img src="http://x"&gt; <b title="&lt;img src=x&gt;">b</b>'
    assert show_remote(sanitise(markup)) == markup


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p ", "<img ", "style=", "src=", '"', "'", ">", "<", "url(", ")", "http://e.example/", "cid:a", ";",
            "background:", "\\", "/*", "*/",
             "&quot;", "data:image/png;base64,", "srcset=", "<td background=", "x", " ", "&#x28;", "@import", "\n", "<svg>",
             "</svg>", "<!--", "-->"]
        ),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_no_markup_loads_anything_by_itself(markup: str) -> None:
    clean = sanitise(markup)
    for attribute in (' src="http', ' src="//', ' srcset="', ' background="http', ' poster="http'):
        tags = [piece.partition(">")[0] for piece in clean.split("<")[1:]]
        assert not any(attribute in tag for tag in tags)
    assert not any("url(" in piece.partition('"')[0].lower() for piece in clean.split(' style="')[1:])
    assert sanitise(clean) is not None


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<ul><li>a<li>b<ol><li>c<li>d</ol></ul>", "* a\n* b\n  1. c\n  2. d"),
        ('<ol start="3"><li>c</ol>', "3. c"),
        (
            "<table><tr><th>Item<th>Qty<tr><td><p>Router X</p><td><p>2</p><tr><td>Cable<td>10</table>",
            "Item      Qty\nRouter X  2\nCable     10",
        ),
        (
            "<table><tr><td><table><tr><td>Logo</td></tr></table></td></tr><tr><td>Dear X</td></tr></table>",
            "Logo\n\nDear X",
        ),
        ('See <a href="https://x.example/a">this page</a>.', "See this page <https://x.example/a>."),
        (
            '<a href="https://x.example/">x.example</a> <a href="mailto:a@b.example">a@b.example</a>',
            "x.example a@b.example",
        ),
        ("&lt;tag&gt; &amp;amp; &#8364; caf&eacute;", "<tag> &amp; € café"),
        ('<div style="display:none">hidden</div><span style="font-size:0">no</span><p hidden>no</p>Shown', "Shown"),
        ('<div style="mso-hide:all">no</div><div style="max-height:0px;overflow:hidden">no</div>Shown', "Shown"),
        ("<!--[if mso]><p>Outlook only</p><![endif]--><![if !mso]><p>All others</p><![endif]>", "All others"),
        (
            '<p class="MsoNormal">One<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Two</p>',
            "One\n\nTwo",
        ),
        ('<p class="MsoNormal">One</p><p class="MsoNormal">Two</p>', "One\nTwo"),
        ("<style>p{}</style><title>t</title><script>x</script>Words", "Words"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ('smile <img alt="😀" src=x> <img alt="Company logo" src=y>end', "smile 😀 end"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n> > b\n\nc"),
        ("no&zwnj;&nbsp;&shy;pad&#847;ding", "no padding"),
        ("plain words", "plain words"),
        ("<b>never closed", "never closed"),
        ("<p>cut at the end <a hre", "cut at the end"),
        ("", ""),
    ],
)
def test_html_reads_well_as_text(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


def test_markup_that_hides_everything_is_shown_all_the_same() -> None:
    assert html_to_text('<div style="display:none">The only words</div>') == "The only words"


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 50_000, "<div>" * 3_000 + "deep" + "</div>" * 3_000, "<table><tr><td>x" * 15_000, "<ul><li>" * 15_000, "<p " * 60_000,
        '<div class="gmail_quote"><div class="gmail_attr">' * 5_000, "<a href=x" * 25_000, "&" * 200_000, '<b style="' + "url(" * 60_000,
        "<img src=x>" * 20_000, '<p style="color:red">' * 5_000, "<td>" * 60_000, "<blockquote>" * 15_000, "<!--" * 60_000,
        '<i title="' * 25_000, "<p style='" + "a:b(;" * 40_000 + "'>", "<br>" * 60_000, '<span style="opacity:0' + ";" * 200_000,
    ],
)  # fmt: skip
def test_no_markup_takes_long(markup: str) -> None:
    begun = time.process_time()
    html_to_text(markup)
    sanitise(markup)
    assert time.process_time() - begun < 2
