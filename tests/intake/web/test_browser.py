"""The form in a real browser (headless Chromium), at the size of a desk and of a phone; screenshots are kept for review."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from services.composition.web import WebServer
from shared.settings.quantities import Listen
from tests import screens
from tests.intake.web.conftest import House

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("chromium")]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SLOWEST = 60_000


class Browsing:
    """A browser's tab, and every address that it asked for."""

    def __init__(self, page: Page, asked: list[str]) -> None:
        self.page, self.asked = page, asked

    async def keep(self, name: str) -> None:
        """A screenshot of the whole page, for review."""
        await screens.keep(self.page, name, whole=True)

    def foreign(self, *ours: str) -> list[str]:
        """What was asked of anyone else."""
        hosts = {urlsplit(each).netloc for each in ours}
        return [each for each in self.asked if urlsplit(each).scheme != "data" and urlsplit(each).netloc not in hosts]


@asynccontextmanager
async def browsing(**how: object) -> AsyncIterator[Browsing]:
    """A fresh browser without anything stored."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context: BrowserContext = await browser.new_context(**{"viewport": DESK, "locale": "en-GB", **how})  # type: ignore[arg-type]
        context.set_default_timeout(SLOWEST)
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield Browsing(page, asked)
        await browser.close()


async def test_a_customer_mends_what_is_marked_and_gets_the_number(house: House) -> None:
    async with browsing() as tab:
        page = tab.page
        await page.goto(f"{house.url}/form/contact")
        await tab.keep("form-desk")
        await page.evaluate("token => document.querySelector('[name=token]').value = token", house.page_token())
        await page.get_by_label("Your name").fill("Ana Kovač")
        await page.get_by_label("Email address").fill("ana@customer")
        await page.get_by_label("Message").fill("The parcel arrived open.")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("alert").wait_for()
        await tab.keep("form-desk-errors")
        assert await page.evaluate("document.activeElement.id") == "email"
        assert await page.get_by_label("Message").input_value() == "The parcel arrived open."
        await page.get_by_label("Email address").fill("ana@customer.example")
        await page.get_by_label("What is it about?").select_option("Delivery")
        await page.get_by_label("You may keep what I wrote").check()
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("heading", name="Thank you").wait_for()
        number = await page.locator(".number").inner_text()
        await tab.keep("form-desk-done")
        assert (await house.ticket(int(number.removeprefix("T-")))).contact.name == "Ana Kovač"
        assert tab.foreign(house.url) == []


async def test_the_form_fits_a_phone(house: House) -> None:
    async with browsing(viewport=PHONE, is_mobile=True, locale="hr-HR", color_scheme="dark") as tab:
        await tab.page.goto(f"{house.url}/form/contact")
        await tab.keep("form-phone-dark")
        assert await tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await tab.page.locator("html").get_attribute("lang") == "hr"
        await house.article("kuhalo", hr="Kuhalo ne kuha vodu", en="The kettle does not boil")
        offer = tab.page.get_by_role("link", name="Kuhalo ne kuha vodu")
        assert not await offer.is_visible()
        await tab.page.locator("#message").press_sequentially("Moje kuhalo od jučer ne kuha više vodu.")
        await offer.wait_for()
        assert (await offer.get_attribute("target"), await offer.get_attribute("rel")) == ("_blank", "noopener")
        await tab.keep("form-phone-articles")
        assert tab.foreign(house.url) == []


async def test_the_form_works_without_javascript(house: House) -> None:
    async with browsing(java_script_enabled=False, viewport=PHONE, locale="pl-PL") as tab:
        page = tab.page
        await page.goto(f"{house.url}/form/plain")
        await page.get_by_label("Imię i nazwisko").fill("Jan")
        await page.get_by_label("Adres e-mail").fill("jan@customer.example")
        await page.get_by_label("Wiadomość").fill("Nie działa.")
        await page.get_by_role("button", name="Wyślij").click()
        await page.get_by_role("alert").wait_for()  # far too fast for a person: asked to press once more
        await tab.keep("form-phone-too-fast")
        assert await page.get_by_label("Imię i nazwisko").input_value() == "Jan"
        await page.wait_for_timeout(3000)
        await page.get_by_role("button", name="Wyślij").click()
        await page.get_by_role("heading", name="Dziękujemy").wait_for()
        await tab.keep("form-phone-done")


async def test_another_site_shows_the_form_by_one_script_tag(house: House) -> None:
    async def host(_: object) -> HTMLResponse:
        return HTMLResponse(
            "<!doctype html><title>Shop</title><style>body{font-family:serif;margin:2rem}</style><h1>Shop</h1>"
            f'<script src="{house.url}/embed.js" data-inbox="contact" data-lang="pl"></script><p>Imprint</p>'
        )

    site = WebServer(Starlette(routes=[Route("/", host)]), Listen("127.0.0.1", 0), "site")  # type: ignore[arg-type]
    address = site.bind().replace("127.0.0.1", "localhost")
    await site.start()
    try:
        async with browsing() as tab:
            await tab.page.goto(address)
            form = tab.page.frame_locator("iframe")
            await form.get_by_role("button", name="Wyślij").wait_for()
            frame = tab.page.locator("iframe")
            await tab.page.wait_for_function("parseInt(document.querySelector('iframe').style.height) > 500")
            assert await frame.get_attribute("title") == "Kontakt: Acme <b>& Sons</b>"
            await tab.keep("form-embedded")
            token = house.page_token()
            await form.locator("[name=token]").evaluate("(field, token) => field.value = token", token)
            await form.get_by_label("Imię i nazwisko").fill("Jan")
            await form.get_by_label("Adres e-mail").fill("jan@customer.example")
            await form.get_by_label("Czego dotyczy?").select_option("Invoice")
            await form.get_by_label("Wiadomość").fill("Proszę o fakturę.")
            await form.get_by_label("You may keep what I wrote").check()
            await form.get_by_role("button", name="Wyślij").click()
            await form.get_by_role("heading", name="Dziękujemy").wait_for()
            await tab.page.wait_for_function("parseInt(document.querySelector('iframe').style.height) < 500")
            assert await tab.page.context.cookies() == []
            assert tab.foreign(house.url, address) == []
    finally:
        await site.stop()
