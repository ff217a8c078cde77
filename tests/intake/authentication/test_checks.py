"""SPF, DKIM and DMARC of whole mails against a real nameserver on loopback."""

import base64
import re
import time
from datetime import timedelta

import pytest

from services.intake.authentication import resolver as resolving
from shared.messages.parts import Authentication
from tests.intake.authentication.nameserver import TestNameserver
from tests.intake.authentication.signing import (
    MAIL,
    NOW,
    PEER,
    ask,
    expiring,
    key_of_size,
    public_key,
    publish,
    signed,
)


def brief(found: Authentication) -> tuple[str, str, str, bool]:
    return found.spf, found.dkim, found.dmarc, found.aligned


# -- DKIM


def test_a_signed_mail_of_its_own_domain_is_proven(dns: TestNameserver) -> None:
    publish(dns)
    found = ask(dns, signed())
    assert (found.dkim, found.dkim_domains, found.dkim_aligned) == ("pass", ["customer.example"], True)
    assert (found.domain, found.by, found.spf, found.dmarc) == ("customer.example", "trunkline", "none", "none")


@pytest.mark.parametrize("form", [(b"simple", b"simple"), (b"relaxed", b"simple"), (b"simple", b"relaxed")])
def test_both_canonical_forms_of_header_and_body_are_known(dns: TestNameserver, form: tuple[bytes, bytes]) -> None:
    publish(dns)
    assert ask(dns, signed(canonicalize=form)).dkim == "pass"


def test_relaxed_signatures_survive_what_relays_do_to_blanks(dns: TestNameserver) -> None:
    publish(dns)
    changed = signed().replace(b"Does it  work? \r\n", b"Does it work?\t\r\n").replace(b"Subject: Q", b"subject:   Q")
    assert ask(dns, changed).dkim == "pass"


