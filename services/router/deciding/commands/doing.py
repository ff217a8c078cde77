"""What deciding about any command needs: the command with its facts, and how it is refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pydantic_core

from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import AddEvent
from shared.messages.facts import Facts, TicketFact, ticket_key


class Refused(Exception):
    """A command that cannot be done; ``error`` as in `CommandResult`, the text for people, ``result`` what else is to be told. ``why``
    names a text ``refused.<why>`` of the catalogue that says it to an agent in their language, with ``about`` in it."""

    def __init__(
        self, error: str, detail: str, result: dict[str, Any] | None = None, *, why: str = "", **about: str
    ) -> None:
        super().__init__(detail)
        self.error, self.result = error, result or {}
        if why:
            self.result = {**self.result, "why": {**about, "text": why}}


def fingerprint(command: c.Command) -> str:
    """What tells a repeated command from another one under the same key."""
    return derive("command", pydantic_core.to_json(command.action).decode())


def cause(command: c.Command) -> str:
    """What a command's changeset is recorded under."""
    return f"command:{command.command_id}"


@dataclass(frozen=True)
class Doing:
    """A command with everything that deciding about it needs."""

    command: c.Command
    facts: Facts
    policy: Policy
    now: datetime
    draft: Draft

    def event(self, what: str, ticket_id: str | None, message_id: str | None = None, **data: Any) -> None:
        """Note what was done, by whom and from where."""
        actor, channel = self.command.actor, self.command.channel
        self.draft.operations.append(
            AddEvent(
                what=what,
                ticket_id=ticket_id,
                message_id=message_id,
                actor=actor,
                channel=channel,
                data=data,
                at=self.now,
            )
        )

    def ticket(self, number: int) -> TicketFact:
        """The ticket of that number, which this command changes. Raises `Refused` where there is none."""
        ticket_id = self.facts.numbers.get(number)
        ticket = self.facts.tickets.get(ticket_id) if ticket_id else None
        if ticket is None:
            raise Refused("not-found", f"there is no ticket T-{number}", why="ticket", ticket=f"T-{number}")
        self.draft.change(self.facts, ticket_key(ticket.ticket_id))
        return ticket

    def whole(self, number: int) -> TicketFact:
        """As `ticket`. Raises `Refused` also for one that is part of another ticket now: what is written into it nobody would see."""
        ticket = self.ticket(number)
        if ticket.status == "merged":
            merged = f"T-{number} was merged into another ticket; change that"
            raise Refused("conflict", merged, why="merged", ticket=f"T-{number}")
        return ticket

    @property
    def name(self) -> str:
        """Who wants it, as people call them."""
        return self.command.actor_name or self.command.actor

    def derive(self, kind: str) -> str:
        """The id of what this command makes."""
        return derive(kind, self.command.command_id)
