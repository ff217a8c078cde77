"""Webhooks: those of the configuration, and those that are made here; what each was told lately, and what it could not be told."""

import asyncio
from typing import Final

from nicegui import ui
from pydantic import ValidationError

from services.desk import webhooks
from services.desk.console.admin import frame as shown
from services.desk.console.asking import ask_sure
from services.desk.console.buttons import ask_to_remove, button_of, change_button
from services.desk.console.frame import Frame
from services.desk.console.links import link, open_path
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError, Unprocessable
from services.desk.webhooks import WebhookShown, WebhookWritten
from shared.documents.webhook import WEBHOOK
from shared.messages.automation import FailedHook, FailedHooks, FailedHooksQuery, ReplayDelivery, TestWebhook
from shared.messages.documents import RemoveDocument
from shared.secrets.hooks import new_secret

NEW: Final = "new"
SHOWN: Final = 50
LATELY: Final = 20
_UNDER_WAY: Final = ("queued", "sending")
_LOOK: Final = 0.4  # seconds
_LOOKS: Final = 30


async def overview(frame: Frame, place: ui.element, chosen: str) -> None:
    """All of them, and the one that is ``chosen`` (``new``: none yet) with what it was told, to be changed."""
    viewer, t = frame.viewer, frame.viewer.t
    found = await webhooks.known(viewer.parts.backend, viewer.parts.settings)
    picked = next((each for each in found if each.name == chosen), None)
    failed = await viewer.ask("webhooks", FailedHooksQuery(waiting=True, per_page=SHOWN), FailedHooks)
    with place:
        if viewer.may("admin") and (chosen == NEW or (picked is not None and picked.source == "desk")):
            _form(frame, picked)
        if picked is not None:
            await _told(frame, picked.name)
        if not found:
            shown.empty(t("admin.webhooks.none"))
        with ui.element("div").classes("tl-ad-grid"):
            for hook in found:
                _card(frame, hook)
        _failed(frame, failed.items)


def _card(frame: Frame, hook: WebhookShown) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    with ui.element("article").classes("tl-card"):
        shown.heading(hook.name)
        with ui.element("div").classes("tl-row"):
            ui.label(t(f"admin.from.{hook.source}")).classes("tl-chip")
            ui.label(t("admin.webhooks.on" if hook.on else "admin.webhooks.off")).classes("tl-chip")
        if hook.hidden:
            ui.label(t("admin.webhooks.hidden")).classes("tl-quiet")
        listed = [("url", hook.url), ("events", ", ".join(hook.events)), ("include", ", ".join(hook.include))]
        shown.facts([(key, value) for key, value in listed if value])
        with ui.element("div").classes("tl-row"):
            path = f"/admin/webhooks?name={hook.name}"
            button_of(hook.name, t("admin.webhooks.lately"), lambda: frame.go(path))
            if viewer.may("admin") and hook.source == "desk":
                change_button(frame, hook.name, path)
            if viewer.may("admin") and not hook.hidden:
                button_of(hook.name, t("admin.webhooks.test"), lambda: _try(viewer, hook.name))


async def _try(viewer: Viewer, name: str) -> None:
    """Tell it of nothing, and say what came of it."""
    done = await viewer.try_to(TestWebhook(name=name))
    if done is None:
        return
    viewer.say(viewer.t("admin.webhooks.testing", name=name), "info")
    query = FailedHooksQuery(webhook=name, every=True, per_page=LATELY)
    for _ in range(_LOOKS):
        await asyncio.sleep(_LOOK)
        try:
            items = (await viewer.ask("webhooks", query, FailedHooks)).items
        except DeskError as error:
            viewer.complain(error)
            return
        told = next((each for each in items if each.id == done["delivery_id"]), None)
        if told is not None and (told.state not in _UNDER_WAY or told.error):
            well = told.state not in (*_UNDER_WAY, "failed", "unknown")
            words = "admin.webhooks.test.well" if well else "admin.webhooks.test.failed"
            viewer.say(viewer.t(words, name=name, error=told.error), "positive" if well else "negative")
            return
    viewer.say(viewer.t("admin.webhooks.test.waits", name=name), "warning")


# -- changing -----------------------------------------------------------------------------------------------------------------


def _form(frame: Frame, hook: WebhookShown | None) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    with ui.element("section").classes("tl-card"):
        shown.heading(hook.name if hook is not None else t("admin.webhooks.new"))
        with ui.element("div").classes("tl-ad-form"):
            name = ui.input(t("admin.webhooks.name"), value=hook.name if hook is not None else "")
            name.props("outlined dense maxlength=64" + (" readonly" if hook is not None else ""))
            url = ui.input(t("admin.webhooks.url"), value=hook.url if hook is not None else "")
            url.props("outlined dense type=url placeholder=https://crm.example.com/trunkline")
            events = ui.input(t("admin.webhooks.events"), value=", ".join(hook.events) if hook is not None else "*")
            events.props("outlined dense")
            ui.label(t("admin.webhooks.events.about")).classes("tl-quiet")
            include = ui.switch(t("admin.webhooks.include"), value=bool(hook.include) if hook is not None else True)
            on = ui.switch(t("admin.webhooks.switch"), value=hook.on if hook is not None else True)
            secret = ui.input(t("admin.webhooks.secret" if hook is None else "admin.webhooks.secret.keep"))
            secret.props("outlined dense autocomplete=off maxlength=200")

            async def keep() -> None:
                made = new_secret() if hook is None and not secret.value else None
                try:
                    body = WebhookWritten(
                        url=(url.value or "").strip(),
                        events=[each.strip() for each in (events.value or "").split(",") if each.strip()],
                        include=["ticket"] if include.value else [],
                        on=bool(on.value),
                        secret=made or secret.value or None,
                        seen=hook.revision if hook is not None else 0,
                    )
                except ValidationError as error:
                    viewer.say(shown.said_of(error), "negative")
                    return
                await _keep(frame, (name.value or "").strip(), body, made)

            with ui.element("div").classes("tl-row"):
                shown.keep_buttons(frame, keep, "/admin/webhooks")
                if hook is not None:
                    _further(frame, hook)


