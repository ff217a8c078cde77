"""Whose word counts: which peers are our own machines, and which of them say in Authentication-Results what they found out. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from services.intake.authentication import domains
from services.intake.limits import LOOPBACK, Networks, source
from shared.settings import EmailInbox, Settings

# Not `is_private`, for which the networks of examples (RFC 5737) are private, too.
LOCAL: Networks = (
    *LOOPBACK,
    *(
        ip_network(each)
        for each in (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
            "100.64.0.0/10",  # RFC 6598
            "169.254.0.0/16",  # RFC 3927
            "fc00::/7",  # RFC 4193
            "fe80::/10",  # RFC 4291
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Believed:
    """A relay whose Authentication-Results count: the network its hosts are in, and the authserv-id it signs with (RFC 8601 2.5)."""

    network: IPv4Network | IPv6Network
    authserv_id: str


class Trust:
    """Who is believed, by inbox. ``networks`` are those of our own machines. Not ``checks``: strangers' mails are not checked either."""

    def __init__(self, inboxes: Iterable[EmailInbox], networks: Networks = LOCAL, *, checks: bool = True) -> None:
        self._checks = checks
        self._relays: dict[str, tuple[Believed, ...]] = {}
        self._fetched: set[str] = set()
        local = [*networks]
        for inbox in inboxes:
            relays = tuple(Believed(each.network, each.authserv_id) for each in inbox.trusted_relays)
            self._relays[inbox.name] = relays
            if inbox.receive == "imap":
                self._fetched.add(inbox.name)
            local += [relay.network for relay in relays]
        self._local: Networks = tuple(local)

    @classmethod
    def of(cls, settings: Settings) -> "Trust":
        """What the configuration says."""
        return cls(
            settings.email_inboxes, (*LOCAL, *settings.smtp.trusted_relays), checks=settings.authentication.check
        )

    def believed(self, peer: str, routes: Iterable[str]) -> tuple[Believed, ...] | None:
        """The relays that are believed about a mail from ``peer`` for the inboxes ``routes``; none for a peer of our own that says
        nothing. Null for a stranger, whose mails are to be checked.

        Mail without a peer was fetched from a mailbox: its provider's relays are believed where the configuration names them.
        """
        relays = [relay for route in routes for relay in self._relays.get(route, ())]
        if not peer:
            found = tuple(relays) if self._fetched.intersection(routes) else ()
            return found or (None if self._checks else ())
        address = source(peer)
        if address is None:
            return None if self._checks else ()
        found = tuple(relay for relay in relays if address in relay.network)
        if found or not self._checks or self.is_local(peer):
            return found
        return None

    def warm_up(self) -> None:
        """Read what relays' words are compared by, where there are any; blocking, a fifth of a second."""
        if any(self._relays.values()):
            domains.warm_up()

    def is_local(self, peer: str) -> bool:
        """Whether this is one of our own machines, or one that the configuration trusts."""
        address = source(peer)
        return address is not None and any(address in network for network in self._local)
