"""The console's main roads in a real browser: first run, signing in, a ticket from arrival to satisfaction, two people at once, many
tickets at once, searching. Screenshots are kept for review where TRUNKLINE_SCREENSHOTS names a folder."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pyotp
import pytest
import pytest_asyncio
from openpyxl import load_workbook
from playwright.async_api import expect

from tests.console.browsing import PASSWORD, SLOWEST, Desk, Seat, connected, first_admin, open_desk, sign_in

expect.set_options(timeout=SLOWEST)
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("chromium")]

ANNA, BORIS = "anna@acme.example", "boris@acme.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "desk")
    async with open_desk(folder) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def anna(desk: Desk) -> Seat:
    """The first admin, who has set the house up and uses a second factor."""
    seat = await desk.seat("anna")
    page = seat.page
    await page.goto(desk.link)
    await first_admin(seat, "Anna Nowak", ANNA)
    await page.locator("main form input[name=to]").first.fill(ANNA)
    await page.locator("main form button[type=submit]").first.click()
    await expect(page.get_by_role("status").first).to_be_visible()
    await seat.keep("set-up-inbox")
    await page.locator("a[href$='/set-up/people']").click()
    await page.locator("input[name=name]").fill("Boris Horvat")
    await page.locator("input[name=email]").fill(BORIS)
    await page.locator("main button[type=submit]").click()
    await expect(page.get_by_text(BORIS)).to_be_visible()
    await seat.keep("set-up-people")
    return seat


async def test_a_new_house_is_set_up_in_the_browser(desk: Desk, anna: Seat) -> None:
    await anna.page.locator("a[href$='/console']").click()
    await expect(anna.page.get_by_role("heading", level=1)).to_be_visible()
    await anna.keep("list-empty")
    assert anna.foreign == []


async def test_who_has_a_second_factor_signs_in_with_it(desk: Desk, anna: Seat) -> None:
    page = anna.page
    await anna.go("/account")
    await page.locator("#present-totp").fill(PASSWORD)
    await page.locator("button[value=totp]").click()
    key = (await page.locator("code").first.inner_text()).replace(" ", "")
    await page.locator("input[name=code]").fill(pyotp.TOTP(key).now())
    await anna.keep("second-factor")
    await page.locator("main button[type=submit]").first.click()
    await expect(page.locator("code").first).to_be_visible()
    other = await desk.seat("anna elsewhere")
    await sign_in(other, ANNA)
    await expect(other.page.locator("input[name=code]")).to_be_visible()
    # The code of now has been used; that of the next half minute is good for whoever's clock is a little fast.
    await other.page.locator("input[name=code]").fill("000000")
    await other.page.locator("main button[type=submit]").click()
    await expect(other.page.get_by_role("alert")).to_be_visible()
    await other.page.locator("input[name=code]").fill(pyotp.TOTP(key).at(datetime.now(UTC) + timedelta(seconds=30)))
    await other.page.locator("main button[type=submit]").click()
    await other.page.wait_for_url("**/console**")
    await other.context.close()


async def test_a_ticket_goes_from_arrival_to_satisfaction(desk: Desk, anna: Seat) -> None:
    page = anna.page
    await anna.see("/tickets?view=all")
    desk.mail("The pump leaks", "Hello,\n\nthe pump leaks since Monday. Please help.\n\nAna")
    row = page.get_by_role("link", name="The pump leaks")
    await expect(row).to_be_visible(timeout=15_000)  # by itself: nobody reloaded the page
    await anna.keep("list-live")
    await row.click()
    await page.wait_for_url("**/console/ticket/**")
    await page.get_by_role("button", name="Take").click()
    await expect(page.get_by_role("button", name="Assigned to Anna Nowak")).to_be_visible()
    field = page.get_by_role("textbox", name="Answer the customer")
    await field.fill("Please close the valve.\nA technician comes tomorrow.")
    await anna.keep("ticket")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Sending in")).to_be_visible()
    await expect(field).to_have_value("")
    await anna.keep("ticket-sending")
    await page.get_by_role("button", name="Take it back").click()
    await expect(field).to_have_value("Please close the valve.\nA technician comes tomorrow.")
    ticket = page.url
    await send_at_once(anna)
    await page.goto(ticket)  # what was taken back is there again
    await expect(field).to_have_value("Please close the valve.\nA technician comes tomorrow.")
    assert not await asyncio.to_thread(desk.was_sent, "A technician comes tomorrow.")
    await page.get_by_role("button", name="Send", exact=True).click()
    answer = page.get_by_role("article").filter(has_text="A technician comes tomorrow.")
    await expect(answer).to_be_visible(timeout=15_000)
    await anna.keep("ticket-answered")
    await page.get_by_role("button", name="Solve", exact=True).click()
    await anna.keep("ticket-solving")
    await expect(page.get_by_role("dialog", name="Solve")).to_be_visible()
    solving = page.get_by_role("dialog", name="Solve")
    await solving.get_by_label("How it was solved").fill("The seal was changed.")
    await anna.keep("ticket-solving")
    await solving.get_by_role("button", name="Solve").click()
    await expect(page.get_by_role("button", name="Status Solved")).to_be_visible()
    link = await asyncio.to_thread(desk.link_to_customer)
    customer = await desk.seat("the customer", phone=True)
    await customer.page.goto(link)
    await expect(customer.page.get_by_text("A technician comes tomorrow.")).to_be_visible()
    await customer.page.get_by_role("button", name="Yes, it is solved").click()
    await customer.page.get_by_role("radio", name="5").check()
    await customer.page.locator("form:has(input[type=radio]) button[type=submit]").click()
    await expect(customer.page.get_by_role("status").first).to_be_visible()
    await customer.keep("customer")
    await customer.context.close()
    await page.get_by_role("tab", name="Record").click()
    await expect(page.get_by_role("tabpanel").get_by_text("The seal was changed.")).to_be_visible()
    await anna.keep("ticket-record")
    await expect(page.get_by_role("tabpanel")).to_contain_text("5")
    assert anna.foreign == []


async def test_two_at_one_ticket_see_each_other_and_neither_overwrites_the_other(desk: Desk, anna: Seat) -> None:
    desk.mail("Where is my order", "Where is order 4711?")
    boris = await boris_at_his_desk(desk)
    number = await ticket_about(anna, "Where is my order")
    await boris.see(f"/ticket/{number}")
    await anna.see(f"/ticket/{number}")
    await expect(anna.page.get_by_text("Boris Horvat").first).to_be_visible(timeout=15_000)
    await boris.page.get_by_role("textbox", name="Answer the customer").fill("It left yesterday.")
    await expect(anna.page.get_by_text("Boris Horvat is writing in this ticket right now.")).to_be_visible()
    await anna.keep("collision")
    await anna.page.get_by_role("textbox", name="Answer the customer").fill("Tomorrow.")
    await boris.page.get_by_role("button", name="Send", exact=True).click()
    # It waits, which others see, and is then sent by itself though its writer has gone home.
    await expect(boris.page.get_by_text("Sending in")).to_be_visible()
    await boris.keep("ticket-boris")
    await boris.context.close()
    await expect(anna.page.get_by_text("Sending in")).to_be_visible()
    sent = anna.page.get_by_role("article", name="Answer by Boris Horvat")
    await expect(sent).to_contain_text("It left yesterday.")
    await expect(anna.page.get_by_text("Sending in")).to_have_count(0)
    field = anna.page.get_by_role("textbox", name="Answer the customer")
    await expect(anna.page.get_by_text("Something new came since you began.")).to_be_visible()
    await anna.page.get_by_role("button", name="Send", exact=True).click()
    held = anna.page.get_by_role("alertdialog")
    await expect(held).to_contain_text("It left yesterday.")
    await anna.keep("collision-held")
    await held.get_by_role("button", name="Look again and edit").click()
    await expect(held).to_have_count(0)
    await expect(field).to_have_value("Tomorrow.")
    assert not await asyncio.to_thread(desk.was_sent, "Tomorrow.")
    await field.fill("It arrives tomorrow.")
    await anna.page.get_by_role("button", name="Send", exact=True).click()
    await expect(anna.page.get_by_role("article", name="Answer by Anna Nowak")).to_contain_text("It arrives tomorrow.")


async def test_many_tickets_are_merged_at_once_and_the_merging_is_taken_back(desk: Desk, anna: Seat) -> None:
    for words in ("The invoice is wrong", "The invoice is still wrong"):
        desk.mail(words, f"{words}, please look.", "Iva <iva@customer.example>")
    await ticket_about(anna, "The invoice is still wrong")
    await anna.see("/tickets?q=invoice")
    page = anna.page
    await expect(page.locator(".tl-list tbody tr")).to_have_count(2)
    await page.get_by_label("Pick all on this page").check()
    bulk = page.get_by_role("region", name="With the picked tickets")
    await expect(bulk).to_be_visible()
    await anna.keep("bulk")
    await bulk.get_by_role("button", name="Merge").click()
    await page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    undo = page.get_by_role("button", name="Undo")
    await expect(page.locator(".tl-list .tl-status-merged")).to_have_count(1)
    await undo.click()
    await expect(page.locator(".tl-list .tl-status-merged")).to_have_count(0)


async def test_what_somebody_wrote_is_found_from_any_page_with_the_keyboard(desk: Desk, anna: Seat) -> None:
    page = anna.page
    await anna.see("/preferences")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("valve technician")  # stands in an answer, in no subject
    await page.keyboard.press("Enter")
    rows = page.locator(".tl-list tbody tr")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("The pump leaks")
    await anna.keep("search")
    await anna.see("/tickets?q=nowhere+to+be+found")
    await expect(rows).to_have_count(0)


async def test_everything_can_be_done_with_keys_and_on_a_telephone(desk: Desk, anna: Seat) -> None:
    page = anna.page
    await anna.see("/tickets?view=all")
    await page.wait_for_function("window.tlList !== undefined")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Next row")
    await anna.keep("keys")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    listed = await page.locator(".tl-list tbody tr").evaluate_all("rows => rows.map(row => row.dataset.number)")
    await page.keyboard.press("j")
    await page.keyboard.press("o")
    await page.wait_for_url("**/console/ticket/**")
    here = listed.index(re.findall(r"/ticket/(?:T-)?(\d+)", page.url)[0])
    await connected(anna)
    await page.keyboard.press("j")  # the next one of that list, whatever has changed in it since
    await page.wait_for_url(f"**/console/ticket/T-{listed[here + 1]}")
    await connected(anna)
    await page.keyboard.press("u")
    await page.wait_for_url("**/console/tickets?view=all")
    cookies = await anna.context.cookies()
    phone = await desk.seat("anna's telephone", phone=True)
    await phone.context.add_cookies(cookies)  # type: ignore[arg-type]
    await phone.see("/tickets?view=all")
    await phone.keep("phone-list")
    assert await phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await phone.page.locator(".tl-list [data-open]").first.click()
    await phone.page.wait_for_url("**/console/ticket/**")
    await expect(phone.page.get_by_role("textbox", name="Answer the customer")).to_be_visible()
    await phone.keep("phone-ticket")
    assert await phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await phone.context.close()


async def test_commands_are_written_into_the_composer(desk: Desk, anna: Seat) -> None:
    number = await ticket_about(anna, "Where is my order")
    await anna.see(f"/ticket/{number}")
    page = anna.page
    await page.get_by_role("textbox", name="Answer the customer").fill("#priority high\n#tag vip")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("button", name="Priority High")).to_be_visible(timeout=15_000)
    await expect(page.get_by_text("vip").first).to_be_visible()


PAGES = (
    *("new", "quarantine", "contacts", "articles", "reports", "reviews", "improvements", "operations", "preferences"),
    *("admin", "admin/agents", "admin/macros", "admin/inboxes", "admin/texts", "admin/audit"),
)


async def test_every_page_opens_and_asks_nobody_else(desk: Desk, anna: Seat) -> None:
    for path in PAGES:
        await anna.see(f"/{path}")
        await expect(anna.page.get_by_role("heading", level=1).first).to_be_visible()
        await expect(anna.page.locator(".tl-page [role=alert]")).to_have_count(0)
        await anna.keep(f"page-{path.replace('/', '-')}")
    assert anna.foreign == []


async def test_the_register_is_downloaded_opened_again_and_has_the_tickets(desk: Desk, anna: Seat) -> None:
    answer = await anna.context.request.get(f"{anna.url}/api/v1/register?format=xlsx")
    assert answer.ok, await answer.text()
    book = load_workbook(BytesIO(await answer.body()), read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    head = next(row for row in rows if row[0] == "Number")
    listed = {str(row[0]): dict(zip(head, row, strict=True)) for row in rows if str(row[0]).startswith("T-")}
    tickets = {each["number"]: each for each in await asyncio.to_thread(desk.up.tickets)}
    assert listed.keys() == {number for number, each in tickets.items() if each["status"] != "spam"}
    for number, row in listed.items():
        ticket = tickets[number]
        assert row["Subject"] == ticket["subject"]
        assert row["Problem"].strip() == ticket["problem"].strip()
        assert row["Customer"] == ticket["contact"]["name"]
        assert (row["Solution"] or "") == (ticket["solution"] or "")
        assert (row["Person in charge"] or "") == (ticket["assignee"] or "")
        assert (row["Closed on"] is not None) == (ticket["closed_at"] is not None)
    assert any(row["Solution"] == "The seal was changed." for row in listed.values())


HOSTILE = """<p>Hello</p><script>window.stolen = 1</script><img src="http://tracker.example/pixel.gif" onerror="window.stolen = 2">
<style>body { display: none }</style><svg onload="window.stolen = 3"></svg><a href="http://phish.example/login">https://bank.example</a>
<form action="http://phish.example"><input name="password"></form><iframe src="http://tracker.example"></iframe>"""


async def test_a_hostile_mail_does_nothing_in_the_console(desk: Desk, anna: Seat) -> None:
    desk.mail("<img src=x onerror=alert(1)>", "<script>window.stolen = 4</script>", html=HOSTILE)
    number = await ticket_about(anna, "onerror")
    await anna.see(f"/ticket/{number}")
    await expect(anna.page.get_by_role("heading", level=1)).to_have_text("<img src=x onerror=alert(1)>")
    await anna.page.get_by_role("button", name="As it was sent").click()
    mail = anna.page.frame_locator("iframe")
    await expect(mail.get_by_text("Hello")).to_be_visible()
    link = mail.get_by_role("link")
    await expect(link).to_have_attribute("href", "http://phish.example/login")
    assert "noopener" in (await link.get_attribute("rel") or "")
    assert await mail.locator("script, body style, form, iframe, svg").count() == 0
    await anna.keep("hostile")
    assert await anna.page.evaluate("window.stolen") is None
    assert anna.foreign == []
    assert [each for each in anna.said if "Content Security" in each] == []


async def send_at_once(seat: Seat) -> None:
    """Nobody of this house wants to take back what they send from now on."""
    await seat.see("/preferences")
    await seat.page.get_by_label("Time to take an answer back").click()
    await seat.page.get_by_role("option", name="Send at once").click()
    async with seat.page.expect_navigation():
        await seat.page.get_by_role("button", name="Save").first.click()


async def ticket_about(seat: Seat, words: str) -> int:
    """The number of the ticket that is about this, once it is there."""
    await seat.see(f"/tickets?q={words.replace(' ', '+')}")
    row = seat.page.locator(".tl-list tbody tr").filter(has_text=words).first
    await expect(row).to_be_visible(timeout=15_000)
    return int(await row.get_attribute("data-number") or 0)


async def boris_at_his_desk(desk: Desk) -> Seat:
    """Boris, who follows the link in his invitation."""
    seat = await desk.seat("boris")
    await seat.page.goto(await asyncio.to_thread(desk.invitation))
    await seat.page.locator("input[name=new]").fill(PASSWORD)
    await seat.page.locator("input[name=again]").fill(PASSWORD)
    await seat.page.locator("main button[type=submit]").click()
    await sign_in(seat, BORIS)
    await seat.page.wait_for_url("**/console**")
    return seat
