"""Agents: who they are, and all that can be changed of one; the own part of it is also on everybody's preferences."""

from functools import partial
from typing import Any, Final

from nicegui import ui

from services.desk.console.admin import frame as shown
from services.desk.console.admin.notifying import Notifying
from services.desk.console.admin.views import languages_of
from services.desk.console.asking import ask_sure, ask_text
from services.desk.console.buttons import button_of
from services.desk.console.frame import Frame
from services.desk.console.links import link
from services.desk.console.viewer import Viewer
from shared.clock import now
from shared.messages.agents import AddPoint, DropPoint, VerifyPoint
from shared.messages.command import CreateAgent
from shared.messages.life import AWAY
from shared.messages.signin import AskPassword, SessionsAnswer, SessionsQuery, SignOut
from shared.messages.staff import BlockAgent, ChangeStaff, UnblockAgent
from shared.messages.ticket import AgentPointView, AgentsAnswer, AgentsQuery, AgentView
from shared.texts.languages import LANGUAGES, OWN_NAMES

KINDS: Final = ("email", "phone", "whatsapp", "telegram")


async def agents_of(viewer: Viewer) -> list[AgentView]:
    """All agents. Raises `services.desk.errors.DeskError`."""
    return (await viewer.ask("agents", AgentsQuery(), AgentsAnswer)).agents


def away(viewer: Viewer, agent: AgentView) -> str:
    """Whether they are away, and until when; or work here no longer."""
    if agent.blocked_at is not None:
        return viewer.t("admin.blocked")
    if agent.away_until is None or agent.away_until <= now():
        return ""
    if agent.away_until >= AWAY:
        return viewer.t("admin.away")
    return viewer.t("admin.away.until", at=viewer.moment(agent.away_until))


async def overview(frame: Frame, place: ui.element) -> None:
    """The list of all, and a form for another one."""
    viewer, t = frame.viewer, frame.viewer.t
    agents = await agents_of(viewer)
    heads = [t(f"admin.{each}") for each in ("name", "role", "languages", "open", "points", "away.head")]
    rows = [
        (
            lambda each=each: link(each.name, f"/console/admin/agents/{each.email}"),
            shown.role_name(viewer, each.role),
            ", ".join(each.languages),
            viewer.figure(each.open) + (f" / {viewer.figure(each.capacity)}" if each.capacity is not None else ""),
            ", ".join([each.email, *(_point(viewer, point) for point in each.points)]),
            away(viewer, each),
        )
        for each in agents
    ]
    with place, ui.element("section").classes("tl-card"):
        shown.table(t("admin.agents"), heads, rows)
    with place, ui.element("section").classes("tl-card"):
        _invitation(frame)


def _point(viewer: Viewer, point: AgentPointView) -> str:
    words = f"{viewer.t(f'admin.point.{point.kind}')} {point.value}".strip()
    return words if point.verified else f"{words} ({viewer.t('admin.point.unproven')})"


def _invitation(frame: Frame) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    shown.heading(t("admin.invite"))
    roles = {each: shown.role_name(viewer, each) for each in shown.ROLES if each != "admin" or viewer.may("admin")}
    with ui.element("div").classes("tl-ad-form"):
        name = ui.input(t("admin.name")).props("outlined dense")
        email = ui.input(t("admin.email")).props("outlined dense type=email")
        role = ui.select(roles, label=t("admin.role"), value="agent").props("outlined dense")

        async def invite() -> None:
            made = CreateAgent(email=email.value, name=name.value, role=role.value)
            if await viewer.try_to(made) is None:
                return
            asked = AskPassword(email=email.value, kind="invitation")
            if await viewer.try_to(asked, t("admin.invited", email=email.value)) is not None:
                frame.go(f"/admin/agents/{email.value.strip().lower()}")

        ui.button(t("admin.invite.send"), on_click=invite)


async def one(frame: Frame, agent: AgentView) -> None:
    """Everything about one agent."""
    viewer, t = frame.viewer, frame.viewer.t
    if agent.blocked_at is not None:
        # Nothing else of theirs can be changed, or would mean anything.
        _gone(frame, agent)
        return
    with ui.element("section").classes("tl-card"):
        shown.heading(t("admin.person"))
        _work(frame, agent, own=False)
    own_part(frame, agent)
    sessions = await viewer.ask("sessions", SessionsQuery(email=agent.email), SessionsAnswer)
    with ui.element("section").classes("tl-card"):
        shown.heading(t("admin.access"))
        rows = [(each.browser or "–", each.network, viewer.ago(each.seen_at)) for each in sessions.sessions]
        if rows:
            shown.table(t("admin.access"), [t(f"admin.session.{e}") for e in ("browser", "network", "seen")], rows)
        else:
            ui.label(t("admin.session.none")).classes("tl-quiet")

        async def out() -> None:
            if await viewer.try_to(SignOut(email=agent.email), t("admin.signed_out")) is not None:
                ui.navigate.reload()

        async def reset() -> None:
            await viewer.try_to(AskPassword(email=agent.email, kind="reset"), t("admin.reset.sent", email=agent.email))

        with ui.element("div").classes("tl-row"):
            ui.button(
                t("admin.sign_out"),
                on_click=lambda: ask_sure(viewer, t("admin.sign_out"), t("admin.sign_out.sure", name=agent.name), out),
            ).props("outline")
            ui.button(t("admin.reset"), on_click=reset).props("outline")
    if viewer.may("admin") and agent.id != viewer.principal.agent_id:
        _leaving(frame, agent)


