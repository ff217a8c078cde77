"""The file of a backup: whole or not there, and nothing is restored from one that is damaged, or into a place that is not empty."""

import asyncio
import errno
import fcntl
import os
import runpy
import stat
import zipfile
from pathlib import Path

import pytest

from services.composition.backing.archive import MANIFEST, Reading, Writing
from services.composition.backing.building import UNFINISHED, Building, look_empty, look_finished
from services.composition.backing.restoring import restore
from services.composition.backing.saving import opened
from services.composition.errors import CannotStart
from services.store import copying
from services.store.migrations import newest
from services.store.unfinished import HalfRestored, look_whole, unmark
from shared.bus import subjects
from shared.settings import load
from tests.system.processes import ROOT


def written(path: Path) -> Path:
    with Writing(path) as archive:
        with archive.part("a.jsonl") as part:
            part.line({"word": "zażółć"})
        with archive.part("blobs/b", packed=False) as part:
            part.write(b"x" * 100_000)
        archive.finish({"version": "test"})
    return path


def test_a_backup_is_for_its_owner_alone_and_says_what_is_in_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.backup")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    archive = Reading(path)
    assert sum(archive.verify()) > 100_000
    assert list(archive.lines("a.jsonl")) == [{"word": "zażółć"}]
    assert [each.name for each in tmp_path.iterdir()] == ["a.backup"]


def interrupted(path: Path) -> None:
    with Writing(path) as archive, archive.part("a") as part:
        part.write(b"half")
        raise RuntimeError


def test_what_is_interrupted_leaves_nothing_and_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    with pytest.raises(RuntimeError):
        interrupted(path)
    assert list(tmp_path.iterdir()) == []
    before = written(path).read_bytes()
    with pytest.raises(CannotStart, match="nothing is overwritten"):
        written(path)
    assert path.read_bytes() == before


def test_what_was_killed_is_swept_away_by_the_next_and_what_is_at_work_is_not(tmp_path: Path) -> None:
    left, others = tmp_path / ".a.backup.4711.part", tmp_path / ".b.backup.4711.part"
    for each in (left, others):
        each.write_bytes(b"half of somebody's mail")
    with Writing(tmp_path / "a.backup"):
        at_work = next(tmp_path.glob(f".a.backup.{os.getpid()}.part"))
        assert not left.exists()
        assert others.exists()
        Writing(tmp_path / "a.backup")._sweep()
        assert at_work.exists()


def test_a_file_system_that_knows_no_second_name_takes_a_backup_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert sum(Reading(written(tmp_path / "a.backup")).verify()) > 100_000
    assert [each.name for each in tmp_path.iterdir()] == ["a.backup"]


def changed(path: Path, out: Path, name: str, content: bytes | None) -> Path:
    """The same archive with one part of other content, or without it."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
            elif content is not None:
                new.writestr(entry, content)
    return out


@pytest.mark.parametrize(
    ("name", "content"), [("a.jsonl", b'{"word": "other"}\n'), ("blobs/b", None), ("blobs/b", b"x" * 100_001)]
)
def test_a_part_that_is_not_what_was_written_is_found(tmp_path: Path, name: str, content: bytes | None) -> None:
    damaged = changed(written(tmp_path / "a.backup"), tmp_path / "b.backup", name, content)
    with pytest.raises(CannotStart, match="damaged"):
        list(Reading(damaged).verify())


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.backup"
    path.write_bytes(content)
    with pytest.raises(CannotStart, match="no backup"):
        Reading(path)
    with pytest.raises(CannotStart, match="no backup"):
        Reading(changed(written(tmp_path / "c.backup"), tmp_path / "d.backup", MANIFEST, None))


def test_nothing_is_restored_into_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine").write_text("mine")
    with pytest.raises(CannotStart, match="not empty"):
        asyncio.run(restore(load(None, tmp_path / "data", {}), written(tmp_path / "a.backup")))
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["mine"]


async def build(target: Path, *, fail: bool = False) -> None:
    async with Building(target) as building:
        (building.folder / "bus").mkdir()
        (building.folder / "trunkline.sqlite").write_text("all of it")
        if fail:
            raise RuntimeError
        building.settle()


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_is_built_whole_also_where_it_is_a_disk_of_its_own_or_not_at_all(tmp_path: Path, there: bool) -> None:
    target = tmp_path / "data"
    if there:
        target.mkdir()
        (target / "lost+found").mkdir()
    number = target.stat().st_ino if there else 0
    look_empty(target)
    with pytest.raises(RuntimeError):
        asyncio.run(build(target, fail=True))
    assert {each.name for each in tmp_path.rglob("*")} == ({"data", "lost+found"} if there else set())
    asyncio.run(build(target))
    assert {each.name for each in target.iterdir()} - {"lost+found"} == {"bus", "trunkline.sqlite"}
    assert not there or target.stat().st_ino == number  # nothing was renamed onto it
    look_finished(target)
    with pytest.raises(CannotStart, match="not empty"):
        look_empty(target)


def test_one_restore_is_at_work_at_a_time_and_what_was_killed_is_no_house(tmp_path: Path) -> None:
    target = tmp_path / "data"
    (target / UNFINISHED).mkdir(parents=True)
    (target / UNFINISHED / "half").write_text("of it")
    with pytest.raises(CannotStart, match="was interrupted"):
        look_finished(target)
    handle = os.open(target / UNFINISHED, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(CannotStart, match="another restore"):
        asyncio.run(build(target))
    os.close(handle)
    asyncio.run(build(target))
    assert {each.name for each in target.iterdir()} == {"bus", "trunkline.sqlite"}


def test_no_store_takes_a_half_restored_database_for_a_whole_one(tmp_path: Path, database_url: str) -> None:
    async def whole() -> None:
        settings = load(None, tmp_path / "data", {"TRUNKLINE_DATABASE__URL": database_url} if database_url else {})
        tmp_path.joinpath("data").mkdir()
        async with opened(settings) as database:
            await look_whole(database, tmp_path / "data")
            (revision,) = newest()
            await copying.make_empty(database, revision, tmp_path / "building")
            await look_whole(database, tmp_path / "building")
            with pytest.raises(HalfRestored, match="make the database empty"):
                await look_whole(database, tmp_path / "data")
            with pytest.raises(copying.NotEmpty):
                await copying.make_empty(database, revision, tmp_path / "building")
            await unmark(database)
            await look_whole(database, tmp_path / "data")

    asyncio.run(whole())


NODE = {
    "NATS_NAME": "n1",
    "NATS_NODES": "n1:6222",
    "NATS_STORE": "/data/jetstream",
    "NATS_CLUSTER_PASSWORD": "routes-pass",
    **{f"NATS_{user.upper()}_PASSWORD": f"{user}-pass" for user in subjects.INTERNAL_USERS},
}


def test_the_bus_of_the_compose_file_knows_a_user_for_a_restore_only_while_one_is_wanted() -> None:
    configuration = runpy.run_path(str(ROOT / "deploy" / "nats_node.py"))["configuration"]
    assert "restore-pass" not in configuration(NODE)
    assert "restore-pass" in configuration(NODE | {"NATS_RESTORE_PASSWORD": "restore-pass"})


def test_a_restore_as_one_of_the_services_users_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    settings = load(None, tmp_path / "data", {"TRUNKLINE_BUS__URL": "nats://store:secret@127.0.0.1:1"})
    with pytest.raises(CannotStart, match="may do everything"):
        asyncio.run(restore(settings, written(tmp_path / "a.backup")))
    assert [each.name for each in tmp_path.iterdir()] == ["a.backup"]
