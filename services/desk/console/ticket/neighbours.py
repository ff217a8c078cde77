"""The tickets before and after this one in the list that its reader came from, and back to that list.

Which list that was the browser's tab knows (`look/order.js`), with the order that was seen: a list by what changed last would lead from
each ticket that was answered to the one answered before it. A tab that came from no list goes by its reader's usual one.
"""

from contextlib import suppress

from services.desk.console.list.views import standard
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import DeskError
from shared.clock import now
from shared.messages.listing import ListPage, ListQuery

_PATIENCE = 2.0
"""Seconds that the browser has to say what it knows."""


async def step(sheet: Sheet, by: int, query: str = "") -> None:
    """Open the next one (``by`` 1), or the one before (-1); at the end of the list, the list. ``query`` goes along."""
    viewer = sheet.viewer
    found = None
    with suppress(TimeoutError):
        asked = f"return window.tkBeside?.({sheet.number}, {by}) ?? null"
        found = await viewer.client.run_javascript(asked, timeout=_PATIENCE)
    if not isinstance(found, int):
        found = beside(await _usual(sheet), sheet.number, by)
    if found:
        sheet.frame.go(f"/ticket/T-{found}{query}")
    else:
        back(sheet, query)


def back(sheet: Sheet, query: str = "") -> None:
    """Open the list that they came from."""
    with sheet.viewer.client:
        sheet.viewer.client.run_javascript(f'window.tkList("{query}")')


async def _usual(sheet: Sheet) -> list[int]:
    """The numbers of the reader's usual list, as it is now."""
    viewer = sheet.viewer
    teams = [each.name for each in sheet.settings.team if sheet.me in each.members]
    views = standard(sheet.me, teams)
    conditions, order = views.get(viewer.preferences.view) or views["mine"]
    with suppress(DeskError):
        listed = ListQuery(conditions=conditions, order=order, now=now(), per_page=200)
        return [each.number for each in (await viewer.ask("list", listed, ListPage)).items]
    return []


def beside(numbers: list[int], number: int, by: int) -> int | None:
    """The number ``by`` places on; from one that is not in the list the first. Null: there is none."""
    if number not in numbers:
        return next((each for each in numbers if each != number), None)
    place = numbers.index(number) + by
    return numbers[place] if 0 <= place < len(numbers) else None