ALTERED = {
    "body": (b"Does it", b"Dose it"),
    "appended": (b"Ann\r\n\r\n\r\n", b"Ann\r\n\r\nPS: pay here\r\n"),
    "subject": (b"Subject: Question", b"Subject: Invoice"),
    "author": (b"From: Ann <ann@customer.example>", b"From: Boss <boss@customer.example>"),
    "second From": (b"From: Ann", b"From: Boss <boss@customer.example>\r\nFrom: Ann"),
    "signature": (b" b=", b" b=AAAA"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_mail_is_not_proven(dns: TestNameserver, what: str) -> None:
    publish(dns)
    whole = signed()
    assert ALTERED[what][0] in whole
    found = ask(dns, whole.replace(*ALTERED[what], 1), envelope_from="")
    assert found.dkim in ("fail", "permerror")
    assert not found.aligned
    assert found.dkim_domains == []


def test_a_signature_of_another_domain_holds_but_proves_nothing(dns: TestNameserver) -> None:
    publish(dns, "evil.example")
    found = ask(dns, signed(domain="evil.example"))
    assert (found.dkim, found.dkim_domains, found.aligned) == ("pass", ["evil.example"], False)


def test_a_subdomain_of_the_same_organisation_proves_unless_the_domain_is_strict(dns: TestNameserver) -> None:
    publish(dns, "mail.customer.example")
    mail = signed(domain="mail.customer.example")
    assert ask(dns, mail).aligned
    dns.put("_dmarc.customer.example", "TXT", "v=DMARC1; p=reject; adkim=s")
    assert brief(ask(dns, mail)) == ("none", "pass", "fail", False)


KEYS = {
    "missing": (None, "permerror"),
    "revoked": ("v=DKIM1; k=rsa; p=", "permerror"),
    "tiny": (f"v=DKIM1; p={key_of_size(512)}", "permerror"),
    "huge": (f"v=DKIM1; p={key_of_size(8192)}", "permerror"),
    "odd exponent": (f"v=DKIM1; p={key_of_size(2048, (1 << 2000) + 1)}", "permerror"),
    "broken Base64": ("v=DKIM1; p=MIGf*", "permerror"),
    "no key at all": ("hello", "permerror"),
    "of another version": ("v=DKIM2; p=MIGf", "permerror"),
    "of an unknown kind": ("v=DKIM1; k=dilithium; p=MIGf", "permerror"),
    "of the other kind": (f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(range(32))).decode()}", "permerror"),
    "for other things": (f"v=DKIM1; s=tlsrpt; p={public_key()}", "permerror"),
    "for SHA-1": (f"v=DKIM1; h=sha1; p={public_key()}", "permerror"),
    "somebody else's": (f"v=DKIM1; p={public_key('other')}", "fail"),
    "for a test": (f"v=DKIM1; t=y; p={public_key()}", "neutral"),
    "without version": (f"p={public_key()}", "pass"),
    "for mail and SHA-256": (f"v=DKIM1; h=sha1:sha256; s=email; n=note; p={public_key()}", "pass"),
}


@pytest.mark.parametrize("what", KEYS)
def test_a_key_is_only_believed_if_it_is_whole_strong_and_for_mail(dns: TestNameserver, what: str) -> None:
    record, verdict = KEYS[what]
    if record is not None:
        publish(dns, record=record)
    found = ask(dns, signed())
    assert (found.dkim, found.dkim_aligned) == (verdict, verdict == "pass")


def test_a_key_in_many_pieces_is_fetched_over_tcp(dns: TestNameserver) -> None:
    publish(dns, record=f"v=DKIM1; n={'x' * 600}; p={public_key()}")
    assert ask(dns, signed()).dkim == "pass"
    assert dns.over_tcp["s1._domainkey.customer.example", "TXT"] == 1


TAGS = {
    "expired": (b"; t=", b"; x=1; t=", "fail"),
    "From not signed": (b"h=from:from:", b"h=x-from:", "permerror"),
    "SHA-1": (b"a=rsa-sha256", b"a=rsa-sha1", "permerror"),
    "unknown algorithm": (b"a=rsa-sha256", b"a=rsa-md5", "permerror"),
    "version": (b"v=1", b"v=2", "permerror"),
    "doubled tag": (b"v=1;", b"v=1; v=1;", "permerror"),
    "no domain": (b"d=customer.example", b"q=dns/txt", "permerror"),
    "identity of somebody else": (b"i=@customer.example", b"i=@evil.example", "permerror"),
    "identity is the domain": (b"i=@customer.example", b"i=customer.example", "permerror"),
    "number without end": (b"; t=", b"; t=" + b"9" * 5000, "permerror"),
    "length without end": (b"; t=", b"; l=" + b"9" * 5000 + b"; t=", "permerror"),
    "blanks without end": (b" b=", b" b=" + b"\r\n " * 2000, "permerror"),
    "too long": (b"; t=", b"; z=" + b"x" * 9000 + b"; t=", "permerror"),
    "too many names": (b"h=from", b"h=from" + b":a" * 300, "permerror"),
    "control characters": (b"d=customer.example", b"d=\x00\xff", "permerror"),
    "selector with spaces": (b"s=s1", b"s=a b..c", "permerror"),
}


@pytest.mark.parametrize("what", TAGS)
def test_a_signature_that_is_odd_ends_as_a_verdict(dns: TestNameserver, what: str) -> None:
    publish(dns)
    old, new, verdict = TAGS[what]
    whole = re.sub(rb"h=[^;]+", b"h=from:from:subject", signed(), count=1)
    began = time.monotonic()
    assert old in whole
    found = ask(dns, whole.replace(old, new, 1))
    assert (found.dkim, found.aligned) == (verdict, False)
    assert time.monotonic() - began < 10


def test_a_signature_expires_by_the_time_of_receipt_not_of_the_check(dns: TestNameserver) -> None:
    publish(dns)
    whole = expiring(NOW + timedelta(hours=1))
    assert ask(dns, whole).dkim == "pass"
    late = ask(dns, whole, at=NOW + timedelta(hours=2))
    assert (late.dkim, late.aligned) == ("fail", False)
    assert late.note.endswith("the signature has expired")


def test_a_signature_of_a_part_of_the_body_proves_nothing(dns: TestNameserver) -> None:
    publish(dns)
    whole = signed(length=True)
    assert ask(dns, whole).dkim_aligned, "it is of the whole body"
    found = ask(dns, whole + b"PS: pay here\r\n")
    assert (found.dkim, found.dkim_aligned) == ("neutral", False)


def test_the_example_of_rfc_8463_passes_with_both_algorithms(dns: TestNameserver) -> None:
    key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    publish(dns, "football.example.com", "brisbane", f"v=DKIM1; k=ed25519; p={key}")
    mail = (
        b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n d=football.example.com; i=@football.example.com;\n"
        b" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n subject : date : message-id : from : subject : date;\n"
        b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
        b" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n"
        b"From: Joe SixPack <joe@football.example.com>\nTo: Suzie Q <suzie@shopping.example.net>\n"
        b"Subject: Is dinner ready?\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
        b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\n\nHi.\n\nWe lost the game.  Are you hungry yet?\n\nJoe.\n"
    )
    found = ask(dns, mail, sender="joe@football.example.com")
    assert (found.dkim, found.dkim_aligned) == ("pass", True)
    assert ask(dns, mail.replace(b"hungry", b"angry"), sender="joe@football.example.com").dkim == "fail"


def test_the_senders_own_signature_is_found_among_many(dns: TestNameserver) -> None:
    publish(dns)
    own = signed()
    noise = b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; d=n%d.example; s=x; h=from; bh=AAAA; b=AAAA\r\n" % n for n in range(50)
    )
    assert ask(dns, noise + own).dkim_aligned
    assert sum(dns.asked.values()) < 20


