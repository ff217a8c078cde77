"""Deciding that somebody is to be forgotten. The store does it, piece by piece (`services.store.forgetting`)."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from shared.messages.facts import FactsRequest, point_key
from shared.messages.parts import Point
from shared.messages.people import EraseContact, Forget

_MOST = 500


def needs(want: EraseContact, request: FactsRequest) -> None:
    """Whose the points are."""
    request.points = _points(want)


def _points(want: EraseContact) -> list[Point]:
    return list({point_key(each.kind, each.value): each for each in (want.point, *want.points)}.values())


def erase(do: Doing, want: EraseContact) -> dict[str, Any]:
    """Forget whoever has these points. Raises `Refused` for an agent, whose work is the company's."""
    points = _points(want)
    if not want.point.value.strip():
        raise Refused("invalid", "an address is missing")
    if len(points) > _MOST:
        raise Refused("invalid", f"at most {_MOST} points are forgotten at a time")
    if any(point_key(each.kind, each.value) in do.facts.agents for each in points):
        raise Refused("conflict", "that is an agent of the company, and no customer")
    erasure_id = do.derive("erasure")
    do.draft.operations.append(Forget(erasure_id=erasure_id, points=points, by=do.command.actor, at=do.now))
    do.event("contact_erased", None, erasure=erasure_id)
    return {"erasure_id": erasure_id}
