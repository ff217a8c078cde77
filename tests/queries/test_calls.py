"""What intake asks while somebody is on the phone, on both databases."""

from uuid import uuid4

import pytest

from shared.messages.calls import CallerAnswer, CallerQuery, ToldAnswer, ToldQuery, ToldStatus
from shared.messages.changeset import AddEvent, PutContact
from shared.messages.parts import Point
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("kind", ["phone", "whatsapp"])
async def test_a_callers_language_is_known_by_their_number(archive: Archive, kind: str) -> None:
    number = f"+4860{uuid4().int % 10**8:08}"
    assert (await archive.ask("caller", CallerQuery(number=number), CallerAnswer)).language is None
    points = [Point(kind=kind, value=number)]
    await archive.commit(PutContact(contact_id=uuid4().hex, points=points, language="hr"))
    assert (await archive.ask("caller", CallerQuery(number=number), CallerAnswer)).language == "hr"
    for other in ("", number[:-1], "%", "\0"):
        assert (await archive.ask("caller", CallerQuery(number=other), CallerAnswer)).language is None


async def test_what_was_decided_about_an_enquiry_is_told_once_it_is(archive: Archive) -> None:
    noted = AddEvent(what="status_asked", actor="customer", at=START)
    causes = [f"test:{uuid4().hex}" for _ in range(3)]
    told = {"number": 1001, "status": "open", "who": "Anna", "until": "2026-03-02T14:00:00+01:00"}
    await archive.commit(noted, cause=causes[0], result={"told": told})
    await archive.commit(noted, cause=causes[1], result={"held_id": "one"})
    answers = [await archive.ask("told", ToldQuery(cause=each), ToldAnswer) for each in (*causes, "\0")]
    assert [each.decided for each in answers] == [True, True, False, False]
    assert answers[0].status == ToldStatus.model_validate(told)
    assert answers[1].status is None