def _leaving(frame: Frame, agent: AgentView) -> None:
    """For somebody who works here no longer."""
    viewer, t = frame.viewer, frame.viewer.t

    async def block() -> None:
        done = await viewer.try_to(BlockAgent(email=agent.email), t("admin.block.done", name=agent.name))
        if done is None:
            return
        if done["tokens"]:
            _still_working(viewer, [str(each) for each in done["tokens"]])
        else:
            ui.navigate.reload()

    sure = t("admin.block.sure", name=agent.name, count=viewer.figure(agent.open))
    with ui.element("section").classes("tl-card"):
        shown.heading(t("admin.leaving"))
        ui.label(t("admin.block.about")).classes("tl-quiet")
        with ui.element("div").classes("tl-row"):
            ui.button(
                t("admin.block"), on_click=lambda: ask_sure(viewer, t("admin.block"), sure, block), color="negative"
            ).props("outline")


def _still_working(viewer: Viewer, names: list[str]) -> None:
    """What somebody who was blocked may still have: said until it is read."""
    with viewer.client, ui.dialog().props("persistent") as dialog, ui.card().classes("tl-dialog"):
        dialog.props["aria-label"] = viewer.t("admin.tokens")
        ui.label(viewer.t("admin.tokens")).classes("text-h6")
        ui.label(viewer.t("admin.block.tokens", names=", ".join(names)))
        link(viewer.t("admin.tokens"), "/console/admin/tokens")
        ui.button(viewer.t("close"), on_click=ui.navigate.reload).props("flat")
    dialog.open()


def _gone(frame: Frame, agent: AgentView) -> None:
    """Somebody who works here no longer, and the way back."""
    viewer, t = frame.viewer, frame.viewer.t

    async def back() -> None:
        if await viewer.try_to(UnblockAgent(email=agent.email), t("admin.unblock.done", name=agent.name)) is not None:
            ui.navigate.reload()

    with ui.element("section").classes("tl-card"):
        shown.heading(t("admin.leaving"))
        at = viewer.moment(agent.blocked_at) if agent.blocked_at is not None else ""
        ui.label(t("admin.blocked.since", at=at))
        # A number of the company's goes to whoever comes next: it is theirs only once it is nobody's.
        for point in agent.points:
            with ui.element("div").classes("tl-row"):
                ui.label(_point(viewer, point))
                button_of(point.value, t("admin.point.drop"), partial(_drop, frame, agent, point))
        if viewer.may("admin"):
            sure = t("admin.unblock.sure", name=agent.name)
            ui.button(t("admin.unblock"), on_click=lambda: ask_sure(viewer, t("admin.unblock"), sure, back)).props(
                "outline"
            )


def own_part(frame: Frame, agent: AgentView) -> None:
    """How an agent is reached and told, and what stands below what they write."""
    with ui.element("section").classes("tl-card"):
        shown.heading(frame.viewer.t("admin.points"))
        _points(frame, agent)
    with ui.element("section").classes("tl-card"):
        shown.heading(frame.viewer.t("admin.notify"))
        Notifying(frame, agent).build()
    with ui.element("section").classes("tl-card"):
        shown.heading(frame.viewer.t("admin.signatures"))
        _signatures(frame, agent)


def own_work(frame: Frame, agent: AgentView) -> None:
    """What an agent says of their own work: name for customers, languages, hours, and whether they are away."""
    with ui.element("section").classes("tl-card"):
        shown.heading(frame.viewer.t("admin.person"))
        _work(frame, agent, own=True)


async def _keep(viewer: Viewer, agent: AgentView, **fields: Any) -> None:
    await viewer.try_to(ChangeStaff(email=agent.email, fields=fields), viewer.t("admin.kept"))


