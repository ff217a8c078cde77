"""What can be done with a ticket as a whole: each with the least that must be asked for it. Not here: writing (`composer`)."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final

from services.desk.console.links import open_path
from services.desk.console.ticket.asking import Choice, Field, ask, choose
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import Refused
from shared.clock import now
from shared.messages import command as c
from shared.messages.after import Snooze
from shared.messages.gathering import Link, Merge, Tag, Unmerge
from shared.messages.staff import Escalate
from shared.messages.talking import Assign, Transfer, Watch

STATUSES: Final = (("open", "o"), ("pending", "p"), ("on_hold", "h"), ("solved", "s"), ("closed", "c"))
PRIORITIES: Final = (("low", "l"), ("normal", "n"), ("high", "h"), ("urgent", "u"))
LINKS: Final = ("related", "duplicate", "follow-up", "problem")
_MORNING: Final = time(9)


async def change(sheet: Sheet, **fields: Any) -> None:
    """New values of writable fields."""
    await sheet.do(c.Change(number=sheet.number, fields=fields))


# -- in place -----------------------------------------------------------------------------------------------------------------


def status(sheet: Sheet) -> None:
    """Another status. What is solved says how (`solve`)."""

    async def chosen(value: str) -> None:
        if value == "solved" and sheet.view.status != "solved":
            solve(sheet)
        elif value == "closed":
            await close(sheet)
        elif value != sheet.view.status:
            await change(sheet, status=value)

    options = [Choice(value, sheet.t(f"status.{value}"), key) for value, key in STATUSES]
    choose(sheet.viewer, sheet.t("field.status"), options, chosen, sheet.view.status)


def priority(sheet: Sheet) -> None:
    """Another priority."""
    options = [Choice(value, sheet.t(f"priority.{value}"), key) for value, key in PRIORITIES]

    async def chosen(value: str) -> None:
        await change(sheet, priority=value)

    choose(sheet.viewer, sheet.t("field.priority"), options, chosen, sheet.view.priority)


def category(sheet: Sheet) -> None:
    """Another category."""
    options = [Choice(each.name, each.name, detail=each.team) for each in sheet.settings.category]

    async def chosen(value: str) -> None:
        await change(sheet, category=value)

    choose(sheet.viewer, sheet.t("field.category"), options, chosen, sheet.view.category)


def team(sheet: Sheet) -> None:
    """Another team."""
    options = [Choice(each, each) for each in sheet.teams] + [Choice(None, sheet.t("none_set"), "0")]

    async def chosen(value: str | None) -> None:
        await sheet.do(Assign(number=sheet.number, to={"team": value}))

    choose(sheet.viewer, sheet.t("field.team"), options, chosen, sheet.view.team)


def assignee(sheet: Sheet) -> None:
    """Somebody else."""
    able = [each for each in sheet.colleagues if each.role != "auditor"]
    mine = [each for each in able if each.email == sheet.me]
    others = sorted((each for each in able if each.email != sheet.me), key=lambda each: each.name.casefold())
    options = [Choice(each.email, sheet.t("me"), "a", each.name) for each in mine]
    for each in others:
        away = each.away_until is not None and each.away_until > now()
        options.append(
            Choice(each.email, each.name, detail=sheet.t("away") if away else sheet.t("has", count=each.open))
        )
    options.append(Choice(None, sheet.t("nobody"), "0"))

    async def chosen(value: str | None) -> None:
        await sheet.do(Assign(number=sheet.number, to={"agent": value}))

    choose(sheet.viewer, sheet.t("field.assignee"), options, chosen, sheet.view.assignee)


def subject(sheet: Sheet) -> None:
    """Another subject."""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(c.Change(number=sheet.number, fields={"subject": values["subject"]}))
        await sheet.reload()

    field = Field("subject", sheet.t("field.subject"), value=sheet.view.subject, needed=True)
    ask(sheet.viewer, sheet.t("do.subject"), [field], filled, sheet.viewer.t("save"))


def tags(sheet: Sheet) -> None:
    """Its tags, with commas."""

    async def filled(values: dict[str, Any]) -> None:
        wanted = named(values["tags"])
        add = [each for each in wanted if each not in sheet.view.tags]
        remove = [each for each in sheet.view.tags if each not in wanted]
        if add or remove:
            await sheet.viewer.do(Tag(number=sheet.number, add=add, remove=remove))
            await sheet.reload()

    field = Field("tags", sheet.t("field.tags"), value=", ".join(sheet.view.tags), hint=sheet.t("commas"))
    ask(sheet.viewer, sheet.t("do.tags"), [field], filled, sheet.viewer.t("save"))


def named(written: str) -> list[str]:
    """What stands between commas, once each."""
    return list(dict.fromkeys(each.strip().lstrip("#") for each in written.split(",") if each.strip().lstrip("#")))


# -- its life -----------------------------------------------------------------------------------------------------------------


async def take(sheet: Sheet) -> None:
    """It is whoever's who looks."""
    await sheet.do(Assign(number=sheet.number, to={"agent": sheet.me}), sheet.t("done.taken"))


