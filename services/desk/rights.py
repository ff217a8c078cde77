"""Who may call what: for each call of the API the roles that may make it, and which pages are open to nobody in particular.

This is the door; what a command may change the router judges again (`services.router.deciding.commands.rights`), by the role of the token
or the agent and what the change is about. A call that has no line here is an admin's only, and a test says which one that is.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import Request

from services.desk.errors import Refused

API: Final = "/api/v1"
ROLES: Final = ("auditor", "agent", "lead", "admin")
EVERYBODY: Final = frozenset(ROLES)
"""Whoever is known here may look."""
AGENTS: Final = frozenset({"agent", "lead", "admin"})
OVERSIGHT: Final = frozenset({"auditor", "lead", "admin"})
"""Who looks after others, or over their shoulders."""
LEADS: Final = frozenset({"lead", "admin"})
ADMINS: Final = frozenset({"admin"})

_WHY: Final = {
    AGENTS: "an auditor may look, and change nothing",
    OVERSIGHT: "only a lead, an admin or an auditor may see that",
    LEADS: "only a lead or an admin may do that",
    ADMINS: "only an admin may do that",
}

_TICKET: Final = "/tickets/{number}"
_CALLS: Final[dict[frozenset[str], tuple[str, ...]]] = {
    EVERYBODY: (
        "GET /tickets",
        f"GET {_TICKET}",
        f"GET {_TICKET}/messages/{{message_id}}/html",
        f"GET {_TICKET}/document",
        f"GET {_TICKET}/presence",
        f"GET {_TICKET}/side-conversations/{{side_id}}",
        f"GET {_TICKET}/similar",
        f"GET {_TICKET}/times",
        "GET /agents",
        "GET /article-categories",
        "GET /articles",
        "GET /articles/{slug}",
        f"GET {_TICKET}/articles",
        "GET /agents/{email}",
        "GET /agents/{email}/points",
        "GET /blocked",
        "GET /commands",
        "GET /contacts",
        "GET /contacts/{contact_id}",
        "GET /macros",
        "GET /quarantine",
        "GET /quarantine/{held_id}",
        # Of quality reviews agents are shown those of their own work.
        "GET /reports",
        "GET /reports/{name}",
        "GET /operations",
        "GET /operations/ledger",
        "GET /dead",
        "GET /deliveries/failed",
        "GET /improvements",
        "GET /improvements/suggested",
        "GET /improvements/{improvement_id}",
        "GET /reviews",
        "GET /reviews/{review_id}",
        "GET /checklists",
        "GET /teams",
    ),
    OVERSIGHT: (
        "GET /agents/spoken",
        "GET /audit",
        "GET /register",
        "GET /webhooks",
        "GET /webhooks/failed",
        "GET /webhooks/{name}/deliveries",
    ),
    AGENTS: (
        "POST /tickets",
        "POST /articles",
        "PATCH /articles/{slug}",
        "POST /articles/{slug}/status",
        "DELETE /articles/{slug}",
        f"POST {_TICKET}/article",
        "POST /tickets/bulk",
        "POST /tickets/merge",
        f"PATCH {_TICKET}",
        *(
            f"POST {_TICKET}/{what}"
            for what in (
                *("actions", "ask", "assign", "calls", "close", "contacts", "dial", "escalate", "evidence", "links"),
                *("macros/{name}", "merge", "messages", "messages/{message_id}/wrong", "not-spam", "notes"),
                *("prevention/verify", "problem", "problem/replies", "problem/solve", "promises", "reopen"),
                *("replies", "requests", "say", "side-conversations", "side-conversations/{side_id}/messages"),
                *("snooze", "solve", "spam", "split", "status-link/rotate", "tags", "tasks", "transfer", "typing"),
                *("unmerge", "watch"),
            )
        ),
        f"PATCH {_TICKET}/entries/{{entry_id}}",
        f"PUT {_TICKET}/presence",
        f"DELETE {_TICKET}/evidence/{{evidence_id}}",
        f"DELETE {_TICKET}/links",
        f"DELETE {_TICKET}/watch",
        f"DELETE {_TICKET}/waiting/{{waiting_id}}",
        f"POST {_TICKET}/suggestions/{{target}}/dismiss",
        "POST /blocked",
        "DELETE /blocked",
        "PATCH /contacts/{contact_id}",
        "POST /contacts/{contact_id}/merge",
        "POST /contacts/{contact_id}/suggestions/{other_id}/dismiss",
        "POST /contacts/{contact_id}/unmerge",
        "POST /quarantine/{held_id}/discard",
        "POST /quarantine/{held_id}/release",
        "POST /improvements",
        "PATCH /improvements/{improvement_id}",
    ),
    # A token is nobody's own: whose points and working hours these are, they are somebody else's.
    LEADS: (
        "POST /agents",
        "POST /article-categories/{slug}",
        "DELETE /article-categories/{slug}",
        "PATCH /agents/{email}",
        "POST /agents/{email}/points",
        "POST /agents/{email}/points/verify",
        "DELETE /agents/{email}/points",
        "GET /agents/{email}/sessions",
        "POST /agents/{email}/invite",
        "POST /agents/{email}/sign-out",
        "PUT /macros/{name}",
        "DELETE /macros/{name}",
        "POST /rules/try",
        "POST /webhooks/failed/{delivery_id}/replay",
        "POST /deliveries/{delivery_id}/resend",
        "POST /reviews/draw",
        "PUT /reviews/{review_id}",
        "PUT /checklists/{checklist_id}",
    ),
    # What could not be processed, and what went into a folder, may have codes and links that are somebody's own.
    ADMINS: (
        "GET /dead/{dead_id}",
        "POST /dead/{dead_id}/replay",
        "GET /operations/outgoing",
        "GET /tokens",
        "POST /tokens",
        "DELETE /tokens/{token}",
        "POST /agents/{email}/block",
        "POST /agents/{email}/unblock",
        "POST /configuration/check",
        "PUT /teams/{name}",
        "DELETE /teams/{name}",
        "PUT /webhooks/{name}",
        "DELETE /webhooks/{name}",
        "POST /webhooks/{name}/secret",
        "POST /webhooks/{name}/test",
    ),
}


def _table(calls: Mapping[frozenset[str], Iterable[str]]) -> dict[tuple[str, str], frozenset[str]]:
    found = {}
    for roles, lines in calls.items():
        for line in lines:
            method, _, path = line.partition(" ")
            found[method, API + path] = roles
    return found


TABLE: Final = _table(_CALLS)
"""The roles by method and route."""

OPEN: Final = frozenset(
    {
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/docs",
        "/api/openapi.json",
        "/static/desk/signin.css",
        "/static/desk/{name}",
        "/files/{token}",
        "/t/{token}",
        "/kb",
        "/kb/search",
        "/kb/a/{slug}",
        "/kb/{category}",
        "/sitemap.xml",
        "/robots.txt",
        "/static/desk/brand.css",
        "/static/desk/logo",
        "/static/desk/knowledge.css",
        "/agent/point/{token}",
        "/portal",
        "/portal/code",
        "/portal/leave",
        "/portal/new",
        "/portal/t/{number}",
        "/status",
        "/status/code",
        "/sign-in",
        "/sign-out",
        "/forgot",
        "/reset/{token}",
        "/set-up/{token}",
    }
)
"""Pages for whoever comes: what they show is anybody's, or they see for themselves to whom (by a link's token, by a form's)."""
SIGNED_IN: Final = frozenset({"/account", "/set-up/inbox", "/set-up/people"})
"""Pages for whoever is signed in at a browser; what they may do there is the page's matter."""


def roles(method: str, route: str) -> frozenset[str]:
    """Who may make a call. ``route`` is its pattern."""
    return TABLE.get(("GET" if method == "HEAD" else method, route), ADMINS)


def why_not(role: str, method: str, route: str) -> str | None:
    """Why a role may not make a call, in one line; null when it may. An unknown role is an auditor's."""
    wanted = roles(method, route)
    return None if (role if role in ROLES else "auditor") in wanted else _WHY[wanted]


async def check(request: Request) -> None:
    """In front of every call of the API, once it is clear which one it is. Raises `Refused`, and has it noted."""
    route = getattr(request.scope.get("route"), "path", "")
    principal: Any = getattr(request.state, "principal", None)
    if principal is None or not request.scope["path"].startswith(f"{API}/"):
        return
    reason = why_not(principal.role, request.method, route)
    if reason is not None:
        request.app.state.refusals.note(principal, f"{request.method} {route}", reason)
        raise Refused(403, "forbidden", reason)
