"""The console as an application: all its pages, and the styles they share. Importing this loads NiceGUI; see `mount`."""

from importlib import import_module
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from nicegui import app as framework
from nicegui import ui

from services.desk.console import frame, quicker
from services.desk.console.mount import PREFIX
from services.desk.console.parts import Parts

PAGES: Final = (
    "tickets",
    "ticket",
    "opening",
    "quarantine",
    "contacts",
    "articles",
    "categories",
    "reports",
    "reviews",
    "checklists",
    "improvements",
    "operations",
    "admin",
    "preferences",
)
_LOOK: Final = Path(__file__).parent / "look"


def build(parts: Parts) -> FastAPI:
    """The application; its lifespan starts and stops NiceGUI. It serves everything below `PREFIX`."""
    frame.use(parts)
    quicker.use()
    for name in PAGES:
        if (Path(__file__).parent / "pages" / f"{name}.py").exists() or (
            Path(__file__).parent / "pages" / name
        ).exists():
            import_module(f"services.desk.console.pages.{name}")
    framework.add_static_files("/look", _LOOK)
    outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    ui.run_with(
        outer,
        title=parts.settings.company.name,
        mount_path=PREFIX,
        binding_refresh_interval=None,
        # Somebody in a lift comes back to the page they left.
        reconnect_timeout=20.0,
        message_history_length=200,
        show_welcome_message=False,
        tailwind=False,
        gzip_middleware_factory=None,
    )
    return outer
