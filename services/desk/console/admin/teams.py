"""Teams: those of the configuration, and those that are made here."""

from typing import Any, Final

from nicegui import ui

from services.desk import teams
from services.desk.console.admin import frame as shown
from services.desk.console.admin.people import agents_of
from services.desk.console.admin.views import languages_of, written
from services.desk.console.buttons import change_button, remove_button
from services.desk.console.frame import Frame
from services.desk.console.links import link
from services.desk.teams import TeamShown
from shared.documents.team import LONGEST, TEAM, team_id
from shared.messages.documents import RemoveDocument, SaveDocument
from shared.messages.ticket import AgentView

NEW: Final = "new"
_MODES: Final = ("", "off", "round_robin", "least_busy")
_OWN: Final = {"members", "source", "revision", "hidden"}


async def overview(frame: Frame, place: ui.element, chosen: str) -> None:
    """All of them, who of their members is known, and who is in none; with the one that is ``chosen`` (its document's id, ``new``: none
    yet) to be changed."""
    viewer, t = frame.viewer, frame.viewer.t
    agents = {each.email: each for each in await agents_of(viewer)}
    found = await teams.known(viewer.parts.backend, viewer.parts.settings)
    with place:
        if chosen and viewer.may("admin"):
            picked = next((each for each in found if each.source == "desk" and team_id(each.name) == chosen), None)
            if picked is not None or chosen == NEW:
                _form(frame, picked, agents)
        if not found:
            shown.empty(t("admin.teams.none"))
        with ui.element("div").classes("tl-ad-grid"):
            for team in found:
                _card(frame, team, agents)
        members = {member.strip().lower() for team in found for member in team.members}
        alone = [each.name for email, each in agents.items() if email not in members and each.role in ("agent", "lead")]
        if found and alone:
            ui.label(t("admin.teams.alone", names=", ".join(alone))).classes("tl-quiet")


def _card(frame: Frame, team: TeamShown, agents: dict[str, AgentView]) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    with ui.element("article").classes("tl-card"):
        shown.heading(team.name)
        with ui.element("div").classes("tl-row"):
            ui.label(t(f"admin.from.{team.source}")).classes("tl-chip")
        if team.hidden:
            ui.label(t("admin.teams.hidden")).classes("tl-quiet")
        for member in team.members:
            agent = agents.get(member.strip().lower())
            with ui.element("div").classes("tl-row"):
                if agent is not None:
                    link(agent.name, f"/console/admin/agents/{agent.email}")
                else:
                    ui.label(member)
                    ui.label(t("admin.teams.unknown")).classes("tl-chip")
        if not team.members:
            ui.label(t("admin.teams.empty")).classes("tl-quiet")
        shown.facts(written(team.model_dump(mode="json", exclude=_OWN, exclude_defaults=True)))
        if team.source == "desk" and viewer.may("admin"):
            with ui.element("div").classes("tl-row"):
                change_button(frame, team.name, f"/admin/teams?name={team_id(team.name)}")
                removed = RemoveDocument(kind=TEAM, id=team_id(team.name))
                remove_button(frame, team.name, t("admin.teams.sure", name=team.name), removed, "/admin/teams")


def _form(frame: Frame, team: TeamShown | None, agents: dict[str, AgentView]) -> None:
    viewer, t, settings = frame.viewer, frame.viewer.t, frame.viewer.parts.settings
    with ui.element("section").classes("tl-card"):
        shown.heading(team.name if team is not None else t("admin.teams.new"))
        with ui.element("div").classes("tl-ad-form"):
            name = ui.input(t("admin.teams.name"), value=team.name if team is not None else "")
            name.props(f"outlined dense maxlength={LONGEST}" + (" readonly" if team is not None else ""))
            people = {email: each.name for email, each in agents.items()}
            members = _several("admin.teams.members", people, team.members if team is not None else [], frame)
            assign = ui.select(
                {each: t(f"admin.teams.assign.{each or 'default'}") for each in _MODES},
                label=t("admin.teams.assign"),
                value=(team.assign if team is not None else None) or "",
            ).props("outlined dense")
            known = {"": t("admin.hours.none"), **{each.name: each.name for each in settings.hours}}
            kept = team.hours if team is not None else ""
            hours = ui.select(known | ({kept: kept} if kept else {}), label=t("admin.hours"), value=kept)
            hours.props("outlined dense")
            languages = ui.input(t("admin.languages.hint"), value=", ".join(team.languages) if team is not None else "")
            languages.props("outlined dense")
            ui.label(t("admin.teams.serves")).classes("tl-quiet")
            inboxes = _several(
                "admin.inboxes",
                {each.name: each.name for each in settings.inbox},
                team.inboxes if team is not None else [],
                frame,
            )
            categories = _several(
                "admin.categories",
                {each.name: each.name for each in settings.category},
                team.categories if team is not None else [],
                frame,
            )

            async def keep() -> None:
                wanted = (team.name if team is not None else name.value or "").strip()
                body: dict[str, Any] = {
                    "name": wanted,
                    "members": list(members.value or ()),
                    "assign": assign.value or None,
                    "hours": hours.value or "",
                    "languages": languages_of(languages.value or ""),
                    "inboxes": list(inboxes.value or ()),
                    "categories": list(categories.value or ()),
                }
                saved = SaveDocument(
                    kind=TEAM, id=team_id(wanted), body=body, seen=team.revision if team is not None else 0
                )
                if await viewer.try_to(saved, t("admin.kept")) is not None:
                    frame.go("/admin/teams")

            with ui.element("div").classes("tl-row"):
                shown.keep_buttons(frame, keep, "/admin/teams")


def _several(label: str, options: dict[str, str], chosen: list[str], frame: Frame) -> ui.select:
    """Any of these; what was chosen and is no longer there can still be taken away."""
    known = options | {each: each for each in chosen if each not in options}
    field = ui.select(known, label=frame.viewer.t(label), value=list(chosen), multiple=True)
    field.props("outlined dense use-chips")
    return field
