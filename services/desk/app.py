"""The desk's web application, put together. Not here: the port it is served on, which the composition root opens."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.desk import (
    account,
    administering,
    agentpoints,
    articles,
    automation,
    bettering,
    branding,
    calling,
    contacts,
    customers,
    docs,
    files,
    gathering,
    knowledge,
    operating,
    pages,
    pointpage,
    portal,
    presence,
    problems,
    quarantine,
    record,
    register,
    reports,
    rights,
    saying,
    settingup,
    showing,
    similar,
    staff,
    talking,
    teams,
    tickets,
    times,
    waiting,
    webhooks,
)
from services.desk.commanding import Backend
from services.desk.console.live import Live
from services.desk.console.mount import Console, InFront
from services.desk.console.parts import Parts
from services.desk.doors import Doors
from services.desk.errors import DeskError
from services.desk.following import Following, own
from services.desk.gate import Gate
from services.desk.guards import JsonOnly, Observed, SignedIn, body_limit
from services.desk.overview import Overview
from services.desk.passwords import Passwords
from services.desk.refusals import Refusals
from services.desk.schemas import Problem
from services.desk.sessions import Sessions
from services.desk.signing import Signing
from services.desk.signing import routes as signing_routes
from services.desk.tokens import Tokens
from shared.calendars import calendar_of
from shared.peers import BehindProxies
from shared.presence import PresenceBoard
from shared.service import Context
from shared.web import BodyLimit, Ready, SecurityHeaders, health_routes

_ABOUT = """Tickets, their messages, and what can be done with them.

Every call carries a token: `Authorization: Bearer <token>`. A POST or PATCH with the header `Idempotency-Key` can be repeated
safely: it is done once, and the repetition is answered with `Idempotent-Replayed: true`. Errors are problem details (RFC 9457),
times are ISO 8601 in UTC."""


def create_app(context: Context, ready: Ready) -> FastAPI:
    """The application of one desk; ``ready`` gives the checks that ``/readyz`` and the first page show."""
    # The desk's own, in which teams and webhooks change while it runs; everything below reads this one.
    context = replace(context, settings=own(context.settings))
    gate = Gate(context.bus)
    app = FastAPI(
        title="Trunkline API",
        version="1",
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(rights.check)],
    )
    calendars = {hours.name: calendar_of(hours) for hours in context.settings.hours}
    refusals = app.state.refusals = Refusals(gate)
    public_url = context.settings.company.public_url
    app.state.backend = Backend(gate, context.blobs, context.keyring, calendars, refusals, public_url)
    app.state.settings = context.settings
    app.state.following = Following(context.bus, context.settings)
    app.state.presence = PresenceBoard(context.bus)
    overview = app.state.overview = Overview(gate, context.bus, app.state.presence, context.settings, ready)
    sessions = app.state.sessions = Sessions(gate, context.settings)
    problems.install(app)
    app.include_router(health_routes(ready, context.settings.web.metrics_from))
    app.include_router(tickets.router)
    app.include_router(talking.router)
    app.include_router(record.router)
    app.include_router(register.router)
    app.include_router(reports.router)
    app.include_router(bettering.router)
    app.include_router(saying.tickets)
    app.include_router(saying.router)
    app.include_router(calling.router)
    app.include_router(quarantine.router)
    app.include_router(operating.router)
    app.include_router(contacts.router)
    app.include_router(showing.router)
    app.include_router(presence.router)
    app.include_router(similar.router)
    app.include_router(articles.tickets)
    app.include_router(articles.router)
    app.include_router(articles.categories)
    app.include_router(waiting.router)
    app.include_router(times.router)
    app.include_router(automation.tickets)
    app.include_router(automation.router)
    app.include_router(administering.router)
    app.include_router(teams.router)
    app.include_router(webhooks.router)
    app.include_router(gathering.router)
    app.include_router(gathering.blocked)
    app.include_router(agentpoints.router)
    app.include_router(staff.router)
    app.include_router(staff.escalations)
    company = context.settings.company
    app.include_router(files.routes(context.keyring, context.blobs, company.name, company.languages[0]))
    brand = branding.configured(context.settings)
    app.include_router(branding.routes(brand))
    app.include_router(knowledge.routes(context, gate, brand, "/portal"))
    doors = Doors.of(context, gate, sessions, Passwords(), brand)
    app.state.signing = Signing(doors)
    app.include_router(signing_routes(app.state.signing))  # its style stands beside the customers' pages'
    app.include_router(customers.routes(context, gate, calendars, brand))
    app.include_router(portal.routes(context, gate, calendars, brand))
    app.include_router(pointpage.routes(context, gate))
    app.include_router(account.routes(account.Account(doors, context.settings.timezone)))
    app.include_router(settingup.routes(settingup.SettingUp(doors, context.settings)))
    _add_pages(app, context, ready, sessions)
    live = Live(context.bus)
    parts = Parts(
        backend=app.state.backend,
        settings=context.settings,
        presence=app.state.presence,
        live=live,
        who=sessions.of,
        ready=ready,
        overview=overview,
        refused=app.state.refusals.note,
    )
    app.state.console = Console(parts)
    # The last one added is the outermost.
    app.add_middleware(InFront, console=app.state.console)
    app.add_middleware(JsonOnly)
    app.add_middleware(BodyLimit, limit=body_limit)
    app.state.tokens = Tokens(gate)
    app.add_middleware(SignedIn, tokens=app.state.tokens, sessions=sessions)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observed)
    app.add_middleware(BehindProxies, proxies=context.settings.web.trusted_proxies)
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


def _add_pages(app: FastAPI, context: Context, ready: Ready, sessions: Sessions) -> None:
    company = context.settings.company

    @app.get("/", include_in_schema=False)
    async def home(request: Request) -> Response:
        # Whoever is signed in wants their tickets; everybody else is told what this is, and where the doors are.
        with suppress(DeskError):
            if await sessions.of(request) is not None:
                return RedirectResponse("/console", 303)
        return pages.home(company.name, company.public_url, ready())

    @app.get("/api/docs", include_in_schema=False)
    async def api_docs() -> HTMLResponse:
        return pages.page("API documentation", company.name, docs.render(description(app)))
