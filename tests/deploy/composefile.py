"""compose.yaml as Compose reads it: merged, with variables put in (https://docs.docker.com/reference/compose-file/interpolation/)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.system.processes import ROOT

FILE = ROOT / "compose.yaml"
EXAMPLE = ROOT / "deploy" / "example.env"
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Z_0-9]+)(?:(?P<how>:-|:\?)(?P<text>[^}]*))?\})")


class Missing(Exception):
    """A variable that has to be set is not; Compose says the same text and starts nothing."""


def used() -> set[str]:
    """Every variable that the file mentions."""
    return {found["name"] for found in _VARIABLE.finditer(FILE.read_text()) if found["name"]}


def variables(file: Path) -> dict[str, str]:
    """What an environment file says."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def read(environment: Mapping[str, str]) -> dict[str, Any]:
    """The file with these variables. Raises `Missing`."""
    with_variables: dict[str, Any] = _filled(yaml.safe_load(FILE.read_text()), environment)
    return {key: value for key, value in with_variables.items() if not key.startswith("x-")}


def _filled(tree: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(tree, dict):
        return {key: _filled(value, environment) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_filled(value, environment) for value in tree]
    return _VARIABLE.sub(lambda found: _value(found, environment), tree) if isinstance(tree, str) else tree


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    if found["name"] is None:
        return "$"
    value = environment.get(found["name"], "")
    if found["how"] == ":?" and not value:
        raise Missing(f"required variable {found['name']} is missing a value: {found['text']}")
    return value or (found["text"] if found["how"] == ":-" else "")


def texts(tree: Any) -> Iterator[str]:
    """Every text in a tree, keys too."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from (key, *texts(value))
    elif isinstance(tree, list):
        for value in tree:
            yield from texts(value)
    elif isinstance(tree, str):
        yield tree


def seconds(duration: str) -> float:
    """A duration as Compose writes it, such as ``1m30s``."""
    factors = {"s": 1, "m": 60, "h": 3600}
    return float(sum(int(number) * factors[unit] for number, unit in re.findall(r"(\d+)([smh])", duration)))
