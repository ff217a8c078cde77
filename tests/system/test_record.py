"""A complaint by telephone with its whole record, in a running house: a broken promise is heard of, and its line stands in the register."""

import csv
import io
import urllib.error
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from tests.exporting.reading import text_of
from tests.system.conftest import Build
from tests.system.mailing import Sink
from tests.system.processes import Up, wait_until

T = "/api/v1/tickets/T-1001"
PIOTR = "piotr@acme.example"
COLUMNS = (
    "number", "received_at", "received_via", "received_by", "customer", "contact", "product", "kind", "problem", "details",
    "impact", "evidence", "promises", "department", "hand_overs", "actions", "contacts", "solution", "tested", "tested_by",
    "root_cause", "preventive_action", "preventive_owner", "preventive_due", "preventive_verified", "closed_at",
)  # fmt: skip


def house(build: Build, sink: Sink) -> Up:
    up = build()
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    up.config = f"""\
[company]
name = "Acme"
languages = ["pl", "en", "hr"]
[register]
columns = [{names}]
separator = ";"
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "{sink.url}"
[[team]]
name = "technical"
members = ["{PIOTR}"]
[[category]]
name = "complaint"
kind = "complaint"
require = ["root_cause", "actions_done"]
[[hours]]
name = "office"
timezone = "Europe/Warsaw"
"""
    return up.start()


