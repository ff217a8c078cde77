"""When a mail is proven to come from the domain of an address, and what comes of one that its domain disowns."""

import pytest

from services.router.deciding.proof import TAG, failure, is_proven, marks
from shared.messages.parts import Authentication

SIGNED = Authentication(dkim="pass", domain="acme.example", dkim_domains=["acme.example"], dkim_aligned=True)
SENT = Authentication(spf="pass", domain="acme.example", spf_domain="mail.acme.example", spf_aligned=True)
STRANGE = Authentication(
    spf="pass", dkim="pass", domain="acme.example", spf_domain="evil.example", dkim_domains=["evil.example"]
)

CASES = [
    ("anna@acme.example", SIGNED, True),
    ("anna@acme.example", SENT, True),
    ("Anna@ACME.example", SIGNED, True),
    ("anna@acme.example", STRANGE, False),
    ("anna@acme.example", None, False),
    ("anna@acme.example", Authentication(), False),
    (
        "anna@acme.example",
        Authentication(spf="temperror", dkim="temperror", dmarc="temperror", domain="acme.example"),
        False,
    ),
    ("anna@other.example", SIGNED, False),
    ("anna@mail.acme.example", SIGNED, False),
    ("anna@evil-acme.example", SIGNED, False),
    ("acme.example", SIGNED, False),
    ("@acme.example", SIGNED, False),
    ("", SIGNED, False),
    ("anna@", SIGNED.model_copy(update={"domain": ""}), False),
]


@pytest.mark.parametrize(("address", "authentication", "proven"), CASES)
def test_an_address_is_proven_only_by_an_aligned_pass_of_its_own_domain(
    address: str, authentication: Authentication | None, proven: bool
) -> None:
    assert is_proven(address, authentication) is proven


@pytest.mark.parametrize("verdict", ["pass", "none", "temperror", "permerror", "neutral", "softfail"])
def test_only_a_failed_dmarc_marks_a_mail(verdict: str) -> None:
    assert marks(Authentication.model_validate({"dmarc": verdict, "spf": "fail", "dkim": "fail"})) == []
    assert marks(None) == []


def test_what_failed_is_told_without_a_customers_words() -> None:
    found = Authentication(
        spf="fail", dkim="none", dmarc="fail", domain="acme.example", policy="reject", by="trunkline"
    )
    assert marks(found) == [TAG]
    assert failure(found) == {
        "domain": "acme.example",
        "spf": "fail",
        "dkim": "none",
        "policy": "reject",
        "by": "trunkline",
    }
