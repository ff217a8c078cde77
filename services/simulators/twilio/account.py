"""One account at Twilio: its senders, and all it keeps, within bounds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.simulators.errors import WrongScript
from services.simulators.keeping import Bounded, Kept, Shelf, Tally
from services.simulators.twilio.addresses import channel
from services.simulators.twilio.records import Call, Message, Recording

MESSAGES, CALLS = 20_000, 5_000
OptOut = Literal["off", "default", "advanced"]


@dataclass
class Sender:
    """A number or channel address of ours, and where its webhooks go (public URLs)."""

    address: str
    webhook: str = ""
    voice: str = ""
    voice_status: str = ""
    opt_out: OptOut = "default"


@dataclass
class Line:
    """How a person's phone behaves: the states a message to it goes through, and what happens when it rings."""

    progress: tuple[str, ...] = ("queued", "sent", "delivered")
    error: int | None = None
    answer: Literal["completed", "busy", "no-answer", "failed"] = "completed"
    digits: tuple[str, ...] = ()
    recording: bytes = b""
    transcript: str = ""
    seconds: int = 30


@dataclass
class Account:
    sid: str
    token: str
    senders: dict[str, Sender] = field(default_factory=dict)
    lines: Bounded[str, Line] = field(default_factory=lambda: Bounded(MESSAGES))
    messages: Bounded[str, Message] = field(default_factory=lambda: Bounded(MESSAGES))
    calls: Bounded[str, Call] = field(default_factory=lambda: Bounded(CALLS))
    recordings: Bounded[str, Recording] = field(default_factory=lambda: Bounded(CALLS))
    files: Shelf = field(default_factory=Shelf)
    templates: dict[str, str] = field(default_factory=dict)
    sent: Tally[tuple[str, str]] = field(default_factory=Tally)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    last_inbound: Bounded[tuple[str, str], datetime] = field(default_factory=lambda: Bounded(MESSAGES))

    def line(self, address: str) -> Line:
        if address not in self.lines:
            self.lines[address] = Line()
        return self.lines[address]

    def sender_for(self, person: str) -> Sender:
        """The first sender on this person's channel. Raises `WrongScript`."""
        for sender in self.senders.values():
            if channel(sender.address) == channel(person):
                return sender
        raise WrongScript(f"no sender is registered that {person} could write to")

    def keep_file(self, sid: str, kept: Kept) -> None:
        self.files.put(sid, kept)
