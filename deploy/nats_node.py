"""One node of the NATS cluster: writes its configuration from environment variables and becomes nats-server.

    python deploy/nats_node.py            run the node
    python deploy/nats_node.py --print    only show the configuration (with its passwords)

The rights of every user come from `shared.bus.permissions`, so the bus and the services are always of one version.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from shared.bus.embedded import server_binary
from shared.bus.errors import BusError
from shared.bus.permissions import Cluster, Rights, server_config, system, system_user
from shared.bus.subjects import INTERNAL_USERS

ROUTES_USER = "routes"


class Unset(Exception):
    """A variable is missing; the text says which one and what it is for."""


def configuration(environ: Mapping[str, str]) -> str:
    """The node's configuration. Raises `Unset`."""
    password = _needed(environ, "NATS_CLUSTER_PASSWORD", "the password that the nodes show each other")
    users = {
        user: _needed(environ, f"NATS_{user.upper()}_PASSWORD", f"the password of bus user {user}")
        for user in INTERNAL_USERS
    }
    nodes = _needed(environ, "NATS_NODES", "host:port of every node's cluster port, separated by commas")
    guard = f"{ROUTES_USER}:{quote(password, safe='')}@"
    return server_config(
        store_dir=_needed(environ, "NATS_STORE", "the folder for the streams"),
        users=users,
        externals=_systems(environ.get("NATS_SYSTEMS", "")) | _restoring(environ),
        listen=environ.get("NATS_LISTEN") or "0.0.0.0:4222",
        server_name=_needed(environ, "NATS_NAME", "the node's name, another one for each node and always the same"),
        # What is listed here must carry its password; the one in `authorization` is only shown to nodes found through others.
        cluster=Cluster(
            name="trunkline",
            listen=environ.get("NATS_CLUSTER_LISTEN") or "0.0.0.0:6222",
            routes=tuple(f"nats-route://{guard}{node.strip()}" for node in nodes.split(",") if node.strip()),
            user=ROUTES_USER,
            password=password,
        ),
        http=environ.get("NATS_HTTP") or "127.0.0.1:8222",
    )


def _systems(text: str) -> dict[str, tuple[Rights, str]]:
    """The users of other systems, each with an inbox of channel ``api`` of its own. Raises `Unset`."""
    found: dict[str, tuple[Rights, str]] = {}
    for part in filter(None, text.split(",")):
        inbox, _, password = part.strip().partition(":")
        if not inbox or not password:
            raise Unset("NATS_SYSTEMS is not well formed: inbox:password of every other system, separated by commas")
        found[system_user(inbox)] = system(inbox), password
    return found


def _restoring(environ: Mapping[str, str]) -> dict[str, tuple[Rights, str]]:
    """For the time of a restore, which does the work of all services at once: the user ``restore``, who may do everything."""
    password = environ.get("NATS_RESTORE_PASSWORD", "")
    return {"restore": (Rights((">",), (">",)), password)} if password else {}


def _needed(environ: Mapping[str, str], name: str, what: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise Unset(f"{name} is not set: {what}")
    return value


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


def main(arguments: list[str]) -> int:
    """Run the node; only returns when it cannot, or with ``--print``."""
    try:
        text = configuration(os.environ)
        if arguments == ["--print"]:
            print(text, end="")
            return 0
        file = Path(os.environ.get("NATS_CONFIG") or "/tmp/nats.conf")  # noqa: S108 - a folder of the container's own, in memory
        _write_private(file, text)
        binary = str(server_binary())
        # Without the passwords: they are in the file, and an environment is shown by many tools.
        kept = {key: value for key, value in os.environ.items() if not key.startswith("NATS_")}
        os.execve(binary, [binary, "-c", str(file)], kept)  # noqa: S606 - no shell is wanted
    except (Unset, BusError, OSError) as error:
        print(f"nats_node: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
