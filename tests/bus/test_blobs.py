"""Blobs: stored once under their digest, checked when read."""

import asyncio
import json
import os

import pytest
from nats.js import JetStreamContext

from shared.bus.blobs import CHUNK, Blobs, key_of
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusFull

from .conftest import Connect


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 7])
async def test_what_is_put_is_got(js: JetStreamContext, as_user: Connect, size: int) -> None:
    content = os.urandom(size)
    key = await Blobs(await as_user("intake")).put(content)
    assert key == key_of(content)
    assert await Blobs(await as_user("router")).get(key) == content


async def test_the_same_content_is_stored_once(js: JetStreamContext, as_user: Connect) -> None:
    blobs = Blobs(await as_user("intake"))
    await blobs.put(b"same" * 1000)
    before = (await js.stream_info("OBJ_blobs")).state.messages
    await blobs.put(b"same" * 1000)
    assert (await js.stream_info("OBJ_blobs")).state.messages == before


async def test_the_same_content_put_by_many_at_once_can_be_read(js: JetStreamContext, as_user: Connect) -> None:
    blobs = Blobs(await as_user("intake"))
    content = os.urandom(CHUNK * 2)
    keys = await asyncio.gather(*(blobs.put(content) for _ in range(8)))
    assert len(set(keys)) == 1
    assert await blobs.get(keys[0]) == content


async def test_other_tools_can_read_it(js: JetStreamContext, as_user: Connect) -> None:
    key = await Blobs(await as_user("intake")).put(b"x" * (CHUNK + 1))
    theirs = await (await js.object_store("blobs")).get(key)
    assert theirs.data == b"x" * (CHUNK + 1)


async def test_what_is_missing_or_no_key_is_told(js: JetStreamContext, as_user: Connect) -> None:
    blobs = Blobs(await as_user("router"))
    for key in (key_of(b"never"), "*", "", "../x", "A" * 64):
        with pytest.raises(BlobMissing):
            await blobs.get(key)


async def test_what_is_too_large_is_not_read(js: JetStreamContext, as_user: Connect) -> None:
    key = await Blobs(await as_user("intake")).put(b"x" * 1000)
    with pytest.raises(BlobTooLarge):
        await Blobs(await as_user("router")).get(key, limit=999)


async def test_a_lost_chunk_is_missing_and_a_changed_one_damaged(js: JetStreamContext, as_user: Connect) -> None:
    intake = await as_user("intake")
    blobs = Blobs(intake)
    key = await blobs.put(b"x" * 1000)
    nuid = await _nuid(js)
    await js.purge_stream("OBJ_blobs", subject=f"$O.blobs.C.{nuid}")
    with pytest.raises(BlobMissing, match="part"):
        await blobs.get(key)
    await js.publish(f"$O.blobs.C.{nuid}", b"y" * 1000)
    with pytest.raises(BlobDamaged):
        await blobs.get(key)


async def _nuid(js: JetStreamContext) -> str:
    meta = await js.get_last_msg("OBJ_blobs", "$O.blobs.M.*")
    return str(json.loads(meta.data or b"{}")["nuid"])


async def test_a_deleted_blob_is_gone_from_disk_and_can_be_put_again(js: JetStreamContext, as_user: Connect) -> None:
    store = Blobs(await as_user("store"))
    key = await store.put(b"secret" * 1000)
    assert await store.delete(key)
    assert not await store.delete(key)
    with pytest.raises(BlobMissing):
        await store.get(key)
    state = (await js.stream_info("OBJ_blobs", subjects_filter="$O.blobs.C.>")).state
    assert not state.subjects
    assert await store.put(b"secret" * 1000) == key
    assert await store.get(key) == b"secret" * 1000


async def test_a_full_bucket_is_told(js: JetStreamContext, as_user: Connect) -> None:
    await js.update_stream((await js.stream_info("OBJ_blobs")).config.evolve(max_bytes=10_000))
    with pytest.raises(BusFull):
        await Blobs(await as_user("intake")).put(os.urandom(20_000))


@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK + 7])
async def test_what_is_read_piece_by_piece_is_whole(js: JetStreamContext, as_user: Connect, size: int) -> None:
    content = os.urandom(size)
    key = await Blobs(await as_user("intake")).put(content)
    length, pieces = await Blobs(await as_user("desk")).stream(key)
    got = [piece async for piece in pieces]
    assert (length, b"".join(got)) == (size, content)
    assert all(len(piece) <= CHUNK for piece in got)


async def test_the_last_piece_of_a_damaged_content_is_held_back(js: JetStreamContext, as_user: Connect) -> None:
    intake = await as_user("intake")
    key = await Blobs(intake).put(b"x" * (CHUNK + 10))
    nuid = await _nuid(js)
    await js.purge_stream("OBJ_blobs", subject=f"$O.blobs.C.{nuid}")
    await js.publish(f"$O.blobs.C.{nuid}", b"x" * CHUNK)
    await js.publish(f"$O.blobs.C.{nuid}", b"y" * 10)
    _, pieces = await Blobs(intake).stream(key)
    got: list[bytes] = []

    async def read() -> None:
        async for piece in pieces:
            got.append(piece)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(BlobDamaged):
        await read()
    assert got == [b"x" * CHUNK]
    with pytest.raises(BlobMissing):
        await Blobs(intake).stream(key_of(b"never"))
