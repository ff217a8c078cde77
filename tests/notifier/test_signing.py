"""DKIM: signatures that others accept, keys that can't be used, and the record to publish."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.email.compose import compose, letterhead
from services.notifier.email.signing import Signer
from services.notifier.email.wording import word
from shared.dkim import BadKey, load_key, zone_line

from .conftest import KEYRING, outbound
from .signing import ED25519_KEY, RSA_KEY, rsa_key

KEY = load_key("s1", RSA_KEY)
NOW = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
HEAD = b"From: Acme <support@acme.example>\r\nTo: a@x.example\r\nSubject: s\r\n\r\n"


def holds(content: bytes, key: Any = KEY) -> bool:
    """Whether dkimpy accepts the signature, given the published record."""
    return bool(dkim.verify(content, dnsfunc=lambda name, timeout=5: key.record().encode()))


def composed(key: Any = KEY, **fields: Any) -> bytes:
    head = letterhead("Acme", "Support@Żółw.example", "reply.acme.example", KEYRING, key)
    message = outbound(**{"created_at": NOW, **fields})
    return compose(message, head, word(message, "Acme", "en")).content


def test_a_composed_mail_bears_a_signature_of_the_domain_it_is_from() -> None:
    content = composed(subject="Zażółć " * 30, references=["a@b", "c@d"], in_reply_to="c@d")
    assert holds(content)
    first = content.partition(b"From: ")[0]
    domain = "żółw.example".encode("idna")
    assert b"d=%b; s=s1; t=%d;" % (domain, NOW.timestamp()) in first
    assert content == composed(subject="Zażółć " * 30, references=["a@b", "c@d"], in_reply_to="c@d")
    assert max(map(len, first.split(b"\r\n"))) <= 80


@pytest.mark.parametrize("field", ["From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "Content-Type"])
def test_no_field_that_readers_see_can_be_added(field: str) -> None:
    content = Signer("acme.example", KEY).signed(HEAD + b"hello\r\n", NOW)
    assert holds(content)
    assert not holds(f"{field}: x\r\n".encode() + content)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [(b"hello", b"hullo"), (b"Subject: s", b"Subject: t"), (b"support@acme", b"billing@acme"), (b"t=1772", b"t=1773")],
)
def test_what_was_changed_on_the_way_shows(was: bytes, becomes: bytes) -> None:
    content = Signer("acme.example", KEY).signed(HEAD + b"hello\r\n", NOW)
    assert was in content
    assert not holds(content.replace(was, becomes, 1))


def test_what_relays_may_do_to_white_space_does_no_harm() -> None:
    content = Signer("acme.example", KEY).signed(HEAD + b"a  b\t c \r\nend\r\n", NOW)
    folded = content.replace(b"From: Acme <", b"FROM:  Acme\r\n\t<").replace(b"a  b\t c \r\n", b"a b c\r\n")
    assert folded != content
    assert holds(folded + b"\r\n\r\n")


@given(st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"b  c", b" \r\n", b"."]), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_body_is_signed_as_others_read_it(pieces: list[bytes]) -> None:
    assert holds(Signer("acme.example", KEY).signed(HEAD + b"".join(pieces) + b"\r\n", NOW))


def test_an_ed25519_signature_is_that_of_the_rfc() -> None:
    """Checked by hand with dkimpy's canonical form: dkimpy itself needs a further library for it (RFC 8463 3)."""
    key = load_key("e1", ED25519_KEY)
    signed = Signer("acme.example", key).signed(HEAD + b"hello\r\n", NOW)
    field, _, rest = signed.partition(b"\r\nFrom:")
    unsigned, _, signature = field.partition(b" b=")
    fields = {b"from": b" Acme <support@acme.example>", b"to": b" a@x.example", b"subject": b" s"}
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    canonical = policy.canonicalize_headers([(name, value + b"\r\n") for name, value in fields.items()])
    own = policy.canonicalize_headers([(b"DKIM-Signature", unsigned.partition(b":")[2] + b" b=")])
    data = b"".join(name + b":" + value for name, value in (*canonical, *own)).removesuffix(b"\r\n")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.record().partition("p=")[2]))
    public.verify(base64.b64decode(b"".join(signature.split())), hashlib.sha256(data).digest())
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(b"".join(signature.split())), hashlib.sha256(data + b"x").digest())
    assert b"a=ed25519-sha256" in field
    assert rest


def test_the_record_is_written_as_a_zone_file_wants_it() -> None:
    line = zone_line("s1", "acme.example", KEY.record())
    assert line.startswith('s1._domainkey.acme.example. IN TXT "v=DKIM1; k=rsa; p=MII')
    strings = line.partition(" TXT ")[2].strip('"').split('" "')
    assert len(strings) == 2
    assert max(map(len, strings)) <= 255
    assert "".join(strings) == KEY.record()


def test_an_ed25519_key_may_be_given_as_its_seed() -> None:
    assert load_key("e1", base64.b64encode(b"B" * 32).decode()).record() == load_key("e1", ED25519_KEY).record()


@pytest.mark.parametrize(
    ("selector", "text", "says"),
    [
        ("s1", "", "there is no key"),
        ("s1", "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----", "no private key"),
        ("s1", "c2hvcnQ=", "no private key"),
        ("s 1", RSA_KEY, "no selector"),
        ("s1; d=evil", RSA_KEY, "no selector"),
        ("ż", RSA_KEY, "no selector"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_in_one_line_that_does_not_show_it(
    selector: str, text: str, says: str
) -> None:
    with pytest.raises(BadKey, match=says) as refused:
        load_key(selector, text)
    assert "\n" not in str(refused.value)
    assert "nonsense" not in str(refused.value)
    assert "PRIVATE" not in repr(load_key("s1", RSA_KEY))


def test_a_key_that_nobody_would_accept_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(BadKey, match="neither RSA nor Ed25519"):
        load_key("s1", curve.decode())


def test_a_key_with_a_password_says_so() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    locked = rsa.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    with pytest.raises(BadKey, match="password"):
        load_key("s1", locked.decode())
    assert load_key("s1", rsa_key(1024)).bits == 1024
