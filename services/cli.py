"""The command ``trunkline``. Each command is a few lines: the work is done by the rooms and by `services.composition`."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from services import __version__

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration file (default: ./trunkline.toml if there)."),
]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder (default: ./data).")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    name="trunkline",
    help="A support gateway: every message on every channel becomes a ticket, and none is lost.",
    epilog="Example: trunkline up    (then send a mail to port 2525, and look at http://127.0.0.1:8080)",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
dead = typer.Typer(
    no_args_is_help=True,
    help="Messages that were given up: look at them, and let them try again.",
    epilog="Example: trunkline dead list",
)
token = typer.Typer(no_args_is_help=True, help="API tokens.", epilog="Example: trunkline token create --name reporting")
agent = typer.Typer(no_args_is_help=True, help="Agents.", epilog="Example: trunkline agent list")
app.add_typer(dead, name="dead")
app.add_typer(token, name="token")
app.add_typer(agent, name="agent")
point = typer.Typer(
    no_args_is_help=True,
    help="Where agents can be reached, and are believed, besides the address they were added with.",
    epilog="Example: trunkline agent point add anna@acme.example phone +48221234567",
)
agent.add_typer(point, name="point")
quarantine = typer.Typer(
    no_args_is_help=True,
    help="Messages that were held back: look at them, let them out, or discard them.",
    epilog="Example: trunkline quarantine list",
)
app.add_typer(quarantine, name="quarantine")
export = typer.Typer(
    no_args_is_help=True,
    help="What Trunkline knows, as files.",
    epilog="Example: trunkline export register --out register.csv",
)
app.add_typer(export, name="export")
rules = typer.Typer(no_args_is_help=True, help="Automation rules.", epilog="Example: trunkline rules try --since 30d")
app.add_typer(rules, name="rules")
webhooks = typer.Typer(
    no_args_is_help=True,
    help="What webhooks could not be told: look at it, and tell them once more.",
    epilog="Example: trunkline webhooks list",
)
app.add_typer(webhooks, name="webhooks")
deliveries = typer.Typer(
    no_args_is_help=True,
    help="What a restore holds back: look at it, and send it.",
    epilog="Example: trunkline deliveries held",
)
app.add_typer(deliveries, name="deliveries")


def _run(work: Coroutine[Any, Any, None]) -> None:
    import uvloop

    async def stoppable() -> None:
        # As Ctrl-C: what is half made is taken away. `up` and `run` then stop in their own way.
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
        await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(stoppable())


def _version(wanted: bool) -> None:
    if wanted:
        print(f"trunkline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A support gateway: every message on every channel becomes a ticket, and none is lost."""
    from shared import logs

    logs.configure("warning")  # to stderr, whatever a command prints; `up` and `run` say more


@app.command(epilog="Example: trunkline up --data ./data")
def up(config: Config = None, data: Data = None) -> None:
    """Run everything in one process, with its own bus and database."""
    from services.composition import running
    from services.composition.configuring import configured
    from shared import logs

    settings = configured(config, data)
    logs.configure(settings.logging.level)
    _run(running.up(settings))


@app.command(epilog="Example: trunkline run router store --config trunkline.toml")
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
    _run(running.run(settings, services, only or ()))


@app.command(epilog="Example: trunkline demo --keep    (then look around, and end it with Ctrl-C)")
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running until Ctrl-C, to look around.")] = False,
) -> None:
    """Show every channel: an instance of its own in a temporary folder, simulated providers, customers and an agent."""
    from services.composition.demo import command

    done: list[bool] = []

    async def work() -> None:
        done.append(await command.demo(keep=keep))

    _run(work())
    if done != [True]:
        raise typer.Exit(130)


@app.command(epilog="Example: trunkline init trunkline.toml")
def init(file: Annotated[Path, typer.Argument(metavar="F")] = Path("trunkline.toml")) -> None:
    """Write a configuration with comments; what is there is never overwritten."""
    from shared.settings import write_template

    write_template(file)
    print(f"wrote {file}; edit it, then: trunkline check --config {file}")


