"""A complaint about a sold product, from the form to the verified preventive action, in each language at once, with real processes.

It comes on the last working day before Christmas. The technical department is asked for a technician, a promise is warned of, over the
holidays nothing is late, and when the target is missed on Monday it is escalated. The customer confirms by SMS, is satisfied, and the
line in the register says what happened.
"""

import csv
import io
import re
import time
import urllib.error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.simulators import TwilioSimulator
from tests.system.conftest import Build
from tests.system.mailing import Sink
from tests.system.processes import Up, wait_until
from tests.system.shiftedclock import ShiftedClock
from tests.system.visitors import OLD_ENOUGH

WARSAW = ZoneInfo("Europe/Warsaw")
OURS = "+15005550006"
ANNA, MAREK, LEA = "anna@acme.example", "marek@acme.example", "lea@acme.example"

CONFIG = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"
languages = ["pl", "en", "hr"]
[fetch]
allow = ["127.0.0.0/8"]
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "{relay}"
[[inbox]]
name = "complaints"
channel = "form"
[[inbox]]
name = "sms"
channel = "sms"
number = "{ours}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{twilio}"
[[team]]
name = "service"
members = ["{anna}"]
[[team]]
name = "technical"
members = ["{marek}"]
[[category]]
name = "complaint"
kind = "complaint"
team = "service"
require = ["root_cause", "preventive_action"]
[[hours]]
name = "office"
timezone = "Europe/Warsaw"
week = {{mon = ["08:00-16:00"], tue = ["08:00-16:00"], wed = ["08:00-16:00"], thu = ["08:00-16:00"], fri = ["08:00-16:00"]}}
holidays = "PL"
[[sla]]
name = "standard"
first_response = "3h"
resolution = "4h"
hours = "office"
[[escalation]]
name = "late"
when = {{category = ["complaint"], sla = ["breached"]}}
step = [{{after = "0m", to = "{lea}", priority = "urgent"}}]
hours = "office"
until = "solved"
[register]
columns = [{columns}]
"""
COLUMNS = (
    "number", "received_via", "customer", "product", "kind", "problem", "impact", "promises", "department", "actions", "solution",
    "tested", "root_cause", "preventive_action", "preventive_owner", "preventive_verified", "closed_at", "confirmed_at", "satisfied",
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What is said in one language; ``solved`` is a piece of the question whether it is."""

    subject: str
    text: str
    solution: str
    prevention: str


WORDS = {
    "en": Words(
        "Complaint about a heater", "The heater I bought from you does not start. I want to complain.",
        "The igniter was replaced.", "Test igniters before delivery",
    ),
    "pl": Words(
        "Reklamacja grzejnika", "Kupiony u Państwa grzejnik nie działa. Składam reklamację.",
        "Wymieniono zapalnik.", "Sprawdzać zapalniki przed dostawą",
    ),
    "hr": Words(
        "Reklamacija grijača", "Grijač koji sam kupio kod vas ne radi. Podnosim pritužbu.",
        "Zamijenjen je upaljač.", "Provjeriti upaljače prije isporuke",
    ),
}  # fmt: skip


@dataclass
class Case:
    """One customer with their complaint; ``number`` is their ticket's, ``request`` that of what the department is asked."""

    language: str
    name: str
    mail: str
    mobile: str
    number: str
    request: str = ""

    @property
    def words(self) -> Words:
        return WORDS[self.language]


def cases() -> list[Case]:
    """Three customers, in the order in which they fill in the form."""
    return [
        Case("en", "Jana", "jana@customer.example", "+48600100200", "T-1001"),
        Case("pl", "Ewa", "ewa@customer.example", "+48600100300", "T-1002"),
        Case("hr", "Iva", "iva@customer.example", "+48600100400", "T-1003"),
    ]


