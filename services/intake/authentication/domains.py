"""Domains as they are compared: A-labels, and the organisation that a domain belongs to (RFC 7489 3.2). Pure."""

import importlib.resources
import re
from functools import lru_cache

import idna
from publicsuffix2 import PublicSuffixList

_LABELS = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*")
MAX_LENGTH = 253


def fold(domain: str) -> str:
    """The domain in lower case and A-labels (RFC 5891), without a dot at its end; empty for what is no domain.

    By IDNA 2008, where a name means one domain: the older rules take ``ß`` for ``ss``, which is another one's domain.
    """
    text = domain.strip().rstrip(".").lower()
    if not text or len(text) > MAX_LENGTH:
        return ""
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    return text if _LABELS.fullmatch(text) and len(text) <= MAX_LENGTH else ""


def domain_of(address: str) -> str:
    """The folded domain of an address; empty where it has none."""
    _, at, domain = address.rpartition("@")
    return fold(domain) if at else ""


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # The list that comes with authheaders, read once: its own look-up reads the file every time.
    with (importlib.resources.files("authheaders") / "public_suffix_list.txt").open(encoding="utf-8") as file:
        return PublicSuffixList(file)


@lru_cache(maxsize=4096)
def organisation(domain: str) -> str:
    """The organisational domain of a folded domain: one label more than its public suffix. A suffix is its own."""
    if "." not in domain:
        return domain
    found = str(_suffixes().get_public_suffix(domain) or "")
    # A suffix that is on no list is one label (https://publicsuffix.org/list/, "if no rules match"); the library gives that label.
    return found if "." in found else ".".join(domain.split(".")[-2:])


def aligned(domain: str, other: str, *, strict: bool = False) -> bool:
    """Whether two folded domains are the same, or, unless ``strict``, of the same organisation (RFC 7489 3.1)."""
    if not domain or not other:
        return False
    return domain == other or (not strict and organisation(domain) == organisation(other))


def warm_up() -> None:
    """Read the list of public suffixes, which takes a moment."""
    organisation("www.example.com")
