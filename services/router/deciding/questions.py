"""What customers were asked, and what they answer: by a button, by a bare word or digit where the talk is, or on their page.

A question is open in one talk: the conversation it was asked in, or (by mail) the ticket's mail. There is one at a time in a ticket.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.router.deciding import answers, conversations
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.lifecycle import OVER
from services.router.deciding.threading import takes_part
from shared.messages.changeset import AddEvent, ChangeTicket
from shared.messages.facts import Facts, TicketFact, ticket_key
from shared.messages.inbound import Inbound

MEMORY = "asking"
OPEN_FOR = timedelta(days=14)
WORDS_FOR = timedelta(hours=1)
What = Literal["solved", "score", "words"]


@dataclass(frozen=True)
class Question:
    """What was asked: whether it is ``solved``, how satisfied they are (``score``), what they have to say to that (``words``). ``talk`` is
    the conversation, null for mail; it is open from ``at`` to ``until``."""

    what: What
    channel: str
    talk: str | None
    at: datetime
    until: datetime

    def as_json(self) -> dict[str, Any]:
        """What the ticket remembers."""
        times = {"at": self.at.isoformat(), "until": self.until.isoformat()}
        return {"question": self.what, "channel": self.channel, "talk": self.talk, **times}


@dataclass(frozen=True)
class Said:
    """By whom, by which channel and when something is answered."""

    actor: str
    channel: str
    now: datetime


def asked(ticket: TicketFact, now: datetime) -> Question | None:
    """The question that is open; null for none."""
    known = ticket.state.get(MEMORY)
    if not known:
        return None
    until = datetime.fromisoformat(known["until"])
    at = datetime.fromisoformat(known["at"])
    return Question(known["question"], known["channel"], known["talk"], at, until) if at <= now <= until else None


def open_question(
    message: Inbound, evidence: Evidence, facts: Facts, now: datetime
) -> tuple[TicketFact, Question] | None:
    """The ticket that a message may answer a question of, the one that was asked last: of its own talk, to somebody who takes part. Null
    also where something else was said in that conversation since, in a ticket that is not over: then it belongs there."""
    found = []
    for ticket in _tickets(evidence, facts):
        question = asked(ticket, now) if ticket.status in OVER else None
        if question is None or not _is_there(question, message) or not takes_part(evidence, ticket, facts):
            continue
        found.append((ticket, question))
    if not found:
        return None
    ticket, question = max(found, key=lambda pair: (pair[1].at, pair[0].ticket_id))
    if evidence.conversation and any(_goes_on(each, question) for each in _tickets(evidence, facts)):
        return None
    return ticket, question


def _tickets(evidence: Evidence, facts: Facts) -> Iterable[TicketFact]:
    if evidence.conversation:
        return conversations.tickets(evidence.conversation, facts)
    numbers = dict.fromkeys((*evidence.by_address, *(number for number, _ in evidence.by_own_id), *evidence.by_body))
    ids = [facts.numbers[number] for number in numbers if number in facts.numbers]
    return [facts.tickets[ticket_id] for ticket_id in ids if ticket_id in facts.tickets]


def _is_there(question: Question, message: Inbound) -> bool:
    if question.talk is None:
        return message.channel == "email" and question.channel == "email"
    return message.conversation == question.talk


def _goes_on(ticket: TicketFact, question: Question) -> bool:
    """Whether the talk went on in this ticket after the question."""
    active = ticket.status in ("new", "open", "pending", "on_hold")
    return active and (ticket.updated_at or ticket.created_at) > question.at


@dataclass(frozen=True)
class Answered:
    """The ticket a message answered a question of, what it said, and whether it says more than that: then it is a message, too."""

    ticket: TicketFact
    what: str
    more: bool = False


def answer(message: Inbound, evidence: Evidence, facts: Facts, now: datetime, draft: Draft) -> Answered | None:
    """Take a message as the answer to an open question; null for what is none."""
    if message.channel not in ("email", *_TALKS) or not (evidence.conversation or message.channel == "email"):
        return None
    found = open_question(message, evidence, facts, now)
    given = answers.read(message) if found is not None and evidence.enquiry is None else None
    if found is None or given is None:
        return None
    ticket, question = found
    said = Said("customer", message.channel, now)
    if question.what == "solved" and (given.solved is not None or given.refuses):
        solved = bool(given.solved)
        (confirm if solved else reject)(ticket, said, facts, draft)
        return Answered(ticket, "it is solved" if solved else "it is not solved", more=given.solved is None)
    if question.what in ("score", "words") and given.score is not None:
        rate(ticket, given.score, "", said, facts, draft)
        return Answered(ticket, f"{given.score} of 5")
    if question.what == "words" and given.words:
        rate(ticket, None, given.words, said, facts, draft)
        return Answered(ticket, "words to the score")
    return None


_TALKS = ("sms", "whatsapp", "messenger", "telegram", "chat")

# -- what an answer changes ---------------------------------------------------------------------------------------------


def confirm(ticket: TicketFact, said: Said, facts: Facts, draft: Draft) -> bool:
    """The customer agrees that it is solved; False where there is nothing to agree to, or they have already."""
    if ticket.status not in OVER or ticket.customer_confirmed_at is not None:
        return False
    fields = {"customer_confirmed_at": said.now.isoformat()}
    _note("customer_confirmed", ticket, said, {}, fields, facts, draft)
    return True


def reject(ticket: TicketFact, said: Said, facts: Facts, draft: Draft) -> bool:
    """The customer does not agree; the ticket's life opens it again. False where it is open anyway."""
    if ticket.status not in OVER:
        return False
    _note("solution_rejected", ticket, said, {}, {}, facts, draft)
    return True


def rate(ticket: TicketFact, score: int | None, words: str, said: Said, facts: Facts, draft: Draft) -> bool:
    """How satisfied the customer is; what is not said now stays as it was said before. False where that is nothing new."""
    if ticket.status in ("spam", "merged"):
        return False
    known = ticket.fields.get("satisfaction") or {}
    given = {"score": known.get("score") if score is None else score, "words": words.strip() or known.get("words", "")}
    if given == {"score": known.get("score"), "words": known.get("words", "")}:
        return False
    data = {"score": given["score"], "words": bool(words.strip())}
    _note("satisfaction_given", ticket, said, data, {"satisfaction": given}, facts, draft)
    return True


def _note(
    what: str,
    ticket: TicketFact,
    said: Said,
    data: dict[str, Any],
    fields: dict[str, Any],
    facts: Facts,
    draft: Draft,
) -> None:
    draft.change(facts, ticket_key(ticket.ticket_id))
    if fields:
        draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    draft.operations.append(
        AddEvent(what=what, ticket_id=ticket.ticket_id, actor=said.actor, channel=said.channel, data=data, at=said.now)
    )
