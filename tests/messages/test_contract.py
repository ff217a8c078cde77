"""What is on the bus stays readable: every published version of every message, from a stored example of each."""

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from shared.messages.base import NewerVersion, Undecodable, Upcaster, Versioned
from shared.messages.changeset import Operation
from shared.messages.command import Action
from tests.messages.contract import broken, fixtures, models, schema_file, schema_of

MODELS = models()
EVERY = [(name, version) for name, model in MODELS.items() for version in range(1, model.VERSION + 1)]
STORED = [(name, file) for name, version in EVERY for file in fixtures(name, version)]


def fields(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_there_are_messages_to_look_at() -> None:
    assert {"Inbound", "Outbound", "CommitRequest", "Facts", "Command", "Event"} <= set(MODELS)


# Two thousand tests would cost more than what they do: these go through all messages, and name each that is wrong.


def test_every_version_of_every_message_has_a_stored_example() -> None:
    missing = [f"{name}.v{version}.json" for name, version in EVERY if not fixtures(name, version)]
    assert missing == [], "store these examples in tests/messages/fixtures"


def test_no_stored_example_is_of_an_unknown_message() -> None:
    known = {file for _, file in STORED}
    assert set((Path(__file__).parent / "fixtures").iterdir()) == known


def test_a_stored_example_survives_decoding_and_encoding() -> None:
    for name, file in STORED:
        model = MODELS[name]
        message = model.decode(file.read_bytes())
        assert model.decode(message.encode()) == message, file.stem
        assert message.version == model.VERSION, file.stem
        if fields(file)["version"] == model.VERSION:
            written = json.loads(message.model_dump_json(by_alias=True, exclude_unset=True))
            assert written == fields(file), file.stem


def test_fields_that_a_reader_does_not_know_are_ignored() -> None:
    def with_news(node: Any) -> Any:
        if isinstance(node, list):
            return [with_news(each) for each in node]
        return {**node, "added_later": {"by": ["somebody"]}} if isinstance(node, dict) and "version" in node else node

    for name, file in STORED:
        newer = json.dumps(with_news(fields(file))).encode()
        assert MODELS[name].decode(newer) == MODELS[name].decode(file.read_bytes()), file.stem


def outcome(model: type[Versioned], octets: bytes) -> str:
    """What decoding ends with: the name of the error, or nothing."""
    try:
        model.decode(octets)
    except Exception as error:  # noqa: BLE001 - which one is the question
        return type(error).__name__
    return ""


def test_a_newer_major_version_is_left_for_a_newer_reader() -> None:
    wrong = {}
    for name, model in MODELS.items():
        for content in ({}, fields(fixtures(name, model.VERSION)[0])):
            newer = json.dumps({**content, "version": model.VERSION + 1}).encode()
            if (what := outcome(model, newer)) != NewerVersion.__name__:
                wrong[name] = what
    assert wrong == {}


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x00\xff", b"{", b"[]", b"null", b'"text"', b"7", b'{"version": null}', b'{"version": "x"}', b"[" * 100_000,
     b'{"version": 0}', b'{"version": -3}', b'{"version": 1.5}'],
    ids=lambda garbage: repr(garbage[:20]),
)  # fmt: skip
def test_garbage_is_told_from_a_message(garbage: bytes) -> None:
    ends = {name: outcome(model, garbage) for name, model in MODELS.items()}
    assert {name: what for name, what in ends.items() if what != Undecodable.__name__} == {}


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_messages_end_as_a_message_or_as_a_typed_error(data: st.DataObject) -> None:
    name, file = data.draw(st.sampled_from(STORED))
    octets = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Undecodable, NewerVersion):
        assert MODELS[name].decode(bytes(octets)).version == MODELS[name].VERSION


