"""What each command means: from its words to an action on a ticket. Raises `NotMeant` for what means nothing; nothing is done here."""

import re
from collections.abc import Callable
from datetime import time
from typing import Final

from services.router.deciding import naming, sides
from services.router.deciding.speech import resolving
from services.router.deciding.speech.telling import help_words
from services.router.deciding.speech.understanding import NotMeant, Speaking, Step, cut
from shared.messages import command as c
from shared.messages import gathering as g
from shared.messages import record as r
from shared.messages import talking as t
from shared.messages.after import Snooze
from shared.messages.automation import ApplyMacro
from shared.messages.facts import MessageFact
from shared.messages.life import StaffFact
from shared.messages.parts import Attachment, Channel
from shared.speech import Spoken, addressee, channel_and_addressee, moment_of, unquoted, words_of
from shared.speech.grammar import folded
from shared.texts import text
from shared.texts.moments import zone_of
from shared.texts.register import channel_name

_EVENING: Final = time(17)
"""By when on a day something is promised of which only the day was said."""
_LONGEST: Final = 5_000
_MOST_TAGS: Final = 100
_LONGEST_TAG: Final = 200
_SHOWN: Final = {"sms": 60}
_MOST_SPLIT: Final = 200
_BLOCK: Final = ("block", "blokuj", "zablokuj", "blokiraj")
_LAST: Final = ("", "last", "newest", "ostatnia", "ostatnią", "zadnja", "zadnju")
_DONE: Final = ("done", "gotowe", "zrobione", "gotovo", "učinjeno")
_UNTIL: Final = re.compile(r"(?<!\S)(?:until|till|by|do|najpóźniej|najkasnije)(?!\S)", re.IGNORECASE)
_MOST_UNTIL: Final = 5
_FORWARDED_SUBJECT: Final = 900
_LAST_WORD: Final = re.compile(r"[\s,;–-]*[\[(]?([^\W\d_]{1,12})[\])]?[.!]?\s*\Z")


def _step(speaking: Speaking, spoken: Spoken, action: c.Action | None, done: str = "", **told: object) -> Step:
    detail = speaking.words(f"done.{done or spoken.name}", **told) if action is not None else ""
    return Step(name=spoken.name, line=spoken.line, number=number_of(speaking, spoken), action=action, detail=detail)


def number_of(speaking: Speaking, spoken: Spoken) -> int:
    """The ticket that a command is about."""
    return spoken.number if spoken.number is not None else speaking.say.number


def _whoever(speaking: Speaking) -> StaffFact:
    if speaking.agent is None:
        raise NotMeant("nobody")
    return speaking.agent


def _take(speaking: Speaking, spoken: Spoken) -> Step:
    to: dict[str, str | None] = {"agent": _whoever(speaking).email}
    return _step(speaking, spoken, t.Assign(number=number_of(speaking, spoken), to=to))


def _assign(speaking: Speaking, spoken: Spoken) -> Step:
    name, number = unquoted(spoken.words), number_of(speaking, spoken)
    try:
        found = resolving.agent(speaking, name)
    except NotMeant:
        try:
            team = resolving.team(speaking, name) if resolving.has_teams(speaking) else None
        except NotMeant:
            team = None
        if team is None:
            raise
        return _step(speaking, spoken, t.Assign(number=number, to={"team": team}), who=team)
    return _step(
        speaking,
        spoken,
        t.Assign(number=number, to={"agent": found.email}),
        who=naming.short_name(found, speaking.facts),
    )


def _team(speaking: Speaking, spoken: Spoken) -> Step:
    team = resolving.team(speaking, unquoted(spoken.words))
    return _step(speaking, spoken, t.Assign(number=number_of(speaking, spoken), to={"team": team}), who=team)


def _note(speaking: Speaking, spoken: Spoken) -> Step:
    return _step(speaking, spoken, c.Note(number=number_of(speaking, spoken), text=spoken.words))


def _solve(speaking: Speaking, spoken: Spoken) -> Step:
    """Below an answer the answer is the summary; where nothing is said, that it was answered."""
    number = number_of(speaking, spoken)
    ticket = speaking.ticket(number)
    answer = speaking.answer if number == speaking.say.number and not speaking.say.internal else ""
    summary = spoken.words or answer.strip()[:_LONGEST]
    if not summary:
        if ticket.first_responded_at is None:
            raise NotMeant("summary")
        summary = speaking.to_customer(ticket, "solved_so")
    return _step(speaking, spoken, c.Solve(number=number, summary=summary, seen_at=speaking.seen_at(number)))


def _close(speaking: Speaking, spoken: Spoken) -> Step:
    return _step(speaking, spoken, c.Close(number=number_of(speaking, spoken)))


def _reopen(speaking: Speaking, spoken: Spoken) -> Step:
    return _step(speaking, spoken, c.Reopen(number=number_of(speaking, spoken)))


