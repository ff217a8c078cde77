"""The chat in a real browser (headless Chromium), on a host's page and alone, at a desk and on a phone; screenshots are kept for review."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Error, Frame, Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from services.composition.web import WebServer
from shared.bus import subjects
from shared.messages.chat import ChatTyping
from shared.messages.outbound import Button
from shared.settings.quantities import Listen
from shared.texts import text
from tests import screens

from .conftest import House, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("chromium")]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 820}
SLOWEST = 60_000
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6364f8cf500f0003860180345a347b0000000049454e44ae426082"
)


class Relay:
    """A stretch of network between browser and intake, in which WebSockets can be cut and kept out."""

    def __init__(self, target: str) -> None:
        self._port = urlsplit(target).port
        self._sockets: list[asyncio.StreamWriter] = []
        self.open = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            self.cut()
            server.close()

    def cut(self) -> None:
        """As when a cable is pulled, for WebSockets alone."""
        for writer in self._sockets:
            writer.transport.abort()
        self._sockets.clear()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await reader.readuntil(b"\r\n")
            if b"/socket " in first:
                if not self.open:
                    return writer.transport.abort()
                self._sockets.append(writer)
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
            back.write(first)
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()

    @staticmethod
    async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        try:
            while octets := await source.read(65536):
                to.write(octets)
                await to.drain()
        finally:
            to.close()


class Tab:
    """A browser's tab, and every address that it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.broken: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("console", lambda said: self.broken.append(said.text) if "Content Security" in said.text else None)

    async def keep(self, name: str) -> None:
        """A screenshot, for review."""
        await screens.keep(self.page, name)

    def foreign(self, *ours: str) -> list[str]:
        """What was asked of anyone else."""
        hosts = {urlsplit(each).netloc for each in ours}
        return [each for each in self.asked if not each.startswith("data:") and urlsplit(each).netloc not in hosts]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        await browser.close()


Open = Callable[..., Awaitable[Tab]]


@pytest_asyncio.fixture(loop_scope="module")
async def browsing(chromium: Browser) -> AsyncIterator[Open]:
    """Opens a tab of a browser without anything stored."""
    contexts: list[BrowserContext] = []

    async def open_one(**how: object) -> Tab:
        options = {"viewport": DESK, "locale": "en-GB", "timezone_id": "Europe/Warsaw", **how}
        context = await chromium.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(SLOWEST)
        contexts.append(context)
        return Tab(await context.new_page())

    yield open_one
    for context in contexts:
        await context.close()


async def session_of(page: Page) -> str:
    """The session that is kept: by the window, or by the page around it where a frame of another site may not keep anything."""
    kept = """() => Object.keys(localStorage).filter(key => key.startsWith("trunkline-chat:"))
        .map(key => JSON.parse(localStorage.getItem(key)).id).find(id => id) || "" """

    async def there() -> str:
        for frame in page.frames:
            try:
                if found := await frame.evaluate(kept):
                    return str(found)
            except Error:  # no storage for this one
                continue
        return ""

    return str(await until(there))


async def write(page: Page | Frame, words: str) -> None:
    field = page.get_by_role("textbox", name="Write a message")
    await field.fill(words)
    await field.press("Enter")


async def said(page: Page | Frame) -> list[str]:
    """Every message in its order."""
    return await page.locator("#log .body").all_inner_texts()


async def test_a_reload_and_a_dropped_connection_in_mid_conversation_lose_nothing(house: House, browsing: Open) -> None:
    relay = Relay(house.urls[0])
    async with relay.running() as url:
        tab = await browsing()
        page = tab.page
        await page.goto(f"{url}/chat/web?lang=en")
        await write(page, "one <img src=x onerror=alert(1)>")
        await expect(page.locator("#log .when", has_text="Sent")).to_have_count(1, timeout=SLOWEST)
        session = await session_of(page)
        ticket = await house.route(session)
        relay.open = False
        relay.cut()
        await write(page, "two, written without a connection")
        await expect(page.locator("#notice")).to_contain_text("No connection", timeout=SLOWEST)
        await tab.keep("chat-window-lost")
        delivery = await house.answer(ticket, session, "answered meanwhile")
        await house.delivery(ticket, delivery, "accepted")
        await page.reload()
        await expect(page.locator("#log .when", has_text="Sending")).to_have_count(1, timeout=SLOWEST)
        assert len(await house.inbound(session)) == 1
        relay.open = True
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.locator("#log .when", has_text="Sent")).to_have_count(2, timeout=SLOWEST)
        await expect(page.locator("#log .agent")).to_have_count(1, timeout=SLOWEST)
        await write(page, "three")
        await expect(page.locator("#log .when", has_text="Sent")).to_have_count(3, timeout=SLOWEST)
        await page.reload()
        expected = [
            "one <img src=x onerror=alert(1)>",
            "two, written without a connection",
            "answered meanwhile",
            "three",
        ]
        await expect(page.locator("#log .body")).to_have_text(expected, timeout=SLOWEST)
        assert [each.text for each in await house.inbound(session)] == [expected[0], expected[1], expected[3]]
        await house.delivery(ticket, delivery, "read")
        assert tab.broken == []


