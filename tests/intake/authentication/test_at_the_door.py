"""What intake knows without asking anybody: it goes along with the message."""

from ipaddress import ip_network

import pytest

from services.intake.authentication.trust import Believed
from services.intake.clerk.frames import Frames, Request, pack_request, unpack_request
from services.intake.mail import Envelope
from shared.messages.parts import Authentication
from tests.intake.authentication.signing import MAIL, NOW
from tests.intake.conftest import Build

TRUSTED = """
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
trusted_relays = [{network = "127.0.0.0/8", authserv_id = "mx.acme.example"}]
"""
RESULTS = b"Authentication-Results: mx.acme.example; dkim=pass header.d=customer.example\r\n"
RECEIVED = b"Received: from mx.customer.example ([192.0.2.25]) by mx.acme.example with ESMTP\r\n"


def other(*what: object) -> bytes:
    """The mail under another Message-ID: the tests share a bus, which remembers it."""
    return MAIL.replace(b"<1@", f"<{'-'.join(map(str, what))}@".encode())


async def test_a_peer_of_our_own_is_not_checked(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    assert (await dialog.send(RESULTS + other("own"))).startswith("250")
    message = await here.only()
    assert message.authentication == Authentication(), "and what it passes on from a stranger counts for nothing"
    assert message.helo == "client.example"


@pytest.mark.parametrize("large", [False, True])
async def test_the_word_of_a_trusted_relay_goes_along(place: Build, large: bool) -> None:
    here = await place(TRUSTED)
    dialog = await here.dialog()
    raw = RESULTS + RECEIVED + other("trusted", large) + (b"More of the same.\r\n" * 6000 if large else b"")
    assert (await dialog.send(raw)).startswith("250")
    found = (await here.only()).authentication
    assert found is not None
    assert (found.dkim, found.dkim_aligned, found.by) == ("pass", True, "mx.acme.example")


async def test_a_forged_word_that_a_relay_passes_on_does_not(place: Build) -> None:
    here = await place(TRUSTED)
    dialog = await here.dialog()
    older = b"Received: from laptop by mx.customer.example\r\n"
    assert (await dialog.send(RECEIVED + older + RESULTS + other("forged"))).startswith("250")
    assert (await here.only()).authentication == Authentication()


@pytest.mark.parametrize("believed", [None, (), (Believed(ip_network("10.0.0.0/8"), "mx.acme.example"),)])
def test_the_clerk_is_told_whose_word_counts(believed: tuple[Believed, ...] | None) -> None:
    envelope = Envelope(
        "c0ffee", "10.1.1.1", "a@b.example", ("s@acme.example",), ("support",), helo="mx", believed=believed
    )
    ((_, body),) = Frames().feed(pack_request(7, Request(MAIL, envelope, NOW, 100_000)))
    assert unpack_request(body) == Request(MAIL, envelope, NOW, 100_000)
