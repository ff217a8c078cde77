"""Deciding about commands: what an agent, an API client or an operator wants done, and what that changes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pydantic_core

from services.router.deciding import sending
from services.router.deciding.commands import administering, changing, conversation, filtering, moving, opening, people
from services.router.deciding.commands.changing import WRITABLE
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import Changeset
from shared.messages.facts import EXAMPLES, Facts, FactsRequest
from shared.messages.parts import Point

__all__ = ["WRITABLE", "Doing", "Refused", "cause", "decide_command", "fingerprint", "needs"]


# What an agent does with a ticket that says whether it is spam.
_TEACHING = (c.MarkSpam, c.NotSpam, c.Change, c.Reopen, c.Reply, c.Solve)


def needs(command: c.Command) -> FactsRequest:
    """What must be known to decide about a command."""
    number = getattr(command.action, "number", None)
    request = FactsRequest(numbers=[number] if number is not None else [])
    if isinstance(command.action, _TEACHING):
        request.samples, request.words = list(request.numbers), [EXAMPLES]
    if isinstance(command.action, c.Reply):
        request.people_of = list(request.numbers)
    match command.action:
        case c.MergePeople(contact_id=contact_id, other=other) | c.UnmergePeople(contact_id=contact_id, other=other):
            request.people = [contact_id, other]
        case c.ChangePerson(contact_id=contact_id):
            request.people = [contact_id]
        case c.WrongTicket():
            return moving.wrong_needs(command.action)
        case c.OpenByHand(contact=contact) if contact:
            request.points = [Point(kind=sending.kind_of(contact), value=sending.normalised(contact))]
        case c.CreateAgent(email=email):
            request.points = [Point(kind="email", value=email.strip().lower())]
    return request


def fingerprint(command: c.Command) -> str:
    """What tells a repeated command from another one under the same key."""
    return derive("command", pydantic_core.to_json(command.action).decode())


def cause(command: c.Command) -> str:
    """What a command's changeset is recorded under."""
    return f"command:{command.command_id}"


def decide_command(command: c.Command, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset for a command. Raises `Refused` for what cannot be done."""
    doing = Doing(command, facts, policy, now, Draft())
    result = _DO[type(command.action)](doing, command.action)
    return Changeset(
        cause=cause(command),
        fingerprint=fingerprint(command),
        relies=doing.draft.relies,
        bumps=list(doing.draft.bumps),
        operations=doing.draft.operations,
        result=result,
        policy=policy.version,
    )


_DO: dict[type, Callable[[Doing, Any], dict[str, Any]]] = {
    c.OpenByHand: opening.open_by_hand,
    c.Reply: conversation.reply,
    c.Note: conversation.note,
    c.Change: changing.change,
    c.Solve: changing.solve,
    c.Close: changing.to_status("closed"),
    c.Reopen: changing.to_status("open"),
    c.WrongTicket: moving.wrong_ticket,
    c.MarkSpam: filtering.mark_spam,
    c.NotSpam: filtering.not_spam,
    c.MergePeople: people.merge,
    c.UnmergePeople: people.unmerge,
    c.ChangePerson: people.change,
    c.CreateToken: administering.create_token,
    c.CreateAgent: administering.create_agent,
    c.Alert: administering.alert,
}
