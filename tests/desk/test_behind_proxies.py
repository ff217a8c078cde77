"""Behind a reverse proxy the desk knows who calls: what the proxies of the configuration say counts, what anybody else says does not."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import httpx
import pytest
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs

from services.desk.app import create_app
from services.desk.portalbudgets import ASKS
from shared.messages.signin import SessionsAnswer, SessionsQuery
from shared.peers import BehindProxies
from tests.desk.browsing import HASHER, PASSWORD, agent
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROXY, OUTSIDER = "10.0.0.9", "203.0.113.5"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@asynccontextmanager
async def called_by(house: House, peer: str) -> AsyncIterator[httpx.AsyncClient]:
    """A desk that trusts the proxy, called over a connection from ``peer``."""
    context = house.contexts["desk"]
    web = context.settings.web.model_copy(update={"trusted_proxies": (ip_network("10.0.0.0/24"),)})
    settings = context.settings.model_copy(update={"web": web})
    app = create_app(replace(context, settings=settings), dict)
    app.state.signing._doors.passwords._hasher = HASHER
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(peer, 4711)), base_url="http://desk.example"
    ) as client:
        yield client


async def _token(client: httpx.AsyncClient, path: str) -> str:
    found = _TOKEN.search((await client.get(path)).text)
    assert found is not None
    return found[1]


async def _send(client: httpx.AsyncClient, path: str, caller: str, **values: str) -> httpx.Response:
    return await client.post(path, data=values, headers={"X-Forwarded-For": caller})


@pytest.mark.parametrize(
    ("peer", "said", "counts"),
    [
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "6.6.6.6, 198.51.100.7", "198.51.100.7"),  # what stands before was made up
        (OUTSIDER, "198.51.100.7", OUTSIDER),
    ],
)
async def test_a_session_is_of_the_network_that_our_proxy_names(
    house: House, peer: str, said: str, counts: str
) -> None:
    email = await agent(house)
    async with called_by(house, peer) as client:
        values = {"token": await _token(client, "/sign-in"), "email": email, "password": PASSWORD}
        assert (await _send(client, "/sign-in", said, **values)).status_code == 303
    gate = house.desk.app.state.backend.gate
    sessions = (await gate.query("sessions", SessionsQuery(email=email), SessionsAnswer)).sessions
    assert [each.network for each in sessions] == [counts]


async def test_who_asks_for_too_many_codes_keeps_nobody_else_behind_the_proxy_from_asking(house: House) -> None:
    async with called_by(house, PROXY) as client:
        values = {"token": await _token(client, "/portal"), "point": "x@nowhere.example"}
        asked = [(await _send(client, "/portal", "198.51.100.8", **values)).status_code for _ in range(ASKS + 1)]
        assert asked == [200] * ASKS + [429]
        assert (await _send(client, "/portal", "198.51.100.9", **values)).status_code == 200


async def test_who_tries_many_links_is_told_to_wait_and_nobody_else_behind_the_proxy(house: House) -> None:
    async with called_by(house, PROXY) as client:
        for path in ("/t/none", "/agent/point/none"):
            first, other = ({"X-Forwarded-For": each} for each in ("198.51.100.10", "198.51.100.11"))
            assert [(await client.get(path, headers=first)).status_code for _ in range(61)][-1] == 429, path
            assert (await client.get(path, headers=other)).status_code == 404, path


@pytest.mark.parametrize(
    ("peer", "headers", "warned"),
    [
        ("127.0.0.1", {"X-Forwarded-For": "198.51.100.7"}, 1),
        ("192.168.1.9", {"X-Forwarded-For": "198.51.100.7"}, 1),
        (PROXY, {"X-Forwarded-For": "198.51.100.7"}, 0),
        ("9.9.9.9", {"X-Forwarded-For": "198.51.100.7"}, 0),  # a stranger says that: no matter
        ("127.0.0.1", {}, 0),
    ],
)
async def test_a_proxy_that_nobody_named_is_told_of_once(peer: str, headers: dict[str, str], warned: int) -> None:
    app = BehindProxies(PlainTextResponse("here"), (ip_network("10.0.0.0/24"),))
    transport = httpx.ASGITransport(app=app, client=(peer, 4711))
    with capture_logs() as said:
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as client:
            for _ in range(2):
                await client.get("/", headers=headers)
    assert len([each for each in said if each["log_level"] == "warning"]) == warned
