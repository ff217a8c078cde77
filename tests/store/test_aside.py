"""What is kept of side conversations: the mark of their messages, and what the ticket remembers; on every database."""

from datetime import timedelta
from typing import Any

from services.store.service import StoreService
from shared.bus import rpc, subjects
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import Facts, FactsRequest
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.messages.provider import SendingAnswer, SendingQuery
from shared.messages.ticket import TicketAnswer, TicketQuery
from tests.store.house import House
from tests.store.making import commit, doing, fresh, opening


async def test_a_side_conversation_is_kept_apart_and_shown(store: StoreService, house: House) -> None:
    name = fresh()
    ticket_id, side = derive("ticket", name), derive("side", name)
    message = c.AddMessage(
        message_id=derive("message", f"aside-{name}"), ticket_id=ticket_id, direction="internal", channel="email",
        inbox="support", author=Address(address="dispatch@courier.example"), author_kind="other", text="On Monday.",
        created_at=now(), side=side,
    )  # fmt: skip
    at = now().isoformat()
    held = {"channel": "email", "inbox": "support", "to": "dispatch@courier.example", "subject": "Parcel", "ids": ["a@b"],
            "created_at": at, "updated_at": at, "by": "agent:anna", "name": "", "language": "en"}  # fmt: skip
    change = c.ChangeTicket(ticket_id=ticket_id, state={"side": {side: held}})
    opened, added = await commit(store, opening(name), doing(message, change))
    assert (opened.outcome, added.outcome) == ("committed", "committed")
    number = opened.numbers[ticket_id]
    facts = Facts.decode((await store.facts(FactsRequest(numbers=[number]))).encode())
    assert facts.tickets[ticket_id].state["side"] == {side: held}
    assert facts.tickets[ticket_id].latest_message_ids == [f"{name}@mail.example.com"]
    asked = TicketQuery(number=number).encode()
    answer = await rpc.request(await house.bus("desk"), subjects.query("ticket"), asked)
    view = TicketAnswer.decode(answer).ticket
    assert view is not None
    assert [(each.id, each.to, each.subject) for each in view.side_conversations] == [(side, held["to"], "Parcel")]
    assert [(each.side, each.text) for each in view.messages or ()] == [(None, "It broke."), (side, "On Monday.")]


async def test_who_was_asked_aside_has_a_window_of_their_own(store: StoreService, house: House) -> None:
    """https://www.twilio.com/docs/whatsapp/key-concepts: for 24 hours after somebody wrote, they may be sent anything."""
    name = fresh()
    ticket_id, side = derive("ticket", name), derive("side", name)
    courier = now().replace(microsecond=0)
    customer = courier - timedelta(hours=2)

    def message(key: str, **more: Any) -> c.AddMessage:
        values: dict[str, Any] = {"direction": "internal", "author_kind": "other", "side": side, "created_at": courier}
        who = Address(address="+48600900900")
        common: dict[str, Any] = {
            "ticket_id": ticket_id,
            "channel": "whatsapp",
            "inbox": "wa",
            "author": who,
            "text": "x",
        }
        return c.AddMessage(message_id=derive("message", f"{key}-{name}"), **{**common, **values, **more})

    def sent(key: str) -> c.QueueDelivery:
        outbound = Outbound(
            delivery_id=derive("delivery", f"{key}-{name}"), ticket_id=ticket_id, message_id=derive("message", f"{key}-{name}"),
            channel="whatsapp", inbox="wa", kind="message", to=[Address(address="+48600900900")], text="x", created_at=now(),
        )  # fmt: skip
        return c.QueueDelivery(outbound=outbound)

    later = {"author_kind": "agent", "created_at": courier + timedelta(minutes=5)}
    await commit(
        store,
        opening(name),
        doing(
            message("customer", direction="in", author_kind="customer", side=None, created_at=customer),
            message("courier"),
            message("aside", **later),
            message("answer", direction="out", side=None, **later),
            sent("aside"),
            sent("answer"),
        ),
    )
    bus = await house.bus("notifier")
    for key, wrote in (("aside", courier), ("answer", customer)):
        asked = SendingQuery(delivery_id=derive("delivery", f"{key}-{name}"), provider_ids=[]).encode()
        assert SendingAnswer.decode(await rpc.request(bus, subjects.query("sending"), asked)).last_inbound == wrote
