"""Telephone numbers in E.164 and how many SMS a text takes. Pure: tables and the phonenumbers package.

Sources: ITU-T E.164; 3GPP TS 23.038, sections 6.2.1 (GSM 7 bit default alphabet and its extension table) and 6.2.3 (UCS2); 3GPP TS
23.040, 9.2.3.24.1 for what concatenation takes of each segment.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Characters that take an escape and a septet."""

_ALONE = {"GSM-7": 160, "UCS-2": 70}
_JOINED = {"GSM-7": 153, "UCS-2": 67}
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST = 64

Encoding = Literal["GSM-7", "UCS-2"]


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text travels by SMS: its encoding, the segments it takes, and its length in units of the encoding (septets, or 16-bit
    units)."""

    encoding: Encoding
    count: int
    units: int


def count_segments(text: str) -> Segments:
    """The segments of a text; an empty one takes one. What fits into one segment has all its room, in several each gives some away to be
    joined. A character is never divided between two."""
    if all(character in GSM7_BASIC or character in GSM7_EXTENSION for character in text):
        encoding: Encoding = "GSM-7"
        sizes = [2 if character in GSM7_EXTENSION else 1 for character in text]
    else:
        encoding = "UCS-2"
        sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    units = sum(sizes)
    if units <= _ALONE[encoding]:
        return Segments(encoding, 1, units)
    count, room = 1, _JOINED[encoding]
    for size in sizes:
        if size > room:
            count, room = count + 1, _JOINED[encoding]
        room -= size
    return Segments(encoding, count, units)


def is_e164(text: str) -> bool:
    """Whether it is written as E.164 asks: a plus sign and 7 to 15 digits, the first no zero."""
    return _E164.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def to_e164(text: str, region: str | None = None) -> str | None:
    """A number in E.164, or None for what is none. ``region`` (ISO 3166-1, two letters) is where a number without a country's code
    belongs; ``00`` at the beginning counts as ``+`` without one."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

    written = text.strip()
    if not written or len(written) > _LONGEST:
        return None
    if region is None and written.startswith("00"):
        written = f"+{written[2:]}"
    try:
        number = parse(written, region)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else None


@lru_cache(maxsize=4096)
def _parsed(number: str) -> "PhoneNumber | None":
    """A number in E.164 as the package knows it. What one person writes asks for it several times."""
    from phonenumbers import NumberParseException, parse

    try:
        return parse(number, None)
    except NumberParseException:
        return None


def region_of(number: str) -> str | None:
    """The country (ISO 3166-1, two letters) of a number in E.164, where its beginning says so."""
    from phonenumbers import region_code_for_number

    parsed = _parsed(number)
    return None if parsed is None else region_code_for_number(parsed)


def country_of(number: str) -> str | None:
    """The (largest) country of the calling code that a number in E.164 begins with, whether it is one of its numbers or not."""
    from phonenumbers import region_code_for_country_code

    parsed = _parsed(number)
    found = "ZZ" if parsed is None else region_code_for_country_code(parsed.country_code or 0)
    return found if found not in ("ZZ", "001") else None


def is_mobile(number: str) -> bool:
    """Whether a number in E.164 may be a mobile's, which can be sent SMS: some countries number both kinds alike."""
    from phonenumbers import PhoneNumberType, number_type

    parsed = _parsed(number)
    mobiles = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return parsed is not None and number_type(parsed) in mobiles


def time_zones_of(number: str) -> tuple[str, ...]:
    """The time zones (IANA names) that a number in E.164 may belong to; none where its beginning does not say."""
    from phonenumbers.timezone import time_zones_for_number

    parsed = _parsed(number)
    zones = () if parsed is None else time_zones_for_number(parsed)
    return tuple(zone for zone in zones if "/" in zone and not zone.startswith("Etc/"))
