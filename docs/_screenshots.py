"""The pictures of the guides, taken from `trunkline demo` with a browser: `python -m docs._screenshots` writes docs/pictures anew.

Needs Chromium on the search path. What is shown is made up: the demonstration's customers, and three agents of "Acme".
"""

import asyncio
import io
import json
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tests.console.browsing import PASSWORD, sign_in
from tests.console.browsing import Seat as Reader
from tests.system.processes import TRUNKLINE, Process, wait_until

PICTURES: Final = Path(__file__).parent / "pictures"
ANNA, BORIS, CLARA = "anna@acme.example", "boris@acme.example", "clara@acme.example"
ANA: Final = "ana@customer.example"
_DESK, _PHONE = (1280, 800), (390, 780)
_LARGEST: Final = 120_000
_ARTICLES: Final = {
    "the-heater-does-not-start": (
        "The heater does not start",
        "What to look at before you call us.",
        "## Look at the display\n\n1. Switch the heater off and on again\n2. Press the reset button for **five seconds**\n"
        "3. Is the gas valve open?\n\n> If you smell gas, open the windows, leave, and call the emergency number.\n\n"
        "Still cold? Write to us with the number on the type plate.",
    ),
    "a-copy-of-an-invoice": ("A copy of an invoice", "Where your invoices are.", "Every invoice is in *My account*."),
    "a-parcel-is-damaged": (
        "A parcel is damaged",
        "Photos first, then the form.",
        "Keep the box, and send us a photo.",
    ),
}


@dataclass(frozen=True)
class Picture:
    """A page of somebody's, at a size. ``press`` are keys pressed before, ``at`` is brought into view."""

    name: str
    path: str
    who: str = "anna"
    size: tuple[int, int] = _DESK
    press: str = ""
    at: str = ""


TAKEN: Final = (
    Picture("list", "/console/tickets?view=all"),
    Picture("ticket", "/console/ticket/{ticket}"),
    Picture("composer", "/console/ticket/{whatsapp}", at=".tk-composer"),
    Picture("solve", "/console/ticket/{ticket}", press="x"),
    Picture("keys", "/console/ticket/{ticket}", press="?"),
    Picture("phone-list", "/console/tickets?view=all", "pocket", _PHONE),
    Picture("phone-ticket", "/console/ticket/{ticket}", "pocket", _PHONE),
    Picture("operations", "/console/operations"),
    Picture("reports", "/console/reports"),
    Picture("new-ticket", "/console/new"),
    Picture("agents", "/console/admin/agents"),
    Picture("writing-an-article", "/console/articles/the-heater-does-not-start"),
    Picture("status", "/t/{link}", "guest"),
    Picture("portal", "/portal", "guest"),
    Picture("knowledge-base", "/kb", "guest"),
    Picture("article", "/kb/a/the-heater-does-not-start", "guest"),
)


@dataclass
class Demo:
    """The demonstration, running. ``names`` are what paths of pictures are filled with."""

    process: Process
    url: str
    smtp: int
    maildir: Path
    options: list[str]
    names: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def run(self, *words: str) -> str:
        """A command of the demonstration's own; gives what it says."""
        done = subprocess.run(
            [*TRUNKLINE, *words, *self.options], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the API."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": uuid4().hex,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()}") from error

    def mail(self, subject: str, text: str, sender: str) -> str:
        """A customer writes; gives the number of the ticket."""
        before = self.api("GET", "/tickets")["total"]
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "support@acme.example", subject
        mail["Message-ID"] = f"<{uuid4().hex}@customer.example>"
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as server:
            server.send_message(mail)
        wait_until(lambda: self.api("GET", "/tickets")["total"] > before, subject)
        items = self.api("GET", "/tickets")["items"]
        return str(next(each["number"] for each in items if each["subject"] == subject))

    def sent(self, pattern: str) -> list[str]:
        """What fits the pattern in mails that went out."""
        found: list[str] = []
        for file in sorted((self.maildir / "new").iterdir(), key=lambda each: each.stat().st_mtime_ns):
            found += re.findall(pattern, file.read_text("utf-8", "replace").replace("=\n", "").replace("=3D", "="))
        return found


