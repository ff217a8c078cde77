"""Customers who sign in to the portal, for tests: a browser with its cookies, and the codes that were sent."""

import re
from typing import Any

import httpx

from shared.messages.outbound import Outbound
from tests.desk.house import House, until


class Browser:
    """A browser of somebody. ``page`` is what it shows."""

    def __init__(self, house: House, **headers: str) -> None:
        self.house = house
        self.client = httpx.AsyncClient(base_url=house.url, headers=headers, timeout=60, trust_env=False, verify=False)
        self.page: httpx.Response = httpx.Response(200)

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def get(self, path: str, **asked: Any) -> httpx.Response:
        """Look at a page."""
        self.page = await self.client.get(path, params=asked or None, follow_redirects=True)
        return self.page

    async def post(self, path: str, **sent: Any) -> httpx.Response:
        """Send the form of the page that it shows; hidden fields are sent along."""
        hidden = dict(re.findall(r'<input type="hidden" name="(token|point|number)" value="([^"]*)"', self.form(path)))
        files = sent.pop("files", None)
        self.page = await self.client.post(path, data=hidden | sent, files=files, follow_redirects=True)
        return self.page

    def form(self, path: str) -> str:
        """The form within the page; not that by which one signs out."""
        forms = re.findall(r"<form method=\"post\".*?</form>", self.page.text, re.DOTALL)
        leaving = path.endswith("/leave")
        return next((each for each in forms if ("/leave" in each.partition(">")[0]) == leaving), "")

    async def asks(self, point: str) -> httpx.Response:
        """Ask for a code."""
        await self.get("/portal")
        return await self.post("/portal", point=point)

    async def signs_in(self, point: str) -> httpx.Response:
        """Sign in by a code."""
        await self.asks(point)
        code = (await sent(self.house, point.lower(), 1))[-1]
        return await self.post("/portal/code", code=code)


_READ: dict[str, tuple[int, list[tuple[str, str]]]] = {}
"""By house: how far its stream was read, and the codes in it with where they went."""


async def codes(house: House, point: str) -> list[str]:
    """The codes that went to a point so far, oldest first."""
    js = house.contexts["store"].bus.jetstream()
    read, found = _READ.get(house.url, (0, []))
    last = (await js.stream_info("OUTBOUND")).state.last_seq
    for sequence in range(read + 1, last + 1):
        outbound = Outbound.decode((await js.get_msg("OUTBOUND", sequence)).data or b"")
        if outbound.template == "portal.code":
            found.append((outbound.to[0].address, str(outbound.variables["code"])))
    _READ[house.url] = (last, found)
    return [code for address, code in found if address == point]


async def sent(house: House, point: str, count: int) -> list[str]:
    """The codes that went there, once there are so many."""
    found: list[str] = []

    async def there() -> bool:
        found[:] = await codes(house, point)
        return len(found) >= count

    await until(there)
    return found
