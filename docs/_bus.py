"""`asyncapi.yaml`: every subject of the bus with its message, its headers, and who may send and receive there.

Names come from `shared.bus.subjects`, rights from `shared.bus.permissions`, shapes from `shared.messages`. What stands only here is
which model travels on which subject and what its message id is made of. Format: AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services import __version__
from services.intake.acceptance import CORRELATION
from services.store.queries import QUERIES
from shared.bus import headers as hdr
from shared.bus import subjects as s
from shared.bus.permissions import MAX_PAYLOAD, Rights, external, external_user, rights
from shared.messages.after import AgentTyping
from shared.messages.authentication import AuthenticateReply, AuthenticateRequest
from shared.messages.changeset import CommitReply, CommitRequest
from shared.messages.chat import ChatConfirmed, ChatPush, ChatTyping
from shared.messages.command import Command, CommandResult
from shared.messages.facts import Facts, FactsRequest
from shared.messages.inbound import Inbound
from shared.messages.mailbox import MailboxState, ReconcileReport, ReconcileRequest
from shared.messages.operations import OutgoingAnswer, OutgoingQuery
from shared.messages.outbound import ClaimReply, ClaimRequest, DeliveryReport, Event, Outbound, TimerDue
from shared.messages.parts import Channel, DeliveryState
from shared.messages.presence import Presence
from shared.messages.ticket import LedgerNote

Json = dict[str, Any]


class Noted(BaseModel):
    """The answer to a `LedgerNote`: it is written down."""

    note_id: str


@dataclass(frozen=True)
class Stream:
    """A stream's subject with its parameters, the models on it, what their message id is made of, and what it is for."""

    name: str
    address: str
    models: tuple[type[BaseModel], ...]
    message_id: str
    about: str


@dataclass(frozen=True)
class Call:
    """A request subject: what is asked, what is answered, who serves it, and what it is for."""

    key: str
    address: str
    request: type[BaseModel]
    reply: type[BaseModel]
    server: str
    about: str


@dataclass(frozen=True)
class Told:
    """A subject on which something is said without a stream and without an answer: what, and what it is for."""

    key: str
    address: str
    model: type[BaseModel]
    about: str


TOLD = (
    Told("chatTyping", "chat.{session}.customer", ChatTyping,
         "The customer of a chat is typing. That an agent is, is told the same way on `chat.{session}`."),
    Told("agentTyping", "typing.{channel}.{inbox}", AgentTyping,
         "An agent is writing to a customer of this inbox: the desk tells the notifier, which shows it where the channel can."),
    Told("presence", "presence.{number}", Presence,
         "Who looks at a ticket or writes in it, whenever that changes. The bucket keeps it under the ticket's number, for a minute."),
    Told("mailboxState", f"$KV.{s.LEASES}.{{key}}", MailboxState,
         "How a mailbox or a bot is that intake reads: the value of its lease, written each second by who holds it."),
)  # fmt: skip

STREAMS = (
    Stream(s.INTAKE, "intake.{channel}.{inbox}", (Inbound,), "`<source_id>:<inbox>`",
           "A message from outside, one per inbox it came to. Its sender is told \"got it\" only after the bus has confirmed it."),
    Stream(s.OUTBOUND, "outbound.{channel}.{inbox}", (Outbound,), "`<delivery_id>:<attempt>`, with a time where it was forgotten",
           "A message to be sent. It is a wish: whoever sends it must first be granted it (`store.claim`)."),
    Stream(s.DELIVERY, "delivery.{channel}.{state}", (DeliveryReport,), "`<delivery_id>:<attempt>:<state>`",
           "What became of an attempt to send."),
    Stream(s.TIMER, "timer.{kind}", (TimerDue,), "`<timer_id>:<generation>`", "A timer that is over."),
    Stream(s.EVENT, "event.{what}", (Event,), "the event's id",
           "Something that happened: ids and facts, no customer's words. For anyone who wants to follow along."),
    Stream(s.RETRY, "retry.{subject}", (Inbound, Outbound, DeliveryReport, TimerDue), "made of where the message lay, and the attempt",
           "A message that failed and waits for its next attempt, with the bytes it had. The router's waits are `bus.retry_schedule`."),
    Stream(s.DEAD, "dead.{subject}", (Inbound, Outbound, DeliveryReport, TimerDue), "made of where the message lay, and the attempt",
           "A message that was given up, with the bytes it had and the reasons in its headers. It stays until somebody resolves it."),
)  # fmt: skip


