"""Commands about what waits for somebody to look at it: dead letters, the quarantine, what webhooks were not told, what a restore
holds back."""

import asyncio
from typing import Annotated

import typer

from services.cli.options import Config, Data, Json

dead = typer.Typer(
    no_args_is_help=True,
    help="Messages that were given up: look at them, and let them try again.",
    epilog="Example: trunkline dead list",
)
quarantine = typer.Typer(
    no_args_is_help=True,
    help="Messages that were held back: look at them, let them out, or discard them.",
    epilog="Example: trunkline quarantine list",
)
webhooks = typer.Typer(
    no_args_is_help=True,
    help="What webhooks could not be told: look at it, and tell them once more.",
    epilog="Example: trunkline webhooks list",
)
deliveries = typer.Typer(
    no_args_is_help=True,
    help="What a restore holds back: look at it, and send it.",
    epilog="Example: trunkline deliveries held",
)


@dead.command("list", epilog="Example: trunkline dead list --json")
def dead_list(config: Config = None, data: Data = None, json: Json = False) -> None:
    """List the dead letters."""
    from services.composition import listing
    from services.composition.configuring import configured

    asyncio.run(listing.dead_list(configured(config, data), json))


@dead.command("show", epilog="Example: trunkline dead show 17")
def dead_show(
    id: Annotated[int, typer.Argument(metavar="ID")], config: Config = None, data: Data = None, json: Json = False
) -> None:
    """Show one dead letter: why it was given up, and its content."""
    from services.composition import listing
    from services.composition.configuring import configured

    asyncio.run(listing.dead_show(configured(config, data), id, json))


@dead.command("replay", epilog="Example: trunkline dead replay 17    or: trunkline dead replay --all")
def dead_replay(
    id: Annotated[int | None, typer.Argument(metavar="ID")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Let dead letters try again."""
    from services.composition import listing
    from services.composition.configuring import configured

    if (id is None) != all:
        raise typer.BadParameter("give one ID, or --all")
    asyncio.run(listing.dead_replay(configured(config, data), id))


@quarantine.command("list", epilog="Example: trunkline quarantine list --json")
def quarantine_list(
    released: Annotated[
        bool, typer.Option("--released", help="Also those that were let out and are still kept.")
    ] = False,
    all: Annotated[
        bool, typer.Option("--all", help="Also those that were let out or discarded and are still kept.")
    ] = False,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List what is held back and why, newest first."""
    from services.composition import quarantining
    from services.composition.configuring import configured

    asyncio.run(quarantining.list_held(configured(config, data), json, released=released or all, discarded=all))


@quarantine.command("show", epilog="Example: trunkline quarantine show 3f0c6a…")
def quarantine_show(
    id: Annotated[str, typer.Argument(metavar="ID")], config: Config = None, data: Data = None, json: Json = False
) -> None:
    """Show one held message: why it is held, and what it says."""
    from services.composition import quarantining
    from services.composition.configuring import configured

    asyncio.run(quarantining.show_held(configured(config, data), id, json))


@quarantine.command("release", epilog="Example: trunkline quarantine release 3f0c6a… --unblock")
def quarantine_release(
    id: Annotated[str, typer.Argument(metavar="ID")],
    unblock: Annotated[bool, typer.Option("--unblock", help="Its sender is no longer blocked either.")] = False,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Let a message out: it becomes a ticket, or joins the one it belongs to."""
    from services.composition import quarantining
    from services.composition.configuring import configured

    asyncio.run(quarantining.release(configured(config, data), id, unblock, json))


@quarantine.command("discard", epilog="Example: trunkline quarantine discard 3f0c6a… --reason 'a newsletter'")
def quarantine_discard(
    id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever wonders later.")] = "",
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Say that nobody need look at a message any more: it is no longer listed, and forgotten in its time."""
    from services.composition import quarantining
    from services.composition.configuring import configured

    asyncio.run(quarantining.discard(configured(config, data), id, reason, json))


@webhooks.command("list", epilog="Example: trunkline webhooks list --waiting")
def webhooks_list(
    webhook: Annotated[str, typer.Option("--webhook", metavar="NAME", help="Just this one's.")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="Also what is still being tried.")] = False,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List what webhooks could not be told, newest first."""
    from services.composition import webhooks as telling
    from services.composition.configuring import configured

    asyncio.run(telling.list_failed(configured(config, data), webhook, json, waiting=waiting))


@webhooks.command("replay", epilog="Example: trunkline webhooks replay --all --webhook crm")
def webhooks_replay(
    id: Annotated[str | None, typer.Argument(metavar="ID")] = None,
    all: Annotated[bool, typer.Option("--all", help="Everything that has failed.")] = False,
    webhook: Annotated[str, typer.Option("--webhook", metavar="NAME", help="With --all: just this one's.")] = "",
    config: Config = None,
    data: Data = None,
) -> None:
    """Tell webhooks once more what they could not be told."""
    from services.composition import webhooks as telling
    from services.composition.configuring import configured

    if (id is None) != all:
        raise typer.BadParameter("give one ID, or --all")
    asyncio.run(telling.replay(configured(config, data), id, webhook))


@deliveries.command("held", epilog="Example: trunkline deliveries held")
def deliveries_held(config: Config = None, data: Data = None, json: Json = False) -> None:
    """List what a restore holds back: nobody knows whether it was sent after the backup was made."""
    from services.composition.backing import command
    from services.composition.configuring import configured

    asyncio.run(command.held(configured(config, data), json))


@deliveries.command("release", epilog="Example: trunkline deliveries release --all")
def deliveries_release(
    id: Annotated[str | None, typer.Argument(metavar="ID")] = None,
    all: Annotated[bool, typer.Option("--all", help="Everything that is held.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Send what is held."""
    from services.composition.backing import command
    from services.composition.configuring import configured

    if (id is None) != all:
        raise typer.BadParameter("give one ID, or --all")
    asyncio.run(command.release(configured(config, data), id))
