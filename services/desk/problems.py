"""Every error as problem details (RFC 9457), and how the OpenAPI description speaks of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from services.desk.errors import Away, DeskError, Refused, TooManyAttempts, Unauthorized, Unprocessable
from shared.web import PROBLEM_TYPE, problem

log = structlog.get_logger(__name__)

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_MEANING = {
    400: "The request cannot be read.",
    401: "No token, or one that is not known.",
    403: "The caller's role does not allow it.",
    404: "There is no such ticket.",
    405: "Not with this method.",
    409: "The ticket's state does not allow it.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A part of the request cannot be taken; `errors` names it.",
    429: "Too many attempts with unknown tokens.",
    502: "A service of Trunkline answered with an error.",
    503: "Trunkline cannot do it at the moment; `Retry-After` says when to try again.",
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a call for its description, beside those that every call may give."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    every = (400, 401, 403, 413, 415, 422, 429, 502, 503, *statuses)
    return {status: {"description": _MEANING[status], "content": {PROBLEM_TYPE: schema}} for status in sorted(every)}


def answer(error: DeskError) -> JSONResponse:
    """The answer for an error of ours."""
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    match error:
        case Unauthorized():
            headers["WWW-Authenticate"] = 'Bearer realm="trunkline"'
        case TooManyAttempts():
            headers["Retry-After"] = str(error.again)
        case Away():
            headers["Retry-After"] = str(error.again)
            if error.unsure:
                extra["hint"] = "a change may have been made: repeat it with the same Idempotency-Key"
        case Unprocessable():
            extra["errors"] = [{"field": error.field, "detail": str(error)}]
        case Refused():
            extra["code"] = error.kind
            extra |= error.extra
            field, colon, detail = str(error).partition(": ")
            if error.status == 422 and colon and field.isidentifier():
                extra["errors"] = [{"field": f"/{field}", "detail": detail}]
    return problem(error.status, str(error), headers=headers, **extra)


def install(app: FastAPI) -> None:
    """Give an app these answers for all of its errors."""

    @app.exception_handler(DeskError)
    async def ours(_: Request, error: DeskError) -> JSONResponse:
        return answer(error)

    @app.exception_handler(HTTPException)
    async def theirs(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(request, app.routes))
        return problem(error.status_code, str(error.detail or ""), headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = field_errors(error.errors())
        named = "; ".join(f"{each['field'] or 'body'}: {each['detail']}" for each in errors[:3])
        status = 400 if any(each["type"] == "json_invalid" for each in error.errors()) else 422
        return problem(status, named, errors=errors)


def field_errors(errors: Iterable[Any]) -> list[dict[str, str]]:
    """pydantic's errors, each with the place as a JSON pointer (RFC 6901) or the parameter's name; values are not repeated."""
    found = []
    for error in errors:
        source, *path = error["loc"] or ("body",)
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
        detail = str(error["msg"]).removeprefix("Value error, ")
        found.append({"field": pointer if source == "body" else str(path[0] if path else source), "detail": detail})
    return found


def _allowed(request: Request, routes: Sequence[BaseRoute]) -> list[str]:
    """The methods that some route takes for this path (RFC 9110, 15.5.6 wants them named)."""
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
