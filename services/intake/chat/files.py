"""Files of a chat: a signed name for stored bytes, which a browser hands back with its message, or downloads them by. Pure.

Base64 (RFC 4648, section 5, without padding) of a JSON list, a dot, the key's id and the MAC over all before it and the inbox. Whoever has
the name has the file, until it ends; each time a history is shown, new names are made.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from shared.identity import derive
from shared.messages.parts import Attachment
from shared.secrets import Keyring

LASTS: Final = 2 * 86_400
MOST_OCTETS: Final = 10 * 1024 * 1024
SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that a page may show as a picture; everything else is a download of unknown kind."""

_PURPOSE: Final = b"chat file"
_FORM: Final = re.compile(r"([A-Za-z0-9_-]{20,900})\.([a-z2-7])([a-z2-7]{16})")
_NAME: Final = 100


def token(keyring: Keyring, inbox: str, file: Attachment, now: float) -> str:
    """The name of a stored file (``blob`` is set), good for `LASTS` seconds."""
    values = [file.blob, file.size, file.media_type, file.filename[:_NAME], int(now) + LASTS]
    body = urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")).decode().rstrip("=")
    return f"{body}.{keyring.current}{keyring.sign(_PURPOSE, _signed(body, inbox))}"


def read(keyring: Keyring, inbox: str, text: str, now: float) -> Attachment | None:
    """The file that a token names; null for what is none of ours, another inbox's, or over."""
    found = _FORM.fullmatch(text)
    if found is None or not keyring.verify(_PURPOSE, _signed(found[1], inbox), found[3], found[2]):
        return None
    key, size, media_type, filename, until = json.loads(urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)))
    if now > until:
        return None
    return Attachment(filename=filename, media_type=media_type, size=size, sha256=key, blob=key)


def _signed(body: str, inbox: str) -> str:
    return f"{body}:{derive('chat inbox', inbox)}"
