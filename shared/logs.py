"""Structured logs on stderr: one JSON object per line, or readable lines where a person looks on.

Log lines of the standard library's loggers take the same way, so that libraries' warnings are not lost.
"""

import logging
import sys
from typing import Any

import structlog
from structlog.types import Processor


def configure(level: str = "info", *, service: str = "") -> None:
    """Send all logs of this process to stderr from ``level`` on; ``service`` is noted in every line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]
    if service:
        shared.insert(0, _note("service", service))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    human = sys.stderr.isatty()
    renderer: Processor = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "mail.log", "asyncio", "aiosqlite", "alembic"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


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
