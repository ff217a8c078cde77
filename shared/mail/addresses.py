"""Address headers (RFC 5322 3.4 and 4.4), read left to right once, forgiving. Groups are flattened."""

import re

from shared.mail.charsets import decode_raw
from shared.mail.limits import MAX_ADDRESSES, MAX_FIELD_BYTES
from shared.mail.model import Address
from shared.mail.words import decode_words

# An encoded word is one token even where a bad encoder left commas or quotes inside it.
_TOKEN = re.compile(
    r'=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=|"(?:[^"\\]|\\.)*"|[<>()\[\],;:\\]|[^\s<>()\[\],;:"\\=]+|\s+|[="]',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(
    rb"""\s*(?:"?([A-Za-z0-9][\w .'+&/!-]*?)"?\s*)?<([\w.+=!#$%&'*/?^`{|}~-]+@[\w.-]+)>\s*\Z""", re.ASCII
)
_BARE = re.compile(rb"\s*([\w.+=!#$%&'*/?^`{|}~-]+@[\w.-]+)\s*\Z", re.ASCII)
_NAME_WORD = re.compile(r"\s+|[^\W\d_][\w.'’-]{0,40}|=\?[^\s]{1,400}\?=")
_HIDDEN = re.compile(r"([^<>]{0,200})<([^<>\s@]{1,128}@[^<>\s@]{1,255})>")
_SQUARE = re.compile(r"([^\[\]@]{0,200})\[([^\[\]\s@]{1,128}@[^\[\]\s@]{1,255})\]")
_DOT_ATOM = re.compile(r'[^\s"(),:;<>@\[\\\]]+\Z')


def read_addresses(field: bytes | None) -> list[Address]:
    """Every mailbox of one header, at most MAX_ADDRESSES; one without an @ is kept only where it has brackets."""
    if not field:
        return []
    match = _PLAIN.match(field) if len(field) < 500 else None
    if match is not None:
        return [Address(name=(match[1] or b"").decode("ascii").strip(), address=match[2].decode("ascii").rstrip("."))]
    match = _BARE.match(field) if len(field) < 500 else None
    if match is not None:
        return [Address(name="", address=match[1].decode("ascii"))]
    reader = _Reader()
    for piece in _TOKEN.finditer(decode_raw(field[:MAX_FIELD_BYTES])):
        reader.take(piece[0])
        if len(reader.found) >= MAX_ADDRESSES:
            break
    reader.finish()
    return reader.found


class _Reader:
    """What has been seen of the mailbox being read: its words, its <address>, its comments."""

    def __init__(self) -> None:
        self.found: list[Address] = []
        self.words: list[str] = []
        self.comment: list[str] = []
        self.angle: list[str] | None = None
        self.address = ""
        self.known = 0  # how many words stood before the address
        self.depth = 0
        self.escaped = False
        self.literal = False
        self.in_group = False

    def take(self, piece: str) -> None:
        if self.depth:
            self._in_comment(piece)
        elif piece == "(":
            self.depth = 1
            if self.comment:
                self.comment.append(" ")
        elif self.angle is not None:
            self._in_angle(piece)
        elif piece == "<":
            if "@" in self.address:
                # "A <a@b> C <c@d>": the comma between them was lost.
                following = self.words[self.known :]
                del self.words[self.known :]
                self.finish()
                self.words = following
            self.angle = []
        elif self.literal or piece == "[":
            self.literal = piece != "]"
            self.words.append(piece)
        elif piece == "," or piece == ";":
            if piece == "," and self._is_half_a_name():
                self.words.append(piece)
                return
            if piece == ";" and self.in_group and not self.words and not self.address:
                self.comment.clear()
            self.finish()
        elif piece == ":" and not self.address and not any("@" in word for word in self.words):
            # What came before is the name of a group (RFC 5322 3.4), which is nobody's address.
            self.words.clear()
            self.comment.clear()
            self.in_group = True
        elif piece not in (">", ")"):
            self.words.append(piece)

    def _in_comment(self, piece: str) -> None:
        if self.escaped or piece == "\\":
            if self.escaped:
                self.comment.append(piece)
            self.escaped = not self.escaped
            return
        self.depth += (piece == "(") - (piece == ")")
        if self.depth:
            self.comment.append(piece)

    def _is_half_a_name(self) -> bool:
        """ "Nowak, Anna <a@b>" without the quotes it needs: one plain word or two, no address yet."""
        if self.address or self.angle is not None or self.in_group or self.comment or "," in self.words:
            return False
        return 0 < len("".join(self.words).split()) <= 2 and all(_NAME_WORD.fullmatch(word) for word in self.words)

    def _in_angle(self, piece: str) -> None:
        assert self.angle is not None
        if piece == ">":
            inner = "".join(self.angle)
            if "@" in inner or not self.address:
                if self.address:
                    self.words.append(f"<{self.address}>")
                self.address, self.known = inner, len(self.words)
            self.angle = None
        elif piece == "," and "@" in "".join(self.angle) and not "".join(self.angle).lstrip().startswith("@"):
            # The bracket was never closed: the comma starts the next mailbox.
            self.finish()
        else:
            self.angle.append(piece)

    def finish(self) -> None:
        """End of a mailbox: make an Address of what was seen, if it is one."""
        if self.angle is not None:
            self.address, self.angle = "".join(self.angle), None
        comment = " ".join(decode_words("".join(self.comment)).split())
        if "," in self.words and not (self.address and self.known):
            self._halves_after_all()
        if self.address.strip():
            phrase, address = self._phrase(self.words), _addr_spec(self.address)
            name = f"{phrase} ({comment})" if phrase and comment else phrase or comment
            if "@" not in address and " " in self.address.strip() and not name:
                name, address = " ".join(decode_words(self.address).split()), ""
        else:
            name, address = self._split_words(comment)
        if address or name:
            self.found.append(Address(name=name, address=address))
        self.words, self.comment, self.address, self.literal = [], [], "", False

    def _halves_after_all(self) -> None:
        """What looked like half a name was a mailbox of its own: no bracket came behind the other half."""
        at = self.words.index(",")
        before, self.words = self.words[:at], self.words[at + 1 :]
        name = self._phrase(before)
        if name:
            self.found.append(Address(name=name, address=""))

    def _split_words(self, comment: str) -> tuple[str, str]:
        """No brackets: the words around an @ are the address, whatever stands before them is a name."""
        text = "".join(self.words)
        hidden = _HIDDEN.fullmatch(self._phrase(self.words)) if "<" in text or "=?" in text else None
        if hidden is not None:
            # The whole mailbox within quotes or within an encoded word.
            return hidden[1].strip().strip('"') or comment, hidden[2]
        if "@" not in text:
            return self._phrase(self.words) or comment, ""
        if (bracketed := _SQUARE.fullmatch(text.strip())) is not None:
            return self._phrase([bracketed[1]]) or comment, bracketed[2]
        joined = re.sub(r"\s*([@.])\s*", r"\1", text.strip()) if text.count("@") == 1 else text.strip()
        if joined.startswith('"'):
            return comment, _addr_spec(joined)
        pieces = joined.split()
        address = next(piece for piece in pieces if "@" in piece)
        name = " ".join(piece for piece in pieces if piece is not address)
        return decode_words(name).strip() or comment, _addr_spec(decode_words(address).strip("'\""))

    @staticmethod
    def _phrase(words: list[str]) -> str:
        out = []
        for word in words:
            if len(word) > 1 and word.startswith('"') and word.endswith('"'):
                word = _ESCAPED.sub(r"\1", word[1:-1])
            elif word == '"':
                continue
            out.append(word)
        name = " ".join(decode_words("".join(out)).split())
        if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
            name = name[1:-1].strip()
        return name


def _addr_spec(text: str) -> str:
    """Without route (RFC 5322 4.4), blanks outside quotes, `mailto:`, and quotes that were not needed."""
    text = (decode_words(text) if "=?" in text else text).strip().lstrip("<")
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    text = text.removeprefix("mailto:").removeprefix("MAILTO:")
    local, at, domain = text.rpartition("@")
    if not at:
        return "".join(text.split()) if '"' not in text else text
    local = local.strip()
    if len(local) > 1 and local.startswith('"') and local.endswith('"'):
        inner = _ESCAPED.sub(r"\1", local[1:-1])
        if _DOT_ATOM.match(inner):
            local = inner
    elif '"' not in local:
        local = "".join(local.split())
    return f"{local}@{''.join(domain.split()).rstrip('.')}"
