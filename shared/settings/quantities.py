"""Durations, sizes, listen addresses and networks: written as people write them, held as typed values.

Each type comes with its parser (which raises `ValueError` with an example of what to write) and is written
back by the serialiser in the form the parser takes.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, PlainValidator

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d|w)\s*", re.ASCII)
_BYTES = {"": 1, "b": 1} | {
    prefix + suffix: base**power
    for power, prefix in enumerate("kmgt", start=1)
    for suffix, base in (("b", 1000), ("", 1000), ("ib", 1024))
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.ASCII)


def parse_duration(value: object) -> timedelta:
    """``"30s"``, ``"15m"``, ``"8h"``, ``"7d"``, ``"2w"``, ``"1h30m"`` or ``0`` as a time span.

    Raises `ValueError` for anything else, a bare number included (its unit would be a guess).
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if text == "0":
        return timedelta(0)
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text):
        raise ValueError(f'{value!r} is no duration; write a number and a unit, such as "30s", "15m", "8h" or "7d"')
    try:
        return timedelta(milliseconds=sum(float(number) * _MILLISECONDS[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError(f"{value!r} is longer than any duration can be") from None


def show_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as ``value``."""
    milliseconds = value // timedelta(milliseconds=1)
    for unit in ("d", "h", "m", "s"):
        if milliseconds and milliseconds % _MILLISECONDS[unit] == 0:
            return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"


def parse_size(value: object) -> int:
    """Bytes from ``"35MB"`` (decimal), ``"32MiB"`` (binary) or a plain number of bytes.

    Raises `ValueError` for anything else and for what is below zero.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _SIZE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or found[2] not in _BYTES:
        raise ValueError(f'{value!r} is no size; write bytes or a number and a unit, such as "35MB" or "10GB"')
    try:
        return int(float(found[1]) * _BYTES[found[2]])
    except OverflowError:
        raise ValueError("that is larger than any size can be") from None


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a server listens: host name or address (IPv6 without brackets) and port (0: any free one)."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(value: object) -> Listen:
    """``"127.0.0.1:8080"``, ``"localhost:0"`` or ``"[::1]:25"``. Raises `ValueError` for anything else."""
    if isinstance(value, Listen):
        return value
    host, _, port = value.strip().rpartition(":") if isinstance(value, str) else ("", "", "")
    bracketed = host.startswith("[") and host.endswith("]")
    if not host or (":" in host and not bracketed) or not (port.isascii() and port.isdigit()):
        raise ValueError(f'{value!r} is no address to listen on; write host:port, such as "127.0.0.1:8080"')
    if int(port) > 65535:
        raise ValueError(f"port {port} is above 65535")
    return Listen(host.strip("[]"), int(port))


@dataclass(frozen=True, slots=True)
class UnixListen:
    """A Unix socket that a server listens on, by the path of its file."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


LONGEST_SOCKET = 100
"""Octets of a Unix socket's path; the kernel takes 107 (unix(7)), and the file is made under a longer name first."""


def parse_local_listen(value: object) -> Listen | UnixListen:
    """``"unix:/run/trunkline/lmtp.sock"``, or what `parse_listen` takes. Raises `ValueError` for anything else."""
    if isinstance(value, UnixListen):
        return value
    if not isinstance(value, str) or not value.strip().startswith("unix:"):
        return parse_listen(value)
    path = value.strip().removeprefix("unix:")
    if not path.startswith("/") or path.endswith("/") or "\0" in path or len(path.encode()) > LONGEST_SOCKET:
        raise ValueError(
            f"{value!r} is no socket; write unix: and a whole path of at most {LONGEST_SOCKET} octets, "
            'such as "unix:/run/trunkline/lmtp.sock"'
        )
    return UnixListen(path)


def _optional_listen(value: object) -> Listen | None:
    return None if value is None or value == "" else parse_listen(value)


def _optional_local_listen(value: object) -> Listen | UnixListen | None:
    return None if value is None or value == "" else parse_local_listen(value)


def _optional_duration(value: object) -> timedelta | None:
    return None if value is None or value == "" else parse_duration(value)


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value if isinstance(value, IPv4Network | IPv6Network) else str(value), strict=False)
    except ValueError:
        raise ValueError(f'{value!r} is no network; write it like "10.0.0.0/8" or "192.0.2.7"') from None


def split_commas(value: object) -> object:
    """A list may be written as one string with commas, which is how it comes from an environment variable."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(show_duration)]
OptionalDuration = Annotated[
    timedelta | None,
    PlainValidator(_optional_duration),
    PlainSerializer(lambda value: "" if value is None else show_duration(value)),
]
Size = Annotated[int, BeforeValidator(parse_size)]
ListenAddress = Annotated[Listen, PlainValidator(parse_listen), PlainSerializer(str)]
OptionalListenAddress = Annotated[
    Listen | None,
    PlainValidator(_optional_listen),
    PlainSerializer(lambda value: "" if value is None else str(value)),
]
OptionalLocalListenAddress = Annotated[
    Listen | UnixListen | None,
    PlainValidator(_optional_local_listen),
    PlainSerializer(lambda value: "" if value is None else str(value)),
]
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network), PlainSerializer(str)]
Names = Annotated[tuple[str, ...], BeforeValidator(split_commas)]
