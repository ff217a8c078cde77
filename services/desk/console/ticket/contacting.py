"""Getting in touch beside the composer: asking for details, others asked aside, departments, the telephone, and what was said elsewhere."""

from datetime import timedelta
from typing import Any, Final

from services.desk.console.ticket.asking import Field, ask
from services.desk.console.ticket.sheet import Sheet
from shared.clock import now
from shared.messages.automation import AskDetails
from shared.messages.command import Dial
from shared.messages.record import AddAction, AddPromise, LogCall, LogContact
from shared.messages.talking import MakeRequest, StartSide, WriteSide
from shared.messages.ticket import MessageView, SideView
from shared.settings.policy import labels_to_ask
from shared.texts.languages import LANGUAGES
from shared.texts.register import channel_name

SIDES: Final = ("email", "sms", "whatsapp", "telegram")


def ask_details(sheet: Sheet) -> None:
    """Ask the customer for what the category needs, or for anything else."""
    found = next((each for each in sheet.settings.category if each.name == sheet.view.category), None)
    default = next(iter(sheet.settings.company.languages), LANGUAGES[0])
    usual = labels_to_ask(found.ask_for, sheet.view.language, default) if found is not None else ()

    async def filled(values: dict[str, Any]) -> None:
        fields = [each.strip() for each in values["fields"].splitlines() if each.strip()]
        await sheet.viewer.do(AskDetails(number=sheet.number, fields=fields, text=values["text"]))
        sheet.viewer.say(sheet.t("done.asked"))
        await sheet.reload()

    fields = [
        Field("fields", sheet.t("field.ask_for"), "text", "\n".join(usual), needed=True, hint=sheet.t("one_a_line")),
        Field("text", sheet.t("field.above"), "text"),
    ]
    ask(sheet.viewer, sheet.t("do.ask_details"), fields, filled, sheet.t("do.ask_details"))


def side(sheet: Sheet, message: MessageView | None = None) -> None:
    """Ask somebody who has no part in the ticket, perhaps with what a message of it says."""
    there = {each.channel for each in sheet.settings.inbox}
    channels = {each: channel_name(each, sheet.viewer.language) for each in SIDES if each in there or each == "email"}
    quoted = (
        f"\n\n> {(message.reply_text or message.text).strip()[:20_000]}".replace("\n", "\n> ")[4:] if message else ""
    )

    async def filled(values: dict[str, Any]) -> None:
        files = [each for each in message.attachments if each.blob] if message else []
        given = {name: values[name] for name in ("channel", "to", "name", "subject", "text")}
        await sheet.viewer.do(StartSide(number=sheet.number, attachments=files, **given))
        sheet.viewer.say(sheet.t("done.side"))
        await sheet.reload()

    fields = [
        Field("channel", sheet.t("field.channel"), "choice", "email", channels),
        Field("to", sheet.t("field.address"), needed=True),
        Field("name", sheet.t("field.name")),
        Field("subject", sheet.t("field.subject"), value=sheet.view.subject if message else ""),
        Field("text", sheet.t("field.text"), "text", f"\n\n> {quoted}" if quoted else "", needed=True),
    ]
    title = sheet.t("do.forward" if message else "do.side")
    ask(sheet.viewer, title, fields, filled, sheet.t("do.send"), sheet.t("side_about"))


def write_on(sheet: Sheet, talk: SideView) -> None:
    """Write on in a side conversation."""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(WriteSide(number=sheet.number, side_id=talk.id, text=values["text"]))
        await sheet.reload()

    title = sheet.t("side_with", who=talk.name or talk.to)
    ask(sheet.viewer, title, [Field("text", sheet.t("field.text"), "text", needed=True)], filled, sheet.t("do.send"))


