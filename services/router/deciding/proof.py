"""Whether a mail is proven to come from the domain of an address. Pure. A name, a signed address or a token proves no person."""

from shared.messages.parts import Authentication

TAG = "dmarc-failed"


def is_proven(address: str, authentication: Authentication | None) -> bool:
    """Whether the mail that ``authentication`` is about comes from the domain of ``address``, its author: signed by it (DKIM) or sent
    by a host that it names (SPF), itself or another domain of the same organisation. An agent is believed by mail only if so.

    Proven is the domain, not the person: everybody who may send for the domain may write any address of it.
    """
    if authentication is None or not authentication.domain:
        return False
    local, _, domain = address.rpartition("@")
    return bool(local) and domain.lower() == authentication.domain and authentication.aligned


def failure(authentication: Authentication | None) -> dict[str, str]:
    """What failed, for an event's data, where the domain in From says that mail like this is not its own (DMARC); empty where not."""
    if authentication is None or authentication.dmarc != "fail":
        return {}
    return {
        "domain": authentication.domain,
        "spf": authentication.spf,
        "dkim": authentication.dkim,
        "policy": authentication.policy,
        "by": authentication.by,
    }


def marks(authentication: Authentication | None) -> list[str]:
    """The tags of such a mail, and of the ticket that it opens. That is all that comes of it: lists and forwarders break honest
    mails, too."""
    return [TAG] if failure(authentication) else []
