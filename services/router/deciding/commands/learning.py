"""Deciding about models of the classifier: which are kept, and which is in use (only operators bring them), and what agents say of
their suggestions."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from shared.learning.errors import BadModel
from shared.learning.modelfile import load
from shared.messages.changeset import ChangeTicket
from shared.messages.learning import SUGGESTED, DismissLearnt, KeepLearnt, KeepModel, UseLearnt, UseModel


def keep_learnt(do: Doing, want: KeepLearnt) -> dict[str, Any]:
    """Keep a model and use it, if it is one: a damaged or hostile file is refused, and what was in use stays so."""
    _only_operators(do)
    try:
        learnt = load(want.body)
    except BadModel as bad:
        raise Refused("invalid", f"body: {bad}") from bad
    measured = {target: part.measured.model_dump() for target, part in learnt.parts.items()}
    by = do.command.actor
    do.draft.operations += [
        KeepModel(model=learnt.version, body=want.body, tickets=learnt.tickets, measured=measured, by=by, at=do.now),
        UseModel(model=learnt.version, by=by, at=do.now),
    ]
    do.event("model_kept", None, model=learnt.version, tickets=learnt.tickets)
    do.event("model_used", None, model=learnt.version)
    return {"model": learnt.version}


def use_learnt(do: Doing, want: UseLearnt) -> dict[str, Any]:
    """Use a model that is kept, or none."""
    _only_operators(do)
    if want.model and want.model not in do.facts.learnt:
        raise Refused("not-found", f"no model {want.model[:80]!r} is kept")
    do.draft.operations.append(UseModel(model=want.model, by=do.command.actor, at=do.now))
    do.event("model_used", None, model=want.model)
    return {"model": want.model}


def dismiss_learnt(do: Doing, want: DismissLearnt) -> dict[str, Any]:
    """A suggestion is wrong. Said twice it stays who said it first."""
    ticket = do.whole(want.number)
    suggested = ticket.state.get(SUGGESTED) or {}
    one = suggested.get(want.target)
    if one is None:
        raise Refused("not-found", f"nothing was suggested as {want.target[:40]!r} of T-{want.number}")
    if getattr(ticket, want.target, None) == one.get("value"):
        raise Refused("conflict", f"T-{want.number} has what was suggested; change that instead")
    result = {"ticket_id": ticket.ticket_id, "number": ticket.number, "target": want.target}
    if one.get("dismissed_by"):
        return result
    wrong = {**suggested, want.target: {**one, "dismissed_by": do.command.actor}}
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, state={SUGGESTED: wrong}))
    do.event("learnt_dismissed", ticket.ticket_id, target=want.target, value=one.get("value"))
    return result


def _only_operators(do: Doing) -> None:
    if do.command.actor != "operator":
        raise Refused("forbidden", "only an operator changes what the classifier has learnt (`trunkline train`)")
