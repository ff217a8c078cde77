"""Entity ids: 32 hexadecimal characters derived from what caused the entity.

A changeset that is committed twice, or decided twice by two routers, names the same tickets, messages
and deliveries both times; that is what lets the store treat a repetition as a repetition.
"""

import hashlib

OF_DESK = "desk:"
"""Before the name of a webhook that was made at the desk, where its deliveries say by what they go: no other name has a colon."""


def derive(*parts: str) -> str:
    """The id of the entity that ``parts`` (its kind first, then its cause) name: 32 hex characters."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
