"""Keys come from the configuration, or are made once and kept."""

import base64
import json
import multiprocessing
import os
from pathlib import Path

import pytest

from shared.secrets import Keyring, SecretsError, from_settings, load_or_create
from shared.settings import ConfigError, load

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "text",
    [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode().rstrip("=")],
)
def test_a_key_is_hexadecimal_or_base64(text: str) -> None:
    ring = from_settings(load(None, None, {"TRUNKLINE_SECRETS__KEY": text}))
    assert ring is not None
    assert ring.keys == {ring.current: KEY}


def test_without_configured_keys_there_is_no_keyring() -> None:
    assert from_settings(load(None)) is None


def test_of_several_keys_the_first_signs(tmp_path: Path) -> None:
    (tmp_path / "old.key").write_text(KEY.hex() + "\n")
    file = tmp_path / "trunkline.toml"
    file.write_text(
        f"[secrets]\nkey = ['n:{'ab' * 32}', 'o:file:old.key', 'file:old.key', {{id = 'x', key = '{'cd' * 16}'}}]\n"
    )
    ring = from_settings(load(file))
    assert ring is not None
    assert ring.current == "n"
    assert [ring.keys["n"], ring.keys["o"], ring.keys["x"]] == [b"\xab" * 32, KEY, b"\xcd" * 16]
    assert len(ring.keys) == 4


def test_the_id_of_a_key_without_one_does_not_depend_on_its_place() -> None:
    one = from_settings(load(None, None, {"TRUNKLINE_SECRETS__KEY": KEY.hex()}))
    two = from_settings(load(None, None, {"TRUNKLINE_SECRETS__KEY": f"{'ab' * 32},{KEY.hex()}"}))
    assert one is not None
    assert two is not None
    assert two.keys[one.current] == KEY
    assert two.current != one.current


def test_two_keys_with_one_id_are_refused() -> None:
    with pytest.raises(ConfigError, match="two keys have the same id"):
        load(None, None, {"TRUNKLINE_SECRETS__KEY": f"a:{KEY.hex()},a:{'ab' * 32}"})


@pytest.mark.parametrize(
    ("current", "keys"), [("a", {}), ("a", {"b": KEY}), ("A", {"A": KEY}), ("ab", {"ab": KEY}), ("a", {"a": b"short"})]
)
def test_a_keyring_that_cannot_sign_is_refused(current: str, keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError):
        Keyring(current, keys)


def test_a_keyring_shows_no_key() -> None:
    assert repr(Keyring("a", {"a": KEY})) == "Keyring(current='a')"


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "new" / "data")
    assert load_or_create(tmp_path / "new" / "data") == first
    file = tmp_path / "new" / "data" / "secrets.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(file.parent) == ["secrets.json"]
    assert len(first.keyring.keys[first.keyring.current]) == 32
    assert first.first_sign_in.get_secret_value() not in repr(first)
    assert load_or_create(tmp_path / "other") != first


def test_a_file_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    (tmp_path / "secrets.json").chmod(0o644)
    load_or_create(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"current": "a", "keys": {"a": "zz"}}', '{"current": 1, "keys": 2}']
)
def test_a_damaged_file_is_never_overwritten(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(SecretsError, match="isn't a file of secrets") as raised:
        load_or_create(tmp_path)
    assert "\n" not in str(raised.value)
    assert (tmp_path / "secrets.json").read_text() == content


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretsError, match="give a data folder you may write to") as raised:
        load_or_create(tmp_path / "file" / "data")
    assert "\n" not in str(raised.value)


def _current(folder: str) -> str:
    return json.dumps(load_or_create(Path(folder)).keyring.keys[load_or_create(Path(folder)).keyring.current].hex())


def test_processes_that_begin_at_once_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        assert len(set(pool.map(_current, [str(tmp_path)] * 16, chunksize=1))) == 1
