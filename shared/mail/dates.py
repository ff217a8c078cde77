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
_COMMENT = re.compile(r"\([^()]*\)")
_ISO = re.compile(r"\s*(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?\s*(?:UTC|GMT)?\s*\Z")


def read_date(text: str) -> datetime | None:
    """The moment `text` names, in UTC; None where it names none. A missing zone counts as UTC."""
    text = text[:200]
    match = _FAST.match(text)
    try:
        if match is not None:
            month = _MONTHS.get(match[2].lower())
            if month is not None:
                minutes = int(match[8]) * 60 + int(match[9])
                second = min(int(match[6] or 0), 59)  # RFC 5322 3.3 allows a leap second, datetime does not
                moment = datetime(int(match[3]), month, int(match[1]), int(match[4]), int(match[5]), second, tzinfo=UTC)
                return moment - timedelta(minutes=minutes if match[7] == "+" else -minutes)
        return _iso(text) or _legacy(text)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return None
    moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _legacy(text: str) -> datetime | None:
    """Whatever the standard library's lenient reader understands: names of zones, two-digit years, odd orders."""
    for _ in range(3):
        text = _COMMENT.sub(" ", text)
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
    offset = parts[9] or 0
    if abs(offset) > 86_400:
        offset = 0
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - timedelta(seconds=offset)
