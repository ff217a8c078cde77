"""``/console/improvements``: what is done so that something gets better. A board by status, what grows as a source of new ones, and a page
for each."""

from functools import partial
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from nicegui import ui

from services.desk import improving
from services.desk.console.buttons import ask_to_remove
from services.desk.console.frame import Frame, page
from services.desk.console.improving import views
from services.desk.console.improving.views import Card
from services.desk.console.links import link
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.reporting import report, span_of, suggestions
from shared.clock import now
from shared.documents.improvement import NAME, Improvement, Origin
from shared.messages.documents import DocumentFact, RemoveDocument, SaveDocument
from shared.messages.ticket import AgentsAnswer, AgentsQuery
from shared.texts import text

_SHOWN: Final = 200
_LOOK: Final = '<link rel="stylesheet" href="/console/look/quality.css">'
_ICONS: Final = {"training": "school", "tool": "build", "article": "menu_book", "process": "account_tree"}


@page("/improvements", "improve.title")
async def improvements(frame: Frame) -> None:
    """The board."""
    viewer = frame.viewer
    ui.add_head_html(_LOOK)
    query = viewer.client.request.query_params
    words, whose = query.get("q", "")[:200].strip(), query.get("owner", "")
    names = await _names(viewer)
    found = await improving.listed(viewer.gate, words=words, per_page=_SHOWN)
    facts = [each for each in found.items if not whose or each.body.get("owner") == viewer.principal.email]
    with ui.element("div").classes("tl-heading"):
        with ui.element("h1"):
            ui.label(viewer.t("improve.title"))
        ui.element("span").classes("tl-grow")
        if viewer.may("agent"):
            link(viewer.t("improve.new"), "/console/improvements/new").classes("ql-new")
            frame.keys.bind("n", viewer.t("improve.new"), partial(frame.go, "/improvements/new"))
    _search(viewer, words, whose)
    board = views.board(facts, names, now())
    with ui.element("div").classes("ql-board"):
        for status, cards in board.items():
            if status == "dropped" and not cards:
                continue
            with ui.element("section").classes("ql-column") as column:
                column.props["aria-labelledby"] = f"status-{status}"
                with ui.element("h2").props(f"id=status-{status}"):
                    ui.label(f"{text(f'report.column.{status}', viewer.language)} ({len(cards)})")
                for card in cards:
                    _card(viewer, card)
                if not cards:
                    ui.label(viewer.t("improve.none")).classes("tl-quiet")
    if found.total > _SHOWN:
        ui.label(viewer.t("improve.newest", count=_SHOWN)).classes("tl-quiet")
    if viewer.may("agent"):
        _growing(viewer, opened=bool(query.get("growing")), frame=frame)


def _search(viewer: Viewer, words: str, whose: str) -> None:
    with ui.element("form").props("action=/console/improvements method=get role=search").classes("ql-search"):
        with ui.element("label"):
            ui.label(viewer.t("improve.search"))
            field = ui.element("input").props("type=search name=q maxlength=200")
            field.props["value"] = words
        with ui.element("label").classes("ql-check"):
            box = ui.element("input").props("type=checkbox name=owner value=me onchange=this.form.requestSubmit()")
            if whose:
                box.props["checked"] = True
            ui.label(viewer.t("improve.mine"))
        with ui.element("button").props("type=submit"):
            ui.label(viewer.t("improve.find"))


def _card(viewer: Viewer, card: Card) -> None:
    with link(target=f"/console/improvements/{card.id}").classes("ql-card"):
        ui.label(card.what).classes("ql-what")
        with ui.element("div").classes("ql-facts"):
            with ui.element("span").classes("tl-chip"):
                ui.icon(_ICONS[card.kind]).props("aria-hidden=true")
                ui.label(text(f"report.value.{card.kind}", viewer.language))
            ui.label(card.owner or viewer.t("improve.nobody")).classes("tl-quiet")
            if card.due is not None:
                due = viewer.t("improve.until", day=viewer.short(card.due))
                if card.late:
                    ui.label(viewer.t("improve.late", due=due)).classes("ql-late")
                else:
                    ui.label(due).classes("tl-quiet")


