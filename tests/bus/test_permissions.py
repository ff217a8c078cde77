"""Rights: each user reaches its own subjects and nobody else's, as the server enforces it."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from nats.js import JetStreamContext, api

from shared.bus import permissions
from shared.bus import subjects as s
from shared.bus.blobs import Blobs
from shared.bus.connection import BusConnection, settle
from shared.bus.dead import replay
from shared.bus.embedded import server_binary
from shared.bus.errors import BusUnavailable, DeadLetterMissing
from shared.bus.keyvalue import KeyValue
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull
from shared.bus.rpc import request, serve

from .conftest import EXTERNAL, Connect, until, until_async

OUTSIDE = permissions.external_user(EXTERNAL)
PULL_OUTBOUND = "$JS.API.CONSUMER.MSG.NEXT.OUTBOUND.notifier-email-support"


async def refused(nc: BusConnection, subject: str, payload: bytes = b"") -> bool:
    """Does the server refuse a publish? It answers with an error that only the connection hears."""
    heard: list[str] = []

    async def listen(error: Exception) -> None:
        heard.append(str(error))

    former, nc._error_cb = nc._error_cb, listen
    try:
        await nc.publish(subject, payload)
        await settle(nc)
    finally:
        nc._error_cb = former
    return any("permissions violation" in text for text in heard)


@pytest.mark.parametrize(
    ("user", "subject"),
    [
        (OUTSIDE, "store.commit"),
        (OUTSIDE, "store.claim"),
        (OUTSIDE, "router.command"),
        (OUTSIDE, "intake.email.support"),
        (OUTSIDE, "intake.fax.back"),
        (OUTSIDE, "intake.fax"),
        (OUTSIDE, "delivery.email.delivered"),
        (OUTSIDE, "outbound.email.support"),
        (OUTSIDE, "retry.intake.fax.front"),
        (OUTSIDE, "$O.blobs.M.x"),
        (OUTSIDE, "$KV.config.x"),
        (OUTSIDE, "$JS.API.STREAM.DELETE.INTAKE"),
        (OUTSIDE, "$JS.API.STREAM.MSG.GET.INTAKE"),
        (OUTSIDE, "$JS.ACK.INTAKE.router.1.1.1.1.1"),
        (OUTSIDE, "_INBOX_router.x"),
        ("intake", PULL_OUTBOUND),
        ("intake", "$JS.API.STREAM.MSG.GET.OUTBOUND"),
        ("intake", "$JS.API.STREAM.MSG.GET.INTAKE"),
        ("intake", "$JS.API.CONSUMER.MSG.NEXT.INTAKE.router"),
        ("intake", "$JS.API.CONSUMER.CREATE.INTAKE.x"),
        ("intake", "$JS.API.STREAM.PURGE.INTAKE"),
        ("intake", "$KV.config.x"),
        ("intake", "store.commit"),
        ("intake", "router.command"),
        ("intake", "retry.intake.email.support"),
        ("intake", "store.query.sign_in"),
        ("intake", "store.query.session"),
        ("intake", "store.query.portal"),
        ("notifier", "store.query.sign_in"),
        ("notifier", "store.query.reset"),
        ("router", "store.query.sign_in"),
        (OUTSIDE, "store.query.sign_in"),
        ("router", "intake.email.support"),
        ("router", "outbound.email.support"),
        ("router", "store.claim"),
        ("router", PULL_OUTBOUND),
        ("router", "$JS.API.STREAM.PURGE.DEAD"),
        ("router", "$JS.API.STREAM.MSG.DELETE.RETRY"),
        ("router", "$JS.API.STREAM.MSG.GET.RETRY"),
        ("notifier", "mail.outgoing"),
        ("notifier", "_INBOX_router.x"),
        ("desk", "retry.intake.email.support"),
        ("desk", "$JS.API.STREAM.MSG.GET.DEAD"),
        ("desk", "$JS.API.STREAM.MSG.DELETE.DEAD"),
        ("desk", "$JS.API.STREAM.MSG.GET.KV_leases"),
        ("notifier", "store.commit"),
        ("notifier", "$JS.API.CONSUMER.MSG.NEXT.INTAKE.router"),
        ("notifier", "$JS.API.CONSUMER.MSG.NEXT.RETRY.retry-router"),
        ("desk", "store.commit"),
        ("desk", "outbound.email.support"),
        ("desk", "event.x"),
        ("operator", "intake.email.support"),
        ("operator", "store.commit"),
        ("operator", "$JS.API.STREAM.PURGE.DEAD"),
        ("operator", "$JS.API.STREAM.MSG.DELETE.INTAKE"),
        ("store", "intake.email.support"),
    ],
)
async def test_a_user_cannot_publish_where_it_has_no_business(as_user: Connect, user: str, subject: str) -> None:
    assert await refused(await as_user(user), subject)


@pytest.mark.parametrize("user", [OUTSIDE, "intake", "notifier", "desk", "operator"])
@pytest.mark.parametrize("subject", [">", "intake.>", "store.commit", "_INBOX.>", "_INBOX_store.>", "$JS.>", "$KV.>"])
async def test_a_user_cannot_listen_to_others(as_user: Connect, user: str, subject: str) -> None:
    nc = await as_user(user)
    heard = asyncio.Event()

    async def listen(error: Exception) -> None:
        if "permissions violation" in str(error):
            heard.set()

    nc._error_cb = listen
    await nc.subscribe(subject)
    await settle(nc)
    await until(heard.is_set, timeout=60)


async def test_an_external_channel_can_hand_in_messages_of_its_inbox(js: JetStreamContext, as_user: Connect) -> None:
    publisher = Publisher(await as_user(OUTSIDE))
    assert (await publisher.publish("INTAKE", s.intake(EXTERNAL, "front"), b"x", message_id="1")).seq == 1
    with pytest.raises(BusUnavailable):
        await publisher.publish("INTAKE", s.intake("email", "support"), b"x", message_id="2", timeout=0.3)
    assert (await js.stream_info("INTAKE")).state.messages == 1


async def all_acknowledged(js: JetStreamContext, durable: s.Durable) -> bool:
    info = await js.consumer_info(durable.stream, durable.name)
    return not info.num_ack_pending and not info.num_pending


async def test_each_service_can_do_its_work(js: JetStreamContext, as_user: Connect) -> None:
    store, intake, router = await as_user("store"), await as_user("intake"), await as_user("router")
    notifier, desk = await as_user("notifier"), await as_user("desk")

    async def answer(asked: object) -> bytes:
        return b"ok"

    servers = [
        await serve(store, s.STORE_FACTS, "store", answer),
        await serve(store, s.STORE_CLAIM, "store", answer),
        await serve(store, "store.query.*", "store", answer),
        await serve(router, s.ROUTER_COMMAND, "router", answer),
    ]
    assert await request(router, s.STORE_FACTS, b"") == b"ok"
    assert await request(notifier, s.STORE_CLAIM, b"") == b"ok"
    assert await request(desk, s.ROUTER_COMMAND, b"") == b"ok"
    assert await request(intake, s.query("status"), b"") == b"ok"

    key = await Blobs(intake).put(b"attachment")
    for reader in (router, notifier, desk, store):
        assert await Blobs(reader).get(key) == b"attachment"

    done: list[str] = []

    async def handle(messages):  # type: ignore[no-untyped-def]
        for msg in messages:
            done.append(msg.subject)
            await msg.ack()

    durables = [
        (router, s.ROUTER),
        (router, s.ROUTER_TIMER),
        (router, s.ROUTER_DELIVERY),
        (store, s.STORE_DELIVERY),
        (notifier, s.notifier("email", "support")),
    ]
    pulls = [
        ContinuousPull(nc, one.stream, one.name, handle)
        for nc, durable in durables
        for one in (durable, durable.retries)
    ]
    for pull in pulls:
        await pull.start()
    await Publisher(intake).publish("INTAKE", s.intake("email", "support"), b"", message_id="1")
    await Publisher(store).publish("TIMER", s.timer("sla"), b"", message_id="1")
    await Publisher(store).publish("OUTBOUND", s.outbound("email", "support"), b"", message_id="1")
    await Publisher(notifier).publish("DELIVERY", s.delivery("email", "failed"), b"", message_id="1")
    await until(lambda: len(done) == 5)
    for durable in {one for _, one in durables}:  # the acknowledgements are allowed, too
        await until_async(lambda durable=durable: all_acknowledged(js, durable))  # type: ignore[misc]
    for pull in pulls:
        await pull.stop()
    for server in servers:
        await server.stop()


async def test_a_desk_follows_events_with_a_consumer_of_its_own(js: JetStreamContext, as_user: Connect) -> None:
    desk = await as_user("desk")
    events = await desk.jetstream().subscribe(
        "event.>", stream="EVENT", ordered_consumer=True, deliver_policy=api.DeliverPolicy.NEW
    )
    await Publisher(await as_user("store")).publish("EVENT", s.event("ticket.opened"), b"T-1", message_id="1")
    assert (await events.next_msg(timeout=60)).data == b"T-1"
    await events.unsubscribe()


async def test_the_router_replays_what_was_given_up_and_the_desk_sees_only_how_much(
    js: JetStreamContext, as_user: Connect
) -> None:
    router, desk = await as_user("router"), await as_user("desk")
    subject = s.intake("email", "support")
    ack = await Publisher(router).publish(s.DEAD, s.dead(subject), b"x", message_id="given up")
    assert (await desk.jetstream().stream_info(s.DEAD)).state.messages == 1
    await replay(router.jetstream(), Publisher(router), ack.seq)
    assert (await js.stream_info(s.DEAD)).state.messages == 0
    (waiting,) = [await js.get_msg(s.RETRY, seq=1)]
    assert (waiting.subject, waiting.data) == (s.retry(subject), b"x")
    with pytest.raises(DeadLetterMissing):
        await replay(router.jetstream(), Publisher(router), ack.seq)


async def test_the_desk_asks_the_notifier_for_its_outgoing_mail(js: JetStreamContext, as_user: Connect) -> None:
    async def answer(asked: object) -> bytes:
        return b"mails"

    server = await serve(await as_user("notifier"), s.MAIL_OUTGOING, "notifier", answer)
    assert await request(await as_user("desk"), s.MAIL_OUTGOING, b"") == b"mails"
    await server.stop()


async def test_services_use_their_buckets(js: JetStreamContext, as_user: Connect) -> None:
    leases = await (await as_user("intake")).jetstream().key_value("leases")
    revision = await leases.create("imap.support", b"one")
    await leases.update("imap.support", b"one", last=revision)
    desk = await as_user("desk")
    presence = await desk.jetstream().key_value("presence")
    assert await KeyValue(desk, "presence").all() == {}
    await presence.put("anna", b"here")
    await presence.put("jan", b"gone")
    await presence.delete("jan")
    assert {key: each.value for key, each in (await KeyValue(desk, "presence").all()).items()} == {"anna": b"here"}
    await (await js.key_value("config")).put("effective", b"{}")
    watch = await (await (await as_user("notifier")).jetstream().key_value("config")).watch("effective")
    assert (await watch.updates(timeout=60)).value == b"{}"
    await watch.stop()


@pytest.mark.parametrize("cluster", [False, True])
def test_the_rendered_configuration_is_one_the_server_accepts(tmp_path: Path, cluster: bool) -> None:
    path = tmp_path / "nats.conf"
    path.write_text(
        permissions.server_config(
            store_dir=str(tmp_path / 'a "quoted" $folder'),
            users=dict.fromkeys(s.INTERNAL_USERS, 'p"\\$x{}'),
            inboxes=[("email", "a b.c")],
            http="127.0.0.1:0",
            cluster=permissions.Cluster("c", "127.0.0.1:0", ("nats-route://127.0.0.1:1",), "r", "s")
            if cluster
            else None,
        )
    )
    subprocess.run([str(server_binary()), "-t", "-c", str(path)], check=True, timeout=60, capture_output=True)


async def test_only_the_desk_and_the_operator_may_ask_for_what_agents_sign_in_with(as_user: Connect) -> None:
    for user in ("desk", "operator"):
        assert not await refused(await as_user(user), s.query("sign_in")), user
    for user in ("intake", "notifier", "router"):
        assert not await refused(await as_user(user), s.query("ticket")), user


def test_a_user_without_rights_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="stranger"):
        permissions.server_config(store_dir="x", users={"stranger": "x"})


def test_the_table_names_no_wildcard_that_reaches_everything() -> None:
    for user, given in permissions.rights([]).items():
        assert not {">", "*", "$JS.>", "_INBOX.>"} & {*given.publish, *given.subscribe}, user
    assert json.dumps(permissions.external("fax", ["a"]).publish) == '["intake.fax.a"]'
