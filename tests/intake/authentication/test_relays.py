"""Authentication-Results: whose are believed, and what they say."""

import time
from ipaddress import ip_network

import pytest

from services.intake.authentication.results import from_relays, read
from services.intake.authentication.trust import Believed, Trust
from shared.settings import EmailInbox

RELAY = (Believed(ip_network("203.0.113.0/24"), "mx.acme.example"),)
BORDER = b"Received: from mx.customer.example (mx.customer.example [192.0.2.25])\r\n\tby mx.acme.example (Postfix) with ESMTPS id 1\r\n"
INNER = b"Received: from mx.acme.example (mx.acme.example [203.0.113.5]) by filter.acme.example with ESMTP\r\n"
OLDER = b"Received: from laptop (unknown [10.0.0.7]) by mx.customer.example with ESMTPSA\r\n"
PASS = b"Authentication-Results: mx.acme.example; dkim=pass header.d=customer.example; spf=pass smtp.mailfrom=ann@customer.example\r\n"
FAIL = b"Authentication-Results: mx.acme.example; dkim=fail header.d=customer.example; spf=fail smtp.mailfrom=customer.example\r\n"
REST = b"From: Ann <ann@customer.example>\r\nSubject: x\r\n\r\nHi\r\n"
SENDER = "ann@customer.example"


BELIEVED = {
    "above the border's Received": PASS + BORDER + OLDER + REST,
    "right below it, where milters write": BORDER + PASS + OLDER + REST,
    "inside": INNER + PASS + BORDER + OLDER + REST,
    "inside, below": INNER + BORDER + PASS + OLDER + REST,
    "after a hop without from": b"Received: by 2002:a05:6512 with SMTP id 1\r\n" + PASS + BORDER + REST,
    "folded and in another case": PASS.replace(b"; spf", b";\r\n\tspf")
    .replace(b"Auth", b"AUTH")
    .replace(b"mx.acme", b"MX.Acme")
    + BORDER
    + REST,
    "topmost, above a forged one": FAIL.replace(b"fail", b"pass") + FAIL + BORDER + REST,
}


@pytest.mark.parametrize("where", BELIEVED)
def test_the_word_of_a_trusted_relay_is_taken(where: str) -> None:
    found = from_relays(BELIEVED[where], SENDER, RELAY)
    assert found is not None
    assert (found.spf, found.dkim, found.by) == ("pass", "pass", "mx.acme.example")
    assert (found.spf_aligned, found.dkim_aligned, found.domain) == (True, True, "customer.example")


NOT_BELIEVED = {
    "below the border": BORDER + OLDER + PASS + REST,
    "further down": INNER + BORDER + OLDER + PASS + OLDER + REST,
    "of somebody else": PASS.replace(b"mx.acme.example", b"mx.evil.example") + BORDER + REST,
    "of a name that begins alike": PASS.replace(b"mx.acme.example;", b"mx.acme.example.evil.example;") + BORDER + REST,
    "in a comment": PASS.replace(b"mx.acme.example;", b"(mx.acme.example;) evil.example;") + BORDER + REST,
    "behind a HELO that looks like ours": b"Received: from [203.0.113.5] ([192.0.2.66] helo=[10.0.0.1]) by mx.acme.example\r\n"
    + OLDER
    + PASS
    + REST,
    "behind an unreadable Received": b"Received: from somewhere by mx.acme.example\r\n" + OLDER + PASS + REST,
    "in the body": BORDER + REST + PASS,
    "in another field": b"X-" + PASS + BORDER + REST,
    "empty": b"Authentication-Results: \r\n" + BORDER + REST,
}


@pytest.mark.parametrize("where", NOT_BELIEVED)
def test_what_a_stranger_wrote_is_ignored(where: str) -> None:
    assert from_relays(NOT_BELIEVED[where], SENDER, RELAY) is None


def test_a_forged_pass_below_the_relays_fail_changes_nothing() -> None:
    for mail in (FAIL + BORDER + PASS + REST, BORDER + FAIL + PASS + REST, FAIL + PASS + BORDER + REST):
        found = from_relays(mail, SENDER, RELAY)
        assert found is not None
        assert (found.spf, found.dkim, found.aligned) == ("fail", "fail", False)


def test_a_relay_that_saw_dmarc_fail_is_believed_in_that_too() -> None:
    mail = PASS.replace(b"; spf", b"; dmarc=fail header.from=customer.example; spf") + BORDER + REST
    found = from_relays(mail, SENDER, RELAY)
    assert found is not None
    assert (found.dmarc, found.aligned) == ("fail", False)


