"""Marks: what tickets are found by besides Message-IDs, kept among the references of `shared.messages.facts`.

Each contains a blank, which no Message-ID does (`shared.mail.ids`), so no mail can mention one. They are looked up with the ids, at
one go, and move with a ticket's messages as ids do.
"""

import re

# Replies, in the languages and mail programs that are common; forwarding begins something of its own.
_PREFIXES = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|odp|odg|ref|rif|rép|res)(?:\s*[\[(]\d{1,3}[\])])?\s*:|\s*\[(?:T-)?\d{1,9}\])+\s*",
    re.IGNORECASE,
)
_SUBJECT_LENGTH = 500


def sent(delivery_id: str) -> str:
    """What answers the mail of this delivery: where it was moved to."""
    return f"sent {delivery_id}"


def member(number: int, sender: str) -> str:
    """All that this sender wrote in the ticket of this number: where it was moved to."""
    return f"member {number} {sender}"


def answer(sender: str, message_id: str) -> str:
    """The ticket that this sender's answer to a message of many recipients opened."""
    return f"answer {sender} {message_id}"


def through(ticket_id: str) -> str:
    """What came to a ticket only because this one was merged into it."""
    return f"through {ticket_id}"


def conversation(name: str) -> str:
    """The tickets of one talk on a conversation channel."""
    return f"conversation {name}"


def side(name: str) -> str:
    """The tickets with a side conversation in this talk."""
    return f"side {name}"


def aside(part: str) -> str:
    """The ticket that has the side conversation of this part, wherever what was sent in it says it belongs."""
    return f"aside {part}"


def same_subject(sender: str, subject: str) -> str | None:
    """The tickets that this sender opened under a subject; null for a subject that says nothing."""
    base = base_subject(subject)
    return f"subject {sender} {base}" if sender and base else None


def base_subject(subject: str) -> str:
    """A subject without the prefixes of replies and the tags of tickets at its beginning, folded for comparison."""
    return " ".join(_PREFIXES.sub("", subject[:_SUBJECT_LENGTH]).casefold().split())
