"""The tickets before and after this one in the list that its reader came from."""

from contextlib import suppress

from services.desk.console.list.views import standard
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import DeskError
from shared.clock import now
from shared.messages.listing import ListPage, ListQuery


async def step(sheet: Sheet, by: int) -> None:
    """Open the next one of the reader's usual list (``by`` 1), or the one before (-1); at its end, the list."""
    viewer = sheet.viewer
    teams = [each.name for each in sheet.settings.team if sheet.me in each.members]
    views = standard(sheet.me, teams)
    conditions, order = views.get(viewer.preferences.view) or views["mine"]
    numbers: list[int] = []
    with suppress(DeskError):
        query = ListQuery(conditions=conditions, order=order, now=now(), per_page=200)
        numbers = [each.number for each in (await viewer.ask("list", query, ListPage)).items]
    wanted = beside(numbers, sheet.number, by)
    sheet.frame.go(f"/ticket/T-{wanted}" if wanted is not None else "/tickets")


def beside(numbers: list[int], number: int, by: int) -> int | None:
    """The number ``by`` places on; from one that is not in the list the first. Null: there is none."""
    if number not in numbers:
        return next((each for each in numbers if each != number), None)
    place = numbers.index(number) + by
    return numbers[place] if 0 <= place < len(numbers) else None
