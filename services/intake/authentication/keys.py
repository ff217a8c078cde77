"""Public keys of DKIM: the record in DNS (RFC 6376 3.6.1), read strictly, and whether a signature is made with it."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from dkim.crypto import DigestTooLargeError, RSASSA_PKCS1_v1_5_verify, UnparsableKeyError, parse_public_key
from dkim.util import InvalidTagValueList, parse_tag_value

SMALLEST, LARGEST = 1024, 4096
"""Bits of an RSA key (RFC 8301 3.2). A larger one would keep the processor busy for seconds."""
LARGEST_EXPONENT = 1 << 32


class Unusable(Exception):
    """The key record, or the signature's relation to it, is such that the signature counts for nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key: of ``kind`` ``rsa`` or ``ed25519``. ``testing``: mail is to be treated as if it were not signed; ``exact``: for ``i=`` of
    just this domain."""

    kind: str
    value: Any
    testing: bool
    exact: bool


def read_key(record: bytes) -> Key:
    """The key in a TXT record. Raises `Unusable`."""
    try:
        tags = {name.decode("ascii"): value.decode("ascii") for name, value in parse_tag_value(record).items()}
    except (InvalidTagValueList, UnicodeDecodeError, IndexError) as error:
        raise Unusable("the key record is not understood") from error
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        raise Unusable("the key record is none")
    if not _listed(tags.get("s", "*")) & {"*", "email"}:
        raise Unusable("the key is not for mail")
    if "h" in tags and "sha256" not in _listed(tags["h"]):
        raise Unusable("the key is not for SHA-256")
    flags, octets = _listed(tags.get("t", "")), _octets(tags["p"])
    kind = tags.get("k", "rsa").lower()
    if kind == "ed25519":
        try:
            value: Any = Ed25519PublicKey.from_public_bytes(octets)
        except ValueError as error:
            raise Unusable("the key is broken") from error
    elif kind == "rsa":
        value = _rsa(octets)
    else:
        raise Unusable("the key is of an unknown kind")
    return Key(kind, value, "y" in flags, "s" in flags)


def _listed(text: str) -> set[str]:
    return {each.strip().lower() for each in text.split(":")}


def _octets(text: str) -> bytes:
    plain = "".join(text.split())
    if not plain:
        raise Unusable("the key was revoked")
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unusable("the key is broken") from error


def _rsa(octets: bytes) -> dict[str, int]:
    try:
        key: dict[str, int] = parse_public_key(octets)
        bits, exponent = key["modulus"].bit_length(), key["publicExponent"]
    except (UnparsableKeyError, LookupError, TypeError, ValueError) as error:
        raise Unusable("the key is broken") from error
    if not SMALLEST <= bits <= LARGEST:
        raise Unusable(f"the key has {bits} bits")
    if not 3 <= exponent <= LARGEST_EXPONENT:
        raise Unusable("the key has an odd exponent")
    return key


def holds(key: Key, signed: "hashlib._Hash", signature: bytes) -> bool:
    """Whether ``signature`` was made with the key over what ``signed`` digests (RFC 6376 3.3, RFC 8463 3). Raises `Unusable`."""
    if key.kind == "ed25519":
        try:
            key.value.verify(signature, signed.digest())
        except InvalidSignature:
            return False
        return True
    # RFC 8017 8.2.2, 1: the library lets one pass that begins with zeros too many.
    if len(signature) != (key.value["modulus"].bit_length() + 7) // 8:
        return False
    try:
        return bool(RSASSA_PKCS1_v1_5_verify(signed, signature, key.value))
    except (DigestTooLargeError, ValueError, TypeError) as error:
        raise Unusable("the key does not fit the signature") from error
