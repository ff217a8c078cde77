"""Walks the tree of an HTML part and writes it down as plain text, one pass, without recursion."""

import re
from dataclasses import dataclass, field

from lxml import etree

from shared.mail.htmltext import QUOTE_MARK, tidy

_BLOCKS = {
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "header", "hr", "legend", "li", "main", "nav", "ol", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr", "ul", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p",
}  # fmt: skip
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "hr"}
_UNSEEN = {
    "script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe", "select", "textarea",
    "audio", "video", "map", "meta", "link", "xml",
}  # fmt: skip
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|(?:^|[;\s])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|"
    r"font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|%)?\s*(?:;|!|$)|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_NO_MARGIN = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0", re.IGNORECASE)
_NO_BORDER = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
# Containers that clients put around, or right before, the mail they answer.
_CONTAINER = re.compile(
    r"\b(?:gmail_quote(?:_container)?|gmail_extra|yahoo_quoted|yqt\d+|protonmail_quote|divRplyFwdMsg|appendonsend|"
    r"mail-editor-reference-message-container|zmail_extra|OLK_SRC_BODY_SECTION|stopSpelling|reply-intro|"
    r"tutanota_quote|hey_quote|quotedMessage|mailcontent-quote|x_divRplyFwdMsg|moz-forward-container)\b",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"\b(?:gmail_attr|moz-cite-prefix|fm_attribution|attribution|yahoo_attribution)\b", re.IGNORECASE
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
# Soft hyphens, joiners and marks that newsletters pad their preheaders with.
_PADDING = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2007\ufeff]+|[\u200c\u200d](?=[\s\u200c\u200d\u034f\xa0]|$)"
)
_CELL = "\x1f"
_MAX_LINK = 200
_MAX_COLUMN = 48