async def _keep(frame: Frame, name: str, body: WebhookWritten, made: str | None) -> None:
    viewer, backend = frame.viewer, frame.viewer.parts.backend
    try:
        before = next(iter(await webhooks.kept(backend, name)), None) if body.seen and name else None
        sealed = str(before.body.get("sealed", "")) if before is not None else ""
        saved = webhooks.written(name, body, viewer.parts.settings, backend.keyring, sealed)
    except Unprocessable as error:
        viewer.say(f"{error.field.removeprefix('/')}: {error}", "negative")
        return
    except DeskError as error:
        viewer.complain(error)
        return
    if await viewer.try_to(saved, viewer.t("admin.kept")) is None:
        return
    if made is not None:
        _once(viewer, name, made)
    else:
        frame.go("/admin/webhooks")


def _further(frame: Frame, hook: WebhookShown) -> None:
    """Another secret, and taking it away."""
    viewer, t = frame.viewer, frame.viewer.t

    async def another() -> None:
        secret = new_secret()
        try:
            before = next(iter(await webhooks.kept(viewer.parts.backend, hook.name)), None)
        except DeskError as error:
            viewer.complain(error)
            return
        if before is not None:
            saved = webhooks.renewed(before, secret, viewer.parts.backend.keyring)
            if await viewer.try_to(saved) is not None:
                _once(viewer, hook.name, secret)

    renew, renewing = t("admin.webhooks.renew"), t("admin.webhooks.renew.sure", name=hook.name)
    ui.button(renew, on_click=lambda: ask_sure(viewer, renew, renewing, another)).props("flat")
    remove, removing = t("admin.remove"), t("admin.webhooks.sure", name=hook.name)
    removed = RemoveDocument(kind=WEBHOOK, id=hook.name)
    ui.button(remove, on_click=lambda: ask_to_remove(frame, remove, removing, removed, "/admin/webhooks")).props("flat")


def _once(viewer: Viewer, name: str, secret: str) -> None:
    """Show a secret, this once."""
    words = viewer.t("admin.webhooks.once", name=name)
    with viewer.client, ui.dialog().props("persistent") as dialog, ui.card().classes("tl-dialog"):
        dialog.props["aria-label"] = words
        ui.label(words).classes("text-h6")
        ui.label(secret).classes("tl-ad-secret").props("tabindex=0")
        ui.button(viewer.t("close"), on_click=lambda: open_path("/console/admin/webhooks"))
    dialog.open()


# -- what was told ------------------------------------------------------------------------------------------------------------


async def _told(frame: Frame, name: str) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    query = FailedHooksQuery(webhook=name, every=True, per_page=LATELY)
    found = await viewer.ask("webhooks", query, FailedHooks)
    with ui.element("section").classes("tl-card"):
        shown.heading(t("admin.webhooks.told", name=name))
        if not found.items:
            ui.label(t("admin.webhooks.told.none")).classes("tl-empty")
            return
        heads = [t(f"admin.webhooks.{each}") for each in ("when", "event", "ticket", "state", "error")]
        rows = [
            (
                viewer.short(each.updated_at),
                each.event,
                lambda each=each: _ticket(each),
                t(f"admin.webhooks.state.{each.state}") if each.state in _STATES else each.state,
                f"{each.error} ({viewer.figure(each.attempts)})" if each.error else "",
            )
            for each in found.items
        ]
        shown.table(t("admin.webhooks.told", name=name), heads, rows)


_STATES: Final = ("queued", "sending", "accepted", "failed", "unknown", "cancelled")


def _ticket(each: FailedHook) -> None:
    if each.ticket:
        link(each.ticket, f"/console/ticket/{each.ticket.removeprefix('T-')}")


def _failed(frame: Frame, items: list[FailedHook]) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    if not items:
        ui.label(t("admin.webhooks.well")).classes("tl-empty")
        return
    with ui.element("section").classes("tl-card").style("margin-top: 1rem"):
        shown.heading(t("admin.webhooks.failed"))
        heads = [t(f"admin.webhooks.{each}") for each in ("hook", "event", "ticket", "error", "again")]
        rows = [
            (
                each.webhook,
                each.event,
                lambda each=each: _ticket(each),
                f"{each.error or each.state} ({viewer.figure(each.attempts)})",
                lambda each=each: _again(viewer, each.id) if each.state in ("failed", "unknown") else None,
            )
            for each in items
        ]
        shown.table(t("admin.webhooks.failed"), heads, rows)


def _again(viewer: Viewer, delivery_id: str) -> None:
    async def again() -> None:
        if await viewer.try_to(ReplayDelivery(delivery_id=delivery_id), viewer.t("admin.webhooks.asked")) is not None:
            ui.navigate.reload()

    ui.button(viewer.t("admin.webhooks.again"), on_click=again).props("flat dense")
