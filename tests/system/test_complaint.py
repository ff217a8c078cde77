"""A complaint about a sold product, from the form to the verified preventive action, in each language, with real processes.

It comes on the last working day before Christmas. The technical department is asked for a technician, a promise is warned of, over the
holidays nothing is late, and when the target is missed on Monday it is escalated. The customer confirms by SMS, is satisfied, and the
line in the register says what happened.
"""

import csv
import io
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
MAIL, MOBILE, OURS = "jana@customer.example", "+48600100200", "+15005550006"
ANNA, MAREK, LEA = "anna@acme.example", "marek@acme.example", "lea@acme.example"

CONFIG = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"
languages = ["{language}", {others}]
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
class Company:
    """The house with its clock, and what stands around it."""

    up: Up
    clock: ShiftedClock
    twilio: TwilioSimulator
    sink: Sink

    def fill_in(self, language: str) -> None:
        """The customer fills in the form."""
        words = WORDS[language]
        with httpx.Client(base_url=f"http://127.0.0.1:{self.up.web}", timeout=30, trust_env=False) as browser:
            page = browser.get("/form/complaints", params={"lang": language}).text
            time.sleep(OLD_ENOUGH)  # nobody is faster than this: what is, is taken for a robot
            data = {
                "token": page.partition('name="token" value="')[2].partition('"')[0],
                "website": "", "name": "Jana", "email": MAIL, "subject": words.subject, "message": words.text,
            }  # fmt: skip
            done = browser.post("/form/complaints", params={"lang": language}, data=data)
            assert done.status_code == 200, done.text[:2000]

    def ticket(self, number: str = "T-1001") -> dict[str, Any]:
        """The ticket as the API shows it."""
        shown: dict[str, Any] = self.up.api("GET", f"/api/v1/tickets/{number}")
        return shown

    def do(self, where: str, method: str = "POST", number: str = "T-1001", /, **body: Any) -> Any:
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

    def events(self, number: str = "T-1001") -> list[str]:
        """What has happened to the ticket."""
        return [each["what"] for each in self.ticket(number)["events"]]

    def mails(self, address: str) -> list[str]:
        """What somebody was written, subject and text."""
        parts = ((each, each.get_body(("plain",))) for each in self.sink.got[address])
        return [f"{each['Subject']}\n{body.get_content() if body else ''}" for each, body in parts]


@pytest.mark.peer("faketime")
@pytest.mark.parametrize("language", ["en", "pl", "hr"])
def test_a_complaint_goes_from_the_form_to_the_verified_preventive_action(
    language: str, build: Build, sink: Sink, tmp_path: Path
) -> None:
    words = WORDS[language]
    clock = ShiftedClock(tmp_path, datetime(2026, 12, 23, 14, 0, tzinfo=WARSAW))
    with TwilioSimulator() as twilio:
        up = build(env=clock.environment)
        others = ", ".join(f'"{each}"' for each in WORDS if each != language)
        up.config = CONFIG.format(
            web=up.web, language=language, others=others, relay=sink.url, ours=OURS, account=twilio.account.sid,
            token=twilio.account.token, twilio=twilio.url, anna=ANNA, marek=MAREK, lea=LEA,
            columns=", ".join(f'"{each}"' for each in COLUMNS),
        )  # fmt: skip
        twilio.target = f"http://127.0.0.1:{up.web}"
        twilio.register(OURS, f"http://127.0.0.1:{up.web}/hooks/twilio/sms")
        up.start()
        company = Company(up, clock, twilio, sink)
        for address, name, role in ((ANNA, "Anna", "agent"), (MAREK, "Marek", "agent"), (LEA, "Lea", "lead")):
            up.api("POST", "/api/v1/agents", {"email": address, "name": name, "role": role})
        try:
            complain(company, language)
            ask_the_technicians(company)
            promise(company)
            wait_over_the_holidays(company)
            solve(company, words)
            answer(company)
            prevent(company, words)
            compare(company, words, language)
        finally:
            up.stop()
        assert up.process is not None
        assert up.process.tracebacks() == []


def complain(company: Company, language: str) -> None:
    """The form, its acknowledgement, and the mobile that is the same customer's."""
    company.fill_in(language)
    wait_until(lambda: len(company.sink.got[MAIL]) == 1, "the acknowledgement")
    assert "T-1001" in company.mails(MAIL)[0]
    ticket = company.ticket()
    assert (ticket["category"], ticket["team"], ticket["language"]) == ("complaint", "service", language)
    # Three working hours from 14:00 with closing at 16:00: Monday, 9:00, for what lies between are holidays and a weekend.
    assert datetime.fromisoformat(ticket["first_response_due"]).astimezone(WARSAW).date().isoformat() == "2026-12-28"
    jana = company.twilio.phone(MOBILE)
    jana.texts("1001")
    wait_until(lambda: company.up.total() == 2, "the SMS is a ticket of its own")
    other = company.ticket("T-1002")
    contact = ticket["contact"]["id"]
    company.up.api("POST", f"/api/v1/contacts/{contact}/merge", {"other": other["contact"]["id"]})
    company.do("close", "POST", "T-1002")


