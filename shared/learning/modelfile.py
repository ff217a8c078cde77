"""The file of a learnt model: plain numbers in a frame that is checked in every part, because a model may come from anywhere.

Layout: eight bytes of magic with the format's number, the SHA-256 of all that follows, four bytes (little-endian) with the length of the
header, the header (JSON), then the compressed body (zlib). For each part in the header's order the body has the units' hashes (four
bytes each, ascending), their rarities (two bytes), and the rows (one signed byte per label). No code is in it: nothing is unpickled.
"""

import hashlib
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.learning.errors import BadModel
from shared.learning.linear import Linear

MAGIC = b"TLLEARN1"
MOST_BYTES = 4 * 1024 * 1024
MOST_UNITS, MOST_LABELS, MOST_NUMBERS = 200_000, 500, 8 * 1024 * 1024
_MOST_HEADER = 256 * 1024
_PER_UNIT = 6

Target = Literal["category", "team", "priority"]
TARGETS: tuple[Target, ...] = ("category", "team", "priority")

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]


class Measured(BaseModel):
    """What was found on messages that a part had not learnt from: how many there were, the share of right ones, the expected calibration
    error, and at the threshold which share is decided and which share of that is right."""

    model_config = ConfigDict(frozen=True)

    examples: Annotated[int, Field(ge=0)] = 0
    accuracy: Share = 0
    calibration_error: Share = 0
    decided: Share = 0
    decided_right: Share = 0


class Part(BaseModel):
    """What the header says of one part; from ``threshold`` on it decides, below it suggests."""

    model_config = ConfigDict(frozen=True)

    target: Target
    labels: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=2, max_length=MOST_LABELS)
    ]
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)]
    unseen: Annotated[int, Field(ge=1, le=65_535)]
    scales: tuple[Number, ...]
    biases: tuple[Number, ...]
    temperature: Annotated[float, Field(gt=0, le=1e4, allow_inf_nan=False)]
    threshold: Share
    measured: Measured = Measured()

    @model_validator(mode="after")
    def _fits(self) -> "Part":
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("a label is there twice")
        if not len(self.labels) == len(self.scales) == len(self.biases):
            raise ValueError("not one scale and bias per label")
        return self

    @property
    def size(self) -> int:
        """The bytes of its part of the body."""
        return self.units * (_PER_UNIT + len(self.labels))


class Header(BaseModel):
    """The header: when it was learnt, from how many tickets, and the parts."""

    model_config = ConfigDict(frozen=True)

    made_at: datetime
    tickets: Annotated[int, Field(ge=0)] = 0
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=len(TARGETS))]


class Learnt:
    """A model that was read: ``version`` is the beginning of the SHA-256 of its file, ``parts`` what is said of each target, ``models``
    the models themselves."""

    def __init__(self, version: str, header: Header, models: dict[Target, Linear]) -> None:
        self.version, self.made_at, self.tickets = version, header.made_at, header.tickets
        self.parts: dict[Target, Part] = {part.target: part for part in header.parts}
        self.models = models


def dump(header: Header, models: dict[Target, Linear]) -> bytes:
    """The file of these models, which the header's parts describe. Raises `BadModel` for what `load` would refuse."""
    body = zlib.compress(b"".join(_body(models[part.target]) for part in header.parts), 6)
    head = header.model_dump_json().encode()
    content = len(head).to_bytes(4, "little") + head + body
    data = MAGIC + hashlib.sha256(content).digest() + content
    load(data)
    return data


def _body(model: Linear) -> bytes:
    order = sorted(model.units)
    width = len(model.labels)
    hashes, rarities = array("I", order), array("H", (model.rarities[model.units[unit]] for unit in order))
    rows = b"".join(model.rows[model.units[unit] * width : (model.units[unit] + 1) * width] for unit in order)
    return _little(hashes).tobytes() + _little(rarities).tobytes() + rows


def load(data: bytes) -> Learnt:
    """Read a file. Its cost is bounded by `MOST_BYTES` and `MOST_NUMBERS`, whatever it claims. Raises `BadModel`."""
    if len(data) > MOST_BYTES:
        raise BadModel(f"a model has at most {MOST_BYTES} bytes, this has {len(data)}")
    if data[: len(MAGIC)] != MAGIC:
        raise BadModel("this is no model, or one of another format")
    start = len(MAGIC) + 32
    content = data[start:]
    digest = hashlib.sha256(content)
    if digest.digest() != data[len(MAGIC) : start]:
        raise BadModel("the model is damaged: its checksum does not fit")
    length = int.from_bytes(content[:4], "little")
    if length > _MOST_HEADER or len(content) < 4 + length:
        raise BadModel("the model's header is longer than it may be")
    try:
        header = Header.model_validate_json(content[4 : 4 + length])
    except ValidationError as error:
        first = error.errors()[0]
        raise BadModel(f"the model's header: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if len({part.target for part in header.parts}) != len(header.parts):
        raise BadModel("the model has two parts for the same thing")
    return Learnt(digest.hexdigest()[:16], header, dict(_models(header, content[4 + length :])))


def _models(header: Header, compressed: bytes) -> Iterator[tuple[Target, Linear]]:
    body = _inflated(compressed, sum(part.size for part in header.parts))
    at = 0
    for part in header.parts:
        yield part.target, _model(part, body[at : at + part.size])
        at += part.size


def _inflated(compressed: bytes, size: int) -> bytes:
    if size > MOST_NUMBERS:
        raise BadModel(f"the model has more than {MOST_NUMBERS} numbers")
    inflating = zlib.decompressobj()
    try:
        body = inflating.decompress(compressed, size + 1)
    except zlib.error as error:
        raise BadModel(f"the model's body cannot be read: {error}") from error
    if len(body) != size or not inflating.eof or inflating.unused_data:
        raise BadModel("the model's body has another size than its header says")
    return body


def _model(part: Part, body: bytes) -> Linear:
    hashes, rarities = array("I"), array("H")
    hashes.frombytes(body[: 4 * part.units])
    rarities.frombytes(body[4 * part.units : _PER_UNIT * part.units])
    hashes, rarities = _little(hashes), _little(rarities)
    units = dict(zip(hashes, range(part.units), strict=True))
    if len(units) != part.units or not _ascending(hashes):
        raise BadModel("the model's units are not in order")
    model = Linear(
        labels=part.labels,
        units=units,
        rows=body[_PER_UNIT * part.units :],
        rarities=rarities,
        unseen=part.unseen,
        scales=part.scales,
        biases=part.biases,
        temperature=part.temperature,
    )
    assert len(model.weights) == part.units  # made now: who reads a model does not do it on an event loop
    return model


def _ascending(values: Iterable[int]) -> bool:
    before = -1
    for value in values:
        if value <= before:
            return False
        before = value
    return True


def _little(numbers: "array[int]") -> "array[int]":
    """The same in little-endian order, whatever this machine's is."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
