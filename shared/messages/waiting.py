"""Answers that wait a few seconds before they are sent, so that whoever wrote them can take them back.

A ticket remembers them (`WAITING` in its state) until they are sent or taken back, whatever ends meanwhile; nothing of an answer is done
before it is sent, so nothing has to be undone. One that could not be sent when its time came stays, with the reason.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from shared.identity import derive
from shared.messages.base import Record
from shared.messages.parts import Attachment

WAITING: Final = "waiting"
"""What a ticket remembers of them (in its state): by id ``command`` (the `Command` that sends it), ``send_at`` and ``stopped``."""
ANSWER_TIMER: Final = "answer"
"""The kind of timer that wakes the router for one."""
LONGEST: Final = 60
"""Seconds that an answer waits at most."""


class WaitingView(Record):
    """An answer that waits until ``send_at``. ``by`` is who wrote it, as in the audit trail, ``status`` what the ticket becomes by it
    (empty: nothing else), ``channel`` and ``to`` are empty where it goes the usual way. ``stopped`` says why it was not sent when its time
    came: it stays until somebody takes it back. ``why`` is the same as the router names it (`shared.texts.whynot`), if it does."""

    id: str
    by: str
    name: str = ""
    text: str = ""
    channel: str = ""
    to: list[str] = Field(default_factory=list)
    cc: list[str] = Field(default_factory=list)
    bcc: list[str] = Field(default_factory=list)
    attachments: list[Attachment] = Field(default_factory=list)
    status: str = ""
    send_at: datetime
    stopped: str = ""
    why: dict[str, str] | None = None


class TakeBack(Record):
    """The answer ``waiting_id`` of the ticket ``number`` is not to be sent: its words go to the draft of the agent who takes it back, in
    front of what stands there. Refused with ``conflict`` for one that does not wait any more; the detail says whether it has been sent.
    The result has the ``answer``, a `WaitingView`."""

    do: Literal["take_back"] = "take_back"
    number: int
    waiting_id: str


def sending_id(waiting_id: str) -> str:
    """The id of the command that sends it: there is one, however often it is tried."""
    return derive("command", waiting_id, "goes")


def message_of(waiting_id: str) -> str:
    """The id of the message that it becomes."""
    return derive("message", sending_id(waiting_id))


def waiting_views(state: Mapping[str, Any] | None) -> list[WaitingView]:
    """The answers that wait in a ticket, by what it remembers; the next to go first."""
    held: Mapping[str, Any] = (state or {}).get(WAITING) or {}
    return sorted((_view(waiting_id, each) for waiting_id, each in held.items()), key=lambda view: view.send_at)


def _view(waiting_id: str, held: Mapping[str, Any]) -> WaitingView:
    command = held["command"]
    action = command["action"]
    names = ("text", "to", "cc", "bcc", "attachments")
    return WaitingView.model_validate(
        {name: action[name] for name in names if name in action}
        | {
            "id": waiting_id,
            "by": command["actor"],
            "name": command.get("actor_name", ""),
            "channel": action.get("channel") or "",
            "status": action.get("status") or "",
            "send_at": held["send_at"],
            "stopped": held.get("stopped", ""),
            "why": held.get("why"),
        }
    )