def begin(folder: Path) -> Demo:
    """Start the demonstration, and wait until its story is told."""
    process = Process(("demo", "--keep"), folder / "demo.log", {"TMPDIR": str(folder)}).start().ready(120)
    said = "\n".join(process.said)
    found = {
        name: re.search(pattern, said)
        for name, pattern in (
            ("url", r"(http://127\.0\.0\.1:\d+)/api/docs"),
            ("mail", r"smtp://127\.0\.0\.1:(\d+) takes it, (\S+)/new"),
            ("options", r"trunkline ledger (.*)"),
        )
    }
    url, mail, options = found["url"], found["mail"], found["options"]
    assert url, said
    assert mail, said
    assert options, said
    return Demo(process, url[1], int(mail[1]), Path(mail[2]), options[1].split())


def fill(demo: Demo) -> dict[str, str]:
    """Agents, articles, and a few tickets in which something happens. Gives the links by which the agents choose their passwords."""
    demo.token = demo.run("token", "create", "--name", "Anna").splitlines()[-1].split()[-1]
    for email, name, role in (
        (ANNA, "Anna Nowak", "admin"),
        (BORIS, "Boris Horvat", "agent"),
        (CLARA, "Clara Reed", "lead"),
    ):
        demo.run("agent", "add", email, "--name", name, "--role", role)
    demo.api("POST", "/article-categories/heating", {"names": {"en": "Heating"}})
    for slug, (title, summary, body) in _ARTICLES.items():
        texts = {"en": {"title": title, "summary": summary, "body": body}}
        demo.api("POST", "/articles", {"slug": slug, "texts": texts, "category": "heating"})
        demo.api("POST", f"/articles/{slug}/status", {"status": "published"})
    given = (ANNA, BORIS, CLARA, ANNA, BORIS, ANNA)
    for item, who in zip(demo.api("GET", "/tickets")["items"], given, strict=False):
        demo.api("POST", f"/tickets/{item['number']}/assign", {"agent": who})
    ticket = demo.mail(
        "The pump of our heating leaks",
        "Hello,\n\nthe pump of our heating leaks since Monday, and it is getting worse. Can somebody come this week?\n\n"
        "We are at Mill Lane 4, from eight to five.\n\nAna Smith",
        f"Ana Smith <{ANA}>",
    )
    demo.api("POST", f"/tickets/{ticket}/assign", {"agent": ANNA})
    demo.api(
        "POST",
        f"/tickets/{ticket}/replies",
        {"text": "Good morning,\n\nplease close the valve beside the pump. Which model is it?"},
    )
    demo.api("POST", f"/tickets/{ticket}/notes", {"text": "Same street as last week, perhaps one visit is enough."})
    due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    demo.api("POST", f"/tickets/{ticket}/promises", {"what": "A technician comes before noon", "due": due})
    began = datetime.now(UTC).isoformat()
    demo.api(
        "POST",
        f"/tickets/{ticket}/actions",
        {"what": "Order a new seal", "department": "technical", "requested_at": began},
    )
    for subject, text, sender in (
        ("Invoice 2081 is wrong", "Hello, the invoice has last year's price.", "Paul Miller <paul@shop.example>"),
        ("When do you open on Saturday?", "Are you open this Saturday?", "Rosa Lind <rosa@home.example>"),
        (
            "URGENT: nothing prints in the warehouse",
            "All printers are down, we cannot ship.",
            "Tim Hall <tim@ware.example>",
        ),
    ):
        demo.mail(subject, text, sender)
    solved = demo.mail("The display shows E05", "Hello, the display shows E05 again. Ana", f"Ana Smith <{ANA}>")
    demo.api("POST", f"/tickets/{solved}/replies", {"text": "A new sensor is on its way to you."})
    demo.api("PATCH", f"/tickets/{solved}", {"status": "solved"})
    wait_until(lambda: bool(demo.sent(r"/t/([\w.~-]+)")), "the customer is asked whether it is solved")
    channels = {each["channel"]: each["number"] for each in demo.api("GET", "/tickets?per_page=100")["items"]}
    demo.names |= {"ticket": ticket.removeprefix("T-"), "whatsapp": channels["whatsapp"].removeprefix("T-")}
    demo.names["link"] = demo.sent(r"/t/([\w.~-]+)")[-1]
    return {email: demo.run("agent", "password", email).splitlines()[-1] for email in (ANNA,)}


