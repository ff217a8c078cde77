"""Routes of pages: what they pass on and what they do not."""

import httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from services.desk.errors import Away, DeskError
from services.desk.pageroutes import page


async def show(request: Request, token: str, *, trusted: bool = False) -> Response:
    return PlainTextResponse(f"{token} {trusted}")


async def send(request: Request, token: str) -> Response:
    raise Away("the store is away")


async def away(request: Request, error: DeskError) -> Response:
    return PlainTextResponse(f"later: {error}", 503)


async def test_a_page_is_given_the_parts_of_its_path_and_nothing_of_the_query_and_says_when_it_is_away() -> None:
    router, app = APIRouter(), FastAPI()
    page(router, "/page/{token}", show, send, away=away)
    page(router, "/sent", None, away)
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example") as client:
        seen = await client.get("/page/abc", params={"trusted": "true", "token": "other"})
        assert (seen.status_code, seen.text) == (200, "abc False")
        assert (await client.head("/page/abc")).status_code == 200
        sent = await client.post("/page/abc")
        assert (sent.status_code, sent.text) == (503, "later: the store is away")
        assert (await client.put("/page/abc")).status_code == 405
        assert (await client.get("/sent")).status_code == 405