async def reopen(sheet: Sheet) -> None:
    """It is open again."""
    await sheet.do(c.Reopen(number=sheet.number), sheet.t("done.reopened"))


async def close(sheet: Sheet) -> None:
    """It is over."""
    await sheet.do(c.Close(number=sheet.number), sheet.t("done.closed"))


async def not_spam(sheet: Sheet) -> None:
    """It is no spam after all."""
    await sheet.do(c.NotSpam(number=sheet.number), sheet.t("done.not_spam"))


def solve(sheet: Sheet) -> None:
    """How it was solved, and what its category wants to know before it is closed: that may also be written down later."""
    view = sheet.view
    wants = next((each.require for each in sheet.settings.category if each.name == view.category), ())

    def field(name: str) -> Field:
        hint = sheet.t("closing_hint") if name in wants else ""
        return Field(name, sheet.t(f"field.{name}"), "text", getattr(view, name) or "", hint=hint)

    async def filled(values: dict[str, Any]) -> None:
        given = {name: values[name] or None for name in ("root_cause", "preventive_action", "tested")}
        action = c.Solve(number=sheet.number, summary=values["summary"], seen_at=sheet.seen_at, **given)
        await sheet.viewer.do(action)
        sheet.viewer.say(sheet.t("done.solved"))
        await sheet.reload()

    fields = [
        Field(
            "summary", sheet.t("field.summary"), "text", view.solution or "", needed=True, hint=sheet.t("summary_hint")
        ),
        field("root_cause"),
        field("preventive_action"),
        field("tested"),
    ]
    ask(sheet.viewer, sheet.t("do.solve"), fields, filled, sheet.t("do.solve"))


def snooze(sheet: Sheet) -> None:
    """Put it off until then."""
    zone = sheet.viewer.zone
    times = snoozes(now().astimezone(zone))
    options = [Choice(at, sheet.t(f"snooze.{name}"), detail=sheet.viewer.moment(at)) for name, at in times]
    options.append(Choice(None, sheet.t("snooze.other"), "0"))

    async def until(at: datetime) -> None:
        await sheet.do(Snooze(number=sheet.number, until=at), sheet.t("done.snoozed", until=sheet.viewer.moment(at)))

    async def chosen(value: datetime | None) -> None:
        if value is not None:
            await until(value)
            return

        async def filled(values: dict[str, Any]) -> None:
            await until(values["until"])

        field = Field("until", sheet.t("field.until"), "time", times[1][1], needed=True)
        ask(sheet.viewer, sheet.t("do.snooze"), [field], filled, sheet.t("do.snooze"))

    choose(sheet.viewer, sheet.t("do.snooze"), options, chosen)


def snoozes(at: datetime) -> list[tuple[str, datetime]]:
    """Usual times to put something off to, on the reader's clock."""

    def morning(days: int) -> datetime:
        return datetime.combine(at.date() + timedelta(days=days), _MORNING, at.tzinfo)

    return [
        ("hours", (at + timedelta(hours=3)).replace(second=0, microsecond=0)),
        ("tomorrow", morning(1)),
        ("monday", morning(7 - at.weekday())),
        ("week", morning(7)),
    ]


def escalate(sheet: Sheet) -> None:
    """Raise it to somebody, with a reason."""
    to = {"": sheet.t("lead"), **{each: each for each in sheet.teams}}
    to |= {each.email: each.name for each in sheet.colleagues if each.role != "auditor"}

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(
            Escalate(number=sheet.number, to=values["to"], reason=values["reason"], tell=values["tell"])
        )
        sheet.viewer.say(sheet.t("done.escalated"))
        await sheet.reload()

    fields = [
        Field("to", sheet.t("field.to"), "choice", "", to),
        Field("reason", sheet.t("field.reason"), "text", needed=True),
        Field("tell", sheet.t("field.tell"), "check", True),
    ]
    ask(sheet.viewer, sheet.t("do.escalate"), fields, filled, sheet.t("do.escalate"))


