"""Lists, a page at a time, newest first (https://www.twilio.com/docs/usage/twilios-response#pagination). The token names the last item
of a page, so that what comes in meanwhile shifts nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from services.simulators.twilio.answers import Json, Refused

LARGEST, USUAL = 1000, 50


class Item(Protocol):
    sid: str

    def shown(self) -> Json: ...


T = TypeVar("T", bound=Item)


def page(items: Sequence[T], query: Mapping[str, str], path: str, key: str) -> Json:
    """Raises `Refused` for a page size or token that can't be."""
    size = _size(query.get("PageSize", ""))
    start = 0
    token = query.get("PageToken", "").removeprefix("PA")
    if token:
        start = next((number + 1 for number, item in enumerate(items) if item.sid == token), -1)
        if start < 0:
            raise Refused(20001, "Invalid PageToken")
    shown = items[start : start + size]
    number = int(query["Page"]) if query.get("Page", "").isdigit() else 0
    filters = {name: value for name, value in query.items() if name not in ("Page", "PageToken", "PageSize")}

    def uri(of: int, after: str = "") -> str:
        more = {"PageToken": f"PA{after}"} if after else {}
        return f"{path}?{urlencode({**filters, 'PageSize': size, 'Page': of, **more})}"

    return {
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, shown[-1].sid) if start + size < len(items) else None,
        "previous_page_uri": uri(number - 1) if number > 0 else None,
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + len(shown) - 1,
        "uri": uri(number),
        key: [item.shown() for item in shown],
    }


def _size(given: str) -> int:
    if not given:
        return USUAL
    if not given.isdigit() or int(given) < 1:
        raise Refused(20001, "PageSize must be a positive integer")
    return min(int(given), LARGEST)


def between(query: Mapping[str, str], name: str) -> Callable[[datetime], bool]:
    """The filter ``Name``, ``Name<`` and ``Name>``: a day or a moment in UTC, the ends included
    (https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources)."""
    exact, until, since = (_moment(query.get(name + sign, "")) for sign in ("", "<", ">"))

    def fits(at: datetime) -> bool:
        return (
            (exact is None or exact[0] <= at < exact[1])
            and (until is None or at < until[1])
            and (since is None or at >= since[0])
        )

    return fits


def _moment(given: str) -> tuple[datetime, datetime] | None:
    """From when until when it is meant: a whole day or a whole second."""
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise Refused(20001, f"Invalid date: {given}") from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at, at + (timedelta(days=1) if len(given) == 10 else timedelta(seconds=1))
