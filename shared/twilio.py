"""Twilio as intake and notifier both need it: the library's client against the base that is configured, over httpx, and the signatures
of its webhooks.

The library builds ``https://api.twilio.com/…`` by itself; `Transport` puts the inbox's ``api_url`` in its place. Imported only where an
inbox of Twilio's is configured: the library takes half a second.
"""

from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from hmac import compare_digest
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator

from shared import clock
from shared.settings.inbox import TwilioInbox

if TYPE_CHECKING:
    from twilio.rest import Client

BASE = "https://api.twilio.com"
SECONDS = 10.0
"""How long one request may take. Well below the twenty seconds for which the store holds a claim."""
_CONNECTIONS = 16
_ANSWER_LIMIT = 8 * 1024 * 1024
_LONGEST_WAIT = 3_600.0


class TooMany(Exception):
    """429: Twilio asks us to slow down. ``retry_after`` in seconds, where it says."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("Twilio 20429: too many requests")
        self.retry_after = retry_after


class Trouble(Exception):
    """Twilio's own trouble (5xx), or an answer that is none: what was asked for may have been done."""


TROUBLES = (httpx.HTTPError, TwilioException, TooMany, Trouble, ValueError, KeyError)
"""All that a call of the library can end in when it is not our fault; the last two come of answers that aren't what they should be."""


class Transport(AsyncHttpClient):  # type: ignore[misc]
    """What the library asks through. Environment proxies are not used, redirects are not followed. Raises `httpx.HTTPError`,
    `TooMany` and `Trouble`: the library's own errors have no room for what the headers say."""

    def __init__(self, api_url: str, *, seconds: float = SECONDS, connections: int = _CONNECTIONS) -> None:
        super().__init__(None, True, seconds)
        self._base = api_url.rstrip("/")
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.AsyncClient(trust_env=False, timeout=seconds, limits=limits)

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, as the library words it."""
        if not url.startswith(f"{BASE}/"):
            raise httpx.UnsupportedProtocol(f"{url} is not Twilio's")
        answer = await self._client.request(
            method,
            self._base + url.removeprefix(BASE),
            params=dict(params) if params else None,
            data=dict(data) if data else None,
            headers=dict(headers) if headers else None,
            auth=auth,
        )
        if answer.status_code == 429:
            raise TooMany(_seconds(answer.headers.get("retry-after", "")))
        if answer.status_code >= 500:
            raise Trouble(f"HTTP {answer.status_code}: {answer.text[:300]}")
        if len(answer.content) > _ANSWER_LIMIT:
            raise Trouble("the answer is too long")
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def client(inbox: TwilioInbox, transport: Transport) -> "Client":
    """The library's client for an inbox's account. Its methods ending in ``_async`` are the ones to use; they raise `TROUBLES`."""
    from twilio.rest import Client

    # The library insists on both being there; without them Twilio will say that it does not know us.
    sid, token = inbox.account_sid or "AC", inbox.auth_token.get_secret_value() or "none"
    return Client(sid, token, http_client=transport)


def _seconds(given: str) -> float | None:
    """Retry-After (RFC 9110, 10.2.3) in seconds; a date counts from now."""
    try:
        return min(max(float(given), 0.0), _LONGEST_WAIT)
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(given)
    except (ValueError, TypeError):
        return None
    return min(max(at.timestamp() - clock.now().timestamp(), 0.0), _LONGEST_WAIT)


class Parameters:
    """A form's fields with all their values, as `RequestValidator` wants to read them."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, name: str) -> list[str]:
        """All values of a field."""
        return self._values[name]


def is_signed(token: str, url: str, content: Sequence[tuple[str, str]] | str, signature: str) -> bool:
    """Whether Twilio signed a request with this auth token (https://www.twilio.com/docs/usage/security#validating-requests).

    ``url`` is the public one, with its query; signatures over it with and without its port count, since Twilio makes both. ``content``
    is the form, or the body where it is JSON (whose hash then stands in the query). An empty token signs nothing.
    """
    if not token or not signature.isascii():
        return False
    given: Any = content if isinstance(content, str) else Parameters(content)
    try:
        if isinstance(content, str) and "bodySHA256" not in parse_qs(urlsplit(url).query):
            return False  # nothing would vouch for the body; the library stumbles over it
        validator = RequestValidator(token)
        # The library always computes both, with the port and without: twice the work. Nearly always it is the address as it is.
        if not isinstance(content, str) and compare_digest(validator.compute_signature(url, given), signature):
            return True
        return bool(validator.validate(url, given, signature))
    except (ValueError, UnicodeError):  # a port that is none, surrogates
        return False
