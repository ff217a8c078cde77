"""From what somebody wrote to what is to be done, in order: the answer first, so that ``#solve`` below it finds it sent."""

from collections.abc import Mapping
from datetime import datetime

from services.router.deciding import lifecycle
from services.router.deciding.commands import rights
from services.router.deciding.commands.doing import Refused
from services.router.deciding.policy import Policy
from services.router.deciding.speech import resolving, telling
from services.router.deciding.speech.meaning import MEANINGS, target, with_files
from services.router.deciding.speech.understanding import NotMeant, Speaking, Step, Wrong, agent_of, language_of
from shared.messages import command as c
from shared.messages.agents import Say
from shared.messages.facts import Facts, FactsRequest
from shared.messages.ticket import MessageView
from shared.speech import Speech, Spoken, parse
from shared.texts import text

_NAMING = frozenset({"take", "assign", "team", "call", "status"})
_BY_MESSAGES = frozenset({"split", "status"})
_ASKING = frozenset({"status", "help", "send", "cancel"})
_MOVING = frozenset({"close", "reopen", "snooze", "spam", "merge", "split"})


def said(command: c.Command) -> Say:
    """What was said."""
    assert isinstance(command.action, Say), "only what is said is planned here"
    return command.action


def needs(command: c.Command, speech: Speech | None = None) -> FactsRequest:
    """What must be known to understand it."""
    say = said(command)
    spoken = (speech or parse(say.text)).commands
    names = {each.name for each in spoken}
    numbers = [say.number, *(each.number for each in spoken if each.number is not None)]
    into = [number for each in spoken if each.name == "merge" and (number := target(each)) is not None]
    return FactsRequest(
        numbers=list(dict.fromkeys([*numbers, *into])),
        staff=command.actor.startswith("agent:") or bool(names & _NAMING),
        choices="call" in names,
        messages_of=_numbers(say, spoken, _BY_MESSAGES),
        documents=[name for each in spoken if each.name == "macro" for name in resolving.documented_macro(each.words)],
    )


def forwarded(command: c.Command, speech: Speech) -> list[int]:
    """The tickets whose customer's last message must be known."""
    return _numbers(said(command), speech.commands, frozenset({"forward"}))


def status_needs(number: int) -> FactsRequest:
    """What must be known to tell how a ticket stands."""
    return FactsRequest(numbers=[number], messages_of=[number], people_of=[number], staff=True)


def _numbers(say: Say, spoken: tuple[Spoken, ...], names: frozenset[str]) -> list[int]:
    numbers = (each.number if each.number is not None else say.number for each in spoken if each.name in names)
    return list(dict.fromkeys(numbers))


def plan(
    command: c.Command,
    facts: Facts,
    policy: Policy,
    now: datetime,
    last: Mapping[int, MessageView] | None = None,
    speech: Speech | None = None,
) -> list[Step]:
    """What is to be done, in order. Raises `Misspoken` with every mistake: then nothing is; and `Refused` for who is no agent any more."""
    say, speech = said(command), speech or parse(said(command).text)
    agent = agent_of(command, facts)
    if agent is None and command.actor.startswith("agent:"):
        raise Refused("forbidden", "whoever says it is no agent any more")
    language = language_of(agent, policy)
    speaking = Speaking(command, say, facts, policy, now, agent, last or {}, speech.text)
    wrong = [telling.wrong_word(each, language) for each in speech.mistakes]
    steps = []
    for spoken in speech.commands:
        try:
            speaking.ticket(spoken.number if spoken.number is not None else say.number)
            steps.append(MEANINGS[spoken.name](speaking, spoken))
        except NotMeant as error:
            wrong.append(telling.wrong_meaning(spoken.line, spoken.said, error, language))
    if not wrong:
        steps = _with_words(speaking, speech, steps)
        wrong = _forbidden(speaking, steps)
    if not steps and not wrong:
        wrong = [telling.wrong_meaning(0, "", NotMeant("empty"), language)]
    if wrong:
        raise telling.misspoken(say.number, wrong, language)
    return steps


def words_alone(command: c.Command, speech: Speech) -> list[Step]:
    """What is to be done with words and files without any command: nothing need be known for that."""
    say = said(command)
    return [_words(say, speech)] if speech.text.strip() or say.attachments else []


def _with_words(speaking: Speaking, speech: Speech, steps: list[Step]) -> list[Step]:
    """The answer, or the note, goes first. Files go with it, else with the first command that takes any, else into a note of their own:
    they are never sent to a customer to whom nothing was written."""
    say = speaking.say
    if speech.text.strip() or (say.attachments and not steps):
        words = _words(say, speech)
        return [_solving(speaking, words, steps), *steps]
    if not say.attachments or all(each.name in _ASKING for each in steps):
        return steps
    for place, step in enumerate(steps):
        if (taking := with_files(step.action, say.attachments)) is not None:
            return [*steps[:place], step.model_copy(update={"action": taking}), *steps[place + 1 :]]
    kept = c.Note(number=say.number, text="", attachments=say.attachments)
    return [Step(name="note", line=0, number=say.number, action=kept, detail=speaking.words("done.note")), *steps]


def _words(say: Say, speech: Speech) -> Step:
    action: c.Action
    if say.internal:
        action = c.Note(number=say.number, text=speech.text, attachments=say.attachments)
        return Step(name="note", line=speech.line, number=say.number, action=action)
    action = c.Reply(number=say.number, text=speech.text, attachments=say.attachments, seen_at=say.seen_at)
    return Step(name="reply", line=speech.line, number=say.number, action=action)


def _solving(speaking: Speaking, words: Step, steps: list[Step]) -> Step:
    """An answer that solves the ticket says so itself: its customer is not told twice."""
    reply = words.action
    words = words.model_copy(update={"detail": speaking.words(f"done.{words.name}")})
    first = next((each for each in steps if each.name in _MOVING or each.name == "solve"), None)
    if not isinstance(reply, c.Reply) or first is None or first.name != "solve" or first.number != words.number:
        return words
    if not lifecycle.allowed(speaking.ticket(words.number).status, "solved"):
        return words
    return words.model_copy(update={"action": reply.model_copy(update={"status": "solved"})})


def _forbidden(speaking: Speaking, steps: list[Step]) -> list[Wrong]:
    """What whoever speaks may not do, by our records."""
    found: list[Wrong] = []
    for step in steps:
        if step.action is not None and speaking.agent is not None:
            why = rights.allowed(step.action, speaking.agent, speaking.facts.staff)
            if why is not None:
                why = text("refused.auditor", speaking.language) if why == rights.AUDITOR else why
                error = NotMeant("rights", why=why)
                found.append(telling.wrong_meaning(step.line, step.name, error, speaking.language))
    return found