def _growing(viewer: Viewer, *, opened: bool, frame: Frame) -> None:
    """What grows, with its examples, to be proposed. It is reckoned when it is opened."""
    with ui.element("details").classes("tl-card ql-growing") as section:
        with ui.element("summary"), ui.element("h2"):
            ui.label(viewer.t("improve.growing"))
        ui.label(viewer.t("improve.growing.about")).classes("tl-quiet")
        body = ui.element("div").props("aria-live=polite")

    async def fill() -> None:
        if body.default_slot.children:
            return
        with body:
            ui.label(viewer.t("reports.reckoning")).classes("tl-quiet").props("role=status")
        span = span_of("", "", ZoneInfo(viewer.parts.settings.timezone))
        try:
            found = suggestions(await report(viewer.gate, ["recurring"], span), viewer.language)
        except DeskError as error:
            body.clear()
            viewer.complain(error)
            return
        body.clear()
        with body:
            for each in found:
                with ui.element("div").classes("tl-row ql-suggestion"):
                    ui.label(each.what).classes("tl-grow")
                    for number in each.origin.tickets:
                        link(f"T-{number}", f"/console/ticket/{number}")
                    link(viewer.t("improve.propose"), views.path_of(each)).classes("ql-new")
            if not found:
                ui.label(viewer.t("improve.growing.none")).classes("tl-quiet")

    section.on("toggle", fill, throttle=0.2)
    if opened:
        section.props["open"] = True
        frame.every(0.05, fill, once=True)


# -- one of them --------------------------------------------------------------------------------------------------------------


@page("/improvements/new", "improve.new", least="agent")
async def new_improvement(frame: Frame) -> None:
    """A new one, of nothing or of what grows."""
    viewer = frame.viewer
    ui.add_head_html(_LOOK)
    what, origin = views.proposed(viewer.client.request.query_params)
    names = await _names(viewer)
    key = uuid4().hex  # a second click proposes no second one
    with ui.element("h1"):
        ui.label(viewer.t("improve.new"))
    with ui.element("section").classes("tl-card tl-form"):
        fields = _Fields(viewer, names, {"kind": "training", "what": what, "origin": origin})
        _origin(viewer, origin)

        async def propose() -> None:
            if not fields.complete():
                return
            body = Improvement.model_validate(fields.values() | {"origin": origin.model_dump()})
            numbers = [*origin.tickets, *origin.feedback]
            save = SaveDocument(
                kind=NAME, id=key, document_number=numbers[0] if numbers else None, body=body.model_dump(mode="json")
            )
            if await viewer.try_to(save, key=key) is not None:
                frame.go(f"/improvements/{key}")

        ui.button(viewer.t("improve.propose"), on_click=propose)


@page("/improvements/{improvement_id}", "improve.one")
async def one_improvement(frame: Frame, improvement_id: str) -> None:
    """One action: what, why, by whom, until when, how far it is."""
    viewer = frame.viewer
    ui.add_head_html(_LOOK)
    fact = await improving.found(viewer.gate, improvement_id[:120])
    body = Improvement.model_validate(fact.body)
    names = await _names(viewer)
    role = viewer.principal.role
    link(f"‹ {viewer.t('improve.title')}", "/console/improvements")
    with ui.element("div").classes("tl-heading"):
        with ui.element("h1"):
            ui.label(body.what)
        ui.label(text(f"report.column.{body.status}", viewer.language)).classes("tl-chip")
    with ui.element("div").classes("ql-two"):
        with ui.element("section").classes("tl-card tl-form"):
            with ui.element("h2"):
                ui.label(viewer.t("improve.words"))
            fields = _Fields(viewer, names, body.model_dump(), fixed=not views.may_word(body, role))
            _origin(viewer, body.origin)
            if views.may_word(body, role):
                ui.button(viewer.t("save"), on_click=lambda: _change(viewer, fact, fields, {}))
        with ui.element("section").classes("tl-card tl-form"):
            with ui.element("h2"):
                ui.label(viewer.t("improve.progress"))
            _history(viewer, fact, body)
            steps = views.steps(body, role, now()) if viewer.may("agent") else []
            outcome = ui.textarea(viewer.t("improve.outcome"), value=body.outcome).props("outlined autogrow")
            if not steps:
                outcome.props("readonly")
            with ui.element("div").classes("tl-row"):
                for status in steps:
                    ui.button(
                        viewer.t(f"improve.to.{status}"),
                        on_click=partial(_step, viewer, fact, fields, outcome, status),
                    ).props("outline" if status == "dropped" else "unelevated")
            if viewer.may("lead"):
                ui.button(viewer.t("improve.remove"), on_click=lambda: _remove(frame, fact.id), color="negative").props(
                    "flat"
                )


