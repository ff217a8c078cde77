"""What understanding a command needs and gives: who speaks, what is to be done, and what cannot be understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from services.router.deciding.commands.doing import Refused
from services.router.deciding.policy import Policy
from shared.messages.agents import Say
from shared.messages.base import Record
from shared.messages.command import Action, Command
from shared.messages.facts import Facts, TicketFact
from shared.messages.life import StaffFact
from shared.messages.ticket import MessageView
from shared.speech import moment_of
from shared.speech.moments import MORNING
from shared.texts import LANGUAGES, text
from shared.texts.languages import agents_language
from shared.texts.moments import moment, zone_of

MOST_SHOWN = 12
"""Of what is possible, so many are named."""


class Step(Record):
    """One thing to do: the command's name (``reply`` and ``note`` for words that belong to none), the line it stands in, its ticket, the
    action (null: nothing changes), and what is said of it when it is done."""

    name: str
    line: int
    number: int
    action: Action | None = None
    detail: str = ""


@dataclass(frozen=True)
class Wrong:
    """A mistake, with what was probably meant, and in words of the agent's language."""

    line: int
    word: str
    why: str
    near: str | None
    detail: str


class Misspoken(Refused):
    """What was written cannot be understood as a whole: nothing is done. ``result`` is the command's."""

    def __init__(self, number: int, wrong: Sequence[Wrong], detail: str) -> None:
        told = [
            {"line": each.line, "word": each.word, "why": each.why, "near": each.near, "detail": each.detail}
            for each in wrong
        ]
        super().__init__("invalid", detail, {"number": number, "mistakes": told})


class NotMeant(Exception):
    """A command whose words mean nothing: ``why`` names a text of ``speech.wrong``, ``near`` is what was probably meant, ``possible`` what
    is."""

    def __init__(self, why: str, /, near: str | None = None, possible: Sequence[str] = (), **variables: object) -> None:
        super().__init__(why)
        self.why, self.near, self.possible, self.variables = why, near, list(possible)[:MOST_SHOWN], variables


@dataclass(frozen=True)
class Speaking:
    """Who says what, and all that may be known for it. ``agent`` is null where no agent speaks (an API token). ``last``: the customer's
    last message of tickets of which it is to be forwarded; ``answer``: the words that belong to no command."""

    command: Command
    say: Say
    facts: Facts
    policy: Policy
    now: datetime
    agent: StaffFact | None
    last: Mapping[int, MessageView] = field(default_factory=dict)
    answer: str = ""

    @property
    def language(self) -> str:
        """The agent's: the first of theirs that there are texts in, else the company's."""
        return language_of(self.agent, self.policy)

    @property
    def timezone(self) -> str:
        """That of the agent's working hours, else the company's."""
        hours = self.policy.calendars.get(self.agent.hours) if self.agent and self.agent.hours else None
        return hours.timezone if hours is not None else self.policy.record.timezone

    def words(self, key: str, **variables: object) -> str:
        """A text in the agent's language."""
        return text(f"speech.{key}", self.language, default=LANGUAGES[0], **variables)

    def to_customer(self, ticket: TicketFact, key: str) -> str:
        """A text that the customer of a ticket may read, in their language."""
        default = self.policy.languages[0] if self.policy.languages else LANGUAGES[0]
        return text(f"speech.{key}", ticket.language, default=default)

    def moment(self, words: str, default: time = MORNING) -> datetime:
        """The moment that words mean, still to come and within a year. Raises `NotMeant`."""
        at = moment_of(words, self.now, zone_of(self.timezone), self.language, default)
        if at is None:
            raise NotMeant("time", name=cut(words))
        if at <= self.now:
            raise NotMeant("past", when=self.shown(at))
        if (at - self.now).days > 366:
            raise NotMeant("far", when=self.shown(at))
        return at

    def shown(self, at: datetime) -> str:
        """A moment on the agent's clock."""
        return moment(at, self.timezone)

    def seen_at(self, number: int) -> datetime | None:
        """When they last saw the ticket that they talk about; of another one nobody knows."""
        return self.say.seen_at if number == self.say.number else None

    def ticket(self, number: int) -> TicketFact:
        """The ticket of that number. Raises `NotMeant`."""
        ticket = self.facts.tickets.get(self.facts.numbers.get(number, ""))
        if ticket is None:
            raise NotMeant("ticket", ticket=f"T-{number}")
        return ticket


def agent_of(command: Command, facts: Facts) -> StaffFact | None:
    """The agent who speaks, by our records; null for whoever is none."""
    kind, _, agent_id = command.actor.partition(":")
    if kind != "agent":
        return None
    return next((each for each in facts.staff.values() if each.agent_id == agent_id), None)


def language_of(agent: StaffFact | None, policy: Policy) -> str:
    """The language in which an agent is spoken to."""
    return agents_language(agent.languages if agent else (), policy.languages)


def cut(words: str, most: int = 60) -> str:
    """What somebody wrote, short enough to be shown back."""
    line = " ".join(words[: most * 4].split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