def test_the_relay_speaks_of_the_author_that_we_see() -> None:
    found = from_relays(
        PASS + BORDER + REST.replace(SENDER.encode(), b"boss@other.example"), "boss@other.example", RELAY
    )
    assert found is not None
    assert (found.domain, found.dkim, found.aligned) == ("other.example", "pass", False)
    two = from_relays(PASS + BORDER + b"From: eve@evil.example\r\n" + REST, SENDER, RELAY)
    assert two is not None
    assert not two.aligned


FIELDS = {
    'mx.google.example; dkim=pass header.i=@a.example header.s=x header.b="Ab+/="; spf=pass (google.example: domain of '
    "b@c.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=b@c.example; dmarc=pass (p=REJECT sp=REJECT "
    "dis=NONE) header.from=a.example": [("dkim", "pass"), ("spf", "pass"), ("dmarc", "pass")],
    "a.example 1; none": [],
    'a.example; spf/1 = softfail reason="so; (what)" smtp . mailfrom = x.example; iprev=pass policy.iprev=192.0.2.1': [
        ("spf", "softfail"),
        ("iprev", "pass"),
    ],
    '"a.example" (c(o"m)m)ent) ; dkim=PASS (1024-bit key; "unprotected) header.d=a.example; arc=none': [
        ("dkim", "pass"),
        ("arc", "none"),
    ],
    "a.example; compauth=pass reason=100; spf=hardfail; dkim=policy; auth=excellent": [
        ("compauth", "pass"),
        ("spf", "fail"),
        ("dkim", "neutral"),
        ("auth", "none"),
    ],
    'a.example; "; dkim=pass': [],
    'a.example; dkim=pass header.d="b;c\\"d.example"; spf=fail': [("dkim", "pass"), ("spf", "fail")],
    "": [],
    ";;;=;a=": [],
}


@pytest.mark.parametrize("value", FIELDS)
def test_fields_of_many_makers_are_read(value: str) -> None:
    assert [(each.method, each.verdict) for each in read(value)[1]] == FIELDS[value]


@pytest.mark.parametrize("unit", ["(", ")", '"', "\\", '"\\', "a=b;", "a.b=c ", "a ", ";", " "])
def test_absurd_fields_cost_little(unit: str) -> None:
    began = time.process_time()
    read("a.example; dkim=pass " + unit * 20_000)
    assert time.process_time() - began < 1


# -- whose word counts


def inbox(**more: object) -> EmailInbox:
    return EmailInbox.model_validate({"name": "support", "channel": "email", **more})


RELAYED = {"trusted_relays": [{"network": "203.0.113.0/24", "authserv_id": "mx.acme.example"}]}


@pytest.mark.parametrize(
    ("peer", "believed"),
    [
        ("203.0.113.5", RELAY),
        ("::ffff:203.0.113.5", RELAY),
        ("192.0.2.25", None),
        ("2001:db8::1", None),
        ("127.0.0.1", ()),
        ("::1", ()),
        ("10.1.2.3", ()),
        ("192.168.1.1", ()),
        ("fd00::1", ()),
        ("fe80::1%eth0", ()),
        ("100.64.0.9", ()),
        ("", None),
        ("nonsense", None),
    ],
)
def test_strangers_are_checked_and_our_own_machines_are_not(peer: str, believed: tuple[Believed, ...] | None) -> None:
    assert Trust([inbox(**RELAYED)]).believed(peer, ["support"]) == believed


def test_a_relay_counts_for_the_inboxes_that_name_it() -> None:
    trust = Trust([inbox(**RELAYED), inbox(name="sales", address="sales@acme.example")])
    assert trust.believed("203.0.113.5", ["sales"]) == (), "it is no stranger there either, but says nothing"
    assert trust.believed("203.0.113.5", ["sales", "support"]) == RELAY


def test_a_mailboxs_provider_is_believed_about_what_was_fetched_from_it() -> None:
    mailbox = inbox(receive="imap", imap={"host": "imap.acme.example"}, **RELAYED)
    assert Trust([mailbox]).believed("", ["support"]) == RELAY
    assert Trust([inbox(receive="imap", imap={"host": "imap.acme.example"})]).believed("", ["support"]) is None


def test_nobody_is_checked_where_that_is_switched_off() -> None:
    trust = Trust([inbox()], checks=False)
    assert trust.believed("192.0.2.25", ["support"]) == ()
    assert trust.believed("", ["support"]) == ()
