"""A web server that stands for ours: keeps the webhooks it gets, and answers as a test wants."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from services.simulators.serving import Simulator


@dataclass
class Got:
    path: str
    query: str
    headers: dict[str, str]
    form: dict[str, str]
    json: Any


class Hooks(Simulator):
    """``answer`` may be set to say what a request gets; 204 otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Got] = []
        self.answer: Callable[[Got], Response] = lambda got: Response(status_code=204)
        self._app = Starlette(routes=[Route("/{path:path}", self._take, methods=["GET", "POST"])])

    def application(self) -> ASGIApp:
        return self._app

    def fault_answer(self, status: int, retry_after: int) -> ASGIApp:
        return Response(status_code=status)

    async def _take(self, request: Request) -> Response:
        is_json = request.headers.get("content-type", "").startswith("application/json")
        form = {} if is_json else {name: str(value) for name, value in (await request.form()).items()}
        json = await request.json() if is_json else None
        got = Got(request.url.path, request.url.query, dict(request.headers), form, json)
        with self.lock:
            self.got.append(got)
        answer = self.answer(got)
        self.changed()
        return answer

    def forms(self, path: str) -> list[dict[str, str]]:
        with self.lock:
            return [got.form for got in self.got if got.path == path]

    def all_statuses(self, path: str = "/status") -> list[str]:
        return [form["MessageStatus"] for form in self.forms(path)]


@contextmanager
def hooks() -> Iterator[Hooks]:
    with Hooks() as started:
        yield started


def twiml(inner: str) -> Response:
    return Response(f"<Response>{inner}</Response>", media_type="text/xml")