async def test_what_is_written_without_a_connection_stays_below_what_was_sent_before_however_slow_the_clock_is(
    house: House, browsing: Open
) -> None:
    relay = Relay(house.urls[0])
    async with relay.running() as url:
        page = (await browsing()).page
        await page.goto(f"{url}/chat/web?lang=en")
        await expect(page.locator("#notice")).to_have_text("", timeout=SLOWEST)
        await page.evaluate("real = Date.now.bind(Date); Date.now = () => real() - 60000")
        await write(page, "one")
        await expect(page.locator("#log .when", has_text="Sent")).to_have_count(1, timeout=SLOWEST)
        await house.route(await session_of(page))
        relay.open = False
        relay.cut()
        await write(page, "two")
        await page.reload()
        relay.open = True
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.locator("#log .when", has_text="Sent")).to_have_count(2, timeout=SLOWEST)
        await expect(page.locator("#log .body")).to_have_text(["one", "two"], timeout=SLOWEST)


async def test_what_was_written_last_can_be_edited_and_deleted_with_the_keyboard(house: House, browsing: Open) -> None:
    relay = Relay(house.urls[0])
    async with relay.running() as url:
        tab = await browsing()
        page = tab.page
        await page.goto(f"{url}/chat/web?lang=en")
        await write(page, "my order is 4711")
        await expect(page.locator("#log .when", has_text="Sent")).to_have_count(1, timeout=SLOWEST)
        session = await session_of(page)
        relay.open = False
        relay.cut()
        await page.get_by_role("button", name="Edit").press("Enter")
        field = page.get_by_role("textbox", name="Write a message")
        await expect(field).to_have_value("my order is 4711")
        await field.press("Escape")
        await expect(field).to_have_value("")
        await page.get_by_role("button", name="Edit").press("Enter")
        await write(page, "my order is 4712")
        await expect(page.locator("#log .when")).to_have_text(re.compile("edited · Sending"), timeout=SLOWEST)
        await page.reload()
        assert await said(page) == ["my order is 4712"]
        relay.open = True
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.locator("#log .when")).to_have_text(re.compile("edited · Sent"), timeout=SLOWEST)
        await tab.keep("chat-window-edited")
        await page.get_by_role("button", name="Delete").press("Enter")
        await expect(page.locator("#log .body")).to_have_text(["Message deleted"], timeout=SLOWEST)
        await until(lambda: _so_many(house, session, 3))
        message, edited, deleted = await house.inbound(session)
        assert (edited.edits, edited.text) == (message.message_id, "my order is 4712")
        assert (deleted.edits, deleted.deleted) == (message.message_id, True)
        assert tab.broken == []


async def _so_many(house: House, session: str, count: int) -> bool:
    return len(await house.inbound(session)) >= count


@asynccontextmanager
async def host(script: str) -> AsyncIterator[str]:
    """A site of somebody else's, with our script tag in its page."""

    async def page(_: object) -> HTMLResponse:
        words = "<h1>Garden tools</h1>" + "<p>Spades, rakes and hoes for every garden.</p>" * 12
        body = f"<body style='font:18px Georgia;margin:40px'>{words}{script}</body>"
        head = "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        return HTMLResponse(f"{head}<title>Shop</title><link rel=icon href='data:,'>{body}")

    web = WebServer(Starlette(routes=[Route("/", page)]), Listen("127.0.0.1", 0), "host")  # type: ignore[arg-type]
    address = web.bind().replace("127.0.0.1", "localhost")
    await web.start()
    try:
        yield address
    finally:
        await web.stop()


