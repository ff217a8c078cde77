"""The configuration with what was made at the desk, handed out by the store: on each database, past other stores and past faults."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from services.store import models
from services.store.handing import HandingOut, _documents
from services.store.models import table
from services.store.reading import Reader
from services.store.service import StoreService
from shared.bus import subjects
from shared.clock import now
from shared.documents.team import team_id
from shared.messages.documents import DropDocument, PutDocument
from shared.settings import effective, policy_from
from tests.store.house import House, until
from tests.store.making import commit, doing

CONFIGURATION = table(models.Configuration)


def team(name: str, **body: Any) -> PutDocument:
    at = now()
    return PutDocument(kind="team", id=team_id(name), body={"name": name, **body}, made_at=at, changed_at=at)


async def seen(house: House) -> tuple[str, list[str]]:
    """The version that is handed out, and the teams in it."""
    bucket = await house.opened[0].jetstream().key_value(subjects.CONFIG)
    handed = json.loads((await bucket.get("effective")).value or b"{}")
    return handed["version"], [each.name for each in policy_from(handed["effective"]).team]


async def configure(store: StoreService) -> str:
    tree = effective(store._context.settings)
    await store.commit_configuration(tree, tree["version"])
    return str(tree["version"])


async def test_a_change_is_handed_out_before_it_is_answered_and_its_version_is_written_down(
    store: StoreService, house: House
) -> None:
    first = await configure(store)
    assert await seen(house) == (first, [])
    await commit(store, doing(team("Second level")))
    version, teams = await seen(house)
    assert (version != first, teams) == (True, ["Second level"])
    kept = {row["version"]: row["effective"] for row in await house.rows(sa.select(CONFIGURATION))}
    assert [each.name for each in policy_from(kept[version]).team] == ["Second level"], "a decision can be traced to it"
    await commit(store, doing(DropDocument(kind="team", id=team_id("Second level"))))
    assert await seen(house) == (first, [])


async def test_what_is_none_of_these_documents_hands_out_nothing(store: StoreService, house: House) -> None:
    await configure(store)
    bucket = await house.opened[0].jetstream().key_value(subjects.CONFIG)
    before = (await bucket.get("effective")).revision
    at = now()
    await commit(store, doing(PutDocument(kind="macro", id="x", body={}, made_at=at, changed_at=at)))
    assert (await bucket.get("effective")).revision == before


async def test_a_store_that_starts_again_hands_out_what_was_made_before(store: StoreService, house: House) -> None:
    await commit(store, doing(team("Before")))  # it does not know yet what the file says, as just after a crash
    await configure(store)
    assert (await seen(house))[1] == ["Before"]


async def test_what_could_not_be_handed_out_is_handed_out_later(
    store: StoreService, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await configure(store)
    bucket, failed = HandingOut._bucket, []

    async def away(self: HandingOut) -> Any:
        failed.append(1)
        raise TimeoutError("the bus is away")

    monkeypatch.setattr(HandingOut, "_bucket", away)
    monkeypatch.setattr("services.store.handing._AGAIN", 0.01)
    (answer,) = await commit(store, doing(team("Late")))
    assert answer.outcome == "committed", "what is committed is not undone because nobody could be told"
    assert (await seen(house))[1] == []
    monkeypatch.setattr(HandingOut, "_bucket", bucket)

    async def told() -> bool:
        return (await seen(house))[1] == ["Late"]

    await until(told)
    assert failed


async def test_a_store_that_read_older_documents_does_not_put_them_over_newer_ones(
    store: StoreService, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await configure(store)
    other = HandingOut(store._context.bus, store.reader, store.writer)
    read, meanwhile = Reader.read, [True]

    async def slowly(self: Reader, work: Any) -> Any:
        found = await read(self, work)
        if work is _documents and meanwhile:
            meanwhile.clear()
            await commit(store, doing(team("Newer")))
        return found

    monkeypatch.setattr(Reader, "read", slowly)
    tree = effective(store._context.settings)
    await other.use(tree, tree["version"])
    assert (await seen(house))[1] == ["Newer"]
    assert meanwhile == []
