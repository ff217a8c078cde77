"""Signing in to the desk: what is kept of passwords, second factors and sessions, and the commands that change it.

A password never travels: the desk hashes and compares, only the hash (argon2) goes over the bus. Secrets of one-time passwords travel
and are kept sealed (`shared.secrets.sealing`); codes, links and session ids as their SHA-256.
"""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.identity import derive
from shared.messages.base import Record, Versioned

ResetKind = Literal["reset", "invitation"]
"""What a link to a new password is for: somebody forgot theirs, or they are to have their first one."""

FIRST = "sign-in:first"
"""The key whose version says whether somebody has become the first admin meanwhile."""


def credential_key(agent_id: str) -> str:
    """The key of what an agent signs in with."""
    return f"sign-in:{agent_id}"


def failures_key(key: str) -> str:
    """The key of a count of failures."""
    return f"sign-in-failures:{key}"


def account_failures(email: str) -> str:
    """Where wrong passwords for an address are counted, whether it is an agent's or nobody's."""
    return f"account:{derive('sign-in account', email.strip().lower())}"


# -- operations ---------------------------------------------------------------------------------------------------------------


class PutCredential(Record):
    """What an agent signs in with, from now on. ``password`` is an argon2 hash, ``totp`` a sealed secret (empty: no second factor);
    ``totp_step`` is the newest 30-second step whose code was used, ``recovery`` the SHA-256 of codes that are left. ``revision`` rises
    when password or second factor become others."""

    op: Literal["put_credential"] = "put_credential"
    agent_id: str
    password: str = ""
    password_at: datetime | None = None
    totp: str = ""
    totp_step: int = 0
    recovery: list[str] = Field(default_factory=list)
    revision: int = 1


class AddSession(Record):
    """Somebody signed in. ``sha256`` is of what their browser keeps, ``session_id`` the name by which people see it."""

    op: Literal["add_session"] = "add_session"
    session_id: str
    agent_id: str
    sha256: str
    network: str = ""
    browser: str = ""
    created_at: datetime
    expires_at: datetime


class SeeSession(Record):
    """A session was used."""

    op: Literal["see_session"] = "see_session"
    session_id: str
    at: datetime


class EndSessions(Record):
    """These sessions of an agent end (null: all of them), save ``keep``."""

    op: Literal["end_sessions"] = "end_sessions"
    agent_id: str
    session_ids: list[str] | None = None
    keep: str = ""
    at: datetime


class PutFailures(Record):
    """So many wrong attempts in a row were counted under ``key``; nobody may try again before ``until``."""

    op: Literal["put_failures"] = "put_failures"
    key: str
    count: int
    at: datetime
    until: datetime | None = None


class DropFailures(Record):
    """Nothing is counted under these any more."""

    op: Literal["drop_failures"] = "drop_failures"
    keys: list[str]


class PutReset(Record):
    """Whoever has the code with this SHA-256 may choose an agent's password, once, until ``expires_at``."""

    op: Literal["put_reset"] = "put_reset"
    sha256: str
    agent_id: str
    kind: ResetKind
    expires_at: datetime
    created_at: datetime


class DropResets(Record):
    """No link to a new password counts any more for this agent."""

    op: Literal["drop_resets"] = "drop_resets"
    agent_id: str


class RevokeTokens(Record):
    """These API tokens no longer count."""

    op: Literal["revoke_tokens"] = "revoke_tokens"
    token_ids: list[str]
    at: datetime


# -- facts --------------------------------------------------------------------------------------------------------------------


class SignInAsk(Record):
    """What must be known to decide about signing in: agents' credentials, resets by the SHA-256 of their code, counts of failures by
    their keys, sessions by their ids, tokens by id or name, or (``tokens_of``) by the address of the agent who made them. ``admins``:
    whether any admin has a password."""

    emails: list[str] = Field(default_factory=list)
    resets: list[str] = Field(default_factory=list)
    failures: list[str] = Field(default_factory=list)
    sessions: list[str] = Field(default_factory=list)
    tokens: list[str] = Field(default_factory=list)
    tokens_of: list[str] = Field(default_factory=list)
    admins: bool = False


