"""``[[escalation]]``: when a ticket is raised to somebody else, by which steps, and who is told."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from shared.messages.parts import Kind
from shared.settings.base import Name, Section
from shared.settings.policy import Conditions, Level, Some, Words
from shared.settings.quantities import Duration, OptionalDuration, split_commas

SlaNews = Literal["warning", "breached"]
LEAD = "lead"
"""Written for whoever leads the ticket's team."""
OPERATORS = "operators"
"""Written for whoever runs the installation."""
MOST_STEPS = 20


class EscalationConditions(Conditions):
    """When a ticket is escalated. All of ``priority``, ``category``, ``team``, ``inbox``, ``contact``, ``kind`` and ``tags`` that are
    stated must hold. Beside them, one of the others must happen, if any is stated: ``angry``: the customer's message has words of
    anger (those of ``[after] angry`` and the built-in ones); ``words``: it has one of these; ``reopened``: it is open again for so
    many times or more; ``unanswered``: the customer waits for an answer for so long, in the escalation's hours; ``sla``: a target is
    warned of or missed; ``rejected``: the customer says that it is not solved; ``dissatisfied``: they are dissatisfied with it. With
    none of these it is escalated as soon as the others hold."""

    kind: Annotated[tuple[Kind, ...], BeforeValidator(split_commas)] = ()
    tags: Some = ()
    angry: bool = False
    words: Words = Field(default_factory=dict)
    reopened: Annotated[int, Field(ge=1)] | None = None
    unanswered: OptionalDuration = None
    sla: Annotated[tuple[SlaNews, ...], BeforeValidator(split_commas)] = ()
    rejected: bool = False
    dissatisfied: bool = False

    @property
    def waits_for_something(self) -> bool:
        """Whether something must happen, beside what the ticket is like."""
        happens = (self.angry, self.words, self.reopened, self.unanswered, self.sla, self.rejected, self.dissatisfied)
        return any(happens)


class EscalationStep(Section):
    """What is done ``after`` so much time, in the escalation's hours. ``to`` is who gets the ticket: a team, an agent's address or
    ``lead``. ``priority`` is what it has at least from then on; ``notify`` are further agents, teams, ``lead`` or ``operators`` who are
    told."""

    after: Duration = timedelta(0)
    to: str = ""
    priority: Level | None = None
    notify: Some = ()

    @model_validator(mode="after")
    def _something(self) -> "EscalationStep":
        if not (self.to or self.priority or self.notify):
            raise ValueError("does nothing; say to whom, which priority, or whom to notify")
        return self


class Escalation(Section):
    """A ladder: its steps are climbed one after the other until somebody answers the customer (``until = "answered"``) or the ticket is
    solved. ``hours`` names the ``[[hours]]`` in which the time of its steps counts and they are climbed (empty: around the clock, holidays
    too). ``tell_customer``: whether the customer is told, once."""

    name: Name
    when: EscalationConditions = EscalationConditions()
    step: Annotated[tuple[EscalationStep, ...], Field(min_length=1, max_length=MOST_STEPS)]
    hours: str = ""
    until: Literal["answered", "solved"] = "answered"
    tell_customer: bool = True

    @model_validator(mode="after")
    def _rising(self) -> "Escalation":
        times = [step.after for step in self.step]
        if times != sorted(times):
            raise ValueError("the steps must come in the order of their times")
        return self
