"""An agent answers a notification by mail, through a real bus, store and router: believed, done, told, and all of it once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.router import spoken
from shared.bus import subjects
from shared.identity import derive
from shared.messages.command import CreateAgent
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Authentication
from shared.secrets import TicketToken, reply_address
from tests.desk.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANNA = "anna@acme.example"
PROVEN = Authentication(spf="pass", dkim="pass", dmarc="pass", domain="acme.example", dkim_aligned=True)


async def mail(house: House, name: str, sender: str, text: str, again: str = "", **more: Any) -> None:
    """A mail comes in; with ``again`` once more."""
    given: dict[str, Any] = {
        "source_id": derive("mail", name), "channel": "email", "inbox": "support", "inboxes": ["support"],
        "received_at": datetime.now(UTC), "correlation_id": name, "message_id": f"{name}@mua", "subject": "Pump",
        "from": Address(address=sender), "text": text, "reply_text": text, "authentication": Authentication(),
    }  # fmt: skip
    message = Inbound.model_validate(given | more)
    publisher = house.contexts["intake"].publisher
    subject = subjects.intake("email", message.inbox)
    await publisher.publish(subjects.INTAKE, subject, message.encode(), message_id=message.bus_id + again)


async def test_an_answer_by_mail_is_sent_and_told_once_though_it_is_decided_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await house.command(CreateAgent(email=ANNA, name="Anna Nowak"))
    await mail(house, "first", "ana@customer.example", "It leaks.")
    tickets = house.api

    async def ticket() -> dict[str, Any]:
        page = (await tickets.get("/api/v1/tickets", params={"per_page": 200})).json()
        found = [each["number"] for each in page["items"] if each["subject"] == "Pump"]
        return (await tickets.get(f"/api/v1/tickets/{found[0]}")).json() if found else {}

    async def opened() -> bool:
        return bool(await ticket())

    await until(opened)
    number = (await ticket())["number"]
    await tickets.post(f"/api/v1/tickets/{number}/assign", json={"agent": ANNA})
    finish, tried = spoken.finish, []

    async def counted(*given: Any) -> Any:
        tried.append(await finish(*given))
        return tried[-1]

    monkeypatch.setattr(spoken, "finish", counted)
    token = TicketToken(int(number[2:]), "agent", "public", datetime.now(UTC).date(), agent.result["agent_id"][:16])
    address = reply_address(house.contexts["router"].keyring, token, "acme.example")
    given = {"authentication": PROVEN, "recipients": [address]}
    await mail(house, "forged", ANNA, "Forged.", **given | {"authentication": Authentication()})
    # As a router does that died when all was done and nothing acknowledged: the same message, decided and done again.
    for again in ("", ":again"):
        await mail(house, "answer", ANNA, "We come on Monday.\n#solve", again, **given)

    async def spoken_of() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await tickets.get("/api/v1/agents/spoken", params={"ticket": number})).json()[
            "items"
        ]
        return found

    async def done() -> bool:
        return len(tried) == 2 and len(await spoken_of()) == 2

    await until(done)
    after = await ticket()
    assert [each["text"] for each in after["messages"] if each["direction"] == "out"] == ["We come on Monday."]
    assert after["status"] == "solved"
    assert [(each["text"], each["verdict"], each["reason"]) for each in await spoken_of()] == [
        ("We come on Monday.\n#solve", "done", ""),
        ("Forged.", "refused", "unproven sender"),
    ]
    told = [each["kind"] for each in after["deliveries"] if each["to"] == ANNA]
    assert (
        told == ["alert"] * 3
    )  # that the ticket is theirs, that somebody forged an answer, and what came of their own
