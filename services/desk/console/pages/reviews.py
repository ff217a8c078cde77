"""``/console/reviews``: quality review. Leads draw tickets and score them beside the conversation; everybody sees the results that are
theirs."""

from functools import partial
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from nicegui import ui

from services.desk import reviewing
from services.desk.console.frame import Frame, page
from services.desk.console.links import link
from services.desk.console.reporting.asked import Asked, asked
from services.desk.console.reporting.choosing import choose_period
from services.desk.console.reporting.sections import asked_for
from services.desk.console.reporting.telling import Words, names_of, sheet, with_names
from services.desk.console.reporting.writing import show_sheet
from services.desk.console.reviewing import views
from services.desk.console.reviewing.scoring import Scoring
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.reporting import span_of
from shared.clock import now
from shared.documents.reviewing import MOST_DRAWN, Review
from shared.messages.command import Action
from shared.messages.ticket import AgentsAnswer, AgentsQuery, TicketView
from shared.reports.wording import title

_LOOK: Final = (
    '<link rel="stylesheet" href="/console/look/reports.css"><link rel="stylesheet" href="/console/look/quality.css">'
)


@page("/reviews", "reviews.title")
async def reviews(frame: Frame) -> None:
    """What is still to be looked at, what was, and the results."""
    viewer = frame.viewer
    ui.add_head_html(_LOOK)
    zone = ZoneInfo(viewer.parts.settings.timezone)
    wish = asked(viewer.client.request.query_params, now().astimezone(zone).date())
    names = names_of((await viewer.ask("agents", AgentsQuery(), AgentsAnswer)).agents)
    role, email = viewer.principal.role, viewer.principal.email
    with ui.element("h1"):
        ui.label(viewer.t("reviews.title"))
    if views.may_draw(role):
        await _draw_form(frame, wish, names)
    if views.sees_all(role):
        begun = await reviewing.listed(viewer.gate, role, email, state="open", per_page=100)
        _list(viewer, "reviews.open", views.lines(begun.items, names), done=False)
    done = await reviewing.listed(viewer.gate, role, email, state="done", per_page=50)
    own = "reviews.done" if views.sees_all(role) else "reviews.of_me"
    _list(viewer, own, views.lines(done.items, names), done=True)
    choose_period(viewer, wish, "/console/reviews")
    place = ui.element("section").classes("tl-card").props("aria-live=polite")
    with place:
        ui.label(viewer.t("reports.reckoning")).classes("tl-quiet").props("role=status")
    frame.every(0.05, partial(_results, viewer, wish, zone, names, place), once=True)


def _list(viewer: Viewer, heading: str, lines: list[views.Line], *, done: bool) -> None:
    t = viewer.t
    with ui.element("section").classes("tl-card"):
        with ui.element("h2"):
            ui.label(f"{t(heading)} ({len(lines)})")
        if not lines:
            ui.label(t("reviews.none")).classes("tl-quiet")
            return
        for line in lines:
            with ui.element("div").classes("ql-line"):
                with link(target=f"/console/reviews/{line.id}").classes("ql-what"):
                    ui.label(f"T-{line.number} {line.subject}")
                ui.label(line.agent or t("reviews.nobody"))
                ui.label(line.reviewer).classes("tl-quiet")
                if done:
                    ui.label(Words(viewer.language, viewer.zone).value(line.score, "share")).classes("ql-score")
                    ui.label(viewer.short(line.at)).classes("tl-quiet")
                else:
                    ui.label(t("reviews.left", left=line.left, of=line.of)).classes("tl-chip")


async def _draw_form(frame: Frame, wish: Asked, names: dict[str, str]) -> None:
    """Which tickets to draw from, and how many."""
    viewer = frame.viewer
    t = viewer.t
    checklists = await reviewing.checklists(viewer.gate)
    draw_id = uuid4().hex  # a second click draws no second time
    with ui.element("details").classes("tl-card ql-draw"):
        with ui.element("summary"), ui.element("h2"):
            ui.label(t("reviews.draw"))
        ui.label(t("reviews.draw.about")).classes("tl-quiet")
        link(t("checklists.title"), "/console/checklists")
        with ui.element("div").classes("ql-fields"):
            since = ui.input(t("reports.since"), value=wish.since.isoformat()).props("outlined dense type=date")
            until = ui.input(t("reports.until"), value=wish.until.isoformat()).props("outlined dense type=date")
            count = ui.number(t("reviews.count"), value=5, min=1, max=MOST_DRAWN, precision=0).props("outlined dense")
            everybody = {"": t("reports.all")}
            agent = ui.select(everybody | names, label=t("reports.agent"), value="").props("outlined dense")
            teams = {each.name: each.name for each in viewer.parts.settings.team}
            team = ui.select(everybody | teams, label=t("reports.team"), value="").props("outlined dense")
            lists = {name: each.name for name, each in checklists.items()}
            checklist = ui.select(lists, label=t("reviews.checklist"), value=next(iter(lists)))
            checklist.props("outlined dense")
            seed = ui.input(t("reviews.seed")).props("outlined dense maxlength=200")
            seed.props["hint"] = t("reviews.seed.about")

        async def draw() -> None:
            zone = ZoneInfo(viewer.parts.settings.timezone)
            try:
                span = span_of(str(since.value or ""), str(until.value or ""), zone)
                wanted = reviewing.Wish(
                    since=span.since,
                    until=span.until,
                    count=min(max(int(count.value or 1), 1), MOST_DRAWN),
                    team=team.value or None,
                    agent=agent.value or None,
                    seed=str(seed.value or "").strip(),
                    checklist=str(checklist.value),
                )
                drawn = await reviewing.draw(
                    viewer.gate, _do(viewer, draw_id), viewer.actor, viewer.principal.name, draw_id, wanted
                )
            except DeskError as error:
                viewer.complain(error)
                return
            if not drawn:
                viewer.say(t("reviews.draw.nothing"), "warning")
                return
            frame.go("/reviews")

        ui.button(t("reviews.draw.do"), on_click=draw)


