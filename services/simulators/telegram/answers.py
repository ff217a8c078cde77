"""How the Bot API answers: ``ok`` with a result, or an error code with a description
(https://core.telegram.org/bots/api#making-requests). The descriptions are the real server's words, which clients compare."""

from typing import Any

from starlette.responses import JSONResponse

Json = dict[str, Any]
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class Refused(Exception):
    """A method is refused: its HTTP status and what follows the status's name in the description."""

    def __init__(self, code: int, why: str = "", retry_after: int = 0) -> None:
        self.code, self.retry_after = code, retry_after
        name = REASONS.get(code, "Internal Server Error")
        self.description = f"{name}: {why}" if why else name
        super().__init__(self.description)

    def answer(self) -> JSONResponse:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after:
            # https://core.telegram.org/bots/api#responseparameters
            body["parameters"] = {"retry_after": self.retry_after}
        return JSONResponse(body, status_code=self.code)


def bad(why: str) -> Refused:
    return Refused(400, why)


def ok(result: Any) -> JSONResponse:
    return JSONResponse({"ok": True, "result": result})