@app.command(epilog="Example: trunkline check --config trunkline.toml")
def check(config: Config = None, data: Data = None) -> None:
    """Prove the configuration against the real servers, one line per check."""
    from services.composition import checking
    from services.composition.configuring import configured
    from shared import logs

    logs.configure("error")  # a check that fails has its own line
    settings = configured(config, data)
    if not asyncio.run(checking.check(settings)):
        raise typer.Exit(1)


@app.command(epilog="Example: trunkline parse mail.eml other.eml    (or: … | trunkline parse -)")
def parse(files: Annotated[list[str], typer.Argument(metavar="FILE…")]) -> None:
    """Print what intake makes of each file taken as one mail: one JSON line per file."""
    from services.composition.parsing import lines

    for line in lines(files):
        print(line, flush=True)


@app.command(epilog="Example: trunkline explain T-1001    or: trunkline explain mail.eml")
def explain(
    what: Annotated[str, typer.Argument(metavar="NUMBER|FILE")], config: Config = None, data: Data = None
) -> None:
    """Tell why the router did what it did with a ticket, or would do with a mail."""
    from services.composition import explaining
    from services.composition.configuring import configured

    asyncio.run(explaining.explain(what, configured(config, data)))


@app.command(epilog="Example: trunkline ledger --since 2026-01-31")
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


@app.command("import", epilog="Example: trunkline import --dry-run ./old-mail    and then without --dry-run")
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

    _run(work())
    if code != [0]:
        raise typer.Exit(code[0])


@app.command(epilog="Example: trunkline reconcile support --days 30")
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

    _run(work())
    if well != [True]:
        raise typer.Exit(1)


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


@token.command("create", epilog="Example: trunkline token create --name reporting")
def token_create(
    name: Annotated[str, typer.Option("--name", help="What the token is for.")],
    role: Annotated[str, typer.Option("--role", help="What it may: admin, lead, agent or auditor.")] = "admin",
    config: Config = None,
    data: Data = None,
) -> None:
    """Create an API token and print it, this once."""
    from services.composition import listing, staffing
    from services.composition.configuring import configured

    asyncio.run(listing.token_create(configured(config, data), name, staffing.role(role) or "admin"))


@token.command("list", epilog="Example: trunkline token list --json")
def token_list(config: Config = None, data: Data = None, json: Json = False) -> None:
    """List the API tokens: what they are for and what they may, never their texts."""
    from services.composition import signing
    from services.composition.configuring import configured

    asyncio.run(signing.tokens(configured(config, data), json))


@token.command("revoke", epilog="Example: trunkline token revoke reporting")
def token_revoke(
    token: Annotated[str, typer.Argument(metavar="NAME|ID", help="Its name (all of that name), or its id.")],
    config: Config = None,
    data: Data = None,
) -> None:
    """Let an API token count no longer."""
    from services.composition import signing
    from services.composition.configuring import configured

    asyncio.run(signing.revoke(configured(config, data), token))


Languages = Annotated[str | None, typer.Option("--languages", help="What they speak, best first: en,pl,hr")]
Capacity = Annotated[
    str | None, typer.Option("--capacity", help="How many open tickets they may have; `any`: no limit of their own.")
]
WorkingHours = Annotated[str | None, typer.Option("--hours", help="The name of their [[hours]].")]
PublicName = Annotated[str | None, typer.Option("--public-name", help="How customers know them.")]


