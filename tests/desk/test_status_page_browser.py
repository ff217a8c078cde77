"""The page of a ticket in a real browser (headless Chromium), without JavaScript, at the size of a desk and of a phone; screenshots are
kept for review."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Page, async_playwright

from shared.clock import now
from tests import screens
from tests.desk.customerpage import Customer, assign, customer
from tests.desk.house import House
from tests.desk.portalcustomer import sent

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("chromium")]

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
SLOWEST = 60_000
# Every text's contrast with what it stands on (https://www.w3.org/TR/WCAG22/#contrast-minimum), for opaque colours.
CONTRASTS = """() => {
  const parse = (c) => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const lum = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; }
    return [255, 255, 255];
  };
  const speaks = (e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.querySelectorAll("body *")].filter(speaks)
    .map((e) => { const [a, b] = [lum(parse(getComputedStyle(e).color)), lum(behind(e))].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), e.tagName + " " + e.textContent.trim().slice(0, 40)]; }).filter(([ratio]) => ratio < 4.5);
}"""


class Tab:
    """A browser's tab, every address that it asked for, and what its console said."""

    def __init__(self, page: Page) -> None:
        self.page, self.asked, self.said = page, list[str](), list[str]()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))

    async def keep(self, name: str) -> None:
        """A screenshot of the whole page, for review."""
        await screens.keep(self.page, name, whole=True)

    def foreign(self, url: str) -> list[str]:
        """What was asked of anyone else."""
        return [each for each in self.asked if urlsplit(each).netloc != urlsplit(url).netloc]


