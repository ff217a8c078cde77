"""The API channel's part of the OpenAPI description. Its body is read by ourselves, so that its model is named here."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.intake.accepting import Accepting
from services.intake.api.routes import PATH, routes
from services.intake.api.schema import PostedMessage
from services.intake.backlog import Backlog
from services.intake.ledger import LedgerNotes
from shared.service import Context

_TEMPLATE = "#/components/schemas/{model}"


def description(context: Context) -> dict[str, Any]:
    """``paths`` and ``schemas`` of the one call; the model of errors is the desk's."""
    app = FastAPI()
    backlog, ledger = Backlog(context.bus, 0), LedgerNotes(context.bus)
    app.include_router(routes(context, Accepting(context.bus, context.publisher, context.blobs, backlog, ledger)))
    made: dict[str, Any] = json.loads(json.dumps(get_openapi(title="", version="1", routes=app.routes)))
    model = PostedMessage.model_json_schema(ref_template=_TEMPLATE)
    schemas = {**model.pop("$defs", {}), "PostedMessage": model, "Taken": made["components"]["schemas"]["Taken"]}
    call = made["paths"][PATH]["post"]
    call["requestBody"]["content"]["application/json"]["schema"] = {"$ref": _TEMPLATE.format(model="PostedMessage")}
    return {"paths": made["paths"], "schemas": schemas}