class CredentialFact(Record):
    """What an agent signs in with, as in `PutCredential`."""

    agent_id: str
    password: str = ""
    password_at: datetime | None = None
    totp: str = ""
    totp_step: int = 0
    recovery: list[str] = Field(default_factory=list)
    revision: int = 1


class FailuresFact(Record):
    """A count of failures, as in `PutFailures`."""

    count: int
    at: datetime
    until: datetime | None = None


class ResetFact(Record):
    """A link to a new password that still counts, as in `PutReset`, with whose it is."""

    agent_id: str
    email: str
    kind: str
    expires_at: datetime
    created_at: datetime


class TokenFact(Record):
    """An API token; ``made_by`` as in `AddToken`."""

    token_id: str
    name: str
    role: str = "admin"
    created_at: datetime
    revoked_at: datetime | None = None
    made_by: str = ""


class SignInFacts(Record):
    """The answer to `SignInAsk`: ``credentials`` by mail address, ``resets`` by SHA-256 (those of the addresses asked about, too),
    ``failures`` by key, ``sessions`` has the agent's id by the session's. ``admins``: some admin has a password; ``admin_ids``: who they
    are."""

    credentials: dict[str, CredentialFact] = Field(default_factory=dict)
    resets: dict[str, ResetFact] = Field(default_factory=dict)
    failures: dict[str, FailuresFact] = Field(default_factory=dict)
    sessions: dict[str, str] = Field(default_factory=dict)
    tokens: list[TokenFact] = Field(default_factory=list)
    admins: bool = False
    admin_ids: list[str] = Field(default_factory=list)


# -- commands -----------------------------------------------------------------------------------------------------------------


class SignIn(Record):
    """Who they are has been proven by what had the ``revision``; they have a session from now on. With a second factor: ``step`` is that
    of the one-time password, or ``recovery`` the SHA-256 of a recovery code, which is then used up. ``clear`` are the counts of failures
    that are over. The result has ``session_id``. Refused with ``conflict`` when something was changed or used meanwhile."""

    do: Literal["sign_in"] = "sign_in"
    email: str
    revision: int
    step: int | None = None
    recovery: str = ""
    session_sha256: str
    expires_at: datetime
    network: str = ""
    browser: str = ""
    clear: list[str] = Field(default_factory=list)


class FailSignIn(Record):
    """Somebody gave a wrong password or code for ``email`` (which need not be an agent's); counted under ``keys``. The result has
    ``wait``: for how many seconds nobody may try again."""

    do: Literal["fail_sign_in"] = "fail_sign_in"
    email: str
    keys: list[str]
    network: str = ""


class SeenSession(Record):
    """A session was used, some time after it was last said so."""

    do: Literal["seen_session"] = "seen_session"
    session_id: str


class SignOut(Record):
    """Sessions of an agent end: these, or all of them (null) save ``keep``."""

    do: Literal["sign_out"] = "sign_out"
    email: str
    session_ids: list[str] | None = None
    keep: str = ""


class AskPassword(Record):
    """Let an agent choose a password. Without ``code_sha256`` a mail with a link goes to their address, where there is such an agent
    (the result never says); with it the link is whoever's who has that code, and no mail goes."""

    do: Literal["ask_password"] = "ask_password"
    email: str
    kind: ResetKind = "reset"
    code_sha256: str = ""


class ChoosePassword(Record):
    """The password that whoever came by a link chose; the link is used up, and all sessions end."""

    do: Literal["choose_password"] = "choose_password"
    code_sha256: str
    password: str


class ChangePassword(Record):
    """An agent's new password; they proved the old one, which had the ``revision``. Their other sessions end: all but ``keep``."""

    do: Literal["change_password"] = "change_password"
    email: str
    password: str
    revision: int
    keep: str = ""


class ChangeTotp(Record):
    """An agent's second factor: a sealed secret, a code of which (of ``step``) was proven, with new recovery codes; or none any more
    (empty). Their other sessions end: all but ``keep``."""

    do: Literal["change_totp"] = "change_totp"
    email: str
    totp: str
    step: int = 0
    recovery: list[str] = Field(default_factory=list)
    revision: int
    keep: str = ""