def _snooze(speaking: Speaking, spoken: Spoken) -> Step:
    at = speaking.moment(spoken.words)
    return _step(speaking, spoken, Snooze(number=number_of(speaking, spoken), until=at), when=speaking.shown(at))


def _priority(speaking: Speaking, spoken: Spoken) -> Step:
    value = resolving.priority(speaking, unquoted(spoken.words))
    action = c.Change(number=number_of(speaking, spoken), fields={"priority": value})
    return _step(speaking, spoken, action, what=text(f"priority.{value}", speaking.language))


def _category(speaking: Speaking, spoken: Spoken) -> Step:
    value = resolving.category(speaking, unquoted(spoken.words))
    action = c.Change(number=number_of(speaking, spoken), fields={"category": value})
    return _step(speaking, spoken, action, what=value)


def _tag(speaking: Speaking, spoken: Spoken) -> Step:
    add: list[str] = []
    remove: list[str] = []
    words = words_of(spoken.words, _MOST_TAGS)
    for word in words:
        name = word[1:].strip() if word[0] in "+-" else word
        if not name or len(name) > _LONGEST_TAG or not name.isprintable():
            raise NotMeant("tags")
        (remove if word[0] == "-" else add).append(name)
    if not words:
        raise NotMeant("tags")
    action = g.Tag(number=number_of(speaking, spoken), add=add, remove=remove)
    return _step(speaking, spoken, action, what=cut(spoken.words))


def _spam(speaking: Speaking, spoken: Spoken) -> Step:
    block = folded(spoken.words) in _BLOCK
    if spoken.words and not block:
        raise NotMeant("block", name=cut(spoken.words))
    action = c.MarkSpam(number=number_of(speaking, spoken), block=block)
    return _step(speaking, spoken, action, "spam_block" if block else "spam")


def _merge(speaking: Speaking, spoken: Spoken) -> Step:
    number, into = number_of(speaking, spoken), target(spoken)
    if into is None:
        raise NotMeant("number")
    if into == number:
        raise NotMeant("itself", ticket=f"T-{into}")
    speaking.ticket(into)
    return _step(speaking, spoken, g.Merge(number=number, into=into), request=f"T-{into}")


def target(spoken: Spoken) -> int | None:
    """The ticket that another one is to become part of; null: none is named."""
    found = re.fullmatch(r"(?:[^\W\d_]{1,5}\s+)?\[?(?:T-)?(\d{1,9})\]?[.!]?", spoken.words.strip(), re.IGNORECASE)
    return int(found[1]) if found else None


def _split(speaking: Speaking, spoken: Spoken) -> Step:
    ticket = speaking.ticket(number_of(speaking, spoken))
    theirs = [each for each in speaking.facts.messages.get(ticket.ticket_id, ()) if each.direction == "in"]
    wanted = _messages(spoken.words.strip(), theirs)
    if not wanted:
        raise NotMeant("messages", name=cut(spoken.words), count=len(theirs))
    return _step(speaking, spoken, g.Split(number=ticket.number, messages=wanted), count=len(wanted))


def _messages(words: str, theirs: list[MessageFact]) -> list[str]:
    """The ids of the messages that somebody means; none, where one of them is not there."""
    if folded(words) in map(folded, _LAST):
        return [each.message_id for each in theirs[-1:]]
    if re.fullmatch(r"\d{1,3}", words, re.ASCII):
        return [each.message_id for each in theirs[-int(words) :]] if 0 < int(words) <= len(theirs) else []
    known = {each.message_id for each in theirs}
    named = words_of(words, _MOST_SPLIT)
    return named if named and known.issuperset(named) else []


def _call(speaking: Speaking, spoken: Spoken) -> Step:
    choice = speaking.facts.choices.get(_whoever(speaking).email)
    points = choice.points if choice is not None else []
    mine = next((each.value for kind in ("phone", "whatsapp") for each in points if each.kind == kind), None)
    if mine is None:
        raise NotMeant("telephone")
    return _step(speaking, spoken, c.Dial(number=number_of(speaking, spoken), agent_number=mine))


def _forward(speaking: Speaking, spoken: Spoken) -> Step:
    ticket = speaking.ticket(number_of(speaking, spoken))
    to, words = addressee(spoken.words)
    channel = resolving.channel(speaking, "", to)
    to = resolving.address(channel, to)
    message = speaking.last.get(ticket.number)
    if message is None:
        raise NotMeant("nothing")
    said = (message.reply_text or message.text).strip()
    text = f"{words.strip()}\n\n{said}".strip()
    files = [each for each in message.attachments if each.blob is not None]
    subject = f"Fwd: {ticket.subject[:_FORWARDED_SUBJECT]}"
    action = t.StartSide(number=ticket.number, channel=channel, to=to, text=text, subject=subject, attachments=files)
    return _step(speaking, spoken, action, to=to)