def test_mail_whose_header_two_readers_would_read_differently_has_no_valid_signature(dns: TestNameserver) -> None:
    publish(dns)
    for odd in (b"no field at all\r\n", b"From : boss@customer.example\r\n", b"\xff\xfe: x\r\n"):
        found = ask(dns, odd + signed())
        assert (found.dkim, found.aligned) == ("permerror", False)


# -- SPF

SENDERS = {
    "its address": ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
    "not its address": ("v=spf1 ip4:198.51.100.0/24 -all", "fail"),
    "perhaps": ("v=spf1 ip4:198.51.100.0/24 ~all", "softfail"),
    "no opinion": ("v=spf1 ?all", "neutral"),
    "by name": ("v=spf1 a:host.customer.example -all", "pass"),
    "by mail exchanger": ("v=spf1 mx -all", "pass"),
    "by inclusion": ("v=spf1 include:_spf.customer.example -all", "pass"),
    "elsewhere": ("v=spf1 redirect=_spf.customer.example", "pass"),
    "with a macro": ("v=spf1 exists:%{i}._x.customer.example -all", "pass"),
    "no policy": ("something else", "none"),
    "misspelt": ("v=spf1 ipv4:192.0.2.25 -all", "permerror"),
    "of itself": ("v=spf1 include:customer.example -all", "permerror"),
    "too many questions": (f"v=spf1 {' '.join(f'a:h{n}.customer.example' for n in range(11))} -all", "permerror"),
    "names without records": ("v=spf1 a:v1.example a:v2.example a:v3.example a:v4.example -all", "permerror"),
    "too long": (f"v=spf1 {' '.join(f'ip4:198.51.100.{n % 250}' for n in range(400))} -all", "permerror"),
    "an alias in a circle": ("v=spf1 a:loop.customer.example -all", "temperror"),
    "a nameserver that breaks": ("v=spf1 a:broken.customer.example -all", "temperror"),
}


@pytest.mark.parametrize("what", SENDERS)
def test_the_policy_of_the_sender_is_followed(dns: TestNameserver, what: str) -> None:
    record, verdict = SENDERS[what]
    dns.put("customer.example", "TXT", record)
    dns.put("customer.example", "MX", "10 host.customer.example.")
    dns.put("host.customer.example", "A", PEER)
    dns.put("_spf.customer.example", "TXT", "v=spf1 ip4:192.0.2.25 -all")
    dns.put("192.0.2.25._x.customer.example", "A", "127.0.0.2")
    for n in range(11):
        dns.put(f"h{n}.customer.example", "A", "198.51.100.9")
    dns.put("loop.customer.example", "CNAME", "pool.customer.example")
    dns.put("pool.customer.example", "CNAME", "loop.customer.example")
    dns.broken.add("broken.customer.example")
    found = ask(dns, MAIL)
    assert (found.spf, found.spf_domain, found.spf_aligned) == (verdict, "customer.example", verdict == "pass")


