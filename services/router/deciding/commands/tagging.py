"""Deciding about tags: some are added, some removed, the others stay, whoever changes them at the same time."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.fields import changes
from shared.messages.changeset import ChangeTicket
from shared.messages.gathering import Tag

MOST = 100
LONGEST = 200


def tag(do: Doing, want: Tag) -> dict[str, Any]:
    """New tags, and fewer. A tag in both lists is removed. Raises `Refused`."""
    ticket = do.whole(want.number)
    add, remove = ([each.strip() for each in some] for some in (want.add, want.remove))
    if not add and not remove:
        raise Refused("invalid", "add: name tags to add or to remove")
    for name in add:
        if not name or len(name) > LONGEST or any(ord(char) < 32 for char in name):
            raise Refused("invalid", f"add: a tag is one line of 1 to {LONGEST} characters")
    tags = [each for each in dict.fromkeys((*ticket.tags, *add)) if each not in remove]
    if len(tags) > max(MOST, len(ticket.tags)):
        raise Refused("conflict", f"add: a ticket has at most {MOST} tags")
    if tags != ticket.tags:
        fields = {"tags": tags}
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
        do.event("ticket_changed", ticket.ticket_id, fields=["tags"], changes=changes(ticket, fields, ["tags"]))
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}
