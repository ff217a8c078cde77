"""Deciding about a dead letter that is to be handled again: who may, and what is written down of it. Doing it is the router's service's."""

from dataclasses import dataclass
from datetime import datetime

from services.router.deciding.commands.doing import Doing, cause, fingerprint
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from shared.messages import command as c
from shared.messages.changeset import Changeset
from shared.messages.facts import Facts

_LENGTH = 500


@dataclass(frozen=True)
class Given:
    """A message that was given up: its number, the subject it was published to, and who gave it up, with the last error."""

    id: int
    subject: str
    durable: str
    error: str
    attempts: int


def decide_replay(command: c.Command, letter: Given, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset that says who wanted it; it changes nothing else. The rights were checked."""
    doing = Doing(command, facts, policy, now, Draft())
    about = {"subject": letter.subject[:_LENGTH], "durable": letter.durable[:_LENGTH], "error": letter.error[:_LENGTH]}
    doing.event("dead_letter_replayed", None, dead=letter.id, attempts=letter.attempts, **about)
    return doing.draft.changeset(
        cause(command),
        fingerprint=fingerprint(command),
        result={"dead_id": letter.id, "subject": about["subject"]},
        policy=policy.version,
    )
