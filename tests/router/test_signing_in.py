"""Deciding about signing in: what was proven once counts once, who guesses waits, links end, and the first admin is one."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.router.deciding.commands import Refused, decide_command, needs
from services.router.deciding.commands.passwords import AGAIN, MOST_IN_AN_HOUR, VALID
from services.router.deciding.commands.rights import allowed
from services.router.deciding.commands.signing import FREE, LONGEST_WAIT, wait_after
from shared.messages import signin as s
from shared.messages.changeset import AddAgent, AddEvent, Changeset, QueueDelivery
from shared.messages.command import Command, CreateToken
from shared.messages.facts import Facts
from shared.messages.life import ChangeAgent, StaffFact
from shared.messages.outbound import Outbound
from shared.secrets.resetcode import digest, reset_code
from shared.texts.catalogue import CATALOGUE
from tests.router.world import KEYRING, START, policy

ANNA = "anna@acme.example"
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
CODE, SESSION = "c" * 64, "5" * 64
ACCOUNT = s.account_failures(ANNA)
POLICY = policy()


def facts(**known: Any) -> Facts:
    staff = {ANNA: StaffFact(agent_id="id-anna", email=ANNA, name="Anna", role="lead", languages=["hr"])}
    return Facts(staff=staff, sign_in=s.SignInFacts(**known))


def credential(**more: Any) -> dict[str, s.CredentialFact]:
    return {ANNA: s.CredentialFact(**{"agent_id": "id-anna", "password": HASH, "revision": 3} | more)}


def decide(action: Any, known: Facts, at: datetime = START, actor: str = "desk", key: str = "k") -> Changeset:
    command = Command(command_id=key, actor=actor, at=at, action=action)
    needs(command, POLICY)
    return decide_command(command, known, POLICY, at)


def made(changeset: Changeset, kind: type) -> list[Any]:
    return [each for each in changeset.operations if isinstance(each, kind)]


def told(changeset: Changeset) -> list[Outbound]:
    return [each.outbound for each in made(changeset, QueueDelivery)]


def sign_in(**more: Any) -> s.SignIn:
    base = {"email": ANNA, "revision": 3, "session_sha256": SESSION, "expires_at": START + timedelta(days=1)}
    return s.SignIn(**base | more)


def test_a_proven_password_begins_a_session_and_ends_the_count_of_wrong_ones() -> None:
    done = decide(sign_in(clear=[ACCOUNT], network="203.0.113.7"), facts(credentials=credential()))
    (session,) = made(done, s.AddSession)
    assert (session.sha256, session.agent_id, done.result["session_id"]) == (SESSION, "id-anna", session.session_id)
    assert made(done, s.DropFailures)[0].keys == [ACCOUNT]
    (event,) = made(done, AddEvent)
    assert (event.what, event.actor) == ("signed_in", "agent:id-anna")
    assert s.credential_key("id-anna") in done.relies


@pytest.mark.parametrize(
    ("known", "more", "error"),
    [
        ({}, {}, "conflict"),
        ({"revision": 4}, {}, "conflict"),
        ({"totp": "a:sealed"}, {}, "forbidden"),
        ({"totp": "a:sealed", "totp_step": 10}, {"step": 10}, "conflict"),
        ({"totp": "a:sealed", "recovery": ["1" * 64]}, {"recovery": "2" * 64}, "conflict"),
    ],
)
def test_what_was_changed_used_or_left_out_begins_no_session(known: Any, more: Any, error: str) -> None:
    there = facts(credentials=credential(**known)) if known else facts()
    with pytest.raises(Refused) as refused:
        decide(sign_in(**more), there)
    assert refused.value.error == error


def test_a_code_and_a_recovery_code_are_used_up_by_the_session_they_begin() -> None:
    known = facts(credentials=credential(totp="a:sealed", totp_step=10, recovery=["1" * 64, "2" * 64]))
    (put,) = made(by_code := decide(sign_in(step=11), known), s.PutCredential)
    assert (put.totp_step, put.revision, put.recovery) == (11, 3, ["1" * 64, "2" * 64])
    assert s.credential_key("id-anna") in by_code.bumps
    by_recovery = decide(sign_in(recovery="1" * 64), known)
    assert made(by_recovery, s.PutCredential)[0].recovery == ["2" * 64]
    assert [each.template for each in told(by_recovery)] == ["signin.recovery"]


def test_wrong_attempts_are_free_at_first_then_waits_double_up_to_a_quarter_of_an_hour() -> None:
    waits = [int(wait_after(count, FREE["account"]).total_seconds()) for count in range(1, 12)]
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_after(10**6, 5) == LONGEST_WAIT
    assert FREE["account"] < FREE["device"] < FREE["network"]


def test_the_owner_is_told_once_when_their_account_is_closed_for_a_while() -> None:
    mails, count = [], 0
    known: dict[str, s.FailuresFact] = {}
    for n in range(8):
        at = START + timedelta(minutes=30 * n)
        done = decide(
            s.FailSignIn(email=ANNA, keys=[ACCOUNT, "network:x"], network="203.0.113.7"), facts(failures=known), at
        )
        mails += [each.template for each in told(done)]
        for put in made(done, s.PutFailures):
            known[put.key] = s.FailuresFact(count=put.count, at=put.at, until=put.until)
        count = known[ACCOUNT].count
    assert (mails, count) == (["signin.locked"], 8)
    later = decide(s.FailSignIn(email=ANNA, keys=[ACCOUNT]), facts(failures=known), START + timedelta(days=2))
    assert made(later, s.PutFailures)[0].count == 1


def test_wrong_attempts_at_nobodys_address_are_counted_and_nobody_is_told() -> None:
    key = s.account_failures("nobody@acme.example")
    known = {key: s.FailuresFact(count=4, at=START, until=None)}
    done = decide(s.FailSignIn(email="nobody@acme.example", keys=[key]), facts(failures=known))
    assert (done.result["wait"], told(done)) == (30, [])


def test_a_link_is_sent_to_the_agents_own_address_and_only_its_digest_is_kept() -> None:
    done = decide(s.AskPassword(email=f" {ANNA.upper()} "), facts(), key="ask")
    (put,), (mail,) = made(done, s.PutReset), told(done)
    code = reset_code(KEYRING, "ask")
    assert (put.sha256, put.expires_at) == (digest(code), START + VALID["reset"])
    assert (mail.to[0].address, mail.language) == (ANNA, "hr")
    assert mail.variables["link"].endswith(f"/reset/{code}")
    assert code not in str(done.result)


def test_whoever_asks_for_a_link_never_learns_whether_there_is_such_an_agent() -> None:
    known, unknown = decide(s.AskPassword(email=ANNA), facts()), decide(s.AskPassword(email="x@y.example"), facts())
    assert known.result == unknown.result == {}
    assert unknown.operations == []


@pytest.mark.parametrize(
    ("ages", "sent"),
    [([], 1), ([AGAIN / 2], 0), ([AGAIN * 2], 1), ([AGAIN * (n + 2) for n in range(MOST_IN_AN_HOUR)], 0)],
)
def test_links_are_not_sent_as_often_as_somebody_asks(ages: list[timedelta], sent: int) -> None:
    made_ = {
        str(n): s.ResetFact(agent_id="id-anna", email=ANNA, kind="reset", expires_at=START, created_at=START - age)
        for n, age in enumerate(ages)
    }
    assert len(told(decide(s.AskPassword(email=ANNA), facts(resets=made_)))) == sent


def reset(expires: datetime) -> dict[str, s.ResetFact]:
    return {CODE: s.ResetFact(agent_id="id-anna", email=ANNA, kind="reset", expires_at=expires, created_at=START)}


def test_a_password_chosen_by_a_link_ends_sessions_links_and_counts_and_keeps_the_second_factor() -> None:
    known = facts(resets=reset(START + VALID["reset"]), credentials=credential(totp="a:sealed"))
    done = decide(s.ChoosePassword(code_sha256=CODE, password=HASH), known)
    (put,) = made(done, s.PutCredential)
    assert (put.password, put.totp, put.revision) == (HASH, "a:sealed", 4)
    assert made(done, s.EndSessions)[0].session_ids is None
    assert made(done, s.DropResets)[0].agent_id == "id-anna"
    assert made(done, s.DropFailures)[0].keys == [ACCOUNT]
    assert [each.template for each in told(done)] == ["signin.changed"]


@pytest.mark.parametrize(
    ("known", "password", "error"),
    [
        ({}, HASH, "not-found"),
        (reset(START), HASH, "not-found"),
        (reset(START + timedelta(hours=1)), "plain", "invalid"),
    ],
)
def test_a_link_that_is_over_and_a_password_that_is_no_hash_are_refused(known: Any, password: str, error: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(s.ChoosePassword(code_sha256=CODE, password=password), facts(resets=known))
    assert refused.value.error == error


def test_the_first_admin_is_made_once_and_may_be_known_already() -> None:
    new = s.SetUp(email="Iva@acme.example", name="Iva", password=HASH, language="hr")
    done = decide(new, facts())
    assert [each.role for each in made(done, AddAgent)] == ["admin"]
    assert made(done, ChangeAgent)[0].fields["languages"] == ["hr"]
    assert s.FIRST in done.bumps
    known = decide(s.SetUp(email=ANNA, name="Anna", password=HASH), facts())
    assert (made(known, AddAgent), made(known, ChangeAgent)[0].fields["role"]) == ([], "admin")
    with pytest.raises(Refused):
        decide(new, facts(admins=True))


ROLES = ("admin", "lead", "agent", "auditor")
EVERYBODY, LEADS, ADMINS, NOBODY = set(ROLES), {"admin", "lead"}, {"admin"}, set[str]()
OTHER = "boris@acme.example"


@pytest.mark.parametrize(
    ("action", "may"),
    [
        (s.NoteRefused(what="x"), EVERYBODY),
        (s.SeenSession(session_id="x"), EVERYBODY),
        (s.SignOut(email=ANNA), EVERYBODY),
        (s.SignOut(email=OTHER), LEADS),
        (s.ChangePassword(email=ANNA, password=HASH, revision=1), EVERYBODY),
        (s.ChangePassword(email=OTHER, password=HASH, revision=1), NOBODY),
        (s.ChangeTotp(email=OTHER, totp="", revision=1), NOBODY),
        (s.AskPassword(email=OTHER, kind="invitation"), LEADS),
        (s.AskPassword(email=OTHER, code_sha256=CODE), NOBODY),
        (s.ChoosePassword(code_sha256=CODE, password=HASH), NOBODY),
        (s.SetUp(email=OTHER, name="B", password=HASH), NOBODY),
        (sign_in(), NOBODY),
        (s.FailSignIn(email=ANNA, keys=[]), NOBODY),
        (s.TryInbox(inbox="support", to=ANNA), ADMINS),
        (s.RevokeToken(token="x"), ADMINS),
        (CreateToken(name="n", sha256=CODE, role="auditor"), ADMINS),
    ],
)
def test_nobody_signs_in_for_somebody_else(action: Any, may: set[str]) -> None:
    others = {email: StaffFact(agent_id=email, email=email, name="X") for email in (ANNA, OTHER)}
    own = {role: StaffFact(agent_id="id-anna", email=ANNA, name="Anna", role=role) for role in ROLES}
    assert {role for role in ROLES if allowed(action, own[role], others) is None} == may
    # A token is nobody: nothing is its own.
    token = StaffFact(agent_id="", email="", name="T", role="agent")
    if may != EVERYBODY or isinstance(action, s.SignOut | s.ChangePassword):
        assert allowed(action, token, others) is not None


def test_every_mail_about_signing_in_has_a_subject_and_words() -> None:
    kinds = ("reset", "invitation", "changed", "locked", "totp_set", "totp_removed", "recovery", "try")
    for kind in kinds:
        for part in ("subject", "body"):
            assert set(CATALOGUE[f"signin.{kind}.{part}"]) == {"en", "pl", "hr"}
