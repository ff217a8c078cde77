"""Deciding about signing in: sessions, wrong attempts, and second factors. Passwords are `services.router.deciding.commands.passwords`'.

Whoever guesses waits longer and longer, per account and per network. Nobody is locked out for good by it: a browser that its owner has
signed in with before is counted by itself, and the link in a mail opens a new password at any time.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from services.router.deciding.commands.doing import Doing, Refused
from shared.messages import signin as s
from shared.messages.changeset import AddEvent, QueueDelivery
from shared.messages.facts import FactsRequest, agent_key
from shared.messages.life import StaffFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.messages.staff import BlockAgent, ChangeStaff, UnblockAgent
from shared.texts import text
from shared.texts.languages import agents_language

FREE: Final = {"account": 5, "device": 10, "network": 20}
"""Wrong attempts in a row before anybody waits, by what they are counted for."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=12)
"""So long after the last wrong attempt they are no longer counted."""
_MOST_KEYS: Final = 4
_MOST_CODES: Final = 20
_MOST_SESSIONS: Final = 100


def agent_of(do: Doing, email: str) -> StaffFact:
    """The agent with this address. Raises `Refused`."""
    agent = do.facts.staff.get(email.strip().lower())
    if agent is None:
        blocked = ": they are blocked" if do.facts.is_blocked(email) else ""
        raise Refused("not-found", f"there is no agent {email.strip().lower()}{blocked}")
    return agent


def known(do: Doing) -> s.SignInFacts:
    """What is known of signing in."""
    return do.facts.sign_in or s.SignInFacts()


def credential_of(do: Doing, agent: StaffFact, revision: int | None = None) -> s.CredentialFact:
    """What they sign in with. Raises `Refused` where there is nothing, or it is not of this revision any more."""
    found = known(do).credentials.get(agent.email)
    if found is None or not found.password:
        raise Refused("conflict", "they have no password yet")
    if revision is not None and found.revision != revision:
        raise Refused("conflict", "the password or the second factor was changed meanwhile")
    return found


def put(do: Doing, agent: StaffFact, before: s.CredentialFact | None, **changed: Any) -> None:
    """Another credential from now on."""
    kept = before.model_dump() if before is not None else {"agent_id": agent.agent_id, "revision": 0}
    do.draft.change(do.facts, s.credential_key(agent.agent_id))
    do.draft.operations.append(s.PutCredential(**kept | changed))


def note(do: Doing, agent: StaffFact | None, what: str, **data: Any) -> None:
    """An entry of the audit log, by the agent whose doing it is: the desk only says so."""
    actor = f"agent:{agent.agent_id}" if agent is not None and do.command.actor == "desk" else do.command.actor
    about = {"agent": agent.agent_id} if agent is not None else {}
    do.draft.operations.append(
        AddEvent(what=what, actor=actor, channel=do.command.channel, data=about | data, at=do.now)
    )


def tell(do: Doing, agent: StaffFact, template: str, **variables: Any) -> None:
    """Write to an agent's address; nothing where no mail can be sent."""
    inbox = do.policy.inbox_of("email")
    if inbox is None:
        return
    language = agents_language(agent.languages, do.policy.languages)
    told = Outbound(
        delivery_id=do.derive(f"delivery {template} {agent.agent_id}"),
        channel="email",
        inbox=inbox,
        kind="alert",
        to=[Address(name=agent.name, address=agent.email)],
        language=language,
        subject=text(f"{template}.subject", language, company=do.policy.company, **variables),
        template=template,
        variables={"name": agent.name, "address": agent.email} | variables,
        automatic=True,
        created_at=do.now,
        correlation_id=do.command.correlation_id,
    )
    do.draft.operations.append(QueueDelivery(outbound=told))


# -- sessions -----------------------------------------------------------------------------------------------------------------


def sign_in(do: Doing, want: s.SignIn) -> dict[str, Any]:
    """A session begins. Raises `Refused` for what was changed or used meanwhile, or where the second factor is missing."""
    agent = agent_of(do, want.email)
    credential = credential_of(do, agent, want.revision)
    do.draft.rely(do.facts, s.credential_key(agent.agent_id), agent_key(agent.agent_id))
    if credential.totp:
        _second_factor(do, agent, credential, want)
    session_id = do.derive("session")
    do.draft.operations.append(
        s.AddSession(
            session_id=session_id,
            agent_id=agent.agent_id,
            sha256=want.session_sha256,
            network=want.network[:100],
            browser=want.browser[:100],
            created_at=do.now,
            expires_at=want.expires_at,
        )
    )
    if want.clear:
        do.draft.operations.append(s.DropFailures(keys=want.clear[:_MOST_KEYS]))
    note(do, agent, "signed_in", session=session_id, network=want.network[:100], recovery=bool(want.recovery))
    if want.recovery:
        tell(do, agent, "signin.recovery", left=len(credential.recovery) - 1)
    return {"session_id": session_id, "agent_id": agent.agent_id}


def _second_factor(do: Doing, agent: StaffFact, credential: s.CredentialFact, want: s.SignIn) -> None:
    """A code counts once (RFC 6238, 5.2)."""
    if want.recovery:
        if want.recovery not in credential.recovery:
            raise Refused("conflict", "this recovery code was used already")
        put(do, agent, credential, recovery=[each for each in credential.recovery if each != want.recovery])
    elif want.step is None:
        raise Refused("forbidden", "a code of the second factor is needed")
    elif want.step <= credential.totp_step:
        raise Refused("conflict", "this code was used already: wait for the next one")
    else:
        put(do, agent, credential, totp_step=want.step)


