"""What a person corrects stays corrected: which choices of ours somebody changed by hand, for rules to leave alone and filters to learn
from."""

from services.router.deciding.life.living import Living
from shared.messages.parts import Reason

MEMORY = "corrected"
"""What a ticket remembers: by column, what it was, what somebody made of it, who and when."""

_SAID = ("category", "priority", "kind")
_KEPT = (*_SAID, "team")
_PEOPLE = ("agent:", "token:", "operator")


def keep(living: Living) -> None:
    """Note what a person changed of what we had chosen, or rules had. A correction of category, priority or kind is an event of its own:
    what was chosen wrongly can be learnt from."""
    if living.before is None or not living.cause.actor.startswith(_PEOPLE):
        return
    changed = {name for event in living.happened("ticket_changed") for name in event.data.get("fields", ())}
    names = [name for name in _KEPT if name in changed and living.became(name)]
    if not names:
        return
    by, noted = living.cause.actor, dict(living.recall(MEMORY) or {})
    for name in names:
        was, is_now = getattr(living.before, name), getattr(living.ticket, name)
        noted[name] = {"from": was, "to": is_now, "by": by, "at": living.now.isoformat()}
        if name in _SAID:
            living.event(f"{name}_corrected", by=by, **{"from": was, "to": is_now})
    living.remember(MEMORY, noted)
    living.change(reasons={name: Reason(rule="corrected", evidence=f"by {by}") for name in names})


def corrected_by(living: Living, name: str) -> str | None:
    """Who has set this column by hand; null: nobody, or it is empty again."""
    noted = (living.recall(MEMORY) or {}).get(name)
    return str(noted["by"]) if noted is not None and noted.get("to") is not None else None
