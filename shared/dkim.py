"""Keys that outgoing mail is signed with (RFC 6376, RFC 8463): read from the configuration, and as the record to publish in DNS.

Not here: signing (`services.notifier.email.signing`), and checking other people's signatures.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_SELECTOR = re.compile(
    r"(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_SMALLEST = 1024
_STRING = 255  # octets of one string of a TXT record (RFC 1035 3.3.14)


class BadKey(ValueError):
    """The key or the selector can't be signed with; the text is one line that says what to do, without the key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its selector; parsed once, since that costs more than signing."""

    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The tag ``a`` of its signatures."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    @property
    def bits(self) -> int:
        """How long the key is; an RSA key's signatures cost the cube of it."""
        return self.private.key_size if isinstance(self.private, RSAPrivateKey) else 256

    def sign(self, data: bytes) -> bytes:
        """The signature of ``data``: of an RSA key by RFC 8017, 8.2; an Ed25519 key signs the SHA-256 (RFC 8463 3). The same key and data
        always give the same."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), hashes.SHA256())
        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        return self.private.sign(digest.finalize())

    def record(self) -> str:
        """The content of the TXT record at ``<selector>._domainkey.<domain>`` (RFC 6376 3.6.1)."""
        public = self.private.public_key()
        if isinstance(self.private, RSAPrivateKey):
            form, layout, kind = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo, "rsa"
        else:
            form, layout, kind = serialization.Encoding.Raw, serialization.PublicFormat.Raw, "ed25519"
        return f"v=DKIM1; k={kind}; p={base64.b64encode(public.public_bytes(form, layout)).decode()}"


def load_key(selector: str, text: str) -> SigningKey:
    """The key in ``text``: PEM (PKCS #1 or #8, no password), or an Ed25519 seed of 32 octets in Base64. Raises `BadKey`."""
    if not _SELECTOR.fullmatch(selector):
        raise BadKey(f'{selector!r} is no selector; write letters, digits and hyphens, such as "s1"')
    if not text.strip():
        raise BadKey('there is no key; write it as "file:dkim.pem", an RSA or Ed25519 key in PEM')
    private = _seed(text) or _pem(text)
    if isinstance(private, RSAPrivateKey) and private.key_size < _SMALLEST:
        raise BadKey(f"an RSA key of {private.key_size} bits is not accepted by anybody (RFC 8301); make one of 2048")
    return SigningKey(selector, private)


def _seed(text: str) -> Ed25519PrivateKey | None:
    try:
        seed = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return Ed25519PrivateKey.from_private_bytes(seed) if len(seed) == 32 else None


def _pem(text: str) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        private = serialization.load_pem_private_key(text.strip().encode() + b"\n", password=None)
    except TypeError:
        raise BadKey("the key has a password; give one without (openssl pkey -in KEY -out KEY2)") from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("that is no private key; give an RSA or Ed25519 key in PEM (openssl genrsa 2048)") from None
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise BadKey("the key is neither RSA nor Ed25519, and DKIM knows no others (RFC 8301, RFC 8463)")
    return private


def zone_line(selector: str, domain: str, record: str) -> str:
    """The record as it is written in a zone file, in strings of at most 255 octets."""
    strings = [record[at : at + _STRING] for at in range(0, len(record), _STRING)]
    quoted = " ".join(f'"{each}"' for each in strings)
    return f"{selector}._domainkey.{domain}. IN TXT {quoted}"