def seen(do: Doing, want: s.SeenSession) -> dict[str, Any]:
    """A session was used. Raises `Refused` for one that there is not."""
    if want.session_id not in known(do).sessions:
        raise Refused("not-found", "there is no such session any more")
    do.draft.operations.append(s.SeeSession(session_id=want.session_id, at=do.now))
    return {}


def sign_out(do: Doing, want: s.SignOut) -> dict[str, Any]:
    """Sessions end. Raises `Refused` for nobody's."""
    agent = agent_of(do, want.email)
    ids = want.session_ids[:_MOST_SESSIONS] if want.session_ids is not None else None
    do.draft.operations.append(s.EndSessions(agent_id=agent.agent_id, session_ids=ids, keep=want.keep, at=do.now))
    note(do, agent, "signed_out", sessions=ids if ids is not None else "all")
    return {"agent_id": agent.agent_id}


# -- wrong attempts -----------------------------------------------------------------------------------------------------------


def fail(do: Doing, want: s.FailSignIn) -> dict[str, Any]:
    """A wrong attempt is counted; the result says for how long nobody may try again. Its owner is told when an account is first closed
    for a while."""
    agent = do.facts.staff.get(want.email.strip().lower())
    longest = timedelta(0)
    for key in dict.fromkeys(want.keys[:_MOST_KEYS]):
        free = FREE.get(key.partition(":")[0], FREE["account"])
        before = known(do).failures.get(key)
        count = before.count + 1 if before is not None and do.now - before.at < FORGOTTEN_AFTER else 1
        wait = wait_after(count, free)
        until = do.now + wait if wait else None
        do.draft.change(do.facts, s.failures_key(key))
        do.draft.operations.append(s.PutFailures(key=key, count=count, at=do.now, until=until))
        longest = max(longest, wait)
        if agent is not None and count == free and key.startswith("account:"):
            tell(do, agent, "signin.locked", network=want.network[:100])
    note(do, agent, "sign_in_failed", network=want.network[:100])
    return {"wait": int(longest.total_seconds())}


def wait_after(count: int, free: int) -> timedelta:
    """How long to wait after so many wrong attempts in a row, of which so many are free."""
    if count < free:
        return timedelta(0)
    doubled = FIRST_WAIT * (1 << min(count - free, 10))
    return min(doubled, LONGEST_WAIT)


def is_waiting(failures: s.FailuresFact | None, now: datetime) -> bool:
    """Whether nobody may try now."""
    return failures is not None and failures.until is not None and failures.until > now


# -- second factors -----------------------------------------------------------------------------------------------------------


def change_totp(do: Doing, want: s.ChangeTotp) -> dict[str, Any]:
    """Another second factor, or none any more. Raises `Refused`."""
    agent = agent_of(do, want.email)
    before = credential_of(do, agent, want.revision)
    fits = all(len(each) == 64 for each in want.recovery) and len(want.recovery) <= _MOST_CODES
    if not fits or (want.totp and not want.recovery) or len(want.totp) > 500:
        raise Refused("invalid", f"recovery: SHA-256 of at most {_MOST_CODES} codes, and at least one")
    put(
        do,
        agent,
        before,
        totp=want.totp,
        totp_step=want.step if want.totp else 0,
        recovery=want.recovery if want.totp else [],
        revision=before.revision + 1,
    )
    do.draft.operations.append(s.EndSessions(agent_id=agent.agent_id, keep=want.keep, at=do.now))
    what = "second_factor_set" if want.totp else "second_factor_removed"
    note(do, agent, what)
    tell(do, agent, "signin.totp_set" if want.totp else "signin.totp_removed")
    return {"agent_id": agent.agent_id, "revision": before.revision + 1}


def needs(action: Any, request: FactsRequest) -> None:
    """What must be known to decide about signing in; nothing is asked for other commands."""
    ask: s.SignInAsk | None = None
    match action:
        case s.SignIn(email=email):
            ask = s.SignInAsk(emails=[_plain(email)])
        case s.FailSignIn(keys=keys):
            ask = s.SignInAsk(failures=keys[:_MOST_KEYS])
        case s.SeenSession(session_id=session_id):
            request.sign_in = s.SignInAsk(sessions=[session_id])
        case s.SignOut():
            ask = s.SignInAsk()
        case s.AskPassword(email=email) | s.ChangePassword(email=email) | s.ChangeTotp(email=email):
            ask = s.SignInAsk(emails=[_plain(email)])
        case s.ChoosePassword(code_sha256=code):
            ask = s.SignInAsk(resets=[code], admins=True)
        case s.SetUp(email=email):
            ask = s.SignInAsk(emails=[_plain(email)], admins=True)
        case s.RevokeToken(token=token):
            request.sign_in = s.SignInAsk(tokens=[token])
        case BlockAgent(email=email):
            ask = s.SignInAsk(emails=[_plain(email)], tokens_of=[_plain(email)], admins=True)
        case UnblockAgent(email=email):
            ask = s.SignInAsk(emails=[_plain(email)])
        case ChangeStaff(fields=fields) if "role" in fields:
            ask = s.SignInAsk(admins=True)
    if ask is not None:
        request.sign_in, request.staff = ask, True


def _plain(email: str) -> str:
    return email.strip().lower()
