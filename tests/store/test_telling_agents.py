"""Telling agents with the real store, on every database: what is kept is told once, and their window is their own."""

from datetime import timedelta
from typing import Any

from services.router.deciding.consequences import decide_timer, timer_needs
from services.router.deciding.draft import Draft
from services.router.deciding.life import digesting
from services.router.deciding.life.choosing import Later
from services.store.service import StoreService
from shared.bus import rpc, subjects
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.agents import AddNews, AddSpoken, PutAgentPoint
from shared.messages.facts import Facts
from shared.messages.outbound import TimerDue
from shared.messages.provider import SendingAnswer, SendingQuery
from tests.router.life.telling import policy
from tests.store.house import House
from tests.store.making import commit, doing, fresh, opening
from tests.store.test_agents import told

POLICY = policy()


def kept(name: str, agent_id: str) -> c.Changeset:
    """Something is kept for an agent, about the ticket of that name."""
    draft = Draft()
    news = AddNews(
        news_id=derive("news", fresh()), agent_id=agent_id, ticket_id=derive("ticket", name), event="replied",
        template="agent.replied", variables={"text": "It hums.", "subject": "Pump"}, at=now(),
    )  # fmt: skip
    digesting.keep(draft, news, Later("quiet", now() + timedelta(hours=1)))
    changeset = doing(*draft.operations)
    changeset.bumps = list(draft.bumps)
    return changeset


async def asked(store: StoreService, timer: TimerDue) -> Facts:
    return Facts.decode((await store.facts(timer_needs([timer], POLICY))).encode())


async def test_what_is_kept_is_told_once_though_more_is_kept_meanwhile(store: StoreService) -> None:
    name, agent_id = fresh(), derive("agent", fresh())
    email = f"{fresh()}@acme.example"
    chat = PutAgentPoint(
        point_id=derive("point", agent_id), agent_id=agent_id, kind="telegram", value=fresh(), verified_at=now(), created_at=now()
    )  # fmt: skip
    await commit(store, doing(c.AddAgent(agent_id=agent_id, email=email, name="Anna", at=now()), chat), opening(name))
    await commit(store, kept(name, agent_id), kept(name, agent_id))
    timer = TimerDue(timer_id=f"quiet:{agent_id}", kind="digest", generation=1, due_at=now())
    early = await asked(store, timer)
    assert len(early.news[agent_id]) == 2
    assert timer.timer_id in early.timers
    # Another router keeps something between what this one knew and what it writes: it decides again, and tells all three.
    await commit(store, kept(name, agent_id))
    (conflict,) = await commit(store, decide_timer(timer, early, POLICY, now()))
    assert conflict.outcome == "conflict"
    changeset = decide_timer(timer, await asked(store, timer), POLICY, now())
    first, again = (await commit(store, changeset))[0], (await commit(store, changeset))[0]
    assert (first.outcome, again.outcome) == ("committed", "repeated")
    (outbound,) = (op.outbound for op in changeset.operations if isinstance(op, c.QueueDelivery))
    assert (outbound.variables["count"], outbound.channel, outbound.agent_id) == (3, "email", agent_id)
    after = await asked(store, timer)
    assert not after.news.get(agent_id)
    assert timer.timer_id not in after.timers


async def test_an_agents_window_is_open_by_what_they_said_and_not_by_the_customer(
    store: StoreService, house: House
) -> None:
    """https://www.twilio.com/docs/whatsapp/key-concepts: for 24 hours after somebody wrote, they may be sent anything."""
    name, agent_id = fresh(), derive("agent", fresh())
    ticket_id = derive("ticket", name)
    spoke = now().replace(microsecond=0) - timedelta(hours=3)
    more: dict[str, Any] = {"channel": "whatsapp", "inbox": "wa"}
    customers = c.AddMessage(
        message_id=derive("message", name), ticket_id=ticket_id, direction="in", author=told("x", None).outbound.to[0],
        author_kind="customer", text="x", created_at=now(), **more,
    )  # fmt: skip
    first, second = (derive("delivery", f"{name}-{place}") for place in (1, 2))
    await commit(
        store,
        opening(name),
        doing(customers, told(first, ticket_id, agent_id, **more), told(second, ticket_id, agent_id, **more)),
    )
    bus = await house.bus("notifier")

    async def window(delivery_id: str) -> SendingAnswer:
        query = SendingQuery(delivery_id=delivery_id, provider_ids=["SM1"]).encode()
        return SendingAnswer.decode(await rpc.request(bus, subjects.query("sending"), query))

    assert (await window(first)).last_inbound is None
    said = AddSpoken(
        spoken_id=derive("spoken", name), source_id=name, agent_id=agent_id, text="Yes", verdict="done", at=spoke, **more
    )  # fmt: skip
    await commit(store, doing(said))
    answer = await window(first)
    assert (answer.last_inbound, answer.elsewhere) == (spoke, [])
