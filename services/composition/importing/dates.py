"""When a mail of an archive was written, as far as it can be believed. Pure."""

import re
from datetime import UTC, datetime, timedelta

from shared.mail.charsets import decode_raw
from shared.mail.dates import read_date
from shared.mail.headers import Headers
from shared.mail.words import decode_header

OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
"""No mail that anybody keeps is older; a date before is that of a clock without a battery."""
SLACK = timedelta(days=1)
"""How far clocks run ahead of ours."""
_RECEIVED = re.compile(r";\s*([^;]{6,100})\Z")


def believable(date: datetime | None, now: datetime) -> bool:
    """Whether a mail may have been written then: not before 1980, not in the future."""
    return date is not None and OLDEST <= date <= now + SLACK


def written_at(headers: Headers, noted: datetime | None, now: datetime) -> datetime:
    """When a mail was written: its Date, else when it was received (its newest Received, then ``noted``, where it lies), else now."""
    for date in (_date(headers), _received(headers), noted):
        if date is not None and believable(date, now):
            return min(date, now)
    return now


def _date(headers: Headers) -> datetime | None:
    moments = (read_date(decode_header(field)) for field in headers.all("date")[:5])
    return next((moment for moment in moments if moment is not None), None)


def _received(headers: Headers) -> datetime | None:
    """What the host that took it last says (RFC 5321 4.4: the date follows the last semicolon)."""
    fields = headers.all("received")
    match = _RECEIVED.search(decode_raw(fields[0][-200:])) if fields else None
    return read_date(match[1]) if match else None
