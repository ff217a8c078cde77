"""Two answers that would cross, or one that answers what is no longer the last word: held, and shown to whoever wanted to send it.

Who answers says when they last saw the ticket. It is a time that we told them, so it is compared with our own clock only; what it is
compared with is when a message came into the ticket, not when its sender wrote it. The ticket's version is relied on like everywhere:
what comes in while this is decided makes it be decided again.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.router.deciding import masking
from services.router.deciding.commands.doing import Doing, Refused
from shared.messages import command as c
from shared.messages import talking as t
from shared.messages.automation import ApplyMacro
from shared.messages.facts import FactsRequest, TicketFact
from shared.messages.parts import Point
from shared.messages.presence import SinceAsk, SinceFact

AHEAD: Final = timedelta(minutes=1)
"""So far our own hosts' clocks may be apart; a time beyond that is none that we told anybody."""
SHOWN: Final = 20
TOLD: Final = 3
"""So many are named in the words of the refusal."""
CUSTOMER: Final = "the customer"
COLLEAGUE: Final = "a colleague"
"""Who wrote, where no name is known."""
_LONGEST: Final = 300
_GLIMPSE: Final = 80
_NAME: Final = 80
_DIGITS: Final = 6


def needs(command: c.Command, request: FactsRequest) -> None:
    """What must be known to tell whether the ticket has moved on."""
    action = command.action
    if isinstance(action, c.Reply | c.Solve | t.WriteMessage | ApplyMacro) and action.seen_at is not None:
        request.since = [SinceAsk(number=action.number, at=_seen(action.seen_at), actor=command.actor)]


def _seen(at: datetime) -> datetime:
    """A time as it is compared: its whole millisecond counts as seen, because many clients keep no more of a time than that."""
    try:
        aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:  # the first or the last day that there is, in a zone where it is the day before or after
        aware = at.replace(tzinfo=UTC)
    return aware.replace(microsecond=aware.microsecond // 1_000 * 1_000 + 999)


def check(do: Doing, ticket: TicketFact, seen_at: datetime | None) -> None:
    """Raises `Refused` (``moved-on``) if the customer, or another one of us, has written since; ``result`` has ``since``: for each message
    ``at``, ``who``, ``by`` (``customer`` or ``agent``), ``channel``, ``text`` and ``message_id``, oldest first. Null: nobody asked."""
    if seen_at is None:
        return
    seen = _seen(seen_at)
    if seen > do.now + AHEAD:
        raise Refused(
            "invalid", "seen_at: lies in the future; give the time at which you saw the ticket, as we told it"
        )
    written = do.facts.since.get(ticket.ticket_id, ())
    missed = [each for each in written if each.at > seen and each.actor != do.command.actor]
    if not missed:
        return
    points = masking.customer_points(ticket, do.facts)  # whoever is told of this may read it anywhere
    since = [_shown(each, points) for each in missed[-SHOWN:]]
    raise Refused("moved-on", _words(ticket, since), {"since": since})


def _shown(written: SinceFact, points: list[Point]) -> dict[str, Any]:
    by = "customer" if written.direction == "in" else "agent"
    return {
        "at": written.at.astimezone(UTC).isoformat(),
        "who": _name(written.name) or (CUSTOMER if by == "customer" else COLLEAGUE),
        "by": by,
        "channel": written.channel,
        "text": _cut(masking.for_agent(written.text.strip(), points), _LONGEST),
        "message_id": written.message_id,
    }


def _name(name: str) -> str:
    """What somebody is called; nothing where that is an address or a number."""
    name = " ".join(name.split())
    return "" if "@" in name or sum(map(str.isdigit, name)) >= _DIGITS else _cut(name, _NAME)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def _words(ticket: TicketFact, since: list[dict[str, Any]]) -> str:
    told = []
    for each in since[-TOLD:]:
        at = datetime.fromisoformat(each["at"]).strftime("%Y-%m-%d %H:%M:%S UTC")
        words = _cut(" ".join(each["text"].split()), _GLIMPSE)
        told.append(f"{each['who']} wrote at {at} ({each['channel']})" + (f": “{words}”" if words else ""))
    more = f" ({len(since)} messages, the newest:)" if len(since) > TOLD else ""
    return f"T-{ticket.number} has moved on since you saw it{more}: {'; '.join(told)}"
