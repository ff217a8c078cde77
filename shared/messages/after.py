"""Commands about waiting and about what follows when a ticket is solved: putting it off, and what its customer answers."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Channel


class Snooze(Record):
    """Nobody looks at the ticket until then; it is back at once when its customer writes."""

    do: Literal["snooze"] = "snooze"
    number: int
    until: AwareDatetime


class CustomerAnswer(Record):
    """What the customer says on their page of the ticket: ``solved`` whether it is, ``score`` from 1 to 5 how satisfied they are,
    ``words`` what they have to say about it. The command's ``actor`` is ``customer``; who may say it was checked by whoever asks."""

    do: Literal["customer_answer"] = "customer_answer"
    number: int
    solved: bool | None = None
    score: int | None = Field(default=None, ge=1, le=5)
    words: str = Field(default="", max_length=2_000)


class TalkQuery(Versioned):
    """``store.query.talk``: where is the customer of this ticket talked to?"""

    VERSION: ClassVar[int] = 1

    number: int


class TalkAnswer(Versioned):
    """The answer to `TalkQuery`: the ticket's channel and inbox, and how that knows its customer; all null where there is no ticket."""

    VERSION: ClassVar[int] = 1

    channel: Channel | None = None
    inbox: str | None = None
    to: str | None = None


class AgentTyping(Versioned):
    """An agent is writing to ``to``, told to whoever shows it (``typing.<channel>.<inbox>``); kept nowhere."""

    VERSION: ClassVar[int] = 1

    to: str