class _Fields:
    """The fields of an action; ``fixed`` ones are only read."""

    def __init__(self, viewer: Viewer, names: dict[str, str], body: dict[str, Any], *, fixed: bool = False) -> None:
        self._viewer, self.fixed = viewer, fixed
        self._zone = ZoneInfo(viewer.parts.settings.timezone)
        t = viewer.t
        kinds = {each: text(f"report.value.{each}", viewer.language) for each in views.SORTS}
        self._kind = ui.select(kinds, label=t("improve.kind"), value=body["kind"]).props("outlined dense")
        self._what = ui.textarea(t("improve.what"), value=body.get("what", "")).props(
            "outlined autogrow rows=2 maxlength=500"
        )
        self._why = ui.textarea(t("improve.why"), value=body.get("why", "")).props("outlined autogrow maxlength=4000")
        owner = body.get("owner") or ""
        people = {"": t("improve.nobody"), **names} | ({owner: owner} if owner and owner not in names else {})
        self._owner = ui.select(people, label=t("improve.owner"), value=owner).props("outlined dense")
        self._day = f"{body['due'].astimezone(self._zone):%Y-%m-%d}" if body.get("due") else ""
        self._due_was = body.get("due")
        self._due = ui.input(t("improve.due"), value=self._day).props("outlined dense type=date stack-label")
        for each in (self._kind, self._what, self._why, self._owner, self._due):
            if fixed:
                each.props("readonly")

    def complete(self) -> bool:
        """Whether there is all that is needed; what is missing is said at its field."""
        missing = not str(self._what.value or "").strip()
        self._what.props(remove="error error-message")
        if missing:
            self._what.props["error"], self._what.props["error-message"] = True, self._viewer.t("opening.needed")
            self._what.update()
        return not missing

    def values(self) -> dict[str, Any]:
        """What stands in them, as JSON; a day that nobody changed keeps its time."""
        written = str(self._due.value or "")
        due = self._due_was if written == self._day else views.day_end(written, self._zone)
        return {
            "kind": self._kind.value,
            "what": str(self._what.value).strip(),
            "why": str(self._why.value or "").strip(),
            "owner": self._owner.value or "",
            "due": due.isoformat() if due else None,
        }


async def _change(viewer: Viewer, fact: DocumentFact, fields: _Fields, more: dict[str, Any]) -> None:
    if not fields.complete():
        return
    body = {**fact.body, **({} if fields.fixed else fields.values()), **more}
    save = SaveDocument(kind=NAME, id=fact.id, document_number=fact.number, body=body, seen=fact.revision)
    if await viewer.try_to(save) is not None:
        with viewer.client:
            ui.navigate.reload()


async def _step(viewer: Viewer, fact: DocumentFact, fields: _Fields, outcome: ui.textarea, status: str) -> None:
    said = str(outcome.value or "").strip()
    outcome.props(remove="error error-message")
    if status in ("done", "dropped") and not said:
        outcome.props["error"], outcome.props["error-message"] = True, viewer.t("improve.outcome_needed")
        outcome.update()
        return
    await _change(viewer, fact, fields, {"status": status, "outcome": said})


def _remove(frame: Frame, improvement_id: str) -> None:
    t, removed = frame.viewer.t, RemoveDocument(kind=NAME, id=improvement_id)
    ask_to_remove(frame, t("improve.remove"), t("improve.remove_sure"), removed, "/improvements")


def _origin(viewer: Viewer, origin: Origin) -> None:
    """Where it comes from, with ways there."""
    if not (origin.tickets or origin.feedback or origin.reviews or origin.trend):
        return
    with ui.element("div").classes("ql-origin"):
        ui.label(viewer.t("improve.origin")).classes("tl-quiet")
        if origin.trend is not None:
            trend = origin.trend
            ui.label(
                text(
                    "improvement.suggested",
                    viewer.language,
                    term=trend.term or trend.category,
                    now=trend.now,
                    before=trend.before,
                )
            )
        with ui.element("div").classes("tl-row"):
            for number in dict.fromkeys([*origin.tickets, *origin.feedback]):
                link(f"T-{number}", f"/console/ticket/{number}")
            for each in origin.reviews:
                link(viewer.t("improve.review"), f"/console/reviews/{each}")


def _history(viewer: Viewer, fact: DocumentFact, body: Improvement) -> None:
    for key, at in (("proposed", fact.made_at), ("accepted", body.accepted_at), ("done", body.done_at)):
        if at is not None:
            told = f"{text(f'report.column.{key}', viewer.language)}: {viewer.moment(at)}"
            ui.label(told).classes("tl-quiet")


async def _names(viewer: Viewer) -> dict[str, str]:
    return {each.email: each.name for each in (await viewer.ask("agents", AgentsQuery(), AgentsAnswer)).agents}
