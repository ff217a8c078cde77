"""Changesets as the router makes them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import point_key, reference_key, source_key, ticket_key
from shared.messages.outbound import Claim, ClaimRequest, DeliveryReport, Outbound
from shared.messages.parts import Address, Point, Reason


def fresh() -> str:
    """A name nobody used before: the bus remembers message ids across tests."""
    return uuid4().hex


def delivery(
    name: str, ticket_id: str | None = None, channel: Any = "email", inbox: str = "support"
) -> c.QueueDelivery:
    """An acknowledgement to be sent."""
    return c.QueueDelivery(
        outbound=Outbound(
            delivery_id=name, ticket_id=ticket_id, channel=channel, inbox=inbox, kind="acknowledgement",
            to=[Address(address="ann@example.com")], template="acknowledgement", created_at=now(), correlation_id="c-1",
        )
    )  # fmt: skip


def opening(name: str, *more: Any, **changes: Any) -> c.Changeset:
    """A new customer's first mail, named ``name``: ticket, message and so on are derived from it."""
    at = now()
    ticket, message = derive("ticket", name), derive("message", name)
    point = Point(kind="email", value=f"{name}@example.com")
    header = f"{name}@mail.example.com"
    sender = Address(name="Ann", address=point.value)
    keys = [source_key(name), reference_key(header), point_key("email", point.value), ticket_key(ticket)]
    values: dict[str, Any] = {
        "cause": f"inbound:{name}:support",
        "fingerprint": "first",
        "relies": dict.fromkeys(keys, 0),
        "bumps": keys,
        "policy": "v1",
        "ledger": c.Ledgered(channel="email", inbox="support", outcome="stored"),
        "result": {"ticket_id": ticket, "message_id": message},
        "operations": [
            c.PutContact(contact_id=derive("contact", name), name="Ann", language="pl", points=[point]),
            c.OpenTicket(
                ticket_id=ticket, subject="Broken", channel="email", inbox="support", language="en", created_at=at,
                contact_id=derive("contact", name), customer=point.value, participants=[point.value],
                category="technical", first_response_due=at + timedelta(hours=4), problem="It does not start",
                reasons={"category": Reason(rule="words", evidence="start", confidence=0.5)},
            ),
            c.AddMessage(
                message_id=message, ticket_id=ticket, direction="in", channel="email", inbox="support", author=sender,
                source_id=name, header_id=header, inboxes=["support"], audience=2, subject="Broken", text="It broke.",
                reply_text="It broke.", recipients=[Address(address="support@acme.example")], created_at=at,
            ),
            c.AddReferences(ticket_id=ticket, own=header, audience=2, mentioned=[f"before-{header}"]),
            c.AddEvent(what="ticket.opened", ticket_id=ticket, message_id=message, actor="customer", at=at),
            delivery(derive("delivery", name), ticket),
            c.CountAutomatic(point=point, ticket_id=ticket, at=at),
            *more,
        ],
    }  # fmt: skip
    return c.Changeset(**(values | changes))


def changing(ticket_id: str, cause: str = "", **fields: Any) -> c.Changeset:
    """New values for columns of a ticket."""
    return c.Changeset(
        cause=cause or f"command:{fresh()}", operations=[c.ChangeTicket(ticket_id=ticket_id, fields=fields)]
    )


def doing(*operations: Any, **values: Any) -> c.Changeset:
    """Some operations."""
    return c.Changeset(**({"cause": f"command:{fresh()}", "operations": list(operations)} | values))


async def commit(store: Any, *changesets: c.Changeset) -> list[c.Committed]:
    """Have them written, from bytes as over the bus: the store may change what it is given."""
    request = c.CommitRequest.decode(c.CommitRequest(changesets=list(changesets)).encode())
    results: list[c.Committed] = (await store.commit(request)).results
    return results


async def claim(store: Any, *ids: str, owner: str = "one", redelivered: bool = False) -> list[Any]:
    """Claim deliveries."""
    claims = [Claim(delivery_id=key, redelivered=redelivered) for key in ids]
    grants: list[Any] = (await store.claim(ClaimRequest(owner=owner, claims=claims))).grants
    return grants


def report(delivery_id: str, state: Any, attempt: int = 1, **more: Any) -> DeliveryReport:
    """What became of an attempt."""
    return DeliveryReport(
        delivery_id=delivery_id, attempt=attempt, state=state, at=now(), channel="email", inbox="support", **more
    )
