"""``trunkline init`` never destroys what is there."""

from pathlib import Path

import pytest

from shared.settings import ConfigError, write_template
from shared.settings.template import template


def test_the_template_is_written_whole(tmp_path: Path) -> None:
    write_template(tmp_path / "trunkline.toml")
    assert (tmp_path / "trunkline.toml").read_text("utf-8") == template()


def test_an_existing_file_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "trunkline.toml").write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        write_template(tmp_path / "trunkline.toml")
    assert (tmp_path / "trunkline.toml").read_text() == "mine"


def test_a_folder_that_is_missing_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be written: No such file or directory"):
        write_template(tmp_path / "no" / "trunkline.toml")
