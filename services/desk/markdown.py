"""A small part of Markdown as HTML: headings, paragraphs, lists, quotes, code, rules, links and emphasis. Pure.

Safe by how it is made: every piece of a text is escaped, and the only HTML that comes out is what is written here. There is no HTML in it,
no picture, and no link but to web pages, mail addresses, telephones and other articles. Its cost grows with the length of the text: each
pattern begins with a sign of its own and is bounded, and what stands within another thing is not looked at deeper than `DEEPEST`.
Written after CommonMark 0.31 (https://spec.commonmark.org/0.31.2/), which it agrees with where it knows the same.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

DEEPEST: Final = 5
"""Lists and quotes within one another."""
LONGEST: Final = 60_000
"""Characters of a text that are looked at."""

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_BULLET = re.compile(r"( {0,3})([-*+])[ \t]+(\S.*)")
_NUMBERED = re.compile(r"( {0,3})(\d{1,6})[.)][ \t]+(\S.*)")
_RULE = re.compile(r" {0,3}(?:-[ \t]*){3,100}|(?:\*[ \t]*){3,100}|(?:_[ \t]*){3,100}")
_FENCE = re.compile(r" {0,3}(`{3,20}|~{3,20})[^`]*")
_QUOTE = re.compile(r" {0,3}> ?")
_INLINE = re.compile(
    r"(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|`(?P<code>[^`\n]{1,2000})`"
    r"|\[(?P<shown>[^\[\]\n]{1,300})\]\((?P<target>[^()\s<>]{1,2000})\)"
    r"|<?(?P<bare>https?://[^\s<>\"'`|\\^{}]{3,2000})>?"
    r"|\*\*(?P<strong>[^\s*](?:[^*\n]{0,1000}[^\s*])?)\*\*"
    r"|\*(?P<em>[^\s*](?:[^*\n]{0,1000}[^\s*])?)\*"
    r"|(?<!\w)_(?P<low>[^\s_](?:[^_\n]{0,1000}[^\s_])?)_(?!\w)"
    r"|(?P<broken>(?: {2,20}|\\)\n)"
)
_ARTICLE = re.compile(r"article:([A-Za-z0-9._@-]{1,120})")
_SAFE = re.compile(r"(?:https?://[^/\s]|mailto:[^\s:]+@|tel:\+?[0-9])", re.IGNORECASE)
_ENDS: Final = ".,;:!?)"


def rendered(text: str, link: Callable[[str], str]) -> str:
    """The text as HTML. ``link`` gives the address of another article, which a text names as ``[words](article:its-name)``."""
    lines = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").replace("\0", "").split("\n")
    return "\n".join(_blocks(lines, link, DEEPEST))


def plain(text: str) -> str:
    """The words of a text on one line, without what marks them."""
    return " ".join(re.sub(r"<[^>]{1,3000}>", " ", rendered(text, lambda _: "")).split())


def _blocks(lines: Sequence[str], link: Callable[[str], str], deep: int) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif fence := _FENCE.fullmatch(line):
            at = _fenced(lines, at, fence[1], found)
        elif heading := _HEADING.fullmatch(line):
            # The page's own title is its only h1.
            level = min(max(len(heading[1]), 2), 4)
            found.append(f"<h{level}>{_inline(heading[2].rstrip(' #') or heading[2], link)}</h{level}>")
            at += 1
        elif _RULE.fullmatch(line):
            found.append("<hr>")
            at += 1
        elif deep and _QUOTE.match(line):
            at = _quoted(lines, at, link, deep, found)
        elif deep and (_BULLET.fullmatch(line) or _NUMBERED.fullmatch(line)):
            at = _listed(lines, at, link, deep, found)
        else:
            at = _paragraph(lines, at, link, deep, found)
    return found


def _fenced(lines: Sequence[str], at: int, fence: str, found: list[str]) -> int:
    end = at + 1
    while end < len(lines) and not lines[end].strip().startswith(fence):
        end += 1
    found.append(f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>")
    return end + 1


def _quoted(lines: Sequence[str], at: int, link: Callable[[str], str], deep: int, found: list[str]) -> int:
    end = at
    while end < len(lines) and _QUOTE.match(lines[end]):
        end += 1
    inner = _blocks([_QUOTE.sub("", line, count=1) for line in lines[at:end]], link, deep - 1)
    found.append("<blockquote>\n" + "\n".join(inner) + "\n</blockquote>")
    return end


def _listed(lines: Sequence[str], at: int, link: Callable[[str], str], deep: int, found: list[str]) -> int:
    """A list: items of one kind, each with what is indented below it."""
    kind = _BULLET if _BULLET.fullmatch(lines[at]) else _NUMBERED
    first = kind.fullmatch(lines[at])
    # What is indented further is a list within the item.
    most, inset = (len(first[1]) + 1, min(first.start(3), 4)) if first else (0, 2)
    items: list[list[str]] = []
    while at < len(lines):
        line = lines[at]
        if (item := kind.fullmatch(line)) and not _RULE.fullmatch(line) and (not items or len(item[1]) <= most):
            items.append([item[3]])
        elif line.startswith("  ") and line.strip():
            items[-1].append(line[min(inset, len(line) - len(line.lstrip())) :])
        elif (
            not line.strip()
            and at + 1 < len(lines)
            and (kind.fullmatch(lines[at + 1]) or lines[at + 1].startswith("  "))
        ):
            items[-1].append("")
        else:
            break
        at += 1
    start = f' start="{int(first[2])}"' if first and kind is _NUMBERED and first[2] != "1" else ""
    tag = "ul" if kind is _BULLET else "ol"
    found.append(
        f"<{tag}{start}>\n" + "\n".join(f"<li>{_item(each, link, deep)}</li>" for each in items) + f"\n</{tag}>"
    )
    return at


def _item(lines: list[str], link: Callable[[str], str], deep: int) -> str:
    inner = _blocks(lines, link, deep - 1)
    if inner and inner[0].startswith("<p>"):
        # A single line is no paragraph of its own: lists stay dense.
        inner[0] = inner[0].removeprefix("<p>").removesuffix("</p>")
    return "\n".join(inner)


def _paragraph(lines: Sequence[str], at: int, link: Callable[[str], str], deep: int, found: list[str]) -> int:
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _begins(lines[end], deep):
        end += 1
    found.append(f"<p>{_inline(chr(10).join(line.lstrip() for line in lines[at:end]).rstrip(), link)}</p>")
    return end


def _begins(line: str, deep: int) -> bool:
    """Whether something other than a paragraph begins here."""
    nested = deep and (_QUOTE.match(line) or _BULLET.fullmatch(line) or _NUMBERED.fullmatch(line))
    return bool(nested or _HEADING.fullmatch(line) or _FENCE.fullmatch(line) or _RULE.fullmatch(line))


def _inline(text: str, link: Callable[[str], str], deep: int = 2) -> str:
    found: list[str] = []
    done = 0
    for match in _INLINE.finditer(text):
        found.append(escape(text[done : match.start()]))
        found.append(_piece(match, link, deep))
        done = match.end()
    found.append(escape(text[done:]))
    return "".join(found)


def _piece(match: re.Match[str], link: Callable[[str], str], deep: int) -> str:
    whole = match[0]
    if match["escaped"]:
        return escape(whole[1])
    if match["code"]:
        return f"<code>{escape(match['code'])}</code>"
    if match["shown"]:
        return _linked(match["shown"], match["target"], whole, link)
    if match["bare"]:
        address = match["bare"].rstrip(_ENDS)
        rest = "" if whole.startswith("<") else match["bare"][len(address) :]
        return _anchor(address, address) + escape(rest)
    if match["broken"]:
        return "<br>\n"
    for name, tag in (("strong", "strong"), ("em", "em"), ("low", "em")):
        if match[name]:
            inner = _inline(match[name], link, deep - 1) if deep else escape(match[name])
            return f"<{tag}>{inner}</{tag}>"
    return escape(whole)


def _linked(shown: str, target: str, whole: str, link: Callable[[str], str]) -> str:
    if article := _ARTICLE.fullmatch(target):
        return f'<a href="{escape(link(article[1]))}">{escape(shown)}</a>'
    # Anything else stays what was written: nobody presses a link that is none.
    return _anchor(target, shown) if _SAFE.match(target) else escape(whole)


def _anchor(address: str, shown: str) -> str:
    return f'<a href="{escape(address)}" rel="noopener noreferrer">{escape(shown)}</a>'