async def choose(page: Page, link: str) -> None:
    """Choose a password by a link."""
    await page.goto(link)
    await page.locator("input[name=new]").fill(PASSWORD)
    await page.locator("input[name=again]").fill(PASSWORD)
    async with page.expect_navigation():
        await page.locator("main button[type=submit]").click()


async def enter_portal(demo: Demo, page: Page) -> None:
    """A customer signs in."""
    await page.goto(f"{demo.url}/portal")
    await page.locator("#point").fill(ANA)
    await page.locator("main button[type=submit]").click()
    pattern = r"your code is (\d{6})"
    await asyncio.to_thread(wait_until, lambda: bool(demo.sent(pattern)), "a code is sent")
    await page.locator("#code").fill(demo.sent(pattern)[-1])
    await page.locator("main button[type=submit]").click()
    await page.get_by_text("The display shows E05").wait_for()


async def seats(demo: Demo, browser: Browser, link: str) -> dict[str, Reader]:
    """Everybody at their browsers, signed in."""
    found: dict[str, Reader] = {}
    for name, (width, height) in (("anna", _DESK), ("pocket", _PHONE), ("guest", (1000, 800))):
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce", color_scheme="light"
        )
        found[name] = Reader(name, await context.new_page(), context, demo.url, demo.maildir)
    await choose(found["anna"].page, link)
    for name in ("anna", "pocket"):
        await sign_in(found[name], ANNA)
        await found[name].page.wait_for_url("**/console**")
    await enter_portal(demo, found["guest"].page)
    return found


async def take(picture: Picture, reader: Reader, names: dict[str, str]) -> int:
    """One picture; gives its size in bytes."""
    page, path = reader.page, picture.path.format(**names)
    if path.startswith("/console"):
        await reader.see(path.removeprefix("/console"))
        await page.locator("h1").first.wait_for()
    else:
        await reader.go(path)
    await page.wait_for_load_state("networkidle")
    if picture.press:
        await page.keyboard.press(picture.press)
        await page.get_by_role("dialog").first.wait_for()
    if picture.at:
        await page.locator(picture.at).scroll_into_view_if_needed()
    await page.wait_for_timeout(400)  # charts draw themselves and windows open; nothing says when they have
    # A palette makes a picture of a page a third as large, and nobody sees the difference.
    shot = Image.open(io.BytesIO(await page.screenshot())).convert("RGB").quantize(256)
    file = PICTURES / f"{picture.name}.png"
    shot.save(file, optimize=True)
    return file.stat().st_size


async def main() -> int:
    """Take them all; 1 when one is too large."""
    PICTURES.mkdir(exist_ok=True)
    wanted = [each for each in TAKEN if not sys.argv[1:] or each.name in sys.argv[1:]]
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        demo = await asyncio.to_thread(begin, Path(folder))
        try:
            links = await asyncio.to_thread(fill, demo)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                readers = await seats(demo, browser, links[ANNA])
                for each in wanted:
                    sizes[each.name] = await take(each, readers[each.who], demo.names)
                    print(f"{each.name}: {sizes[each.name] / 1000:.0f} kB", flush=True)
                await browser.close()
        finally:
            demo.process.stop()
    return int(any(size > _LARGEST for size in sizes.values()))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
