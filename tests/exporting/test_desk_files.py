"""The register and one ticket as files over HTTP and in two copies, with a real router and store behind."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import pytest_asyncio

from services.desk import register
from services.desk.gate import Gate
from shared.messages.parts import Attachment
from shared.messages.ticket import AgentView, EventView, MessageView, TicketView
from shared.register import ticketpdf
from shared.register.cells import Wording
from shared.register.document import internal
from tests.desk.house import TOKEN, House, running, until
from tests.exporting.reading import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running(tmp_path_factory.mktemp("house")) as house:
        yield house


async def opened(house: House, **more: Any) -> str:
    body = {"subject": "Pump", "text": "It leaks.", "contact": "ana@customer.example", "name": "Ana"} | more
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def exported(house: House, **query: str) -> bytes:
    answer = await house.api.get("/api/v1/register", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="register.{query.get("format", "csv")}"'
    return answer.content


async def test_the_register_is_downloaded_in_every_format_and_nothing_stays_behind(house: House) -> None:
    number = await opened(house, subject="=SUM(A1) żółć")
    rows = list(csv.DictReader(io.StringIO((await exported(house)).decode("utf-8-sig"), newline="")))
    assert any(row["Number"] == number and row["Subject"] == "'=SUM(A1) żółć" for row in rows)
    sheet = openpyxl.load_workbook(io.BytesIO(await exported(house, format="xlsx", number=number))).active
    assert sheet is not None
    found = dict(zip([cell.value for cell in sheet[1]], [cell.value for cell in sheet[2]], strict=True))
    assert (found["Number"], found["Subject"], found["Customer"]) == (number, "=SUM(A1) żółć", "Ana")
    assert sheet.max_row == 2
    assert f"{number} =SUM(A1) żółć" in " ".join(text_of(await exported(house, format="pdf", number=number)).split())
    assert (await exported(house, format="docx", number=number)).startswith(b"PK")
    before = await exported(house, until=(NOW - timedelta(days=1)).isoformat())
    assert len(before.decode().splitlines()) == 1
    assert not list(Path(house.data).glob(".register-*"))


async def test_too_many_registers_at_a_time_are_told_to_come_again(house: House) -> None:
    assert await exported(house)
    state = house.desk.app.state.registers
    for _ in range(register.AT_ONCE):
        await state.acquire()
    try:
        answer = await house.api.get("/api/v1/register")
    finally:
        for _ in range(register.AT_ONCE):
            state.release()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert await exported(house)


async def test_a_register_that_nobody_waits_for_any_more_is_not_written_to_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await opened(house, subject=f"Left {number}")
    monkeypatch.setattr(register, "_LINES", 1)
    asked, left, gate = 0, asyncio.Event(), Gate.answer

    async def slowly(self: Gate, name: str, query: Any) -> bytes:
        """The store's answer, of which the second comes when the caller has gone."""
        nonlocal asked
        asked += 1
        if asked == 2:
            writer.close()
            await left.wait()
        return await gate(self, name, query)

    monkeypatch.setattr(Gate, "answer", slowly)
    port = int(house.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /api/v1/register HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    assert await reader.read() == b""
    await writer.wait_closed()
    left.set()

    async def over() -> bool:
        return not house.desk.app.state.registers.locked() and not list(Path(house.data).glob(".register-*"))

    await until(over)
    assert asked < 4


@pytest.mark.parametrize("query", ["format=odt", "number=x", "since=soon"])
async def test_what_is_no_register_is_refused(house: House, query: str) -> None:
    assert (await house.api.get(f"/api/v1/register?{query}")).status_code == 422


async def test_the_customers_copy_holds_what_they_saw_and_nothing_internal(house: House) -> None:
    number = await opened(house)
    path = f"/api/v1/tickets/{number}"
    posts: list[tuple[str, dict[str, Any]]] = [
        ("replies", {"text": "We send a new pump."}),
        ("notes", {"text": "SECRET-NOTE"}),
        ("promises", {"what": "A new pump", "due": (NOW + timedelta(days=2)).isoformat()}),
        ("actions", {"what": "SECRET-ACTION", "department": "technical", "requested_at": (NOW - timedelta(hours=1)).isoformat(),
                     "evidence": [{"note": "SECRET-EVIDENCE"}]}),
        ("side-conversations", {"channel": "email", "to": "supplier@other.example", "text": "SECRET-SIDE", "subject": "SECRET-SUBJECT"}),
        ("calls", {"direction": "in", "who": "Ana", "what": "SECRET-CALL", "at": (NOW - timedelta(hours=1)).isoformat()}),
    ]  # fmt: skip
    for where, body in posts:
        answer = await house.api.post(f"{path}/{where}", json=body)
        assert answer.status_code in (200, 201), (where, answer.text)
    assert (
        await house.api.patch(path, json={"root_cause": "SECRET-CAUSE", "assignee": "secret-agent@acme.example"})
    ).status_code == 200
    copies = {}
    for copy in ("customer", "internal"):
        answer = await house.api.get(f"{path}/document", params={"copy": copy})
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/pdf"
        assert b"SECRET" not in answer.content
        copies[copy] = " ".join(text_of(answer.content).split())
    assert "Customer's copy" in copies["customer"]
    for said in (number, "We send a new pump.", "A new pump; due"):
        assert said in copies["customer"]
        assert said in copies["internal"]
    for secret in ("NOTE", "ACTION", "EVIDENCE", "SIDE", "SUBJECT", "CALL", "CAUSE"):
        assert f"SECRET-{secret}" not in copies["customer"]
        assert f"SECRET-{secret}" in copies["internal"] or secret == "SUBJECT"
    for hidden in ("secret-agent", "supplier@other", "token", "technical"):
        assert hidden not in copies["customer"]
    assert "internal note" in copies["internal"]
    assert "opened token:tests" in copies["internal"]


async def test_a_ticket_that_is_not_there_or_not_the_customers_has_no_document(house: House) -> None:
    assert (await house.api.get("/api/v1/tickets/T-999999/document")).status_code == 404
    number = await opened(house)
    assert (await house.api.post(f"/api/v1/tickets/{number}/spam", json={})).status_code == 200
    assert (await house.api.get(f"/api/v1/tickets/{number}/document?copy=customer")).status_code == 404
    assert (await house.api.get(f"/api/v1/tickets/{number}/document")).status_code == 200


@pytest.mark.parametrize(
    ("language", "opened", "solved", "imported"),
    [
        ("en", "opened", "status open → solved", "imported from a register"),
        ("pl", "otwarto", "status otwarte → rozwiązane", "zaimportowano z rejestru"),
        ("hr", "otvoreno", "status otvoreno → riješeno", "uvezeno iz registra"),
    ],
)
async def test_a_tickets_history_is_told_in_the_companys_language_and_by_names(
    language: str, opened: str, solved: str, imported: str
) -> None:
    def event(what: str, actor: str, **data: str) -> EventView:
        return EventView(id=what, what=what, actor=actor, data=data, at=NOW)

    events = [
        event("ticket_opened", "token:crm"),
        event("ticket_imported", "operator"),
        event("status_changed", "agent:7", **{"from": "open", "to": "solved"}),
        event("a_new_thing", "agent:gone", to="x"),
    ]
    ticket = TicketView(id="t", number="T-7", subject="S", status="open", priority="normal", channel="email", inbox="support",
                        language="en", created_at=NOW, updated_at=NOW, messages=[], events=events)  # fmt: skip
    agents = [AgentView(id="7", email="anna@acme.example", name="Anna Nowak", role="agent")]
    made = internal(ticket, "Acme", Wording(language, ZoneInfo("UTC")), agents)
    said = [each.about.split("  ", 1)[1].casefold() for each in made.sections[1][1]]
    assert said == [
        f"{opened}  token:crm", f"{imported}  operator", f"{solved}  anna nowak", "a new thing  agent:gone",
    ]  # fmt: skip


async def test_a_ticket_of_very_long_words_is_whole_on_paper(tmp_path: Path) -> None:
    message = MessageView(id="m", direction="in", author="Ana", channel="email", text="", reply_text="", created_at=NOW)
    many = [message.model_copy(update={"text": f"{place} " + "word " * 500}) for place in range(40)]
    many[3].attachments = [Attachment(filename="photo.jpg")]
    ticket = TicketView(id="t", number="T-7", subject="S", status="open", priority="normal", channel="email", inbox="support",
                        language="en", created_at=NOW, updated_at=NOW, messages=many)  # fmt: skip
    wording = Wording("en", ZoneInfo("UTC"))
    ticketpdf.write(tmp_path / "t.pdf", internal(ticket, "Acme", wording), wording, NOW)
    said = text_of((tmp_path / "t.pdf").read_bytes())
    assert said.count("word") == 40 * 500
    assert "Files: photo.jpg" in said
    assert "page 10" in said