def hand_over(sheet: Sheet) -> None:
    """Give it to somebody else, with a reason."""
    to = {each: each for each in sheet.teams} | {
        each.email: each.name for each in sheet.colleagues if each.role != "auditor"
    }

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(Transfer(number=sheet.number, to=values["to"], reason=values["reason"]))
        sheet.viewer.say(sheet.t("done.handed_over"))
        await sheet.reload()

    fields = [
        Field("to", sheet.t("field.to"), "some", [], to, needed=True),
        Field("reason", sheet.t("field.reason"), "text", needed=True),
    ]
    ask(sheet.viewer, sheet.t("do.hand_over"), fields, filled, sheet.t("do.hand_over"))


async def _watch(sheet: Sheet, watch: bool) -> None:
    said = sheet.t("done.watched" if watch else "done.unwatched")
    await sheet.do(Watch(number=sheet.number, agent=sheet.me, watch=watch), said)


def spam(sheet: Sheet) -> None:
    """It is spam."""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(c.MarkSpam(number=sheet.number, block=values["block"]))
        await sheet.reload()

    fields = [Field("block", sheet.t("field.block"), "check", False)]
    ask(sheet.viewer, sheet.t("do.spam"), fields, filled, sheet.t("do.spam"), sheet.t("spam_about"))


# -- with others --------------------------------------------------------------------------------------------------------------


def number_of(written: str) -> int | None:
    """A ticket's number as people write it: ``T-1001``, ``#1001``, ``1001``."""
    digits = written.strip().lstrip("#").upper().removeprefix("T-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def _number(sheet: Sheet, written: str) -> int:
    number = number_of(written)
    if number is None:
        raise Refused(422, "invalid", sheet.t("no_number"))
    return number


def merge(sheet: Sheet, into: str = "") -> None:
    """It becomes part of another ticket; that can be undone."""

    async def filled(values: dict[str, Any]) -> None:
        target = _number(sheet, values["into"])
        await sheet.viewer.do(Merge(number=sheet.number, into=target, force=values["force"]))
        sheet.frame.go(f"/ticket/T-{target}")

    fields = [
        Field("into", sheet.t("field.into"), value=into, needed=True, hint="T-1001"),
        Field("force", sheet.t("field.force"), "check", False),
    ]
    ask(sheet.viewer, sheet.t("do.merge"), fields, filled, sheet.t("do.merge"), sheet.t("merge_about"))


async def unmerge(sheet: Sheet) -> None:
    """It is one of its own after all."""
    await sheet.do(Unmerge(number=sheet.number), sheet.t("done.unmerged"))


def link(sheet: Sheet) -> None:
    """It has to do with another ticket."""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(Link(number=sheet.number, to=_number(sheet, values["to"]), kind=values["kind"]))
        await sheet.reload()

    kinds = {each: sheet.t(f"link.{each}") for each in LINKS}
    fields = [
        Field("to", sheet.t("field.ticket"), needed=True, hint="T-1001"),
        Field("kind", sheet.t("field.link"), "choice", "related", kinds),
    ]
    ask(sheet.viewer, sheet.t("do.link"), fields, filled, sheet.t("do.link"))


def further(sheet: Sheet) -> list[tuple[str, Callable[[], Any]]]:
    """What is done less often, in the menu of more."""
    from services.desk.console.ticket import contacting, splitting

    watching = sheet.me in sheet.view.watchers
    watch = ("unwatch" if watching else "watch", partial(_watch, sheet, not watching))
    return [
        ("hand_over", partial(hand_over, sheet)),
        ("ask_details", partial(contacting.ask_details, sheet)),
        ("side", partial(contacting.side, sheet)),
        ("request", partial(contacting.request, sheet)),
        ("call", partial(contacting.dial, sheet)),
        ("log_call", partial(contacting.log_call, sheet)),
        ("log_contact", partial(contacting.log_contact, sheet)),
        ("merge", partial(merge, sheet)),
        ("split", partial(splitting.split, sheet)),
        ("link", partial(link, sheet)),
        watch,
        ("to_article", partial(open_path, f"/console/articles?from=T-{sheet.number}")),
        ("to_improvement", partial(open_path, f"/console/improvements/new?tickets={sheet.number}")),
        ("spam", partial(spam, sheet)),
        *([("close", partial(close, sheet))] if sheet.view.status not in ("closed", "solved") else []),
    ]
