"""Pages and health: plain, safe, and without anything from elsewhere."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from services.desk import docs, pages
from shared.settings.sections import Web
from shared.web import health_routes
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Links(HTMLParser):
    """Everything a page loads or leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "action", "style", "onclick")]


@pytest.mark.parametrize("path", ["/", "/api/docs"])
async def test_a_page_loads_nothing_and_runs_nothing(house: House, path: str) -> None:
    async with house.client(None) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    links = Links(answer.text)
    assert not {"script", "iframe", "img", "link", "object"} & set(links.tags)
    assert all(link.startswith(("/", "#")) for link in links.loaded), links.loaded
    assert "style-src 'sha256-" in answer.headers["Content-Security-Policy"]


async def test_the_first_page_says_what_this_is_and_shows_no_ticket(house: House) -> None:
    subject = "The secret of the page"
    await house.api.post("/api/v1/tickets", json={"subject": subject, "text": "x"})
    async with house.client(None) as client:
        text = (await client.get("/")).text
    assert "Trunkline" in text
    assert "Ready" in text
    assert "/api/docs" in text
    assert subject not in text


async def test_the_documentation_has_every_call_and_every_model(house: House) -> None:
    description = (await house.api.get("/api/openapi.json")).json()
    text = (await house.api.get("/api/docs")).text
    for path, calls in description["paths"].items():
        for verb in calls:
            assert re.search(rf"{verb.upper()}</span> <code>{re.escape(path)}</code>", text), (verb, path)
    targets = set(re.findall(r"<details id='([^']+)'", text))
    assert set(re.findall(r"href='#([^']+)'", text)) <= targets
    assert {"TicketView", "MessageView", "Problem"} <= targets


async def test_what_a_name_contains_is_shown_as_text() -> None:
    evil = "<script>alert(1)</script>&\"'$x"
    home = bytes(pages.home(evil, evil, {evil: False}).body).decode()
    assert "<script>" not in home
    assert "&lt;script&gt;" in home
    description = {
        "info": {"title": evil, "description": evil},
        "paths": {f"/{evil}": {"get": {"summary": evil, "description": evil, "parameters": [], "responses": {}}}},
    }
    assert "<script>" not in docs.render(description)


async def test_readiness_names_what_fails() -> None:
    checks = {"bus": True, "store": False}
    app = FastAPI()
    app.include_router(health_routes(lambda: checks, ()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["failing"]) == (503, ["store"])
        assert (await client.get("/healthz")).status_code == 200
        checks["store"] = True
        assert (await client.get("/readyz")).json() == {"ready": True, "failing": [], "checks": checks}


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:10.1.2.3", {}, 200),
        ("192.168.7.7", {}, 200),
        ("203.0.113.7", {}, 403),
        ("2001:db8::7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("10.0.0.2", {"Forwarded": "for=192.168.1.1"}, 403),
        ("10.0.0.2", {"X-Real-IP": "192.168.1.1"}, 403),
        ("10.0.0.2", {"Via": "1.1 proxy"}, 403),
    ],
)
async def test_metrics_are_told_to_who_asks_from_near_and_not_through_a_proxy(
    peer: str, headers: dict[str, str], status: int
) -> None:
    app = FastAPI()
    app.include_router(health_routes(dict, Web().metrics_from))
    transport = httpx.ASGITransport(app, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        assert (await client.get("/metrics")).status_code == status
        assert (await client.get("/healthz")).status_code == 200


async def test_metrics_count_calls_by_route_and_not_by_path(house: House) -> None:
    await house.api.get("/api/v1/tickets/T-424242")
    text = (await house.api.get("/metrics")).text
    assert 'route="/api/v1/tickets/{number}",status="404"' in text
    assert "424242" not in text
    assert "trunkline_desk_request_seconds_bucket" in text
