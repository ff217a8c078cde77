"""``/console/quarantine``: what was held back and why, to be looked at as plain text, let out or discarded."""

from nicegui import ui

from services.desk.console.asking import ask_text
from services.desk.console.buttons import button_of
from services.desk.console.frame import Frame, page
from services.desk.console.links import link
from shared.messages.command import Discard, Release
from shared.messages.quarantine import HeldAnswer, HeldQuery, HeldView, QuarantinePage, QuarantineQuery


@page("/quarantine", "nav.quarantine")
async def quarantine(frame: Frame, n: int = 1) -> None:
    """The page."""
    viewer = frame.viewer
    found = await viewer.ask("quarantine", QuarantineQuery(page=n), QuarantinePage)
    with ui.element("h1"):
        ui.label(viewer.t("nav.quarantine"))
    ui.label(viewer.t("quarantine.about")).classes("tl-quiet")
    if not found.items:
        ui.label(viewer.t("quarantine.empty")).classes("tl-empty")
        return
    with ui.element("div").classes("tl-stack"):
        for held in found.items:
            _held(frame, held)
    with ui.element("div").classes("tl-row"):
        if n > 1:
            link(viewer.t("list.newer"), f"/console/quarantine?n={n - 1}")
        if found.total > n * 50:
            link(viewer.t("list.older"), f"/console/quarantine?n={n + 1}")


def _held(frame: Frame, held: HeldView) -> None:
    viewer = frame.viewer
    with ui.element("article").classes("tl-card") as card:
        with ui.element("h2"):
            ui.label(held.subject or viewer.t("list.no_subject"))
        with ui.element("div").classes("tl-row tl-quiet"):
            ui.label(held.sender or viewer.t("list.unknown"))
            ui.label(f"{viewer.t(f'channel.{held.channel}')} · {held.inbox}")
            ui.label(viewer.moment(held.received_at))
        ui.label(viewer.t("quarantine.why", rule=held.reason.rule, evidence=held.reason.evidence)).classes("tl-why")
        words = ui.element("div")
        with ui.element("div").classes("tl-row"):
            name = held.subject or viewer.t("list.no_subject")
            button_of(name, viewer.t("quarantine.look"), lambda: _look(frame, held, words))
            if viewer.may("agent"):
                button_of(name, viewer.t("quarantine.release"), lambda: _release(frame, held, card))
                discard, reason = viewer.t("quarantine.discard"), viewer.t("quarantine.reason")
                button_of(
                    name,
                    discard,
                    lambda: ask_text(viewer, discard, reason, lambda why: _discard(frame, held, why, card)),
                )


async def _look(frame: Frame, held: HeldView, words: ui.element) -> None:
    viewer = frame.viewer
    found = await viewer.ask("held", HeldQuery(id=held.id), HeldAnswer)
    words.clear()
    with words:
        if found.content is None:
            ui.label(viewer.t("quarantine.gone"))
            return
        ui.label(found.content.text or viewer.t("quarantine.no_text")).classes("tl-plain")
        for attachment in found.content.attachments:
            ui.label(
                f"📎 {attachment.filename} · {attachment.media_type} · {viewer.figure(attachment.size)} B"
            ).classes("tl-quiet")


async def _release(frame: Frame, held: HeldView, card: ui.element) -> None:
    viewer = frame.viewer
    result = await viewer.try_to(Release(held_id=held.id))
    if result is not None:
        number = result.get("number")
        viewer.say(viewer.t("quarantine.released", ticket=f"T-{number}" if number is not None else "–"))
        card.delete()


async def _discard(frame: Frame, held: HeldView, reason: str, card: ui.element) -> None:
    if (
        await frame.viewer.try_to(Discard(held_id=held.id, reason=reason), frame.viewer.t("quarantine.discarded"))
        is not None
    ):
        card.delete()
