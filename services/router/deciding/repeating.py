"""The same again: one sender saying the same over and over is a machine, whatever its headers say.

After `STOP` times within an hour nothing automatic goes out to it any more; after `GATHER` times what would open yet another ticket
goes into the one that the last of them is in. Two help desks that answer each other without any mark stop by this.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.identity import derive
from shared.mail.fingerprint import fingerprint
from shared.messages.facts import SeenContent
from shared.messages.inbound import Inbound

WITHIN = timedelta(hours=1)
STOP = 3
GATHER = 10
TAG = "repeated"
# What is remembered of a flood: so many, then one a minute. It keeps the look-up of a sender's contents short.
_REMEMBERED = 30
_PAUSE = timedelta(minutes=1)
# Two different mails differ before this, and each new mail is looked at.
_CONSIDERED = 1_000


def content_key(message: Inbound, sender: str) -> str | None:
    """What tells messages that say the same from others: sender, fingerprint of the text (or subject, where there is no text), files.
    Null where it says nothing that could be compared."""
    if not sender:
        return None
    said = fingerprint((message.reply_text or message.text or message.subject)[:_CONSIDERED])
    files = sorted(attachment.sha256 for attachment in message.attachments)
    return derive("content", sender, said, *files) if said or files else None


def times(seen: Sequence[SeenContent], at: datetime) -> int:
    """How often the same was said within the hour before ``at``, that one included."""
    return 1 + sum(1 for each in seen if each.at > at - WITHIN)


def gathering(seen: Sequence[SeenContent], at: datetime) -> str | None:
    """The ticket that takes what is said too often; null while it is not."""
    recent = [each for each in seen if each.at > at - WITHIN]
    return max(recent, key=lambda each: (each.at, each.ticket_id)).ticket_id if len(recent) >= GATHER else None


def remembered(seen: Sequence[SeenContent], at: datetime) -> bool:
    """Whether this one is to be remembered, too."""
    recent = [each.at for each in seen if each.at > at - WITHIN]
    return len(recent) < _REMEMBERED or at - max(recent) >= _PAUSE
