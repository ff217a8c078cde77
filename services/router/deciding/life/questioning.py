"""Asking the customer: is it solved, how satisfied are you? By buttons where there are any, by digits or a word elsewhere, in mail by a
link to the page of the ticket. What was asked is remembered, so that a bare word counts as its answer."""

from datetime import timedelta

from services.router.deciding.life.living import Living
from services.router.deciding.life.telling import Notice, tell_customer, way_to_customer
from services.router.deciding.questions import MEMORY, OPEN_FOR, WORDS_FOR, Question, What
from services.router.deciding.senders import CONVERSATIONS, Way, conversation_of
from shared.messages.customers import STATUS_LINKS
from shared.messages.outbound import Button
from shared.messages.parts import Channel
from shared.secrets import status_token
from shared.texts import text

CHOICE = "notify_by"
"""What a ticket remembers of how its customer wants to be told: by ``email``, by ``sms``, on its own ``channel``; nothing: as they want
to be told of all their tickets."""
PAGE = "page"
"""The channel of what a customer says on their page: there they are asked by the page itself."""
_CHOICES: dict[str, Channel] = {"email": "email", "sms": "sms"}
SCORES = range(1, 6)
_LINKED = ("ask.solved", "ask.score")
"""These lead to the page of the ticket, and have a plain form for where there are no links."""
RATED = "rated"
"""What a ticket remembers of a score: how often it had been open again by then."""


def preferred(living: Living) -> Channel | None:
    """The channel that was chosen for notices, for the ticket or else for its customer; null: the ticket's own."""
    person = living.facts.people.get(living.ticket.contact_id or "")
    return _CHOICES.get(str(living.recall(CHOICE) or (person.notify_by if person else None)))


def ask_solved(living: Living) -> None:
    """Ask whether it is solved."""
    number = living.ticket.number
    labels = ("yes", "no")
    buttons = [Button(label=_text(living, f"ask.solved.{each}"), data=f"solved:{number}:{each}") for each in labels]
    _ask(living, "solved", "ask.solved", buttons, max(OPEN_FOR, living.policy.close_after))


def ask_score(living: Living) -> None:
    """Ask how satisfied the customer is, unless they have said so since it was solved."""
    if living.cause.channel == PAGE or living.recall(RATED) == living.ticket.reopened:
        return
    buttons = [Button(label=str(score), data=f"score:{living.ticket.number}:{score}") for score in SCORES]
    _ask(living, "score", "ask.score", buttons, OPEN_FOR)


def invite_words(living: Living) -> None:
    """Thank for a score; what comes within the hour says why."""
    _ask(living, "words", "after.thanks", [], WORDS_FOR)


def _ask(living: Living, what: What, template: str, buttons: list[Button], open_for: timedelta) -> None:
    way = way_to_customer(living, preferred(living))
    if way is None or not living.ticket.number:
        return
    shown = tuple(buttons) if way.channel != "email" else ()
    # The link also where it is not shown: what cannot be delivered there may go by mail instead.
    links = living.policy.telling.status_links
    variables = {"link": link(living, way)} if links or template not in _LINKED else {}
    notice = Notice(template if variables else f"{template}.plain", variables, shown)
    if tell_customer(living, notice, preferred(living)) is None:
        question = Question(what, way.channel, _talk(living, way), living.now, living.now + open_for)
        living.remember(MEMORY, question.as_json())


def _talk(living: Living, way: Way) -> str | None:
    """The conversation that is asked in, as `telling` names it."""
    if way.channel not in CONVERSATIONS:
        return None
    ticket = living.ticket
    own = way.channel == ticket.channel and way.point.value == ticket.customer and way.inbox == ticket.inbox
    return (ticket.conversation if own else None) or conversation_of(way.channel, way.inbox, way.point.value)


def link(living: Living, way: Way) -> str:
    """The address of the ticket's page, for whoever is written to."""
    withdrawn = int((living.recall(STATUS_LINKS) or {}).get("count") or 0)
    token = status_token(living.policy.keyring, living.ticket.number, way.point, living.now.date(), withdrawn)
    return f"{living.policy.telling.public_url}/t/{token}"


def _text(living: Living, key: str) -> str:
    default = living.policy.languages[0] if living.policy.languages else "en"
    return text(key, living.ticket.language, default=default)
