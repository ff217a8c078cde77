"""Whose session of the portal it is, and which tickets they may see, on both databases."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.clock import now
from shared.messages.changeset import BlockPoint, ChangeTicket, OpenTicket, PutContact
from shared.messages.parts import Point
from shared.messages.portal import EndPortalSession, OpenPortalSession, PortalAnswer, PortalQuery
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Person:
    """A contact with points, and tickets in their names."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.id = archive, uuid4().hex

    async def has(self, verified: bool = True) -> Point:
        """One more point."""
        point = Point(kind="email", value=f"{uuid4().hex}@customer.example")
        await self.archive.commit(PutContact(contact_id=self.id, name="Ana", points=[point], verified=verified))
        return point

    async def wrote(self, point: Point, subject: str = "Pump", minutes: int = 0, **more: Any) -> str:
        """One more ticket; gives its id."""
        ticket_id, at = uuid4().hex, START + timedelta(minutes=minutes)
        fields: dict[str, Any] = {
            "ticket_id": ticket_id, "subject": subject, "channel": "email", "inbox": "support", "language": "en",
            "contact_id": self.id, "customer": point.value, "participants": [point.value], "created_at": at,
        }  # fmt: skip
        await self.archive.commit(OpenTicket.model_validate(fields | more))
        return ticket_id

    async def session(self, point: Point, until: timedelta = timedelta(hours=1)) -> str:
        """They signed in."""
        name = uuid4().hex
        opened = OpenPortalSession(session_id=name, point=point, made_at=now(), expires_at=now() + until)
        await self.archive.commit(opened)
        return name

    async def sees(self, session: str, **asked: Any) -> list[str]:
        """The subjects that are shown."""
        answer: PortalAnswer = await self.archive.ask("portal", PortalQuery(session_id=session, **asked), PortalAnswer)
        return [each.subject for each in answer.tickets] if answer.who is not None else ["nobody"]


async def test_a_point_that_is_known_to_be_theirs_shows_what_is_in_the_names_of_such_points(archive: Archive) -> None:
    ana = Person(archive)
    own, other, noted = await ana.has(), await ana.has(), await ana.has(verified=False)
    for minutes, (point, subject) in enumerate([(own, "by own"), (other, "by other"), (noted, "by noted")]):
        await ana.wrote(point, subject, minutes)
    await ana.wrote(own, "spam", status="spam")
    await ana.wrote(own, "between us", internal=True)
    somebody = Person(archive)
    await somebody.wrote(await somebody.has(), "somebody else's")
    assert await ana.sees(await ana.session(own)) == ["by other", "by own"]
    assert await ana.sees(await ana.session(noted)) == ["by noted"]


async def test_the_list_is_found_by_words_numbers_and_state_and_comes_in_pages(archive: Archive) -> None:
    ana = Person(archive)
    own = await ana.has()
    for minutes, subject in enumerate(["Źródło ciepła", "Invoice", "Łóżko", "Pump"]):
        last = await ana.wrote(own, subject, minutes)
    await archive.commit(ChangeTicket(ticket_id=last, fields={"status": "closed"}))
    session = await ana.session(own)
    assert await ana.sees(session, words="zrodlo CIEPLA") == ["Źródło ciepła"]
    assert await ana.sees(session, words="lozko") == ["Łóżko"]
    assert await ana.sees(session, words="% _ '") == []
    assert await ana.sees(session, statuses=["closed"]) == ["Pump"]
    assert await ana.sees(session, per_page=3) == ["Pump", "Łóżko", "Invoice"]
    assert await ana.sees(session, per_page=3, page=2) == ["Źródło ciepła"]
    for strange in (0, -5, 2**40):
        assert await ana.sees(session, wanted=strange) == []
    answer: PortalAnswer = await archive.ask("portal", PortalQuery(session_id=session, per_page=1), PortalAnswer)
    number = answer.tickets[0].number
    assert (answer.more, await ana.sees(session, words=f"t-{number}")) == (True, ["Pump"])
    assert await ana.sees(session, wanted=number) == ["Pump"]


async def test_a_session_ends_with_its_time_by_going_and_with_its_point(archive: Archive) -> None:
    ana = Person(archive)
    own = await ana.has()
    await ana.wrote(own)
    over, gone, blocked = await ana.session(own, timedelta(seconds=-1)), await ana.session(own), await ana.session(own)
    assert [await ana.sees(each) for each in (over, gone, "no such", "\0")] == [
        ["nobody"],
        ["Pump"],
        ["nobody"],
        ["nobody"],
    ]
    await archive.commit(EndPortalSession(session_id=gone, at=now()))
    # Opened again under the same name it stays what it was: over.
    await archive.commit(
        OpenPortalSession(session_id=gone, point=own, made_at=now(), expires_at=now() + timedelta(hours=1))
    )
    assert await ana.sees(gone) == ["nobody"]
    await archive.commit(BlockPoint(point=own, blocked=True))
    assert await ana.sees(blocked) == ["nobody"]
