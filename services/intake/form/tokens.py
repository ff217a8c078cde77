"""The token in a form's page, for which inbox it is (`shared.secrets.pagetokens`). Pure."""

from shared.identity import derive
from shared.secrets import Keyring, pagetokens
from shared.secrets.pagetokens import LONGEST, PageToken

__all__ = ["FASTEST", "LONGEST", "PageToken", "make", "read"]

FASTEST = 3.0
"""Seconds in which nobody fills in a form."""

_PURPOSE = b"form"


def make(keyring: Keyring, inbox: str, now: float) -> str:
    """A token for a page of this inbox's form."""
    return pagetokens.make(keyring, _PURPOSE, derive("form inbox", inbox), now)


def read(keyring: Keyring, inbox: str, token: str) -> PageToken | None:
    """The page it stood in; null for what is none of ours, or another inbox's."""
    return pagetokens.read(keyring, _PURPOSE, derive("form inbox", inbox), token)
