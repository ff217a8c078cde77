"""HTML of strangers made safe to show: nothing runs, nothing is fetched before an agent asks for it.

What would load from elsewhere (images, backgrounds, posters, style sheets' url()) is moved to `data-remote-…` attributes;
`show_remote` moves it back. Images within the mail (`cid:`) and small ones written into it (`data:`) stay.
"""

import html
import re

import nh3

from shared.mail.htmltext import opens_too_deep, scan_text_of

_ALLOWED = {
    "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
    "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "video", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "title", "valign", "width", "height", "bgcolor", "style"},
    "a": {"href", "name"},
    "font": {"color", "face", "size"},
    "img": {"src", "srcset", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing", "summary", "background"},
    "td": {"colspan", "rowspan", "background"},
    "th": {"colspan", "rowspan", "scope", "background"},
    "tr": {"background"},
    "div": {"background"},
    "video": {"poster"},
    "ol": {"start", "type"},
    "blockquote": {"cite", "type"},
}
_DROPPED = {
    "script",
    "style",
    "title",
    "template",
    "noscript",
    "svg",
    "math",
    "iframe",
    "object",
    "noembed",
    "noframes",
}
# Nothing that takes a part of the page away from its place (position, z-index) or reaches out of the mail.
_STYLES = {
    "background", "background-color", "background-image", "border", "border-bottom", "border-collapse", "border-color",
    "border-left", "border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-width", "color",
    "direction", "font", "font-family", "font-size", "font-style", "font-weight", "letter-spacing", "line-height",
    "list-style-type", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "min-width", "padding",
    "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align", "text-decoration", "text-indent",
    "text-transform", "vertical-align", "white-space", "width", "height",
}  # fmt: skip
_REMOTE = ("src", "srcset", "background", "poster")
_TAG = re.compile(r"<[a-z][a-z0-9]*\s[^<>]*>")
_LOADING = re.compile(r'\s(src|srcset|background|poster|style)="([^"]*)"')
_BLOCKED = re.compile(r'\sdata-remote-(src|srcset|background|poster|style)="([^"]*)"')
_HARMLESS_FUNCTION = re.compile(r"\b(?:rgba?|hsla?)\([\d.,%/\s-]*\)", re.IGNORECASE)
_URL = re.compile(r"url\(", re.IGNORECASE)
_EMBEDDED_IMAGE = re.compile(r"data:image/(?:png|gif|jpe?g|webp|bmp);base64,", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def sanitise(markup: str) -> str:
    """Markup an agent's browser may show: no scripts, style sheets, forms, frames; nothing loads by itself.

    The sanitiser is quadratic in the depth of nesting: markup that opens far more than it closes is shown as its text.
    """
    if opens_too_deep(markup):
        return f"<pre>{html.escape(scan_text_of(markup))}</pre>"
    clean = nh3.clean(
        markup,
        tags=_ALLOWED,
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        url_relative=_relative,
        attribute_filter=_filtered,
        filter_style_properties=_STYLES,
        link_rel="noopener noreferrer nofollow",
    )
    return _TAG.sub(_block, clean) if any(f' {name}="' in clean for name in (*_REMOTE, "style")) else clean


def has_remote(clean: str) -> bool:
    """Whether sanitised markup holds anything that `show_remote` would load."""
    return any(_BLOCKED.search(tag[0]) for tag in _TAG.finditer(clean))


def show_remote(clean: str) -> str:
    """Sanitised markup with what was blocked put back; for the one agent who asked for it. Other input is undefined."""
    return _TAG.sub(lambda tag: _unblock(tag[0]), clean)


def _relative(url: str) -> str | None:
    """There is no page of ours that a mail could mean; `//host/…` is of the outside."""
    return f"https:{url}" if url.startswith("//") else None


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    """The last word on values: only images may be written into the mail, only pictures may be parts of it."""
    start = _CONTROL.sub("", value[:200]).lower()
    if start.startswith("data:"):
        return value if tag == "img" and attribute == "src" and _EMBEDDED_IMAGE.match(start) else None
    if start.startswith("cid:"):
        return value if attribute in ("src", "background") else None
    if attribute in ("src", "background", "poster"):
        if start.startswith("//"):
            return f"https:{value.strip()}"
        return value if start.startswith(("http:", "https:")) else None
    return value


def _block(tag: re.Match[str]) -> str:
    return _LOADING.sub(_blocked, tag[0])


def _blocked(match: re.Match[str]) -> str:
    name, value = match[1], match[2]
    if name == "style":
        return _blocked_style(value)
    if name != "srcset" and value.strip().lower().startswith(("cid:", "data:")):
        return match[0]
    return f' data-remote-{name}="{value}"'


def _blocked_style(value: str) -> str:
    """Declarations that name a resource go aside; other functions, escapes and comments are dropped as they are."""
    kept, remote = [], []
    for declaration in _declarations(html.unescape(value)):
        rest = _HARMLESS_FUNCTION.sub("", declaration)
        if "(" not in rest and "\\" not in rest and "/*" not in rest and "@" not in rest and "://" not in rest:
            kept.append(declaration)
        elif _URL.search(rest) and "\\" not in rest:
            remote.append(declaration)
    out = f' style="{html.escape(";".join(kept))}"' if kept else ""
    return out + (f' data-remote-style="{html.escape(";".join(remote))}"' if remote else "")


def _declarations(style: str) -> list[str]:
    """Split at semicolons that stand neither in quotes nor in brackets; one pass."""
    found: list[str] = []
    start, quote, depth = 0, "", 0
    for at, character in enumerate(style):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == ";" and depth <= 0:
            found.append(style[start:at].strip())
            start = at + 1
    found.append(style[start:].strip())
    return [declaration for declaration in found if declaration]


def _unblock(tag: str) -> str:
    blocked = {match[1]: match[2] for match in _BLOCKED.finditer(tag)}
    if not blocked:
        return tag
    tag = _BLOCKED.sub("", tag)
    style = blocked.pop("style", None)
    if style is not None:
        here = re.search(r'\sstyle="([^"]*)"', tag)
        tag = tag.replace(here[0], "", 1) if here else tag
        blocked["style"] = f"{here[1]};{style}" if here else style
    end = 2 if tag.endswith("/>") else 1
    return tag[:-end] + "".join(f' {name}="{value}"' for name, value in blocked.items()) + tag[-end:]