def calls() -> list[Call]:
    """Every request subject."""
    store = [
        Call("storeFacts", s.STORE_FACTS, FactsRequest, Facts, "store",
             "All that a batch of decisions may know, of one moment, with a version for every key that was asked about."),
        Call("storeCommit", s.STORE_COMMIT, CommitRequest, CommitReply, "store",
             "Write changesets. Each is committed, repeated (its cause was written before), in conflict, or invalid."),
        Call("storeClaim", s.STORE_CLAIM, ClaimRequest, ClaimReply, "store", "May this be sent now, by me? Only one is told yes."),
        Call("storeLedger", s.STORE_LEDGER, LedgerNote, Noted, "store", "What intake turned away or took twice. A note counts once."),
    ]  # fmt: skip
    queries = [
        Call(
            f"storeQuery{name.title()}", s.query(name), model, get_type_hints(handler)["return"], "store", _about(model)
        )
        for name, (model, handler) in QUERIES.items()
    ]
    command = Call("routerCommand", s.ROUTER_COMMAND, Command, CommandResult, "router", _about(Command))
    authenticate = Call(
        "mailAuthenticate",
        s.MAIL_AUTHENTICATE,
        AuthenticateRequest,
        AuthenticateReply,
        "intake",
        _about(AuthenticateRequest),
    )
    chat = Call("chatPush", "chat.{session}", ChatPush, ChatConfirmed, "intake", _about(ChatPush))
    reconcile = Call(
        "mailReconcile",
        "mail.reconcile.{inbox}",
        ReconcileRequest,
        ReconcileReport,
        "intake",
        _about(ReconcileRequest),
    )
    outgoing = Call("mailOutgoing", s.MAIL_OUTGOING, OutgoingQuery, OutgoingAnswer, "notifier", _about(OutgoingQuery))
    return [*store, *queries, command, authenticate, reconcile, outgoing, chat]


PARAMETERS: dict[str, Json] = {
    "channel": {"description": "The kind of channel.", "enum": list(get_args(Channel))},
    "inbox": {
        "description": "The inbox's name, as one word: other bytes than A-Z, a-z, 0-9, `_` and `-` are written `=XX`."
    },
    "state": {"description": "The delivery's new state.", "enum": list(get_args(DeliveryState))},
    "kind": {"description": "The kind of timer, such as `close`."},
    "what": {"description": "What happened, such as `status_changed`."},
    "subject": {"description": "The subject the message was first published on."},
    "session": {"description": "The chat session, as one word."},
    "key": {"description": "What the lease is for."},
    "number": {"description": "The ticket's number, without `T-`."},
}

HEADERS: dict[str, dict[str, str]] = {
    "StreamHeaders": {
        hdr.MESSAGE_ID: "Names the message within its stream; a second one with the same id is dropped within ten minutes.",
        hdr.EXPECTED_STREAM: "The stream it must end in, so that nothing is published to nowhere.",
    },
    "FailureHeaders": {
        hdr.ATTEMPT: "Failures so far.",
        hdr.NOT_BEFORE: "When it is tried again, in seconds since the epoch. Only in RETRY.",
        hdr.DURABLE: "The consumer that failed on it; nobody else retries it.",
        hdr.FIRST_ERROR: "The first failure.",
        hdr.LAST_ERROR: "The latest failure.",
        hdr.FIRST_SEEN: "When it first came, in seconds since the epoch.",
        hdr.ORIGINAL_SUBJECT: "The subject it was first published on.",
        hdr.ORIGINAL_ID: "The message id it first had.",
        hdr.ORIGINAL_SEQUENCE: "Where it first lay, as `<stream>:<sequence>`.",
    },
    "RequestHeaders": {hdr.DEADLINE: "Seconds since the epoch; a request that is begun later is dropped. Keep clocks on NTP."},
    "ReplyHeaders": {
        hdr.ERROR: "Set when the request failed, with an empty body: `invalid`, `newer-version`, `unavailable`, `expired`, …",
        hdr.ERROR_TEXT: "The failure in words.",
    },
}  # fmt: skip