def _work(frame: Frame, agent: AgentView, *, own: bool) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    hours = {"": t("admin.hours.none"), **{each.name: each.name for each in viewer.parts.settings.hours}}
    roles = {each: shown.role_name(viewer, each) for each in shown.ROLES if each != "admin" or viewer.may("admin")}
    with ui.element("div").classes("tl-ad-form"):
        name = ui.input(t("admin.name"), value=agent.name).props("outlined dense")
        public = ui.input(t("admin.public_name"), value=agent.public_name).props("outlined dense")
        role = None
        if not own:
            role = ui.select(
                roles | {agent.role: shown.role_name(viewer, agent.role)}, label=t("admin.role"), value=agent.role
            )
            role.props("outlined dense")
        languages = ui.input(t("admin.languages.hint"), value=", ".join(agent.languages)).props("outlined dense")
        at = ui.select(hours | {agent.hours: agent.hours or hours[""]}, label=t("admin.hours"), value=agent.hours)
        at.props("outlined dense")
        capacity = ui.number(t("admin.capacity"), value=agent.capacity, min=0, precision=0).props(
            "outlined dense clearable"
        )
        gone = ui.switch(t("admin.away.switch"), value=bool(away(viewer, agent)))

        async def keep() -> None:
            fields: dict[str, Any] = {
                "name": name.value,
                "public_name": public.value,
                "languages": languages_of(languages.value),
                "hours": at.value,
                "capacity": int(capacity.value) if capacity.value is not None else None,
            }
            if gone.value != bool(away(viewer, agent)):
                fields["away_until"] = AWAY.isoformat() if gone.value else None
            if role is not None and role.value != agent.role:
                fields["role"] = role.value
            await _keep(viewer, agent, **fields)

        ui.button(viewer.t("save"), on_click=keep)


def _points(frame: Frame, agent: AgentView) -> None:
    viewer, t = frame.viewer, frame.viewer.t
    ui.label(t("admin.points.about", email=agent.email)).classes("tl-quiet")
    for point in agent.points:
        with ui.element("div").classes("tl-row"):
            ui.label(_point(viewer, point))
            if not point.verified and point.kind != "telegram":
                button_of(
                    point.value,
                    t("admin.point.code"),
                    lambda point=point: _prove(frame, agent, point.kind, point.value),
                )
            button_of(point.value, t("admin.point.drop"), partial(_drop, frame, agent, point))
    with ui.element("div").classes("tl-row"):
        kinds = {each: t(f"admin.point.{each}") for each in KINDS}
        kind = ui.select(kinds, label=t("admin.point.kind"), value="phone").props("outlined dense").classes("tl-field")
        value = ui.input(t("admin.point.value")).props("outlined dense")

        async def add() -> None:
            wanted = AddPoint(email=agent.email, kind=kind.value, value="" if kind.value == "telegram" else value.value)
            done = await viewer.try_to(wanted)
            if done is None:
                return
            if done.get("code"):
                _telegram(viewer, done)
            else:
                _prove(frame, agent, kind.value, str(done.get("value") or value.value))

        ui.button(t("admin.point.add"), on_click=add).props("outline")


async def _drop(frame: Frame, agent: AgentView, point: AgentPointView) -> None:
    dropped = DropPoint(email=agent.email, kind=point.kind, value=point.value)
    if await frame.viewer.try_to(dropped) is not None:
        ui.navigate.reload()


def _prove(frame: Frame, agent: AgentView, kind: str, value: str) -> None:
    viewer, t = frame.viewer, frame.viewer.t

    async def prove(code: str) -> None:
        proof = VerifyPoint(email=agent.email, kind=kind, value=value, code=code)
        done = await viewer.try_to(proof)
        if done is not None and done.get("verified"):
            ui.navigate.reload()
        elif done is not None:
            viewer.say(t("admin.point.wrong"), "negative")

    ask_text(viewer, t("admin.point.sent", value=value), t("admin.point.code"), prove)


def _telegram(viewer: Viewer, done: dict[str, Any]) -> None:
    with viewer.client, ui.dialog() as dialog, ui.card().classes("tl-dialog"):
        dialog.props["aria-label"] = viewer.t("admin.point.telegram.do")
        ui.label(viewer.t("admin.point.telegram.do")).classes("text-h6")
        ui.label(str(done.get("command") or f"/start {done['code']}")).classes("tl-ad-secret")
        if done.get("link"):
            link(str(done["link"]), str(done["link"])).props("target=_blank rel=noreferrer")
        ui.button(viewer.t("close"), on_click=ui.navigate.reload).props("flat")
    dialog.open()


def _signatures(frame: Frame, agent: AgentView) -> None:
    viewer = frame.viewer
    with ui.element("div").classes("tl-ad-form"):
        fields = {
            each: ui.textarea(OWN_NAMES[each], value=agent.signatures.get(each, "")).props("outlined autogrow")
            for each in LANGUAGES
        }

        async def keep() -> None:
            await _keep(viewer, agent, signatures={each: field.value or "" for each, field in fields.items()})

        ui.button(viewer.t("save"), on_click=keep)
