"""Which messages of Telegram's an `Outbound` takes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.notifier.telegram.parts import Unsendable, compose, keyboard
from shared.messages.outbound import Button, Outbound
from shared.messages.parts import Address, Attachment

PNG = Attachment(filename="a.png", media_type="image/png", size=10, blob="0" * 64)
PDF = Attachment(filename="a.pdf", media_type="application/pdf", size=10, blob="1" * 64)


def outbound(**fields: Any) -> Outbound:
    values = {"delivery_id": "d" * 32, "channel": "telegram", "inbox": "bot", "kind": "reply", "ticket_number": 1001}
    to = [Address(address="501")]
    return Outbound(**{**values, "to": to, "created_at": datetime.now(UTC), **fields})


def test_texts_come_first_then_files_and_the_buttons_under_the_last() -> None:
    message = outbound(attachments=[PNG, PDF], buttons=[Button(label="Da", data="solved:1001:yes")])
    parts = compose(message, "x" * 5000)
    assert [part.kind for part in parts] == ["text", "text", "photo", "document"]
    assert [bool(part.buttons) for part in parts] == [False, False, False, True]


def test_a_picture_too_large_for_a_photo_goes_as_a_file() -> None:
    (part,) = compose(outbound(attachments=[PNG.model_copy(update={"size": 11_000_000})]), "")
    assert part.kind == "document"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, " "),
        ({}, "x" * 4096 * 21),
        ({"attachments": [PDF.model_copy(update={"size": 51_000_000})]}, "x"),
        ({"buttons": [Button(label="x", data="x" * 65)]}, "x"),
        ({"buttons": [Button(label=" ", data="x")]}, "x"),
    ],
    ids=["nothing", "far too long", "too large a file", "too much data", "no label"],
)
def test_what_telegram_would_refuse_is_not_begun(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(Unsendable):
        compose(outbound(**fields), words)


def test_short_labels_share_a_row() -> None:
    scores = [Button(label=str(score), data=f"score:1001:{score}") for score in range(1, 6)]
    asked = [Button(label="Yes, everything works", data="y"), Button(label="No, please look again", data="n")]
    assert [len(row) for row in keyboard([*scores, *asked])] == [5, 1, 1]
