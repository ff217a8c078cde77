"""What a request of a client brings in its form."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from services.simulators.twilio.answers import Refused

FORM_LIMIT = 1 << 20


async def form(request: Request) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The last value of each parameter, and all values. Raises `Refused` for too much."""
    if int(request.headers.get("content-length") or 0) > FORM_LIMIT:
        raise Refused(20413, "Request Entity Too Large", 413)
    text = (await request.body()).decode("utf-8", "replace")
    repeated: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        repeated.setdefault(name, []).append(value)
    return {name: values[-1] for name, values in repeated.items()}, repeated
