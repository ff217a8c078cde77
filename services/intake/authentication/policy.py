"""DMARC: what the domain in From asks for (RFC 7489 6.3, 6.6.3), and what to make of SPF and DKIM by it.

Not the library's (authheaders): it ends a domain at its first hyphen, looks at the first signature only, and reads the list of public
suffixes anew for every domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.intake.authentication.domains import organisation

if TYPE_CHECKING:  # what relays say is read without asking DNS
    from services.intake.authentication.resolver import Questions

_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Policy:
    """``asks``: ``none``, ``quarantine`` or ``reject``. ``strict_…``: subdomains don't count for one another."""

    asks: str
    strict_spf: bool = False
    strict_dkim: bool = False


def find_policy(domain: str, questions: Questions) -> Policy | None:
    """The policy for a folded domain: its own, else its organisation's; null where there is none. Raises `Unanswered`, `Absurd`."""
    own = _record(domain, questions)
    if own is not None:
        return _policy(own, "p")
    above = organisation(domain)
    found = _record(above, questions) if above != domain else None
    return _policy(found, "sp") if found is not None else None


def _record(domain: str, questions: Questions) -> dict[str, str] | None:
    """The tags of the one record; several are as good as none (RFC 7489 6.6.3, 5)."""
    texts = [text for text in questions.texts(f"_dmarc.{domain}") if _is_record(text)]
    if len(texts) != 1:
        return None
    pairs = (each.partition("=") for each in texts[0].decode("utf-8", "replace").split(";"))
    return {name.strip().lower(): value.strip().lower() for name, equals, value in pairs if equals}


def _is_record(text: bytes) -> bool:
    name, _, value = text.partition(b";")[0].partition(b"=")
    return name.strip().lower() == b"v" and value.strip() == b"DMARC1"


def _policy(tags: dict[str, str], name: str) -> Policy | None:
    asks = tags.get(name) or tags.get("p", "")
    if asks not in _POLICIES:
        if "rua" not in tags:
            return None
        asks = "none"  # RFC 7489 6.6.3, 6
    return Policy(asks, tags.get("aspf") == "s", tags.get("adkim") == "s")
