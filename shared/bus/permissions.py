"""Who may publish and subscribe to what, in one table, and the nats-server configuration that enforces it.

Rights of a user are subjects (https://docs.nats.io/running-a-nats-service/configuration/securing_nats/authorization). Those of
JetStream are subjects too: `$JS.API.…` for its API, `$JS.ACK.…` for acknowledgements, `$KV.` and `$O.` for buckets
(https://docs.nats.io/reference/reference-protocols/nats_api_reference).

Not here: who gets which password (`embedded`, or the operator of a cluster).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.bus import subjects as s

MAX_PAYLOAD = 8 * 1024 * 1024
_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Rights:
    """Subjects a user may publish to and subscribe to; everything else is refused. Those that may ``never`` be published to are refused
    even where ``publish`` has them."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """How this server finds the others: `routes` like `nats-route://n2:6222`; user and password guard the routes."""

    name: str
    listen: str
    routes: tuple[str, ...]
    user: str = ""
    password: str = ""


def _consume(stream: str, durable: str) -> list[str]:
    return [
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
        f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    ]


def _pull(*durables: s.Durable) -> list[str]:
    return [
        right
        for one in durables
        for right in (*_consume(one.stream, one.name), *_consume(one.retries.stream, one.retries.name))
    ]


def _read_stream(stream: str) -> list[str]:
    return [
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
    ]


def _follow(stream: str) -> list[str]:
    """A consumer of one's own, which the server forgets: a watch on a bucket, a desk's events."""
    return [
        *_read_stream(stream),
        f"$JS.API.CONSUMER.CREATE.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}.>",
        f"$JS.API.CONSUMER.DELETE.{stream}.*",
        f"$JS.API.CONSUMER.INFO.{stream}.*",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*",
        f"$JS.ACK.{stream}.>",
        f"$JS.FC.{stream}.>",
    ]


def _bucket(name: str) -> list[str]:
    return [*_follow(f"KV_{name}"), f"$KV.{name}.>"]


_CONFIG = _follow(f"KV_{s.CONFIG}")
_GET_BLOBS = _read_stream(f"OBJ_{s.BLOBS}")
_PUT_BLOBS = [*_GET_BLOBS, f"$O.{s.BLOBS}.C.>", f"$O.{s.BLOBS}.M.>"]
_GIVE_UP = ["retry.>", "dead.>"]
# What was given up is read and taken away one by one; it goes to RETRY as anything that failed does.
_REVIVE = [f"$JS.API.STREAM.MSG.GET.{s.DEAD}", f"$JS.API.STREAM.MSG.DELETE.{s.DEAD}"]
_BACKLOG = ["$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*", "$JS.API.INFO"]  # numbers only, no contents


# Password hashes, whose session or link it is, who has which token: the desk's matter, and the operator's. Intake meets everybody, the
# notifier every provider; whoever takes one of them over must not get a hash to guess at.
_KEYS_OF_THE_DESK = tuple(
    s.query(name) for name in ("sign_in", "session", "sessions", "reset", "set_up", "tokens", "portal")
)


def _rights(user: str, publish: Iterable[str], subscribe: Iterable[str] = ()) -> Rights:
    never = _KEYS_OF_THE_DESK if user in ("intake", "router", "notifier") else ()
    return Rights(tuple(dict.fromkeys(publish)), (*subscribe, f"{s.inbox_prefix(user)}.>"), never)


def rights(inboxes: Sequence[tuple[str, str]] | None = None) -> dict[str, Rights]:
    """The table of our own services. With `inboxes`, (channel, name), the notifier may only use their consumers."""
    answers = [f"{s.inbox_prefix(user)}.>" for user in s.INTERNAL_USERS]
    if inboxes is None:
        # A consumer's name is one word: it can be allowed by name or altogether, not by its beginning.
        sends = [*_consume(s.OUTBOUND, "*"), *_consume(s.RETRY, "*")]
    else:
        sends = _pull(*(s.notifier(channel, name) for channel, name in inboxes), s.DESK_HOOKS)
    return {
        "store": _rights(
            "store",
            [
                "outbound.>",
                "timer.>",
                "event.>",
                *_GIVE_UP,
                *answers,
                "$JS.API.>",
                "$JS.ACK.>",
                "$JS.FC.>",
                "$KV.>",
                "$O.>",
            ],
            [s.STORE_FACTS, s.STORE_COMMIT, s.STORE_CLAIM, s.STORE_LEDGER, "store.query.*"],
        ),
        "intake": _rights(
            "intake",
            [
                "intake.>",
                "delivery.>",
                s.STORE_LEDGER,
                "store.query.*",
                *_BACKLOG,
                *_CONFIG,
                *_PUT_BLOBS,
                *_bucket(s.LEASES),
                *_bucket(s.CURSORS),
                "chat.*.customer",
                *answers,
            ],
            ["chat.*", s.MAIL_AUTHENTICATE, f"{s.MAIL_RECONCILE}.*"],
        ),
        "router": _rights(
            "router",
            [
                *_pull(s.ROUTER, s.ROUTER_TIMER, s.ROUTER_DELIVERY),
                *(s.STORE_FACTS, s.STORE_COMMIT, s.MAIL_AUTHENTICATE, "store.query.*"),
                *(*_GIVE_UP, *_BACKLOG, *_CONFIG, *_PUT_BLOBS, *answers, *_read_stream(f"KV_{s.LEASES}")),
                *(*_read_stream(f"KV_{s.PRESENCE}"), f"$KV.{s.PRESENCE}.>", "presence.*"),
                *_REVIVE,
            ],
            [s.ROUTER_COMMAND],
        ),
        "notifier": _rights(
            "notifier",
            [
                *sends,
                s.STORE_CLAIM,
                "store.query.*",
                "delivery.>",
                "chat.*",
                *_GIVE_UP,
                *_BACKLOG,
                *_CONFIG,
                *_PUT_BLOBS,
                f"{s.inbox_prefix('desk')}.>",  # what it answers about the mail in its Maildir
            ],
            [
                s.MAIL_OUTGOING,
                *([s.typing(channel, name) for channel, name in inboxes] if inboxes is not None else ["typing.*.*"]),
            ],
        ),
        "desk": _rights(
            "desk",
            [
                s.ROUTER_COMMAND,
                "store.query.*",
                *_follow(s.EVENT),
                *_bucket(s.PRESENCE),
                *_BACKLOG,
                *_CONFIG,
                *_PUT_BLOBS,
                "chat.*",
                "typing.*.*",
                "presence.*",
                s.MAIL_OUTGOING,
            ],
            ["chat.*.customer", "presence.*"],
        ),
        "operator": _rights(
            "operator",
            [
                *(*_read_stream(s.DEAD), "$JS.API.STREAM.MSG.DELETE.DEAD", *_follow(s.INTAKE), *_read_stream(s.RETRY)),
                *("retry.>", s.STORE_FACTS, "store.query.*", s.ROUTER_COMMAND, *_BACKLOG, "$JS.API.CONSUMER.LIST.*"),
                *(*_CONFIG, *_GET_BLOBS, f"{s.MAIL_RECONCILE}.*"),
            ],
        ),
    }


def external_user(channel: str) -> str:
    """The bus user of a channel that is not ours."""
    return f"channel-{channel}"


def external(channel: str, inboxes: Sequence[str]) -> Rights:
    """A channel that runs outside: it may hand in messages for its own inboxes, and nothing else.

    It has no blobs and no claims: what it sends is at most one payload, and never believed (design, "Rights").
    """
    return _rights(external_user(channel), (s.intake(channel, name) for name in inboxes))


def system_user(inbox: str) -> str:
    """The bus user of another system that hands in messages for this inbox of channel ``api``."""
    return external_user(s.token(inbox))


def system(inbox: str) -> Rights:
    """That user's rights: to hand in messages for its inbox, and nothing else."""
    return _rights(system_user(inbox), [s.intake("api", inbox)])


