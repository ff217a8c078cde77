"""Nothing that axe-core calls serious or critical stands in anybody's way, on any page of console and customers, light and dark.

What a machine can find only (https://github.com/dequelabs/axe-core): keys, order and words are looked at in the other browser tests.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.console.browsing import CONFIG, PASSWORD, SLOWEST, Desk, Seat, first_admin, open_desk
from tests.system.processes import ROOT, wait_until

expect.set_options(timeout=SLOWEST)
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("chromium")]

ANNA, ANA = "anna@acme.example", "ana@customer.example"
FORM = """
[[inbox]]
name = "contact"
channel = "form"
fields = [{name = "order", label = {en = "Order number"}, kind = "text"}]

[[inbox]]
name = "web"
channel = "chat"
"""
HTML = "<p>Hello,</p><p>the pump <b>leaks</b> since Monday.</p><table><tr><td>Model</td><td>P-7</td></tr></table><p>Ana</p>"
# What every path of the console's pages is filled with: the names that its pages give to what stands in their paths.
GIVEN: dict[str, str] = {"number": "1001", "email": ANNA, "slug": "the-pump"}
CONSOLE: Final = sorted(
    {
        path
        for file in (ROOT / "services" / "desk" / "console").rglob("*.py")
        for path in re.findall(r'^@page\(\s*"([^"]+)"', file.read_text("utf-8"), re.M)
        if path != "/"  # it leads on to the list
    }
)
# Forms that a page shows when it is asked to.
FORMS: Final = (
    "/admin/teams?name=new",
    "/admin/webhooks?name=new",
    "/article-categories?slug=new",
    "/checklists?name=default",
)
OPEN: Final = (
    "/sign-in",
    "/forgot",
    "/portal",
    "/status",
    "/kb",
    "/kb/a/the-pump",
    "/kb/search?q=pump",
    "/form/contact",
    "/chat/web",
    "/",
)
GUESTS: Final = ("/portal", "/portal/new", "/portal/t/T-1001", "/t/…")
IN_THE_DARK: Final = ("/tickets", "/ticket/{number}")
_COLOURS: Final = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
# axe takes the veil behind a window for the ground of its buttons; their colours are those of the page's.
_BUT_COLOURS: Final = {"rules": {"color-contrast": {"enabled": False}}, "resultTypes": ["violations"]}
_STILL: Final = (
    "![...document.querySelectorAll('.q-dialog, .q-dialog *')].some((each) => /-enter-/.test(each.className))"
)
_GRAVE: Final = ("serious", "critical")


@dataclass
class House:
    """The desk with whoever looks: ``anna`` is its admin, ``guest`` a customer in the portal, ``link`` leads to the customer's ticket.
    ``met`` is what was found on the pages that are seen but once."""

    desk: Desk
    anna: Seat
    guest: Seat
    link: str = ""
    met: dict[str, list[str]] = field(default_factory=dict)


async def trouble(page: Page, options: dict[str, Any] | None = None, within: str | None = None) -> list[str]:
    """What axe finds that is grave, on the page or ``within`` one element: rule, element, and what is wrong with it."""
    found = await Axe().run(page, context=within, options=options or {"resultTypes": ["violations"]})
    return [
        f"{each['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for each in found.response["violations"]
        if each["impact"] in _GRAVE
        for node in each["nodes"]
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "accessible")
    async with open_desk(folder, CONFIG + FORM) as desk:
        house = House(desk, await desk.seat("anna"), await desk.seat("ana"))
        for seat in (house.anna, house.guest):
            await seat.page.emulate_media(reduced_motion="reduce")  # what fades in is judged when it is there
        await asyncio.to_thread(fill, desk)
        await set_up(house)
        house.link = await asyncio.to_thread(desk.link_to_customer)
        await come_in(house)
        yield house


def fill(desk: Desk) -> None:
    """A ticket, its answer, and something on every page."""
    up = desk.up
    desk.mail("The pump leaks", "Hello,\n\nthe pump leaks since Monday.\n\nAna", html=HTML)
    wait_until(lambda: up.total() == 1, "the first ticket is there")
    desk.mail("The lamp is dark", "Hello,\n\nthe lamp is dark.\n\nAna")
    wait_until(lambda: up.total() == 2, "the second ticket is there")
    ticket = up.api("GET", "/api/v1/tickets/T-1001")
    GIVEN["contact_id"] = ticket["contact"]["id"]
    article = {
        "texts": {"en": {"title": "The pump leaks", "body": "## Close the valve\n\n1. Turn it\n2. Wait"}},
        "slug": "the-pump",
    }
    up.api("POST", "/api/v1/articles", article)
    up.api("POST", "/api/v1/articles/the-pump/status", {"status": "published"})
    up.api("POST", "/api/v1/tickets/T-1001/replies", {"text": "Please close the valve."})
    up.api("PATCH", "/api/v1/tickets/T-1002", {"status": "solved"})  # whose customer is asked, with a link
    improvement = {"kind": "training", "what": "How to bleed a boiler", "why": "Asked often"}
    GIVEN["improvement_id"] = up.api("POST", "/api/v1/improvements", improvement)["id"]
    GIVEN["review_id"] = up.api("POST", "/api/v1/reviews/draw", {"since": "2020-01-01"})["reviews"][0]["id"]
    wait_until(lambda: "Is it solved" in mails(desk), "the customer is asked")


def mails(desk: Desk) -> str:
    """All mails that were sent."""
    return "\n".join(file.read_text("utf-8", "replace") for file in (desk.up.data / "maildir" / "new").iterdir())


async def set_up(house: House) -> None:
    """Walk the first set-up, and look at its pages on the way."""
    page, met = house.anna.page, house.met
    await page.goto(house.desk.link)
    met["/set-up"] = await trouble(page)
    await first_admin(house.anna, "Anna Nowak", ANNA)
    met["/set-up/inbox"] = await trouble(page)
    await house.anna.go("/set-up/people")
    met["/set-up/people"] = await trouble(page)
    await house.anna.go("/account")
    met["/account"] = await trouble(page)
    await page.locator("#present-totp").fill(PASSWORD)
    await page.locator("button[value=totp]").click()
    await expect(page.locator("input[name=code]")).to_be_visible()
    met["second step"] = await trouble(page)


async def come_in(house: House) -> None:
    """A customer signs in to the portal."""
    page = house.guest.page
    await house.guest.go("/portal")
    await page.locator("#point").fill(ANA)
    await page.locator("main button[type=submit]").click()
    await expect(page.locator("#code")).to_be_visible()
    house.met["/portal/code"] = await trouble(page)
    code: list[str] = []

    def sent() -> bool:
        code[:] = re.findall(r"your code is (\d{6})", mails(house.desk))
        return bool(code)

    await asyncio.to_thread(wait_until, sent, "a code for the portal is sent")
    await page.locator("#code").fill(code[-1])
    await page.locator("main button[type=submit]").click()
    await expect(page.get_by_text("T-1001")).to_be_visible()


async def test_whoever_signs_in_for_the_first_time_is_kept_out_by_nothing(house: House) -> None:
    assert len(house.met) == 6
    assert {page: found for page, found in house.met.items() if found} == {}


@pytest.mark.parametrize("path", [*CONSOLE, *FORMS])
async def test_a_page_of_the_console_keeps_nobody_out(house: House, path: str) -> None:
    page = house.anna.page
    await house.anna.see(path.format(**GIVEN))
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert await trouble(page) == []
    if path in IN_THE_DARK:
        await page.emulate_media(color_scheme="dark")
        assert await trouble(page, _COLOURS) == []
        await page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("key", ["?", "x", "s", "e"])
async def test_a_window_that_opens_keeps_nobody_out(house: House, key: str) -> None:
    page = house.anna.page
    if not page.url.endswith("/console/ticket/1001"):
        await house.anna.see("/ticket/1001")
        await expect(page.get_by_role("article").first).to_be_visible()
    await page.keyboard.press(key)
    window = page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))
    await expect(window).to_be_visible()
    await page.wait_for_function(_STILL)
    found = await trouble(page, _BUT_COLOURS, within=".q-dialog")
    await page.keyboard.press("Escape")
    await expect(window).to_have_count(0)
    assert found == []


@pytest.mark.parametrize("path", OPEN)
async def test_a_page_for_everybody_keeps_nobody_out(house: House, path: str) -> None:
    stranger = house.anna if path == "/account" else house.guest
    await stranger.go(path)
    assert await trouble(stranger.page) == []


@pytest.mark.parametrize("path", GUESTS)
async def test_a_customer_s_page_keeps_nobody_out(house: House, path: str) -> None:
    page = house.guest.page
    await page.goto(house.link if path == "/t/…" else house.desk.url + path)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert await trouble(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await trouble(page, _COLOURS) == []
    await page.emulate_media(color_scheme="light")


async def test_what_is_wrong_is_found(house: House) -> None:
    page = house.guest.page
    await page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><button></button><img src="x"></main>')
    assert {each.partition(":")[0] for each in await trouble(page)} == {"button-name", "image-alt"}
