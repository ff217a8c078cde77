"""Which inbox a recipient's address belongs to. Pure: built once from the configuration, asked per RCPT."""

from collections.abc import Iterable

from shared.settings import EmailInbox, Settings

REPLY_PREFIX = "reply+"
DEFAULT_INBOX = "support"


class Recipients:
    """The addresses we take mail for.

    An address is compared without case; ``support+anything@`` is ``support@``. A reply address is taken whatever its token: whether
    the token is valid is the router's business, and an invalid one is ordinary mail. An inbox without an address takes what is
    nobody else's, and where no inbox has one everything goes to that inbox, else to ``support``.
    """

    def __init__(self, inboxes: Iterable[EmailInbox], reply_domain: str = "") -> None:
        inboxes = tuple(inboxes)
        self._exact: dict[str, str] = {}
        self._domains: dict[str, str] = {}
        for inbox in inboxes:
            if inbox.address:
                local, domain = split(inbox.address)
                self._exact.setdefault(f"{local}@{domain}", inbox.name)
                self._domains.setdefault(domain, inbox.name)
        first = inboxes[0].name if inboxes else DEFAULT_INBOX
        self._reply_domains = dict(self._domains)
        if reply_domain:
            self._reply_domains.setdefault(fold_domain(reply_domain), first)
        self._postmaster = first
        self._rest = next((inbox.name for inbox in inboxes if not inbox.address), None)
        if not self._exact and self._rest is None:
            self._rest = first

    @classmethod
    def of(cls, settings: Settings) -> "Recipients":
        """The recipients of a configuration."""
        return cls(settings.email_inboxes, settings.company.reply_domain)

    def inbox(self, address: str) -> str | None:
        """The name of the inbox that takes this address, or None for a stranger's."""
        local, domain = split(address)
        found = self._exact.get(f"{local}@{domain}")
        if found is None and local.startswith(REPLY_PREFIX):
            found = self._reply_domains.get(domain)
        if found is None and "+" in local:
            found = self._exact.get(f"{local.partition('+')[0]}@{domain}")
        if found is None and local == "postmaster":
            # RFC 5321 4.5.1: this mailbox exists wherever mail is taken, and without a domain too.
            found = self._postmaster if not domain else self._domains.get(domain)
        return found or self._rest


def split(address: str) -> tuple[str, str]:
    """Local part and domain as they are compared: in lower case, the domain as A-labels. No domain: ``""``."""
    local, at, domain = address.rpartition("@")
    return (local.lower(), fold_domain(domain)) if at else (domain.lower(), "")


def fold_domain(domain: str) -> str:
    """A domain as it is compared: lower case, A-labels (RFC 5890), no dot at its end."""
    domain = domain.rstrip(".").lower()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # no host name at all; compared as it is, it will match nothing
        return domain


def lower_domain(address: str) -> str:
    """The address as it is kept: its local part as written, its domain in lower case."""
    local, at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}" if at else address