def asyncapi() -> str:
    """The document as YAML text."""
    requests = calls()
    return yaml.dump(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "The bus of Trunkline", "version": __version__, "description": _description()},
            "defaultContentType": "application/json",
            "servers": {
                "bus": {
                    "host": "127.0.0.1:4222",
                    "protocol": "nats",
                    "description": "NATS with JetStream; tried with nats-server 2.15. `trunkline up` starts its own on a free port.",
                    "security": [{"$ref": "#/components/securitySchemes/busUser"}],
                }
            },
            "channels": _channels(requests),
            "operations": dict(_stream_operations()) | dict(_call_operations(requests)) | dict(_told_operations()),
            "components": {
                "securitySchemes": {
                    "busUser": {"type": "userPassword", "description": "Each service has its own user, with rights for its subjects only."}
                },
                "messages": _messages(requests),
                "schemas": _schemas(requests) | {name: _headers(each) for name, each in HEADERS.items()},
            },
        },
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=130,
    )  # fmt: skip


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _description() -> str:
    return (
        "Every message is one JSON object with a `version`. Fields may be added within a version; ignore those you do not know. "
        "A newer version than you know is not yours to read: leave it for a newer reader. Consumers are upgraded before producers.\n\n"
        f"A message has at most {MAX_PAYLOAD} bytes; attachments and originals over 16 KiB lie in the object store bucket `{s.BLOBS}` "
        "under their SHA-256. Publish to a stream with its message id and wait for the confirmation: a timeout is not a failure, repeat "
        "with the same id.\n\n"
        f"Buckets (key-value): {', '.join(f'`{name}`' for name in s.KEY_VALUE_BUCKETS)}. The key `effective` of `{s.CONFIG}` is the "
        "configuration in force, without secrets.\n\n"
        "A channel that runs outside has a bus user of its own that may publish its inboxes' messages and nothing else. What it says of "
        "authority is not believed."
    )


def _about(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").replace("``", "`").split())


# -- channels and messages ----------------------------------------------------------------------------------------------


def _channels(requests: list[Call]) -> Json:
    made: Json = {}
    for stream in STREAMS:
        made[stream.name] = {
            "address": stream.address,
            "title": f"Stream {stream.name}",
            "description": f"{stream.about}\n\nMessage id: {stream.message_id}.",
            "servers": [{"$ref": "#/servers/bus"}],
            "parameters": _parameters(stream.address),
            "messages": {model.__name__: {"$ref": f"#/components/messages/{_message_key(stream, model)}"} for model in stream.models},
        }  # fmt: skip
    for call in requests:
        made[call.key] = {
            "address": call.address,
            "title": f"Request {call.address}",
            "description": call.about,
            "servers": [{"$ref": "#/servers/bus"}],
            "parameters": _parameters(call.address),
            "messages": {call.request.__name__: {"$ref": f"#/components/messages/{call.request.__name__}"}},
        }
        made[f"{call.key}Reply"] = {
            "address": None,
            "title": f"Reply to {call.address}",
            "description": "On the inbox that the request names (NATS request and reply).",
            "servers": [{"$ref": "#/servers/bus"}],
            "messages": {call.reply.__name__: {"$ref": f"#/components/messages/{call.reply.__name__}"}},
        }
    for told in TOLD:
        made[told.key] = {
            "address": told.address,
            "title": told.address,
            "description": told.about,
            "servers": [{"$ref": "#/servers/bus"}],
            "parameters": _parameters(told.address),
            "messages": {told.model.__name__: {"$ref": f"#/components/messages/{told.model.__name__}"}},
        }
    return made


def _parameters(address: str) -> Json:
    words = [word.strip("{}") for word in address.split(".") if word.startswith("{")]
    return {word: PARAMETERS[word] for word in words}


def _failed(stream: Stream) -> bool:
    return stream.name in (s.RETRY, s.DEAD)


def _message_key(stream: Stream, model: type[BaseModel]) -> str:
    return f"Failed{model.__name__}" if _failed(stream) else model.__name__


def _messages(requests: list[Call]) -> Json:
    made: Json = {}
    for stream in STREAMS:
        for model in stream.models:
            headers = [{"$ref": "#/components/schemas/StreamHeaders"}]
            if _failed(stream):
                headers.append({"$ref": "#/components/schemas/FailureHeaders"})
            if model is Inbound:
                text = "Follows the message from the session it came in by to its deliveries."
                headers.append(_headers({CORRELATION: text}))
            made[_message_key(stream, model)] = _message(model, {"allOf": headers})
    for call in requests:
        made[call.request.__name__] = _message(call.request, {"$ref": "#/components/schemas/RequestHeaders"})
        made[call.reply.__name__] = _message(call.reply, {"$ref": "#/components/schemas/ReplyHeaders"})
    for told in TOLD:
        made[told.model.__name__] = _message(told.model, _headers({}))
    return made


def _message(model: type[BaseModel], headers: Json) -> Json:
    about, payload = _about(model), {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"name": model.__name__, "summary": about, "headers": headers, "payload": payload}


def _headers(described: dict[str, str]) -> Json:
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in described.items()},
    }


def _schemas(requests: list[Call]) -> Json:
    models = {model for stream in STREAMS for model in stream.models}
    models |= {model for call in requests for model in (call.request, call.reply)}
    models |= {told.model for told in TOLD}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, made = models_json_schema(
        [(model, "validation") for model in ordered], ref_template="#/components/schemas/{model}"
    )
    return {name: _plain(schema) for name, schema in sorted(made["$defs"].items())}


def _plain(node: Any) -> Any:
    """A schema in AsyncAPI's dialect, where a discriminator is the name of a property."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node.replace("``", "`") if isinstance(node, str) else node
    named = node.get("discriminator")
    changed = (
        node | {"discriminator": named["propertyName"]} if isinstance(named, dict) and "mapping" in named else node
    )
    return {key: _plain(value) for key, value in changed.items()}


# -- who may do what ----------------------------------------------------------------------------------------------------


def covers(pattern: str, subject: str) -> bool:
    """Whether a right for ``pattern`` allows all of ``subject``, which may have wildcards of its own."""
    wanted, words = pattern.split("."), subject.split(".")
    for index, word in enumerate(wanted):
        if word == ">":
            return len(words) > index
        if index >= len(words) or words[index] == ">" or word not in ("*", words[index]):
            return False
    return len(wanted) == len(words)


def senders(subject: str) -> list[str]:
    """The users who may publish to all of ``subject``."""
    return [user for user, given in rights().items() if any(covers(right, subject) for right in given.publish)]


def consumers(stream: str) -> dict[str, list[str]]:
    """The users who work off a stream, each with the durables they pull; the rights are held against the names."""
    table = rights()
    every = [*s.FIXED_DURABLES, s.Durable("notifier-<channel>-<inbox>", s.OUTBOUND, ("outbound.<channel>.<inbox>",))]
    found: dict[str, list[str]] = {}
    for durable in (each for one in every for each in (one, one.retries) if each.stream == stream):
        user = durable.name.removeprefix("retry-").partition("-")[0]
        right = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable.name}"
        if not any(covers(given, right) for given in table[user].publish):
            raise AssertionError(f"{user} may not pull {durable.name}")
        found.setdefault(user, []).append(durable.name)
    return found


