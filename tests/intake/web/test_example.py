"""The example of a channel in another language: it speaks to a real bus with a user of its own, and its posts become tickets."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from shared.bus.permissions import system, system_user
from tests.conftest import ROOT
from tests.intake.web.conftest import House

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("node")]

POSTS = [
    {"id": "1", "thread": "a", "author": "Ana Kovač", "mail": "ana@customer.example", "text": "Kada stiže pošiljka?"},
    {"id": "2", "thread": "b", "author": "Jan", "mail": "jan@customer.example", "text": "Does it come in blue?"},
]


async def run(url: str, inbox: str, files: list[Path]) -> tuple[int, list[str], str]:
    program = shutil.which("node") or "node"
    arguments = [str(ROOT / "examples" / "channel.mjs"), url, inbox, *map(str, files)]
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, [line.partition(" ")[2] for line in out.decode().splitlines()], err.decode()


async def test_a_channel_in_another_language_hands_in_messages_once(house: House, tmp_path: Path) -> None:
    files = [tmp_path / f"{post['id']}.json" for post in POSTS]
    for file, post in zip(files, POSTS, strict=True):
        file.write_text(json.dumps(post))
    before = await house.tickets()
    code, said, errors = await run(house.server.url(system_user("shop")), "shop", files)
    assert (code, said) == (0, ["taken", "taken"]), errors
    _, again, _ = await run(house.server.url(system_user("shop")), "shop", files)
    assert again == ["was there already", "was there already"]
    async with asyncio.timeout(60):
        while await house.tickets() < before + 2:
            await asyncio.sleep(0.05)
    assert await house.tickets() == before + 2


async def test_it_is_stopped_at_another_inbox(house: House, tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    file.write_text(json.dumps(POSTS[0]))
    code, _, errors = await run(house.server.url(system_user("shop")), "support", [file])
    assert code != 0
    assert "Permissions Violation" in errors


async def test_the_users_rights_are_its_inbox_and_nothing_else() -> None:
    assert system("shop").publish == ("intake.api.shop",)
    assert system("a b").subscribe == (f"_INBOX_{system_user('a b').replace('=', '=3D')}.>",)
