"""The token in the forms of a ticket's page, for whose link it is (`shared.secrets.pagetokens`). What is sent twice from one page is done
once by its name. Pure."""

from shared.secrets import Keyring, pagetokens
from shared.secrets.pagetokens import LONGEST, PageToken

__all__ = ["LONGEST", "PageToken", "make", "read"]

_PURPOSE = b"status page"


def make(keyring: Keyring, link: str, now: float) -> str:
    """A token for the forms of the page behind this link."""
    return pagetokens.make(keyring, _PURPOSE, link.lower(), now)


def read(keyring: Keyring, link: str, token: str) -> PageToken | None:
    """What it says; null for what is none of ours, or another link's."""
    return pagetokens.read(keyring, _PURPOSE, link.lower(), token)
