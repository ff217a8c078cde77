"""Deciding about models of the classifier: which are kept, and which is in use. Only operators bring them."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from shared.learning.errors import BadModel
from shared.learning.modelfile import load
from shared.messages.learning import KeepLearnt, KeepModel, UseLearnt, UseModel


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


def _only_operators(do: Doing) -> None:
    if do.command.actor != "operator":
        raise Refused("forbidden", "only an operator changes what the classifier has learnt (`trunkline train`)")
