"""The bots of the configuration, each with what takes its updates: made once per intake, for its webhooks and its readers alike."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from services.intake.accepting import Accepting
from services.intake.telegram.files import Files
from services.intake.telegram.shelf import Shelf
from services.intake.telegram.taking import Taker
from services.intake.telegram.updates import Account
from shared.bus import subjects
from shared.bus.keyvalue import KeyValue
from shared.service import Context
from shared.settings.inbox import TelegramInbox
from shared.telegram import Bot, RawRequest, bot_number, connect, webhook_secret


@dataclass(frozen=True, slots=True)
class BotOfInbox:
    """An inbox and its bot. ``polling`` is what the bot asks for updates through; ``secret`` what a webhook has to bear."""

    inbox: TelegramInbox
    bot: Bot
    polling: RawRequest
    taker: Taker
    secret: str


_made: WeakKeyDictionary[Accepting, dict[str, BotOfInbox]] = WeakKeyDictionary()


def bots(context: Context, accepting: Accepting) -> dict[str, BotOfInbox]:
    """The bots by their inboxes' names."""
    if accepting not in _made:
        found = [inbox for inbox in context.settings.inbox if isinstance(inbox, TelegramInbox)]
        _made[accepting] = {inbox.name: _make(context, accepting, inbox) for inbox in found}
    return _made[accepting]


def _make(context: Context, accepting: Accepting, inbox: TelegramInbox) -> BotOfInbox:
    polling = RawRequest()
    bot = connect(inbox, polling)
    shelf = Shelf(KeyValue(context.bus, subjects.CURSORS), inbox.name)
    taker = Taker(Account(inbox.name, bot_number(inbox)), bot, Files(bot, inbox.api_url), shelf, accepting)
    return BotOfInbox(inbox, bot, polling, taker, webhook_secret(inbox, context.keyring))
