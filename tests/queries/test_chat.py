"""What was said in a chat session, on both databases: only what the session itself may see."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.store.queries.chat import ANSWER_BYTES, MOST
from shared.messages.changeset import AddMessage, MarkPoint, OpenTicket, PutContact, QueueDelivery
from shared.messages.chat import ChatHistory, ChatQuery
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point, Stored
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Chat:
    """A session with a contact and a ticket of its own."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.session = archive, f"a{uuid4().hex[:26]}"
        self.ticket, self.contact = uuid4().hex, uuid4().hex
        self.at = START

    async def open(self, *points: Point) -> "Chat":
        await self.archive.commit(
            PutContact(contact_id=self.contact, points=[Point(kind="chat", value=self.session), *points]),
            OpenTicket(
                ticket_id=self.ticket, subject="", channel="chat", inbox="web", language="en", created_at=START,
                contact_id=self.contact, customer=self.session,
            ),
        )  # fmt: skip
        return self

    def said(self, text: str, original: Any = None, **fields: Any) -> AddMessage:
        self.at += timedelta(seconds=1)
        kept = None
        if original is not None:
            octets = original if isinstance(original, bytes) else json.dumps(original).encode()
            kept = Stored(sha256="0" * 64, size=len(octets), inline=octets)
        values: dict[str, Any] = {
            "message_id": uuid4().hex, "ticket_id": self.ticket, "direction": "in", "channel": "chat", "inbox": "web",
            "author": Address(address=self.session), "source_id": uuid4().hex, "header_id": f"chat:web:{uuid4().hex}",
            "text": text, "reply_text": text, "created_at": self.at, "original": kept,
        }  # fmt: skip
        return AddMessage(**{**values, **fields})

    def sent(self, text: str, **fields: Any) -> QueueDelivery:
        self.at += timedelta(seconds=1)
        values: dict[str, Any] = {
            "delivery_id": uuid4().hex, "ticket_id": self.ticket, "channel": "chat", "inbox": "web", "kind": "reply",
            "to": [Address(address=self.session)], "text": text, "created_at": self.at,
        }  # fmt: skip
        return QueueDelivery(outbound=Outbound(**{**values, **fields}))

    async def history(self, most: int = 50, inbox: str = "web") -> ChatHistory:
        return await self.archive.ask("chat", ChatQuery(inbox=inbox, session=self.session, most=most), ChatHistory)


async def test_both_sides_come_oldest_first_and_only_the_newest(archive: Archive) -> None:
    chat = await Chat(archive).open()
    for each in range(4):
        await archive.commit(chat.said(f"said {each}"), chat.sent(f"sent {each}"))
    whole = await chat.history()
    assert [each.text for each in whole.said] == [f"said {each}" for each in range(4)]
    assert [each.outbound.text for each in whole.sent] == [f"sent {each}" for each in range(4)]
    assert {each.state for each in whole.sent} == {"queued"}
    assert all(each.outbound.ticket_number > 1000 for each in whole.sent)
    newest = await chat.history(2)
    assert [each.text for each in newest.said] == ["said 2", "said 3"]
    assert [each.outbound.text for each in newest.sent] == ["sent 2", "sent 3"]


async def test_nothing_of_anybody_else_is_shown(archive: Archive) -> None:
    chat = await Chat(archive).open()
    await archive.commit(
        chat.said("by mail", channel="email"),
        chat.said("by another session", author=Address(address="a" * 27)),
        chat.said("in another inbox", inbox="shop"),
        chat.said("a note", direction="internal"),
        chat.sent("to somebody else", to=[Address(address="b" * 27)]),
        chat.sent("by mail", channel="email"),
    )
    assert await chat.history() == ChatHistory()
    assert await Chat(archive).history() == ChatHistory()


@pytest.mark.parametrize(
    ("originals", "points", "address", "certainty"),
    [
        ([{"email": "first@c.example"}, {"email": "last@c.example"}, {"email": ""}], (), "last@c.example", "given"),
        ([{"email": "ana@c.example", "verified": True}], (), "ana@c.example", "verified"),
        ([{"email": "ana@c.example", "verified": "yes"}], (), "ana@c.example", "given"),
        ([b"no json", b"[1]", {"email": 7}], (), None, "none"),
        ([None], ("known@c.example",), "known@c.example", "verified"),
        ([{"email": "given@c.example"}], ("known2@c.example",), "given@c.example", "given"),
        ([None], ("dead@c.example",), None, "none"),
    ],
)
async def test_where_an_answer_goes_when_nobody_is_there(
    archive: Archive, originals: list[Any], points: tuple[str, ...], address: str | None, certainty: str
) -> None:
    prefix = uuid4().hex[:8]
    chat = await Chat(archive).open(*(Point(kind="email", value=prefix + each) for each in points))
    if points == ("dead@c.example",):
        point = Point(kind="email", value=prefix + points[0])
        await archive.commit(MarkPoint(point=point, undeliverable=True, reason="bounced"))
    await archive.commit(*(chat.said("x", original) for original in originals))
    history = await chat.history()
    expected = prefix + address if address in points and address is not None else address
    assert (history.address, history.certainty) == (expected, certainty)


async def test_an_answer_is_never_too_large_for_the_bus(archive: Archive) -> None:
    chat = await Chat(archive).open()
    await archive.commit(*(chat.sent("long " * 20_000) for _ in range(15)))
    history = await chat.history(10_000)
    assert 5 < len(history.sent) < 15
    assert len(history.encode()) <= ANSWER_BYTES + 1000
    assert MOST == 100
