"""The drill of a takeout: all of a person's own is in it, and nothing of anybody else's."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from services.composition.personal import takeout
from shared.messages.parts import Attachment, Authentication, Stored
from tests.desk.house import House
from tests.people.erasing import publish
from tests.people.patience import until
from tests.router.world import mail

ANN, BEN = "ann@takeout.example", "ben@takeout.example"


async def fill(house: House) -> None:
    log = b"the log of the pump " * 2000
    key = await house.contexts["intake"].blobs.put(log)
    file = Attachment(filename="../../etc/pump <b>.log", size=len(log), sha256=key, blob=key)
    original = Stored(sha256="0" * 64, size=9, inline=b"From: ann")
    came = {"original": original, "authentication": Authentication()}
    subject = "Leak <script>alert(1)</script>"
    await publish(house, mail("t-ann", ANN, text="It leaks.", subject=subject, attachments=[file], **came))
    await publish(house, mail("t-ben", BEN, text="Ben's own secret.", subject="Ben's"))
    await until(lambda: _listed(house, "leaks"))
    await until(lambda: _listed(house, "secret"))
    await publish(house, mail("t-ann-2", ANN, refs=("t-ben",), text="Ann in Ben's matter."))
    number = (await house.api.get("/api/v1/tickets", params={"q": "leaks"})).json()["items"][0]["number"]
    for path, body in {
        "replies": {"text": "We are on our way."},
        "notes": {"text": "She always complains."},
        "promises": {"what": "A new seal", "due": "2026-03-03T10:00:00Z"},
    }.items():
        done = await house.api.post(f"/api/v1/tickets/{number}/{path}", json=body, headers={"Idempotency-Key": path})
        assert done.status_code == 201, done.text

    await until(lambda: _listed(house, "matter"))
    held = Attachment(filename="deep.txt", size=len(log), sha256=key, blob=key)
    bomb = {"defects": ["too-many-parts"], "subject": "A thousand parts", "attachments": [held], **came}
    await publish(house, mail("t-held", ANN, text="Held back words of hers.", **bomb))
    await publish(house, mail("t-held-ben", BEN, text="Held back words of his.", defects=["too-many-parts"]))
    await until(lambda: _is_held(house, 2))


async def _is_held(house: House, number: int) -> bool:
    return (await house.api.get("/api/v1/quarantine")).json()["total"] == number


async def _listed(house: House, word: str) -> bool:
    return bool((await house.api.get("/api/v1/tickets", params={"q": word})).json()["items"])


async def drill(house: House, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(house)
    out = folder / "ann.zip"
    monkeypatch.setattr(takeout, "operator", lambda _settings: Borrowed(house))
    await takeout.takeout(house.contexts["store"].settings, ANN.upper(), out, as_json=False)
    judge(out)


def judge(out: Path) -> None:
    """All of Ann's own is in it, and nothing of anybody else's."""
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    everything = b"\n".join(parts.values()).decode()
    for there in (
        "Held back words of hers.",
        "It leaks.",
        "Ann in Ben's matter.",
        "We are on our way.",
        "A new seal",
        "the log of the pump",
    ):
        assert there in everything, there
    for not_there in ("Held back words of his", "Ben's own secret", "She always complains", BEN):
        assert not_there not in everything, not_there
    assert not any(b"<script" in content for name, content in parts.items() if name.endswith(".html"))
    mails = {name: content for name, content in parts.items() if name.endswith("-message.eml")}
    assert [name.split("/")[1].partition("-")[0] for name in mails] == ["T", "held"]
    assert set(mails.values()) == {b"From: ann"}
    assert not any(".." in name or name.startswith("/") for name in parts)
    data = [name for name in parts if name.startswith("data/")]
    assert len(data) == 3
    assert ["ticket" in json.loads(parts[name].splitlines()[0]) for name in data] == [True, True, False]
    assert all(name.removeprefix("data/").replace("jsonl", "html") in parts["index.html"].decode() for name in data)


class Borrowed:
    """The way to a house of the tests instead of one on a data folder."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __aenter__(self) -> Any:
        from services.composition.operating import Operator

        context = self._house.contexts["operator"]
        return Operator(context.bus, context.publisher)

    async def __aexit__(self, *_: object) -> None:
        return None
