"""A house in a process of its own, and people at browsers (headless Chromium) who are signed in to its console."""

import re
import shutil
import smtplib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests import screens
from tests.system.processes import Up

DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
SLOWEST = 60_000
PASSWORD = "a long enough password"
COMPANY = """
[company]
name = "Acme"
languages = ["en", "pl", "hr"]

[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
"""
CONFIG = f"""{COMPANY}
[[team]]
name = "technical"
members = ["anna@acme.example", "boris@acme.example"]
"""


@dataclass
class Seat:
    """Somebody at a browser. ``asked`` are the addresses that it asked for, ``said`` what its console said of trouble."""

    name: str
    page: Page
    context: BrowserContext
    url: str
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def watch(self) -> "Seat":
        """Note what the page asks for and complains of."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        return self

    async def go(self, path: str) -> None:
        """Open a page of the house."""
        await self.page.goto(self.url + path)

    async def see(self, path: str) -> None:
        """Open a page of the console, and wait until it is connected."""
        await self.go(f"/console{path}")
        await connected(self)

    async def keep(self, name: str) -> None:
        """A screenshot, for review."""
        await screens.keep(self.page, name)

    @property
    def foreign(self) -> list[str]:
        """What was asked of anybody else."""
        own = urlsplit(self.url).netloc
        return [each for each in self.asked if urlsplit(each).netloc not in (own, "") and not each.startswith("data:")]


@dataclass
class Desk:
    """The house with its browser."""

    up: Up
    browser: Browser
    link: str
    """Where the first admin sets it up."""
    seats: list[Seat] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.up.web}"

    async def seat(self, name: str, *, phone: bool = False, dark: bool = False) -> Seat:
        """Somebody sits down at a browser of their own."""
        context = await self.browser.new_context(
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            locale="en-GB",
            color_scheme="dark" if dark else "light",
            has_touch=phone,
        )
        context.set_default_timeout(SLOWEST)
        seat = Seat(name, await context.new_page(), context, self.url).watch()
        self.seats.append(seat)
        return seat

    def mail(self, subject: str, words: str, sender: str = "Ana Anić <ana@customer.example>", html: str = "") -> None:
        """A customer writes."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "support@acme.example", subject
        mail["Message-ID"] = f"<{abs(hash((subject, words)))}@customer.example>"
        mail.set_content(words)
        if html:
            mail.add_alternative(html, subtype="html")
        with smtplib.SMTP("127.0.0.1", self.up.smtp, timeout=60) as server:
            server.send_message(mail)

    def link_to_customer(self) -> str:
        """The newest link to a ticket's page in what was sent."""
        return self._link(r"/t/[\w.~-]+")

    def invitation(self) -> str:
        """The newest link by which somebody chooses a password."""
        return self._link(r"/reset/[\w.~-]+")

    def was_sent(self, words: str) -> bool:
        """Whether anybody was sent this."""
        return any(words in each for each in self._bodies())

    def _link(self, pattern: str) -> str:
        found = [link for body in self._bodies() for link in re.findall(pattern, body)]
        assert found, pattern
        return self.url + str(found[-1])

    def _bodies(self) -> Iterator[str]:
        """The texts of all that was sent, oldest first."""
        for file in sorted((self.up.data / "maildir" / "new").iterdir(), key=lambda each: each.stat().st_mtime_ns):
            body = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
            yield body.get_content() if body else ""


async def connected(seat: Seat) -> None:
    """Wait until the page of the console that is open answers."""
    await seat.page.locator(".tl-page").wait_for()
    await seat.page.wait_for_function("window.did_handshake === true || window.socket?.connected === true")


async def first_admin(seat: Seat, name: str, email: str) -> None:
    """Sign up as the first admin, on the page by which a house is set up, which is open; afterwards the next step of that is."""
    page = seat.page
    for field_name, value in (("name", name), ("email", email), ("new", PASSWORD), ("again", PASSWORD)):
        await page.locator(f"input[name={field_name}]").fill(value)
    await seat.keep("set-up")
    await page.locator("main button[type=submit]").click()
    await page.wait_for_url("**/set-up/inbox")


async def sign_in(seat: Seat, email: str, password: str = PASSWORD) -> None:
    """Through the door, by mail address and password."""
    await seat.go("/sign-in")
    await seat.page.locator("input[name=email]").fill(email)
    await seat.page.locator("input[name=password]").fill(password)
    await seat.page.locator("main button[type=submit]").click()


@asynccontextmanager
async def open_desk(folder: Path, config: str = CONFIG) -> AsyncIterator[Desk]:
    """A new house, not set up yet."""
    up = Up(folder, config=config).start()
    try:
        assert up.process is not None
        found = re.search(r"http\S+/set-up/\S+", "\n".join(up.process.said))
        assert found, up.process.said
        link = f"http://127.0.0.1:{up.web}{urlsplit(found[0]).path}"
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            yield Desk(up, browser, link)
            await browser.close()
        assert up.process.tracebacks() == [], up.process.tail()
    finally:
        up.stop()
