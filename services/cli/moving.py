"""Commands that bring in old mail and registers, fetch what is missing, and write files of what is there."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.options import Config, Data, Json, run_stoppable

commands = typer.Typer()
export = typer.Typer(
    no_args_is_help=True,
    help="What Trunkline knows, as files.",
    epilog="Example: trunkline export register --out register.csv",
)


@commands.command("import", epilog="Example: trunkline import --dry-run ./old-mail    and then without --dry-run")
def import_(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", help="An mbox file, a Maildir, a folder of .eml files, or a register (CSV, XLSX)."
        ),
    ],
    map: Annotated[
        Path | None,
        typer.Option("--map", metavar="F", help="Of a register: a TOML file that says which heading is what."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be imported.")] = False,
    inbox: Annotated[
        str | None,
        typer.Option("--inbox", metavar="NAME", help="Where the mails belong (default: the first for mail)."),
    ] = None,
    open_within: Annotated[
        float,
        typer.Option(
            "--open-within", metavar="DAYS", min=0, max=36500, help="Leave threads open whose last mail is not older."
        ),
    ] = 0,
    config: Config = None,
    data: Data = None,
) -> None:
    """Take in old mail, or an old register: with its dates, in threads, in silence. Safe to repeat."""
    from datetime import timedelta

    from services.composition.configuring import configured
    from services.composition.importing import command
    from services.composition.importing.register import command as register
    from services.composition.importing.register.source import is_register

    settings = configured(config, data)
    code: list[int] = []

    async def work() -> None:
        if is_register(path, map is not None):
            code.append(await register.run(settings, path, map, dry_run=dry_run))
            return
        code.append(await command.run(settings, path, inbox, timedelta(days=open_within), dry_run=dry_run))

    run_stoppable(work())
    if code != [0]:
        raise typer.Exit(code[0])


@commands.command(epilog="Example: trunkline reconcile support --days 30")
def reconcile(
    inbox: Annotated[
        str | None, typer.Argument(metavar="INBOX", help="One inbox (default: all that are read by IMAP).")
    ] = None,
    days: Annotated[
        float | None,
        typer.Option("--days", metavar="N", min=0.001, max=36500, help="How far back (default: the inbox's window)."),
    ] = None,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Compare mailboxes with what is stored, and fetch what is missing: one line per inbox."""
    from services.composition import reconciling
    from services.composition.configuring import configured

    settings = configured(config, data)
    well: list[bool] = []

    async def work() -> None:
        well.append(await reconciling.reconcile(settings, inbox, days, json))

    run_stoppable(work())
    if well != [True]:
        raise typer.Exit(1)


@export.command("register", epilog="Example: trunkline export register --out register.csv --since 2026-01-01")
def export_register(
    out: Annotated[str, typer.Option("--out", metavar="F", help="The file to write; -: stdout.")],
    format: Annotated[str, typer.Option("--format", help="csv, xlsx, pdf or docx")] = "csv",
    number: Annotated[
        str | None, typer.Option("--number", metavar="NUMBER", help="Just this ticket, such as T-1001.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Opened since: a day, a time, or a duration such as 30d."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Opened until: a day (it counts whole) or a time.")
    ] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="NAME", help="Just this team's.")] = None,
    category: Annotated[str | None, typer.Option("--category", metavar="NAME", help="Just this category.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="NAME", help="Just these, such as open,pending.")
    ] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """The customer ticket tracking register: one line or block per ticket, with its whole record."""
    from services.composition.configuring import configured
    from services.composition.exporting import command

    if format not in command.FORMATS:
        there = ", ".join(command.FORMATS)
        raise typer.BadParameter(
            f"the register cannot be written as {format!r}; there are {there}", param_hint="--format"
        )
    wanted = command.Wanted(since, until, team, category, status, number)
    run_stoppable(command.register(configured(config, data), format, out, wanted))


@export.command("ticket", epilog="Example: trunkline export ticket T-1001 --out T-1001.pdf --copy customer")
def export_ticket(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Such as T-1001.")],
    out: Annotated[str, typer.Option("--out", metavar="F", help="The file to write; -: stdout.")],
    format: Annotated[str, typer.Option("--format", help="pdf")] = "pdf",
    copy: Annotated[
        str, typer.Option("--copy", help="internal, or customer: with nothing that is not for the customer's eyes.")
    ] = "internal",
    config: Config = None,
    data: Data = None,
) -> None:
    """One ticket as a document for the file: its record, its conversation, its history."""
    from services.composition.configuring import configured
    from services.composition.exporting import command

    if format != "pdf":
        raise typer.BadParameter(f"a ticket cannot be written as {format!r}; there is pdf", param_hint="--format")
    if copy not in ("internal", "customer"):
        raise typer.BadParameter(f"there is no copy {copy!r}; there are internal and customer", param_hint="--copy")
    run_stoppable(
        command.ticket(configured(config, data), number, out, "customer" if copy == "customer" else "internal")
    )
