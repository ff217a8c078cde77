"""``/portal`` and ``/status``: customers sign in by a code, see their tickets and open new ones, or look one up by its number.

Looking (GET) changes nothing. The pages in front are in `services.desk.portaldoor`, those behind in `services.desk.portalrooms`.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from services.desk.customers import CustomersPage
from services.desk.gate import Gate
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

    @router.api_route("/portal", methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        return await door.show(request, numbered=False)

    @router.post("/portal")
    async def ask(request: Request) -> Response:
        return await door.ask(request, numbered=False)

    @router.api_route("/portal/code", methods=["GET", "HEAD"])
    async def asked(request: Request) -> Response:
        return ground.to("../portal", request)

    @router.post("/portal/code")
    async def prove(request: Request) -> Response:
        return await door.prove(request, numbered=False)

    @router.post("/portal/leave")
    async def leave(request: Request) -> Response:
        return await door.leave(request)

    @router.api_route("/portal/new", methods=["GET", "HEAD", "POST"])
    async def new(request: Request) -> Response:
        return await rooms.new(request)

    @router.api_route("/portal/t/{number}", methods=["GET", "HEAD", "POST"])
    async def ticket(number: str, request: Request) -> Response:
        return await rooms.ticket(number, request)

    @router.api_route("/status", methods=["GET", "HEAD"])
    async def status(request: Request) -> Response:
        return await door.show(request, numbered=True)

    @router.post("/status")
    async def ask_status(request: Request) -> Response:
        return await door.ask(request, numbered=True)

    @router.api_route("/status/code", methods=["GET", "HEAD"])
    async def asked_status(request: Request) -> Response:
        return ground.to("../status", request)

    @router.post("/status/code")
    async def prove_status(request: Request) -> Response:
        return await door.prove(request, numbered=True)

    return router
