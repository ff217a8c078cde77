"""An old register imported into a house: each row a ticket with its dates, in silence, as often as one likes; and our own export comes
back as it went."""

import asyncio
import csv
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from services.composition.importing.register import command as importing
from services.composition.importing.register.lines import Reader
from services.composition.importing.register.mapping import Mapping
from services.composition.importing.register.rejecting import Rejected
from services.composition.importing.register.source import Source
from services.composition.importing.register.taking import Taking
from shared.bus import rpc, subjects
from shared.clock import now
from shared.messages.command import Command, CommandResult
from shared.messages.facts import Facts, FactsRequest
from shared.messages.importing import ImportTicket
from shared.messages.parts import Attachment, Point
from shared.messages.record import EnquiryMade, HandOver, RegisterLine, RegisterPage, RegisterQuery
from shared.messages.ticket import Evidence, Satisfaction, TicketAnswer, TicketQuery, TicketView
from shared.register.cells import Wording, values
from shared.register.formats import Style, begun
from shared.settings.record import COLUMNS
from tests.desk.house import House, running
from tests.exporting.test_record_csv import entry
from tests.system.processes import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")
ZONE = ZoneInfo("Europe/Warsaw")
AT = datetime(2024, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running(tmp_path_factory.mktemp("register")) as built:
        yield built


async def take(house: House, path: Path, mapping: Mapping | None = None) -> importing.Told:
    """Import a register; gives what became of it."""
    source = Source.of(path, mapping or Mapping(), True)
    told = importing.Told()
    with source.opened() as (table, _):
        reader = Reader(table, source.mapping, ZONE, now())
        rejected = Rejected(path, table.headings)
        taking = Taking(house.contexts["operator"].bus, ZONE, lambda _: None)
        async with asyncio.timeout(60):
            await importing.take(taking, importing.Step(reader, lambda _: None), rejected, told)
        rejected.close()
    return told


async def look(house: House, path: Path) -> importing.Told:
    source, told = Source.of(path, Mapping(), True), importing.Told()
    with source.opened() as (table, _):
        reader = Reader(table, source.mapping, ZONE, now())
        taking = Taking(house.contexts["operator"].bus, ZONE, lambda _: None)
        await importing.look(taking, importing.Step(reader, lambda _: None), told)
    return told


async def ask(house: House, query: str, payload: bytes) -> bytes:
    return await rpc.request(house.contexts["operator"].bus, subjects.query(query), payload)


async def exported(house: House) -> list[RegisterLine]:
    return RegisterPage.decode(await ask(house, "register", RegisterQuery().encode())).lines


async def count(house: House) -> int:
    """How many lines the register has."""
    return RegisterPage.decode(await ask(house, "register", RegisterQuery(limit=1).encode())).total or 0


async def every(house: House) -> list[RegisterLine]:
    """All of the register, page by page."""
    found, query = [], RegisterQuery()
    while True:
        page = RegisterPage.decode(await ask(house, "register", query.encode()))
        found += page.lines
        if page.next is None:
            return found
        query = query.model_copy(update={"after": page.next})


async def found(house: House, words: str) -> list[dict[str, Any]]:
    answer = await house.api.get("/api/v1/tickets", params={"q": words})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return list(body["items"])


async def ticket(house: House, number: int) -> TicketView:
    view = TicketAnswer.decode(await ask(house, "ticket", TicketQuery(number=number).encode())).ticket
    assert view is not None
    return view


def written(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


EVIDENCE = Evidence(note="photo", files=[Attachment(filename="a.jpg")], by="Ewa", at=AT)
SHOWN = {"evidence": [EVIDENCE.model_dump(mode="json")]}
WHEN = "2024-03-02T09:00:00Z"


def full(number: int) -> RegisterLine:
    """A complaint of which everything is known."""
    asked = {"what": "Exchange the pump;\nsoon", "department": "Service", "requested_at": WHEN}
    return RegisterLine(
        number=number, received_at=AT, received_via="letter", received_by="Ewa", customer="Ana Horvat",
        points=[Point(kind="email", value="ana@customer.example"), Point(kind="phone", value="+48600100200")],
        subject="=Pump leaks", product="Pump 3", kind="complaint", priority="high", status="closed",
        problem="It leaks.\nBadly; see photo", details="Bought in May", impact="-production stands", evidence=[EVIDENCE, Evidence(of="m1")],
        team="Service", assignee="Jan Nowak",
        hand_overs=[HandOver(at=AT, to="Service"), HandOver(at=AT + DAY, was="Service", to="Depot", reason="no part: sorry")],
        entries=[
            entry("action", data=asked | SHOWN, done_at=AT + DAY),
            entry("action", data=asked),
            entry("promise", data={"what": "A new pump", "kept": True, "moved": [{"from": WHEN, "reason": "no part"}]} | SHOWN,
                  due_at=AT + 2 * DAY, done_at=AT + DAY),
            entry("promise", data={"what": "A call (soon)", "kept": False}, due_at=AT),
            entry("task", data={"what": "Order", "owner": "Ewa"}, due_at=AT + DAY),
            entry("call", data={"direction": "out", "who": "Ana", "what": "Agreed: fine.", "at": WHEN}),
            entry("contact", data={"direction": "in", "way": "letter", "who": "", "what": "Thanks.", "at": WHEN}),
        ],
        enquiries=[EnquiryMade(at=AT + DAY, channel="sms")],
        solution="Exchanged", solved_at=AT + DAY, solved_by="Jan", tested="It ran a day", tested_by="Ewa", root_cause="Seal",
        preventive_action="Other seals", preventive_owner="Piotr", preventive_due=AT + 9 * DAY, preventive_verified_at=AT + 8 * DAY,
        preventive_verified_by="Ewa", closed_at=AT + 3 * DAY, customer_confirmed_at=AT + 2 * DAY,
        satisfaction=Satisfaction(score=4, words="Good, but slow"),
    )  # fmt: skip


def export(path: Path, lines: Sequence[RegisterLine], format: str, language: str) -> list[list[Any]]:
    """Our own export of these lines; gives what stands in it but for the numbers."""
    wording = Wording(language, ZONE)
    file = begun(format, path, Style(COLUMNS, wording, "Acme", AT, ";"))
    rows = [values(line, COLUMNS, wording) for line in lines]
    for row in rows:
        file.write(row)
    file.close()
    return [row[1:] for row in rows]


@pytest.mark.parametrize(("format", "language", "number"), [("csv", "en", 71), ("xlsx", "pl", 72), ("csv", "hr", 73)])
async def test_our_own_export_comes_back_as_it_went(
    house: House, tmp_path: Path, format: str, language: str, number: int
) -> None:
    before = {line.number for line in await exported(house)}
    path = tmp_path / f"register.{format}"
    went = export(path, [full(number)], format, language)
    told = await take(house, path, Mapping(name=f"{format} {language}"))
    assert (told.opened, told.bad, told.problems) == (1, 0, [])
    come = [line for line in await exported(house) if line.number not in before]
    assert export(tmp_path / f"again.{format}", come, format, language) == went
    view = await ticket(house, come[0].number)
    assert f"old:T-{number}" in view.tags
    assert come[0].number in [int(str(each["number"]).removeprefix("T-")) for each in await found(house, f"T-{number}")]


ROWS = [
    ["Nr", "Datum", "E-Mail", "Betreff", "Beschreibung", "Lager"],
    ["R-1", "02.03.2019", "jo@customer.example", "Kaputt", "Das Gerät\nläuft nicht", "Regal 7"],
    ["R-2", "31.02.2019", "jo@customer.example", "Falscher Tag", "x", ""],
    ["R-3", "3.4.2019 10:30", "other@customer.example", "Laut", "y", "Regal 9"],
]


async def test_a_register_is_imported_in_silence_and_only_once(house: House, tmp_path: Path) -> None:
    path = written(tmp_path / "old.csv", ROWS)
    assert (await look(house, path)).opened == 2
    told = await take(house, path)
    assert (told.opened, told.known, told.bad) == (2, 0, 1)
    assert told.problems == ["row 3, Datum: '31.02.2019' is no day or time that there is"]
    (row,) = list(csv.DictReader((tmp_path / "old.csv.rejected.csv").open(encoding="utf-8-sig")))
    assert [row["trunkline: row"], row["Nr"], row["Datum"], row["Betreff"]] == [
        "3",
        "R-2",
        "31.02.2019",
        "Falscher Tag",
    ]
    again = await take(house, path)
    assert (again.opened, again.known, again.bad) == (0, 2, 1)
    assert len(list(tmp_path.glob("*.rejected*"))) == 1  # it would say the same once more
    mended = (tmp_path / "old.csv.rejected.csv").read_text("utf-8-sig").replace("31.02.2019", "28.02.2019")
    (tmp_path / "old.csv.rejected.csv").write_text(mended)
    assert (await take(house, path)).bad == 1
    assert (tmp_path / "old.csv.rejected.csv").read_text() == mended  # nobody's mending is written over
    assert "31.02.2019" in (tmp_path / "old.csv.rejected-2.csv").read_text("utf-8-sig")
    assert (await take(house, tmp_path / "old.csv.rejected.csv")).opened == 1
    seen = await look(house, path)
    assert (seen.opened, seen.known, seen.bad) == (0, 2, 1)

    (one,) = await found(house, "Regal 7")  # what has no column of its own is found in the note
    view = await ticket(house, int(one["number"].removeprefix("T-")))
    assert (view.status, view.subject, view.problem) == ("closed", "Kaputt", "Das Gerät\nläuft nicht")
    assert view.created_at == view.closed_at == datetime(2019, 3, 1, 23, tzinfo=UTC)
    assert set(view.tags) == {"imported", "old:R-1"}
    assert [(message.direction, message.text) for message in view.messages] == [
        (
            "internal",
            "Nr: R-1\nDatum: 02.03.2019\nE-Mail: jo@customer.example\nBetreff: Kaputt\n"
            "Beschreibung: Das Gerät\nläuft nicht\nLager: Regal 7",
        )
    ]


async def test_an_open_row_stays_open_and_starts_nothing(house: House, tmp_path: Path) -> None:
    due = f"{now() + DAY:%Y-%m-%d}"
    rows = [
        ["Number", "Received", "Email", "Subject", "State", "Promises to the customer"],
        ["O-1", "2024-03-02", "new@customer.example", "Still leaks", "open", f"A call; due {due} 10:00; still open"],
    ]
    assert (await take(house, written(tmp_path / "open.csv", rows))).opened == 1
    (one,) = await found(house, "O-1")
    number = int(one["number"].removeprefix("T-"))
    view = await ticket(house, number)
    assert (view.status, view.deliveries, [event.what for event in view.events]) == ("open", [], ["ticket_imported"])
    assert (view.first_response_due, view.next_response_due, view.resolution_due) == (None, None, None)
    assert [(entry.kind, entry.due_at is not None) for entry in view.entries] == [("promise", True)]
    bus = house.contexts["operator"].bus
    facts = await rpc.request(bus, subjects.STORE_FACTS, FactsRequest(timers_of=[number]).encode())
    assert Facts.decode(facts).timers == {}


async def test_a_row_of_a_known_number_that_says_something_else_is_rejected_and_not_lost(
    house: House, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", [["Number", "Subject"], ["K-1", "First"]])
    assert (await take(house, path)).opened == 1
    path = written(tmp_path / "b.csv", [["Number", "Subject"], ["K-1", "Another"], ["K-2", "x"], ["K-2", "y"]])
    told = await take(house, path)
    assert (told.opened, told.bad) == (1, 2)
    assert "was imported before" in " ".join(told.problems)
    rows = list(csv.DictReader((tmp_path / "b.csv.rejected.csv").open(encoding="utf-8-sig")))
    assert sorted(row["Subject"] for row in rows) == ["Another", "y"]
    assert (await take(house, path, Mapping(name="2020"))).opened == 2  # another register begins its numbers anew


async def test_our_own_export_opens_no_second_tickets_in_the_house_that_it_comes_from(
    house: House, tmp_path: Path
) -> None:
    new = {"subject": "A ticket of ours", "text": "It hums.", "contact": "ana@customer.example"}
    number = int((await house.api.post("/api/v1/tickets", json=new)).json()["number"].removeprefix("T-"))
    (mine,) = [line for line in await exported(house) if line.number == number]
    # Of another house, by the same number: received at another time.
    other = mine.model_copy(update={"received_at": mine.received_at - DAY})
    for format in ("csv", "xlsx"):
        path = tmp_path / f"own.{format}"
        export(path, [mine], format, "en")
        seen, told = await look(house, path), await take(house, path)
        assert (seen.opened, seen.known, seen.ours) == (told.opened, told.known, told.ours) == (0, 1, 1)
        assert told.bad == 0
    # A day is a time in Excel, too.
    day = written(tmp_path / "day.csv", [["Number", "Received", "Subject"], ["DAY-1", "2019-03-02", "Of a day"]])
    assert (await take(house, day)).opened == 1
    export(tmp_path / "day.xlsx", [line for line in await exported(house) if line.subject == "Of a day"], "xlsx", "pl")
    assert (await take(house, tmp_path / "day.xlsx")).ours == 1
    path = tmp_path / "other.csv"
    export(path, [other], "csv", "en")
    told = await take(house, path)
    assert (told.opened, told.known, told.ours) == (1, 0, 0)


class Importing:
    """`trunkline import` as an operator runs it, against this house."""

    def __init__(self, house: House, *arguments: str) -> None:
        self._settings = {
            "TRUNKLINE_BUS__URL": house.server.url("operator"),
            "TRUNKLINE_TIMEZONE": "Europe/Warsaw",
            "PYTHONPATH": str(ROOT),
        }
        self._arguments = ("import", *arguments)

    async def begin(self) -> asyncio.subprocess.Process:
        base = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services", *self._arguments, env=base | self._settings, cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def done(self) -> str:
        process = await self.begin()
        out, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return out.decode()


async def test_an_import_that_was_killed_goes_on_where_it_was_and_nothing_comes_twice(
    house: House, tmp_path: Path
) -> None:
    rows = [["Number", "Received", "Email", "Subject"]]
    rows += [[f"Q-{n}", "2019-03-02 10:00", f"q{n}@customer.example", f"Old matter {n}"] for n in range(150)]
    path = written(tmp_path / "long.csv", rows)
    before = await count(house)
    killed = await Importing(house, str(path)).begin()
    try:
        async with asyncio.timeout(60):
            while await count(house) == before and killed.returncode is None:
                await asyncio.sleep(0.005)
    finally:
        killed.kill()
        await killed.wait()
    assert 0 < await count(house) - before < 150
    said = await Importing(house, str(path)).done()
    # What was on its way when it was killed may have come after.
    opened, known = (int(found[1]) for found in re.finditer(r"(?:opened|known already): (\d+)\n", said))
    assert (opened + known, opened > 0, known > 0, "rejected: 0\n" in said) == (150, True, True, True)
    assert await count(house) == before + 150
    subjects_found = [line.subject for line in await every(house) if line.subject.startswith("Old matter")]
    assert sorted(subjects_found) == sorted(f"Old matter {n}" for n in range(150))


async def test_only_an_operator_imports(house: House) -> None:
    action = ImportTicket(source_id="register:x:y", row="x", subject="x")
    command = Command(command_id="no", actor="token:tests", channel="api", at=now(), action=action)
    bus = house.contexts["operator"].bus
    answer = CommandResult.decode(await rpc.request(bus, subjects.ROUTER_COMMAND, command.encode()))
    assert answer.error == "forbidden"
