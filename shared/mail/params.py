"""Content-Type and Content-Disposition: a token and its parameters (RFC 2045 5.1), RFC 2231 forms included."""

import re
from urllib.parse import unquote_to_bytes

from shared.mail.charsets import decode_charset, decode_raw
from shared.mail.words import decode_words

# The semicolon is missing in mails of several senders: a blank before `name=` separates as well.
_PARAMETER = re.compile(
    r'[\s;]\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^;\s]|\s(?![^\s=;"]{1,80}=))*))', re.DOTALL
)
_TOKEN = re.compile(r"[^;=]*?(?=;|\s+[^\s=;]{1,80}=|\s*\Z)")
_COMMENT = re.compile(r"\([^()]*\)")
_SECTION = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?$")
# Only these two: many clients write the backslashes of a path as they are.
_ESCAPED = re.compile(r"\\([\"\\])")


def read_parameters(field: bytes | None) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=utf-8` gives ("text/plain", {"charset": "utf-8"}); names and the token in lower case."""
    if not field:
        return "", {}
    value = decode_raw(field[:8192])
    lead = _TOKEN.match(value)
    start = lead.end() if lead else 0
    token = "".join(_without_comments(value[:start]).split()).lower()
    if start >= len(value):
        return token, {}
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(value, start):
        name, quoted, bare = match[1].lower(), match[2], match[3]
        content = _ESCAPED.sub(r"\1", quoted) if quoted is not None else _bare(bare)
        section = _SECTION.match(name)
        if section is None:
            plain.setdefault(name, content)
        else:
            numbered = sections.setdefault(section[1], {})
            numbered.setdefault(int(section[2] or 0), (content, bool(section[3]) or section[2] is None))
    result = {name: decode_words(content) if "=?" in content else content for name, content in plain.items()}
    for name, numbered in sections.items():
        # RFC 2231: the extended form is the better one where a mail gives both.
        result[name] = _join_sections(numbered)
    return token, result


def _bare(value: str) -> str:
    value = _without_comments(value).strip()
    return value.strip('"') if value.startswith('"') else value


def _without_comments(value: str) -> str:
    for _ in range(5):
        if "(" not in value:
            break
        value = _COMMENT.sub("", value)
    return value


def _join_sections(numbered: dict[int, tuple[str, bool]]) -> str:
    """Put `name*0*=`, `name*1=`, … together (RFC 2231 3 and 4); only the first section names the charset."""
    charset = ""
    octets = b""
    for index, number in enumerate(sorted(numbered)):
        content, encoded = numbered[number]
        if encoded and index == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        octets += unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace")
    return decode_charset(octets, charset or None)[0]
