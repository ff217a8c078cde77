"""What the store keeps of signing in, on both databases: credentials, sessions, wrong attempts, links, tokens."""

from datetime import timedelta

from services.store.group import TidyUnit
from services.store.queries import signin as ask_for
from services.store.queries.accounts import find_token
from services.store.service import StoreService
from shared.clock import now
from shared.messages import changeset as c
from shared.messages import signin as s
from shared.messages.facts import FactsRequest
from shared.messages.ticket import TokenQuery
from tests.store.house import House
from tests.store.making import commit, doing
from tests.store.test_contacts import context

ANNA, ANNAS = "anna@acme.example", "a" * 32
KEY = s.account_failures(ANNA)


def session(name: str, **more: object) -> s.AddSession:
    values = {"session_id": name * 32, "agent_id": ANNAS, "sha256": name * 64, "created_at": now()}
    return s.AddSession.model_validate(values | {"expires_at": now() + timedelta(days=1)} | more)


async def facts(store: StoreService) -> s.SignInFacts:
    wanted = s.SignInAsk(
        emails=[ANNA], resets=["r" * 64], failures=[KEY], sessions=["1" * 32, "2" * 32], tokens=["look"], admins=True
    )
    found = await store.facts(FactsRequest(sign_in=wanted))
    assert {s.FIRST, s.failures_key(KEY), s.credential_key(ANNAS)} <= found.versions.keys()
    assert found.sign_in is not None
    return found.sign_in


async def test_what_agents_sign_in_with_is_kept_found_and_forgotten(house: House, store: StoreService) -> None:
    at, kept = now(), context(house, store)
    await commit(
        store,
        doing(
            c.AddAgent(agent_id=ANNAS, email=ANNA, name="Anna", role="admin", at=at),
            c.AddToken(token_id="t" * 32, name="look", sha256="9" * 64, at=at, role="auditor"),
            s.PutReset(
                sha256="r" * 64, agent_id=ANNAS, kind="reset", expires_at=at + timedelta(hours=1), created_at=at
            ),
            s.PutFailures(key=KEY, count=5, at=at, until=at + timedelta(seconds=30)),
        ),
    )
    before = await facts(store)
    assert (before.admins, before.credentials, before.failures[KEY].count) == (False, {}, 5)
    assert before.resets["r" * 64].email == ANNA
    credential = s.PutCredential(agent_id=ANNAS, password="$argon2id$x", password_at=at, recovery=["c" * 64])
    await commit(store, doing(credential, session("1"), session("2"), s.DropResets(agent_id=ANNAS)))
    changed = credential.model_copy(update={"totp": "a:sealed", "totp_step": 59_012_345, "revision": 2})
    await commit(store, doing(changed, s.SeeSession(session_id="1" * 32, at=at + timedelta(hours=1))))
    after = await facts(store)
    assert after.credentials[ANNA].model_dump() == changed.model_dump(exclude={"op"})
    assert (after.admins, after.resets, after.sessions) == (True, {}, {"1" * 32: ANNAS, "2" * 32: ANNAS})
    found = await ask_for.find_sign_in(kept, s.SignInQuery(email=ANNA.upper(), keys=[KEY]))
    assert (found.agent_id, found.credential, found.failures[KEY].count) == (ANNAS, after.credentials[ANNA], 5)
    opened = await ask_for.find_session(kept, s.SessionQuery(sha256="1" * 64))
    assert opened.session is not None
    assert (opened.email, opened.session.seen_at) == (ANNA, at + timedelta(hours=1))
    assert (await ask_for.read_set_up(kept, s.SetUpQuery())).admins == 1

    await commit(store, doing(s.EndSessions(agent_id=ANNAS, keep="1" * 32, at=at), s.DropFailures(keys=[KEY])))
    listed = (await ask_for.list_sessions(kept, s.SessionsQuery(email=ANNA))).sessions
    assert [each.session_id for each in listed] == ["1" * 32]
    await commit(store, doing(s.EndSessions(agent_id=ANNAS, session_ids=["1" * 32], at=at)))
    assert (await ask_for.find_session(kept, s.SessionQuery(sha256="1" * 64))).session is None
    assert ((await facts(store)).failures, (await facts(store)).sessions) == ({}, {})


async def test_a_revoked_token_is_nobodys_and_an_old_one_may_everything(house: House, store: StoreService) -> None:
    at, kept = now(), context(house, store)
    add = c.AddToken(token_id="t" * 32, name="look", sha256="9" * 64, at=at, role="auditor")
    old = c.AddToken(token_id="o" * 32, name="old", sha256="8" * 64, at=at)
    await commit(store, doing(add, old))
    assert (await find_token(kept, TokenQuery(sha256="9" * 64))).role == "auditor"
    assert (await find_token(kept, TokenQuery(sha256="8" * 64))).role == "admin"
    await commit(store, doing(s.RevokeTokens(token_ids=["t" * 32], at=at)))
    assert (await find_token(kept, TokenQuery(sha256="9" * 64))).name is None
    assert {each.name: each.revoked_at for each in (await ask_for.list_tokens(kept, s.TokensQuery())).tokens} == {
        "look": at,
        "old": None,
    }


async def test_what_is_long_over_is_forgotten(house: House, store: StoreService) -> None:
    long_ago, kept = now() - timedelta(days=3), context(house, store)
    await commit(
        store,
        doing(
            c.AddAgent(agent_id=ANNAS, email=ANNA, name="Anna", at=long_ago),
            session("1", created_at=long_ago, expires_at=long_ago),
            session("2"),
            s.PutFailures(key=KEY, count=3, at=long_ago),
            s.PutReset(sha256="r" * 64, agent_id=ANNAS, kind="reset", expires_at=long_ago, created_at=long_ago),
        ),
    )
    assert (await ask_for.find_reset(kept, s.ResetQuery(sha256="r" * 64))).reset is None
    await store.writer.submit([TidyUnit()])
    left = await facts(store)
    assert (left.sessions, left.failures, left.resets) == ({"2" * 32: ANNAS}, {}, {})
