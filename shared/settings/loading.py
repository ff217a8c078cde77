"""From a file and an environment to `Settings`, or to every fault in them at once.

The file is read as TOML, built-in lists are put in, ``${VAR}`` is replaced, variables override keys, and the resulting
tree is checked by the models. Environment variables are applied here rather than by a settings source of
pydantic-settings because those name neither the variable nor unknown keys in their errors and can't reach into lists.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from pydantic import ValidationError

from shared.settings import environment
from shared.settings.crosscheck import crosscheck
from shared.settings.defaults import LISTS, fill
from shared.settings.errors import ConfigError
from shared.settings.faults import Faults
from shared.settings.locate import Lines, Path
from shared.settings.settings import Settings

_OWN = ("data", "source")
_SECTIONS = {field.alias or name: field for name, field in Settings.model_fields.items() if name not in _OWN}


def load(
    config: File | None,
    data: File | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    split: bool = False,
    text: str | None = None,
) -> Settings:
    """The configuration in the file ``config`` (null: none) and in ``environ`` (null: nothing), over the defaults.

    ``data`` is the data folder (null: ``TRUNKLINE_DATA``, else ``data`` in the working directory). ``split`` is for
    services on their own: the bus and the signing keys must be configured. ``text`` is what would stand in the file, to see whether it
    could. Raises `ConfigError` with a line per fault.
    """
    environ = environ or {}
    text, tree = _read(config) if text is None else (text, _parsed(config, text))
    variables: dict[Path, str] = {}
    faults = Faults(str(config) if config else "", Lines(text) if config else None, variables)
    for key in set(tree) & set(_OWN):
        faults.at((key,), tree, "unknown key; the data folder is given with --data")
        del tree[key]
    tree = environment.expand(tree, environ, lambda path, message: faults.at(path, tree, message))
    fill(tree)
    _override(tree, environ, variables, faults)
    folder = config.parent if config else File()
    own = {"data": data or File(environ.get("TRUNKLINE_DATA") or "data"), "source": config}
    try:
        settings = Settings.model_validate({**tree, **own}, context={"folder": folder})
    except ValidationError as error:
        faults.of(error, tree)
    else:
        for path, message in [*crosscheck(settings), *(_unconfigured(settings) if split else ())]:
            faults.at(path, tree, message)
        if not faults.lines():
            return settings
    raise ConfigError(faults.lines())


def _read(config: File | None) -> tuple[str, dict[str, Any]]:
    if config is None:
        return "", {}
    try:
        text = config.read_bytes().decode("utf-8-sig")
    except OSError as error:
        hint = f"; `trunkline init {config}` writes one" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError([f"{config}: can't be read: {error.strerror}{hint}"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{config}:{line}: isn't UTF-8"]) from None
    return text, _parsed(config, text)


def _parsed(config: File | None, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        message, line = (found[1], int(found[2] or text.count("\n") + 1)) if found else (str(error), 1)
        raise ConfigError([f"{config}:{line}: isn't TOML: {message}"]) from None


def _override(tree: dict[str, Any], environ: Mapping[str, str], variables: dict[Path, str], faults: Faults) -> None:
    for name, parts, value in environment.overrides(environ):
        if len(parts) == 1 and parts[0] not in _SECTIONS:
            if meant := _single_underscore(parts[0]):
                faults.of_variable(name, f"sections and keys are joined by two underscores; did you mean {meant}?")
            continue
        try:
            variables[environment.apply(tree, parts, value)] = name
        except environment.BadVariable as error:
            faults.of_variable(name, str(error))
        if len(parts) == 1 and parts[0] in LISTS:
            fill(tree)


def _single_underscore(name: str) -> str | None:
    """The variable that was meant by ``TRUNKLINE_BUS_URL``. Other names are left alone: Kubernetes makes variables
    such as ``TRUNKLINE_WEB_PORT`` for a service called trunkline-web, and tests have theirs."""
    section, _, key = name.partition("_")
    annotation: Any = _SECTIONS[section].annotation if section in _SECTIONS else None
    if key and key in getattr(annotation, "model_fields", ()):
        return f"{environment.PREFIX}{section.upper()}__{key.upper()}"
    return None


def _unconfigured(settings: Settings) -> list[tuple[Path, str]]:
    """What services on their own can't do without, since every host must have the same."""
    missing: list[tuple[Path, str]] = []
    if not settings.bus.servers:
        advice = "set it here or in TRUNKLINE_BUS__URL (only `trunkline up` brings its own bus)"
        missing.append((("bus", "url"), f"services on their own need the bus's address; {advice}"))
    if not settings.secrets.key:
        advice = "`openssl rand -hex 32` makes one; set it here or in TRUNKLINE_SECRETS__KEY"
        missing.append((("secrets", "key"), f"services on their own need the same signing key on every host; {advice}"))
    return missing
