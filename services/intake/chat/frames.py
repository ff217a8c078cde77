"""What a browser may say over the WebSocket: JSON objects, told apart by ``t``. Pure; everything in them is foreign.

``hello`` comes first, and is answered with ``welcome``. ``message`` is answered with ``kept`` once it is on the bus's disk, or with
``refused``; a browser that heard neither sends it again under the same ``id``. ``got`` and ``seen`` confirm what was sent to it.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

MOST_TEXT: Final = 5_000
MOST_FILES: Final = 5
MOST_OCTETS: Final = 64 * 1024
"""Of one frame; a text of `MOST_TEXT` characters with its files is far below."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Delivery = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Line = Annotated[str, StringConstraints(max_length=254)]
Token = Annotated[str, StringConstraints(max_length=1024)]


class Frame(BaseModel):
    """What they have in common: unknown members are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Hello(Frame):
    """``session``: the token that was kept, or ""; ``identity``: what the host site says (`services.intake.chat.identity`)."""

    t: Literal["hello"]
    session: Token = ""
    identity: Token = ""
    lang: Annotated[str, StringConstraints(max_length=20)] = ""


class Say(Frame):
    """A message. ``id`` is the browser's own; ``files`` are tokens of uploads; ``pressed`` is the data of a button, whose label is then the
    text; ``fields`` are answers to what is asked before a chat begins."""

    t: Literal["message"]
    id: Id
    text: Annotated[str, StringConstraints(max_length=MOST_TEXT)] = ""
    files: Annotated[tuple[Token, ...], Field(max_length=MOST_FILES)] = ()
    pressed: Annotated[str, StringConstraints(max_length=64)] | None = None
    email: Line = ""
    name: Line = ""
    fields: Annotated[dict[Line, Annotated[str, StringConstraints(max_length=500)]], Field(max_length=30)] = Field(
        default_factory=dict
    )


class Edit(Frame):
    """The customer's message ``edits`` says ``text`` now, with these ``files``; or it is taken back. ``id`` is the browser's own, of this
    change. Answered as a message is."""

    t: Literal["edit"]
    id: Id
    edits: Id
    text: Annotated[str, StringConstraints(max_length=MOST_TEXT)] = ""
    files: Annotated[tuple[Token, ...], Field(max_length=MOST_FILES)] = ()
    deleted: bool = False


class Typing(Frame):
    """The customer is typing."""

    t: Literal["typing"]


class Got(Frame):
    """A message has arrived in the browser."""

    t: Literal["got"]
    id: Delivery


class Seen(Frame):
    """Messages were on the screen."""

    t: Literal["seen"]
    ids: Annotated[tuple[Delivery, ...], Field(max_length=100)]


Said = Hello | Say | Edit | Typing | Got | Seen
Any = Annotated[Said, Field(discriminator="t")]
_ANY: TypeAdapter[Said] = TypeAdapter(Any)


class Malformed(Exception):
    """What came is no frame; the text says why."""


class Oversized(Malformed):
    """It is too large to be looked at."""


def read(text: str) -> Said:
    """The frame in ``text``. Raises `Malformed` for anything else."""
    if len(text) > MOST_OCTETS:
        raise Oversized(f"a frame has at most {MOST_OCTETS} characters")
    try:
        return _ANY.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise Malformed(f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]) from None
    except ValueError as error:  # what can't even be encoded
        raise Malformed(str(error)[:200]) from None
