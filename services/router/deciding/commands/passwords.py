"""Deciding about passwords: the link by which one is chosen, the choice, the change, and the first admin's; and inboxes tried on the way.

Only hashes come here. A link counts once and for a while; it goes to the address that the agent was added with, whoever asked.
"""

from datetime import timedelta
from typing import Any, Final

from services.router.deciding.commands import administering
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.signing import agent_of, credential_of, known, note, put, tell
from shared.messages import signin as s
from shared.messages.changeset import QueueDelivery
from shared.messages.command import CreateAgent
from shared.messages.facts import FactsRequest
from shared.messages.life import ChangeAgent, StaffFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.secrets.resetcode import digest, reset_code
from shared.texts import LANGUAGES, text

VALID: Final[dict[str, timedelta]] = {"reset": timedelta(minutes=30), "invitation": timedelta(days=7)}
"""How long a link counts."""
AGAIN: Final = timedelta(minutes=1)
MOST_IN_AN_HOUR: Final = 5
"""Links that are sent to one agent, whoever asks for them."""
_HASH: Final = "$argon2"
_LONGEST_HASH: Final = 300


def needs(action: Any, request: FactsRequest) -> None:
    """What must be known beside what `signing.needs` asks for: who else has the first admin's address."""
    if isinstance(action, s.SetUp):
        email = action.email.strip().lower()
        request.points, request.points_of = [Point(kind="email", value=email)], [email]


def ask_password(do: Doing, want: s.AskPassword) -> dict[str, Any]:
    """A link to a new password. Who asks without a code is told nothing of whether there is such an agent. Raises `Refused`."""
    agent = do.facts.staff.get(want.email.strip().lower())
    if agent is None:
        if want.code_sha256 or want.kind == "invitation":
            agent_of(do, want.email)
        return {}
    code = reset_code(do.policy.keyring, do.command.command_id)
    if not want.code_sha256:
        made = [each.created_at for each in known(do).resets.values() if each.agent_id == agent.agent_id]
        hour = [at for at in made if do.now - at < timedelta(hours=1)]
        if len(hour) >= MOST_IN_AN_HOUR or any(do.now - at < AGAIN for at in hour):
            return {}
        if want.kind == "invitation" and do.policy.inbox_of("email") is None:
            raise Refused("invalid", "there is no inbox to send the invitation by: print the link instead")
        link = f"{do.policy.telling.public_url}/reset/{code}"
        tell(do, agent, f"signin.{want.kind}", link=link)
    elif len(want.code_sha256) != 64:
        raise Refused("invalid", "code_sha256: the SHA-256 of a code, in hexadecimal")
    expires = do.now + VALID[want.kind]
    do.draft.operations.append(
        s.PutReset(
            sha256=want.code_sha256 or digest(code),
            agent_id=agent.agent_id,
            kind=want.kind,
            expires_at=expires,
            created_at=do.now,
        )
    )
    # Two links asked for at once are sent one after the other, and so the second is not sent.
    do.draft.change(do.facts, s.credential_key(agent.agent_id))
    note(do, agent, "password_asked", kind=want.kind, mailed=not want.code_sha256)
    return {} if want.kind == "reset" and not want.code_sha256 else {"expires_at": expires.isoformat()}


def choose_password(do: Doing, want: s.ChoosePassword) -> dict[str, Any]:
    """Whoever came by a link chose a password. Raises `Refused` for a link that does not count any more."""
    reset = known(do).resets.get(want.code_sha256)
    if reset is None or reset.expires_at <= do.now:
        raise Refused("not-found", "this link no longer counts: ask for a new one")
    agent = agent_of(do, reset.email)
    before = known(do).credentials.get(agent.email)
    _set(do, agent, before, want.password)
    if agent.role == "admin":
        do.draft.change(do.facts, s.FIRST)
    # What was counted against them is over: they have proven that the address is theirs.
    do.draft.operations.append(s.DropFailures(keys=[s.account_failures(agent.email)]))
    do.draft.operations.append(s.DropResets(agent_id=agent.agent_id))
    do.draft.operations.append(s.EndSessions(agent_id=agent.agent_id, at=do.now))
    note(do, agent, "password_chosen", kind=reset.kind)
    if before is not None and before.password:
        tell(do, agent, "signin.changed")
    return {"agent_id": agent.agent_id, "email": agent.email}


