"""The commented configuration that ``trunkline init`` writes. Its text is ``template.toml`` beside this module."""

from importlib.resources import files
from pathlib import Path

from shared.settings.errors import ConfigError


def template() -> str:
    """A whole, commented ``trunkline.toml`` that says the same as no file at all."""
    return files("shared.settings").joinpath("template.toml").read_text("utf-8")


def write_template(path: Path) -> None:
    """Write `template` to ``path``. Raises `ConfigError` when something is there already or can't be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError:
        raise ConfigError([f"{path}: is there already; give another name, or move it away first"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: can't be written: {error.strerror}"]) from None
