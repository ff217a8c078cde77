"""Commands that tell what becomes of messages, and what became of them."""

import asyncio
from typing import Annotated

import typer

from services.cli.options import Config, Data, Json

commands = typer.Typer()


@commands.command(epilog="Example: trunkline parse mail.eml other.eml    (or: … | trunkline parse -)")
def parse(files: Annotated[list[str], typer.Argument(metavar="FILE…")]) -> None:
    """Print what intake makes of each file taken as one mail: one JSON line per file."""
    from services.composition.parsing import lines

    for line in lines(files):
        print(line, flush=True)


@commands.command(epilog="Example: trunkline explain T-1001    or: trunkline explain mail.eml")
def explain(
    what: Annotated[str, typer.Argument(metavar="NUMBER|FILE")], config: Config = None, data: Data = None
) -> None:
    """Tell why the router did what it did with a ticket, or would do with a mail."""
    from services.composition import explaining
    from services.composition.configuring import configured

    asyncio.run(explaining.explain(what, configured(config, data)))


@commands.command(epilog="Example: trunkline ledger --since 2026-01-31")
def ledger(
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="A date or time (UTC), or a duration such as 24h."),
    ] = None,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Per channel and inbox: received = stored + duplicate + quarantined + refused + dead + in flight."""
    from services.composition import listing
    from services.composition.configuring import configured

    asyncio.run(listing.ledger(configured(config, data), since, json))