@dataclass
class Company:
    """The house with its clock, and what stands around it."""

    up: Up
    clock: ShiftedClock
    twilio: TwilioSimulator
    sink: Sink

    def open_form(self, case: Case) -> str:
        """The customer opens the form; gives the page."""
        url = f"http://127.0.0.1:{self.up.web}/form/complaints"
        return httpx.get(url, params={"lang": case.language}, timeout=30, trust_env=False).text

    def fill_in(self, case: Case, page: str) -> None:
        """The customer fills in the form, and sends it."""
        url = f"http://127.0.0.1:{self.up.web}/form/complaints"
        data = {
            "token": page.partition('name="token" value="')[2].partition('"')[0],
            "website": "", "name": case.name, "email": case.mail, "subject": case.words.subject, "message": case.words.text,
        }  # fmt: skip
        done = httpx.post(url, params={"lang": case.language}, data=data, timeout=30, trust_env=False)
        assert done.status_code == 200, done.text[:2000]

    def ticket(self, number: str) -> dict[str, Any]:
        """The ticket as the API shows it."""
        shown: dict[str, Any] = self.up.api("GET", f"/api/v1/tickets/{number}")
        return shown

    def do(self, number: str, where: str, method: str = "POST", /, **body: Any) -> Any:
        """An agent's call."""
        path = f"/api/v1/tickets/{number}/{where}" if where else f"/api/v1/tickets/{number}"
        try:
            return self.up.api(method, path, body)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from None

    def wait_for(self, at: datetime) -> None:
        """It is that time now, and the house knows it: its answers say so (RFC 9110, 6.6.1)."""
        self.clock.set(at)

        def known() -> bool:
            answer = httpx.get(f"http://127.0.0.1:{self.up.web}/healthz", timeout=30, trust_env=False)
            return parsedate_to_datetime(answer.headers["date"]) >= at.astimezone(UTC)

        wait_until(known, f"the house knows that it is {at}")

    def is_sent(self, case: Case) -> bool:
        """Whether of all SMS to a customer it is known that they were taken."""
        sent = [each for each in self.ticket(case.number)["deliveries"] if each["channel"] == "sms"]
        return bool(sent) and not {each["state"] for each in sent} & {"queued", "sending"}

    def events(self, number: str) -> list[str]:
        """What has happened to the ticket."""
        return [each["what"] for each in self.ticket(number)["events"]]

    def mails(self, address: str) -> list[str]:
        """What somebody was written, subject and text."""
        parts = ((each, each.get_body(("plain",))) for each in self.sink.got[address])
        return [f"{each['Subject']}\n{body.get_content() if body else ''}" for each, body in parts]


@pytest.mark.peer("faketime")
def test_complaints_in_each_language_go_from_the_form_to_the_verified_preventive_action(
    build: Build, sink: Sink, tmp_path: Path
) -> None:
    clock = ShiftedClock(tmp_path, datetime(2026, 12, 23, 14, 0, tzinfo=WARSAW))
    with TwilioSimulator() as twilio:
        up = build(env=clock.environment)
        up.config = CONFIG.format(
            web=up.web, relay=sink.url, ours=OURS, account=twilio.account.sid,
            token=twilio.account.token, twilio=twilio.url, anna=ANNA, marek=MAREK, lea=LEA,
            columns=", ".join(f'"{each}"' for each in COLUMNS),
        )  # fmt: skip
        twilio.target = f"http://127.0.0.1:{up.web}"
        twilio.register(OURS, f"http://127.0.0.1:{up.web}/hooks/twilio/sms")
        up.start(180)  # each look at a clock costs it more than others
        # By a command, which has the house's clock: what is asked by ours would be too late in December.
        up._token = up.run("token", "create", "--name", "tests").stdout.strip()
        company, all_cases = Company(up, clock, twilio, sink), cases()
        for address, name, role in ((ANNA, "Anna", "agent"), (MAREK, "Marek", "agent"), (LEA, "Lea", "lead")):
            up.api("POST", "/api/v1/agents", {"email": address, "name": name, "role": role})
        try:
            pages = [company.open_form(case) for case in all_cases]
            time.sleep(OLD_ENOUGH)  # nobody is faster than this: what is, is taken for a robot
            for case, page in zip(all_cases, pages, strict=True):
                complain(company, case, page)
            for case in all_cases:
                is_the_same_customer(company, case)
            for case in all_cases:
                ask_the_technicians(company, case)
            company.wait_for(datetime(2026, 12, 23, 15, 12, tzinfo=WARSAW))
            for case in all_cases:
                send_the_technicians(company, case)
            promise(company, all_cases)
            wait_over_the_holidays(company, all_cases)
            for case in all_cases:
                solve(company, case)
                answer(company, case)
                prevent(company, case)
            compare(company, all_cases)
        finally:
            up.stop()
        assert up.process is not None
        assert up.process.tracebacks() == []


