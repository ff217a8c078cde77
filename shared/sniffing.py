"""What an uploaded file really is, by its first octets, against what it is called. Pure.

Signatures: https://mimesniff.spec.whatwg.org/ (sections 6 and 7) and the formats' own specifications. Files of a kind not known here
pass as `application/octet-stream`; what runs when it is opened does not.
"""

import re
from typing import Final, Literal

Trouble = Literal["program", "other"]

HEAD: Final = 4096
"""Octets that are looked at."""
OCTETS: Final = "application/octet-stream"

_SIGNATURES: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A ", "audio/mp4"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
)
_PROGRAMS: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"#!",
    b"L\0\0\0\x01\x14\x02\0",
)
_MARKUP: Final = re.compile(
    rb"\A[\s\xef\xbb\xbf]*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|script|svg|iframe|body)\b", re.I | re.S
)

_BINARY: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")

# What each ending promises. Several contents may bear one name: .doc has been OLE, RTF and, lately, zip.
_OFFICE: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_OLE: Final = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "msg": "application/vnd.ms-outlook"}
_ENDINGS: Final[dict[str, frozenset[str]]] = {
    "png": frozenset({"image/png"}),
    "jpg": frozenset({"image/jpeg"}),
    "jpeg": frozenset({"image/jpeg"}),
    "gif": frozenset({"image/gif"}),
    "webp": frozenset({"image/webp"}),
    "bmp": frozenset({"image/bmp"}),
    "tif": frozenset({"image/tiff"}),
    "tiff": frozenset({"image/tiff"}),
    "heic": frozenset({"image/heic"}),
    "avif": frozenset({"image/avif", "image/heic"}),
    "pdf": frozenset({"application/pdf"}),
    "zip": frozenset({"application/zip"}),
    "mp4": frozenset({"video/mp4", "audio/mp4", "video/quicktime"}),
    "mov": frozenset({"video/quicktime", "video/mp4"}),
    "webm": frozenset({"video/webm"}),
    "rtf": frozenset({"application/rtf"}),
    "txt": frozenset({"text/plain"}),
    "csv": frozenset({"text/plain"}),
    "log": frozenset({"text/plain"}),
    **{ending: frozenset({"application/zip"}) for ending in _OFFICE},
    **{ending: frozenset({"application/x-ole-storage", "application/zip", "application/rtf"}) for ending in _OLE},
}
# fmt: off
_RUNS: Final = frozenset({
    "exe", "com", "scr", "bat", "cmd", "pif", "msi", "msp", "jar", "js", "jse", "vbs", "vbe", "wsf", "wsh", "ps1",
    "hta", "cpl", "lnk", "reg", "dll", "sh", "app", "apk", "html", "htm", "xhtml", "svg", "svgz",
})
# fmt: on


def media_type(content: bytes) -> str:
    """The type by the content alone; `text/plain` for readable UTF-8, `OCTETS` for what is not known."""
    for start, signature, kind in _SIGNATURES:
        if content.startswith(signature, start) and (start != 8 or content.startswith(b"RIFF")):
            return kind
    head = content[:HEAD]
    if _BINARY.search(head):
        return OCTETS
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the end of the sample cuts in two is none of the file's fault.
        if len(content) <= HEAD or error.start < HEAD - 4:
            return OCTETS
    return "text/plain"


def judge(content: bytes, filename: str, declared: str = "") -> tuple[str, Trouble | None]:
    """(media type, what is wrong): ``program``, for what runs or scripts when it is opened, or ``other``, when it is not what its
    name, or the type that its sender ``declared``, says. An empty file is what anyone says it is."""
    ending = filename.rpartition(".")[2].lower() if "." in filename else ""
    found = media_type(content)
    if ending in _RUNS or content.startswith(_PROGRAMS) or _MARKUP.match(content[:HEAD]):
        return found, "program"
    if not content:
        return OCTETS, None
    if (
        ending in _ENDINGS
        and found not in _ENDINGS[ending]
        and not (ending in ("txt", "csv", "log") and found == OCTETS)
    ):
        return found, "other"
    if declared.startswith("image/") and not found.startswith("image/"):
        return found, "other"
    if found == "application/zip" and ending in _OFFICE:
        return _OFFICE[ending], None
    if found == "application/x-ole-storage" and ending in _OLE:
        return _OLE[ending], None
    return ("text/csv" if ending == "csv" else found), None