def written(at: datetime) -> str:
    """A time as the register has it."""
    return f"{at.astimezone(ZoneInfo('Europe/Warsaw')):%Y-%m-%d %H:%M}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_complaint_by_telephone_is_recorded_watched_and_stands_in_the_register(build: Build, sink: Sink) -> None:
    up = house(build, sink)
    now = datetime.now(UTC).replace(microsecond=0)
    yesterday = now - timedelta(days=1)

    def post(where: str, /, **body: Any) -> Any:
        return up.api("POST", f"{T}/{where}" if where else "/api/v1/tickets", body)

    post(
        "", subject="=2+5 Pompa", text="Cieknie.", contact="+48600100200", name="Jan Król", channel="voice",
        received_by="Ewa", received_at=yesterday.isoformat(), received_via="",
    )  # fmt: skip
    up.api("PATCH", T, {
        "category": "complaint", "kind": "complaint", "product": "P100", "details": "Przy kołnierzu",
        "impact": "=HYPERLINK(\"http://x\")", "team": "technical", "preventive_action": "Lepsze uszczelki",
        "preventive_owner": "Ewa", "preventive_due": (now + timedelta(days=30)).isoformat(),
    })  # fmt: skip
    post("evidence", note="zdjęcie")
    action = post("actions", what="Wizyta technika", department="technical", requested_at=yesterday.isoformat())
    promise = post("promises", what="Nowa pompa", due=(datetime.now(UTC) + timedelta(seconds=1.5)).isoformat())
    post("calls", direction="out", who="Jan Król", what="Zgodził się.", at=now.isoformat())

    def whats() -> list[str]:
        return [event["what"] for event in up.api("GET", T)["events"]]

    wait_until(lambda: "promise_broken" in whats(), "the promise is found to be broken")
    assert whats().count("promise_broken") == 1
    wait_until(
        lambda: any("Niedotrzymana obietnica" in str(mail["Subject"]) for mail in sink.got[PIOTR]),
        "the team hears of it",
    )
    up.api("POST", f"{T}/solve", {"summary": "Nowa uszczelka", "tested": "Godzina pracy", "tested_by": "Anna"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        up.api("POST", f"{T}/close", {})
    assert refused.value.code == 409
    assert b"root_cause, actions_done" in refused.value.read()
    up.api("PATCH", f"{T}/entries/{action['id']}", {"done_at": now.isoformat(), "evidence": "protokół"})
    up.api("PATCH", f"{T}/entries/{promise['id']}", {"done_at": datetime.now(UTC).isoformat()})
    up.api("PATCH", T, {"root_cause": "Zużyta uszczelka"})
    up.api("POST", f"{T}/prevention/verify")
    ticket = up.api("POST", f"{T}/close", {})

    out = up.folder / "register.csv"
    done = up.run("export", "register", "--format", "csv", "--out", str(out), "--since", "2d")
    assert done.stdout == f"wrote 1 tickets to {out}\n"
    assert out.stat().st_mode & 0o777 == 0o600
    octets = out.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    head, line = csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
    assert head[:3] == ["Numer", "Data przyjęcia", "Sposób przyjęcia"]
    (entry,) = ticket["promises"]
    found = dict(zip(COLUMNS, line, strict=True))
    handed = next(e for e in ticket["events"] if e["what"] == "ticket_changed" and "team" in e["data"]["changes"])
    added = ticket["evidence"][0]["at"]
    proof = next(each for each in ticket["actions"])["evidence"][0]["at"]
    assert found == {
        "number": "T-1001",
        "received_at": written(yesterday),
        "received_via": "telefon",
        "received_by": "Ewa",
        "customer": "Jan Król",
        "contact": "'+48600100200",
        "product": "P100",
        "kind": "reklamacja",
        "problem": "Cieknie.",
        "details": "Przy kołnierzu",
        "impact": '\'=HYPERLINK("http://x")',
        "evidence": f"zdjęcie (tests, {written(at(added))})",
        "promises": f"Nowa pompa; termin {written(at(entry['due']))}; wykonano po terminie {written(at(entry['done_at']))}",
        "department": "technical",
        "hand_overs": f"{written(at(handed['at']))} nikt → technical",
        "actions": f"technical: Wizyta technika; zlecono {written(yesterday)}; wykonano {written(now)}; "
        f"dowody: protokół (tests, {written(at(proof))})",
        "contacts": f"{written(now)} telefon do Jan Król: Zgodził się.",
        "solution": "Nowa uszczelka",
        "tested": "Godzina pracy",
        "tested_by": "Anna",
        "root_cause": "Zużyta uszczelka",
        "preventive_action": "Lepsze uszczelki",
        "preventive_owner": "Ewa",
        "preventive_due": written(now + timedelta(days=30)),
        "preventive_verified": f"{written(at(ticket['preventive_verified_at']))} (tests)",
        "closed_at": written(at(ticket["closed_at"])),
    }
    _opened_in_excel(up, head, found)
    _documents(up)
    away = up.run("export", "register", "--out", str(up.folder / "none" / "x.csv"), check=False)
    assert (away.returncode, away.stderr.count("\n")) == (1, 1)
    assert "cannot be written: No such file or directory" in away.stderr
    empty = up.run("export", "register", "--out", "-", "--until", "2020-01-01").stdout
    assert len(empty.splitlines()) == 1
    assert [path.name for path in up.folder.glob("*.part")] == []


def _opened_in_excel(up: Up, head: list[str], found: dict[str, str]) -> None:
    """The workbook says what the CSV file says, its times as times and nothing with an apostrophe."""
    out = up.folder / "register.xlsx"
    up.run("export", "register", "--format", "xlsx", "--out", str(out), "--number", "t-1001")
    assert out.stat().st_mode & 0o777 == 0o600
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    names, line = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert names == head
    said = dict(zip(COLUMNS, line, strict=True))
    assert isinstance(said["received_at"], datetime)
    shown = {name: f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value for name, value in said.items()}
    assert shown == {name: value.removeprefix("'") for name, value in found.items()}


def _documents(up: Up) -> None:
    """One ticket for the file: the customer's copy without what is ours."""
    said = {}
    for copy in ("internal", "customer"):
        out = up.folder / f"{copy}.pdf"
        done = up.run("export", "ticket", "T-1001", "--out", str(out), "--copy", copy)
        assert done.stdout == f"wrote T-1001 to {out}\n"
        said[copy] = text_of(out.read_bytes())
    assert "Zużyta uszczelka" in said["internal"]
    assert "Nowa pompa" in said["customer"]
    assert "Zużyta uszczelka" not in said["customer"]
    none = up.run("export", "ticket", "T-9", "--out", "-", check=False)
    assert (none.returncode, none.stderr) == (1, "trunkline: there is no ticket T-9\n")
