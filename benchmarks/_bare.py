"""The bare aiosmtpd that accepts and discards, tuned as ours is: run as a process of its own, it prints its port."""

import asyncio
import sys
from typing import Any

import uvloop
from aiosmtpd.smtp import SMTP

from services.intake.smtp.addresses import usual


class _Discard:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:
        return "250 OK"


class Tuned(SMTP):
    """The library with our quick way to read an address."""

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return usual(arg, self.local_part_limit) or super()._getaddr(arg)


async def serve() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Tuned(_Discard(), enable_SMTPUTF8=True, ident="bare"), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(uvloop.run(serve()))
