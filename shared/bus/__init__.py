"""The bus: subjects and rights, one way to connect, publish, consume, ask and answer, and what happens to what fails."""

import sys


def _import_client() -> None:
    """nats-py imports aiohttp, where it is installed, for connections over WebSocket, which we never make: 11 MB in every process."""
    if "aiohttp" in sys.modules:
        return
    sys.modules["aiohttp"] = None  # type: ignore[assignment]
    try:
        import nats.aio.client  # noqa: F401
    finally:
        del sys.modules["aiohttp"]


_import_client()