@pytest.mark.parametrize(
    ("peer", "verdict"),
    [("2001:db8::7", "pass"), ("2001:db9::7", "fail"), ("::ffff:192.0.2.25", "pass"), ("not an address", "none")],
)
def test_peers_are_known_by_addresses_of_both_kinds(dns: TestNameserver, peer: str, verdict: str) -> None:
    dns.put("customer.example", "TXT", "v=spf1 ip6:2001:db8::/32 ip4:192.0.2.25 -all")
    assert ask(dns, MAIL, peer=peer).spf == verdict


def test_a_bounce_is_judged_by_the_name_its_sender_gives_itself(dns: TestNameserver) -> None:
    dns.put("mx.customer.example", "TXT", "v=spf1 ip4:192.0.2.25 -all")
    found = ask(dns, MAIL, envelope_from="")
    assert (found.spf, found.spf_domain, found.spf_aligned) == ("pass", "mx.customer.example", True)
    for helo in ("", "localhost", "[192.0.2.25]", "a b"):
        assert ask(dns, MAIL, envelope_from="", helo=helo).spf == "none"


def test_international_domains_are_compared_by_what_stands_in_dns(dns: TestNameserver) -> None:
    dns.put("xn--bcher-kva.example", "TXT", "v=spf1 ip4:192.0.2.25 -all")
    mail = MAIL.replace(b"ann@customer.example", "ann@bücher.example".encode())
    found = ask(dns, mail, sender="ann@bücher.example", envelope_from="info@xn--bcher-kva.example")
    assert (found.spf, found.spf_aligned, found.domain) == ("pass", True, "bücher.example")
    assert ask(dns, MAIL, envelope_from="a@b@xn--bcher-kva.example").spf_domain == "xn--bcher-kva.example"


def test_a_host_with_a_hyphen_in_its_domain_is_not_taken_for_another(dns: TestNameserver) -> None:
    for domain in ("my-shop.example", "my-bank.example"):
        dns.put(domain, "TXT", "v=spf1 ip4:192.0.2.25 -all")
    mail = MAIL.replace(b"customer.example", b"my-bank.example")
    assert not ask(dns, mail, sender="ann@my-bank.example", envelope_from="x@my-shop.example").aligned
    assert ask(dns, mail, sender="ann@my-bank.example", envelope_from="x@my-bank.example").aligned


# -- DMARC

