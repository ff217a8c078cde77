"""What an invitation says (iCalendar, RFC 5545), for mails that hold nothing else to read. Pure, bounded, without words of
its own: subject, time, place, people and description as the calendar gives them."""

import re
from datetime import datetime

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(
    r"([A-Za-z-]{1,40})((?:;[^:\"\n]{0,300}(?:\"[^\"\n]{0,300}\"[^:\"\n]{0,300})?){0,20}):([^\n]{0,8000})"
)
_ZONE = re.compile(r";TZID=\"?([^;:\"]{1,100})", re.IGNORECASE)
_NAME = re.compile(r";CN=(?:\"([^\"]{1,200})\"|([^;:\"]{1,200}))", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z)?)?\Z")
_ESCAPED = re.compile(r"\\([nN,;\\])")
_CONSIDERED = 64 * 1024


def read_invitation(calendar: str) -> str:
    """A few lines for the first event, task or note of a calendar; "" where there is none."""
    fields: dict[str, tuple[str, str]] = {}
    inside = False
    for line in _FOLD.sub("", calendar[:_CONSIDERED]).split("\n"):
        match = _LINE.match(line.rstrip("\r"))
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2], match[3].strip()
        if name == "BEGIN" and value.upper() in ("VEVENT", "VTODO", "VJOURNAL"):
            inside = True
        elif name == "END" and inside and value.upper() in ("VEVENT", "VTODO", "VJOURNAL"):
            break
        elif inside:
            fields.setdefault(name, (parameters, value))
    lines = [_words(fields, "SUMMARY"), _when(fields), _words(fields, "LOCATION"), _person(fields)]
    description = _words(fields, "DESCRIPTION")
    text = "\n".join(line for line in lines if line)
    return f"{text}\n\n{description}".strip() if description else text


def _words(fields: dict[str, tuple[str, str]], name: str) -> str:
    value = fields.get(name, ("", ""))[1]
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value).strip()


def _when(fields: dict[str, tuple[str, str]]) -> str:
    start, end = _moment(fields, "DTSTART"), _moment(fields, "DTEND") or _moment(fields, "DUE")
    if start[:10] == end[:10] and len(end) > 10:
        end = end[11:16] if end[16:] == start[16:] else end[11:]
        zone = start[16:]
        start = start[:16] if end and len(end) == 5 else start
        return f"{start} – {end}{zone if len(end) == 5 else ''}"
    return f"{start} – {end}" if start and end and end != start else start


def _moment(fields: dict[str, tuple[str, str]], name: str) -> str:
    """`2026-01-31 10:00 Europe/Warsaw`; a day alone without a time."""
    parameters, value = fields.get(name, ("", ""))
    match = _MOMENT.match(value)
    if match is None:
        return ""
    try:
        datetime(int(match[1]), int(match[2]), int(match[3]), int(match[4] or 0), int(match[5] or 0))
    except ValueError:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    if match[4] is None:
        return day
    zone = _ZONE.search(parameters)
    name = " UTC" if match[6] else f" {zone[1]}" if zone else ""
    return f"{day} {match[4]}:{match[5]}{name}"


def _person(fields: dict[str, tuple[str, str]]) -> str:
    """The organiser: name and address."""
    parameters, value = fields.get("ORGANIZER", ("", ""))
    name = _NAME.search(parameters)
    address = re.sub(r"^mailto:", "", value, flags=re.IGNORECASE)
    written = (name[1] or name[2]) if name else ""
    return f"{written} <{address}>" if written and address and written != address else written or address
