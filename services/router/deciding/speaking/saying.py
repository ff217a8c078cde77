"""What is believed and certain becomes one command: what the agent wrote, in their name, by the authority that our records give them."""

from dataclasses import dataclass
from typing import Any

from services.router.deciding.policy import Policy
from services.router.deciding.speaking import expiring
from services.router.deciding.speaking.echoing import answer
from services.router.deciding.speaking.hearing import LONGEST, Heard, Hearing
from shared.identity import derive
from shared.messages.agents import Say, SettleSpoken, SpokenFact, ToldFact
from shared.messages.changeset import CancelTimer
from shared.messages.command import Command
from shared.messages.facts import TicketFact
from shared.messages.life import StaffFact
from shared.texts import text

SPOKEN = "agent"
"""The ledger's word for what an agent said."""
MOVED_ON = "moved-on"


@dataclass(frozen=True)
class Pending:
    """What a committed changeset wants done: this command, for what was spoken under this id. ``answers`` is the id of the message that
    is answered with what came of it; ``left_out`` counts pictures that did not go along and may be missed."""

    spoken_id: str
    command: Command
    answers: str | None = None
    left_out: int = 0

    def as_result(self) -> dict[str, Any]:
        """For the changeset's result, so that a repetition after a crash does the same again."""
        say = {"of": self.spoken_id, "command": self.command.encode().decode(), "answers": self.answers}
        return {"say": say | ({"left_out": self.left_out} if self.left_out else {})}


def pending(result: dict[str, Any]) -> Pending | None:
    """What the changeset with this result wants done; null for most. Raises `shared.messages.base.Undecodable` and `NewerVersion`."""
    say = result.get("say")
    if not isinstance(say, dict):
        return None
    command = Command.decode(say["command"].encode())
    return Pending(say["of"], command, say.get("answers"), int(say.get("left_out") or 0))


def say(hearing: Hearing, ticket: TicketFact, told: ToldFact | None, words: str, *, internal: bool) -> Heard:
    """What they said is certain: it is done next."""
    files = hearing.attachments
    if not words.strip() and not files:
        return _nothing(hearing, ticket, told)
    if len(words) > LONGEST:
        hearing.put("dropped", "too long", ticket, told, internal=internal)
        answer(hearing, text("spoken.long", hearing.language, count=LONGEST), ticket, internal=internal)
        return hearing.heard(f"{SPOKEN} dropped: too long")
    hearing.put("taken", "", ticket, told, internal=internal, words=words)
    action = Say(
        number=ticket.number,
        text=words,
        internal=internal,
        attachments=files,
        seen_at=hearing.seen_at(ticket, told),
    )
    return _handed_on(hearing, hearing.spoken_id, ticket, action, 0, SPOKEN)


def say_held(hearing: Hearing, held: SpokenFact, ticket: TicketFact) -> Heard:
    """They confirm what was held: it is done as it was said, however often it is confirmed once."""
    expiring.once(held, hearing.facts, hearing.draft)
    hearing.put("done", f"confirms {held.spoken_id}", ticket)
    hearing.draft.operations += [
        SettleSpoken(spoken_id=held.spoken_id, verdict="taken", results=held.results, at=hearing.now),
        CancelTimer(timer_id=expiring.timer_id(held.spoken_id)),
    ]
    asked = next((each["asked_at"] for each in reversed(held.results) if "asked_at" in each), None)
    action = Say.model_validate(
        {
            "number": ticket.number,
            "text": held.text,
            "internal": held.internal,
            "attachments": held.attachments,
            "seen_at": asked or hearing.seen_at(ticket),
        }
    )
    return _handed_on(hearing, held.spoken_id, ticket, action, len(held.results), f"{SPOKEN} confirms")


def _nothing(hearing: Hearing, ticket: TicketFact, told: ToldFact | None) -> Heard:
    hearing.put("dropped", "empty", ticket, told)
    answer(hearing, text("spoken.pictures" if hearing.left_out else "spoken.empty", hearing.language), ticket)
    return hearing.heard(f"{SPOKEN} dropped: empty")


def _handed_on(hearing: Hearing, spoken_id: str, ticket: TicketFact, action: Say, attempt: int, reason: str) -> Heard:
    """``attempt`` counts how often it was tried before: each is a command of its own, and done once."""
    agent, message = hearing.speaker.agent, hearing.message
    command = Command(
        command_id=derive("say", spoken_id, str(attempt)),
        actor=f"agent:{agent.agent_id}",
        actor_name=agent.name,
        public_name=agent.public_name or agent.name,
        signature=signature(agent, ticket.language, hearing.policy),
        channel=message.channel,
        at=hearing.now,
        action=action,
        correlation_id=message.correlation_id,
    )
    writing = ticket if message.pressed is not None else None
    left_out = hearing.photos_left_out if spoken_id == hearing.spoken_id else 0
    done = Pending(spoken_id, command, message.message_id, left_out)
    return hearing.heard(reason, writing, **done.as_result())


def signature(agent: StaffFact, language: str, policy: Policy) -> str:
    """What stands below their answers in a language: in that one, else in the company's first that they have one in."""
    return next((agent.signatures[each] for each in (language, *policy.languages) if agent.signatures.get(each)), "")
