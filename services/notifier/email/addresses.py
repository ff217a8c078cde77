"""Addresses as they go onto the wire: checked, with the domain in A-labels (RFC 5890). Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

import idna

from shared.messages.parts import Address

# RFC 5321 4.1.2 Dot-string, with the characters of RFC 6531 3.3.
_LOCAL = re.compile(r"[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\]\u2028\u2029\ud800-\udfff]{1,64}")
_QUOTED_LOCAL = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e]){0,62}"')
_DOMAIN = re.compile(
    r"(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_LITERAL = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]")
_MAX_OCTETS = 254  # RFC 5321 4.5.3.1.3, without the angle brackets


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a mail goes to, as (display name, address for the wire), and the addresses that are none. Of ``bcc`` only the envelope
    may tell."""

    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    bcc: tuple[tuple[str, str], ...]
    invalid: tuple[str, ...]


@lru_cache(maxsize=4096)
def wire_address(address: str) -> str | None:
    """``address`` with its domain in A-labels, or None when it can't be a mail address.

    A local part beyond ASCII stays: such a mail needs SMTPUTF8 (RFC 6531).
    """
    local, _, domain = address.strip().rpartition("@")
    if not local.isascii() and any(character.isspace() for character in local):
        return None  # blanks of other scripts are no better in an address than ours
    if not (_LOCAL.fullmatch(local) and not _odd_dots(local)) and not _QUOTED_LOCAL.fullmatch(local):
        return None
    ascii_domain = domain_to_ascii(domain)
    if ascii_domain is None:
        return None
    whole = f"{local}@{ascii_domain}"
    return whole if len(whole.encode("utf-8")) <= _MAX_OCTETS else None


def _odd_dots(local: str) -> bool:
    return local.startswith(".") or local.endswith(".") or ".." in local


@lru_cache(maxsize=1024)
def domain_to_ascii(domain: str) -> str | None:
    """The domain in A-labels, lower case; an address literal as it is; None for what is no domain."""
    if _LITERAL.fullmatch(domain):
        return domain
    domain = domain.removesuffix(".")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    return domain.lower() if _DOMAIN.fullmatch(domain) else None


def read_recipients(to: list[Address], cc: list[Address], bcc: list[Address]) -> Recipients:
    """Every valid address once, the first mention counting; those in To before those in Cc before those in Bcc."""
    seen: set[str] = set()
    invalid: list[str] = []

    def valid(addresses: list[Address]) -> tuple[tuple[str, str], ...]:
        found = []
        for each in addresses:
            wire = wire_address(each.address)
            if wire is None:
                invalid.append(each.address)
            elif wire.lower() not in seen:
                seen.add(wire.lower())
                found.append((each.name, wire))
        return tuple(found)

    return Recipients(valid(to), valid(cc), valid(bcc), tuple(invalid))
