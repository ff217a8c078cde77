"""Streams, subjects, durables and buckets: every name on the bus is made here and nowhere else.

Not here: the settings of streams (`topology`) and who may use them (`permissions`).

Subjects are words joined by dots, `*` and `>` are wildcards (https://docs.nats.io/nats-concepts/subjects). A name chosen by
a user, such as an inbox's, is therefore escaped before it becomes a word: `token("a b.c")` is `a=20b=2Ec`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from shared.identity import OF_DESK

INTAKE = "INTAKE"
OUTBOUND = "OUTBOUND"
DELIVERY = "DELIVERY"
TIMER = "TIMER"
EVENT = "EVENT"
RETRY = "RETRY"
DEAD = "DEAD"

STREAMS: dict[str, str] = {
    INTAKE: "intake.>",
    OUTBOUND: "outbound.>",
    DELIVERY: "delivery.>",
    TIMER: "timer.>",
    EVENT: "event.>",
    RETRY: "retry.>",
    DEAD: "dead.>",
}

# Requests travel without a stream: whoever asks waits for the answer.
STORE_FACTS = "store.facts"
STORE_COMMIT = "store.commit"
STORE_CLAIM = "store.claim"
STORE_LEDGER = "store.ledger"
ROUTER_COMMAND = "router.command"
# Not `intake.…`, which would be kept in stream INTAKE.
MAIL_AUTHENTICATE = "mail.authenticate"

MAIL_RECONCILE = "mail.reconcile"
MAIL_OUTGOING = "mail.outgoing"

BLOBS = "blobs"
LEASES = "leases"
PRESENCE = "presence"
CONFIG = "config"
CURSORS = "cursors"
KEY_VALUE_BUCKETS = (LEASES, PRESENCE, CONFIG, CURSORS)

INTERNAL_USERS = ("store", "intake", "router", "notifier", "desk", "operator")

ACK_WAIT = 15.0  # seconds; whoever needs longer says so (`shared.bus.pull` does)
HOT_ACK_PENDING = 2_000
RETRY_ACK_PENDING = 100_000  # waiting retries are all "pending": the limit must not be reached (bus-notes, 16)

_PLAIN = re.compile(r"[A-Za-z0-9_-]")
_CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ESCAPED = re.compile(r"=([0-9A-F]{2})")
_MAX_TOKEN = 120
_DESK = "outbound.api.desk"


@lru_cache(4096)  # few different names, escaped character by character, several times for each message
def token(name: str) -> str:
    """`name` as one word of a subject: bytes other than ASCII letters, digits, `_` and `-` become `=XX`.

    Different names give different words. Raises ValueError for an empty name or one over 120 characters when escaped
    (a consumer's name is a directory on the server).
    """
    word = "".join(
        char if _PLAIN.match(char) else "".join(f"={byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in name
    )
    if not word:
        raise ValueError("a name on the bus cannot be empty")
    if len(word) > _MAX_TOKEN:
        raise ValueError(f"the name {name[:40]!r}… is too long for the bus (at most {_MAX_TOKEN} characters)")
    return word


def untoken(word: str) -> str:
    """The name that `token` made `word` of."""
    raw = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), word)
    return raw.encode("latin-1").decode("utf-8", "surrogatepass")


def _channel(channel: str) -> str:
    # A channel is a word of ours without a hyphen, which keeps `notifier-<channel>-<inbox>` unambiguous.
    if not _CHANNEL.fullmatch(channel):
        raise ValueError(f"{channel!r} is not a channel: use lower-case letters, digits and underscores")
    return channel


def intake(channel: str, inbox: str) -> str:
    """Where an inbound message of this inbox is published: `intake.<channel>.<inbox>`."""
    return f"intake.{_channel(channel)}.{token(inbox)}"


def outbound(channel: str, inbox: str) -> str:
    """Where a message to be sent from this inbox is published. Webhooks of the desk have subjects of their
    own: who may read them is known before there is any."""
    if channel == "api" and inbox.startswith(OF_DESK):
        return f"{_DESK}.{token(inbox.removeprefix(OF_DESK))}"
    return f"outbound.{_channel(channel)}.{token(inbox)}"


def delivery(channel: str, state: str) -> str:
    """Where a delivery's new state is published."""
    return f"delivery.{_channel(channel)}.{token(state)}"


def timer(kind: str) -> str:
    """Where a due timer of this kind is published."""
    return f"timer.{token(kind)}"


def event(what: str) -> str:
    """Where a fact is announced; dots in `what` stay (`ticket.opened`), each word between them is escaped."""
    return "event." + ".".join(token(word) for word in what.split("."))


def query(name: str) -> str:
    """The request subject of a named query to the store."""
    return f"store.query.{token(name)}"


def mailbox_lease(inbox: str) -> str:
    """The key in bucket `leases` of whoever reads this inbox's mailbox; its value is a `shared.messages.mailbox.MailboxState`."""
    return f"imap.{token(inbox)}"


def bot_lease(inbox: str) -> str:
    """The key in bucket `leases` of whoever reads this inbox's bot; its value is a `shared.messages.mailbox.MailboxState`."""
    return f"telegram.{token(inbox)}"


def reconcile(inbox: str) -> str:
    """Where whoever reads this inbox's mailbox is asked to compare it with what is stored."""
    return f"{MAIL_RECONCILE}.{token(inbox)}"


def chat(session: str) -> str:
    """Where whoever holds a socket of this chat session listens: for messages as requests, for typing as plain publishes."""
    return f"chat.{token(session)}"


def chat_customer(session: str) -> str:
    """Where it is told that the customer of this chat session is typing."""
    return f"chat.{token(session)}.customer"


def typing(channel: str, inbox: str) -> str:
    """Where it is told that an agent is writing to a customer of this inbox, for the notifier to show it; kept nowhere."""
    return f"typing.{_channel(channel)}.{token(inbox)}"


def presence(number: int) -> str:
    """Where it is told who looks at a ticket or writes in it, whenever that changes; kept in the bucket `presence`."""
    return f"presence.{number}"


def original(subject: str) -> str:
    """The subject a message was first published on, whether it is on its way, retried or dead."""
    while subject.startswith(("retry.", "dead.")):
        subject = subject.partition(".")[2]
    return subject


def retry(subject: str) -> str:
    """Where a message of this subject waits for its next attempt."""
    return f"retry.{original(subject)}"


def dead(subject: str) -> str:
    """Where a message of this subject is kept when it was given up."""
    return f"dead.{original(subject)}"


def purged(subject: str) -> str:
    """The key in bucket `config` that tells how many messages of this subject the janitor has removed."""
    return f"purged.{subject}"


def erased(subject: str) -> str:
    """The key in bucket `config` that tells which messages of this subject were removed because somebody was forgotten."""
    return f"erased.{subject}"


def route(subject: str) -> tuple[str, str]:
    """(channel, inbox) of an intake or outbound subject, unescaped. ValueError for any other subject."""
    words = original(subject).split(".")
    if len(words) == 4 and ".".join(words[:3]) == _DESK:
        return "api", f"{OF_DESK}{untoken(words[3])}"
    if len(words) != 3 or words[0] not in ("intake", "outbound"):
        raise ValueError(f"{subject!r} is not an intake or outbound subject")
    return words[1], untoken(words[2])


def inbox_prefix(user: str) -> str:
    """The prefix of a user's reply subjects. Each has its own, so that nobody can listen to another's answers."""
    return f"_INBOX_{token(user)}"


@dataclass(frozen=True, slots=True)
class Durable:
    """A consumer whose position the server keeps.

    `filters` are the subjects it wants, `ack_wait` is in seconds, `max_ack_pending` in messages.
    """

    name: str
    stream: str
    filters: tuple[str, ...]
    max_ack_pending: int = HOT_ACK_PENDING
    ack_wait: float = ACK_WAIT

    @property
    def retries(self) -> "Durable":
        """The consumer of what this one failed on."""
        filters = tuple(f"retry.{subject}" for subject in self.filters)
        return Durable(f"retry-{self.name}", RETRY, filters, RETRY_ACK_PENDING, self.ack_wait)


ROUTER = Durable("router", INTAKE, ("intake.>",))
ROUTER_TIMER = Durable("router-timer", TIMER, ("timer.>",))
ROUTER_DELIVERY = Durable(
    "router-delivery", DELIVERY, ("delivery.*.failed", "delivery.*.bounced", "delivery.voice.delivered")
)
STORE_DELIVERY = Durable("store-delivery", DELIVERY, ("delivery.>",))
DESK_HOOKS = Durable("notifier-desk-hooks", OUTBOUND, (f"{_DESK}.*",))
"""The notifier's consumer for all webhooks that were made at the desk. Each sends, rests and fails for itself; what they share is this
durable, so that a new one needs neither a durable nor a right on the bus."""
FIXED_DURABLES = (ROUTER, ROUTER_TIMER, ROUTER_DELIVERY, STORE_DELIVERY, DESK_HOOKS)


def notifier(channel: str, inbox: str) -> Durable:
    """The notifier's consumer for one inbox; each inbox has its own, so that a dead relay stops nobody else."""
    return Durable(f"notifier-{_channel(channel)}-{token(inbox)}", OUTBOUND, (outbound(channel, inbox),))
