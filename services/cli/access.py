"""Commands about who gets in: agents with their points, passwords and sessions, and API tokens."""

import asyncio
from typing import Annotated

import typer

from services.cli.options import Config, Data, Json

token = typer.Typer(no_args_is_help=True, help="API tokens.", epilog="Example: trunkline token create --name reporting")
agent = typer.Typer(no_args_is_help=True, help="Agents.", epilog="Example: trunkline agent list")
point = typer.Typer(
    no_args_is_help=True,
    help="Where agents can be reached, and are believed, besides the address they were added with.",
    epilog="Example: trunkline agent point add anna@acme.example phone +48221234567",
)
agent.add_typer(point, name="point")

Languages = Annotated[str | None, typer.Option("--languages", help="What they speak, best first: en,pl,hr")]
Capacity = Annotated[
    str | None, typer.Option("--capacity", help="How many open tickets they may have; `any`: no limit of their own.")
]
WorkingHours = Annotated[str | None, typer.Option("--hours", help="The name of their [[hours]].")]
PublicName = Annotated[str | None, typer.Option("--public-name", help="How customers know them.")]
Agent = Annotated[str, typer.Argument(metavar="EMAIL", help="The address they were added with.")]
PointKind = Annotated[str, typer.Argument(metavar="KIND", help="email, phone, whatsapp or telegram")]
PointValue = Annotated[str, typer.Argument(metavar="VALUE", help="An address, a number, the number of a chat.")]


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


@agent.command("add", epilog="Example: trunkline agent add anna@acme.example --name 'Anna Nowak' --role lead")
def agent_add(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str, typer.Option("--name", help="Their name; customers see it unless there is a public name.")],
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
    name: Annotated[
        str | None, typer.Option("--name", help="Their name; customers see it unless there is a public name.")
    ] = None,
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
