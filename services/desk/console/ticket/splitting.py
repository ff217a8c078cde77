"""Messages that belong elsewhere: those that become a ticket of their own, and those that came into the wrong one."""

from collections.abc import Sequence
from typing import Any

from services.desk.console.ticket.asking import Field, ask
from services.desk.console.ticket.doing import number_of
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import Refused
from shared.messages.command import WrongTicket
from shared.messages.gathering import Split


def split(sheet: Sheet, chosen: Sequence[str] = ()) -> None:
    """Messages become a ticket of their own."""
    options = {}
    for message in sheet.view.messages or ():
        said = " ".join((message.reply_text or message.text).split())[:60]
        options[message.id] = f"{sheet.viewer.short(message.created_at)} · {message.author[:40]} · {said}"

    async def filled(values: dict[str, Any]) -> None:
        result = await sheet.viewer.do(Split(number=sheet.number, messages=values["messages"]))
        told(sheet, result)
        await sheet.reload()

    field = Field("messages", sheet.t("field.messages"), "some", list(chosen), options, needed=True)
    ask(sheet.viewer, sheet.t("do.split"), [field], filled, sheet.t("do.split"), sheet.t("split_about"))


def wrong_ticket(sheet: Sheet, message_id: str) -> None:
    """A message belongs to another ticket, or to a new one."""

    async def filled(values: dict[str, Any]) -> None:
        to = None
        if values["to"]:
            to = number_of(values["to"])
            if to is None:
                raise Refused(422, "invalid", sheet.t("no_number"))
        told(sheet, await sheet.viewer.do(WrongTicket(number=sheet.number, message_id=message_id, to=to)))
        await sheet.reload()

    field = Field("to", sheet.t("field.ticket"), hint=sheet.t("wrong_hint"))
    ask(sheet.viewer, sheet.t("do.wrong_ticket"), [field], filled, sheet.t("do.move"), sheet.t("wrong_about"))


def told(sheet: Sheet, result: dict[str, Any]) -> None:
    """Say where the messages are now."""
    number = result.get("to") or result.get("new") or result.get("number")
    if number and number != sheet.number:
        sheet.viewer.say(sheet.t("done.moved", number=f"T-{str(number).removeprefix('T-')}"))
    else:
        sheet.viewer.say(sheet.t("done.split"))
