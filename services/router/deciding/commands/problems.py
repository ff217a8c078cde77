"""Deciding about one problem behind many tickets: which they are, and what each customer is answered.

A case is a ticket linked to its problem. What is done with all cases at once is done in each by a command of its own (`bulk`), so that
one that cannot be answered keeps nobody else waiting.
"""

import re
from typing import Any

from services.router.deciding import gathered
from services.router.deciding.commands import conversation
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.sending import kind_of_customer
from shared.messages import command as c
from shared.messages.changeset import LinkTickets
from shared.messages.facts import Facts, FactsRequest, TicketFact, point_key
from shared.messages.gathering import MOST_AT_ONCE, MOST_CASES, AnswerCase, MakeProblem
from shared.messages.life import UnlinkTickets

LINK = "problem"
VARIABLES = ("customer", "number", "subject")
_VARIABLE = re.compile(r"\{\{\s*(\w{1,40})\s*\}\}")


def needs(want: MakeProblem) -> FactsRequest:
    """What must be known about the problem and its cases."""
    return FactsRequest(numbers=[want.number, *want.numbers[:MOST_AT_ONCE]])


def cases(problem: TicketFact, facts: Facts) -> list[TicketFact]:
    """The tickets that have this problem; of those that were merged, what they are part of now."""
    found: dict[str, TicketFact] = {}
    for link in facts.links.get(problem.ticket_id, ()):
        case = gathered.final(link.other_id, facts) if link.kind == LINK and not link.outward else None
        if case is not None and case.ticket_id != problem.ticket_id:
            found[case.ticket_id] = case
    return sorted(found.values(), key=lambda ticket: ticket.number)


def make(do: Doing, want: MakeProblem) -> dict[str, Any]:
    """Link cases to their problem, or no longer; each by itself. Raises `Refused` for what no ticket could be done with."""
    problem = do.ticket(want.number)
    numbers = list(dict.fromkeys(want.numbers))
    if not numbers or len(numbers) > MOST_AT_ONCE:
        raise Refused("invalid", f"numbers: name at least one ticket, and at most {MOST_AT_ONCE}")
    if problem.status in ("merged", "spam"):
        raise Refused("conflict", f"T-{want.number} is {problem.status}")
    links = {each.other_id: each.outward for each in do.facts.links.get(problem.ticket_id, ()) if each.kind == LINK}
    if not want.remove and len(links) + len(numbers) > MOST_CASES:
        raise Refused("conflict", f"numbers: a problem has at most {MOST_CASES} cases")
    results = [_case(do, problem, number, links, remove=want.remove) for number in numbers]
    if changed := [each["number"] for each in results if each["ok"]]:
        do.event("cases_unlinked" if want.remove else "cases_linked", problem.ticket_id, cases=changed)
    return {"ticket_id": problem.ticket_id, "number": problem.number, "results": results}


def _case(do: Doing, problem: TicketFact, number: int, links: dict[str, bool], *, remove: bool) -> dict[str, Any]:
    try:
        case = do.ticket(number)
        ends = {"ticket_id": case.ticket_id, "other_id": problem.ticket_id}
        if case.ticket_id == problem.ticket_id:
            raise Refused("invalid", f"T-{number} is the problem itself")
        if not remove and case.status in ("merged", "spam"):
            raise Refused("conflict", f"T-{number} is {case.status}")
        if links.get(case.ticket_id):
            raise Refused("conflict", f"T-{number} is the problem behind T-{problem.number}")
        if remove and case.ticket_id not in links:
            raise Refused("not-found", f"T-{number} does not have this problem")
    except Refused as refused:
        return result(number, refused)
    if remove:
        do.draft.operations.append(UnlinkTickets(**ends, kind=LINK))
        do.event("tickets_unlinked", case.ticket_id, to=problem.ticket_id, kind=LINK)
    elif case.ticket_id not in links:
        do.draft.operations.append(LinkTickets(**ends, kind=LINK))
        do.event("tickets_linked", case.ticket_id, to=problem.ticket_id, kind=LINK)
    return result(number)


def result(number: int, refused: Refused | None = None) -> dict[str, Any]:
    """How it ended for one ticket, as the API says it."""
    error, detail = (refused.error, str(refused)) if refused is not None else (None, "")
    return {"number": f"T-{number}", "ok": refused is None, "error": error, "detail": detail}


def answer(do: Doing, want: AnswerCase) -> dict[str, Any]:
    """Answer one customer about the problem. Raises `Refused`."""
    ticket = do.ticket(want.number)
    if ticket.status == "spam":
        raise Refused("conflict", f"T-{want.number} is spam")
    if ticket.internal:
        raise Refused("conflict", f"T-{want.number} is internal: it has no customer")
    text = filled(want.texts.get(ticket.language, want.text), _values(do, ticket))
    done = conversation.reply(do, c.Reply(number=want.number, text=text, attachments=want.attachments))
    do.event("answered_with_problem", ticket.ticket_id, done["message_id"], problem=f"T-{want.problem}")
    return done


def check(text: str) -> None:
    """Raises `Refused` for a text with variables that no ticket has."""
    if not text.strip():
        raise Refused("invalid", "text: must not be empty")
    unknown = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    if unknown:
        known = ", ".join(f"{{{{{name}}}}}" for name in VARIABLES)
        raise Refused("invalid", f"text: {{{{{unknown[0]}}}}} stands for nothing; there are {known}")


def filled(text: str, values: dict[str, str]) -> str:
    """The text with its variables filled in. What is filled in is not looked at again, whatever a customer calls themselves."""
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)


def _values(do: Doing, ticket: TicketFact) -> dict[str, str]:
    person = do.facts.people.get(ticket.contact_id or "")
    contact = do.facts.contacts.get(point_key(kind_of_customer(ticket), ticket.customer))
    known = (each.name for each in (person, contact) if each is not None)
    name = " ".join(next(filter(str.strip, known), "").split())
    return {"customer": name or ticket.customer, "number": f"T-{ticket.number}", "subject": ticket.subject}