def seen(value: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Every field that is filled in, in a message and in its parts."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            part = getattr(value, name)
            if name in value.model_fields_set and part not in (None, "", [], {}):
                yield type(value), name
                yield from seen(part)
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from seen(part)


def test_the_examples_of_the_current_versions_have_every_field_filled_in() -> None:
    filled: dict[type[BaseModel], set[str]] = defaultdict(set)
    for name, model in MODELS.items():
        for file in fixtures(name, model.VERSION):
            for kind, field in seen(model.decode(file.read_bytes())):
                filled[kind].add(field)
    empty = [f"{kind.__name__}.{field}" for kind in filled for field in set(kind.model_fields) - filled[kind]]
    assert empty == [], "fill these fields in tests/messages/fixtures, so that later versions are held to them"


def test_the_examples_have_every_operation_and_every_command() -> None:
    operations = {each["op"] for each in fields(fixtures("CommitRequest", 1)[0])["changesets"][0]["operations"]}
    commands = {fields(file)["action"]["do"] for file in fixtures("Command", 1)}
    for union, key, found in ((Operation, "op", operations), (Action, "do", commands)):
        assert {kind.model_fields[key].default for kind in get_args(get_args(union)[0])} == found


def test_a_published_version_only_gains_fields_that_may_be_left_out() -> None:
    files = {name: schema_file(name, model.VERSION) for name, model in MODELS.items()}
    unknown = [name for name, file in files.items() if not file.exists()]
    assert unknown == [], "`python -m tests.messages.contract` stores the schema of a new message"
    found = {name: list(broken(fields(file), schema_of(MODELS[name]))) for name, file in files.items()}
    assert {name: faults for name, faults in found.items() if faults} == {}, (
        "such a change needs a new VERSION and an upcaster"
    )


# -- the rules themselves, on a small message ---------------------------------------------------------------------------


class Part(BaseModel):
    name: str
    size: int = 0


class First(Versioned):
    who: str
    kind: str = "plain"
    parts: list[Part] = Field(default_factory=list)


def _split(old: dict[str, Any]) -> dict[str, Any]:
    first, _, last = old.pop("who").partition(" ")
    return {**old, "first": first, "last": last}


class Third(Versioned):
    """Its first version had ``who``, its second ``first`` and ``last``, its third a list of ``names``."""

    VERSION: ClassVar[int] = 3
    UPCASTERS: ClassVar[dict[int, Upcaster]] = {
        1: _split,
        2: lambda old: {"names": [old["first"], old["last"]]},
    }

    names: list[str]


@pytest.mark.parametrize(
    "old",
    [{"version": 1, "who": "Ana Kovač"}, {"who": "Ana Kovač"}, {"version": 2, "first": "Ana", "last": "Kovač"},
     {"version": 3, "names": ["Ana", "Kovač"]}],
)  # fmt: skip
def test_an_older_version_is_brought_up_step_by_step(old: dict[str, Any]) -> None:
    message = Third.decode(json.dumps(old).encode())
    assert (message.names, message.version) == (["Ana", "Kovač"], 3)
    assert json.loads(message.encode())["version"] == 3


def test_an_old_message_that_its_upcaster_cannot_read_is_garbage() -> None:
    with pytest.raises(Undecodable):
        Third.decode(b'{"version": 1, "whom": "Ana"}')
    with pytest.raises(Undecodable):
        Third.decode(b'{"version": 1, "who": 7}')


def test_a_new_field_that_may_be_left_out_breaks_no_contract() -> None:
    class More(First):
        note: str = ""

    assert list(broken(schema_of(First), schema_of(More))) == []


class Apple(BaseModel):
    kind: Literal["apple"] = "apple"


class Pear(BaseModel):
    kind: Literal["pear"] = "pear"
    size: int = 0


class Plum(BaseModel):
    kind: Literal["plum"] = "plum"


def test_a_union_may_gain_alternatives_and_lose_none() -> None:
    class Basket(Versioned):
        fruit: Annotated[Apple | Pear, Field(discriminator="kind")]

    class Fuller(Versioned):
        fruit: Annotated[Apple | Plum | Pear, Field(discriminator="kind")]

    assert list(broken(schema_of(Basket), schema_of(Fuller))) == []
    assert list(broken(schema_of(Fuller), schema_of(Basket))) == ["message.fruit plum: is gone"]


def test_whatever_an_older_reader_would_stumble_over_breaks_the_contract() -> None:
    class Demanding(First):
        note: str

    class Lost(Versioned):
        who: str
        parts: list[Part] = Field(default_factory=list)

    class Other(First):
        kind: int = 0  # type: ignore[assignment]

    class Optional(First):
        who: str = ""

    class Deep(First):
        parts: list[First] = Field(default_factory=list)  # type: ignore[assignment]

    for changed in (Demanding, Lost, Other, Optional, Deep):
        assert list(broken(schema_of(First), schema_of(changed))), changed.__name__
