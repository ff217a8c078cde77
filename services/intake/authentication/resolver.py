"""Asking DNS about one mail: all questions together are bounded in time and number. Blocking; for a thread.

Not here: what the answers mean.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from shared.settings.authentication import Nameserver

MOST_QUESTIONS = 100
"""Questions about one mail. SPF alone may need some sixty (RFC 7208 4.6.4)."""
ONE_QUESTION = 3.0
"""Seconds for one of them, repetitions included."""
ONE_TRY = 1.0
REMEMBERED = 1000
MOST_TEXT = 4096
"""Octets of a TXT record that is read; keys, policies and sender policies have some hundred."""


class Unanswered(Exception):
    """DNS does not answer, or not in time; asking again later may help."""


class Absurd(Exception):
    """DNS answers what nobody can work with: asking again will not help."""


def resolver(nameservers: Sequence[Nameserver] = ()) -> dns.resolver.Resolver:
    """A resolver for these nameservers, or the machine's where there are none. To be shared; it remembers answers while they are valid.

    Raises `Unanswered` where the machine has none.
    """
    try:
        made = dns.resolver.Resolver(configure=not nameservers)
    except dns.exception.DNSException as error:
        raise Unanswered(f"this machine knows no nameserver ({error}); set authentication.nameservers") from error
    if nameservers:
        made.nameservers = [dns.nameserver.Do53Nameserver(each.address, each.port) for each in nameservers]
    made.timeout = ONE_TRY
    made.cache = dns.resolver.LRUCache(REMEMBERED)
    return made


@dataclass(slots=True)
class Questions:
    """The questions about one mail, until ``deadline`` (`time.monotonic`). What was answered once is not asked again."""

    resolver: dns.resolver.Resolver
    deadline: float
    left: int = MOST_QUESTIONS
    _known: dict[tuple[str, str], list[Any] | Exception] = field(default_factory=dict)

    def check_time(self) -> None:
        """Raises `Unanswered` when the time is over."""
        if time.monotonic() >= self.deadline:
            raise Unanswered("out of time")

    def texts(self, name: str) -> list[bytes]:
        """The TXT records of a name, each put together; none where there are none. Raises `Unanswered`, `Absurd`."""
        return [b"".join(record.strings) for record in self.records(name, "TXT")]

    def records(self, name: str, kind: str) -> list[Any]:
        """The records of a name, aliases followed, as dnspython's rdata; none where the name or the kind does not exist.

        Raises `Unanswered`, `Absurd`.
        """
        key = (name.rstrip(".").lower(), kind)
        if key not in self._known:
            try:
                self._known[key] = self._ask(*key)
            except (Unanswered, Absurd) as error:
                self._known[key] = error
        known = self._known[key]
        if isinstance(known, Exception):
            raise known
        return known

    def _ask(self, name: str, kind: str) -> list[Any]:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Unanswered(f"out of time before {kind} of {name[:100]}")
        if self.left <= 0:
            raise Absurd("too many questions")
        self.left -= 1
        try:
            absolute = dns.name.from_text(f"{name}.")
        except (dns.exception.DNSException, UnicodeError):
            return []  # what cannot be a name (RFC 1035 2.3.4) has no records
        try:
            lifetime = min(left, ONE_QUESTION)
            answer = self.resolver.resolve(absolute, kind, lifetime=lifetime, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            # A chain of aliases without end is among these: the library counts it as a broken nameserver.
            raise Unanswered(f"{kind} of {name[:100]}: {type(error).__name__}") from error
        found = list(answer.rrset) if answer.rrset is not None else []
        if kind == "TXT" and any(sum(map(len, each.strings)) > MOST_TEXT for each in found):
            raise Absurd(f"TXT of {name[:100]} is longer than {MOST_TEXT} octets")
        return found