def complain(company: Company, case: Case, page: str) -> None:
    """The form and its acknowledgement."""
    company.fill_in(case, page)
    wait_until(lambda: len(company.sink.got[case.mail]) == 1, "the acknowledgement")
    assert case.number in company.mails(case.mail)[0]
    ticket = company.ticket(case.number)
    assert (ticket["category"], ticket["team"], ticket["language"]) == ("complaint", "service", case.language)
    # Three working hours from 14:00 with closing at 16:00: Monday, 9:00, for what lies between are holidays and a weekend.
    assert datetime.fromisoformat(ticket["first_response_due"]).astimezone(WARSAW).date().isoformat() == "2026-12-28"


def is_the_same_customer(company: Company, case: Case) -> None:
    """The mobile that is the same customer's."""
    before = company.up.total()
    company.twilio.phone(case.mobile).texts("1001")
    wait_until(lambda: company.up.total() == before + 1, "the SMS is a ticket of its own")
    other = company.ticket(f"T-{1001 + before}")
    contact = company.ticket(case.number)["contact"]["id"]
    company.up.api("POST", f"/api/v1/contacts/{contact}/merge", {"other": other["contact"]["id"]})
    company.do(other["number"], "close")


def ask_the_technicians(company: Company, case: Case) -> None:
    """The executive keeps the ticket; the department is asked, and answers."""
    company.do(case.number, "assign", agent=ANNA)
    company.do(
        case.number, "", "PATCH", kind="complaint", product="Heater H2", impact="no heating", notify_by="sms",
    )  # fmt: skip
    what = "Please send a technician"
    asked = company.do(case.number, "requests", to="technical", what=what, due="2026-12-29T12:00:00+01:00")
    case.request = asked["number"]
    assert company.ticket(case.request)["internal"] is True
    wait_until(lambda: any(case.request in mail for mail in company.mails(MAREK)), "the department is told")
    company.do(case.request, "notes", text="A technician comes on Monday.")
    wait_until(
        lambda: any(
            "A technician comes on Monday." in each["text"] for each in company.ticket(case.number)["messages"]
        ),
        "the department's answer comes back",
    )


def send_the_technicians(company: Company, case: Case) -> None:
    """What the department does stands in the record."""
    requested = "2026-12-23T14:30:00+01:00"
    what = "Dispatch of a technician"
    entry = company.do(case.number, "actions", what=what, department="technical", requested_at=requested)
    done = "2026-12-23T15:10:00+01:00"
    company.do(case.number, f"entries/{entry['id']}", "PATCH", done_at=done, evidence="sent by van 3")
    company.do(case.request, "solve", summary="Technician sent")
    wait_until(lambda: "request_answered" in company.events(case.number), "the request is answered")
    # Nobody outside has heard of any of it.
    assert all("technician" not in mail.lower() for mail in company.mails(case.mail))


def promise(company: Company, all_cases: list[Case]) -> None:
    """A promise is warned of before it is due, and kept."""
    due = datetime(2026, 12, 23, 15, 45, tzinfo=WARSAW)
    what = "We call you back"
    entries = {case.number: company.do(case.number, "promises", what=what, due=due.isoformat()) for case in all_cases}
    company.wait_for(due - timedelta(minutes=10))
    for case in all_cases:
        wait_until(
            lambda case=case: any(case.number in mail and what in mail for mail in company.mails(ANNA)),
            "who has the ticket is warned of the promise",
        )
    for case in all_cases:
        company.do(case.number, "replies", text="We are on it.")
        kept = company.clock.now.isoformat()
        company.do(case.number, f"entries/{entries[case.number]['id']}", "PATCH", done_at=kept)


