"""Message ids (RFC 5322 3.6.4) without their brackets."""

import re

from shared.mail.charsets import decode_raw
from shared.mail.limits import MAX_FIELD_BYTES, MAX_IDS

_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_QUOTED = re.compile(r'"[^"]{0,200}"')


def read_ids(fields: list[bytes]) -> list[str]:
    """Every id of these headers in order, each once, none empty; the first and the newest MAX_IDS - 1 are kept."""
    found: dict[str, None] = {}
    for field in fields[:20]:
        text = decode_raw(field[:MAX_FIELD_BYTES])
        bracketed = _BRACKETED.findall(text)
        for each in bracketed or [word.strip("<>,;") for word in text.split() if "@" in word]:
            each = _one(each)
            if each:
                found[each] = None
    ids = list(found)
    return ids if len(ids) <= MAX_IDS else ids[:1] + ids[-(MAX_IDS - 1) :]


def read_message_id(field: bytes | None) -> str | None:
    """The id of the mail itself; one without brackets or without an @ is still an id, an empty one is none."""
    if not field:
        return None
    ids = read_ids([field])
    if ids:
        return ids[0]
    bare = decode_raw(field[:998]).split()
    return bare[0].strip("<>") or None if bare else None


def _one(text: str) -> str:
    # Folding inside the brackets is not allowed but happens; blanks are no part of an id.
    return "".join(text.split())
