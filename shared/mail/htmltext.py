"""HTML parts: sanitised for showing (nh3), and as plain text for reading. Bounded in time and size."""

import html
import re

import nh3

from shared.mail.limits import MAX_TEXT

QUOTE_MARK = "\u2063"
"""Where a quoted mail begins in text made of HTML; an invisible character that no text needs."""
_QUOTE_CONTAINER = re.compile(
    r"<(?:div|blockquote|section|table|hr)\b[^<>]{0,200}?(?:class|id)\s{0,3}=\s{0,3}[\"']?(?:gmail_quote|gmail_extra|yahoo_quoted|"
    r"protonmail_quote|divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|zmail_extra|"
    r"OLK_SRC_BODY_SECTION|stopSpelling|reply-intro)",
    re.IGNORECASE,
)

# Layout engines pad cells to columns; beyond these figures that is memory, not reading.
_MAX_LAYOUT_TEXT = 60_000
_MAX_LAYOUT_CELLS = 300
_MAX_LAYOUT_TAGS = 4_000
_MAX_OPEN = 2_000
_CELL = re.compile(r"<t[dh][\s>]", re.IGNORECASE)
_HIDDEN = re.compile(
    r"<(script|style|head|title|template|noscript)\b[^>]{0,2000}>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_BREAK = re.compile(
    r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote|/ul|/ol|hr|p|div|h[1-6]|tr|blockquote|ul|ol|"
    r"table)\b[^<>]{0,4000}>",
    re.IGNORECASE,
)
_OPENING = re.compile(r"<(?!(?:br|hr|img|p|li|td|tr|meta|link|input|col|wbr)\b)[a-z]", re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^<>]{0,4000}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]{0,8000}>")
_CUT_TAG = re.compile(r"<[a-zA-Z/][^<>]{0,8000}\Z")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")
_ALLOWED = {
    "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
    "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "title", "valign", "width", "height", "bgcolor"},
    "a": {"href", "name"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing", "summary"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type"},
    "blockquote": {"cite", "type"},
}


def sanitise(markup: str) -> str:
    """Markup an agent's browser may show: no scripts, styles, forms, frames; links open nothing of ours.

    The sanitiser is quadratic in the depth of nesting: markup that opens far more than it closes is shown as its text.
    """
    if markup.count("<") > _MAX_OPEN and len(_OPENING.findall(markup)) - markup.count("</") > _MAX_OPEN:
        return f"<pre>{html.escape(scan_text_of(markup))}</pre>"
    return nh3.clean(
        markup,
        tags=_ALLOWED,
        attributes=_ATTRIBUTES,
        clean_content_tags={"script", "style", "title", "template", "noscript"},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )


def html_to_text(markup: str) -> str:
    """Plain text of a page, laid out where that is affordable, else by a linear scan that keeps lines and items.

    QUOTE_MARK stands on a line of its own where a mail client's container for the quoted mail begins.
    """
    markup = markup[:MAX_TEXT].replace(QUOTE_MARK, "")
    markup = _QUOTE_CONTAINER.sub(lambda match: f"<div>{QUOTE_MARK}</div>{match[0]}", markup, count=1)
    if (
        len(markup) <= _MAX_LAYOUT_TEXT
        and markup.count("<") <= _MAX_LAYOUT_TAGS
        and len(_CELL.findall(markup)) <= _MAX_LAYOUT_CELLS
    ):
        try:
            # Layout loses everything in some broken tables: then the scan may still find it.
            return _laid_out(markup) or scan_text_of(markup)
        except (ValueError, RecursionError, TypeError, AttributeError, IndexError, AssertionError):
            return scan_text_of(markup)
    return scan_text_of(markup)


def _laid_out(markup: str) -> str:
    from inscriptis import get_text
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig

    text: str = get_text(markup, ParserConfig(css=CSS_PROFILES["strict"], display_images=False))
    return _tidy(text)


def scan_text_of(markup: str) -> str:
    """The linear scan: hidden elements out, block ends to line breaks, tags away, entities decoded."""
    text = _HIDDEN.sub(" ", markup) if markup.count("<!--") + markup.lower().count("<s") < 2_000 else markup
    text = _BLANKS.sub(" ", text)
    text = _ITEM.sub("\n* ", text)
    text = _BREAK.sub("\n", text)
    text = html.unescape(_CUT_TAG.sub("", _TAG.sub("", text)))
    return _tidy(text)


def _tidy(text: str) -> str:
    lines = [
        line.replace("\xa0", " ").strip() if not line.strip() else line.replace("\xa0", " ").rstrip()
        for line in text.split("\n")
    ]
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
