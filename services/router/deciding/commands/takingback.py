"""Deciding about answers that wait before they are sent (`shared.messages.waiting`): to let one wait, to send it, to take it back.

Until it is sent nothing of it is done: no message, no clock stopped, nobody told. So taking it back undoes nothing, and whichever of
sending and taking back is written first is what happened: both change the ticket, and the store lets only one of them be decided by what
it was. Not here: waking when the time has come (`services.router.deciding.life.goingout`).
"""

import json
from datetime import timedelta
from typing import Any, Final

from pydantic import ValidationError

from services.router.deciding.commands import outward
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.life import goingout
from shared.documents.working import DRAFT, Draft, draft_id
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import ChangeTicket
from shared.messages.documents import DocumentName, PutDocument, document_key
from shared.messages.facts import FactsRequest, TicketFact
from shared.messages.waiting import LONGEST, WAITING, TakeBack, WaitingView, sending_id, waiting_views

MOST: Final = 5
"""So many wait in one ticket; more are sent at once."""
MOST_BYTES: Final = 60_000
"""Of an answer that waits, with all that is known of it: the ticket remembers it. What is longer is sent at once."""


def needs(command: c.Command, request: FactsRequest) -> None:
    """Whether it was sent, and the draft of whoever takes it back."""
    action = command.action
    if isinstance(action, TakeBack):
        request.deliveries = [_delivery(action.waiting_id)]
        if agent_id := _agent_id(command.actor):
            request.documents = [DocumentName(kind=DRAFT.name, id=draft_id(action.number, agent_id))]


def hold(do: Doing, want: c.Reply, ticket: TicketFact) -> dict[str, Any] | None:
    """Let an answer wait that could be sent now; null where it is not to wait, or cannot. Raises `Refused` for what could never be sent."""
    seconds = min(want.undo_seconds, LONGEST)
    held = ticket.state.get(WAITING) or {}
    if seconds <= 0 or len(held) >= MOST:
        return None
    outward.masked(do, want, ticket.language)
    waiting_id = do.derive("waiting")
    send_at = do.now + timedelta(seconds=seconds)
    action = want.model_copy(update={"undo_seconds": 0, "seen_at": None, "waiting_id": waiting_id})
    command = do.command.model_copy(update={"command_id": sending_id(waiting_id), "action": action})
    encoded = command.encode()
    if len(encoded) > MOST_BYTES:
        return None
    entry = {"command": json.loads(encoded), "send_at": send_at.isoformat()}
    do.draft.operations += [
        ChangeTicket(ticket_id=ticket.ticket_id, state={WAITING: {**held, waiting_id: entry}}),
        goingout.timer(ticket.ticket_id, waiting_id, send_at),
    ]
    do.event("answer_waits", ticket.ticket_id, waiting=waiting_id, send_at=send_at.isoformat())
    return {
        "ticket_id": ticket.ticket_id,
        "number": ticket.number,
        "waiting_id": waiting_id,
        "send_at": send_at.isoformat(),
    }


def let_go(do: Doing, want: c.Reply, ticket: TicketFact) -> None:
    """It is sent now, and waits no more. Raises `Refused` for one that was taken back."""
    if want.waiting_id not in (ticket.state.get(WAITING) or {}):
        raise Refused("conflict", "it was taken back")
    do.draft.operations += goingout.forget(ticket, want.waiting_id)


def take_back(do: Doing, want: TakeBack) -> dict[str, Any]:
    """It is not sent, and its words go to the draft of whoever says so. Raises `Refused` where it is too late."""
    ticket = do.ticket(want.number)
    answer = next((each for each in waiting_views(ticket.state) if each.id == want.waiting_id), None)
    if answer is None and _delivery(want.waiting_id) in do.facts.deliveries:
        raise Refused("conflict", "it has been sent: it is too late to take it back", why="sent")
    if answer is None:
        raise Refused("conflict", "it does not wait any more: it was taken back already", why="taken_back")
    do.draft.operations += goingout.forget(ticket, want.waiting_id)
    if agent_id := _agent_id(do.command.actor):
        _to_draft(do, want.number, agent_id, answer)
    do.event("answer_taken_back", ticket.ticket_id, waiting=want.waiting_id, by=answer.by)
    result = {"ticket_id": ticket.ticket_id, "number": ticket.number, "waiting_id": want.waiting_id}
    return result | {"answer": answer.model_dump(mode="json")}


def _to_draft(do: Doing, number: int, agent_id: str, answer: WaitingView) -> None:
    """In front of what they have begun since."""
    name = draft_id(number, agent_id)
    key = document_key(DRAFT.name, name)
    do.draft.change(do.facts, key)
    before = do.facts.documents.get(key)
    begun = before.body if before is not None else {}
    since = str(begun.get("text") or "").strip()
    files = [*(each.model_dump(mode="json") for each in answer.attachments), *(begun.get("files") or ())]
    try:
        body = Draft(
            text=f"{answer.text}\n\n{since}" if since else answer.text,
            channel=answer.channel,
            to=answer.to,
            cc=answer.cc,
            bcc=answer.bcc,
            files=files,
        )
    except ValidationError as error:
        detail = "what you have begun in it leaves no room for these words: send that first, or shorten it"
        raise Refused("conflict", detail, why="no_room") from error
    do.draft.operations.append(
        PutDocument(
            kind=DRAFT.name,
            id=name,
            owner=agent_id,
            number=number,
            body=body.model_dump(mode="json"),
            revision=before.revision + 1 if before else 1,
            made_by=before.made_by if before else do.command.actor,
            made_at=before.made_at if before else do.now,
            changed_by=do.command.actor,
            changed_at=do.now,
        )
    )


def _delivery(waiting_id: str) -> str:
    """The id of the delivery that it becomes."""
    return derive("delivery", sending_id(waiting_id))


def _agent_id(actor: str) -> str:
    kind, _, agent_id = actor.partition(":")
    return agent_id if kind == "agent" else ""