def walked_text(markup: str) -> str:
    """The text of a page, "" where the tree holds none or cannot be made."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(markup.replace("\x00", "").replace(_CELL, "").encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return ""
    if root is None or any("depth" in entry.message for entry in parser.error_log[-3:]):
        return ""
    writer = _Writer()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if not isinstance(tag, str) or tag in _UNSEEN or _is_hidden(element):
                writer.skipped.add(element)
                walk.skip_subtree()
                continue
            writer.open(element, tag)
            if element.text:
                writer.write(element.text)
        else:
            if element in writer.skipped:
                writer.skipped.discard(element)
            else:
                writer.close(element, tag)
            if element.tail and element is not root:
                writer.write(element.tail)
    return tidy("\n".join(writer.finish()))


def _is_hidden(element: etree._Element) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return bool(style) and len(style) < 4000 and _HIDING.search(style) is not None


@dataclass(slots=True)
class _Table:
    start: int
    row_start: int = -1
    cells: int = 0


@dataclass(slots=True)
class _Writer:
    """Lines written so far, the one being written, and what surrounds it."""

    lines: list[str] = field(default_factory=list)
    line: str = ""
    pending: int = 0
    fresh: bool = False
    """Nothing has been written into this table cell yet: breaks at its top don't count."""
    pre: int = 0
    depth: int = 0
    last_depth: int = 0
    looked: int = 0
    attribution: int = 0
    lists: list[int] = field(default_factory=list)
    tables: list[_Table] = field(default_factory=list)
    links: list[tuple[str, int, int]] = field(default_factory=list)
    skipped: set[etree._Element] = field(default_factory=set)
    marked: bool = False
    lead: str = ""

    def open(self, element: etree._Element, tag: str) -> None:
        if tag == "br":
            self._break()
            return
        named = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
        if named:
            self._mark(element, named)
        elif element.get("name") == "quote":
            self._container()
        if tag in _BLOCKS:
            self._block(2 if self._is_paragraph(element, tag) else 1)
        if tag == "blockquote" and _is_quote(element):
            self._flush()
            self.depth += 1
        elif tag == "pre":
            self.pre += 1
        elif tag in ("ul", "ol"):
            self.lists.append(_start_of(element) if tag == "ol" else 0)
        elif tag == "li":
            self._item()
        elif tag == "table":
            self._flush()
            self.tables.append(_Table(len(self.lines)))
        elif tag == "tr" and self.tables:
            self._settle()
            self.tables[-1].row_start, self.tables[-1].cells = len(self.lines), 0
            self.fresh = True
        elif tag in ("td", "th"):
            self._cell()
        elif tag == "a":
            self.links.append(((element.get("href") or "").strip(), len(self.lines), len(self.line)))
        elif tag == "img":
            alt = (element.get("alt") or "").strip()
            if 0 < len(alt) <= 8 and not alt.isascii():
                self.write(alt)  # an emoji that the client drew

    def close(self, element: etree._Element, tag: str) -> None:
        if tag == "a" and self.links:
            self._link(*self.links.pop())
        elif tag == "pre":
            self.pre -= 1
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        if tag in _BLOCKS:
            self._block(2 if self._is_paragraph(element, tag) else 1)
        if tag == "blockquote" and _is_quote(element):
            self._flush()
            self.depth -= 1
        elif tag == "tr" and self.tables and len(self.lines) == self.tables[-1].row_start:
            self.pending = 1
        elif tag == "table" and self.tables:
            self._flush()
            self._lay_out(self.tables.pop())
        if self.attribution and named.strip() and _ATTRIBUTION.search(named):
            self._flush()
            self.attribution -= 1

    def write(self, text: str) -> None:
        if self.pre:
            pieces = text.replace("\r\n", "\n").split("\n")
            for number, piece in enumerate(pieces):
                if number:
                    self._break()
                if piece:
                    self._put(piece)
            return
        text = _PADDING.sub("", text) if not text.isascii() else text
        text = _BLANKS.sub(" ", text)
        if text.strip(" \xa0"):
            self._put(text)
        elif "\xa0" in text and (self.pending or not self.line):
            self._block(2)  # a paragraph of one blank is the empty line of Word
        elif text and self.line and not self.line.endswith((" ", _CELL)) and not self.pending:
            self.line += " "

    def finish(self) -> list[str]:
        self._flush()
        return [line.replace(_CELL, "  ") for line in self.lines]

    def _put(self, text: str) -> None:
        if self.pending:
            self._settle()
        if not self.pre and (not self.line or self.line.endswith((" ", _CELL))):
            text = text.lstrip(" ")
        if self.lead:
            self.line += self.lead
            self.lead = ""
        self.line += text
        self.fresh = False

    def _settle(self) -> None:
        """Write the line, and the empty one after it where a paragraph ended."""
        self._flush()
        if self.pending > 1 and self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._empty())
        self.pending = 0

    def _prefix(self) -> str:
        return (QUOTE_MARK if self.attribution else "") + ("> " * min(self.depth, 20))

    def _empty(self) -> str:
        """An empty line belongs to the shallower one of its neighbours."""
        return ("> " * min(self.depth, self.last_depth, 20)).rstrip()

    def _is_paragraph(self, element: etree._Element, tag: str) -> bool:
        """Whether an empty line stands around it; Word's paragraphs have none."""
        if tag == "p":
            return not (element.get("class") or "").startswith("Mso") and not _NO_MARGIN.search(
                (element.get("style") or "")[:2000]
            )
        return tag in _PARAGRAPHS and not (self.lists and tag in ("ul", "ol"))

    def _break(self) -> None:
        if self.pending:
            self._settle()
            # The break of an empty block (<div><br></div>) is the empty line that was meant.
            self.lines.append(self._empty())
            return
        self.lines.append((self._prefix() + self.line).rstrip() if self.line.strip() else self._empty())
        self.last_depth = self.depth
        self.line = ""

    def _block(self, lines: int) -> None:
        if not self.fresh:
            self.pending = max(self.pending, lines)

    def _flush(self) -> None:
        if self.line.strip(" \xa0" + _CELL):
            self.lines.append((self._prefix() + self.line).rstrip())
            self.last_depth = self.depth
        self.line = ""

    def _item(self) -> None:
        indent = "  " * max(len(self.lists) - 1, 0)
        number = self.lists[-1] if self.lists else 0
        self.lead = f"{indent}{number}. " if number else f"{indent}* "
        if number:
            self.lists[-1] += 1

    def _cell(self) -> None:
        """A cell goes on the line of the one before it, as long as each of them took one line only."""
        if not self.tables:
            return
        table = self.tables[-1]
        table.cells += 1
        if table.cells > 1 and len(self.lines) == table.row_start and self.line:
            self.pending = 0
            self.line = self.line.rstrip(" ") + _CELL
            self.fresh = True
        elif table.cells > 1:
            self._block(1)

    def _link(self, target: str, line: int, column: int) -> None:
        if not target.lower().startswith(("http://", "https://")) or len(target) > _MAX_LINK or line != len(self.lines):
            return
        shown = self.line[column:].strip()
        bare = re.sub(r"^https?://(?:www\.)?", "", target.lower()).rstrip("/")
        if (
            shown
            and not self.pending
            and bare not in shown.lower()
            and re.sub(r"^https?://(?:www\.)?", "", shown.lower()).rstrip("/") != bare
        ):
            self.line = f"{self.line.rstrip()} <{target}>"

    def _mark(self, element: etree._Element, named: str) -> None:
        if _ATTRIBUTION.search(named):
            self._block(1)
            self._flush()
            self.pending = 0
            self.attribution += 1
        elif not self.marked and not self.depth and element.tag != "blockquote" and _CONTAINER.search(named):
            # Newer clients name the attribution inside by itself: that is the better mark.
            self.looked += 1
            if self.looked > 5 or not any(_ATTRIBUTION.search(each.get("class") or "") for each in element[:2]):
                self._container()

    def _container(self) -> None:
        if self.marked:
            return
        self._flush()
        self.lines += ["", QUOTE_MARK]
        self.pending = 0
        self.marked = True

    def _lay_out(self, table: _Table) -> None:
        """Columns under one another, where the innermost table is one of data: rows of as many short cells each."""
        rows = [
            (at, self.lines[at].split(_CELL)) for at in range(table.start, len(self.lines)) if _CELL in self.lines[at]
        ]
        if not rows:
            return
        count = len(rows[0][1])
        plain = len(rows) > 1 and count <= 12 and all(len(cells) == count for _, cells in rows)
        widths = [max(len(cells[column].strip()) for _, cells in rows) for column in range(count)] if plain else []
        for at, cells in rows:
            if plain and max(widths) <= _MAX_COLUMN:
                padded = [cell.strip().ljust(width) for cell, width in zip(cells, widths, strict=True)]
                self.lines[at] = "  ".join(padded).rstrip()
            else:
                self.lines[at] = "  ".join(cell.strip() for cell in cells if cell.strip())


def _is_quote(element: etree._Element) -> bool:
    """Whether a blockquote quotes; Gmail's and Word's "indent" makes one without a border too."""
    style = element.get("style") or ""
    if element.get("type") == "cite" or element.get("cite") or "quote" in (element.get("class") or "").lower():
        return True
    return not _NO_BORDER.search(style[:2000])


def _start_of(element: etree._Element) -> int:
    start = element.get("start") or "1"
    return int(start) if start.isdecimal() and len(start) < 6 else 1
