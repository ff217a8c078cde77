"""`trunkline check`: the configuration proved against the real servers, one line per check. Changes nothing, sends nothing."""

import errno
import fcntl
import os
import shutil
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from services.composition.errors import CannotStart, expected
from services.composition.users import user_of
from services.notifier.email.addresses import domain_to_ascii
from services.notifier.email.relay import Refused, RelayPool, Timeouts
from services.notifier.email.sender import host_name
from services.store.engine import database_url
from services.store.probing import probe, probe_file
from shared.bus import subjects
from shared.bus.connection import connect
from shared.bus.embedded import server_binary
from shared.secrets import from_settings
from shared.settings import EmailInbox, Relay, Settings
from shared.settings.inbox import Imap, TelegramInbox, TwilioInbox
from shared.settings.quantities import Listen, UnixListen

Check = Callable[[], Awaitable[str]]


async def check(settings: Settings) -> bool:
    """Run every check and print its line; gives whether all passed."""
    failures: tuple[type[Exception], ...] = (*expected(), OSError, ValueError)
    passed = True
    for name, run in _checks(settings):
        try:
            print(f"ok      {name}: {await run()}", flush=True)
        except failures as error:
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
        ("smtp.listen", lambda: _port("smtp.listen", settings.smtp.listen, settings.data)),
        ("web.listen", lambda: _port("web.listen", settings.web.listen, settings.data)),
    ]
    if settings.smtp.lmtp_listen is not None:
        checks.append(("smtp.lmtp_listen", partial(_lmtp, settings.smtp.lmtp_listen, settings.data)))
    if settings.smtp.certificate:
        checks.append(("smtp.certificate", lambda: _certificate(settings)))
    for inbox in settings.email_inboxes:
        checks += [(f"inbox {inbox.name}, relay {relay}", partial(_relay, relay)) for relay in inbox.send]
        if not inbox.send:
            checks.append((f"inbox {inbox.name}", lambda: _said("sends into the Maildir in the data folder")))
        if inbox.receive == "imap" and inbox.imap is not None:
            checks.append((f"inbox {inbox.name}, mailbox", partial(_mailbox, inbox.imap, settings.beside(""))))
        if inbox.dkim is not None:
            checks.append((f"inbox {inbox.name}, dkim", partial(_dkim, settings, inbox)))
    for bot in (each for each in settings.inbox if isinstance(each, TelegramInbox)):
        checks.append((f"inbox {bot.name}, bot", partial(_bot, bot)))
    for sender in (each for each in settings.inbox if isinstance(each, TwilioInbox)):
        checks.append((f"inbox {sender.name}, Twilio", partial(_twilio, sender)))
    return checks


async def _said(text: str) -> str:
    return text


async def _data(settings: Settings) -> str:
    folder = settings.data.resolve()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise CannotStart(f"{folder} is not a folder that can be written; give another with --data")
    free = shutil.disk_usage(there).free
    if free < settings.watchdog.disk_free:
        raise CannotStart(f"{folder}: only {free // 1_000_000} MB are free; make room")
    return f"{folder}, {free // 1_000_000} MB free{'' if there == folder else '; made when it is first needed'}"


async def _bus(settings: Settings) -> str:
    url = settings.bus.url.get_secret_value()
    if not url:
        return f"embedded, {server_binary().name}"
    bus = await connect(
        url, name="trunkline-check", user_inbox_prefix=subjects.inbox_prefix(user_of(url) or "check"), timeout=5
    )
    try:
        return f"connected to {bus.connected_url.netloc.rpartition('@')[2] if bus.connected_url else 'it'}"
    finally:
        await bus.close()


async def _database(settings: Settings) -> str:
    url = settings.database.url.get_secret_value()
    if url:
        return await probe(database_url(url, settings.data))
    file = Path(database_url("", settings.data).database or "")
    if file.is_file() and not _runs(settings.data):
        probe_file(file)
    return "SQLite in the data folder"


async def _secrets(settings: Settings) -> str:
    if from_settings(settings) is not None:
        return "configured"
    return "generated once into the data folder (for `up`; `run` wants secrets.key)"


async def _port(key: str, listen: Listen, data: Path) -> str:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((listen.host, listen.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and _runs(data):
                return f"{listen} is in use, and so is the data folder: by the Trunkline that runs"
            raise CannotStart(f"{listen}: {error.strerror}; end what uses it or set {key}") from None
    return f"{listen} is free"


async def _lmtp(listen: Listen | UnixListen, data: Path) -> str:
    """A port is tried; of a Unix socket only its folder is looked at, since the file itself is made when intake starts."""
    if isinstance(listen, Listen):
        return await _port("smtp.lmtp_listen", listen, data)
    folder = Path(listen.path).parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise CannotStart(f"{folder} is not a folder that can be written; make it, or correct smtp.lmtp_listen")
    there = Path(listen.path)
    if there.exists() and not there.is_socket():
        raise CannotStart(f"{there} is there and no socket; remove it or correct smtp.lmtp_listen")
    return f"{listen} can be made"


def _runs(data: Path) -> bool:
    """Whether a Trunkline holds this data folder."""
    try:
        with (data / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


async def _certificate(settings: Settings) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = settings.beside(settings.smtp.certificate), settings.beside(settings.smtp.key)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise CannotStart(f"{certificate} with {key}: {error}") from None
    return str(certificate)


async def _dkim(settings: Settings, inbox: EmailInbox) -> str:
    """The key was read with the configuration; what is in DNS is the operator's to compare."""
    from shared.dkim import load_key, zone_line

    if inbox.dkim is None:
        raise CannotStart("there is no table [inbox.dkim]")
    key = load_key(inbox.dkim.selector, inbox.dkim.key.get_secret_value())
    domain = domain_to_ascii(settings.sender_address(inbox).rpartition("@")[2]) or "localhost"
    return f"signs with {key.algorithm}; publish {zone_line(key.selector, domain, key.record())}"


async def _mailbox(imap: Imap, beside: Path) -> str:
    from services.intake.imap.checking import probe
    from services.intake.imap.errors import MailboxError

    try:
        return await probe(imap, beside)
    except MailboxError as error:
        raise CannotStart(f"{error}; correct the inbox's table imap") from error


async def _bot(inbox: TelegramInbox) -> str:
    from shared import telegram

    bot = telegram.connect(inbox)
    try:
        return f"{(await bot.get_me()).username} at {inbox.api_url}"
    except telegram.TelegramError as error:
        raise CannotStart(f"{telegram.described(error)}; correct the inbox's token or api_url") from None
    finally:
        await telegram.close(bot)


async def _twilio(inbox: TwilioInbox) -> str:
    from shared import twilio

    transport = twilio.Transport(inbox.api_url)
    try:
        await twilio.client(inbox, transport).messages.page_async(to=inbox.sender, page_size=1)
    except twilio.TROUBLES as error:
        said = getattr(error, "msg", "") or str(error) or type(error).__name__
        raise CannotStart(f"{said}; correct the inbox's account_sid, auth_token or api_url") from None
    finally:
        await transport.close()
    return f"{inbox.sender} at {inbox.api_url}"


async def _relay(relay: Relay) -> str:
    pool = RelayPool(relay, host_name("localhost"), Timeouts())
    try:
        pool.give_back(await pool.take())
    except Refused as error:
        raise CannotStart(f"{error}; start it there, or correct the inbox's send") from None
    finally:
        await pool.close()
    return "greets us"
