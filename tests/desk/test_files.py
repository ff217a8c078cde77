"""The links of mails whose files were too large: whoever has one gets the file, as a download, until it ends."""

import datetime
from dataclasses import replace
from typing import Any

import pytest

from services.desk.files import AT_ONCE
from shared.secrets import FileLink, encode_file
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
CONTENT = b"<script>alert(1)</script>" * 60_000  # 1.5 MB, in several pieces


async def link(house: House, **fields: Any) -> str:
    key = await house.contexts["desk"].blobs.put(CONTENT)
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    made = replace(FileLink(key, len(CONTENT), 'Račun "3".html', until), **fields)
    return f"/files/{encode_file(house.contexts['desk'].keyring, made)}"


async def test_a_file_comes_whole_without_signing_in_and_only_as_a_download(house: House) -> None:
    path = await link(house)
    async with house.client(None) as stranger:
        answer = await stranger.get(path)
        head = await stranger.head(path)
    assert answer.status_code == head.status_code == 200
    assert answer.content == CONTENT
    assert head.content == b""
    for headers in (answer.headers, head.headers):
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Length"] == str(len(CONTENT))
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Disposition"] == (
            "attachment; filename=\"Ra_un _3_.html\"; filename*=UTF-8''Ra%C4%8Dun%20%223%22.html"
        )


@pytest.mark.parametrize(
    ("language", "words"), [("pl,en;q=0.5", "ważność"), ("de, hr", "vrijedi"), ("", "no longer valid")]
)
async def test_a_link_that_has_ended_says_so_in_the_readers_language(house: House, language: str, words: str) -> None:
    path = await link(house, expires=datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=2))
    answer = await house.api.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 410
    assert words in answer.text


async def test_a_forged_or_broken_link_gives_nothing(house: House) -> None:
    path = await link(house)
    flipped = path[:40] + ("A" if path[40] != "A" else "B") + path[41:]
    for wrong in (
        flipped,
        path[:-1],
        path + "a",
        path.swapcase(),
        "/files/" + "a" * 400,
        "/files/x%00y",
        "/files/..%2f",
    ):
        assert (await house.api.get(wrong)).status_code == 404, wrong
    assert (await house.api.get(await link(house, key="ab" * 32))).status_code == 404  # signed, and the file is gone


async def test_a_token_of_another_purpose_opens_no_file(house: House) -> None:
    keyring = house.contexts["desk"].keyring
    body = (await link(house)).removeprefix("/files/")[:-16]
    assert (await house.api.get(f"/files/{body}{keyring.sign(b'reply', body)}")).status_code == 404


async def test_readers_that_leave_in_the_middle_keep_no_place(house: House) -> None:
    path = await link(house)
    for _ in range(AT_ONCE + 4):
        async with house.client(None) as stranger, stranger.stream("GET", path) as answer:
            assert answer.status_code == 200
            async for _piece in answer.aiter_raw():
                break
    assert (await house.api.get(path)).content == CONTENT
