"""The desk's web application, put together. Not here: the port it is served on, which the composition root opens."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from services.desk import (
    agentpoints,
    automation,
    calling,
    contacts,
    customers,
    docs,
    files,
    gathering,
    pages,
    pointpage,
    presence,
    problems,
    quarantine,
    record,
    saying,
    showing,
    similar,
    staff,
    talking,
    tickets,
    times,
    waiting,
)
from services.desk.commanding import Backend
from services.desk.gate import Gate
from services.desk.guards import JsonOnly, Observed, SignedIn, body_limit
from services.desk.schemas import Problem
from services.desk.tokens import Tokens
from shared.calendars import calendar_of
from shared.presence import PresenceBoard
from shared.service import Context
from shared.web import BodyLimit, Ready, SecurityHeaders, health_routes

_ABOUT = """Tickets, their messages, and what can be done with them.

Every call carries a token: `Authorization: Bearer <token>`. A POST or PATCH with the header `Idempotency-Key` can be repeated
safely: it is done once, and the repetition is answered with `Idempotent-Replayed: true`. Errors are problem details (RFC 9457),
times are ISO 8601 in UTC."""


def create_app(context: Context, ready: Ready) -> FastAPI:
    """The application of one desk; ``ready`` gives the checks that ``/readyz`` and the first page show."""
    gate = Gate(context.bus)
    app = FastAPI(
        title="Trunkline API",
        version="1",
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    calendars = {hours.name: calendar_of(hours) for hours in context.settings.hours}
    app.state.backend = Backend(gate, context.blobs, calendars)
    app.state.settings = context.settings
    app.state.presence = PresenceBoard(context.bus)
    problems.install(app)
    app.include_router(health_routes(ready))
    app.include_router(tickets.router)
    app.include_router(talking.router)
    app.include_router(record.router)
    app.include_router(saying.tickets)
    app.include_router(saying.router)
    app.include_router(calling.router)
    app.include_router(quarantine.router)
    app.include_router(contacts.router)
    app.include_router(showing.router)
    app.include_router(presence.router)
    app.include_router(similar.router)
    app.include_router(waiting.router)
    app.include_router(times.router)
    app.include_router(automation.tickets)
    app.include_router(automation.router)
    app.include_router(gathering.router)
    app.include_router(gathering.blocked)
    app.include_router(agentpoints.router)
    app.include_router(staff.router)
    app.include_router(staff.escalations)
    company = context.settings.company
    app.include_router(files.routes(context.keyring, context.blobs, company.name, company.languages[0]))
    app.include_router(customers.routes(context, gate, calendars))
    app.include_router(pointpage.routes(context, gate))
    _add_pages(app, context, ready)
    # The last one added is the outermost.
    app.add_middleware(JsonOnly)
    app.add_middleware(BodyLimit, limit=body_limit)
    app.state.tokens = Tokens(gate)
    app.add_middleware(SignedIn, tokens=app.state.tokens)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observed)
    app.openapi = lambda: description(app)  # type: ignore[method-assign]
    return app


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description: made once, with the model that all errors share."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made["components"]["schemas"]
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        schemas["Problem"] = problem
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = made
    return app.openapi_schema


def _add_pages(app: FastAPI, context: Context, ready: Ready) -> None:
    company = context.settings.company

    @app.get("/", include_in_schema=False)
    async def home() -> HTMLResponse:
        return pages.home(company.name, company.public_url, ready())

    @app.get("/api/docs", include_in_schema=False)
    async def api_docs() -> HTMLResponse:
        return pages.page("API documentation", company.name, docs.render(description(app)))
