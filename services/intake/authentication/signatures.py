"""DKIM: which domains vouch for a mail (RFC 6376, with RFC 8301 and 8463). Blocking; for a thread.

The library (dkimpy) reads tags and puts the signed header together. Kept from it is what costs more than a mail may (`body`), and
stricter than it we are about what it lets pass: a signature that leaves out From, SHA-1, keys of other kinds than the signature.
"""

import base64
import hashlib
import re
from datetime import datetime, timedelta

import dkim
import structlog
from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError
from dkim.util import InvalidTagValueList, parse_tag_value

from services.intake.authentication import keys
from services.intake.authentication.body import Digest, digest_body
from services.intake.authentication.domains import aligned, fold
from services.intake.authentication.keys import Unusable
from services.intake.authentication.octets import Octets
from services.intake.authentication.resolver import Absurd, Questions, Unanswered
from services.intake.authentication.verdicts import Signature
from shared.messages.parts import Verdict

log = structlog.get_logger(__name__)

MOST_SIGNATURES = 5
"""Signatures that are looked at; those of the sender's own domain first."""
MOST_FIELD = 8192
"""Octets of a signature field."""
MOST_SIGNED = 200
"""Names in ``h=``."""
CLOCKS_DIFFER = timedelta(minutes=5)

_ALGORITHMS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}
# The library's expression for b= takes the square of such a run.
_LONG_BLANK = re.compile(rb"\s{100}")
_DOMAIN = re.compile(rb"[;\s]d\s*=\s*([^\s;]{1,253})")
_DIGITS = re.compile(rb"\d{1,15}")

Tags = dict[bytes, bytes]


def check_signatures(mail: Octets, sender: str, at: datetime, questions: Questions) -> list[Signature]:
    """Every signature worth a look. ``sender`` is the folded domain of From, ``at`` is when the mail was received."""
    fields = [(name, value) for name, value in mail.fields if name.lower() == b"dkim-signature"]
    own = [field for field in fields if aligned(_claimed(field[1]), sender)]
    chosen = [*own, *(field for field in fields if field not in own)][:MOST_SIGNATURES]
    digests: dict[tuple[bool, int | None], Digest] = {}
    return [_check(mail, field, at, questions, digests) for field in chosen]


def _claimed(value: bytes) -> str:
    found = _DOMAIN.search(b";" + value[:MOST_FIELD])
    return fold(found[1].decode("ascii", "replace")) if found else ""


def _check(
    mail: Octets,
    field: tuple[bytes, bytes],
    at: datetime,
    questions: Questions,
    digests: dict[tuple[bool, int | None], Digest],
) -> Signature:
    domain = _claimed(field[1])
    try:
        verdict, why = _verdict(mail, field, at, questions, digests)
    except (Unusable, Absurd) as error:
        return Signature("permerror", domain, str(error))
    except Unanswered as error:
        return Signature("temperror", domain, str(error))
    except Exception as error:  # noqa: BLE001 - what the library stumbles over proves nothing, and stops nothing
        log.warning("a signature could not be checked", domain=domain, error=repr(error)[:300])
        return Signature("permerror", domain, type(error).__name__)
    return Signature(verdict, domain, why)


def _verdict(
    mail: Octets,
    field: tuple[bytes, bytes],
    at: datetime,
    questions: Questions,
    digests: dict[tuple[bool, int | None], Digest],
) -> tuple[Verdict, str]:
    tags, names, policy = _read(mail, field[1])
    if b"x" in tags and int(tags[b"x"]) < (at - CLOCKS_DIFFER).timestamp():
        return "fail", "the signature has expired"
    key = _key(tags, questions)
    if not _header_holds(mail, field, tags, names, policy, key):
        return "fail", "the header was altered, or signed with another key"
    relaxed = policy.body_algorithm.name == b"relaxed"
    limit = int(tags[b"l"]) if b"l" in tags else None
    if (relaxed, limit) not in digests:
        digests[relaxed, limit] = digest_body(mail.raw, mail.body_at, relaxed, limit, questions.check_time)
    digest = digests[relaxed, limit]
    if digest.digest() != base64.b64decode(b"".join(tags[b"bh"].split())):
        return "fail", "the body was altered"
    if limit is not None and limit != digest.total:
        # RFC 6376 8.2: anybody can append to such a mail, even something that is shown instead of it.
        return "neutral", "only a part of the body is signed"
    if key.testing:
        return "neutral", "the domain is testing"
    return "pass", ""


def _read(mail: Octets, value: bytes) -> tuple[Tags, list[bytes], CanonicalizationPolicy]:
    """The signature's tags, the (lower-case) names it signs, how it is canonicalised. Raises `Unusable`."""
    if not mail.sound:
        raise Unusable("the header has lines that are no fields")
    if len(value) > MOST_FIELD or _LONG_BLANK.search(value):
        raise Unusable("the signature is too long")
    try:
        tags: Tags = parse_tag_value(value)
        for name in (b"t", b"x", b"l"):
            if name in tags and not _DIGITS.fullmatch(tags[name]):
                raise Unusable(f"{name.decode()}= is no number")
        # Expiry is ours to judge, by the time of receipt instead of now.
        dkim.validate_signature_fields({name: text for name, text in tags.items() if name != b"x"})
        policy = CanonicalizationPolicy.from_c_value(tags.get(b"c", b"simple/simple"))
    except (InvalidTagValueList, dkim.DKIMException, InvalidCanonicalizationPolicyError, LookupError) as error:
        raise Unusable("the signature is not understood") from error
    names = [name.strip().lower() for name in tags[b"h"].split(b":")]
    if b"from" not in names:
        raise Unusable("From is not signed")
    if len(names) > MOST_SIGNED:
        raise Unusable("too many fields are signed")
    if tags[b"a"] not in _ALGORITHMS:
        raise Unusable("SHA-1 is no longer believed")
    return tags, names, policy


def _key(tags: Tags, questions: Questions) -> keys.Key:
    domain, selector = fold(tags[b"d"].decode("utf-8", "replace")), tags[b"s"].decode("utf-8", "replace")
    if not domain:
        raise Unusable("d= is no domain")
    records = questions.texts(f"{selector}._domainkey.{domain}")
    if not records:
        raise Unusable("there is no key")
    key = _first_usable(records)
    if key.kind != _ALGORITHMS[tags[b"a"]]:
        raise Unusable("the key is of another kind than the signature")
    if key.exact and b"i" in tags and fold(tags[b"i"].rpartition(b"@")[2].decode("utf-8", "replace")) != domain:
        raise Unusable("the key is not for subdomains")
    return key


def _first_usable(records: list[bytes]) -> keys.Key:
    error = Unusable("there is no key")
    for record in records[:3]:
        try:
            return keys.read_key(record)
        except Unusable as unusable:
            error = unusable
    raise error


def _header_holds(
    mail: Octets,
    field: tuple[bytes, bytes],
    tags: Tags,
    names: list[bytes],
    policy: CanonicalizationPolicy,
    key: keys.Key,
) -> bool:
    signed = hashlib.sha256()
    # Once more than it is named: a second From that was added above is then part of what does not fit.
    include = [*names, b"from"]
    dkim.hash_headers(signed, policy, policy.canonicalize_headers(mail.fields), include, field, tags)
    return keys.holds(key, signed, base64.b64decode(b"".join(tags[b"b"].split())))