def server_config(
    *,
    store_dir: str,
    users: Mapping[str, str],
    listen: str = "127.0.0.1:4222",
    inboxes: Sequence[tuple[str, str]] | None = None,
    externals: Mapping[str, tuple[Rights, str]] | None = None,
    server_name: str = "trunkline",
    cluster: Cluster | None = None,
    http: str | None = None,
    max_file_store: int = 1024 * _GIB,
    log_file: str | None = None,
    pid_file: str | None = None,
) -> str:
    """The text of a nats-server configuration that can start as it is.

    `users` maps our own services' names to passwords, `externals` other names to (rights, password). Every
    acknowledged publish is on disk before it is acknowledged (`sync_interval: always`; the default is two minutes).
    `max_file_store` in bytes; the limits that count are the streams' own. `http`: monitoring address, off by default.
    """
    table = rights(inboxes)
    unknown = set(users) - set(table)
    if unknown:
        raise ValueError(f"no rights are defined for {', '.join(sorted(unknown))}")
    entries = [(name, password, table[name]) for name, password in users.items()]
    entries += [(name, password, given) for name, (given, password) in (externals or {}).items()]
    lines = [
        f"server_name: {_quote(server_name)}",
        f"listen: {_quote(listen)}",
        f"max_payload: {MAX_PAYLOAD}",
        "max_pending: 67108864",
        "write_deadline: 10s",
        "lame_duck_duration: 30s",
        *([f"http: {_quote(http)}"] if http else []),
        *([f"log_file: {_quote(log_file)}", "logfile_size_limit: 10485760", "logfile_max_num: 3"] if log_file else []),
        *([f"pid_file: {_quote(pid_file)}"] if pid_file else []),
        "jetstream {",
        f"  store_dir: {_quote(store_dir)}",
        "  sync_interval: always",
        f"  max_file_store: {max_file_store}",
        f"  max_memory_store: {_GIB}",
        "}",
        "authorization {",
        "  users: [",
        *(_user(*entry) for entry in entries),
        "  ]",
        "}",
        *(_cluster(cluster) if cluster else []),
    ]
    return "\n".join(lines) + "\n"


def _user(name: str, password: str, given: Rights) -> str:
    publish, subscribe, never = (
        ", ".join(map(_quote, subjects)) for subjects in (given.publish, given.subscribe, given.never)
    )
    denied = f", deny: [{never}]" if never else ""
    return (
        f"    {{user: {_quote(name)}, password: {_quote(password)}, permissions: "
        f"{{publish: {{allow: [{publish}]{denied}}}, subscribe: {{allow: [{subscribe}]}}}}}}"
    )


def _cluster(cluster: Cluster) -> list[str]:
    guard = (
        [f"  authorization {{user: {_quote(cluster.user)}, password: {_quote(cluster.password)}, timeout: 5}}"]
        if cluster.user
        else []
    )
    routes = ", ".join(map(_quote, cluster.routes))
    return [
        "cluster {",
        f"  name: {_quote(cluster.name)}",
        f"  listen: {_quote(cluster.listen)}",
        f"  routes: [{routes}]",
        *guard,
        "}",
    ]


def _quote(text: str) -> str:
    # Quoted strings are taken literally; unquoted, `$JS` would be read as a variable.
    return json.dumps(text, ensure_ascii=False)
