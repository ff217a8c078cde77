"""A world in which agents say something: it is planned, and each step is decided and committed, as the router's service has it done."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from services.router.deciding import speech
from services.router.deciding.automation import Automation
from services.router.deciding.commands import decide_command
from services.router.deciding.policy import Policy
from services.router.deciding.speech import Step
from shared.messages.agents import ChoiceFact, Say
from shared.messages.changeset import Changeset
from shared.messages.command import Command
from shared.messages.life import StaffFact
from shared.messages.parts import Attachment, Point
from shared.messages.ticket import MessageView
from shared.settings.macros import Macro
from tests.router.life.sideworld import ANNA, Aside
from tests.router.life.sideworld import policy as sides_policy
from tests.router.world import START

AUDITOR = StaffFact(agent_id="id-ola", email="ola@acme.example", name="Ola Mazur", role="auditor", languages=["pl"])
PHONE = "+48600700800"
FILE = Attachment(filename="a.png", media_type="image/png", size=3, sha256="ab", blob="ab")


@cache
def policy() -> Policy:
    """As in the world of side conversations, with a macro and an inbox to call from."""
    known = sides_policy()
    macro = Macro.model_validate({"name": "night", "title": "Good night", "text": {"en": "We are back tomorrow."}})
    inboxes = {**known.inboxes, "voice": ("desk",)}
    return replace(known, automation=replace(Automation(), macros={"night": macro}), inboxes=inboxes)


@dataclass
class Heard(Aside):
    """Anna says things; the customer's last message is the first one. Her telephone is proven."""

    policy: Policy = field(default_factory=policy)
    agent: str = "id-anna"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.state.staff[AUDITOR.email] = AUDITOR
        point = Point(kind="phone", value=PHONE)
        self.state.choices[ANNA.email] = ChoiceFact(agent_id=ANNA.agent_id, email=ANNA.email, points=[point])

    def command(self, text: str, **more: Any) -> Command:
        """The command that something said is."""
        self.done += 1
        actor = more.pop("actor", f"agent:{self.agent}")
        channel = more.pop("channel", "telegram")
        action = Say.model_validate({"number": 1001, "text": text} | more)
        return Command(
            command_id=f"s{self.done}",
            actor=actor,
            actor_name="Anna Nowak",
            channel=channel,
            at=self.now,
            action=action,
        )

    def planned(self, text: str, **more: Any) -> list[Step]:
        """What is to be done. Raises `Misspoken`."""
        last = MessageView(
            id="m1", direction="in", author="ana@customer.example", channel="email", text="It does not print.",
            reply_text="It does not print.", created_at=START, attachments=[FILE],
        )  # fmt: skip
        steps = speech.plan(
            self.command(text, **more), self.state.model_copy(deep=True), self.policy, self.now, {1001: last}
        )
        return [Step.model_validate_json(step.model_dump_json()) for step in steps]

    def say(self, text: str, **more: Any) -> list[tuple[Step, Changeset | None]]:
        """Have it done. Raises `Misspoken`, and `Refused` for what cannot be done."""
        done: list[tuple[Step, Changeset | None]] = []
        for step in self.planned(text, **more):
            if step.action is None:
                done.append((step, None))
                continue
            self.done += 1
            command = Command(
                command_id=f"s{self.done}",
                actor=f"agent:{self.agent}",
                actor_name="Anna Nowak",
                at=self.now,
                action=step.action,
            )
            changeset = decide_command(command, self.state.model_copy(deep=True), self.policy, self.now)
            assert self.commit(changeset) == "committed"
            done.append((step, changeset))
        return done

    def understood(self, text: str, **more: Any) -> tuple[list[Step], list[dict[str, Any]]]:
        """What is to be done, or the mistakes."""
        try:
            return self.planned(text, **more), []
        except speech.Misspoken as misspoken:
            mistakes: list[dict[str, Any]] = misspoken.result["mistakes"]
            return [], mistakes

    def wrong(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """The mistakes of something said; nothing was done."""
        before = len(self.changesets)
        try:
            self.say(text, **more)
        except speech.Misspoken:
            assert len(self.changesets) == before
            return self.understood(text, **more)[1]
        raise AssertionError("it was understood")
