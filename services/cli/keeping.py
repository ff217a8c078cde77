"""Commands about all that is kept: its backup, and what is forgotten of a customer, or handed over to them."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.cli.options import Config, Data, Json, run_stoppable

commands = typer.Typer()


@commands.command(epilog="Example: trunkline backup /safe/trunkline-2026-01-31.backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Write everything into one file, while Trunkline works."""
    from services.composition.backing import command
    from services.composition.configuring import configured

    run_stoppable(command.save(configured(config, data), file, json))


@commands.command(epilog="Example: trunkline restore /safe/trunkline-2026-01-31.backup --data ./data")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a house of a backup, in an empty data folder (and an empty database and bus). Nothing is sent by this."""
    from services.composition.backing import command
    from services.composition.configuring import configured

    run_stoppable(command.bring_back(configured(config, data), file, json))


@commands.command(epilog="Example: trunkline erase ann@customer.example --dry-run")
def erase(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="A mail address, a number, or whatever they write from.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be forgotten.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Forget a customer: their words, files and points, everywhere. What stays are numbers, dates and figures."""
    from services.composition.configuring import configured
    from services.composition.personal import erasing

    run_stoppable(erasing.erase(configured(config, data), address, dry_run=dry_run, yes=yes, as_json=json))


@commands.command(epilog="Example: trunkline takeout ann@customer.example --out ann.zip")
def takeout(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="A mail address, a number, or whatever they write from.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The zip to write.")],
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Hand over everything about one customer: pages to read, the same as data, and their files."""
    from services.composition.configuring import configured
    from services.composition.personal import takeout as handing

    run_stoppable(handing.takeout(configured(config, data), address, out, json))


@commands.command(epilog="Example: trunkline retention --dry-run")
def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what is to go; it goes by itself, every hour.")
    ] = False,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Tell which old tickets lose their words or files, as [retention] says; they do so by themselves while Trunkline runs."""
    from services.composition.configuring import configured
    from services.composition.personal import retaining

    asyncio.run(retaining.show(configured(config, data), json))
