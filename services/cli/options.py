"""What commands have in common: their options, and how work that can be ended is done."""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration file (default: ./trunkline.toml if there)."),
]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder (default: ./data).")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run_stoppable(work: Coroutine[Any, Any, None]) -> None:
    """Do it to its end. SIGTERM ends it as Ctrl-C does."""
    import uvloop

    async def stoppable() -> None:
        # As Ctrl-C: what is half made is taken away. `up` and `run` then stop in their own way.
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
        await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(stoppable())
