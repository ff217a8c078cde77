"""API tokens: what other systems come in with."""

import hashlib
import secrets

from nicegui import ui

from services.desk.console.admin import frame as shown
from services.desk.console.asking import ask_sure
from services.desk.console.buttons import button_of
from services.desk.console.frame import Frame
from services.desk.console.viewer import Viewer
from shared.messages.command import CreateToken
from shared.messages.signin import RevokeToken, TokenFact, TokensAnswer, TokensQuery


async def tokens(frame: Frame, place: ui.element) -> None:
    """All tokens, and a form for another one, whose text is shown once."""
    viewer, t = frame.viewer, frame.viewer.t
    found = (await viewer.ask("tokens", TokensQuery(), TokensAnswer)).tokens
    with place, ui.element("section").classes("tl-card"):
        shown.heading(t("admin.tokens.new"))
        with ui.element("div").classes("tl-ad-form"):
            name = ui.input(t("admin.tokens.name")).props("outlined dense")
            roles = {each: shown.role_name(viewer, each) for each in shown.ROLES}
            role = ui.select(roles, label=t("admin.role"), value="agent").props("outlined dense")

            async def make() -> None:
                text = secrets.token_urlsafe(32)
                digest = hashlib.sha256(text.encode()).hexdigest()
                made = CreateToken(name=name.value.strip(), sha256=digest, role=role.value)
                if await viewer.try_to(made) is not None:
                    _once(viewer, name.value.strip(), text)

            ui.button(t("admin.tokens.make"), on_click=make)
    with place, ui.element("section").classes("tl-card"):
        if not found:
            shown.empty(t("admin.tokens.none"))
            return
        heads = [t(f"admin.{each}") for each in ("name", "role", "made")] + [t("admin.tokens.state")]
        rows = [
            (
                each.name,
                shown.role_name(viewer, each.role),
                viewer.moment(each.created_at),
                lambda each=each: _state(frame, each),
            )
            for each in sorted(found, key=lambda token: (token.revoked_at is not None, token.name))
        ]
        shown.table(t("admin.tokens"), heads, rows)


def _once(viewer: Viewer, name: str, text: str) -> None:
    with viewer.client, ui.dialog().props("persistent") as dialog, ui.card().classes("tl-dialog"):
        dialog.props["aria-label"] = viewer.t("admin.tokens.once", name=name)
        ui.label(viewer.t("admin.tokens.once", name=name)).classes("text-h6")
        ui.label(text).classes("tl-ad-secret").props("tabindex=0")
        ui.button(viewer.t("close"), on_click=ui.navigate.reload)
    dialog.open()


def _state(frame: Frame, token: TokenFact) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    if token.revoked_at is not None:
        ui.label(t("admin.tokens.ended", at=viewer.moment(token.revoked_at))).classes("tl-quiet")
        return

    async def end() -> None:
        if await viewer.try_to(RevokeToken(token=token.token_id), t("admin.kept")) is not None:
            ui.navigate.reload()

    with ui.element("div").classes("tl-row"):
        ui.label(t("admin.tokens.counts"))
        words, sure = t("admin.tokens.end"), t("admin.tokens.sure", name=token.name)
        button_of(token.name, words, lambda: ask_sure(viewer, words, sure, end))
