"""Date headers of every century and client as aware UTC datetimes (RFC 5322 3.3 and 4.3)."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

_FAST = re.compile(
    r"(?:[A-Za-z]{3},\s+)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?\s+([+-])(\d\d)(\d\d)(?:\s+\([^()]*\))?\s*\Z"
)
_MONTHS = {
    name: at
    for at, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
# The months as software writes it that takes the user's language for the protocol's: by their first letters.
_FOREIGN = {
    1: "sty sij ene gen ocak янв led tammi janv 一月",
    2: "lut velj luty fév fev feb şub фев únor helmi",
    3: "mär mrz ožu març marz mart мар břez maalis maart marzo",
    4: "kwi tra abr avr apr nis апр dub huhti",
    5: "maj mai svi mag mei май май květ touko",
    6: "cze lip_ juin giu juni haz июн červn kesä",
    7: "lip srp_ juil lug juli tem июл červe heinä",
    8: "sie kol aoû ago aug ağu авг srp elo",
    9: "wrz ruj set eyl сен zář syys",
    10: "paź lis_ okt out ott eki окт říj loka",
    11: "lis stu kas ноя marras",
    12: "gru pro dez dic déc des ara дек joulu",
}
_MONTH_WORDS = [
    (word, number) for number, words in _FOREIGN.items() for word in words.split() if not word.endswith("_")
]
_ZONES = {
    "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120, "wet": 0, "west": 60, "bst": 60, "ist": 330,
    "eet": 120, "eest": 180, "msk": 180, "msd": 240, "trt": 180, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "awst": 480,
    "aest": 600, "aedt": 660, "acst": 570, "acdt": 630, "nzst": 720, "nzdt": 780, "brt": -180, "art": -180, "akst": -540,
    "akdt": -480, "hst": -600, "nst": -210, "ndt": -150, "sast": 120, "cat": 120, "eat": 180, "wib": 420, "pht": 480,
}  # fmt: skip
_COMMENT = re.compile(r"\([^()]*\)")
_ISO = re.compile(
    r"\s*(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)[T ]\s*(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?\s*(?:UTC|GMT)?\s*\Z"
)
_NUMERIC = re.compile(
    r"\s*(?:[^\W\d]{2,12}\.?,?\s+)?(\d{1,2})([./-])(\d{1,2})\2(\d{4}),?\s+(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?\s*([AaPp]\.?[Mm]\.?)?(.{0,20})"
)
_WORDED = re.compile(
    r"(?<!\d)(\d{1,2})[.\s-]{1,3}(?:de\s+)?([^\W\d_]{3,12})[.\s,-]{1,3}(?:de\s+)?(\d{4})\s*г?\.?\s+(?:at |à |um )?"
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(.{0,20})"
)
_OFFSET = re.compile(r"\s*(?:GMT|UTC|UT)?\s*([+-])\s*(\d{1,2}):?(\d\d)?(?!\d)", re.IGNORECASE)
_ZONE_AT_END = re.compile(
    r"(?<=\d)\s+\"?(?:([A-Za-z]{3,5})|(?:GMT|UTC|UT)?\s*([+-]\s?\d{1,2}(?::?\d\d)?))\"?\s*\Z", re.IGNORECASE
)
_EPOCH = re.compile(r"\s*(\d{9,10})\s*\Z")
_FRACTION = re.compile(r"(\d\d:\d\d:\d\d)[.,]\d{1,9}")
_MIDNIGHT = re.compile(r"\b24:00(?::00)?\b")


def read_date(text: str) -> datetime | None:
    """The moment `text` names, in UTC; None where it names none. A missing or impossible zone counts as UTC."""
    text = text[:200]
    match = _FAST.match(text)
    try:
        if match is not None:
            month = _MONTHS.get(match[2].lower())
            offset = int(match[8]) * 60 + int(match[9])
            if month is not None and offset < 1440:
                second = min(int(match[6] or 0), 59)  # RFC 5322 3.3 allows a leap second, datetime does not
                hour, days = (0, 1) if match[4] == "24" and match[5] == "00" else (int(match[4]), 0)
                moment = datetime(int(match[3]), month, int(match[1]), hour, int(match[5]), second, tzinfo=UTC)
                return moment + timedelta(days=days) - timedelta(minutes=offset if match[7] == "+" else -offset)
        return _iso(text) or _numeric(text) or _worded(text) or _legacy(text) or _epoch(text)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[at] or 0) for at in range(1, 7))
    moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    return moment - timedelta(minutes=_offset(match[7] or ""))


def _numeric(text: str) -> datetime | None:
    """31.01.2026 11:00, 1/31/2026 11:00 PM: day first, unless there is no such month or the clock has twelve hours."""
    match = _NUMERIC.match(text)
    if match is None:
        return None
    day, month, hour = int(match[1]), int(match[3]), int(match[5])
    half = (match[8] or "").lower()[:1]
    if month > 12 or (half and match[2] == "/" and day <= 12):
        day, month = month, day
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    moment = datetime(int(match[4]), month, day, hour, int(match[6]), min(int(match[7] or 0), 59), tzinfo=UTC)
    return moment - timedelta(minutes=_offset(match[9]))


def _worded(text: str) -> datetime | None:
    """A month in the language of whoever set up the sending machine."""
    match = _WORDED.search(text)
    if match is None or match[2][:3].lower() in _MONTHS:
        return None
    name = match[2].lower()
    month = max(((len(word), number) for word, number in _MONTH_WORDS if name.startswith(word)), default=None)
    if month is None:
        return None
    second = min(int(match[6] or 0), 59)
    moment = datetime(int(match[3]), month[1], int(match[1]), int(match[4]), int(match[5]), second, tzinfo=UTC)
    return moment - timedelta(minutes=_offset(match[7]))


def _offset(text: str) -> int:
    """Minutes east of Greenwich that a zone names; 0 where it names none that can be."""
    match = _OFFSET.match(text)
    if match is None:
        return _ZONES.get(text.strip(' "()').lower(), 0)
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return 0 if minutes >= 1440 else minutes if match[1] == "+" else -minutes


def _legacy(text: str) -> datetime | None:
    """Whatever the standard library's lenient reader understands: two-digit years, odd orders; zones are read here."""
    for _ in range(3):
        text = _COMMENT.sub(" ", text)
    text = _FRACTION.sub(r"\1", text)
    days = 1 if _MIDNIGHT.search(text) else 0
    text = _MIDNIGHT.sub("00:00:00", text) if days else text
    zone = _ZONE_AT_END.search(text)
    minutes = None
    if zone is not None and (zone[2] or zone[1].lower() in _ZONES):
        minutes = _offset(zone[0].strip().strip('"'))
        text = f"{text[: zone.start()]} +0000"
    try:
        parts = parsedate_tz(text)
    except (TypeError, IndexError):  # the reader's own slips on odd input
        return None
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    if year < 1000:
        # RFC 5322 4.3: two digits below 50 are 20xx; all other two and three digits count from 1900.
        year += 2000 if year < 50 else 1900
    if re.search(r"\d\s*[Pp]\.?[Mm]\b", text) and hour < 12:
        hour += 12
    offset = (parts[9] or 0) // 60 if minutes is None else minutes
    moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    return moment + timedelta(days=days) - timedelta(minutes=offset if abs(offset) < 1440 else 0)


def _epoch(text: str) -> datetime | None:
    """Seconds since 1970, as careless scripts write them."""
    match = _EPOCH.match(text)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None
