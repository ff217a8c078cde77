"""``/portal`` and ``/status``: customers sign in by a code, see their tickets and open new ones, or look one up by its number.

Looking (GET) changes nothing. The pages in front are in `services.desk.portaldoor`, those behind in `services.desk.portalrooms`.
"""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response

from services.desk.customers import CustomersPage
from services.desk.gate import Gate
from services.desk.pageroutes import page
from services.desk.pages.branding import Brand
from services.desk.portaldoor import Door
from services.desk.portalground import Ground
from services.desk.portalrooms import Rooms
from shared.calendars import WorkingCalendar
from shared.service import Context


def routes(
    context: Context, gate: Gate, calendars: Mapping[str, WorkingCalendar], brand: Brand | None = None
) -> APIRouter:
    """The routes of the door."""
    router = APIRouter(include_in_schema=False)
    ground = Ground(context, gate, calendars, brand)
    rooms = Rooms(ground, CustomersPage(context, gate, calendars, brand=brand))
    door = Door(ground, rooms)

    _entrance(router, ground, door, "/portal", numbered=False)
    _entrance(router, ground, door, "/status", numbered=True)
    page(router, "/portal/leave", None, door.leave)
    page(router, "/portal/new", rooms.new, rooms.new)
    page(router, "/portal/t/{number}", rooms.ticket, rooms.ticket)
    return router


def _entrance(router: APIRouter, ground: Ground, door: Door, path: str, *, numbered: bool) -> None:
    """Where a code is asked for and typed; ``numbered``: for one ticket, by its number."""

    async def asked(request: Request) -> Response:
        return ground.to(f"..{path}", request)

    page(router, path, partial(door.show, numbered=numbered), partial(door.ask, numbered=numbered))
    page(router, f"{path}/code", asked, partial(door.prove, numbered=numbered))
