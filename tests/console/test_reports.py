"""The reports' page in a real browser: its figures are those of the API, and the files that are made there open again with the same."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from openpyxl import load_workbook
from playwright.async_api import Locator, expect

from tests.console.browsing import SLOWEST, Desk, Seat, first_admin, open_desk

expect.set_options(timeout=SLOWEST)
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("chromium")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "reports")
    async with open_desk(folder) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def anna(desk: Desk) -> Seat:
    """The first admin, before the reports of a house with three tickets, one of which is solved."""
    await asyncio.to_thread(_some_work, desk)
    seat = await desk.seat("anna")
    await seat.page.goto(desk.link)
    await first_admin(seat, "Anna Nowak", "anna@acme.example")
    return seat


def _some_work(desk: Desk) -> None:
    numbers = []
    for subject in ("=The pump leaks", "Where is my order", "Račun nije točan"):
        new = {"subject": subject, "text": "Please help.", "contact": "ana@customer.example", "name": "Ana"}
        numbers.append(desk.up.api("POST", "/api/v1/tickets", new)["number"])
    desk.up.api("POST", f"/api/v1/tickets/{numbers[0]}/replies", {"text": "At once."})
    desk.up.api("POST", f"/api/v1/tickets/{numbers[0]}/solve", {"summary": "A new seal"})


async def figures(desk: Desk, name: str) -> dict[str, list[dict[str, Any]]]:
    """The tables of a report as the API tells them, by their names."""
    answer = await asyncio.to_thread(desk.up.api, "GET", f"/api/v1/reports/{name}")
    return {
        table["name"]: [
            dict(zip((each["name"] for each in table["columns"]), row, strict=True)) for row in table["rows"]
        ]
        for table in answer["tables"]
    }


async def opened(seat: Seat, name: str) -> Locator:
    """A section of the page, with its figures."""
    section = seat.page.locator(f"#{name}")
    if await section.get_attribute("open") is None:
        await section.locator("summary").first.click()
    return section


async def test_the_figures_of_the_page_are_those_of_the_api_and_their_files_open_again(desk: Desk, anna: Seat) -> None:
    await anna.see("/reports")
    summary = {row["figure"]: row["value"] for row in (await figures(desk, "summary"))["summary"]}
    headlines = anna.page.locator(".rp-head .rp-value")
    await expect(headlines.first).to_have_text(str(summary["opened"]))
    await expect(headlines.last).to_have_text(str(summary["open"]))
    assert (summary["opened"], summary["open"], summary["solutions"]) == (3, 2, 1)
    await anna.keep("reports")
    again = await opened(anna, "report-reopened")
    cells = again.locator("tbody tr").first.locator("th, td")
    await expect(cells.first).to_have_text("Solutions")
    await expect(cells.nth(1)).to_have_text("1")
    volume = anna.page.locator("#report-volume")
    await volume.get_by_role("button", name="by channel").click()
    await volume.locator(".rp-behind summary").click()
    row = volume.locator(".rp-behind tbody tr").first
    await expect(row.locator("td").first).to_have_text("3")
    path = await volume.locator(".rp-files").last.get_by_role("link").first.get_attribute("href")
    answer = await anna.context.request.get(f"{desk.url}{path}")
    rows = list(csv.reader(io.StringIO((await answer.body()).decode("utf-8-sig"))))
    told = (await figures(desk, "volume"))["volume_by_channel"]
    assert [float(each[1]) for each in rows[2:]] == [each["opened"] for each in told] == [3]
    assert (anna.foreign, anna.said) == ([], [])


async def test_the_register_is_made_before_the_eyes_and_has_what_was_written(desk: Desk, anna: Seat) -> None:
    section = await opened(anna, "register")
    await section.get_by_role("button", name="Make the file").click()
    link = section.get_by_role("link", name="Fetch register-")
    await expect(link).to_be_visible()
    await expect(section.get_by_role("status")).to_have_text("3 of 3 tickets")
    await expect(section.get_by_role("button", name="Cancel")).to_be_hidden()
    async with anna.page.expect_download() as fetching:
        await link.click()
    file = io.BytesIO((await (await fetching.value).path()).read_bytes())
    sheet = (await asyncio.to_thread(load_workbook, file)).worksheets[0]
    head, *rows = list(sheet.iter_rows(values_only=True))
    subjects = [dict(zip(head, row, strict=True))["Subject"] for row in rows]
    assert subjects == ["=The pump leaks", "Where is my order", "Račun nije točan"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert anna.foreign == []
