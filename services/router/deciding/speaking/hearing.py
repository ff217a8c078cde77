"""What deciding about something spoken needs throughout: the message, who speaks, our records, and how things are put down."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from services.router.deciding import gathered
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from services.router.deciding.quotation import without_notification
from services.router.deciding.speaking.asking import PHONES, Claim
from services.router.deciding.speaking.languages import language_of
from shared.messages.agents import AddSpoken, SpeakerFact, ToldFact, Verdict
from shared.messages.changeset import AddEvent, MarkPoint
from shared.messages.facts import Facts, TicketFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.life import StaffFact
from shared.messages.parts import Attachment, Point

LONGEST = 50_000
"""Characters of what an agent may say at once."""
LARGEST_LOGO = 50_000
"""Octets of a picture that nobody misses below an answer."""
ECHO = ""
"""The ``event`` of what answers an agent: it is no news of the ticket."""


@dataclass(frozen=True)
class Heard:
    """What became of a message in this lane, for its changeset: the ledger's words, and what its result has."""

    outcome: Literal["stored", "duplicate"]
    reason: str
    result: dict[str, Any]


@dataclass(frozen=True)
class Hearing:
    """A message that claims to be an agent's, with everything that deciding about it needs."""

    message: Inbound
    claim: Claim
    speaker: SpeakerFact
    facts: Facts
    policy: Policy
    now: datetime
    draft: Draft

    @property
    def spoken_id(self) -> str:
        """The id of what was said."""
        return self.claim.spoken_id

    @property
    def on_phone(self) -> bool:
        """Whether the sender could be forged, so that a code is wanted."""
        return self.message.channel in PHONES

    @property
    def point(self) -> Point:
        """Where it came from, and where it is answered."""
        if self.claim.ask.point is not None:
            return self.claim.ask.point
        sender = self.message.from_.address.lower() if self.message.from_ else ""
        return Point(kind="email", value=sender)

    @cached_property
    def words(self) -> str:
        """What they newly wrote; of a button, what stands in it."""
        if self.message.pressed is not None:
            return self.message.pressed
        written = self.message.reply_text
        if self.message.channel == "email":
            return without_notification(written).strip()
        return (written or self.message.text).strip()

    @property
    def attachments(self) -> list[Attachment]:
        """The files that go along: a picture within the text of a mail is a logo more often than not, and may show more than it should."""
        return [each for each in self.message.attachments if not each.inline]

    @property
    def left_out(self) -> int:
        """How many pictures stay behind."""
        return len(self.message.attachments) - len(self.attachments)

    @property
    def photos_left_out(self) -> int:
        """How many of them are too large for a logo: some mail programs put photos that are attached into the text."""
        return sum(each.inline and each.size > LARGEST_LOGO for each in self.message.attachments)

    @property
    def language(self) -> str:
        """The agent's: the first of theirs that there are texts in, else ours."""
        return language_of(self.speaker.agent.languages, self.policy)

    def ticket(self, ticket_id: str | None) -> TicketFact | None:
        """The ticket of that id, or the one that it is part of now."""
        return gathered.final(ticket_id, self.facts) if ticket_id else None

    def numbered(self, number: int) -> TicketFact | None:
        """The same, by its number."""
        return self.ticket(self.facts.numbers.get(number))

    def seen_at(self, ticket: TicketFact, told: ToldFact | None = None) -> datetime | None:
        """When they last saw the ticket: when they were told what they answer, else when they were last told of it. An answer of ours to
        them shows nothing of the ticket that they had not seen before. Null: they never were told."""
        answered = self.ticket(told.ticket_id) if told is not None else None
        if told is not None and answered is not None and answered.number != ticket.number:
            told = None  # it answers what they were told of another ticket
        if told is not None and told.event != ECHO:
            return told.at
        news = (each for each in self.speaker.told if each.event != ECHO)
        mine = (each.at for each in news if (seen := self.ticket(each.ticket_id)) and seen.number == ticket.number)
        return max((at for at in mine if told is None or at <= told.at), default=told.at if told else None)

    def put(
        self,
        verdict: Verdict,
        reason: str = "",
        ticket: TicketFact | None = None,
        told: ToldFact | None = None,
        *,
        internal: bool = False,
        words: str | None = None,
    ) -> None:
        """Put down what was said, and what becomes of it. ``words``: what of it counts, where that is not all."""
        self.draft.operations.append(
            AddSpoken(
                spoken_id=self.spoken_id,
                source_id=self.message.source_id,
                agent_id=self.speaker.agent.agent_id,
                ticket_id=ticket.ticket_id if ticket else None,
                channel=self.message.channel,
                inbox=self.message.inbox,
                point=self.point if self.point.value else None,
                delivery_id=told.delivery_id if told else None,
                internal=internal,
                text=(self.words if words is None else words)[:LONGEST],
                attachments=self.attachments,
                original=self.message.original,
                verdict=verdict,
                reason=reason,
                at=self.now,
            )
        )

    def reached(self) -> None:
        """They write from a point that is marked: what is sent there arrives again."""
        point = self.point
        if point in self.speaker.undeliverable:
            self.draft.change(self.facts, point_key(point.kind, point.value))
            self.draft.operations.append(MarkPoint(point=point, undeliverable=False, at=self.now))

    def event(self, what: str, ticket: TicketFact | None, **data: Any) -> None:
        """An entry of the audit trail: who is said to have spoken, never what they said."""
        self.draft.operations.append(
            AddEvent(
                what=what,
                ticket_id=ticket.ticket_id if ticket else None,
                actor="other",
                channel=self.message.channel,
                data={"agent": self.speaker.agent.agent_id, **data},
                at=self.now,
            )
        )

    def heard(self, reason: str, writing: TicketFact | None = None, **result: Any) -> Heard:
        """The end of it. ``writing``: their colleagues are shown that they are at this ticket."""
        if writing is not None:
            result["writing"] = shown_writing(self.speaker.agent, writing, self.message.channel)
        return Heard("stored", reason, {"spoken_id": self.spoken_id, **result})


def shown_writing(agent: StaffFact, ticket: TicketFact, channel: str) -> dict[str, Any]:
    """Who is shown to be writing, where: part of a changeset's result."""
    actor = f"agent:{agent.agent_id}"
    return {"number": ticket.number, "who": agent.name, "channel": channel, "actor": actor}
