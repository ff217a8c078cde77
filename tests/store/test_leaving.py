"""Who works here no longer is nobody wherever agents are asked for, on both databases; and what they left behind is found."""

from datetime import timedelta

from services.store.queries import signin as ask_for
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages import signin as s
from shared.messages.agents import PutAgentPoint, SpeakerAsk
from shared.messages.facts import FactsRequest, point_key
from shared.messages.life import ChangeAgent
from shared.messages.parts import Point
from tests.store.house import House
from tests.store.making import changing, commit, doing
from tests.store.test_contacts import context
from tests.store.test_staff import ANNA, BORIS, ask, give, hire

PHONE = Point(kind="phone", value="+385991234567")
MAIL = Point(kind="email", value=ANNA)


async def test_who_was_blocked_is_nobody_wherever_agents_are_asked_for(house: House, store: StoreService) -> None:
    await hire(store)
    at = now()
    point = PutAgentPoint(
        point_id="p", agent_id="id-anna", kind=PHONE.kind, value=PHONE.value, verified_at=at, created_at=at
    )
    session = s.AddSession(
        session_id="1", agent_id="id-anna", sha256="1" * 64, created_at=at, expires_at=at + timedelta(days=1)
    )
    reset = s.PutReset(
        sha256="r" * 64, agent_id="id-anna", kind="reset", expires_at=at + timedelta(hours=1), created_at=at
    )
    await commit(store, doing(point, session, reset, s.PutCredential(agent_id="id-anna", password="$argon2id$x")))
    token = c.AddToken(token_id="t", name="export", sha256="9" * 64, at=at, made_by="agent:id-anna")
    notify = ChangeAgent(agent_id="id-anna", fields={"notify": {"channels": ["sms"]}, "role": "admin"})
    await commit(store, doing(token, notify))
    wanted = FactsRequest(
        staff=True, choices=True, points=[MAIL], speakers=[SpeakerAsk(point=PHONE), SpeakerAsk(point=MAIL)],
        sign_in=s.SignInAsk(emails=[ANNA], tokens_of=[ANNA], admins=True),
    )  # fmt: skip

    async def known() -> tuple[object, ...]:
        facts = await store.facts(wanted)
        assert facts.sign_in is not None
        kept = context(house, store)
        opened = (
            (await ask_for.find_session(kept, s.SessionQuery(sha256="1" * 64))).session,
            (await ask_for.find_reset(kept, s.ResetQuery(sha256="r" * 64))).reset,
            (await ask_for.find_sign_in(kept, s.SignInQuery(email=ANNA))).credential,
        )
        assert [each.name for each in facts.sign_in.tokens] == ["export"]
        return (
            sorted(facts.staff), sorted(facts.choices), facts.blocked, len(facts.speakers),
            point_key(MAIL.kind, MAIL.value) in facts.agents, facts.sign_in.admins, [each is not None for each in opened],
        )  # fmt: skip

    before = ([ANNA, BORIS], [ANNA], {}, 2, True, True, [True] * 3)
    assert await known() == before
    await commit(store, doing(ChangeAgent(agent_id="id-anna", fields={"blocked_at": now().isoformat()})))
    assert await known() == ([BORIS], [], {ANNA: "id-anna"}, 0, False, False, [False] * 3)
    await commit(store, doing(ChangeAgent(agent_id="id-anna", fields={"blocked_at": None})))
    assert await known() == before


async def test_what_somebody_left_behind_is_found_by_address_and_by_id_until_it_is_over(store: StoreService) -> None:
    await hire(store)
    names = [await give(store, assignee) for assignee in (ANNA, "Anna@acme.example", "id-anna", BORIS, ANNA)]
    ids = [derive("ticket", name) for name in names]
    await commit(store, changing(ids[4], status="closed"))
    facts = await ask(store, held_by=["id-anna", "nobody"])
    assert {agent: sorted(some) for agent, some in facts.held_by.items()} == {"id-anna": sorted(ids[:3]), "nobody": []}
    assert set(ids[:3]) <= facts.tickets.keys()