def _do(viewer: Viewer, call: str) -> Any:
    async def do(action: Action, part: str) -> dict[str, Any]:
        return await viewer.do(action, key=f"{call}\x1f{part}")

    return do


async def _results(viewer: Viewer, wish: Asked, zone: ZoneInfo, names: dict[str, str], place: ui.element) -> None:
    """Results per agent and criterion, of the period that the address asks for."""
    words = Words(viewer.language, zone)
    try:
        answer = await asked_for(viewer, ["quality"], wish, wish.span(zone))
    except DeskError as error:
        place.clear()
        viewer.complain(error)
        return
    before = {each.by: each for each in answer.previous}
    place.clear()
    with place:
        with ui.element("div").classes("tl-heading"):
            with ui.element("h2"):
                ui.label(viewer.t("reviews.results"))
            ui.label(f"{viewer.day(wish.since)} – {viewer.day(wish.until)}").classes("tl-quiet")
            link(viewer.t("reviews.to_report"), "/console/reports")
        # What was drawn and is not finished is a result, too.
        some = any(isinstance(each, int) and each > 0 for each in answer.tables[0].rows[0])
        for table in answer.tables:
            if table.by == "team" or not table.rows or not some:
                continue
            earlier = before.get(table.by)
            earlier = with_names(earlier, names, viewer.language) if earlier and table.by else earlier
            shown = with_names(table, names, viewer.language) if table.by else table
            show_sheet(sheet(shown, earlier, title(table, viewer.language), words), words)
        if not some:
            ui.label(viewer.t("reports.nothing")).classes("tl-quiet")


@page("/reviews/{review_id}", "reviews.one")
async def one_review(frame: Frame, review_id: str) -> None:
    """One review: the conversation, and beside it what is thought of it."""
    viewer = frame.viewer
    ui.add_head_html(_LOOK)
    role, email = viewer.principal.role, viewer.principal.email
    fact = await reviewing.found(viewer.gate, role, email, review_id[:120])
    review = Review.model_validate(fact.body)
    ticket = await viewer.gate.ticket(review.number)
    names = names_of((await viewer.ask("agents", AgentsQuery(), AgentsAnswer)).agents)
    link(f"‹ {viewer.t('reviews.title')}", "/console/reviews")
    with ui.element("div").classes("tl-heading"):
        with ui.element("h1"):
            ui.label(f"T-{review.number} {review.subject}")
        link(viewer.t("reviews.open_ticket"), f"/console/ticket/{review.number}")
    facts = [names.get(review.agent, review.agent) or viewer.t("reviews.nobody"), review.team, review.category]
    ui.label(" · ".join(each for each in facts if each)).classes("tl-quiet")
    with ui.element("div").classes("ql-two"):
        with ui.element("section").classes("tl-card ql-talk") as talk:
            talk.props["aria-label"] = viewer.t("reviews.conversation")
            _conversation(viewer, ticket)
        Scoring(frame, fact, review).build()


def _conversation(viewer: Viewer, ticket: TicketView | None) -> None:
    """The messages as they were read and written; what is quoted in them is left out."""
    with ui.element("h2"):
        ui.label(viewer.t("reviews.conversation"))
    if ticket is None:
        ui.label(viewer.t("reviews.gone")).classes("tl-quiet")
        return
    for message in (ticket.messages or [])[-views.MESSAGES :]:
        if message.side is not None:
            continue
        kind = message.direction if message.direction in ("in", "out") else "note"
        with ui.element("article").classes(f"ql-message ql-{kind}"):
            with ui.element("div").classes("tl-row tl-quiet"):
                ui.label(message.author or viewer.t(f"reviews.{kind}")).classes("ql-author")
                ui.label(viewer.t(f"reviews.{kind}"))
                ui.label(viewer.moment(message.created_at))
            ui.label((message.reply_text or message.text)[: views.EXCERPT]).classes("ql-text")
    if ticket.solution:
        with ui.element("h3"):
            ui.label(viewer.t("reviews.solution"))
        ui.label(ticket.solution).classes("ql-text")
