"""What is not certain is held: nothing is sent, the agent is asked, and what they do not confirm within a day is dropped.

A number can be forged, so from a telephone without the notification's code nothing is certain. The question that comes back goes to the
agent's own telephone, and has a new code, which nobody else can know.
"""

from services.router.deciding.speaking import expiring
from services.router.deciding.speaking.asking import Button
from services.router.deciding.speaking.echoing import answer, choice, glimpse, question
from services.router.deciding.speaking.hearing import ECHO, Heard, Hearing
from services.router.deciding.speaking.saying import SPOKEN, say_held
from shared.identity import derive
from shared.messages.agents import SettleSpoken, SpokenFact, ToldFact
from shared.messages.changeset import CancelTimer
from shared.messages.facts import TicketFact
from shared.secrets.shortcode import short_code
from shared.texts import text

CHOICES = 3


def hold_bare(hearing: Hearing, ticket: TicketFact, told: ToldFact | None, words: str, *, internal: bool) -> Heard:
    """From a telephone, without a code: they are asked whether they mean it."""
    hearing.put("held", "no code", ticket, told, internal=internal, words=words)
    hearing.draft.operations.append(expiring.timer(hearing.spoken_id, ticket.ticket_id, hearing.now))
    code = short_code(hearing.policy.keyring, hearing.spoken_id)
    words = glimpse(words, hearing.message.channel) or _named(hearing)
    key = "spoken.ask.note" if internal else "spoken.ask.bare"
    asked = text(key, hearing.language, ticket=f"T-{ticket.number}", id=code, words=words)
    answer(hearing, asked, ticket, internal=internal)
    return hearing.heard(f"{SPOKEN} held: no code", ticket)


def hold_unclear(hearing: Hearing, tickets: list[TicketFact]) -> Heard:
    """From Telegram, without a ticket: they are asked for which it is."""
    hearing.put("held", "which ticket")
    hearing.draft.operations.append(expiring.timer(hearing.spoken_id, None, hearing.now))
    words = glimpse(hearing.words, hearing.message.channel) or _named(hearing)
    buttons = choice(hearing.spoken_id, tickets, hearing.language)
    answer(hearing, text("spoken.ask.which", hearing.language, words=words), None, buttons)
    return hearing.heard(f"{SPOKEN} held: which ticket")


def newest_told(hearing: Hearing, most: int = CHOICES) -> list[tuple[TicketFact, ToldFact]]:
    """The tickets that they were told of last, the newest first, each once, with the notification."""
    found: dict[str, tuple[TicketFact, ToldFact]] = {}
    for told in hearing.speaker.told:
        ticket = hearing.ticket(told.ticket_id) if told.event != ECHO else None
        if ticket is not None:
            found.setdefault(ticket.ticket_id, (ticket, told))
        if len(found) == most:
            break
    return list(found.values())


def answered(hearing: Hearing, told: ToldFact | None) -> SpokenFact | None:
    """What is held, if this answers our question about it."""
    if told is None or told.event != ECHO:
        return None
    return next((each for each in hearing.speaker.held if told.delivery_id in _questions(each)), None)


def _questions(held: SpokenFact) -> list[str]:
    """The deliveries in which we asked about it: at once, and each time that it was tried."""
    tried = (derive("say", held.spoken_id, str(place)) for place in range(len(held.results)))
    return [derive("delivery", held.spoken_id, "echo"), *(derive("delivery", each, "echo") for each in tried)]


def decided(hearing: Hearing, held: SpokenFact, yes: bool) -> Heard:
    """They say whether what is held was meant. What has no ticket yet needs one first."""
    ticket = hearing.ticket(held.ticket_id)
    if not yes:
        return _dropped(hearing, held, ticket)
    if ticket is None:
        return _asked_again(hearing, held, "which ticket")
    return say_held(hearing, held, ticket)


def unclear(hearing: Hearing, held: SpokenFact) -> Heard:
    """The code of something held, and neither yes nor no: nothing happens to it, least of all that these words are sent."""
    return _asked_again(hearing, held, "neither yes nor no")


def pressed(hearing: Hearing, button: Button) -> Heard:
    """They pressed a button under a question of ours."""
    held = next((each for each in hearing.speaker.held if each.spoken_id == button.spoken_id), None)
    if held is None:
        known = hearing.facts.spoken.get(button.spoken_id)
        mine = known is not None and known.agent_id == hearing.speaker.agent.agent_id
        hearing.put("dropped", "decided before" if mine else "an unknown button")
        answer(hearing, text("spoken.decided" if mine else "spoken.button.old", hearing.language), None)
        return hearing.heard(f"{SPOKEN} dropped: decided before")
    if button.answer == "to" and button.number is not None:
        ticket = hearing.numbered(button.number)
        if ticket is None:
            return _asked_again(hearing, held, "which ticket")
        return say_held(hearing, held.model_copy(update={"internal": held.internal or ticket.internal}), ticket)
    return decided(hearing, held, button.answer == "yes")


def _dropped(hearing: Hearing, held: SpokenFact, ticket: TicketFact | None) -> Heard:
    expiring.once(held, hearing.facts, hearing.draft)
    hearing.put("done", f"drops {held.spoken_id}", ticket)
    hearing.draft.operations += [
        SettleSpoken(
            spoken_id=held.spoken_id, verdict="dropped", reason="taken back", results=held.results, at=hearing.now
        ),
        CancelTimer(timer_id=expiring.timer_id(held.spoken_id)),
    ]
    answer(hearing, text("spoken.dropped", hearing.language), ticket, internal=held.internal)
    return hearing.heard(f"{SPOKEN} drops")


def _asked_again(hearing: Hearing, held: SpokenFact, reason: str) -> Heard:
    ticket = hearing.ticket(held.ticket_id)
    hearing.put("dropped", reason, ticket)
    if ticket is None:
        tickets = [each for each, _ in newest_told(hearing)]
        buttons = choice(held.spoken_id, tickets, hearing.language)
        words = glimpse(held.text, held.channel) or "-"
        answer(hearing, text("spoken.ask.which", hearing.language, words=words), None, buttons)
    else:
        code = short_code(hearing.policy.keyring, held.spoken_id)
        again = text("spoken.ask.again", hearing.language, id=code, words=glimpse(held.text, held.channel) or "-")
        answer(hearing, again, ticket, question(held.spoken_id, hearing.language), internal=held.internal)
    return hearing.heard(f"{SPOKEN} dropped: {reason}")


def _named(hearing: Hearing) -> str:
    return ", ".join(each.filename for each in hearing.attachments)[:100] or "-"