def ask_the_technicians(company: Company) -> None:
    """The executive keeps the ticket; the department is asked, answers, and what it does stands in the record."""
    company.do("assign", agent=ANNA)
    company.do(
        "", "PATCH", kind="complaint", product="Heater H2", impact="no heating", notify_by="sms",
    )  # fmt: skip
    asked = company.do("requests", to="technical", what="Please send a technician", due="2026-12-29T12:00:00+01:00")
    request = asked["number"]
    assert company.ticket(request)["internal"] is True
    wait_until(lambda: any(request in mail for mail in company.mails(MAREK)), "the department is told")
    company.do("notes", "POST", request, text="A technician comes on Monday.")
    wait_until(
        lambda: any("A technician comes on Monday." in each["text"] for each in company.ticket()["messages"]),
        "the department's answer comes back",
    )
    company.wait_for(datetime(2026, 12, 23, 15, 12, tzinfo=WARSAW))
    entry = company.do(
        "actions", what="Dispatch of a technician", department="technical", requested_at="2026-12-23T14:30:00+01:00"
    )
    company.do(f"entries/{entry['id']}", "PATCH", done_at="2026-12-23T15:10:00+01:00", evidence="sent by van 3")
    company.do("solve", "POST", request, summary="Technician sent")
    wait_until(lambda: "request_answered" in company.events(), "the request is answered")
    # Nobody outside has heard of any of it.
    assert all("technician" not in mail.lower() for mail in company.mails(MAIL))


def promise(company: Company) -> None:
    """A promise is warned of before it is due, and kept."""
    due = datetime(2026, 12, 23, 15, 45, tzinfo=WARSAW)
    entry = company.do("promises", what="We call you back", due=due.isoformat())
    before = len(company.mails(ANNA))
    company.wait_for(due - timedelta(minutes=10))
    wait_until(lambda: len(company.mails(ANNA)) > before, "who has the ticket is warned of the promise")
    assert any("We call you back" in mail for mail in company.mails(ANNA)[before:])
    company.do("replies", text="We are on it.")
    company.do(f"entries/{entry['id']}", "PATCH", done_at=company.clock.now.isoformat())


def wait_over_the_holidays(company: Company) -> None:
    """Over holidays and a weekend nothing is late; on Monday the target is missed, and the lead has it."""
    company.wait_for(datetime(2026, 12, 27, 20, 0, tzinfo=WARSAW))
    company.do("notes", text="Sunday evening.")
    assert "sla_breached" not in company.events()
    company.wait_for(datetime(2026, 12, 28, 12, 30, tzinfo=WARSAW))
    wait_until(lambda: "escalated" in company.events(), "it is escalated when the target is missed")
    ticket = company.ticket()
    assert (ticket["assignee"], ticket["priority"]) == (LEA, "urgent")
    wait_until(lambda: any("T-1001" in mail for mail in company.mails(LEA)), "the lead is told")


def solve(company: Company, words: Words) -> None:
    """Solved and tested; the customer hears of it by SMS, and is asked."""
    jana = company.twilio.phone(MOBILE)
    heard = len(jana.texts_received)
    company.do(
        "solve", summary=words.solution, root_cause="A bad batch of igniters", preventive_action=words.prevention,
        tested="ran for an hour",
    )  # fmt: skip
    wait_until(
        lambda: any(" 1" in text or "1 " in text for text in jana.texts_received[heard:]), "they are asked by SMS"
    )
    assert any("T-1001" in text for text in jana.texts_received[heard:])


def answer(company: Company) -> None:
    """Yes by a digit, and how satisfied by another."""
    jana = company.twilio.phone(MOBILE)
    heard = len(jana.texts_received)
    jana.texts("1")
    wait_until(lambda: company.ticket()["customer_confirmed_at"] is not None, "they confirm it")
    assert company.ticket()["status"] == "closed"
    wait_until(lambda: len(jana.texts_received) > heard, "they are asked how satisfied they are")
    jana.texts("5")
    wait_until(lambda: (company.ticket()["satisfaction"] or {}).get("score") == 5, "they are satisfied")
    assert company.up.total() == 3


def prevent(company: Company, words: Words) -> None:
    """The preventive action has an owner, and is verified."""
    company.do("", "PATCH", preventive_owner=MAREK, preventive_due="2027-01-15T12:00:00+01:00")
    company.do("prevention/verify", note="twenty delivered, none back")
    assert company.ticket()["preventive_verified_at"] is not None


def compare(company: Company, words: Words, language: str) -> None:
    """The line in the register, field by field."""
    company.up.run("export", "register", "--format", "csv", "--out", str(company.up.folder / "register.csv"))
    written = (company.up.folder / "register.csv").read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written)))
    line = dict(zip(COLUMNS, next(row for row in rows[1:] if row[0] == "T-1001"), strict=True))
    assert line["customer"] == "Jana"
    assert line["product"] == "Heater H2"
    assert line["problem"] == words.text
    assert line["impact"] == "no heating"
    assert "We call you back" in line["promises"]
    assert "2026-12-23 15:45" in line["promises"]
    assert "Dispatch of a technician" in line["actions"]
    assert "2026-12-23 14:30" in line["actions"]
    assert "2026-12-23 15:10" in line["actions"]
    assert "sent by van 3" in line["actions"]
    assert line["solution"] == words.solution
    assert line["tested"] == "ran for an hour"
    assert line["root_cause"] == "A bad batch of igniters"
    assert line["preventive_action"] == words.prevention
    assert "2026-12-28" in line["preventive_verified"]
    assert line["closed_at"].startswith("2026-12-28")
    assert line["confirmed_at"].startswith("2026-12-28")
    assert line["satisfied"].startswith({"en": "yes", "pl": "tak", "hr": "da"}[language])
    assert datetime.now(UTC) < company.clock.now
