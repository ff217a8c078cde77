"""Customers and the pages of their tickets, for tests: whoever has only the link."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import httpx

from shared.clock import now
from shared.messages.command import CreateAgent
from shared.messages.parts import Point
from shared.messages.staff import ChangeStaff
from shared.secrets import Keyring, status_token
from tests.desk.house import House
from tests.desk.test_contacts import receive, ticket_with

KEYRING = Keyring("a", {"a": b"k" * 32})


@dataclass
class Customer:
    """A customer with one ticket. ``word`` stands in their first message and in their address."""

    house: House
    word: str
    address: str
    number: int
    link: str

    async def page(self, **asked: str) -> httpx.Response:
        """What the link shows."""
        async with self.house.client(None) as client:
            return await client.get(f"/t/{self.link}", params=asked)

    async def send(
        self, do: str, *, token: str | None = None, headers: dict[str, str] | None = None, **values: str
    ) -> httpx.Response:
        """Send a form of the page."""
        token = token_in(await self.page()) if token is None else token
        async with self.house.client(None) as client:
            return await client.post(f"/t/{self.link}", data={"do": do, "token": token, **values}, headers=headers)

    async def ticket(self) -> dict[str, Any]:
        """The ticket as agents see it."""
        found: dict[str, Any] = (await self.house.api.get(f"/api/v1/tickets/T-{self.number}")).json()
        return found

    async def act(self, path: str, /, **body: Any) -> dict[str, Any]:
        """An agent does something with the ticket."""
        answer = await self.house.api.post(f"/api/v1/tickets/T-{self.number}/{path}", json=body)
        assert answer.status_code < 300, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def solve(self) -> None:
        """An agent has solved it."""
        await self.act("solve", summary="We replaced the pump.")


def link(number: int, address: str, *, kind: str = "email", issued: date | None = None, withdrawn: int = 0) -> str:
    """A link of ours."""
    return status_token(KEYRING, number, Point(kind=kind, value=address), issued or now().date(), withdrawn)


async def customer(house: House, words: str = "The pump leaks.", **more: Any) -> Customer:
    """Somebody writes a mail, which opens a ticket."""
    word = uuid4().hex
    address = f"{word}@customer.example"
    more.setdefault("subject", "The pump")
    await receive(house, "email", address, f"{words} Word {word}", **more)
    number = int((await ticket_with(house, word))["number"].removeprefix("T-"))
    return Customer(house, word, address, number, link(number, address))


async def assign(customer: Customer, name: str, public_name: str) -> None:
    """An agent whom customers know by another name has the ticket."""
    email = f"{uuid4().hex}@acme.example"
    for action in (CreateAgent(email=email, name=name), ChangeStaff(email=email, fields={"public_name": public_name})):
        done = await customer.house.command(action)
        assert done.error is None, done
    path = f"/api/v1/tickets/T-{customer.number}"
    assert (await customer.house.api.patch(path, json={"assignee": email})).status_code == 200


def token_in(page: httpx.Response) -> str:
    """What stands in the page's forms."""
    found = re.search(r'name="token" value="([a-z2-7]{40})"', page.text)
    assert found is not None, page.text
    return found[1]
