"""What comes from an agent's own Telegram chat, or from their number.

Telegram says who writes, and nobody else can: there the chat is enough, and only the ticket may be in doubt. A number can be forged: there
the code of a notification must stand at the beginning, and what has none is held until it is confirmed with a new one.
"""

import re
from datetime import timedelta

from services.router.deciding.speaking import codes, holding, refusing
from services.router.deciding.speaking.echoing import answer
from services.router.deciding.speaking.hearing import ECHO, Heard, Hearing
from services.router.deciding.speaking.saying import SPOKEN, say
from shared.messages.agents import ToldFact
from shared.messages.facts import TicketFact
from shared.speech import parse
from shared.texts import text

MOST_HELD = 10
"""So many things without a code are held in an hour: each is answered at the agent's cost and ours, and may be a guess."""
_HOUR = timedelta(hours=1)
NAMED = re.compile(r"\s*[\[(]?T-([1-9]\d{0,8})[\])]?(?![\w-])[\s:,.;–-]*", re.IGNORECASE | re.ASCII)
_NAMED_ANYWHERE = re.compile(r"(?<![\w-])T-([1-9]\d{0,8})(?![\w-])", re.ASCII)
_ON_ITS_WAY = timedelta(minutes=10)
_PRESSED = re.compile(r"([#/].{1,60}?)(?: ([A-Z2-7]{6}))?", re.ASCII)
_ONLY = ("help", "status")


def take(hearing: Hearing) -> Heard:
    """What becomes of it."""
    message = hearing.message
    if message.automatic is None:
        hearing.reached()
    if hearing.on_phone and hearing.speaker.refused_by.get(message.channel, 0) >= refusing.TRIES:
        return refusing.ignored(hearing)
    if message.automatic is not None:
        hearing.put("dropped", f"automatic: {message.automatic}")
        return hearing.heard(f"{SPOKEN} dropped: automatic")
    if message.edits or message.deleted:
        return _said(hearing, "edited", "spoken.edited")
    if hearing.claim.button is not None:
        return holding.pressed(hearing, hearing.claim.button)
    if message.pressed is not None:
        return _pressed(hearing, message.pressed)
    meant = codes.meant(hearing.words, hearing.speaker, hearing.policy)
    if meant.held is not None:
        decision = codes.decision(meant.words)
        return (
            holding.decided(hearing, meant.held, decision == "yes")
            if decision
            else holding.unclear(hearing, meant.held)
        )
    if meant.told is not None:
        return _to_told(hearing, meant.told, meant.words or "#status")
    return _without_code(hearing, guessed=meant.guessed) if hearing.on_phone else _in_telegram(hearing)


def _to_told(hearing: Hearing, told: ToldFact, words: str) -> Heard:
    """For the ticket of a notification."""
    ticket = hearing.ticket(told.ticket_id)
    if ticket is None:
        return refusing.unanswerable(hearing, "no such ticket", text("spoken.missing", hearing.language, ticket="-"))
    return say(hearing, ticket, told, words, internal=told.internal)


# -- telephones ---------------------------------------------------------------------------------------------------------


def _without_code(hearing: Hearing, *, guessed: bool) -> Heard:
    if guessed:
        return refusing.wrong_code(hearing)
    since = hearing.now - _HOUR
    waiting = sum(each.channel == hearing.message.channel and each.at > since for each in hearing.speaker.held)
    if waiting >= MOST_HELD:
        hearing.put("dropped", "too many without a code")
        return hearing.heard(f"{SPOKEN} dropped: too many without a code")
    named = named_in(hearing.words, hearing)
    if isinstance(named, int):
        return refusing.unanswerable(
            hearing, "no such ticket", text("spoken.missing", hearing.language, ticket=f"T-{named}")
        )
    newest = holding.newest_told(hearing, 1)
    if named is None and not newest:
        return refusing.unanswerable(hearing, "nothing to answer", text("spoken.how.phone", hearing.language))
    ticket, told = (named, None) if named is not None else newest[0]
    internal = ticket.internal or (told is not None and told.internal)
    words = hearing.words if named is None else NAMED.sub("", hearing.words, count=1)
    return holding.hold_bare(hearing, ticket, told, words, internal=internal)


# -- Telegram -----------------------------------------------------------------------------------------------------------


