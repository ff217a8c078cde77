"""Commands that run Trunkline, or make it ready to be run: the whole house, some of its rooms, the configuration."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.cli.options import Config, Data, run_stoppable

commands = typer.Typer()


@commands.command(epilog="Example: trunkline up --data ./data")
def up(config: Config = None, data: Data = None) -> None:
    """Run everything in one process, with its own bus and database."""
    from services.composition import running
    from services.composition.configuring import configured
    from shared import logs

    settings = configured(config, data)
    logs.configure(settings.logging.level)
    run_stoppable(running.up(settings))


@commands.command(epilog="Example: trunkline run router store --config trunkline.toml")
def run(
    services: Annotated[list[str], typer.Argument(metavar="SERVICE…", help="intake, router, notifier, store, desk")],
    config: Config = None,
    data: Data = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="CHANNEL", help="Intake: just this channel.")
    ] = None,
) -> None:
    """Run one or more services against an existing bus (bus.url)."""
    from services.composition import running
    from services.composition.configuring import configured
    from services.composition.house import ORDER
    from shared import logs

    for name in services:
        if name not in ORDER:
            raise typer.BadParameter(f"{name!r} is no service; there are {', '.join(sorted(ORDER))}")
    for channel in only or []:
        if channel not in running.INTAKE_CHANNELS:
            raise typer.BadParameter(
                f"intake has no channel {channel!r}; there are {', '.join(running.INTAKE_CHANNELS)}"
            )
    settings = configured(config, data, split=True)
    logs.configure(settings.logging.level, service=" ".join(services))
    run_stoppable(running.run(settings, services, only or ()))


@commands.command(epilog="Example: trunkline demo --keep    (then look around, and end it with Ctrl-C)")
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running until Ctrl-C, to look around.")] = False,
) -> None:
    """Show every channel: an instance of its own in a temporary folder, simulated providers, customers and an agent."""
    from services.composition.demo import command

    done: list[bool] = []

    async def work() -> None:
        done.append(await command.demo(keep=keep))

    run_stoppable(work())
    if done != [True]:
        raise typer.Exit(130)


@commands.command(epilog="Example: trunkline init trunkline.toml")
def init(file: Annotated[Path, typer.Argument(metavar="F")] = Path("trunkline.toml")) -> None:
    """Write a configuration with comments; what is there is never overwritten."""
    from shared.settings import write_template

    write_template(file)
    print(f"wrote {file}; edit it, then: trunkline check --config {file}")


@commands.command(epilog="Example: trunkline check --config trunkline.toml")
def check(config: Config = None, data: Data = None) -> None:
    """Prove the configuration against the real servers, one line per check."""
    from services.composition import checking
    from services.composition.configuring import configured
    from shared import logs

    logs.configure("error")  # a check that fails has its own line
    settings = configured(config, data)
    if not asyncio.run(checking.check(settings)):
        raise typer.Exit(1)