def change_password(do: Doing, want: s.ChangePassword) -> dict[str, Any]:
    """Another password of somebody who has proven the old one. Raises `Refused`."""
    agent = agent_of(do, want.email)
    before = credential_of(do, agent, want.revision)
    _set(do, agent, before, want.password)
    do.draft.operations.append(s.DropResets(agent_id=agent.agent_id))
    do.draft.operations.append(s.EndSessions(agent_id=agent.agent_id, keep=want.keep, at=do.now))
    note(do, agent, "password_changed")
    tell(do, agent, "signin.changed")
    return {"agent_id": agent.agent_id, "revision": before.revision + 1}


def set_up(do: Doing, want: s.SetUp) -> dict[str, Any]:
    """The first admin. Raises `Refused` once there is one who can sign in."""
    do.draft.change(do.facts, s.FIRST)
    if known(do).admins:
        raise Refused("conflict", "there is an admin already: sign in")
    email = want.email.strip().lower()
    agent = do.facts.staff.get(email)
    fields: dict[str, Any] = {"name": want.name.strip(), "role": "admin"}
    if want.language in LANGUAGES and (agent is None or not agent.languages):
        fields["languages"] = [want.language]
    made = CreateAgent(email=email, name=want.name.strip(), role="admin")
    if agent is None:
        agent_id = str(administering.create_agent(do, made)["agent_id"])
        agent = StaffFact(agent_id=agent_id, email=email, name=want.name.strip(), role="admin")
    do.draft.operations.append(ChangeAgent(agent_id=agent.agent_id, fields=fields))
    _set(do, agent, known(do).credentials.get(email), want.password)
    note(do, agent, "set_up")
    return {"agent_id": agent.agent_id, "email": email, "revision": _revision(known(do).credentials.get(email))}


def _revision(before: s.CredentialFact | None) -> int:
    return (before.revision if before is not None else 0) + 1


def _set(do: Doing, agent: StaffFact, before: s.CredentialFact | None, password: str) -> None:
    if not password.startswith(_HASH) or len(password) > _LONGEST_HASH:
        raise Refused("invalid", "password: must be an argon2 hash")
    put(do, agent, before, password=password, password_at=do.now, revision=_revision(before))


# -- what else is done on the way ---------------------------------------------------------------------------------------------


def try_inbox(do: Doing, want: s.TryInbox) -> dict[str, Any]:
    """A mail by an inbox, to see that it goes out. Raises `Refused`."""
    if want.inbox not in do.policy.inboxes.get("email", ()):
        raise Refused("not-found", f"there is no mail inbox {want.inbox!r}")
    address = want.to.strip()
    if "@" not in address.strip("@") or len(address) > 254 or any(ord(char) < 33 for char in address):
        raise Refused("invalid", f"to: {address[:100]!r} is no mail address")
    language = want.language if want.language in LANGUAGES else do.policy.languages[0]
    delivery_id = do.derive("delivery")
    code = s.inbox_code(delivery_id)
    sent = Outbound(
        delivery_id=delivery_id,
        channel="email",
        inbox=want.inbox,
        kind="alert",
        to=[Address(address=address)],
        language=language,
        subject=text("signin.try.subject", language, company=do.policy.company, code=code),
        template="signin.try",
        variables={"inbox": want.inbox, "code": code},
        automatic=True,
        created_at=do.now,
        correlation_id=do.command.correlation_id,
    )
    do.draft.operations.append(QueueDelivery(outbound=sent))
    do.event("inbox_tried", None, inbox=want.inbox, delivery=delivery_id)
    return {"delivery_id": delivery_id}


def revoke_token(do: Doing, want: s.RevokeToken) -> dict[str, Any]:
    """API tokens no longer count. Raises `Refused` where there is none."""
    ids = [each.token_id for each in known(do).tokens if each.revoked_at is None]
    if not ids:
        raise Refused("not-found", f"there is no token {want.token[:100]!r} that counts")
    do.draft.operations.append(s.RevokeTokens(token_ids=ids, at=do.now))
    do.event("token_revoked", None, tokens=ids)
    return {"tokens": ids}


def note_refused(do: Doing, want: s.NoteRefused) -> dict[str, Any]:
    """Something was not allowed."""
    do.event("refused", None, wanted=want.what[:200], reason=want.reason[:500], times=want.times)
    return {}
