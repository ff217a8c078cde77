"""What an agent, or an API token, may do by its role: the one place that says so. Operators are not agents; they may do everything.

An auditor only looks. An agent does all there is to do with tickets, customers and quarantine, and says for themselves how they are
reached; a lead also looks after agents who are no admins; an admin after everything.
"""

from collections.abc import Mapping
from typing import Any, Final

from shared.messages import command as c
from shared.messages.agents import AddPoint, DropPoint, Say, VerifyPoint
from shared.messages.automation import TestWebhook
from shared.messages.documents import RemoveDocument, SaveDocument
from shared.messages.life import StaffFact
from shared.messages.operations import ReplayDead
from shared.messages.people import EraseContact, ReleaseDelivery
from shared.messages.signin import (
    AskPassword,
    ChangePassword,
    ChangeTotp,
    ChoosePassword,
    FailSignIn,
    NoteRefused,
    RevokeToken,
    SeenSession,
    SetUp,
    SignIn,
    SignOut,
    TryInbox,
)
from shared.messages.staff import BlockAgent, ChangeStaff, UnblockAgent

_OF_AGENTS: Final = (c.CreateAgent, ChangeStaff, AddPoint, VerifyPoint, DropPoint, SignOut, AskPassword)
_OF_ADMINS: Final = (
    c.CreateToken,
    c.Alert,
    RevokeToken,
    TryInbox,
    ReleaseDelivery,
    EraseContact,
    ReplayDead,
    TestWebhook,
    BlockAgent,
    UnblockAgent,
)
_OF_THE_DESK: Final = (SignIn, FailSignIn, ChoosePassword, SetUp)
_THEIR_OWN: Final = (ChangePassword, ChangeTotp)
_NOTES: Final = (SeenSession, NoteRefused)
_ROLES: Final = ("admin", "lead", "agent", "auditor")
AUDITOR: Final = "an auditor may look, and change nothing"
"""Why an auditor may not do what only agents do."""
NOBODY: Final[Mapping[str, StaffFact]] = {}


def allowed(action: Any, staff: StaffFact, others: Mapping[str, StaffFact] = NOBODY) -> str | None:
    """Why ``staff`` may not do it; null when they may. ``others`` are the agents that an action may be about, by mail address.

    What somebody says (`Say`) is judged by what it comes to: each of its commands asks here again. Documents are judged by their kinds.
    """
    role = staff.role if staff.role in _ROLES else "auditor"
    if isinstance(action, _NOTES):
        return None
    if isinstance(action, _OF_THE_DESK) or (isinstance(action, AskPassword) and action.code_sha256):
        return "nobody who is known here may do that for anybody"
    if isinstance(action, _THEIR_OWN):
        own = bool(staff.email) and action.email.strip().lower() == staff.email.lower()
        return None if own else "nobody does that for somebody else"
    if role == "admin" or isinstance(action, Say | SaveDocument | RemoveDocument):
        return None
    own = isinstance(action, _OF_AGENTS) and action.email.strip().lower() == staff.email.lower()
    if isinstance(action, VerifyPoint | SignOut) and own:
        return None  # a proof of what somebody who may has added; and whoever came in may go out
    if role == "auditor":
        return AUDITOR
    if isinstance(action, _OF_ADMINS):
        return "only an admin may do that"
    if not isinstance(action, _OF_AGENTS):
        return None
    if isinstance(action, ChangeStaff) and "role" in action.fields and role != "lead":
        return "nobody gives themselves a role: ask a lead or an admin"
    if own and not isinstance(action, c.CreateAgent):
        return _of_a_lead(action, others) if role == "lead" else None
    return _of_a_lead(action, others) if role == "lead" else "only a lead or an admin may do that for others"


def _of_a_lead(action: Any, others: Mapping[str, StaffFact]) -> str | None:
    """A lead neither makes an admin nor changes one."""
    known = others.get(action.email.strip().lower())
    wanted = action.fields.get("role") if isinstance(action, ChangeStaff) else getattr(action, "role", None)
    if wanted == "admin":
        return "only an admin makes an admin"
    return "only an admin may do that for an admin" if known is not None and known.role == "admin" else None
