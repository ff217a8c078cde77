"""Every call and page as every role and as nobody: what is not allowed is 403, and stands in the audit log."""

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from starlette.routing import BaseRoute

from services.desk import rights
from services.desk.refusals import MOST, Refusals
from services.desk.tokens import Principal
from services.store.models import AuditEvent, table
from shared.bus import rpc, subjects
from shared.clock import now
from shared.messages.command import ChangePerson, Command, CommandResult, CreateAgent, CreateToken
from shared.messages.signin import RevokeToken
from tests.desk.browsing import Browser, agent
from tests.desk.house import TOKEN, House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_FASTAPI = {"/api/openapi.json"}


def calls(house: House) -> Iterator[tuple[str, str]]:
    """Method and pattern of every route of the app."""
    for route in each_of(house.desk.app.routes):
        for method in getattr(route, "methods", None) or ():
            yield method, getattr(route, "path", "")


def each_of(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        # FastAPI keeps a router that was included as one route.
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from each_of(inner.routes)


def api(house: House) -> list[tuple[str, str]]:
    return sorted((method, path) for method, path in calls(house) if path.startswith("/api/v1") and method != "HEAD")


def filled(path: str) -> str:
    """A pattern with something of the right form in each place."""
    return re.sub(r"\{(\w+)\}", lambda name: "T-999999" if name[1] == "number" else "nobody@acme.example", path)


async def token(house: House, role: str) -> str:
    text = uuid4().hex
    made = CreateToken.model_validate(
        {"name": f"a {role}", "sha256": hashlib.sha256(text.encode()).hexdigest(), "role": role}
    )
    assert (await house.command(made)).error is None
    return text


async def test_every_call_has_a_line_that_says_whose_it_is(house: House) -> None:
    missing = [f"{method} {path}" for method, path in api(house) if (method, path) not in rights.TABLE]
    assert missing == [], "say in services/desk/rights.py who may call these"
    gone = sorted(set(rights.TABLE) - set(api(house)))
    assert gone == [], "these are no calls any more"


async def test_every_page_says_whether_it_is_for_everybody(house: House) -> None:
    pages = {path for _, path in calls(house) if not path.startswith("/api/v1")}
    assert sorted(pages - rights.OPEN - rights.SIGNED_IN - OF_FASTAPI) == [], "say so in services/desk/rights.py"


async def test_every_call_is_answered_by_role(house: House) -> None:
    transport = httpx.ASGITransport(app=house.desk.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", timeout=60) as client:
        tokens: dict[str, str | None] = {role: await token(house, role) for role in rights.ROLES}
        wrong = []

        async def attempt(role: str, method: str, path: str) -> None:
            headers = {"Authorization": f"Bearer {tokens[role]}"} if role in tokens else {}
            body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
            answer = await client.request(method, filled(path), headers=headers, **body)  # type: ignore[arg-type]
            if role == "nobody":
                fits = answer.status_code == 401
            elif rights.why_not(role, method, path) is not None:
                fits = answer.status_code == 403 and answer.json()["code"] == "forbidden"
            else:
                fits = answer.status_code not in (401, 403) and answer.status_code < 500
            if not fits:
                wrong.append((role, method, path, answer.status_code))

        todo = [(role, *call) for role in ("nobody", *rights.ROLES) for call in api(house)]
        for at in range(0, len(todo), 16):
            await asyncio.gather(*(attempt(*each) for each in todo[at : at + 16]))
        assert wrong == []
        allowed = {role: sum(rights.why_not(role, *call) is None for call in api(house)) for role in rights.ROLES}
        assert 0 < allowed["auditor"] < allowed["agent"] < allowed["lead"] <= allowed["admin"] == len(api(house))
    house.desk.app.state.tokens.forgive()


async def test_a_call_without_a_line_is_an_admins(house: House) -> None:
    for role in rights.ROLES:
        assert (rights.why_not(role, "POST", "/api/v1/something/new") is None) == (role == "admin")
    assert rights.why_not("owner", "GET", "/api/v1/tickets") is None
    assert rights.why_not("owner", "POST", "/api/v1/tickets") is not None


@pytest.mark.parametrize("role", rights.ROLES)
async def test_pages_ask_who_is_signed_in(house: House, role: str) -> None:
    async with Browser(house) as browser:
        for page in sorted(rights.SIGNED_IN):
            assert (await browser.get(page)).headers["location"].startswith("/sign-in?"), page
        await browser.sign_in(await agent(house, role))
        found = {page: (await browser.get(page)).status_code for page in rights.SIGNED_IN}
        assert found["/account"] == 200
        assert found["/set-up/inbox"] == (200 if role == "admin" else 403)
        assert found["/set-up/people"] == (200 if role in ("admin", "lead") else 403)
        assert (await browser.get("/api/v1/webhooks/failed")).status_code == (403 if role == "agent" else 200)


async def test_the_router_judges_a_tokens_role_again(house: House) -> None:
    async def told(role: str, action: ChangePerson | CreateAgent) -> str | None:
        command = Command(command_id=uuid4().hex, actor="token:x", role=role, at=now(), action=action)
        answer = await rpc.request(house.contexts["operator"].bus, subjects.ROUTER_COMMAND, command.encode())
        return CommandResult.decode(answer).error

    change = ChangePerson(contact_id="nobody", fields={"name": "N"})
    assert await told("auditor", change) == "forbidden"
    assert await told("agent", change) == await told("", change) == "not-found"
    admin = CreateAgent(email="boss@acme.example", name="B", role="admin")
    assert [await told(role, admin) for role in ("agent", "lead", "owner")] == ["forbidden"] * 3


async def test_a_revoked_token_opens_nothing(house: House) -> None:
    text = await token(house, "agent")
    done = await house.command(RevokeToken(token="a agent"))
    assert done.error is None
    async with house.client(text) as client:
        assert (await client.get("/api/v1/tickets")).status_code == 401
    assert (await house.command(RevokeToken(token="a agent"))).error == "not-found"
    async with house.client(TOKEN) as client:
        assert (await client.get("/api/v1/tickets")).status_code == 200
    house.desk.app.state.tokens.forgive()


async def refused(house: House, actor: str) -> list[dict[str, object]]:
    event = table(AuditEvent)
    wanted = sa.select(event.c.data).where(event.c.what == "refused", event.c.actor == actor)
    async with house.store.reader.snapshot() as connection:
        return [row[0] for row in await connection.execute(wanted)]


async def test_what_is_refused_is_noted_once_a_minute_with_how_often_it_was(house: House) -> None:
    seconds = [1000.0]
    refusals = Refusals(house.desk.app.state.backend.gate, lambda: seconds[0])
    who = Principal("t", uuid4().hex, "auditor")
    for _ in range(5):
        refusals.note(who, "POST /api/v1/agents", "only a lead or an admin may do that")

    async def noted(times: int) -> bool:
        return len(await refused(house, who.actor)) == times

    await until(lambda: noted(1))
    seconds[0] += 61
    refusals.note(who, "POST /api/v1/agents", "only a lead or an admin may do that")
    await until(lambda: noted(2))
    found = await refused(house, who.actor)
    assert [each["times"] for each in found] == [1, 5]
    assert found[0]["wanted"] == "POST /api/v1/agents"
    for n in range(3 * MOST):
        refusals.note(Principal("t", f"flood {n}", "auditor"), "POST /x", "no")
        if n % 8 == 7:
            await refusals.stop()
    assert refusals._all.get("minute") == MOST
