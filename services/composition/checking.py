"""`trunkline check`: the configuration proved against the real servers, one line per check. Changes nothing, sends nothing."""

import os
import shutil
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.composition.errors import EXPECTED, CannotStart
from services.composition.house import user_of
from services.notifier.email.relay import Refused, RelayPool, Timeouts
from services.notifier.email.sender import host_name
from services.store.engine import database_url
from services.store.probing import probe
from shared.bus import subjects
from shared.bus.connection import connect
from shared.bus.embedded import server_binary
from shared.secrets import from_settings
from shared.settings import Relay, Settings
from shared.settings.quantities import Listen

Check = Callable[[], Awaitable[str]]


async def check(settings: Settings) -> bool:
    """Run every check and print its line; gives whether all passed."""
    passed = True
    for name, run in _checks(settings):
        try:
            print(f"ok      {name}: {await run()}", flush=True)
        except (*EXPECTED, OSError, ValueError) as error:
            passed = False
            print(f"FAILED  {name}: {error}", flush=True)
    return passed


def _checks(settings: Settings) -> list[tuple[str, Check]]:
    checks: list[tuple[str, Check]] = [
        ("configuration", lambda: _said(str(settings.source or "built-in defaults"))),
        ("data folder", lambda: _data(settings)),
        ("bus", lambda: _bus(settings)),
        ("database", lambda: _database(settings)),
        ("secrets", lambda: _secrets(settings)),
        ("smtp.listen", lambda: _port(settings.smtp.listen)),
        ("web.listen", lambda: _port(settings.web.listen)),
    ]
    if settings.smtp.certificate:
        checks.append(("smtp.certificate", lambda: _certificate(settings)))
    for inbox in settings.email_inboxes:
        for relay in inbox.send:
            checks.append((f"inbox {inbox.name}, relay {relay}", lambda relay=relay: _relay(relay)))  # type: ignore[misc]
        if not inbox.send:
            checks.append((f"inbox {inbox.name}", lambda: _said("sends into the Maildir in the data folder")))
    return checks


async def _said(text: str) -> str:
    return text


async def _data(settings: Settings) -> str:
    folder = settings.data.resolve()
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotStart(f"{folder} is not writable; give another with --data")
    free = shutil.disk_usage(folder).free
    if free < settings.watchdog.disk_free:
        raise CannotStart(f"{folder}: only {free // 1_000_000} MB are free; make room")
    return f"{folder}, {free // 1_000_000} MB free"


async def _bus(settings: Settings) -> str:
    url = settings.bus.url.get_secret_value()
    if not url:
        return f"embedded, {server_binary().name}"
    bus = await connect(url, name="trunkline-check", user_inbox_prefix=subjects.inbox_prefix(user_of(url)), timeout=5)
    try:
        return f"connected to {bus.connected_url.netloc.rpartition('@')[2] if bus.connected_url else 'it'}"
    finally:
        await bus.close()


async def _database(settings: Settings) -> str:
    url = settings.database.url.get_secret_value()
    if not url:
        return "SQLite in the data folder"
    return await probe(database_url(url, settings.data))


async def _secrets(settings: Settings) -> str:
    if from_settings(settings) is not None:
        return "configured"
    return "generated once into the data folder (for `up`; `run` wants secrets.key)"


async def _port(listen: Listen) -> str:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((listen.host, listen.port))
        except OSError as error:
            raise CannotStart(f"{listen}: {error.strerror} (a running Trunkline?)") from None
    return f"{listen} is free"


async def _certificate(settings: Settings) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    paths = [Path(settings.beside(settings.smtp.certificate)), Path(settings.beside(settings.smtp.key))]
    try:
        context.load_cert_chain(*paths)
    except (OSError, ssl.SSLError) as error:
        raise CannotStart(f"{paths[0]} with {paths[1]}: {error}") from None
    return str(paths[0])


async def _relay(relay: Relay) -> str:
    pool = RelayPool(relay, host_name("localhost"), Timeouts())
    try:
        pool.give_back(await pool.take())
    except Refused as error:
        raise CannotStart(str(error)) from None
    finally:
        await pool.close()
    return "greets us"
