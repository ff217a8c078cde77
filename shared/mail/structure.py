"""Takes a mail apart into its MIME parts (RFC 2046) in one pass over its octets.

Bounded by construction: no recursion, no look back, a limited number of parts; attached messages stay whole.
"""

import re
from dataclasses import dataclass, field

from shared.mail.defects import Defects
from shared.mail.headers import Headers, read_headers
from shared.mail.limits import MAX_DEPTH, MAX_PARTS
from shared.mail.params import read_parameters

# RFC 2046 5.1.1 allows 70 characters; nobody is turned away for a few more.
_MAX_BOUNDARY = 250
_LOST_BOUNDARY = re.compile(rb"(?:^|\n)--([^\s-][^\r\n]{0,200}?)[ \t]*\r?\nContent-", re.IGNORECASE)


@dataclass(slots=True)
class Part:
    """One entity: a leaf with a body (still transfer-encoded), or a multipart with parts."""

    headers: Headers
    media_type: str
    parameters: dict[str, str]
    body: bytes = b""
    parts: list["Part"] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    part: Part
    boundary: bytes
    start: int


def split_mail(raw: bytes, defects: Defects, max_parts: int = MAX_PARTS) -> Part:
    """The tree of parts; at most `max_parts` of them, at most MAX_DEPTH levels."""
    if b"\n" not in raw and b"\r" in raw:
        defects.add("lone-carriage-returns")
        raw = raw.replace(b"\r", b"\n")
    headers, start = read_headers(raw, 0, (), defects)
    root = _part(headers, "text/plain")
    if not root.media_type.startswith("multipart/"):
        root.body = raw[start:]
        return root
    boundary = _boundary(root)
    if boundary is None or raw.find(b"--" + boundary, start) < 0:
        lost = _LOST_BOUNDARY.search(raw, start, start + 65536)
        if lost is None:
            _make_leaf(root, raw[start:], defects)
            return root
        defects.add("wrong-boundary")
        boundary = lost[1]
    _Splitter(raw, defects, max_parts).run(_Open(root, boundary, start))
    return root


class _Splitter:
    """The pass itself: a stack of open multiparts and the leaf whose body is being read."""

    def __init__(self, raw: bytes, defects: Defects, max_parts: int) -> None:
        self.raw = raw
        self.defects = defects
        self.left = max_parts
        self.stack: list[_Open] = []
        self.active: dict[bytes, int] = {}
        self.leaf: Part | None = None
        self.leaf_start = 0

    def run(self, root: _Open) -> None:
        self._open(root)
        position = root.start
        while self.stack and self.left > 0:
            found = self._next_delimiter(position)
            if found is None:
                self.defects.add("unclosed-multipart")
                break
            at, after, level, closing = found
            self._finish_leaf(at)
            self._pop_to(level + 1, at)
            if closing:
                # Its own end was found, so that what stands before it is a preamble and nobody's text.
                self._pop_to(level, self.stack[level].start)
                position = after
            else:
                position = self._begin_part(after, level)
        if self.left <= 0:
            self.defects.add("too-many-parts")
        self._finish_leaf(len(self.raw) if self.left > 0 else position)
        self._pop_to(0, len(self.raw))

    def _next_delimiter(self, position: int) -> tuple[int, int, int, bool] | None:
        """Where the next line of an open boundary is, where it ends, whose it is, and whether it closes."""
        raw = self.raw
        at = position if raw.startswith(b"--", position) else raw.find(b"\n--", max(position - 1, 0)) + 1
        while at > 0 or (position == 0 and raw.startswith(b"--")):
            newline = raw.find(b"\n", at)
            after = len(raw) if newline < 0 else newline + 1
            if after - at <= _MAX_BOUNDARY + 8:
                line = raw[at + 2 : after].rstrip()
                level = self.active.get(line)
                if level is not None:
                    return at, after, level, False
                level = self.active.get(line[:-2]) if line.endswith(b"--") else None
                if level is not None:
                    return at, after, level, True
            at = raw.find(b"\n--", after - 1) + 1
        return None

    def _begin_part(self, start: int, level: int) -> int:
        self.left -= 1
        headers, position = read_headers(self.raw, start, self.active, self.defects)
        parent = self.stack[level].part
        part = _part(headers, "message/rfc822" if parent.media_type == "multipart/digest" else "text/plain")
        if level >= MAX_DEPTH:
            self.defects.add("too-deep")
            parent = self.stack[MAX_DEPTH].part
        parent.parts.append(part)
        boundary = _boundary(part) if part.media_type.startswith("multipart/") else None
        if boundary is not None and boundary not in self.active:
            self._open(_Open(part, boundary, position))
        else:
            self.leaf, self.leaf_start = part, position
        return position

    def _open(self, opened: _Open) -> None:
        self.active[opened.boundary] = len(self.stack)
        self.stack.append(opened)

    def _finish_leaf(self, at: int) -> None:
        if self.leaf is None:
            return
        leaf, self.leaf = self.leaf, None
        body = self.raw[self.leaf_start : max(self.leaf_start, _before_newline(self.raw, at))]
        if leaf.media_type.startswith("multipart/"):
            _make_leaf(leaf, body, self.defects)
        else:
            leaf.body = body

    def _pop_to(self, level: int, at: int) -> None:
        while len(self.stack) > level:
            opened = self.stack.pop()
            del self.active[opened.boundary]
            if not opened.part.parts and len(self.stack) < MAX_DEPTH:
                body = self.raw[opened.start : max(opened.start, _before_newline(self.raw, at))]
                _make_leaf(opened.part, body, self.defects)


def _part(headers: Headers, default: str) -> Part:
    media_type, parameters = read_parameters(headers.get("content-type"))
    kind, _, subtype = media_type.partition("/")
    if kind == "text" and not subtype:
        media_type = "text/plain"
    elif not kind or not subtype:
        # RFC 2045 5.2: what cannot be understood is plain text, or what the surrounding multipart says.
        media_type = default
    return Part(headers, media_type, parameters)


def _boundary(part: Part) -> bytes | None:
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    return boundary if 0 < len(boundary) <= _MAX_BOUNDARY else None


def _make_leaf(part: Part, body: bytes, defects: Defects) -> None:
    """A multipart that never had a part: what it holds is read as text (better than losing it)."""
    defects.add("missing-boundary")
    part.media_type, part.body = "text/plain", body


def _before_newline(raw: bytes, at: int) -> int:
    """The line break before a delimiter belongs to it (RFC 2046 5.1.1)."""
    if at >= len(raw) and not raw.endswith(b"\n"):
        return at
    if at < len(raw) and raw[at - 1 : at] == b"\n":
        at -= 1
        if raw[at - 1 : at] == b"\r":
            at -= 1
    return at
