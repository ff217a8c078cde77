"""Keys of the tests, mails signed with them, and the one check that most tests ask for."""

import base64
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.intake.authentication import check, resolver
from shared.messages.authentication import AuthenticateRequest
from shared.messages.parts import Authentication, Stored
from shared.settings.authentication import parse_nameserver
from tests.intake.authentication.nameserver import TestNameserver

PEER = "192.0.2.25"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MAIL = (
    b"From: Ann <ann@customer.example>\r\nTo: support@acme.example\r\nSubject: Question\r\n"
    b"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@customer.example>\r\n\r\nDoes it  work? \r\n\r\nAnn\r\n\r\n\r\n"
)
_RSA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"


@lru_cache
def private_key(name: str) -> bytes:
    """A key of 2048 bits, by name, in the form that dkimpy signs with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def public_key(name: str = "s1") -> str:
    """Its public half for ``p=``."""
    key = serialization.load_pem_private_key(private_key(name), None).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def key_of_size(bits: int, exponent: int = 65537) -> str:
    """Something that looks like a public key of so many bits."""
    numbers = _der(0x30, _integer((1 << bits - 1) + 1) + _integer(exponent))
    return base64.b64encode(
        _der(0x30, _der(0x30, _der(0x06, _RSA) + _der(0x05, b"")) + _der(0x03, b"\0" + numbers))
    ).decode()


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def signed(mail: bytes = MAIL, domain: str = "customer.example", selector: str = "s1", **more: Any) -> bytes:
    """The mail with a signature of this domain above it. ``more`` is dkimpy's."""
    more.setdefault("canonicalize", (b"relaxed", b"relaxed"))
    return dkim.sign(mail, selector.encode(), domain.encode(), private_key("s1"), **more) + mail


def expiring(at: datetime) -> bytes:
    """A mail whose signature expires then. dkimpy signs without an end, so it is put among the tags before they are signed."""
    signer = dkim.DKIM(MAIL)
    generate = signer.gen_header

    def with_end(tags: list[tuple[bytes, bytes]], *rest: Any) -> bytes:
        kept = [(name, value) for name, value in tags if name != b"t"]
        return bytes(generate([*kept[:-1], (b"x", b"%d" % at.timestamp()), kept[-1]], *rest))

    signer.gen_header = with_end
    return (
        bytes(signer.sign(b"s1", b"customer.example", private_key("s1"), canonicalize=(b"relaxed", b"relaxed"))) + MAIL
    )


def publish(dns: TestNameserver, domain: str = "customer.example", selector: str = "s1", record: str = "") -> None:
    """The key's record."""
    dns.put(f"{selector}._domainkey.{domain}", "TXT", record or f"v=DKIM1; k=rsa; p={public_key()}")


def ask(
    dns: TestNameserver,
    raw: bytes,
    *,
    sender: str = "ann@customer.example",
    peer: str | None = PEER,
    envelope_from: str = "ann@customer.example",
    helo: str = "mx.customer.example",
    at: datetime = NOW,
    seconds: float = 5.0,
) -> Authentication:
    """What the check finds out about a mail."""
    request = AuthenticateRequest(
        peer=peer,
        helo=helo,
        envelope_from=envelope_from,
        sender=sender,
        received_at=at,
        original=Stored(sha256="", size=0),
    )
    return check.authenticate(request, raw, resolver.resolver([parse_nameserver(dns.address)]), seconds)
