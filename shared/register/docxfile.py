"""The register as a Word document (ECMA-376, WordprocessingML) of bounded memory.

python-docx makes the frame: page, styles, header with the title, footer with the page's number. It keeps a document in memory, so the
tickets are written into the finished frame as a stream, each as a heading, which Word lists in its navigation pane, and a table of what
is known. Nothing is a field or a link: words are words.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from shared.register.blocks import Block, block
from shared.register.cells import Value

_BODY = "word/document.xml"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LABEL, _WORDS, _WHOLE = 2_600, 4_960, 15_120
"""Widths in twentieths of a point: a heading, what it says beside another, and both of a line."""


class DocxFile:
    """A document at ``path``; ``title`` stands above every page, ``made`` below."""

    def __init__(
        self, path: Path, columns: Sequence[str], headings: Sequence[str], title: str, made: str, language: str
    ) -> None:
        self._columns, self._headings = columns, headings
        frame = _frame(title, made, language)
        with zipfile.ZipFile(io.BytesIO(frame)) as parts:
            body = parts.read(_BODY).decode()
            self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
            for part in parts.infolist():
                if part.filename != _BODY:
                    self._zip.writestr(part, parts.read(part), zipfile.ZIP_DEFLATED)
        at = body.rindex("<w:sectPr")
        self._end = body[at:]
        # While this part is open no other can be written, so it comes last.
        self._part = self._zip.open(_BODY, "w", force_zip64=True)
        self._part.write(body[:at].encode())

    def write(self, row: Sequence[Value]) -> None:
        """One more ticket."""
        self._part.write("".join(_xml(block(self._columns, self._headings, row))).encode())

    def close(self) -> None:
        """Finish the file."""
        self._part.write(self._end.encode())
        self._part.close()
        self._zip.close()


def _frame(title: str, made: str, language: str) -> bytes:
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(15)
    styles = document.styles
    normal = cast(Any, styles["Normal"])
    normal.font.name, normal.font.size = "Calibri", Pt(9)
    normal.element.rPr.append(_language(language))
    heading = cast(Any, styles["Heading 2"])
    heading.font.size, heading.font.color.rgb = Pt(11), RGBColor(0x1D, 0x3A, 0x8A)
    heading.paragraph_format.space_before, heading.paragraph_format.keep_with_next = Pt(10), True
    section.header.paragraphs[0].text = _clean(title)
    foot = section.footer.paragraphs[0]
    foot.text = f"{_clean(made)}    "
    _page_number(foot)
    document.core_properties.title = _clean(title)[:255]
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.language = language
    for paragraph in list(document.paragraphs):
        paragraph._element.getparent().remove(paragraph._element)
    whole = io.BytesIO()
    document.save(whole)
    return whole.getvalue()


def _language(language: str) -> Any:
    element = OxmlElement("w:lang")
    element.set(qn("w:val"), language)
    return element


def _page_number(paragraph: Any) -> None:
    """The only field there is: ours, of the page's number."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._element.append(field)


def _xml(ticket: Block) -> Iterator[str]:
    yield f'<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr>{_run(ticket.title)}</w:p>'
    if not ticket.short and not ticket.long:
        return
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C8CEDA"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in (_LABEL, _WORDS) * 2)
    yield (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_WHOLE}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    )
    pairs = ticket.short
    for start in range(0, len(pairs), 2):
        two = pairs[start : start + 2]
        if len(two) == 2:
            yield f"<w:tr>{''.join(_cell(label, words, 1) for label, words in two)}</w:tr>"
        else:
            yield f"<w:tr>{_cell(*two[0], 3)}</w:tr>"
    for label, words in ticket.long:
        yield f"<w:tr>{_cell(label, words, 3)}</w:tr>"
    yield "</w:tbl><w:p/>"


def _cell(label: str, words: str, span: int) -> str:
    width = _WORDS if span == 1 else _WHOLE - _LABEL
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_LABEL}" w:type="dxa"/><w:shd w:val="clear" w:color="auto" w:fill="EEF1F7"/></w:tcPr>'
        f"<w:p>{_run(label, bold=True)}</w:p></w:tc>"
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:gridSpan w:val="{span}"/></w:tcPr><w:p>{_run(words)}</w:p></w:tc>'
    )


def _run(text: str, *, bold: bool = False) -> str:
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(each)}</w:t>' for each in _clean(text).split("\n"))
    return f"<w:r>{'<w:rPr><w:b/></w:rPr>' if bold else ''}{lines}</w:r>"


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("", text)
