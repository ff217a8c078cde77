"""The rows of the list as one piece of HTML: fifty rows of separate elements would cost each open console twenty times as much."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.desk.console.markup import written
from services.desk.console.ticket.pieces import upright
from services.desk.console.viewer import Viewer
from shared.messages.listing import TicketLine

_LOUD: Final = ("urgent", "high")


def render(viewer: Viewer, lines: Sequence[TicketLine], names: Mapping[str, str], at: datetime, back: str) -> str:
    """The table. ``names`` are agents' names by address, ``back`` the query by which the list is found again. It is the same for all who
    read the same language in the same zone."""
    return written("rows", lines=[_shown(viewer, line, names, at, back) for line in lines], t=viewer.t)


def _shown(viewer: Viewer, line: TicketLine, names: Mapping[str, str], at: datetime, back: str) -> dict[str, Any]:
    return {
        "number": line.number,
        "ticket": f"T-{line.number}",
        "href": f"/console/ticket/{line.number}" + (f"?{back}" if back else ""),
        "subject": upright(line.subject).strip() or viewer.t("list.no_subject"),
        "preview": " ".join(upright(line.preview).split()),
        "status": line.status,
        "status_text": viewer.t(f"status.{line.status}"),
        "priority": line.priority,
        "priority_text": viewer.t(f"priority.{line.priority}"),
        "urgent": line.priority in _LOUD,
        "category": line.category,
        "tags": line.tags[:4],
        "customer": upright(line.customer or "") or viewer.t("list.internal" if line.internal else "list.unknown"),
        "channel": viewer.t(f"channel.{line.channel}"),
        "assignee": names.get(line.assignee or "", line.assignee),
        "team": line.team,
        "due": viewer.ago(line.due),
        "due_iso": line.due.isoformat() if line.due else "",
        "late": line.due is not None and line.due < at,
        "snoozed": viewer.t("list.until", when=viewer.short(line.snoozed_until)) if line.snoozed_until else "",
        "updated": viewer.short(line.updated_at),
        "updated_iso": line.updated_at.isoformat(),
    }
