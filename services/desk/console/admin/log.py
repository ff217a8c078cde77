"""The audit log: what changed settings, roles, tokens and documents, and what was refused."""

from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from nicegui import ui

from services.desk.console.admin import frame as shown
from services.desk.console.admin.people import agents_of
from services.desk.console.admin.views import actor, told
from services.desk.console.frame import Frame
from services.desk.console.links import link
from shared.messages.audit import AUDITED, AuditAnswer, AuditQuery

SHOWN: Final = 50


async def overview(frame: Frame, place: ui.element, asked: dict[str, str], before: int) -> None:
    """A page of it, newest first; ``asked`` has who, what and on which day."""
    viewer, t = frame.viewer, frame.viewer.t
    agents = await agents_of(viewer)
    names = {each.id: each.name for each in agents}
    day = _day(asked["day"])
    since = datetime.combine(day, time(), viewer.zone) if day else None
    query = AuditQuery(
        what=[asked["what"]] if asked["what"] in AUDITED else [],
        actor=asked["actor"][:200],
        since=since,
        until=since + timedelta(days=1) if since else None,
        before=before or None,
        limit=SHOWN,
    )
    found = await viewer.ask("audit", query, AuditAnswer)
    with place:
        _filter(frame, asked, {f"agent:{each.id}": each.name for each in agents})
        if not found.items:
            shown.empty(t("admin.audit.none"))
            return
        rows = [
            (viewer.moment(each.at), actor(each.actor, names), each.what.replace("_", " "), told(each.data, names))
            for each in found.items
        ]
        heads = [t(f"admin.audit.{each}") for each in ("at", "actor", "what", "data")]
        with ui.element("section").classes("tl-card"):
            shown.table(t("admin.audit"), heads, rows)
        if found.next is not None:
            link(t("list.older"), f"/console/admin/audit?{urlencode(asked | {'before': str(found.next)})}")


def _filter(frame: Frame, asked: dict[str, str], people: dict[str, str]) -> None:
    t = frame.viewer.t
    everybody = {"": t("admin.audit.anybody"), "operator": t("admin.audit.operator"), **people}
    everything = {"": t("admin.audit.anything"), **{each: each.replace("_", " ") for each in AUDITED}}
    with ui.element("div").classes("tl-row tl-ad-filter"):
        who = ui.select(
            everybody | ({asked["actor"]: asked["actor"]} if asked["actor"] not in everybody else {}),
            label=t("admin.audit.actor"),
            value=asked["actor"],
        )
        what = ui.select(
            everything, label=t("admin.audit.what"), value=asked["what"] if asked["what"] in everything else ""
        )
        day = ui.input(t("admin.audit.day"), value=asked["day"]).props("type=date stack-label")
        for field in (who, what, day):
            field.props("outlined dense").classes("tl-field")

        def go() -> None:
            wanted = {"actor": who.value or "", "what": what.value or "", "day": day.value or ""}
            frame.go(f"/admin/audit?{urlencode(wanted)}")

        ui.button(t("admin.audit.show"), on_click=go).props("outline")


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
