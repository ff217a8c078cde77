"""Whoever has a page open: who they are, how they like to read, and their way to ask and to have things done."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal
from nicegui import Client, ui

from services.desk.commanding import refusal_of
from services.desk.console.parts import Parts
from services.desk.errors import DeskError, Refused
from services.desk.gate import Gate
from services.desk.tokens import Principal
from shared.clock import now
from shared.documents.preferences import Preferences
from shared.identity import derive
from shared.messages.base import Versioned
from shared.messages.command import Action, Command
from shared.texts import text
from shared.texts.whynot import why_not

Answer = TypeVar("Answer", bound=Versioned)
RANK: Final = {"auditor": 0, "agent": 1, "lead": 2, "admin": 3}


@lru_cache(maxsize=4096)
def _short(local: datetime, today: date, language: str) -> str:
    """Remembered, because a list that changes is mostly drawn with the same times again."""
    if local.date() == today:
        return format_time(local, "short", locale=language)
    pattern = "d MMM" if local.year == today.year else "d MMM y"
    return format_date(local.date(), pattern, locale=language)


@dataclass
class Viewer:
    """One person at one open page."""

    parts: Parts
    principal: Principal
    preferences: Preferences
    client: Client
    language: str
    zone: ZoneInfo
    signature: str = ""
    public_name: str = ""
    correlation_id: str = field(default_factory=lambda: uuid4().hex[:16])

    @property
    def gate(self) -> Gate:
        """The way to store and router."""
        return self.parts.backend.gate

    @property
    def actor(self) -> str:
        """As commands name them."""
        return f"agent:{self.principal.agent_id}"

    def may(self, least: str) -> bool:
        """Whether their role is at least this one (auditor, agent, lead, admin)."""
        return RANK[self.principal.role] >= RANK[least]

    # -- words and times ------------------------------------------------------------------------------------------------------

    def t(self, key: str, /, **variables: Any) -> str:
        """A text of the catalogue in their language; a key of the console may leave its first word out (``list.title``)."""
        return text(key if key.startswith("console.") else f"console.{key}", self.language, **variables)

    def moment(self, at: datetime | None) -> str:
        """A time with its day, as they read it; empty for none."""
        return format_datetime(at.astimezone(self.zone), "medium", locale=self.language) if at else ""

    def short(self, at: datetime | None) -> str:
        """Today's times without their day, others without the time; empty for none."""
        if at is None:
            return ""
        return _short(
            at.astimezone(self.zone).replace(second=0, microsecond=0), now().astimezone(self.zone).date(), self.language
        )

    def day(self, day: date | None) -> str:
        """A day; empty for none."""
        return format_date(day, "medium", locale=self.language) if day else ""

    def ago(self, at: datetime | None) -> str:
        """How long ago, or in how long: "3 hours ago", "in 2 days"; empty for none."""
        return format_timedelta(at - now(), add_direction=True, locale=self.language, threshold=0.95) if at else ""

    def figure(self, value: float) -> str:
        """A number with their separators."""
        return format_decimal(value, locale=self.language)

    # -- asking and doing -----------------------------------------------------------------------------------------------------

    async def ask(self, name: str, query: Versioned, answer: type[Answer]) -> Answer:
        """The store's answer. Raises `services.desk.errors.DeskError`."""
        return await self.gate.query(name, query, answer)

    async def do(self, action: Action, key: str | None = None) -> dict[str, Any]:
        """Have something done; the same ``key`` twice is done once. Gives the command's result.

        Raises `Refused` (with its ``kind``), `Away` and the rest of `services.desk.errors`.
        """
        done = await self.gate.command(
            Command(
                command_id=derive("command", self.principal.agent_id, key or uuid4().hex),
                actor=self.actor,
                actor_name=self.principal.name,
                public_name=self.public_name,
                signature=self.signature,
                channel="desk",
                at=now(),
                action=action,
                correlation_id=self.correlation_id,
            )
        )
        if done.error == "forbidden":
            self.parts.refused(self.principal, action.do, done.detail)
        if done.error is not None:
            refused = refusal_of(done)
            if isinstance(refused, Refused) and isinstance(why := done.result.get("why"), dict):
                refused.extra["why"] = why
            raise refused
        return done.result

    async def try_to(self, action: Action, said: str = "", key: str | None = None) -> dict[str, Any] | None:
        """As `do`, but says on the page what came of it: ``said`` when it was done, why not otherwise (null)."""
        try:
            result = await self.do(action, key)
        except DeskError as error:
            self.complain(error)
            return None
        if said:
            self.say(said)
        return result

    def say(self, words: str, kind: str = "positive") -> None:
        """Tell them something in passing."""
        with self.client:
            ui.notify(words, type=kind, position="bottom-left", timeout=4_000)  # type: ignore[arg-type]

    def why_not(self, error: DeskError) -> str:
        """Why something was refused: in their language where the router names a text for it, else as it says it."""
        told = why_not(error.extra.get("why"), self.language) if isinstance(error, Refused) else ""
        return told or str(error)

    def complain(self, error: DeskError) -> None:
        """Tell them why something was not done."""
        detail = self.why_not(error)
        if isinstance(error, Refused) and error.kind == "moved-on":
            detail = self.t("error.moved_on")
        with self.client:
            ui.notify(
                detail or self.t("error.away"),
                type="negative",
                position="bottom-left",
                timeout=8_000,
                close_button=True,
            )
