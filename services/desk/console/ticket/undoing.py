"""Taking an answer back on the page that is shown after it: whoever goes on to the next ticket need not wait for the last one.

Which answer it is stands in the page's address, so that no desk has to remember it; whether it can still be taken back the store knows.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from nicegui import ui

from services.desk.console.frame import Frame
from services.desk.console.mount import PREFIX
from services.desk.console.ticket.asking import refusal
from services.desk.console.ticket.pieces import plain
from services.desk.console.viewer import Viewer
from services.desk.errors import Away, DeskError
from shared.clock import now
from shared.messages.waiting import LONGEST, TakeBack

Back = Callable[[], Awaitable[None]]
PARAMETER: Final = "sent"
_GIVEN: Final = re.compile(r"(\d{1,9})\.([0-9a-f]{1,64})\.(\d{1,11})")


@dataclass(frozen=True)
class Sent:
    """An answer in the ticket ``number`` that is sent ``at`` that time."""

    number: int
    waiting_id: str
    at: datetime

    def query(self) -> str:
        """As it stands in an address."""
        return f"?{PARAMETER}={self.number}.{self.waiting_id}.{int(self.at.timestamp())}"


def sent_in(written: str) -> Sent | None:
    """What stands in an address; null for what is none, or over, or further ahead than any answer waits."""
    found = _GIVEN.fullmatch(written)
    if found is None:
        return None
    at = datetime.fromtimestamp(min(int(found[3]), 2**33), UTC)
    if not timedelta(0) < at - now() <= timedelta(seconds=LONGEST):
        return None
    return Sent(int(found[1]), found[2], at)


def counting(words: str, over: str, until: datetime) -> None:
    """``words`` with the seconds that are left for ``{seconds}``, counted down in the browser (`look/undo.js`); ``over`` afterwards."""
    left = max(0, round((until - now()).total_seconds()))
    shown = plain(words.replace("{seconds}", str(left)) if left else over, "tk-counting")
    # In seconds from now: the reader's clock may be wrong.
    shown.props["data-left"], shown.props["data-words"], shown.props["data-over"] = str(left), words, over


def load() -> None:
    """What counts down; for a page's head."""
    ui.add_head_html(f'<script defer src="{PREFIX}/look/undo.js"></script>')


async def take_back(viewer: Viewer, number: int, waiting_id: str) -> dict[str, Any]:
    """Have an answer not sent; gives the command's result. The same wish is the same command, so that nobody loses its words who did not
    hear whether it was done. Raises `services.desk.errors.DeskError`."""
    action, key = TakeBack(number=number, waiting_id=waiting_id), f"take back {waiting_id}"
    try:
        return await viewer.do(action, key)
    except Away as error:
        if not error.unsure:
            raise
        return await viewer.do(action, key)


def offer(frame: Frame) -> Back | None:
    """Offer to take back what was sent on the page before; gives what does so, null where nothing was sent."""
    viewer = frame.viewer
    sent = sent_in(str(viewer.client.request.query_params.get(PARAMETER, "")))
    if sent is None or not viewer.may("agent"):
        return None
    load()
    ui.add_head_html(f'<link rel="stylesheet" href="{PREFIX}/look/undo.css">')
    with ui.element("div").classes("tk-undo").props("role=status data-goes") as bar:
        number = f"T-{sent.number}"
        words = viewer.t("ticket.sending_elsewhere", number=number, seconds="{seconds}")
        counting(words, viewer.t("ticket.sent_elsewhere", number=number), sent.at)

        async def back() -> None:
            try:
                await take_back(viewer, sent.number, sent.waiting_id)
            except DeskError as error:
                viewer.say(refusal(viewer, error), "warning")
                with viewer.client:
                    bar.set_visibility(False)
                return
            frame.go(f"/ticket/{number}")

        ui.button(viewer.t("ticket.do.take_back"), icon="undo", on_click=back).props("dense").classes("tk-back")
    frame.keys.bind("Z", viewer.t("ticket.do.take_back"), back)
    return back
