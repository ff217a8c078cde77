"""What an agent answered to a notification, without the notification. Pure.

The reading of replies (`shared.mail.reply`) knows how mail programs quote. This is for the mail in which it saw nothing: our notifications
have marks of their own, and from the first line of one on nothing is the agent's. Rather all words lost, and the agent told so, than what
was meant for agents at the customer's.
"""

import re
from typing import Final

from shared.texts.catalogue import CATALOGUE

_QUOTED = r"^[\s>|*]{0,20}"
_HEADING = re.compile(rf"{_QUOTED}T-\d{{1,12}} [“„\"”]")
_TOKEN = re.compile(r"ref:[0-9a-z]{24,58}(?![0-9a-z])", re.IGNORECASE)
_LINK = re.compile(rf"{_QUOTED}<?https?://\S{{1,200}}/tickets/T-\d{{1,12}}(?!\d)")
_TOLD: Final = tuple(
    " ".join(words.split())
    for key, entry in CATALOGUE.items()
    if key.startswith("alert.answer.email.") or key in ("alert.commands", "agent.digest.body")
    for words in entry.values()
)
_BEGINNING: Final = 40
"""Characters of such a line by which it is known, also where it was broken."""
_STARTS: Final = tuple(dict.fromkeys(each.partition("{")[0][:_BEGINNING].rstrip() for each in _TOLD))
_MARKED = re.compile(rf"{_QUOTED}(?:{'|'.join(map(re.escape, _STARTS))})")


def without_notification(words: str) -> str:
    """``words`` up to where a notification of ours begins, if one is in them."""
    lines = words.split("\n")
    mark = next((at for at, line in enumerate(lines) if _is_mark(line)), None)
    if mark is None:
        return words
    start = next((at for at in range(mark) if _HEADING.match(lines[at])), mark)
    return "\n".join(lines[:start]).rstrip()


def _is_mark(line: str) -> bool:
    return bool(_TOKEN.search(line) or _LINK.match(line) or _MARKED.match(line))