def followers(stream: str) -> list[str]:
    """The users who may follow a stream with a consumer of their own, or read single messages of it."""
    wanted = {f"$JS.API.CONSUMER.CREATE.{stream}", f"$JS.API.STREAM.MSG.GET.{stream}"}
    return [user for user, given in rights().items() if wanted & set(given.publish)]


def _operation(action: str, channel: str, user: str, summary: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "tags": [{"name": user}],
    }


def _stream_operations() -> Iterator[tuple[str, Json]]:
    for stream in STREAMS:
        title = stream.name.title()
        for user in senders(s.STREAMS[stream.name]):
            yield f"{user}Sends{title}", _operation("send", stream.name, user, f"{user} publishes.")
        if stream.name == s.INTAKE:
            user, given = external_user("<channel>"), external("sms", ["inbox"])
            if _may(given, s.intake("sms", "inbox")):
                yield (
                    "externalSendsIntake",
                    _operation("send", stream.name, user, f"{user} publishes, for its own inboxes."),
                )
        pulling = consumers(stream.name)
        for user, durables in pulling.items():
            summary = f"{user} works it off, as {', '.join(f'`{name}`' for name in durables)}."
            yield f"{user}Receives{title}", _operation("receive", stream.name, user, summary)
        for user in followers(stream.name):
            if user not in pulling:
                yield (
                    f"{user}Reads{title}",
                    _operation("receive", stream.name, user, f"{user} looks on; it acknowledges nothing."),
                )


def _may(given: Rights, subject: str) -> bool:
    return any(covers(right, subject) for right in given.publish)


def _told_operations() -> Iterator[tuple[str, Json]]:
    for told in TOLD:
        title = told.key[0].upper() + told.key[1:]
        for user in senders(told.address):
            yield f"{user}Tells{title}", _operation("send", told.key, user, f"{user} says it.")


def _call_operations(requests: list[Call]) -> Iterator[tuple[str, Json]]:
    for call in requests:
        title = call.key[0].upper() + call.key[1:]
        reply = {"reply": {"channel": {"$ref": f"#/channels/{call.key}Reply"}}}
        if not any(covers(right, call.address) for right in rights()[call.server].subscribe):
            raise AssertionError(f"{call.server} may not serve {call.address}")
        yield (
            f"{call.server}Answers{title}",
            _operation("receive", call.key, call.server, f"{call.server} answers.") | reply,
        )
        for user in senders(call.address):
            yield f"{user}Asks{title}", _operation("send", call.key, user, f"{user} asks.") | reply
