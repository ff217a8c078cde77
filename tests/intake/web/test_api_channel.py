"""``POST /api/v1/messages`` over real HTTP, down to the ticket."""

import asyncio
import base64
from typing import Any

import httpx
import pytest

from services.intake.backlog import Backlog
from tests.intake.web.conftest import TOKEN, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

MESSAGE: dict[str, Any] = {
    "id": "order-7/1",
    "from": {"name": "Ana", "address": "ana@Customer.Example"},
    "subject": "Order 7",
    "text": "Where is it?",
}


async def post(house: House, body: Any, *, token: str | None = TOKEN, **headers: str) -> httpx.Response:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return await house.http.post("/api/v1/messages", json=body, headers=headers)


async def test_a_posted_message_becomes_a_ticket(house: House) -> None:
    answer = await post(house, {**MESSAGE, "conversation": "order 7", "language": "hr-HR"})
    assert answer.status_code == 202
    assert answer.json()["duplicate"] is False
    inbound = await house.published(answer.json()["source_id"])
    assert (inbound.channel, inbound.inbox, inbound.subject, inbound.text) == ("api", "shop", "Order 7", "Where is it?")
    assert inbound.from_ is not None
    assert inbound.from_.address == "ana@customer.example"
    assert inbound.message_id == "api:shop:shop:order-7%2F1"
    assert inbound.conversation == "api:shop:shop:order%207"
    assert (inbound.language, inbound.language_confidence) == ("hr", 1.0)
    assert inbound.original is not None
    assert b'"order-7/1"' in (inbound.original.inline or b"")
    async with asyncio.timeout(60):
        while await house.tickets() == 0:
            await asyncio.sleep(0.02)


async def test_the_same_id_again_is_the_same_message(house: House) -> None:
    body = {**MESSAGE, "id": "twice"}
    first, second = await post(house, body), await post(house, body)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["source_id"] == second.json()["source_id"]
    assert second.json()["duplicate"] is True
    assert (await house.refused("shop"))["duplicate: bus"] >= 1


async def test_an_idempotency_key_stands_in_for_an_id(house: House) -> None:
    body = {key: value for key, value in MESSAGE.items() if key != "id"}
    same = [(await post(house, body, **{"Idempotency-Key": "k1"})).json()["source_id"] for _ in range(2)]
    other = [(await post(house, body)).json()["source_id"] for _ in range(2)]
    assert len({*same, *other}) == 3


async def test_two_systems_may_use_the_same_ids(house: House) -> None:
    await house.create_token("forum", "a-token-of-the-forum")
    first = await post(house, {**MESSAGE, "id": "1"})
    second = await post(house, {**MESSAGE, "id": "1"}, token="a-token-of-the-forum")
    assert first.json()["source_id"] != second.json()["source_id"]


async def test_html_is_made_safe_and_gives_the_text(house: House) -> None:
    html = "<p>Hello <b>there</b></p><script>alert(1)</script><img src='http://tracker.example/x.png'>"
    answer = await post(house, {"from": {"phone": "+385 91 234 5678"}, "html": html})
    inbound = await house.published(answer.json()["source_id"])
    assert "Hello" in inbound.text
    assert "script" not in (inbound.html or "")
    assert ' src="http' not in (inbound.html or "")
    assert [(each.kind, each.value) for each in inbound.points] == [("phone", "+385912345678")]


async def test_attachments_are_kept(house: House) -> None:
    content = bytes(range(256)) * 200
    file = {
        "filename": "../../data.bin",
        "media_type": "application/x-data",
        "content": base64.encodebytes(content).decode(),
    }
    answer = await post(house, {**MESSAGE, "id": "file", "attachments": [file]})
    assert answer.status_code == 202, answer.text
    inbound = await house.published(answer.json()["source_id"])
    (attachment,) = inbound.attachments
    assert inbound.original is not None
    assert b'"data.bin"' in (inbound.original.inline or b"")
    assert (attachment.filename, attachment.media_type, attachment.size) == (
        "data.bin",
        "application/x-data",
        len(content),
    )
    assert await house.contexts["intake"].blobs.get(attachment.blob or "") == content


SENDER = {"from": {"address": "a@b.example"}}
WRONG: list[tuple[str, Any, str]] = [
    ("nobody", {"text": "x"}, "/from"),
    ("a sender who cannot be reached", {"from": {"name": "Ann"}, "text": "x"}, "/from"),
    ("no mail address", {"from": {"address": "ann"}, "text": "x"}, "/from/address"),
    ("an address with a line", {"from": {"address": "a@b.example\r\nBcc: c@d.example"}, "text": "x"}, "/from/address"),
    ("no number", {"from": {"phone": "12"}, "text": "x"}, "/from/phone"),
    ("nothing said", SENDER, ""),
    ("an unknown field", {**SENDER, "text": "x", "channel": "email"}, "/channel"),
    ("a claim to authority", {**SENDER, "text": "x", "authentication": {"dkim": "pass"}}, "/authentication"),
    ("no Base64", {**SENDER, "text": "x", "attachments": [{"content": "%%%"}]}, "/attachments/0/content"),
    ("too many files", {**SENDER, "text": "x", "attachments": [{"content": ""}] * 21}, "/attachments"),
    ("an inbox that is not there", {**SENDER, "text": "x", "inbox": "moon"}, "/inbox"),
    ("an inbox of another channel", {**SENDER, "text": "x", "inbox": "support"}, "/inbox"),
    ("a subject of two lines", {**SENDER, "text": "x", "subject": "a\nb"}, "/subject"),
    ("no message at all", [], ""),
    ("a NUL", {**SENDER, "text": "a\0b"}, "/text"),
]


@pytest.mark.parametrize(("body", "field"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
async def test_what_cannot_be_taken_is_named(house: House, body: Any, field: str) -> None:
    answer = await post(house, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [each["field"] for each in answer.json()["errors"]]


async def test_without_a_good_token_nothing_is_taken_and_the_ledger_knows(house: House) -> None:
    before = (await house.refused("shop")).get("refused: signature", 0)
    missing = await post(house, MESSAGE, token=None)
    unknown = await post(house, MESSAGE, token="guessed")
    for answer in (missing, unknown):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert (await house.refused("shop"))["refused: signature"] == before + 2


async def test_what_is_no_json_is_said_to_be_none(house: House) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    assert (await house.http.post("/api/v1/messages", content=b"{", headers=headers)).status_code == 400
    headers["Content-Type"] = "text/plain"
    assert (await house.http.post("/api/v1/messages", content=b"{}", headers=headers)).status_code == 415
    headers["Content-Type"] = "application/json"
    assert (await house.http.post("/api/v1/messages", content=b'"\\ud800"', headers=headers)).status_code in (400, 422)


async def test_over_the_backlog_the_other_system_is_asked_to_come_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backlog, "over", True)  # as it is told; the figure itself is looked up anew each second
    answer = await post(house, MESSAGE)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert (await house.refused("shop"))["refused: backlog"] >= 1


# The last of all: for a minute nobody from here is looked up any more.
async def test_a_guesser_is_slowed_down_and_a_known_token_still_works(house: House) -> None:
    assert (await post(house, {**MESSAGE, "id": "before guesses"})).status_code == 202
    answers = [(await post(house, MESSAGE, token=f"guess-{number}")).status_code for number in range(25)]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert (await post(house, {**MESSAGE, "id": "after guesses"})).status_code == 202
