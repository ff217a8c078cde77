"""What a form asks: name, address, subject and message always, then the inbox's own fields. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from shared.settings.inbox import FormField, FormInbox
from shared.texts import text

Kind = Literal["text", "email", "long", "choice", "file", "consent"]

OWN: Final = "own-"
"""Before the names of the inbox's own fields, which could be called like one of ours."""
MOST: Final = {"text": 500, "email": 254, "long": 20_000, "choice": 500, "consent": 10, "file": 0}
"""Characters an answer of each kind may have."""


@dataclass(frozen=True, slots=True)
class Question:
    """One field of the page. ``name`` is what it is called in the page, ``label`` what people read, ``fills`` what a browser may fill
    it in from (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill)."""

    name: str
    label: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()
    fills: str = "off"

    @property
    def most(self) -> int:
        """Characters the answer may have."""
        return 200 if self.name in ("name", "subject") else MOST[self.kind]


def questions(inbox: FormInbox, language: str, default: str) -> tuple[Question, ...]:
    """The page's fields in their order, in ``language``, else in ``default``."""
    message = Question("message", text("form.message", language), "long", required=True)
    return (
        Question("name", text("form.name", language), "text", required=True, fills="name"),
        Question("email", text("form.address", language), "email", required=True, fills="email"),
        Question("subject", text("form.subject", language), "text"),
        *(_own(field, language, default) for field in inbox.fields if field.kind not in ("file", "consent")),
        message,
        *(_own(field, language, default) for field in inbox.fields if field.kind in ("file", "consent")),
    )


def _own(field: FormField, language: str, default: str) -> Question:
    label = field.label.get(language) or field.label.get(default) or next(iter(field.label.values()), field.name)
    return Question(f"{OWN}{field.name}", label, field.kind, field.required, field.choices)


def pick_language(asked: str | None, accepted: str, configured: tuple[str, ...]) -> str:
    """``asked`` (``?lang=``) if we have it, else the best of ``Accept-Language`` (RFC 9110, 12.5.4), else the first configured one."""
    wanted = [(2.0, (asked or "").lower())]
    for part in accepted[:500].split(","):
        code, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        wanted.append((quality, code.strip().lower()))
    for quality, code in sorted(wanted, key=lambda each: -each[0]):
        if quality > 0 and (primary := code.partition("-")[0]) in configured:
            return primary
    return configured[0]
