"""Structured logs on stderr: one JSON object per line, or readable lines where a person looks on.

Log lines of the standard library's loggers take the same way, so that libraries' warnings are not lost.
"""

import contextlib
import json
import logging
import sys
from typing import Any, BinaryIO, cast

import pydantic_core

from shared.sparing import without

# With rich the errors on a terminal would show the local variables of each function: words that customers wrote, and secrets. It takes
# 4.5 MB, too.
with without("rich"):
    import structlog
from structlog.types import Processor


def configure(level: str = "info", *, service: str = "") -> None:
    """Send all logs of this process to stderr from ``level`` on; ``service`` is noted in every line.

    Our own lines go straight to the file: through the standard library's handlers each would cost five times as much, and
    there are two per mail.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if service:
        common.insert(0, _note("service", service))
    human = sys.stderr.isatty()
    last: Processor = _readable() if human else _json
    structlog.configure(
        processors=[*common, structlog.processors.format_exc_info, last] if not human else [*common, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
        if human
        else structlog.BytesLoggerFactory(cast(BinaryIO, _Unfailing(sys.stderr.buffer))),
        cache_logger_on_first_use=True,
    )
    _configure_library_loggers(number, common, human)


def _readable() -> Processor:
    """Lines for a person. Whoever loaded the library first may have loaded it with what shows local variables."""
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


class _Unfailing:
    """A file whose lines are lost when they cannot be written (full disk, closed pipe): the work they tell of must go on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, line: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.write(line)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()


def _configure_library_loggers(level: int, common: list[Processor], human: bool) -> None:
    """What libraries say through the standard library's loggers looks the same, and only their warnings count."""
    renderer: Processor = _readable() if human else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_logger_name, *common, structlog.processors.format_exc_info],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "mail.log", "asyncio", "aiosqlite", "alembic"):
        logging.getLogger(name).setLevel(max(logging.WARNING, level))


def _json(_logger: Any, _method: str, event: Any) -> bytes:
    try:
        return pydantic_core.to_json(event, fallback=repr, inf_nan_mode="strings")
    except (ValueError, pydantic_core.PydanticSerializationError):
        return json.dumps(event, default=repr).encode()  # a lone surrogate out of somebody's mail: escaped instead


def _note(key: str, value: str) -> Processor:
    def add(_logger: Any, _method: str, event: Any) -> Any:
        event.setdefault(key, value)
        return event

    return add


def _logger_name(_logger: Any, _method: str, event: Any) -> Any:
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event
