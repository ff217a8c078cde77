"""Customers' texts, as they come by each channel in each language, with example values."""

from typing import Final

from nicegui import ui

from services.desk.console.admin import frame as shown
from services.desk.console.admin.views import CHANNELS, Preview, preview, templates
from services.desk.console.frame import Frame
from services.desk.console.viewer import Viewer
from shared.texts import expected, text
from shared.texts.languages import LANGUAGES, OWN_NAMES

_HOURS: Final = 8 * 3600


def overview(frame: Frame, place: ui.element) -> None:
    """All texts of a channel and a language."""
    viewer, t = frame.viewer, frame.viewer.t
    chosen = {"language": viewer.language, "channel": "email"}
    with place:
        with ui.element("div").classes("tl-row tl-ad-filter"):
            languages = ui.select(dict(OWN_NAMES), label=t("admin.texts.language"), value=viewer.language)
            channels = ui.select(
                {each: t(f"channel.{each}") for each in CHANNELS}, label=t("admin.texts.channel"), value="email"
            )
        listed = ui.element("div").classes("tl-ad-grid")

        def draw() -> None:
            listed.clear()
            with listed:
                for name in templates():
                    made = preview(name, chosen["language"], chosen["channel"], examples(viewer, chosen["language"]))  # type: ignore[arg-type]
                    if made is not None:
                        _card(viewer, name, made, chosen["channel"])

        def change(key: str, value: str) -> None:
            chosen[key] = value
            draw()

        for key, field in (("language", languages), ("channel", channels)):
            field.props("outlined dense").classes("tl-field")
            field.on_value_change(lambda event, key=key: change(key, event.value))
        draw()


def examples(viewer: Viewer, language: str) -> dict[str, str]:
    """A customer, a ticket and an agent that there could be."""
    settings = viewer.parts.settings
    base = settings.company.public_url or "https://support.example.com"
    return {
        "company": settings.company.name,
        "ticket": "T-1001",
        "subject": text("console.admin.example.subject", language),
        "expected": str(text_of_hours(language)),
        "closing": str(text_of_hours(language)),
        "agent": viewer.public_name or viewer.principal.name,
        "name": "Ana",
        "customer": "Ana",
        "url": f"{base}/t/…",
        "link": f"{base}/t/…",
        "code": "123456",
        "solution": text("console.admin.example.solution", language),
        "details": "- model",
        "list": "- model",
    }


def text_of_hours(language: str) -> str:
    """ "Within eight hours", as acknowledgements say it."""
    return str(expected(language if language in LANGUAGES else LANGUAGES[0], _HOURS))


def _card(viewer: Viewer, name: str, made: Preview, channel: str) -> None:
    brand = viewer.parts.settings.branding
    with ui.element("article").classes("tl-card"):
        shown.heading(name)
        if channel == "email":
            with ui.element("div").classes("tl-ad-mail"):
                ui.element("div").classes("tl-ad-brand").style(f"background: {brand.colour}")
                ui.label(made.subject).classes("tl-ad-mailhead")
                ui.label(made.words).classes("tl-ad-words")
            return
        ui.label(made.words).classes("tl-ad-words tl-ad-bubble")
        if made.segments is not None:
            words = viewer.t("admin.texts.segments", count=made.segments.count, encoding=made.segments.encoding)
            ui.label(words).classes("tl-quiet")