POLICIES = {
    "none at all": ({}, "none", ""),
    "its own": ({"_dmarc.customer.example": ["v=DMARC1; p=reject"]}, "fail", "reject"),
    "blanks and case": ({"_dmarc.customer.example": ["v = DMARC1 ;P= Quarantine;; pct"]}, "fail", "quarantine"),
    "among other records": ({"_dmarc.customer.example": ["hello", "v=DMARC1; p=none"]}, "fail", "none"),
    "two": ({"_dmarc.customer.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "none", ""),
    "of another version": ({"_dmarc.customer.example": ["v=DMARC2; p=reject"]}, "none", ""),
    "without a wish": ({"_dmarc.customer.example": ["v=DMARC1; rua=mailto:a@customer.example"]}, "fail", "none"),
    "nonsense": ({"_dmarc.customer.example": ["v=DMARC1; p=destroy"]}, "none", ""),
    "too long": ({"_dmarc.customer.example": ["v=DMARC1; p=reject; " + "x" * 5000]}, "none", ""),
}


@pytest.mark.parametrize("what", POLICIES)
def test_the_policy_of_the_domain_in_from_decides(dns: TestNameserver, what: str) -> None:
    records, verdict, asks = POLICIES[what]
    for name, texts in records.items():
        dns.put(name, "TXT", *texts)
    found = ask(dns, MAIL)
    assert (found.dmarc, found.policy) == (verdict, asks)


def test_a_subdomain_without_a_policy_has_its_organisations(dns: TestNameserver) -> None:
    dns.put("_dmarc.customer.example", "TXT", "v=DMARC1; p=none; sp=reject")
    mail = MAIL.replace(b"ann@customer.example", b"ann@eu.shop.customer.example")
    found = ask(dns, mail, sender="ann@eu.shop.customer.example")
    assert (found.dmarc, found.policy) == ("fail", "reject")


def test_either_of_spf_and_dkim_is_enough(dns: TestNameserver) -> None:
    dns.put("_dmarc.customer.example", "TXT", "v=DMARC1; p=reject")
    publish(dns)
    assert brief(ask(dns, signed(), envelope_from="list@elsewhere.example")) == ("none", "pass", "pass", True)
    dns.put("customer.example", "TXT", "v=spf1 ip4:192.0.2.25 -all")
    assert brief(ask(dns, signed().replace(b"Does", b"Dose"))) == ("pass", "fail", "pass", True)
    assert brief(ask(dns, MAIL, envelope_from="x@evil.example")) == ("none", "none", "fail", False)


AUTHORS = {
    "two fields": b"From: Ann <ann@customer.example>\r\nFrom: Eve <eve@evil.example>\r\n",
    "two addresses": b"From: ann@customer.example, eve@evil.example\r\n",
    "none": b"Sender: ann@customer.example\r\n",
    "no address": b"From: Ann\r\n",
    "somebody else": b"From: eve@evil.example\r\n",
}


@pytest.mark.parametrize("what", AUTHORS)
def test_mail_without_one_author_proves_none(dns: TestNameserver, what: str) -> None:
    for domain in ("customer.example", "evil.example"):
        dns.put(domain, "TXT", "v=spf1 ip4:192.0.2.25 -all")
    found = ask(dns, AUTHORS[what] + b"Subject: x\r\n\r\nHi\r\n")
    assert (found.dmarc, found.domain, found.aligned) == ("permerror", "", False)


# -- time and cost


def test_a_nameserver_that_never_answers_costs_the_bound_and_ends_as_temperror(dns: TestNameserver) -> None:
    dns.deaf = True
    began = time.monotonic()
    found = ask(dns, signed(), seconds=0.6)
    assert brief(found) == ("temperror", "temperror", "temperror", False)
    assert time.monotonic() - began < 10


def test_a_silent_part_of_dns_leaves_the_rest_alone(dns: TestNameserver) -> None:
    publish(dns)
    dns.put("_dmarc.customer.example", "TXT", "v=DMARC1; p=reject")
    dns.silent.add("customer.example")
    dns.put("customer.example", "TXT", "v=spf1 -all")
    found = ask(dns, signed(), seconds=1.5, envelope_from="")
    assert (found.dkim, found.dmarc) == ("pass", "pass")


def test_a_failing_question_leaves_dmarc_open_instead_of_failed(dns: TestNameserver) -> None:
    dns.put("_dmarc.customer.example", "TXT", "v=DMARC1; p=reject")
    dns.broken.add("s1._domainkey.customer.example")
    found = ask(dns, signed(), envelope_from="x@elsewhere.example")
    assert (found.dkim, found.dmarc) == ("temperror", "temperror")


def test_questions_about_one_mail_are_counted(dns: TestNameserver) -> None:
    questions = resolving.Questions(
        resolving.resolver([resolving.Nameserver("127.0.0.1", dns.port)]), time.monotonic() + 30, left=3
    )
    for n in range(3):
        assert questions.records(f"n{n}.example", "A") == []
    assert questions.records("n0.example", "A") == [], "this one was asked before"
    with pytest.raises(resolving.Absurd):
        questions.records("n3.example", "A")


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".example", ".".join(["label"] * 60), "a b\\999"])
def test_what_cannot_be_a_name_has_no_records(dns: TestNameserver, name: str) -> None:
    questions = resolving.Questions(
        resolving.resolver([resolving.Nameserver("127.0.0.1", dns.port)]), time.monotonic() + 9
    )
    assert questions.records(name, "TXT") == []
