"""HTML that our own people write: what of it may leave the house, and the same as plain text. Bounded in time.

Not here: HTML that comes in, which is shown to agents and trusted less (`shared.mail.htmltext`).
"""

import re
from html import escape

import nh3

from shared.mail.htmltext import QUOTE_MARK, html_to_text, scan_text_of

_MOST_TAGS = 20_000
_DEEPEST = 500
"""The sanitiser's work grows faster than the depth (9,000 levels of ``div`` took it 0.14 s), and no editor nests like that."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ALONE = frozenset({"br", "hr", "img", "col", "wbr", "p", "li", "td", "tr", "th", "meta", "link", "input"})
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt",
    "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol",
    "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "title", "valign", "width", "height", "bgcolor", "style"},
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
}
# Nothing that loads, moves or covers anything.
_STYLES = {
    "color", "background-color", "font", "font-family", "font-size", "font-style", "font-weight", "text-align", "text-decoration",
    "text-indent", "line-height", "letter-spacing", "white-space", "vertical-align", "width", "max-width", "height", "list-style-type",
    "margin", "margin-top", "margin-right", "margin-bottom", "margin-left", "padding", "padding-top", "padding-right",
    "padding-bottom", "padding-left", "border", "border-top", "border-right", "border-bottom", "border-left", "border-collapse",
    "border-color", "border-radius", "border-spacing", "border-style", "border-width",
}  # fmt: skip


def sanitised(markup: str) -> str:
    """Markup that may be sent and shown: texts, tables, links, images by http, https and cid, harmless styles; never scripts,
    forms, frames or whole pages. Markup that is nested absurdly becomes its text. Sanitised again it stays the same."""
    if _is_absurd(markup):
        return f"<pre>{escape(scan_text_of(markup), quote=False)}</pre>"
    return nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        filter_style_properties=_STYLES,
        clean_content_tags={"script", "style", "title", "template", "noscript", "textarea", "iframe", "xmp"},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel=None,
    )


def as_text(markup: str) -> str:
    """What the markup says, as plain text."""
    return html_to_text(markup).replace(QUOTE_MARK, "").strip("\n")


def _is_absurd(markup: str) -> bool:
    if markup.count("<") > _MOST_TAGS:
        return True
    depth = deepest = 0
    for end, name in _TAG.findall(markup):
        if name.lower() not in _ALONE:
            depth += -1 if end else 1
            deepest = max(deepest, depth)
    return deepest > _DEEPEST
