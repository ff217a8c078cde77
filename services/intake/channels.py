"""The channels of intake's web part and those that fetch: where each is made. A channel is loaded only when an inbox wants it.

A channel's routes: ``services/intake/<channel>/routes.py`` with ``routes(context, accepting) -> APIRouter``. What fetches or has work in
the background: ``services/intake/<channel>/reader.py`` with ``readers(context, accepting) -> Sequence[ChannelReader]``.
"""

import importlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import APIRouter

from services.intake.accepting import Accepting
from shared.service import Context

MIB = 1024 * 1024


class ChannelReader(Protocol):
    """Work of a channel that no request begins."""

    async def start(self) -> None:
        """Begin; returns at once, whether its provider can be reached or not."""

    async def stop(self) -> None:
        """Finish what is in hand, bounded."""

    def ready(self) -> dict[str, bool]:
        """Checks for readiness; a provider that is away is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some routes: the module they are made in, the channels they are for, and the largest body they take, by the path's beginning."""

    module: str
    channels: frozenset[str]
    paths: tuple[tuple[str, int], ...]


PARTS = (
    # Before the others of Twilio's, whose routes would take its inboxes for unknown ones.
    Part("services.intake.voice.routes", frozenset({"voice"}), (("/hooks/twilio/", MIB // 4),)),
    Part("services.intake.form.routes", frozenset({"form"}), (("/form/", 25 * MIB),)),
    Part("services.intake.telegram.routes", frozenset({"telegram"}), (("/hooks/telegram/", 1 * MIB),)),
    Part("services.intake.twilio.routes", frozenset({"sms", "whatsapp", "messenger"}), (("/hooks/twilio/", MIB // 4),)),
    Part("services.intake.chat.routes", frozenset({"chat"}), (("/chat/", 11 * MIB),)),
    Part("services.intake.api.routes", frozenset({"api"}), (("/api/v1/messages", 32 * MIB),)),
)
"""Routes by channel. The API's are always there: every system may post."""

READERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("services.intake.telegram.reader", frozenset({"telegram"})),
    ("services.intake.twilio.reader", frozenset({"sms", "whatsapp", "messenger"})),
    ("services.intake.voice.reader", frozenset({"voice"})),
)
"""Module with ``readers(context, accepting)``, and the channels whose inboxes it is for."""

ALWAYS = frozenset({"api"})
LARGEST_ELSEWHERE = 1 * MIB


def configured(context: Context, only: Collection[str] = ()) -> frozenset[str]:
    """The channels that have an inbox, those of ``only`` if it names some."""
    found = frozenset(inbox.channel for inbox in context.settings.inbox) | ALWAYS
    return found & frozenset(only) if only else found


def make_routes(context: Context, accepting: Accepting, channels: frozenset[str]) -> list[APIRouter]:
    """The routes of these channels."""
    made: list[APIRouter] = []
    for part in PARTS:
        if part.channels & channels:
            make: Callable[..., Any] = importlib.import_module(part.module).routes
            made.append(make(context, accepting))
    return made


def make_readers(context: Context, accepting: Accepting, channels: frozenset[str]) -> list[ChannelReader]:
    """The readers of these channels."""
    made: list[ChannelReader] = []
    for module, wanted in READERS:
        if wanted & channels:
            make: Callable[..., Sequence[ChannelReader]] = importlib.import_module(module).readers
            made += make(context, accepting)
    return made


def body_limit(path: str) -> int:
    """The largest body, in octets, that is taken at ``path``."""
    return next((size for part in PARTS for start, size in part.paths if path.startswith(start)), LARGEST_ELSEWHERE)
