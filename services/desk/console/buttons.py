"""Buttons that stand once in each row or card: whoever hears the page, and does not see it, hears of which one a button is."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from services.desk.console.asking import ask_sure
from services.desk.console.frame import Frame
from shared.messages.documents import RemoveDocument


def button_of(name: str, words: str, done: Callable[..., Any]) -> ui.button:
    """A button that does something with what is called ``name``; that may come from outside."""
    button = ui.button(words, on_click=done).props("flat dense")
    button.props["aria-label"] = f"{words}: {name}"
    return button


def change_button(frame: Frame, name: str, path: str) -> None:
    """Leads to where it is changed."""
    button_of(name, frame.viewer.t("admin.change"), lambda: frame.go(path))


def remove_button(frame: Frame, name: str, sure: str, removed: RemoveDocument, back: str) -> None:
    """Takes a document away, see `ask_to_remove`."""
    words = frame.viewer.t("admin.remove")
    button_of(name, words, lambda: ask_to_remove(frame, words, sure, removed, back))


def ask_to_remove(frame: Frame, title: str, sure: str, removed: RemoveDocument, back: str) -> None:
    """Ask whether they are sure, have a document taken away, and go to the page ``back``. Whether it may be is the router's to say."""

    async def remove() -> None:
        if await frame.viewer.try_to(removed) is not None:
            frame.go(back)

    ask_sure(frame.viewer, title, sure, remove)
