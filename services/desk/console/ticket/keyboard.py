"""The keys of the ticket page."""

from collections.abc import Callable
from functools import partial
from typing import Any

from services.desk.console.ticket import doing, inserting
from services.desk.console.ticket.composer import Composer
from services.desk.console.ticket.neighbours import back, step
from services.desk.console.ticket.sheet import Sheet


def bind(sheet: Sheet, composer: Composer | None) -> None:
    """Bind them; who may only look has those for moving about."""
    keys, t = sheet.frame.keys, sheet.t
    keys.bind("j", t("key.next"), partial(step, sheet, 1))
    keys.bind("k", t("key.before"), partial(step, sheet, -1))
    keys.bind("u", t("key.list"), partial(back, sheet))
    if composer is None:
        return

    def writing(mode: str) -> Callable[[], Any]:
        return lambda: composer.turn(mode)

    for key, label, done in (
        ("r", t("write.reply"), writing("reply")),
        ("n", t("write.note"), writing("note")),
        ("a", t("do.take"), lambda: doing.take(sheet)),
        ("s", t("field.status"), lambda: doing.status(sheet)),
        ("p", t("field.priority"), lambda: doing.priority(sheet)),
        ("f", t("field.category"), lambda: doing.category(sheet)),
        ("t", t("field.team"), lambda: doing.team(sheet)),
        ("o", t("field.assignee"), lambda: doing.assignee(sheet)),
        ("l", t("do.tags"), lambda: doing.tags(sheet)),
        ("m", t("do.macro"), lambda: inserting.macros(composer)),
        ("e", t("do.escalate"), lambda: doing.escalate(sheet)),
        ("h", t("do.hand_over"), lambda: doing.hand_over(sheet)),
        ("z", t("do.snooze"), lambda: doing.snooze(sheet)),
        ("x", t("do.solve"), lambda: doing.solve(sheet)),
    ):
        keys.bind(key, label, done)
    for key, label in (
        ("Ctrl+Enter", t("send.plain")),
        ("Ctrl+Shift+Enter", t("send.solved")),
        ("Escape", t("key.out")),
    ):
        keys.bind(key, label, lambda: None)
