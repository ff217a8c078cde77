"""``/console/new``: a ticket by hand, for what came by telephone, by letter or over the counter, or from one department to another."""

from typing import Any, Final
from uuid import uuid4

from nicegui import ui

from services.desk.console.frame import Frame, page
from shared.messages.command import OpenByHand

_WAYS: Final = ("voice", "visit", "letter", "email", "sms", "other")
_CHANNEL: Final = {"voice": "voice", "sms": "sms"}


@page("/new", "nav.new", least="agent")
async def opening(frame: Frame) -> None:
    """The page."""
    viewer = frame.viewer
    t = viewer.t
    given: dict[str, Any] = {"way": "voice", "internal": False}
    key = uuid4().hex  # a second click opens no second ticket
    fields: dict[str, ui.input | ui.textarea] = {}

    def field(name: str, *, long: bool = False) -> None:
        fields[name] = (
            (ui.textarea if long else ui.input)(t(f"opening.{name}")).props("outlined dense").classes("full-width")
        )

    async def open_it() -> None:
        missing = [name for name in ("subject", "text") if not fields[name].value.strip()]
        if not given["internal"] and not fields["contact"].value.strip():
            missing.append("contact")
        for name, each in fields.items():
            each.props(remove="error error-message")
            if name in missing:
                each.props["error"], each.props["error-message"] = True, t("opening.needed")
        if missing:
            return
        way = given["way"]
        contact = fields["contact"].value.strip()
        channel = _CHANNEL.get(way, "email" if "@" in contact else "voice")
        made = await viewer.try_to(
            OpenByHand(
                subject=fields["subject"].value.strip(),
                text=fields["text"].value.strip(),
                contact="" if given["internal"] else contact,
                name=fields["name"].value.strip(),
                channel=channel,
                received_by=viewer.principal.email,
                received_via=way if way in ("visit", "letter", "other") else "",
                internal=given["internal"],
            ),
            key=key,
        )
        if made is not None:
            frame.go(f"/ticket/{made['number']}")

    with ui.element("h1"):
        ui.label(t("nav.new"))
    with ui.element("section").classes("tl-card tl-form"):
        ui.select({each: t(f"opening.way.{each}") for each in _WAYS}, label=t("opening.way"), value="voice").props(
            "outlined dense"
        ).on_value_change(lambda event: given.update(way=event.value))
        ui.switch(t("opening.internal")).on_value_change(lambda event: given.update(internal=bool(event.value)))
        field("contact")
        field("name")
        field("subject")
        field("text", long=True)
        ui.button(t("opening.open"), on_click=open_it)
