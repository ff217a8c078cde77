"""How an agent is told of what happens: by which channels, by which of them for what (rules), quiet hours, and what is told together."""

from datetime import timedelta
from typing import Any, Final, get_args
from zoneinfo import available_timezones

from nicegui import ui

from services.desk.console.admin import frame as shown
from services.desk.console.admin.views import minutes_of
from services.desk.console.buttons import button_of
from services.desk.console.frame import Frame
from shared.messages.parts import Priority
from shared.messages.staff import ChangeStaff
from shared.messages.ticket import AgentView
from shared.settings.notifying import Digest, NewsKind, Quiet
from shared.settings.quantities import show_duration

CHANNELS: Final = ("email", "telegram", "sms", "whatsapp")
PRIORITIES: Final[tuple[str, ...]] = get_args(Priority)
KINDS: Final[tuple[str, ...]] = get_args(NewsKind)
MOST_RULES: Final = 50
_SPANS: Final = (15, 30, 60, 240, 1440, 10080)  # minutes


class Notifying:
    """The form. What of an agent's choice it does not show stays as it is."""

    def __init__(self, frame: Frame, agent: AgentView) -> None:
        self._frame, self._agent = frame, agent
        self._kept = dict(agent.notify)
        self._rules: list[dict[str, Any]] = [dict(each) for each in self._kept.get("rules") or ()]
        self._channels = {each: self._t(f"admin.point.{'phone' if each == 'sms' else each}") for each in CHANNELS}
        self._kinds = {each: self._t(f"admin.notify.kind.{each}") for each in KINDS}
        self._priorities = {each: self._t(f"priority.{each}") for each in PRIORITIES}

    def _t(self, key: str, **variables: Any) -> str:
        return self._frame.viewer.t(key, **variables)

    def build(self) -> None:
        """Draw it."""
        with ui.element("div").classes("tl-ad-form"):
            chosen = list(self._kept.get("channels", ["email"]))
            self._ways = self._several("admin.notify.channels", self._channels, chosen)
            with ui.element("div").classes("tl-ad-rules").props("role=group") as place:
                place.props["aria-label"] = self._t("admin.notify.own")
                shown.heading(self._t("admin.notify.own"), 3)
                ui.label(self._t("admin.notify.own.about")).classes("tl-quiet")
                self._listed = ui.element("div").classes("tl-ad-form")
                self._draw_rules()
                ui.button(self._t("admin.notify.own.add"), on_click=self._add).props("outline dense")
            self._quiet()
            self._digest()
            ui.button(self._t("save"), on_click=self._keep)

    def _several(self, label: str, options: dict[str, str], chosen: list[str]) -> ui.select:
        known = options | {each: each for each in chosen if each not in options}
        field = ui.select(known, label=self._t(label), value=chosen, multiple=True)
        field.props("outlined dense use-chips")
        return field

    # -- rules ----------------------------------------------------------------------------------------------------------------

    def _draw_rules(self) -> None:
        self._listed.clear()
        with self._listed:
            for place, rule in enumerate(self._rules):
                self._rule(place, rule)

    def _rule(self, place: int, rule: dict[str, Any]) -> None:
        named = self._t("admin.notify.own.one", number=place + 1)
        with ui.element("fieldset").classes("tl-ad-onerule"):
            with ui.element("legend"):
                ui.label(named)
            for key, options, default in (
                ("events", self._kinds, []),
                ("priorities", self._priorities, []),
                ("channels", self._channels, ["email"]),
            ):
                field = self._several(f"admin.notify.own.{key}", options, list(rule.get(key, default)))
                field.on_value_change(lambda event, key=key: rule.update({key: list(event.value or ())}))
            with ui.element("div").classes("tl-row"):
                button_of(named, self._t("admin.notify.own.up"), lambda: self._move(place)).set_enabled(place > 0)
                button_of(named, self._t("admin.remove"), lambda: self._drop(place))

    def _add(self) -> None:
        if len(self._rules) < MOST_RULES:
            self._rules.append({"events": [], "priorities": ["urgent"], "channels": ["email"]})
            self._draw_rules()

    def _drop(self, place: int) -> None:
        del self._rules[place]
        self._draw_rules()

    def _move(self, place: int) -> None:
        self._rules[place - 1], self._rules[place] = self._rules[place], self._rules[place - 1]
        self._draw_rules()

    # -- when -----------------------------------------------------------------------------------------------------------------

    def _quiet(self) -> None:
        kept = self._kept.get("quiet") or {}
        self._calm = ui.switch(self._t("admin.notify.quiet"), value=bool(kept))
        with ui.element("div").classes("tl-ad-form").bind_visibility_from(self._calm, "value"):
            with ui.element("div").classes("tl-row"):
                self._start = ui.input(self._t("admin.notify.from"), value=str(kept.get("start", "22:00"))[:5])
                self._end = ui.input(self._t("admin.notify.to"), value=str(kept.get("end", "07:00"))[:5])
                for field in (self._start, self._end):
                    field.props("outlined dense type=time")
                zones = sorted(available_timezones())
                at = str(kept.get("zone") or self._frame.viewer.zone.key)
                self._zone = ui.select(zones, label=self._t("admin.notify.zone"), value=at if at in zones else "UTC")
                self._zone.props("outlined dense").classes("tl-field")
            default = list(Quiet.model_fields["but"].default)
            self._but = self._several("admin.notify.but", self._priorities, list(kept.get("but", default)))

    def _digest(self) -> None:
        kept = self._kept.get("digest") or {}
        self._together = ui.switch(self._t("admin.notify.digest"), value=bool(kept))
        with ui.element("div").classes("tl-ad-form").bind_visibility_from(self._together, "value"):
            events = list(kept.get("events", Digest.model_fields["events"].default))
            self._events = self._several("admin.notify.digest.events", self._kinds, events)
            minutes = minutes_of(kept.get("every")) or 60
            spans = {each: self._t(f"admin.notify.every.{each}") for each in _SPANS}
            known = spans if minutes in spans else {minutes: show_duration(timedelta(minutes=minutes)), **spans}
            self._every = ui.select(known, label=self._t("admin.notify.digest.every"), value=minutes)
            self._every.props("outlined dense")
            default = list(Digest.model_fields["but"].default)
            self._at_once = self._several("admin.notify.but", self._priorities, list(kept.get("but", default)))

    # -- keeping --------------------------------------------------------------------------------------------------------------

    def _chosen(self) -> dict[str, Any]:
        shown_here = ("channels", "rules", "quiet", "digest")
        chosen = {name: value for name, value in self._kept.items() if name not in shown_here}
        chosen |= {"channels": list(self._ways.value or ()), "rules": self._rules}
        if self._calm.value:
            chosen["quiet"] = {
                "start": self._start.value,
                "end": self._end.value,
                "zone": self._zone.value,
                "but": list(self._but.value or ()),
            }
        if self._together.value:
            chosen["digest"] = {
                "events": list(self._events.value or ()),
                "every": f"{int(self._every.value or 60)}m",
                "but": list(self._at_once.value or ()),
            }
        return chosen

    async def _keep(self) -> None:
        changed = ChangeStaff(email=self._agent.email, fields={"notify": self._chosen()})
        await self._frame.viewer.try_to(changed, self._t("admin.kept"))
