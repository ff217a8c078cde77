"""Operations by which something happens: events, deliveries, timers."""

from datetime import timedelta

from pydantic_core import to_json

from services.store.batch import Row
from services.store.operations.writing import Writing, subject_of
from shared.bus import subjects
from shared.identity import derive
from shared.messages import automation
from shared.messages import changeset as c
from shared.messages.facts import point_key
from shared.messages.outbound import RANK, Event

# A queued delivery that nobody asked for in this time is put on the bus again.
FORGOTTEN = timedelta(minutes=15)


def add_event(w: Writing, op: c.AddEvent) -> None:
    event_id = derive("event", w.cause, str(w.events))
    w.events += 1
    w.batch.events.append(op.__dict__ | {"id": event_id})
    # As `Event.encode` has it. Making the model first costs four times as much, and there is an event with nearly everything.
    event = {
        "version": Event.VERSION,
        "event_id": event_id,
        "what": op.what,
        "at": op.at,
        "ticket_id": op.ticket_id,
        "ticket_number": w.known.tickets[op.ticket_id].number if op.ticket_id else None,
        "message_id": op.message_id,
        "actor": op.actor,
        "channel": op.channel,
        "data": op.data,
    }
    w.batch.publish(subjects.EVENT, subject_of(op), event_id, to_json(event))


def queue_delivery(w: Writing, op: c.QueueDelivery) -> None:
    outbound = op.outbound
    if outbound.ticket_id:
        outbound.ticket_number = w.known.tickets[outbound.ticket_id].number
    payload = outbound.encode()
    row: Row = outbound.__dict__ | _DELIVERY_NEW
    row |= {"id": outbound.delivery_id, "to": outbound.to[0].address if outbound.to else "", "outbound": payload}
    row |= {"created_at": w.batch.now, "updated_at": w.batch.now, "wake_at": w.batch.now + FORGOTTEN}
    if outbound.agent_id:
        # What an agent has seen is asked by this: what came in between the decision and this moment is not in it.
        row["created_at"] = outbound.seen_at or outbound.created_at
    w.batch.deliveries.append(row)
    w.batch.publish(subjects.OUTBOUND, subject_of(op), f"{outbound.delivery_id}:0", payload)


_DELIVERY_NEW: Row = dict.fromkeys(("owner", "lease_until", "next_attempt_at", "provider_id")) | {
    "state": "queued",
    "rank": RANK["queued"],
    "attempt": 0,
    "error": "",
    "via": "",
}


def bounce_delivery(w: Writing, op: c.BounceDelivery) -> None:
    w.batch.bounces[op.delivery_id] = op.error


def requeue_delivery(w: Writing, op: automation.RequeueDelivery) -> None:
    w.batch.requeued.add(op.delivery_id)


def count_automatic(w: Writing, op: c.CountAutomatic) -> None:
    key = point_key(op.point.kind, op.point.value)
    w.batch.automatic.append({"point_key": key, "at": op.at, "ticket_id": op.ticket_id})


def set_timer(w: Writing, op: c.SetTimer) -> None:
    # A timer that was cancelled is gone, so its generation begins at the time instead of at 1: a firing of the cancelled one that is
    # still on the bus must not be taken for the new one's.
    earlier = w.batch.timers.get(op.timer_id)
    generation = int(w.batch.now.timestamp() * 1000)
    w.batch.timers[op.timer_id] = {
        "id": op.timer_id,
        "kind": op.kind,
        "ticket_id": op.ticket_id,
        "generation": max(generation, earlier["generation"] + 1) if earlier else generation,
        "due_at": op.due_at,
        "wake_at": op.due_at,
    }
    w.batch.wake(op.due_at)


def cancel_timer(w: Writing, op: c.CancelTimer) -> None:
    w.batch.timers[op.timer_id] = None
