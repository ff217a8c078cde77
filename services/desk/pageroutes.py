"""Routes of pages for browsers: each is looked at (GET, and HEAD for who only asks whether it is there), and some are sent something to
(POST). Not here: calls of the API, which describe themselves."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request, Response

from services.desk.errors import DeskError

Answer = Callable[..., Awaitable[Response]]
"""Takes ``request``, and by their names the parts of the path that stand in braces."""
Away = Callable[[Request, DeskError], Awaitable[Response]]
LOOKED_AT: Final = ["GET", "HEAD"]


def page(
    router: APIRouter, path: str, show: Answer | None, send: Answer | None = None, *, away: Away | None = None
) -> None:
    """A page: ``show`` answers who looks at it, ``send`` who sends something to it, and ``away`` whoever cannot be answered at the moment
    (null: they see to that themselves). A path that is named comes before one with braces that would take it."""
    for methods, answer in ((LOOKED_AT, show), (["POST"], send)):
        if answer is not None:
            router.add_api_route(path, _only_the_path(answer, away), methods=methods)


def _only_the_path(answer: Answer, away: Away | None) -> Answer:
    """Nothing of the query becomes an argument, whatever else ``answer`` may be called with."""

    async def answered(request: Request) -> Response:
        try:
            return await answer(request=request, **request.path_params)
        except DeskError as error:
            if away is None:
                raise
            return await away(request, error)

    return answered
