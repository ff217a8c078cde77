"""The page behind the link by which an agent proves an address, in a real browser without JavaScript: at the size of a phone in the dark,
and of a desk."""

import pytest

from tests.desk.house import House
from tests.desk.test_agent_points import claimed, link_of, points
from tests.desk.test_staff import hired
from tests.desk.test_status_page_browser import CONTRASTS, PHONE, browsing

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("chromium")]


async def test_an_agent_proves_an_address_by_one_button(house: House) -> None:
    email = await hired(house)
    address, code = await claimed(house, email)
    token = await link_of(house, email, address, code)
    async with browsing() as tab:
        page = tab.page
        await page.goto(f"{house.url}/agent/point/{token}")
        await tab.keep("point-desk")
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await page.emulate_media(color_scheme="dark")
        await tab.keep("point-phone-dark")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await page.evaluate(CONTRASTS) == []
        words, button = page.locator(".notice p"), page.get_by_role("button")
        above, below = await words.bounding_box(), await button.bounding_box()
        assert above is not None
        assert below is not None
        assert (
            below["y"] - above["y"] - above["height"] >= 16
        )  # what is to be pressed stands apart from what is to be read
        await button.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Confirmed").wait_for()
        await tab.keep("point-phone-done")
        await page.goto(f"{house.url}/agent/point/{token[:-1]}")
        await tab.keep("point-phone-gone")
        assert tab.foreign(house.url) == []
    assert (await points(house, email))[0]["verified"] is True