def wait_over_the_holidays(company: Company, all_cases: list[Case]) -> None:
    """Over holidays and a weekend nothing is late; on Monday the target is missed, and the lead has it."""
    company.wait_for(datetime(2026, 12, 27, 20, 0, tzinfo=WARSAW))
    for case in all_cases:
        company.do(case.number, "notes", text="Sunday evening.")
        assert "sla_breached" not in company.events(case.number)
    company.wait_for(datetime(2026, 12, 28, 12, 30, tzinfo=WARSAW))
    for case in all_cases:
        wait_until(
            lambda case=case: "escalated" in company.events(case.number), "it is escalated when the target is missed"
        )
        ticket = company.ticket(case.number)
        assert (ticket["assignee"], ticket["priority"]) == (LEA, "urgent")
        wait_until(lambda case=case: any(case.number in mail for mail in company.mails(LEA)), "the lead is told")


def solve(company: Company, case: Case) -> None:
    """Solved and tested; the customer hears of it by SMS, and is asked."""
    phone = company.twilio.phone(case.mobile)
    heard = len(phone.texts_received)
    company.do(
        case.number, "solve", summary=case.words.solution, root_cause="A bad batch of igniters",
        preventive_action=case.words.prevention, tested="ran for an hour",
    )  # fmt: skip
    wait_until(
        lambda: case.number in (told := " ".join(phone.texts_received[heard:])) and _asks(told, case),
        "they are asked by SMS",
    )
    wait_until(lambda: company.is_sent(case), "all that they are told is sent")


def _asks(told: str, case: Case) -> bool:
    """Whether a digit is asked for, beside the one in the ticket's number."""
    return re.search(r"\b1\b", told.replace(case.number, "")) is not None


def answer(company: Company, case: Case) -> None:
    """Yes by a digit, and how satisfied by another."""
    phone, before = company.twilio.phone(case.mobile), company.up.total()
    heard = len(phone.texts_received)
    phone.texts("1")
    wait_until(lambda: company.ticket(case.number)["customer_confirmed_at"] is not None, "they confirm it")
    assert company.ticket(case.number)["status"] == "closed"
    wait_until(lambda: len(phone.texts_received) > heard, "they are asked how satisfied they are")
    phone.texts("5")
    wait_until(lambda: (company.ticket(case.number)["satisfaction"] or {}).get("score") == 5, "they are satisfied")
    assert company.up.total() == before


def prevent(company: Company, case: Case) -> None:
    """The preventive action has an owner, and is verified."""
    company.do(case.number, "", "PATCH", preventive_owner=MAREK, preventive_due="2027-01-15T12:00:00+01:00")
    company.do(case.number, "prevention/verify", note="twenty delivered, none back")
    assert company.ticket(case.number)["preventive_verified_at"] is not None


def compare(company: Company, all_cases: list[Case]) -> None:
    """The lines in the register, field by field; it is written in the company's own language."""
    company.up.run("export", "register", "--format", "csv", "--out", str(company.up.folder / "register.csv"))
    written = (company.up.folder / "register.csv").read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written)))
    for case in all_cases:
        line = dict(zip(COLUMNS, next(row for row in rows[1:] if row[0] == case.number), strict=True))
        assert line["customer"] == case.name
        assert line["product"] == "Heater H2"
        assert line["problem"] == case.words.text
        assert line["impact"] == "no heating"
        assert "We call you back" in line["promises"]
        assert "2026-12-23 15:45" in line["promises"]
        assert "Dispatch of a technician" in line["actions"]
        assert "2026-12-23 14:30" in line["actions"]
        assert "2026-12-23 15:10" in line["actions"]
        assert "sent by van 3" in line["actions"]
        assert line["solution"] == case.words.solution
        assert line["tested"] == "ran for an hour"
        assert line["root_cause"] == "A bad batch of igniters"
        assert line["preventive_action"] == case.words.prevention
        assert "2026-12-28" in line["preventive_verified"]
        assert line["closed_at"].startswith("2026-12-28")
        assert line["confirmed_at"].startswith("2026-12-28")
        assert line["satisfied"].startswith("tak")