@asynccontextmanager
async def browsing(**how: object) -> AsyncIterator[Tab]:
    """A fresh browser that runs no script of a page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        settings = {"viewport": DESK, "locale": "en-GB", "java_script_enabled": False, **how}
        context = await browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(SLOWEST)
        yield Tab(await context.new_page())
        await browser.close()


async def story(house: House, **more: object) -> Customer:
    """A ticket in which something has happened."""
    content = uuid4().bytes * 9_000
    stored = await house.contexts["intake"].blobs.put(content)
    photo = {"filename": "pump.jpg", "media_type": "image/jpeg", "size": len(content), "sha256": stored, "blob": stored}
    words = "Hello,\n\nthe pump of our heating leaks since Monday, and it is getting worse. A photo is attached."
    ana = await customer(house, words, attachments=[photo], subject="The pump of our heating leaks", **more)
    await assign(ana, f"Nowak {uuid4().hex}", "Anna")
    await ana.act(
        "promises", what="A technician comes and looks at the pump", due=(now() + timedelta(days=2)).isoformat()
    )
    await ana.act(
        "replies",
        text="Good morning,\n\nthank you for the photo. A technician comes on Wednesday before noon.\n\nUntil then please close the valve: https://acme.example/valve",
    )
    return ana


async def test_a_customer_reads_answers_confirms_and_rates_without_javascript(house: House) -> None:
    ana = await story(house)
    async with browsing() as tab:
        page = tab.page
        await page.goto(f"{house.url}/t/{ana.link}")
        await tab.keep("status-desk")
        assert await page.get_by_role("heading", level=1).inner_text() == "The pump of our heating leaks"
        await page.get_by_label("Your message").fill("Wednesday is fine.\nThe valve is closed.")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("status").wait_for()
        assert (
            await page.get_by_role("article").last.locator(".text").inner_text()
            == "Wednesday is fine.\nThe valve is closed."
        )
        await ana.solve()
        await page.goto(f"{house.url}/t/{ana.link}")
        await tab.keep("status-desk-solved")
        await page.get_by_role("button", name="Yes, it is solved").click()
        await page.get_by_role("heading", name="How satisfied are you").wait_for()
        await page.get_by_role("radio", name="4").check()
        await page.get_by_label("Would you like to say why?").fill("Quick and friendly.")
        await tab.keep("status-desk-score")
        await page.get_by_role("button", name="Send").first.click()
        await page.get_by_text("You gave us 4 of 5").wait_for()
        await tab.keep("status-desk-rated")
        ticket = await ana.ticket()
        assert (ticket["status"], ticket["satisfaction"]) == ("closed", {"score": 4, "words": "Quick and friendly."})
        assert tab.foreign(house.url) == []
        assert tab.said == []


async def test_it_fits_a_phone_in_the_dark_and_can_be_used_by_keyboard(house: House) -> None:
    ana = await story(house, language="hr", language_confidence=1.0)
    await ana.solve()
    look = {"viewport": PHONE, "is_mobile": True, "color_scheme": "dark", "java_script_enabled": True}
    async with browsing(**look) as tab:
        page = tab.page
        await page.goto(f"{house.url}/t/{ana.link}")
        await tab.keep("status-phone-dark")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await page.locator("html").get_attribute("lang") == "hr"
        assert await page.evaluate(CONTRASTS) == []
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.get_by_text("Ne, nije riješeno").first.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Opet curi.")
        await tab.keep("status-phone-dark-no")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.type") == "file"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_role("status").wait_for()
        await tab.keep("status-phone-dark-reopened")
        assert (await ana.ticket())["status"] == "open"
        assert tab.foreign(house.url) == []


async def test_in_daylight_every_text_is_readable_and_what_is_wrong_is_said(house: House) -> None:
    ana = await story(house, language="pl", language_confidence=1.0)
    async with browsing(viewport=PHONE, is_mobile=True, java_script_enabled=True) as tab:
        page = tab.page
        await page.goto(f"{house.url}/t/{ana.link}")
        await tab.keep("status-phone")
        assert await page.evaluate(CONTRASTS) == []
        await page.get_by_label("Państwa wiadomość").fill("   ")
        await page.get_by_role("button", name="Wyślij").click()
        await page.get_by_role("alert").wait_for()
        await tab.keep("status-phone-wrong")
        assert await page.evaluate("document.activeElement.id") == "text"
        assert await page.evaluate(CONTRASTS) == []
        await page.goto(f"{house.url}/t/nothing?lang=pl")
        await tab.keep("status-phone-gone")
        assert await page.get_by_role("heading", level=1).inner_text() == "Ten link niczego nie otwiera"
        assert tab.foreign(house.url) == []


async def test_the_portal_is_used_on_a_small_phone_without_javascript_and_by_keyboard(house: House) -> None:
    ana = await story(house)
    async with browsing(viewport=SMALL) as tab:
        page, checked = tab.page, []

        async def look(name: str) -> None:
            await tab.keep(f"portal-{name}")
            checked.append((name, await page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]))
            checked.append((name, await page.evaluate(CONTRASTS) == []))

        await page.goto(f"{house.url}/status")
        await look("status")
        await page.get_by_role("link", name="See all your requests instead").click()
        await look("sign-in")
        await page.get_by_label("Email address or phone number").fill("nobody")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").wait_for()
        assert await page.evaluate("document.activeElement.id") == "point"
        await look("sign-in-wrong")
        await page.get_by_label("Email address or phone number").fill(ana.address)
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Type the code").wait_for()
        await look("code")
        code = (await sent(house, ana.address, 1))[-1]
        await page.get_by_label("The six digits").fill(f"{(int(code) + 1) % 1_000_000:06}")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").wait_for()
        await page.get_by_label("The six digits").fill(code)
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Your requests").wait_for()
        await look("tickets")
        await page.get_by_role("link", name="New request").last.click()
        await page.get_by_label("Subject").fill("The invoice of October")
        await look("new")
        await page.get_by_label("Message").fill("It came twice.")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_text("We have your request").wait_for()
        await look("ticket")
        await page.get_by_role("link", name="Your requests").click()
        await page.get_by_role("searchbox").fill("october")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**q=october**")
        assert await page.get_by_role("listitem").count() == 1
        await page.set_viewport_size(DESK)
        await tab.keep("portal-tickets-desk")
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_text("You are signed out").wait_for()
        assert [name for name, fits in checked if not fits] == []
        assert tab.foreign(house.url) == []
        assert [line for line in tab.said if "422" not in line] == []