def _in_telegram(hearing: Hearing) -> Heard:
    told = _answered(hearing)
    held = holding.answered(hearing, told)
    if held is not None and (decision := codes.decision(hearing.words)):
        return holding.decided(hearing, held, decision == "yes")
    if told is not None:
        return _to_told(hearing, told, hearing.words)
    named = named_in(hearing.words, hearing)
    if isinstance(named, int):
        return refusing.unanswerable(
            hearing, "no such ticket", text("spoken.missing", hearing.language, ticket=f"T-{named}")
        )
    if named is not None:
        words = NAMED.sub("", hearing.words, count=1) or "#status"
        return say(hearing, named, None, words, internal=named.internal)
    newest = holding.newest_told(hearing)
    if not newest:
        return refusing.unanswerable(hearing, "nothing to answer", text("spoken.how.chat", hearing.language))
    if _asks_only(hearing.words):
        return say(hearing, newest[0][0], newest[0][1], hearing.words, internal=False)
    return holding.hold_unclear(hearing, [ticket for ticket, _ in newest])


def _answered(hearing: Hearing) -> ToldFact | None:
    """The notification that is answered: it went out as several messages where it had files, any of which may be the one."""
    for answered in hearing.message.in_reply_to:
        channel, _, rest = answered.partition(":")
        inbox, _, rest = rest.partition(":")
        chat, _, number = rest.partition(":")
        for told in hearing.speaker.told:
            if (told.channel, told.inbox, told.to) != (channel, inbox, chat) or chat != hearing.point.value:
                continue
            known_chat, _, numbers = (told.provider_id or "").partition(":")
            if known_chat == chat and number and number in numbers.split(","):
                return told
    return _on_its_way(hearing)


def _on_its_way(hearing: Hearing) -> ToldFact | None:
    """The notification that is answered sooner than we have heard from Telegram what it is called: the only one on its way to this chat
    about the ticket that the answered message of ours names."""
    answered = hearing.message.fields.get("answered", "")
    if not answered or not hearing.message.in_reply_to:
        return None
    here = (hearing.message.channel, hearing.message.inbox, hearing.point.value)
    since = hearing.now - _ON_ITS_WAY
    named = {int(number) for number in _NAMED_ANYWHERE.findall(answered)}
    fitting = []
    for told in hearing.speaker.told:
        ticket = hearing.facts.tickets.get(told.ticket_id)
        waits = told.provider_id is None and told.event != ECHO and told.at > since
        if waits and (told.channel, told.inbox, told.to) == here and ticket is not None and ticket.number in named:
            fitting.append(told)
    return fitting[0] if len(fitting) == 1 else None


def _pressed(hearing: Hearing, data: str) -> Heard:
    """A button under a notification: what stands in it is said, for the notification's ticket."""
    match = _PRESSED.fullmatch(data)
    told = codes.meant(match[2], hearing.speaker, hearing.policy).told if match and match[2] else None
    ticket = hearing.ticket(told.ticket_id) if told is not None else None
    if match is None or told is None or ticket is None:
        return _said(hearing, "an unknown button", "spoken.button.old")
    original = hearing.facts.tickets.get(told.ticket_id)
    number = original.number if original is not None else ticket.number
    words = re.sub(rf"^([#/]\w+) T-{number}\b\s*", r"\1 ", match[1]).strip()
    return say(hearing, ticket, told, words, internal=told.internal)


def named_in(words: str, hearing: Hearing) -> TicketFact | int | None:
    """The ticket that they name at the beginning, or behind a command there; its number where there is none."""
    found = NAMED.match(words)
    number = int(found[1]) if found else _behind_command(words)
    return None if number is None else hearing.numbered(number) or number


def _behind_command(words: str) -> int | None:
    if words[:1] not in ("#", "/"):
        return None
    numbers = {each.number for each in parse(words).commands if each.number is not None}
    return numbers.pop() if len(numbers) == 1 else None


def _asks_only(words: str) -> bool:
    """Whether nothing is wanted but to be told something."""
    speech = parse(words)
    return bool(speech.commands) and not speech.text.strip() and all(each.name in _ONLY for each in speech.commands)


def _said(hearing: Hearing, reason: str, key: str) -> Heard:
    hearing.put("dropped", reason)
    answer(hearing, text(key, hearing.language), None)
    return hearing.heard(f"{SPOKEN} dropped: {reason}")