def request(sheet: Sheet) -> None:
    """Ask a department or a colleague for something the ticket needs."""
    to = {each: each for each in sheet.teams} | {each.email: each.name for each in sheet.colleagues}

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(MakeRequest(number=sheet.number, to=values["to"], what=values["what"], due=values["due"]))
        sheet.viewer.say(sheet.t("done.requested"))
        await sheet.reload()

    fields = [
        Field("to", sheet.t("field.to"), "choice", None, to, needed=True),
        Field("what", sheet.t("field.what"), "text", needed=True),
        Field("due", sheet.t("field.due"), "time"),
    ]
    ask(sheet.viewer, sheet.t("do.request"), fields, filled, sheet.t("do.request"))


def dial(sheet: Sheet) -> None:
    """Ring one's own telephone, and then the customer's."""
    mine = next((each for each in sheet.agents if each.email == sheet.me), None)
    known = next((each.value for each in mine.points if each.kind == "phone"), "") if mine else ""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(Dial(number=sheet.number, agent_number=values["telephone"]))
        sheet.viewer.say(sheet.t("done.calling"))
        await sheet.reload()

    field = Field("telephone", sheet.t("field.telephone"), value=known, needed=True, hint="+48600100200")
    ask(sheet.viewer, sheet.t("do.call"), [field], filled, sheet.t("do.call"), sheet.t("call_about"))


def _directions(sheet: Sheet) -> dict[str, str]:
    return {each: sheet.t(f"direction.{each}") for each in ("in", "out")}


def log_call(sheet: Sheet) -> None:
    """A call that was had."""

    async def filled(values: dict[str, Any]) -> None:
        minutes = values["minutes"]
        seconds = int(minutes) * 60 if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else None
        given = {name: values[name] for name in ("direction", "who", "what", "at")}
        await sheet.viewer.do(LogCall(number=sheet.number, seconds=seconds, **given))
        await sheet.reload()

    fields = [
        Field("direction", sheet.t("field.direction"), "choice", "in", _directions(sheet)),
        Field("who", sheet.t("field.who"), value=sheet.view.contact.name, needed=True),
        Field("what", sheet.t("field.said"), "text", needed=True),
        Field("at", sheet.t("field.at"), "time", now(), needed=True),
        Field("minutes", sheet.t("field.minutes")),
    ]
    ask(sheet.viewer, sheet.t("do.log_call"), fields, filled, sheet.viewer.t("save"))


def log_contact(sheet: Sheet) -> None:
    """Another contact: a visit, a letter."""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(LogContact(number=sheet.number, **values))
        await sheet.reload()

    fields = [
        Field("way", sheet.t("field.way"), needed=True, hint=sheet.t("way_hint")),
        Field("direction", sheet.t("field.direction"), "choice", "in", _directions(sheet)),
        Field("who", sheet.t("field.who"), value=sheet.view.contact.name),
        Field("what", sheet.t("field.said"), "text", needed=True),
        Field("at", sheet.t("field.at"), "time", now(), needed=True),
    ]
    ask(sheet.viewer, sheet.t("do.log_contact"), fields, filled, sheet.viewer.t("save"))


def promise(sheet: Sheet) -> None:
    """The customer was promised something."""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(AddPromise(number=sheet.number, what=values["what"], due=values["due"]))
        await sheet.reload()

    fields = [
        Field("what", sheet.t("field.promised"), "text", needed=True),
        Field("due", sheet.t("field.due"), "time", now() + timedelta(days=1), needed=True),
    ]
    ask(sheet.viewer, sheet.t("do.promise"), fields, filled, sheet.viewer.t("save"), sheet.t("promise_about"))


def action(sheet: Sheet, what: str = "") -> None:
    """A department was asked to do something."""

    async def filled(values: dict[str, Any]) -> None:
        await sheet.viewer.do(AddAction(number=sheet.number, **values))
        await sheet.reload()

    fields = [
        Field("what", sheet.t("field.what"), "text", what, needed=True),
        Field("department", sheet.t("field.department"), value=sheet.view.team or "", needed=True),
        Field("requested_at", sheet.t("field.requested_at"), "time", now(), needed=True),
        Field("done_at", sheet.t("field.done_at"), "time"),
    ]
    ask(sheet.viewer, sheet.t("do.action"), fields, filled, sheet.viewer.t("save"))
