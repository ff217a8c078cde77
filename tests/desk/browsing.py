"""A browser for the pages about signing in: keeps cookies, sends forms with the token that stood in them."""

import hashlib
import re
from typing import Any
from uuid import uuid4

import httpx
import sqlalchemy as sa
from pwdlib.hashers.argon2 import Argon2Hasher

from services.store.models import Delivery, table
from shared.messages.command import CreateAgent
from shared.messages.outbound import Outbound
from shared.messages.signin import AskPassword, ChoosePassword
from tests.desk.house import House

PASSWORD = "three quiet geese swim"
# The same algorithm, with the least work that it takes: what is tested is not how long a guesser needs.
HASHER = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Browser:
    """One browser."""

    def __init__(self, house: House, **headers: str) -> None:
        house.desk.app.state.signing._doors.passwords._hasher = HASHER
        self.client = house.client(None)
        self.client.headers.update(headers)

    async def get(self, path: str) -> httpx.Response:
        """A page; redirects are not followed."""
        return await self.client.get(path)

    async def send(self, path: str, *, at: str = "", **values: str) -> httpx.Response:
        """Open a page, fill in its first form, and send it (to ``at`` where that is another address)."""
        hidden = dict(_FIELD.findall((await self.get(path)).text))
        return await self.client.post(at or path, data=hidden | values)

    async def answer(self, page: httpx.Response, **values: str) -> httpx.Response:
        """Fill in the form of a page that was the answer to another form."""
        hidden = dict(reversed(_FIELD.findall(page.text)))
        return await self.client.post(page.request.url.path, data=hidden | values)

    async def sign_in(self, email: str, password: str = PASSWORD, path: str = "/sign-in") -> httpx.Response:
        """Give address and password."""
        return await self.send(path, at="/sign-in", email=email, password=password)

    @property
    def session(self) -> str | None:
        """The session's cookie."""
        return self.client.cookies.get("trunkline_session")

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()


async def agent(house: House, role: str = "agent", password: str | None = PASSWORD, **more: Any) -> str:
    """A new agent, with a password or without; gives the address."""
    email = f"{uuid4().hex[:12]}@acme.example"
    made = CreateAgent.model_validate({"email": email, "name": "Ana Kovač", "role": role} | more)
    assert (await house.command(made)).error is None
    if password is not None:
        await give_password(house, email, password)
    return email


async def give_password(house: House, email: str, password: str = PASSWORD) -> None:
    """Let an agent have this password, by a link of the operator's."""
    sha256 = hashlib.sha256(uuid4().hex.encode()).hexdigest()
    assert (await house.command(AskPassword(email=email, code_sha256=sha256))).error is None
    done = await house.command(ChoosePassword(code_sha256=sha256, password=HASHER.hash(password)))
    assert done.error is None, done


async def mails(house: House, to: str) -> list[Outbound]:
    """What was sent to an address, oldest first."""
    delivery = table(Delivery)
    wanted = sa.select(delivery.c.outbound).where(delivery.c.to == to).order_by(delivery.c.created_at, delivery.c.id)
    async with house.store.reader.snapshot() as connection:
        return [Outbound.decode(row[0]) for row in await connection.execute(wanted)]
