"""Mail of strangers from the door to the ticket: store, router, intake and desk on a real bus, asking a real nameserver."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from services.intake.authentication.trust import Trust
from services.intake.service import IntakeService
from shared.bus import rpc, subjects
from shared.bus.errors import RemoteError
from shared.clock import now
from shared.messages.authentication import AuthenticateReply, AuthenticateRequest
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Authentication, Stored
from shared.settings import load
from tests.desk import house as desk_house
from tests.desk.house import House, context_for, running, until
from tests.intake.authentication.nameserver import TestNameserver
from tests.intake.authentication.signing import MAIL, PEER, publish, signed

PATIENCE = 1.0


class Gateway:
    """A whole house whose intake takes everybody for a stranger, loopback too."""

    def __init__(self, house: House, intake: IntakeService) -> None:
        self.house, self.intake = house, intake

    async def send(self, raw: bytes, sender: str = "ann@customer.example") -> None:
        """Over SMTP; returns with the 250."""
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.intake.smtp_address.port, timeout=60) as client:
            await client.sendmail(sender, ["support@localhost"], raw)

    async def publish(self, name: str, raw: bytes, *, checked: Authentication | None = None, peer: str = PEER) -> None:
        """Past the door, as if it had come from ``peer``."""
        original = Stored(sha256=hashlib.sha256(raw).hexdigest(), size=len(raw), inline=raw)
        sender = Address(address=f"{name}@customer.example")
        message = Inbound(
            source_id=name, channel="email", inbox="support", inboxes=["support"], received_at=now(), correlation_id=name,
            peer=peer, envelope_from="ann@customer.example", helo="mx.customer.example", subject=name, original=original,
            text=f"This is {name}.",
            authentication=checked, **{"from": sender},
        )  # fmt: skip
        publisher = self.house.contexts["intake"].publisher
        await publisher.publish("INTAKE", "intake.email.support", message.encode(), message_id=message.bus_id)

    async def tickets(self) -> dict[str, dict[str, Any]]:
        """Every ticket, whole, by subject."""
        items = (await self.house.api.get("/api/v1/tickets")).json()["items"]
        found = [(await self.house.api.get(f"/api/v1/tickets/{item['number']}")).json() for item in items]
        return {ticket["subject"]: ticket for ticket in found}

    async def total(self) -> int:
        return int((await self.house.api.get("/api/v1/tickets")).json()["total"])

    async def wait_for(self, *subjects: str, timeout: float = 60.0) -> dict[str, dict[str, Any]]:
        async def there() -> bool:
            return set(subjects) <= set(await self.tickets())

        await until(there, timeout)
        return await self.tickets()


@asynccontextmanager
async def opened(
    folder: Path, dns: TestNameserver, monkeypatch: pytest.MonkeyPatch, patience: float = PATIENCE
) -> AsyncIterator[Gateway]:
    environ = {
        "TRUNKLINE_AUTHENTICATION__NAMESERVERS": dns.address,
        "TRUNKLINE_AUTHENTICATION__TIMEOUT": f"{patience:g}s",
        "TRUNKLINE_SMTP__LISTEN": "127.0.0.1:0",
    }
    monkeypatch.setattr(desk_house, "load", lambda config, data: load(config, data, environ))
    async with running(folder) as house:
        context = await context_for(house.server, "intake", folder)
        intake = IntakeService(context, trust=Trust(context.settings.email_inboxes, networks=()))
        await intake.start()
        try:
            yield Gateway(house, intake)
        finally:
            await intake.stop()
            await context.bus.close()


@pytest.fixture
async def gateway(tmp_path: Path, dns: TestNameserver, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    async with opened(tmp_path, dns, monkeypatch) as gateway:
        yield gateway


def message_of(ticket: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = ticket["messages"][0]
    return message


async def test_the_verdict_on_a_strangers_mail_stands_in_its_ticket(gateway: Gateway, dns: TestNameserver) -> None:
    publish(dns)
    dns.put("_dmarc.customer.example", "TXT", "v=DMARC1; p=reject")
    dns.put("customer.example", "TXT", "v=spf1 ip4:198.51.100.1 -all")
    forged = b"Authentication-Results: mx.acme.example; dkim=pass header.d=customer.example; dmarc=pass\r\n"
    forged += MAIL.replace(b"Question", b"Forged").replace(b"<1@", b"<2@")
    await gateway.send(signed())
    await gateway.send(forged)
    tickets = await gateway.wait_for("Question", "Forged")
    honest, false = message_of(tickets["Question"]), message_of(tickets["Forged"])
    assert honest["authentication"] == {
        "spf": "fail", "dkim": "pass", "dmarc": "pass", "domain": "customer.example", "spf_domain": "customer.example",
        "dkim_domains": ["customer.example"], "spf_aligned": False, "dkim_aligned": True, "policy": "reject",
        "by": "trunkline", "note": "",
    }  # fmt: skip
    assert honest["defects"] == []
    verdict = false["authentication"]
    assert (verdict["spf"], verdict["dkim"], verdict["dmarc"], verdict["by"]) == ("fail", "none", "fail", "trunkline")
    assert "dmarc-failed" in false["defects"]
    assert "dmarc-failed" in tickets["Forged"]["tags"]
    assert [
        event["data"]["domain"] for event in tickets["Forged"]["events"] if event["what"] == "authentication_failed"
    ] == ["customer.example"]
    assert tickets["Forged"]["status"] == "new", "it is marked, not held back"


async def test_neither_the_250_nor_a_neighbour_waits_for_a_nameserver_that_is_silent(
    tmp_path: Path, dns: TestNameserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(dns)
    dns.deaf = True
    async with opened(tmp_path, dns, monkeypatch, patience=18) as gateway:
        await gateway.send(signed())
        await gateway.publish("neighbour", MAIL, checked=Authentication())
        tickets = await gateway.wait_for("neighbour")
        assert "Question" not in tickets, "it waits, and was accepted all the same"
        dns.deaf = False
        verdict = message_of((await gateway.wait_for("Question"))["Question"])["authentication"]
        assert verdict["dkim"] == "pass"


async def test_many_strangers_wait_together_and_not_one_after_the_other(gateway: Gateway, dns: TestNameserver) -> None:
    dns.deaf = True
    await asyncio.gather(*(gateway.publish(f"m{n}", MAIL) for n in range(100)))

    async def all_there() -> bool:
        return await gateway.total() == 100

    # A hundred times the bound, one after the other, would be minutes.
    await until(all_there, 80)
    tickets = await gateway.tickets()
    assert {message_of(ticket)["authentication"]["dmarc"] for ticket in tickets.values()} == {"temperror"}


async def test_a_router_that_stops_loses_no_mail_in_waiting(gateway: Gateway, dns: TestNameserver) -> None:
    dns.deaf = True
    await gateway.publish("waiting", signed())

    async def asked() -> bool:
        return bool(dns.asked)

    await until(asked)
    await gateway.house.router.stop()
    await gateway.house.start_router()
    await gateway.wait_for("waiting")
    assert await gateway.total() == 1


async def test_a_large_mail_is_fetched_from_where_it_lies(gateway: Gateway, dns: TestNameserver) -> None:
    publish(dns)
    raw = signed(MAIL + b"All work and no play makes a long mail.\r\n" * 60_000)
    bus = gateway.house.contexts["router"].bus
    key = await gateway.house.contexts["intake"].blobs.put(raw)

    async def ask(stored: Stored) -> Authentication:
        request = AuthenticateRequest(sender="ann@customer.example", received_at=now(), original=stored)
        answer = await rpc.request(bus, subjects.MAIL_AUTHENTICATE, request.encode(), 20.0)
        return AuthenticateReply.decode(answer).authentication

    found = await ask(Stored(sha256=key, size=len(raw), blob=key))
    assert (found.dkim, found.dkim_aligned, found.spf) == ("pass", True, "none")
    gone = await ask(Stored(sha256="0" * 64, size=20_000, blob="0" * 64))
    assert (gone.dkim, gone.aligned) == ("temperror", False)
    with pytest.raises(RemoteError) as refused:
        await rpc.request(bus, subjects.MAIL_AUTHENTICATE, b"{", 20.0)
    assert refused.value.kind == "invalid"


async def test_where_no_intake_answers_mail_is_decided_all_the_same(
    tmp_path: Path, dns: TestNameserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, dns, monkeypatch) as gateway:
        await gateway.intake.stop()
        await gateway.publish("alone", MAIL)
        verdict = message_of((await gateway.wait_for("alone"))["alone"])["authentication"]
        assert (verdict["dmarc"], verdict["by"]) == ("temperror", "trunkline")
