"""`trunkline train` against a running store and router: what agents decided is learnt, kept, put to use without a restart, and counted."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.composition import explaining
from services.composition.errors import CannotStart
from services.composition.training import command
from services.composition.training.command import Wanted
from services.router import learning as following
from shared.bus import subjects
from shared.clock import now
from shared.learning import load as load_model
from shared.messages import command as c
from shared.messages.inbound import Inbound
from shared.settings import Settings, load
from tests.desk import house as building
from tests.desk.house import House, running, until
from tests.learning.making import sentences

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = """
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
[[category]]
name = "general"
[[category]]
name = "money"
[[category]]
name = "parcels"
[[category]]
name = "repairs"
"""
# No rule knows words for these.
NAMES = {"billing": "money", "order": "parcels", "technical": "repairs"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    file = folder / "trunkline.toml"
    file.write_text(FILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "load", lambda _, data: load(file, data, {}))
        patch.setattr(following, "LOOK", 0.05)
        async with running(folder) as house:
            yield house


@pytest.fixture
def settings(house: House, tmp_path: Path) -> Settings:
    """Those of somebody at the command line."""
    file = tmp_path / "operator.toml"
    file.write_text(f'[bus]\nurl = "{house.server.url("operator")}"\n[secrets]\nkey = "{"ab" * 32}"\n')
    return load(file, house.data, {})


async def mail(house: House, name: str, text: str) -> None:
    message = Inbound.model_validate(
        {"source_id": name, "channel": "email", "inbox": "support", "inboxes": ["support"], "received_at": now(),
         "correlation_id": name, "message_id": f"{name}@mua", "subject": "Hello", "text": text, "reply_text": text,
         "from": {"address": f"{name}@customer.example"}}
    )  # fmt: skip
    subject = subjects.intake("email", "support")
    await house.contexts["intake"].publisher.publish(
        subjects.INTAKE, subject, message.encode(), message_id=message.bus_id
    )


async def ticket_of(house: House, name: str) -> dict[str, Any]:
    """The ticket of that mail, once it is there."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        listed = (await house.api.get("/api/v1/tickets", params={"q": f"{name}@customer.example"})).json()
        found[:] = [one for one in listed["items"] if one["contact"]["points"][0]["value"].startswith(f"{name}@")]
        return bool(found)

    await until(there)
    return dict((await house.api.get(f"/api/v1/tickets/{found[0]['number']}")).json())


async def taught(house: House, many: int) -> None:
    """So many mails whose category somebody has set by hand, and one that nobody has looked at."""
    lessons = sentences(many)
    for place, (text, _) in enumerate([*lessons, ("please look at this yourself", "")]):
        await mail(house, f"past{place}", text)

    async def all_there() -> bool:
        return bool((await house.api.get("/api/v1/tickets")).json()["total"] > many)

    await until(all_there)
    labels = {text: NAMES[label] for text, label in lessons}
    for page in (1, 2):
        for one in (await house.api.get("/api/v1/tickets", params={"page": page})).json()["items"]:
            if label := labels.get(one["problem"]):
                number = int(one["number"].removeprefix("T-"))
                done = await house.command(c.Change(number=number, fields={"category": label}))
                assert done.error is None, done


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command printed as JSON; above it may stand what the house logged meanwhile."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


async def printed(capsys: pytest.CaptureFixture[str], settings: Settings, wanted: Wanted) -> Any:
    capsys.readouterr()
    await asyncio.to_thread(command.train, settings, wanted)
    return said(capsys)


async def in_use(settings: Settings, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    await command.show(settings, as_json=True)
    return [one["model"] for one in said(capsys) if one["in_use"]]


async def test_what_agents_decided_is_learnt_used_explained_and_counted(
    house: House, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CannotStart, match="teach nothing yet"):
        await asyncio.to_thread(command.train, settings, Wanted())
    await taught(house, 60)

    rehearsed = await printed(capsys, settings, Wanted(dry_run=True, as_json=True, out=tmp_path / "model"))
    assert rehearsed["tickets"] == 60
    assert rehearsed["parts"]["category"]["accuracy"] > 0.9
    assert set(rehearsed["parts"]) == {"category"}
    assert load_model((tmp_path / "model").read_bytes()).tickets == 60
    assert (rehearsed["model"], await in_use(settings, capsys)) == (None, [])

    version = (await printed(capsys, settings, Wanted(as_json=True, threshold=0.5)))["model"]
    assert await in_use(settings, capsys) == [version]

    async def followed() -> bool:
        learnt = house.router._configuration.policy.learnt
        return learnt is not None and learnt.version == version

    await until(followed)
    await mail(house, "new", "the invoice and the refund of my faktura")
    ticket = await ticket_of(house, "new")
    assert (ticket["category"], ticket["reasons"]["category"]["rule"]) == ("money", "learnt")
    suggestion = ticket["suggestions"]["category"]
    assert (suggestion["value"], suggestion["decided"], suggestion["model"]) == ("money", True, version)
    capsys.readouterr()
    await explaining.explain(ticket["number"], settings)
    assert f"category decided by model {version}: money (words like " in capsys.readouterr().out

    await mail(house, "wrong", "my printer is broken again, an error")
    wrong = await ticket_of(house, "wrong")
    assert (
        await house.api.patch(f"/api/v1/tickets/{wrong['number']}", json={"category": "parcels"})
    ).status_code == 200
    assert (
        await house.api.post(f"/api/v1/tickets/{ticket['number']}/replies", json={"text": "Yes."})
    ).status_code == 201
    capsys.readouterr()
    await command.report(settings, None, as_json=True)
    (line,) = said(capsys)
    assert line == {
        "model": version, "target": "category", "suggested": 2, "right": 1, "decided": 2, "decided_right": 1
    }  # fmt: skip


async def test_a_bad_model_leaves_the_one_in_use_and_none_can_be_used_too(
    house: House, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (before,) = await in_use(settings, capsys)
    bad = tmp_path / "bad"
    bad.write_bytes(b"TLLEARN1" + bytes(100))
    with pytest.raises(CannotStart, match="checksum"):
        await command.use(settings, str(bad))
    with pytest.raises(CannotStart, match="no model"):
        await command.use(settings, "feedfeedfeedfeed")
    assert await in_use(settings, capsys) == [before]

    await command.use(settings, "")
    assert await in_use(settings, capsys) == []

    async def gone() -> bool:
        return house.router._configuration.policy.learnt is None

    await until(gone)
    await mail(house, "later", "the invoice and the refund of my faktura")
    later = await ticket_of(house, "later")
    assert (later["category"], later["suggestions"]) == ("general", {})

    await command.use(settings, before)
    assert await in_use(settings, capsys) == [before]
