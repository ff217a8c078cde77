"""The file of a backup: whole or not there, and nothing is restored from one that is damaged, or into a place that is not empty."""

import asyncio
import stat
import zipfile
from pathlib import Path

import pytest

from services.composition.backing.archive import MANIFEST, Reading, Writing
from services.composition.backing.restoring import restore
from services.composition.errors import CannotStart
from shared.settings import load


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
    with pytest.raises(CannotStart, match="never overwritten"):
        written(path)
    assert path.read_bytes() == before


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
