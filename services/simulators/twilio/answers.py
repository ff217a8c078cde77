"""How Twilio answers what it refuses (https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions), with the codes
of https://www.twilio.com/docs/api/errors."""

from typing import Any

from starlette.responses import JSONResponse

Json = dict[str, Any]

# Codes that come with a message's state, not with the answer to a request.
FAILURES = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    63016: "Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, please"
    " use a Message Template.",
}
FAULTS = {429: (20429, "Too Many Requests"), 503: (20503, "Service Unavailable")}


class Refused(Exception):
    """A request is refused with Twilio's code, its words, and an HTTP status."""

    def __init__(self, code: int, message: str, status: int = 400, retry_after: int = 0) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.retry_after = code, message, status, retry_after

    def answer(self) -> JSONResponse:
        body: Json = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return JSONResponse(body, status_code=self.status, headers=headers)


def not_found(path: str) -> Refused:
    return Refused(20404, f"The requested resource {path} was not found", 404)


def unauthenticated() -> Refused:
    return Refused(20003, "Authenticate", 401)


def fault(status: int, retry_after: int) -> Refused:
    code, words = FAULTS.get(status, (20500, "An internal server error has occurred"))
    return Refused(code, words, status, retry_after)
