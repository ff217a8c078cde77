"""How a bot gets its updates: by asking (https://core.telegram.org/bots/api#getupdates) or pushed to its webhook (#setwebhook).
A pushed update that isn't answered with 2xx is pushed again, in order."""

import asyncio
import itertools
import re
import time
from typing import Any
from urllib.parse import urlsplit

from services.simulators.outgoing import Attempt, Outgoing
from services.simulators.serving import Simulator
from services.simulators.telegram.answers import Json, Refused, bad
from services.simulators.telegram.asked import Asked
from services.simulators.telegram.bots import Bot, Webhook

LONGEST_POLL = 50.0  # seconds; the real server cuts longer ones too
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
RETRIES = (0.05, 0.1, 0.2, 0.5, 1.0)  # seconds; the last goes on. Telegram takes longer; a test can't
HEADER = "X-Telegram-Bot-Api-Secret-Token"


async def get_updates(simulator: Simulator, bot: Bot, asked: Asked) -> list[Json]:
    """Updates from ``offset`` on; those before it are confirmed and forgotten. A newer poll ends this one with 409."""
    offset, limit = asked.integer("offset"), asked.integer("limit", 100)
    deadline = time.monotonic() + min(max(asked.integer("timeout"), 0), LONGEST_POLL)
    with simulator.lock:
        if bot.webhook is not None:
            raise Refused(
                409,
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        _allow(bot, asked)
        _confirm(bot, offset)
        bot.polls += 1
        mine = bot.polls
        bot.open_polls += 1
    simulator.changed()
    try:
        while True:
            with simulator.lock:
                if not simulator.is_running:
                    return []  # nobody hears it: the connection was cut
                if bot.polls != mine:
                    raise Refused(
                        409, "terminated by other getUpdates request; make sure that only one bot instance is running"
                    )
                if bot.webhook is not None:
                    raise Refused(409, "terminated by setWebhook request")
                waiting = list(itertools.islice(bot.updates.values(), min(max(limit, 1), 100)))
                remaining = deadline - time.monotonic()
                if waiting or remaining <= 0:
                    return waiting
            await simulator.change(remaining)
    finally:
        with simulator.lock:
            bot.open_polls -= 1
        simulator.changed()


def _allow(bot: Bot, asked: Asked) -> None:
    given: Any = asked.structure("allowed_updates")
    if given is None:
        return
    if not isinstance(given, list) or not all(isinstance(kind, str) for kind in given):
        raise bad("can't parse allowed updates: expected an Array of Strings")
    bot.allowed = given


def _confirm(bot: Bot, offset: int) -> None:
    """A negative offset counts from the end, and forgets what is before it."""
    ids = list(bot.updates)
    gone = [update_id for update_id in ids if update_id < offset] if offset >= 0 else ids[:offset]
    for update_id in gone:
        del bot.updates[update_id]


def set_webhook(simulator: Simulator, bot: Bot, asked: Asked) -> bool:
    """Unlike the real server this takes http addresses too: everything is on loopback. An empty address removes it."""
    url, secret = asked.text("url"), asked.text("secret_token")
    if not url:
        return delete_webhook(simulator, bot, asked)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    connections = asked.integer("max_connections", 40)
    if not 1 <= connections <= 100:
        raise bad("max_connections must be between 1 and 100")
    _allow(bot, asked)
    if asked.flag("drop_pending_updates"):
        bot.updates.clear()
    bot.webhook = Webhook(url, secret, connections)
    simulator.spawn(push(simulator, bot, bot.webhook))
    return True


def delete_webhook(simulator: Simulator, bot: Bot, asked: Asked) -> bool:
    bot.webhook = None
    if asked.flag("drop_pending_updates"):
        bot.updates.clear()
    simulator.changed()
    return True


def get_webhook_info(bot: Bot) -> Json:
    hook = bot.webhook
    info: Json = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if hook:
        info["max_connections"] = hook.max_connections
        if hook.last_error:
            info |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
    if bot.allowed:
        info["allowed_updates"] = bot.allowed
    return info


async def push(simulator: Simulator, bot: Bot, hook: Webhook) -> None:
    """Push what waits, for as long as this is the bot's webhook."""
    failures = 0
    while bot.webhook is hook and simulator.is_running:
        with simulator.lock:
            waiting = list(itertools.islice(bot.updates.items(), 2))
        if not waiting:
            await simulator.change(1.0)
            continue
        fault = simulator.callbacks.take("update")
        chosen = waiting[-1] if fault == "reorder" else waiting[0]
        accepted = fault != "lose" and await _push_one(simulator, hook, chosen[1], twice=fault == "duplicate")
        if accepted:
            failures = 0
            with simulator.lock:
                bot.updates.pop(chosen[0], None)
            simulator.changed()
        else:
            await asyncio.sleep(RETRIES[min(failures, len(RETRIES) - 1)])
            failures += 1


async def _push_one(simulator: Simulator, hook: Webhook, update: Json, *, twice: bool) -> bool:
    headers = {HEADER: hook.secret} if hook.secret else {}
    outgoing = Outgoing("update", hook.url, json=update, headers=headers)
    attempt = await simulator.callbacks.fetch(outgoing)
    if twice:
        await simulator.callbacks.fetch(outgoing)
    if not attempt.is_accepted:
        hook.last_error_at = int(time.time())
        hook.last_error = _wording(attempt)
    return attempt.is_accepted


def _wording(attempt: Attempt) -> str:
    if attempt.status is None:
        return "Connection refused" if "ConnectError" in attempt.failure else "Connection timed out"
    return f"Wrong response from the webhook: {attempt.status}"
