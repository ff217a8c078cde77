"""HTML parts as plain text for reading: lists, tables, links and quotes as a mail client writes them. Bounded, linear.

What a reader would not see (hidden preheaders, comments, styles) is left out, unless there is nothing else.
"""

import html
import re

from shared.mail.limits import MAX_TEXT

QUOTE_MARK = "\u2063"
"""An invisible character that no text needs. Alone on a line: here a client's container for the quoted mail begins.
In front of a line: this line is the attribution that a client wrote."""

_MAX_TAGS = 20_000
_MAX_OPEN = 2_000
_MAX_WALKED_OPEN = 200
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


def opens_too_deep(markup: str, most: int = _MAX_OPEN) -> bool:
    """Whether markup opens far more elements than it closes, so that a tree of it would be that deep."""
    return markup.count("<") > most and len(_OPENING.findall(markup)) - markup.count("</") > most


def html_to_text(markup: str) -> str:
    """Plain text of a page, read as a tree where that is affordable, else by a linear scan that keeps lines and items.

    QUOTE_MARK stands where a mail client's container for the quoted mail begins, see there.
    """
    markup = markup[:MAX_TEXT].replace(QUOTE_MARK, "")
    if markup.count("<") <= _MAX_TAGS and not opens_too_deep(markup, _MAX_WALKED_OPEN):
        from shared.mail.htmlwalk import walked_text

        text = walked_text(markup)
        if text:
            return text
    return scan_text_of(markup)


def scan_text_of(markup: str) -> str:
    """The linear scan: hidden elements out, block ends to line breaks, tags away, entities decoded."""
    text = _HIDDEN.sub(" ", markup) if markup.count("<!--") + markup.lower().count("<s") < 2_000 else markup
    text = _BLANKS.sub(" ", text)
    text = _ITEM.sub("\n* ", text)
    text = _BREAK.sub("\n", text)
    text = html.unescape(_CUT_TAG.sub("", _TAG.sub("", text)))
    return tidy(text)


def tidy(text: str) -> str:
    """Lines without blanks at their ends, at most one empty line in a row, none around the text."""
    lines = [
        line.replace("\xa0", " ").strip() if not line.strip() else line.replace("\xa0", " ").rstrip()
        for line in text.split("\n")
    ]
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
