"""What teams, webhooks and macros that are made at the desk may be called, and whom and what teams may name: pure, judged against the
policy. What stands in the file was checked when it was read (`shared.settings.crosscheck`)."""

from collections.abc import Iterable
from typing import Any

from services.router.deciding.commands.doing import Doing
from shared.documents.macro import MacroBody
from shared.documents.team import MOST_TEAMS, TeamBody
from shared.documents.webhook import MOST, WebhookBody
from shared.settings.made import DeskWebhook


def why_not(do: Doing, body: Any, document_id: str) -> str | None:
    """Why a document cannot be kept; null: it can, or is none of these."""
    if isinstance(body, TeamBody):
        return _team(do, body)
    if isinstance(body, WebhookBody):
        return _webhook(do, document_id)
    if isinstance(body, MacroBody) and document_id in do.policy.automation.macros:
        return f"id: the macro {document_id} stands in the configuration; change it there"
    return None


def _team(do: Doing, body: TeamBody) -> str | None:
    policy = do.policy
    if len(policy.desk_teams) >= MOST_TEAMS and body.name not in policy.desk_teams:
        return f"name: there are {MOST_TEAMS} teams already"
    filed = [each for each in policy.teams if each not in policy.desk_teams]
    if body.name.casefold() in (each.casefold() for each in filed):
        return f"name: the team {body.name} stands in the configuration; change it there"
    inboxes = [name for names in policy.inboxes.values() for name in names]
    return (
        _unknown("members", body.members, do.facts.staff, "agent")
        or _unknown("hours", [body.hours] if body.hours else [], policy.calendars, "[[hours]] called")
        or _unknown("inboxes", body.inboxes, inboxes, "inbox")
        or _unknown("categories", body.categories, [each.name for each in policy.categories], "category")
    )


def _webhook(do: Doing, name: str) -> str | None:
    if any(each.name == name and not isinstance(each, DeskWebhook) for each in do.policy.automation.hooks):
        return f"id: the webhook {name} stands in the configuration; change it there"
    made = {each.name for each in do.policy.automation.hooks if isinstance(each, DeskWebhook)}
    if len(made) >= MOST and name not in made:
        return f"id: there are {MOST} webhooks already"
    return None


def _unknown(field: str, named: Iterable[str], known: Iterable[str], kind: str) -> str | None:
    there = set(known)
    wrong = next((each for each in named if each not in there), None)
    return f"{field}: there is no {kind} {wrong[:100]!r}" if wrong is not None else None
