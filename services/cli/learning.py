"""Commands that look back at past tickets: what rules would have done, what the classifier learns of them, the figures."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.cli.options import Config, Data, Json, run_stoppable

commands = typer.Typer()
rules = typer.Typer(no_args_is_help=True, help="Automation rules.", epilog="Example: trunkline rules try --since 30d")


@commands.command(
    epilog="Example: trunkline train --dry-run    then: trunkline train    and later: trunkline train --report"
)
def train(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only measure; what is in use stays.")] = False,
    threshold: Annotated[
        float,
        typer.Option("--threshold", min=0, max=1, help="From which confidence on it decides, instead of suggesting."),
    ] = 0.8,
    imported: Annotated[bool, typer.Option("--imported", help="Imported tickets teach, too.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Also write the model to a file.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the models that are kept.")] = False,
    use: Annotated[
        str | None, typer.Option("--use", metavar="VERSION|FILE", help="Use a model that is kept, or one in a file.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Use none: only rules decide.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Tell how suggestions fared with real tickets.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="With --report: tickets opened since then.")
    ] = None,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Fit the local classifier on past tickets, tell how accurate it is on what it has not seen, and use it."""
    from services.composition.configuring import configured
    from services.composition.training import command

    if (use is not None) + list_ + off + report > 1 or use == "":
        raise typer.BadParameter("give one of --list, --use, --off and --report")
    settings = configured(config, data)
    if list_:
        run_stoppable(command.show(settings, json))
    elif report:
        run_stoppable(command.report(settings, since, json))
    elif use is not None or off:
        run_stoppable(command.use(settings, use or ""))
    else:
        command.train(settings, command.Wanted(threshold, imported, out, dry_run, json))


@commands.command(epilog="Example: trunkline report --since 2026-03-01 --until 2026-03-31 --name sla")
def report(
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="A day, a time, or such as 90d; the last 30 days without it."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="A day (it counts whole) or a time; now without it.")
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option("--name", metavar="NAME", help="Just this report; may be given several times.")
    ] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="NAME", help="Just this team's.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="EMAIL", help="Just this agent's.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Just this channel.")] = None,
    category: Annotated[str | None, typer.Option("--category", metavar="NAME", help="Just this category.")] = None,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """The figures: responses, solutions, targets, volume, satisfaction and the rest; docs/reports.md says what each means."""
    from services.composition import reporting
    from services.composition.configuring import configured

    wanted = reporting.Wanted(name or (), since, until, team, agent, channel, category)
    run_stoppable(reporting.print_report(configured(config, data), wanted, json))


@rules.command("try", epilog="Example: trunkline rules try --config new.toml --since 30d")
def rules_try(
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Tickets opened since: a day, or such as 30d.")
    ] = None,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Tell what the configured rules would have done with past tickets; nothing changes."""
    from services.composition import rules as trying
    from services.composition.configuring import configured

    asyncio.run(trying.try_rules(configured(config, data), since, json))
