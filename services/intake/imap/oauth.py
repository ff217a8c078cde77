"""Access tokens for XOAUTH2: got with the refresh token (RFC 6749, section 6) before the present one ends; new refresh tokens are kept.

Refreshing early has a second use: a refresh token that was revoked is noticed while the connection, and the access token, still work.
The request runs in a thread with the standard library: one form, answered by one small JSON document, with no redirects.
"""

import asyncio
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

import structlog

from services.intake.imap.errors import NotNow, TokenRefused, TokenUnavailable
from services.intake.imap.vault import Vault
from shared.bus.errors import BusError
from shared.settings.inbox import Oauth

log = structlog.get_logger(__name__)

ANSWER = 20.0
"""Seconds for the token endpoint's answer."""
MAX_ANSWER = 64 * 1024
LIFETIME = 3600.0
"""Seconds of life where the answer does not say (RFC 6749 5.1 only recommends it)."""
EARLY = 0.5
"""The part of its life after which a token is replaced."""
SPARE = 60.0
"""Seconds before its end from which a token is not signed in with any more."""
AGAIN = 60.0
"""Seconds before another attempt after one that failed, while the present token still works."""
SOON = 3 * 86400.0
"""Seconds before the refresh token's own end from which it is told."""
_REFUSALS = {"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"}


@dataclass(slots=True)
class _Access:
    token: str
    begins: float
    ends: float


class Tokens:
    """The access token of one mailbox. ``warning`` is what the operators should know, or empty."""

    def __init__(self, oauth: Oauth, vault: Vault, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._oauth = oauth
        self._vault = vault
        self._monotonic = monotonic
        self._access: _Access | None = None
        self._not_before = float("-inf")
        self._unsaved = ""
        self._refreshing: asyncio.Task[None] | None = None
        self.warning = ""

    @property
    def ends_in(self) -> float:
        """Seconds until the present access token ends; 0 without one."""
        return max(self._access.ends - self._monotonic(), 0.0) if self._access is not None else 0.0

    async def access(self) -> str:
        """A token to sign in with now. Raises `TokenRefused`, `TokenUnavailable`, `NotNow`."""
        if self.ends_in <= SPARE:
            await self._refresh()
        else:
            await self.keep_fresh()
        assert self._access is not None
        return self._access.token

    async def keep_fresh(self) -> None:
        """Replace the token when half of its life is over; what goes wrong becomes `warning` as long as there is one that works."""
        access, now = self._access, self._monotonic()
        if self._unsaved:
            await self._keep(self._unsaved)
        if access is None or now < access.begins + EARLY * (access.ends - access.begins) or now < self._not_before:
            return
        try:
            await self._refresh()
        except (TokenRefused, TokenUnavailable, NotNow) as error:
            self._not_before = now + AGAIN
            if isinstance(error, TokenRefused):
                minutes = int((access.ends - now) // 60)
                self.warning = f"signing in will fail in {minutes} minutes: {error}"
            log.warning("the access token could not be replaced early", error=str(error))

    def forget(self) -> None:
        """The server did not take the token: get another one for the next attempt."""
        self._access = None

    async def settle(self, within: float) -> None:
        """Wait for so many seconds for a refresh that is under way, and for what it got to be kept."""
        if self._refreshing is not None and not self._refreshing.done():
            await asyncio.wait({self._refreshing}, timeout=within)

    async def _refresh(self) -> None:
        """Goes on when whoever waits for it is cancelled: the provider may have replaced the refresh token already, and the answer is the
        only place where the new one stands."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._get(), name="imap-refresh")
        await asyncio.shield(self._refreshing)

    async def _get(self) -> None:
        if self._unsaved:
            await self._keep(self._unsaved)
        try:
            refresh_token = await self._vault.load()
        except BusError as error:
            raise NotNow(str(error)) from error
        if not refresh_token:
            raise TokenRefused("there is no refresh token; set imap.oauth.refresh_token")
        answer = await asyncio.to_thread(ask, self._oauth, refresh_token)
        now = self._monotonic()
        lifetime = _seconds(answer.get("expires_in"), LIFETIME)
        self._access = _Access(read_token(answer), now, now + lifetime)
        self._not_before = float("-inf")
        ends = _seconds(answer.get("refresh_token_expires_in"), 0.0)
        self.warning = f"the refresh token ends in {ends / 86400:.1f} days; sign in anew" if 0 < ends < SOON else ""
        replaced = answer.get("refresh_token")
        if isinstance(replaced, str) and replaced and replaced != refresh_token:
            await self._keep(replaced)

    async def _keep(self, refresh_token: str) -> None:
        # The former one may be void already: until this one is kept it must not be forgotten.
        self._unsaved = refresh_token
        try:
            await self._vault.save(refresh_token)
        except BusError as error:
            raise NotNow(f"the new refresh token could not be kept yet: {error}") from error
        self._unsaved = ""
        log.info("the refresh token was replaced and kept")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None  # the secrets go where the configuration says, nowhere else


def ask(oauth: Oauth, refresh_token: str) -> dict[str, Any]:
    """The token endpoint's answer. Blocks up to `ANSWER` seconds. Raises `TokenRefused`, `TokenUnavailable`."""
    form = {
        "grant_type": "refresh_token",
        "client_id": oauth.client_id,
        "refresh_token": refresh_token,
        **({"client_secret": secret} if (secret := oauth.client_secret.get_secret_value()) else {}),
        **({"scope": oauth.scope} if oauth.scope else {}),
    }
    request = urllib.request.Request(  # noqa: S310 - the configuration takes https only (http on this machine)
        oauth.token_url, urllib.parse.urlencode(form).encode(), {"Accept": "application/json"}
    )
    where = urllib.parse.urlsplit(oauth.token_url).hostname
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=ANSWER) as response:
            body: bytes = response.read(MAX_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            said = _error(error)
        if error.code in (400, 401, 403) and said.partition(":")[0] in _REFUSALS:
            raise TokenRefused(f"{where} does not take the refresh token ({said}); sign in anew") from None
        raise TokenUnavailable(f"{where} gives no token: {error.code} {said}".strip()) from None
    except (OSError, ValueError) as error:
        raise TokenUnavailable(f"{where} gives no token: {error}") from None
    return _json(body)


def _error(error: urllib.error.HTTPError) -> str:
    """``invalid_grant: what it says about it``, on one line."""
    try:
        answer = _json(error.read(MAX_ANSWER))
    except (TokenUnavailable, OSError):
        return ""
    words = [str(answer[name]) for name in ("error", "error_description") if answer.get(name)]
    return "".join(char if char.isprintable() else " " for char in ": ".join(words))[:200]


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise TokenUnavailable("the token endpoint's answer is no JSON document") from None
    if not isinstance(answer, dict):
        raise TokenUnavailable("the token endpoint's answer is no JSON object")
    return answer


def read_token(answer: dict[str, Any]) -> str:
    """The access token in the endpoint's answer. Raises `TokenUnavailable`."""
    token = answer.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise TokenUnavailable("the token endpoint's answer holds no access token")
    return token


def _seconds(value: object, otherwise: float) -> float:
    """A number of seconds, which some providers write as text."""
    try:
        number = float(value) if isinstance(value, int | float | str) else otherwise
    except ValueError:
        return otherwise
    return number if 0 < number < 10**10 else otherwise
