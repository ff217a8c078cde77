"""Fetching what somebody else's address names: only from public addresses, within bounds, credentials for one origin."""

import base64
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.simulators.serving import Simulator
from shared.fetch import Fetcher, FetchError, Forbidden, NotThere, TooBig, Unavailable

LOOPBACK = (ip_network("127.0.0.0/8"),)


class Elsewhere(Simulator):
    """A web server that shows what it was asked with."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str, str]] = []
        self._app = Starlette(routes=[Route("/{path:path}", self._answer)])

    def application(self) -> Starlette:
        return self._app

    def fault_answer(self, status: int, retry_after: int) -> Response:
        return Response(status_code=status)

    async def _answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.seen.append((path, request.headers["host"], request.headers.get("authorization", "")))
        if path.startswith("to/"):
            return RedirectResponse(request.url.query)
        if path.startswith("status/"):
            return Response("no", status_code=int(path.removeprefix("status/")))
        if path == "packed":
            return Response(b"x", headers={"Content-Encoding": "gzip"})
        name = 'attachment; filename="../../etc/invoice.pdf"'
        return Response(b"x" * 1_000, media_type="Application/PDF; a=b", headers={"Content-Disposition": name})


@pytest.fixture(scope="module")
def web() -> Iterator[Elsewhere]:
    with Elsewhere() as started:
        yield started


async def test_what_is_there_comes_with_its_type_and_a_name_without_folders(web: Elsewhere) -> None:
    found = await Fetcher(LOOPBACK).fetch(f"{web.url}/a?b=c#d")
    assert (len(found.content), found.media_type, found.filename) == (1_000, "application/pdf", "invoice.pdf")


@pytest.mark.parametrize(
    "url",
    ["{url}/a", "http://localhost:1/", "http://[::1]:1/", "http://0.0.0.0/", "http://169.254.169.254/latest", "http://10.0.0.1/",
     "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://224.0.0.1/",
     "http://100.64.0.1/", "http://2130706433/", "ftp://example.com/a", "file:///etc/passwd", "http://user:pw@example.com/", "http://",
     "not an address", "http://example.com:99999/", "http://" + "a" * 5_000, ""],
)  # fmt: skip
async def test_an_address_that_is_not_public_is_never_asked(web: Elsewhere, url: str) -> None:
    before = len(web.seen)
    with pytest.raises(Forbidden):
        await Fetcher(resolve=_numbers).fetch(url.format(url=web.url))
    assert len(web.seen) == before


async def _numbers(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_the_one_that_is_asked(
    web: Elsewhere,
) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.9"]

    await Fetcher(LOOPBACK, resolve=resolve).fetch(f"http://media.example:{web.port}/pinned")
    assert asked == ["media.example"]
    assert web.seen[-1][:2] == ("pinned", f"media.example:{web.port}")


async def test_a_redirect_into_the_inner_network_is_refused(web: Elsewhere) -> None:
    only_here = (ip_network("127.0.0.1/32"),)
    with pytest.raises(Forbidden):
        await Fetcher(only_here).fetch(f"{web.url}/to/?http://127.0.0.2:{web.port}/secret")
    with pytest.raises(Forbidden):
        await Fetcher(LOOPBACK).fetch(f"{web.url}/to/?file:///etc/passwd")


async def test_credentials_stay_with_the_origin_they_are_for(web: Elsewhere) -> None:
    basic = "Basic " + base64.b64encode(b"user:word").decode()
    web.seen.clear()
    await Fetcher(LOOPBACK).fetch(f"{web.url}/to/?/b", auth=("user", "word"))
    await Fetcher(LOOPBACK).fetch(f"{web.url}/to/?http://localhost:{web.port}/c", auth=("user", "word"))
    assert [given for _, _, given in web.seen] == [basic, basic, basic, ""]


async def test_redirects_without_end_end(web: Elsewhere) -> None:
    with pytest.raises(NotThere, match="redirects"):
        await Fetcher(LOOPBACK).fetch(f"{web.url}/to/?/to/%3f", limit=10)


async def test_no_more_than_the_limit_is_read(web: Elsewhere) -> None:
    with pytest.raises(TooBig):
        await Fetcher(LOOPBACK).fetch(f"{web.url}/a", limit=999)
    assert len((await Fetcher(LOOPBACK).fetch(f"{web.url}/a", limit=1_000)).content) == 1_000


async def test_no_more_than_the_time_is_waited(web: Elsewhere) -> None:
    web.faults.slow(5.0, on="/slow")
    with pytest.raises(Unavailable, match="no end after"):
        await Fetcher(LOOPBACK).fetch(f"{web.url}/slow", seconds=0.2)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("status/404", NotThere), ("status/403", NotThere), ("status/410", NotThere), ("packed", NotThere),
     ("status/429", Unavailable), ("status/500", Unavailable), ("status/503", Unavailable), ("status/408", Unavailable)],
)  # fmt: skip
async def test_what_the_other_side_says_is_final_or_worth_another_try(
    web: Elsewhere, path: str, expected: type[FetchError]
) -> None:
    with pytest.raises(expected) as raised:
        await Fetcher(LOOPBACK).fetch(f"{web.url}/{path}")
    assert raised.value.temporary is (expected is Unavailable)


async def test_who_does_not_answer_may_later() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(Unavailable):
        await Fetcher(resolve=nowhere).fetch("https://gone.example/")
    with pytest.raises(Unavailable):
        await Fetcher(LOOPBACK).fetch("http://127.0.0.1:9/")


def test_public_addresses_may_be_asked() -> None:
    fetcher = Fetcher((ip_network("10.1.0.0/16"),))
    assert all(fetcher.allows(ip_address(each)) for each in ("93.184.216.34", "2606:2800:220:1::1", "10.1.2.3"))
    assert not any(fetcher.allows(ip_address(each)) for each in ("10.2.0.1", "192.168.0.1", "fc00::1", "::"))