async def test_one_script_tag_shows_a_chat_on_another_site_and_its_answers_at_the_button(
    house: House, browsing: Open
) -> None:
    url = house.urls[0]
    tag = f'<script src="{url}/embed.js" data-channel="chat" data-inbox="web" async></script>'
    async with host(tag) as address:
        tab = await browsing()
        page = tab.page
        await page.goto(address)
        button = page.get_by_role("button", name="Chat")
        await button.focus()
        await tab.keep("chat-button")
        await page.keyboard.press("Enter")
        frame = page.frame_locator("iframe")
        await expect(frame.locator("#presence")).to_contain_text("An agent answers", timeout=SLOWEST)
        window = next(each for each in page.frames if "/chat/" in each.url)
        await write(window, "Do you have long spades? See https://shop.example/spades.")
        await expect(frame.locator("#log .when", has_text="Sent")).to_have_count(1, timeout=SLOWEST)
        session = await session_of(page)
        ticket = await house.route(session)
        line = {"kind": "acknowledgement", "template": "acknowledgement", "automatic": True}
        await house.answer(ticket, session, variables={"expected_seconds": 3600}, **line)
        await expect(frame.locator("#log .system")).to_contain_text("T-1", timeout=SLOWEST)
        house.contexts["desk"].bus.send(subjects.chat(session), ChatTyping(name="Anna").encode())
        await expect(frame.locator("#typing")).to_have_text("Anna is typing…", timeout=SLOWEST)
        buttons = [Button(label="Yes", data="solved:1:yes"), Button(label="No", data="solved:1:no")]
        answered = await house.answer(ticket, session, "We have them up to 1.4 m. Does that help?", buttons=buttons)
        await expect(frame.locator("#log .agent")).to_have_count(1, timeout=SLOWEST)
        await frame.locator("#file").set_input_files({"name": "my spade.png", "mimeType": "image/png", "buffer": PIXEL})
        await expect(frame.locator("#chips li:not(.busy)")).to_have_count(1, timeout=SLOWEST)
        await write(window, "Like this one.")
        await expect(frame.locator("#log .me .picture img")).to_have_count(1, timeout=SLOWEST)
        await tab.keep("chat-widget-desk")
        await house.delivery(ticket, answered, "read")
        await frame.get_by_role("button", name="Yes").click()

        async def pressed() -> bool:
            return [each.pressed for each in await house.inbound(session)][-1] == "solved:1:yes"

        await until(pressed)
        await frame.locator("#text").press("Escape")
        await expect(page.locator("iframe")).to_be_hidden(timeout=SLOWEST)
        unseen = await house.answer(ticket, session, "One more thing: we deliver.")
        await expect(page.get_by_role("button", name="Open the chat (unread: 1)")).to_be_visible(timeout=SLOWEST)
        await tab.keep("chat-unread")
        assert (await house.delivery(ticket, unseen, "accepted", "delivered")).state != "read"
        await page.reload()
        again = page.get_by_role("button", name="Open the chat (unread: 1)")
        await again.click(timeout=SLOWEST)
        await expect(page.frame_locator("iframe").locator("#log .agent")).to_have_count(2, timeout=SLOWEST)
        await house.delivery(ticket, unseen, "read")
        assert tab.foreign(url, address) == []
        assert tab.broken == []


async def test_outside_the_hours_an_address_is_asked_for_on_a_phone_in_croatian(house: House, browsing: Open) -> None:
    how = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "locale": "hr-HR", "color_scheme": "dark"}
    tab = await browsing(**how)
    page = tab.page
    await page.goto(f"{house.urls[0]}/chat/night")
    await expect(page.locator("#presence")).to_contain_text(text("chat.away", "hr"), timeout=SLOWEST)
    field = page.get_by_label(text("chat.write", "hr"))
    await field.fill("Dobra večer")
    await page.get_by_role("button", name=text("form.send", "hr")).click()
    await expect(page.locator("#wrong")).to_be_visible()
    assert await page.evaluate("document.activeElement.id") == "email"
    await tab.keep("chat-phone-away")
    await page.get_by_label(text("chat.email", "hr")).fill("ivo@customer.example")
    await page.get_by_label("Order number").fill("4711")
    await page.get_by_role("button", name=text("form.send", "hr")).click()
    await expect(page.locator("#log .when", has_text=text("chat.kept", "hr"))).to_have_count(1, timeout=SLOWEST)
    await expect(page.locator("#notice")).to_have_text(text("chat.answers", "hr", address="ivo@customer.example"))
    await tab.keep("chat-phone-sent")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert await page.locator("html").get_attribute("lang") == "hr"
    assert tab.foreign(house.urls[0]) == []
    assert tab.broken == []


async def test_a_foreign_site_that_is_not_named_cannot_show_the_chat(house: House, browsing: Open) -> None:
    frame = (
        f'<iframe src="{house.urls[0]}/chat/night?embed=1"></iframe><iframe src="{house.urls[0]}/chat/web"></iframe>'
    )
    async with host(frame) as address:
        tab = await browsing()
        # Only "web" is limited, to localhost; the host is known by its number here.
        await tab.page.goto(address.replace("localhost", "127.0.0.1"))
        await expect(tab.page.frame_locator("iframe >> nth=0").locator("#text")).to_be_visible(timeout=SLOWEST)
        await expect(tab.page.frame_locator("iframe >> nth=1").locator("#text")).to_have_count(0)
