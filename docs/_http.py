"""`openapi.json`: the desk's own description, intake's API channel, and the health calls that every service has."""

import json
from typing import Any, cast

from services import __version__
from services.desk.app import create_app, description
from services.intake.api.describing import description as of_the_channel
from shared.service import Context
from shared.settings import load

Json = dict[str, Any]


class _NoBus:
    """Stands for the connection, which a description does not need."""


def openapi() -> str:
    """The description as JSON text."""
    context = Context(
        settings=load(None),
        keyring=cast(Any, None),
        data=cast(Any, None),
        bus=cast(Any, _NoBus()),
        publisher=cast(Any, None),
        blobs=cast(Any, None),
    )
    made: Json = json.loads(json.dumps(description(create_app(context, dict))))
    made["info"]["version"] = __version__
    channel = of_the_channel(context)
    made["paths"] |= channel["paths"] | _health()
    made["components"]["schemas"] |= channel["schemas"]
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _health() -> Json:
    checks = {"type": "object", "additionalProperties": {"type": "boolean"}}
    state = {
        "type": "object",
        "required": ["ready", "failing", "checks"],
        "properties": {
            "ready": {"type": "boolean"},
            "failing": {"type": "array", "items": {"type": "string"}},
            "checks": checks,
        },
    }
    alive = {"type": "object", "properties": {"status": {"const": "ok"}}}
    return {
        "/healthz": _call("Does the process run?", {"200": _answer("It runs.", "application/json", alive)}),
        "/readyz": _call(
            "Do its bus, its database, its listeners and consumers work?",
            {
                "200": _answer("Every check passes.", "application/json", state),
                "503": _answer("Some checks fail; they are named.", "application/json", state),
            },
        ),
        "/metrics": _call(
            "Metrics for Prometheus.",
            {"200": _answer("The text format of Prometheus.", "text/plain", {"type": "string"})},
        ),
    }


def _call(summary: str, responses: Json) -> Json:
    about = "Of each service, without a token. Keep it off the internet."
    return {
        "get": {"tags": ["health"], "summary": summary, "description": about, "security": [], "responses": responses}
    }


def _answer(text: str, media_type: str, schema: Json) -> Json:
    return {"description": text, "content": {media_type: {"schema": schema}}}