class SetUp(Record):
    """The first admin, with a password. Refused (``conflict``) once some admin has one."""

    do: Literal["set_up"] = "set_up"
    email: str
    name: str
    password: str
    language: str = ""


class TryInbox(Record):
    """Send a mail by an inbox, to see that it goes out. The result has ``delivery_id``."""

    do: Literal["try_inbox"] = "try_inbox"
    inbox: str
    to: str
    language: str = "en"


def inbox_code(delivery_id: str) -> str:
    """What stands in the mail that tries an inbox, so that only an answer to that mail shows that mail comes in: a letter (it is to
    look like no number), and nine letters and digits. Delivery ids are nobody's to guess."""
    return "Q" + derive("inbox tried", delivery_id)[:9].upper()


class RevokeToken(Record):
    """An API token, by its id or its name, no longer counts."""

    do: Literal["revoke_token"] = "revoke_token"
    token: str


class NoteRefused(Record):
    """Something was not allowed; it is to stand in the audit log. ``times``: so often since it was last noted."""

    do: Literal["note_refused"] = "note_refused"
    what: str
    reason: str = ""
    times: int = 1


# -- questions ----------------------------------------------------------------------------------------------------------------


class SignInQuery(Versioned):
    """``store.query.sign_in``: what an agent signs in with, and the counts of failures under ``keys``."""

    VERSION: ClassVar[int] = 1

    email: str
    keys: list[str] = Field(default_factory=list)


class SignInAnswer(Versioned):
    """The answer; ``agent_id`` null where there is no such agent, ``credential`` null where they have no password."""

    VERSION: ClassVar[int] = 1

    agent_id: str | None = None
    email: str = ""
    name: str = ""
    role: str = ""
    languages: list[str] = Field(default_factory=list)
    credential: CredentialFact | None = None
    failures: dict[str, FailuresFact] = Field(default_factory=dict)


class SessionQuery(Versioned):
    """``store.query.session``: whose session is it?"""

    VERSION: ClassVar[int] = 1

    sha256: str


class SessionView(Record):
    """A session, as its owner sees it."""

    session_id: str
    agent_id: str
    network: str = ""
    browser: str = ""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionAnswer(Versioned):
    """The answer; null for one that is not known, or was ended."""

    VERSION: ClassVar[int] = 1

    session: SessionView | None = None
    email: str = ""
    name: str = ""
    role: str = ""
    languages: list[str] = Field(default_factory=list)


class SessionsQuery(Versioned):
    """``store.query.sessions``: an agent's sessions that were not ended, the one used last first."""

    VERSION: ClassVar[int] = 1

    email: str


class SessionsAnswer(Versioned):
    """The answer."""

    VERSION: ClassVar[int] = 1

    sessions: list[SessionView] = Field(default_factory=list)


class ResetQuery(Versioned):
    """``store.query.reset``: for whom does the code with this SHA-256 open a new password?"""

    VERSION: ClassVar[int] = 1

    sha256: str


class ResetAnswer(Versioned):
    """The answer; ``reset`` null for a code that does not count (any more)."""

    VERSION: ClassVar[int] = 1

    reset: ResetFact | None = None
    name: str = ""
    languages: list[str] = Field(default_factory=list)


class SetUpQuery(Versioned):
    """``store.query.set_up``: has anybody signed in here yet? ``delivery_id``: how far a mail came that was sent to try an inbox."""

    VERSION: ClassVar[int] = 1

    delivery_id: str = ""


class SetUpAnswer(Versioned):
    """The answer. ``admins``: so many admins have a password. ``state`` of the delivery, empty without; ``error`` why it failed;
    ``sent_at`` when it was asked for."""

    VERSION: ClassVar[int] = 1

    admins: int = 0
    state: str = ""
    error: str = ""
    sent_at: datetime | None = None


class TokensQuery(Versioned):
    """``store.query.tokens``: all API tokens."""

    VERSION: ClassVar[int] = 1


class TokensAnswer(Versioned):
    """The answer, in the order in which they were made."""

    VERSION: ClassVar[int] = 1

    tokens: list[TokenFact] = Field(default_factory=list)