@agent.command("add", epilog="Example: trunkline agent add anna@acme.example --name 'Anna Nowak' --role lead")
def agent_add(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str, typer.Option("--name", help="The name customers see.")],
    role: Annotated[str, typer.Option("--role", help="admin, lead, agent or auditor")] = "agent",
    languages: Languages = None,
    capacity: Capacity = None,
    hours: WorkingHours = None,
    public_name: PublicName = None,
    invite: Annotated[bool, typer.Option("--invite", help="Send them a link to choose a password.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Add an agent."""
    from services.composition import signing, staffing
    from services.composition.configuring import configured

    more = staffing.fields(languages=languages, capacity=capacity, hours=hours, public_name=public_name)
    settings = configured(config, data)
    asyncio.run(staffing.add(settings, email, name, staffing.role(role), more))
    if invite:
        asyncio.run(signing.invite(settings, email))


@agent.command("change", epilog="Example: trunkline agent change anna@acme.example --languages en,pl --away 2d")
def agent_change(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str | None, typer.Option("--name")] = None,
    role: Annotated[str | None, typer.Option("--role", help="admin, lead, agent or auditor")] = None,
    languages: Languages = None,
    capacity: Capacity = None,
    hours: WorkingHours = None,
    public_name: PublicName = None,
    away: Annotated[
        str | None,
        typer.Option(
            "--away", metavar="UNTIL", help="Until when: a time, a span such as 2d, or `back` for until --back."
        ),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="They are there again.")] = False,
    notify: Annotated[
        str | None,
        typer.Option("--notify", metavar="JSON", help='How they are told, {"channels": ["telegram"]}; {}: by mail.'),
    ] = None,
    signature: Annotated[
        list[str] | None,
        typer.Option(
            "--signature", metavar="LANGUAGE=TEXT", help="Below what they answer by mail; all of them at once."
        ),
    ] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Change what is known of an agent, or say that they are away, or back."""
    from services.composition import staffing
    from services.composition.configuring import configured

    fields = staffing.fields(
        name=name,
        role=staffing.role(role),
        languages=languages,
        capacity=capacity,
        hours=hours,
        public_name=public_name,
        away=away,
        back=back,
        notify=notify,
        signatures=signature or (),
    )
    asyncio.run(staffing.change(configured(config, data), email, fields))


@agent.command("list", epilog="Example: trunkline agent list --json")
def agent_list(config: Config = None, data: Data = None, json: Json = False) -> None:
    """List the agents."""
    from services.composition import staffing
    from services.composition.configuring import configured

    asyncio.run(staffing.show(configured(config, data), json))


Agent = Annotated[str, typer.Argument(metavar="EMAIL", help="The address they were added with.")]
PointKind = Annotated[str, typer.Argument(metavar="KIND", help="email, phone, whatsapp or telegram")]
PointValue = Annotated[str, typer.Argument(metavar="VALUE", help="An address, a number, the number of a chat.")]


@agent.command("password", epilog="Example: trunkline agent password anna@acme.example")
def agent_password(
    email: Agent,
    without_second_step: Annotated[
        bool, typer.Option("--without-second-step", help="Also ask for no code any more: the telephone is lost.")
    ] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Print a link by which an agent chooses a password. Whoever has it can: hand it over with care."""
    from services.composition import signing
    from services.composition.configuring import configured

    asyncio.run(signing.password(configured(config, data), email, without_second_step=without_second_step))


@agent.command("sessions", epilog="Example: trunkline agent sessions anna@acme.example")
def agent_sessions(email: Agent, config: Config = None, data: Data = None, json: Json = False) -> None:
    """List where an agent is signed in."""
    from services.composition import signing
    from services.composition.configuring import configured

    asyncio.run(signing.sessions(configured(config, data), email, json))


@agent.command("sign-out", epilog="Example: trunkline agent sign-out anna@acme.example")
def agent_sign_out(email: Agent, config: Config = None, data: Data = None) -> None:
    """End all sessions of an agent."""
    from services.composition import signing
    from services.composition.configuring import configured

    asyncio.run(signing.sign_out(configured(config, data), email))


@agent.command("block", epilog="Example: trunkline agent block anna@acme.example")
def agent_block(email: Agent, config: Config = None, data: Data = None) -> None:
    """Let nobody in any more who works here no longer. Their open tickets go back to their teams; nothing is lost."""
    from services.composition import staffing
    from services.composition.configuring import configured

    asyncio.run(staffing.block(configured(config, data), email))


@agent.command("unblock", epilog="Example: trunkline agent unblock anna@acme.example")
def agent_unblock(email: Agent, config: Config = None, data: Data = None) -> None:
    """Let an agent in again who was blocked."""
    from services.composition import staffing
    from services.composition.configuring import configured

    asyncio.run(staffing.unblock(configured(config, data), email))


@point.command("add", epilog="Example: trunkline agent point add anna@acme.example telegram")
def point_add(email: Agent, kind: PointKind, value: PointValue = "", config: Config = None, data: Data = None) -> None:
    """Add a point; a code proves it. For telegram there is no VALUE: the chat that brings the code is theirs."""
    from services.composition import pointing
    from services.composition.configuring import configured

    asyncio.run(pointing.add(configured(config, data), email, pointing.kind(kind), value))


@point.command("verify", epilog="Example: trunkline agent point verify anna@acme.example phone +48221234567 K7QF2T4M")
def point_verify(
    email: Agent,
    kind: PointKind,
    value: PointValue,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code that was sent there.")],
    config: Config = None,
    data: Data = None,
) -> None:
    """Prove a point with the code that was sent there."""
    from services.composition import pointing
    from services.composition.configuring import configured

    asyncio.run(pointing.verify(configured(config, data), email, pointing.kind(kind), value, code))


@point.command("list", epilog="Example: trunkline agent point list anna@acme.example")
def point_list(email: Agent, config: Config = None, data: Data = None, json: Json = False) -> None:
    """List an agent's points."""
    from services.composition import pointing
    from services.composition.configuring import configured

    asyncio.run(pointing.show(configured(config, data), email, json))


@point.command("drop", epilog="Example: trunkline agent point drop anna@acme.example phone +48221234567")
def point_drop(email: Agent, kind: PointKind, value: PointValue = "", config: Config = None, data: Data = None) -> None:
    """Give a point up: they are not told nor believed there any more."""
    from services.composition import pointing
    from services.composition.configuring import configured

    asyncio.run(pointing.drop(configured(config, data), email, pointing.kind(kind), value))


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
    _run(command.register(configured(config, data), format, out, wanted))


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
    _run(command.ticket(configured(config, data), number, out, "customer" if copy == "customer" else "internal"))


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


@app.command(
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
        _run(command.show(settings, json))
    elif report:
        _run(command.report(settings, since, json))
    elif use is not None or off:
        _run(command.use(settings, use or ""))
    else:
        command.train(settings, command.Wanted(threshold, imported, out, dry_run, json))


@app.command(epilog="Example: trunkline report --since 2026-03-01 --until 2026-03-31 --name sla")
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
    _run(reporting.print_report(configured(config, data), wanted, json))


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


@app.command(epilog="Example: trunkline backup /safe/trunkline-2026-01-31.backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Write everything into one file, while Trunkline works."""
    from services.composition.backing import command
    from services.composition.configuring import configured

    _run(command.save(configured(config, data), file, json))


@app.command(epilog="Example: trunkline restore /safe/trunkline-2026-01-31.backup --data ./data")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a house of a backup, in an empty data folder (and an empty database and bus). Nothing is sent by this."""
    from services.composition.backing import command
    from services.composition.configuring import configured

    _run(command.bring_back(configured(config, data), file, json))


@app.command(epilog="Example: trunkline erase ann@customer.example --dry-run")
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

    _run(erasing.erase(configured(config, data), address, dry_run=dry_run, yes=yes, as_json=json))


@app.command(epilog="Example: trunkline takeout ann@customer.example --out ann.zip")
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

    _run(handing.takeout(configured(config, data), address, out, json))


@app.command(epilog="Example: trunkline retention --dry-run")
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


def main() -> None:
    """The entry point. What the operator can mend is one line on stderr and exit 1; usage errors exit 2."""
    try:
        app(prog_name="trunkline")
    except KeyboardInterrupt:
        sys.exit(130)
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        from services.composition.errors import expected

        if not isinstance(error, expected()):
            raise
        for line in str(error).splitlines():
            print(f"trunkline: {line}", file=sys.stderr)
        sys.exit(1)