def _side(speaking: Speaking, spoken: Spoken) -> Step:
    """What is written to somebody with whom such a conversation is held already belongs to that one."""
    ticket = speaking.ticket(number_of(speaking, spoken))
    name, to, words = channel_and_addressee(spoken.words)
    channel = resolving.channel(speaking, name, to)
    to = resolving.address(channel, to)
    if not words.strip():
        raise NotMeant("text")
    held = [
        side_id
        for side_id, side in sides.sides(ticket).items()
        if side["channel"] == channel and side["to"].lower() == to.lower()
    ]
    action = _aside(ticket.number, channel, to, words.strip(), held)
    shown = cut(words, _SHOWN.get(speaking.command.channel, 200))
    return _step(speaking, spoken, action, to=to, way=channel_name(channel, speaking.language), words=shown)


def _aside(number: int, channel: Channel, to: str, words: str, held: list[str]) -> t.StartSide | t.WriteSide:
    if len(held) == 1:
        return t.WriteSide(number=number, side_id=held[0], text=words)
    return t.StartSide(number=number, channel=channel, to=to, text=words)


def _action(speaking: Speaking, spoken: Spoken) -> Step:
    head, below = spoken.words.split("\n", 1) if "\n" in spoken.words else (spoken.words, "")
    department, colon, what = head.partition(":")
    if not colon and below:
        department, what = head, ""
    elif not colon:
        raise NotMeant("department")
    what = f"{what.strip()}\n{below.strip()}".strip()
    last = _LAST_WORD.search(what[-40:])
    done = last is not None and folded(last[1]) in map(folded, _DONE)
    if done and last is not None:
        what = what[: len(what) - len(last[0])].rstrip()
    department = unquoted(department.strip().rstrip(":"))
    if not department or len(department) > _LONGEST:
        raise NotMeant("department")
    what = _bounded(what)
    action = r.AddAction(
        number=number_of(speaking, spoken),
        what=what,
        department=resolving.department(speaking, department),
        requested_at=speaking.now,
        done_at=speaking.now if done else None,
    )
    return _step(speaking, spoken, action, "action_done" if done else "action", who=cut(action.department))


def _promise(speaking: Speaking, spoken: Spoken) -> Step:
    """The last "until" with a time behind it is the one that is meant."""
    for found in list(_UNTIL.finditer(spoken.words))[-1 : -_MOST_UNTIL - 1 : -1]:
        when = spoken.words[found.end() :].strip().rstrip(".!")
        if moment_of(when, speaking.now, zone_of(speaking.timezone), speaking.language, _EVENING) is not None:
            due = speaking.moment(when, _EVENING)
            what = _bounded(spoken.words[: found.start()].strip().rstrip(",;"))
            action = r.AddPromise(number=number_of(speaking, spoken), what=what, due=due)
            return _step(speaking, spoken, action, when=speaking.shown(due))
    raise NotMeant("due")


def _bounded(what: str) -> str:
    if not what:
        raise NotMeant("text")
    if len(what) > _LONGEST:
        raise NotMeant("long", count=_LONGEST)
    return what


def _macro(speaking: Speaking, spoken: Spoken) -> Step:
    name = resolving.macro(speaking, unquoted(spoken.words))
    number = number_of(speaking, spoken)
    action = ApplyMacro(number=number, name=name, seen_at=speaking.seen_at(number))
    return _step(speaking, spoken, action, name=name)


def _status(speaking: Speaking, spoken: Spoken) -> Step:
    speaking.ticket(number_of(speaking, spoken))
    return _step(speaking, spoken, None)


def _help(speaking: Speaking, spoken: Spoken) -> Step:
    detail = help_words(spoken.words, speaking.language, speaking.command.channel)
    step = _step(speaking, spoken, None)
    return step.model_copy(update={"detail": detail})


def _held(speaking: Speaking, spoken: Spoken) -> Step:
    raise NotMeant("held", name=cut(spoken.words))


MEANINGS: Final[dict[str, Callable[[Speaking, Spoken], Step]]] = {
    "take": _take,
    "assign": _assign,
    "team": _team,
    "note": _note,
    "solve": _solve,
    "close": _close,
    "reopen": _reopen,
    "snooze": _snooze,
    "priority": _priority,
    "category": _category,
    "tag": _tag,
    "spam": _spam,
    "merge": _merge,
    "split": _split,
    "call": _call,
    "forward": _forward,
    "side": _side,
    "action": _action,
    "promise": _promise,
    "macro": _macro,
    "status": _status,
    "help": _help,
    "send": _held,
    "cancel": _held,
}


def with_files(action: c.Action | None, files: list[Attachment]) -> c.Action | None:
    """The action with these files, where it can take any; null where it cannot."""
    if isinstance(action, c.Note | t.StartSide | t.WriteSide):
        return action.model_copy(update={"attachments": [*action.attachments, *files]})
    return None
