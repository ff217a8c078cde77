"""Domains as they are compared."""

import pytest

from services.intake.authentication.domains import aligned, domain_of, fold, organisation


@pytest.mark.parametrize(
    ("domain", "above"),
    [
        ("mail.acme.com", "acme.com"),
        ("acme.com", "acme.com"),
        ("com", "com"),
        ("a.b.acme.co.uk", "acme.co.uk"),
        ("co.uk", "co.uk"),
        ("ann.github.io", "ann.github.io"),
        ("a.b.unlisted", "b.unlisted"),
        ("b.unlisted", "b.unlisted"),
        ("www.city.kawasaki.jp", "city.kawasaki.jp"),
        ("localhost", "localhost"),
        ("sub.xn--bcher-kva.de", "xn--bcher-kva.de"),
    ],
)
def test_the_organisation_is_one_label_below_the_public_suffix(domain: str, above: str) -> None:
    assert organisation(domain) == above


@pytest.mark.parametrize(
    ("one", "other", "relaxed", "strict"),
    [
        ("acme.com", "acme.com", True, True),
        ("mail.acme.com", "acme.com", True, False),
        ("a.acme.com", "b.acme.com", True, False),
        ("acme.com", "acme.org", False, False),
        ("acme.co.uk", "evil.co.uk", False, False),
        ("ann.github.io", "eve.github.io", False, False),
        ("acme.com", "evil-acme.com", False, False),
        ("a.unlisted", "b.unlisted", False, False),
        ("", "", False, False),
        ("", "acme.com", False, False),
    ],
)
def test_domains_of_one_organisation_stand_for_each_other_unless_strict(
    one: str, other: str, relaxed: bool, strict: bool
) -> None:
    assert (aligned(one, other), aligned(one, other, strict=True)) == (relaxed, strict)
    assert (aligned(other, one), aligned(other, one, strict=True)) == (relaxed, strict)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Acme.COM.", "acme.com"),
        ("BÜCHER.de", "xn--bcher-kva.de"),
        ("straße.de", "xn--strae-oqa.de"),
        ("strasse.de", "strasse.de"),
        ("_dmarc.acme.com", "_dmarc.acme.com"),
        ("a..b", ""),
        (".", ""),
        ("", ""),
        ("a b.com", ""),
        ("acme.com\x00.evil.com", ""),
        ("acme.com\n", "acme.com"),
        ("x" * 64 + ".com", ""),
        ("a." * 130 + "com", ""),
        ("ü" * 300, ""),
        ("\ud800.com", ""),
        ("[192.0.2.1]", ""),
    ],
)
def test_domains_are_folded_to_what_dns_knows(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_domain_of_an_address_is_behind_its_last_at() -> None:
    assert domain_of('"a@b"@Acme.com') == "acme.com"
    assert domain_of("acme.com") == ""
