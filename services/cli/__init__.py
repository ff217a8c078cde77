"""The command ``trunkline``. Each command is a few lines: the work is done by the rooms and by `services.composition`.

The commands are in the modules beside, by what they are about. They import what they need when they are called: ``trunkline --help``
loads no room.
"""

import asyncio
import signal
import sys
from typing import Annotated

import typer

from services import __version__
from services.cli import access, held, keeping, learning, looking, moving, running

app = typer.Typer(
    name="trunkline",
    help="A support gateway: every message on every channel becomes a ticket, and none is lost.",
    epilog="Example: trunkline up    (then send a mail to port 2525, and look at http://127.0.0.1:8080)",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# In the order in which ``trunkline --help`` lists them.
for _commands in (running, looking, moving, learning, keeping):
    app.add_typer(_commands.commands)
app.add_typer(held.dead, name="dead")
app.add_typer(access.token, name="token")
app.add_typer(access.agent, name="agent")
app.add_typer(held.quarantine, name="quarantine")
app.add_typer(moving.export, name="export")
app.add_typer(learning.rules, name="rules")
app.add_typer(held.webhooks, name="webhooks")
app.add_typer(held.deliveries, name="deliveries")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"trunkline {__version__}")
        raise typer.Exit


@app.callback()
def trunkline(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A support gateway: every message on every channel becomes a ticket, and none is lost."""
    from shared import logs

    logs.configure("warning")  # to stderr, whatever a command prints; `up` and `run` say more


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
