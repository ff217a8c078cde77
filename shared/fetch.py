"""The one way to fetch what somebody else's address names: media of providers, files that customers point to.

Such an address is hostile until shown otherwise. Its host is resolved here and the connection goes to the address that was checked, so
that a second look-up can't lead elsewhere; what isn't a public address is refused unless the configuration lists its network; size, time
and redirects are bounded; nothing is decompressed; credentials go to the origin they are meant for and no further.

The name stays in ``Host`` and in the TLS handshake (httpx's extension ``sni_hostname``), so certificates are checked against it.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

REDIRECTS = 5
TIME_LIMIT = 20.0
"""Seconds for all of it, redirects included."""
SIZE_LIMIT = 25 * 1024 * 1024
_LONGEST_URL = 4096
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits

Ip = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host and port; raises `OSError`."""


class FetchError(Exception):
    """It could not be fetched. ``temporary``: it is worth another try."""

    temporary = False


class Forbidden(FetchError):
    """The address is none that may be asked: no web address, not public, or it leads to such a one."""


class NotThere(FetchError):
    """The other side says no (any status but 2xx that another try won't change)."""


class TooBig(FetchError):
    """More octets than were allowed."""


class Unavailable(FetchError):
    """The other side does not answer, or asks to come later."""

    temporary = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was there. ``media_type`` as the other side says, lower-case, without parameters; ``filename`` likewise or empty."""

    content: bytes
    media_type: str
    filename: str
    url: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What the other side answered to what was handed to it. ``retry_after`` in seconds, where it said so."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a request goes: the URL with the checked address in it, and the host it is asked under."""

    url: httpx.URL
    origin: tuple[str, str, int]
    pinned: httpx.URL


class Fetcher:
    """``allow`` are networks that may be asked although they aren't public (a provider's stand-in on loopback)."""

    def __init__(self, allow: Sequence[Network] = (), *, resolve: Resolve | None = None) -> None:
        self._allow = tuple(allow)
        self._resolve = resolve or _resolve
        self._tls: ssl.SSLContext | None = None

    async def fetch(
        self,
        url: str,
        *,
        auth: tuple[str, str] | None = None,
        limit: int = SIZE_LIMIT,
        seconds: float = TIME_LIMIT,
    ) -> Fetched:
        """The content behind ``url``, at most ``limit`` octets within ``seconds``. ``auth`` (user, password) is for its origin
        only.

        Raises `Forbidden`, `NotThere`, `TooBig`, `Unavailable`.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(url, auth, limit, seconds)
        except TimeoutError as error:
            raise Unavailable(f"no end after {seconds:g} s") from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], *, seconds: float = TIME_LIMIT
    ) -> Posted:
        """Hand ``content`` to ``url`` within ``seconds``. Redirects are an answer like any other and never followed, what the answer says
        is not read.

        Raises `Forbidden`, `Unavailable`.
        """
        try:
            async with asyncio.timeout(seconds):
                target = await self._target(url)
                own = {"Host": target.url.netloc.decode("ascii"), "User-Agent": "Trunkline", **headers}
                extensions = {"sni_hostname": target.url.raw_host.decode("ascii")}
                async with httpx.AsyncClient(trust_env=False, verify=self._context(), timeout=seconds) as client:
                    request = client.build_request(
                        "POST", target.pinned, content=content, headers=own, extensions=extensions
                    )
                    answer = await client.send(request, stream=True)
                    await answer.aclose()
        except TimeoutError as error:
            raise Unavailable(f"no answer after {seconds:g} s") from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        after = answer.headers.get("retry-after", "")
        return Posted(answer.status_code, float(after) if after.isascii() and after.isdigit() else None)

    async def _follow(self, url: str, auth: tuple[str, str] | None, limit: int, seconds: float) -> Fetched:
        target = await self._target(url)
        first = target.origin
        # A client for each: connections are shared by address there, and one name's certificate says nothing of another's.
        async with httpx.AsyncClient(trust_env=False, verify=self._context(), timeout=seconds) as client:
            for _ in range(REDIRECTS + 1):
                found = await self._ask(client, target, auth if target.origin == first else None, limit)
                if isinstance(found, Fetched):
                    return found
                following = await self._target(str(target.url.join(found)))
                if target.url.scheme == "https" and following.url.scheme != "https":
                    raise Forbidden("a redirect leads from https to http")
                target = following
        raise NotThere(f"more than {REDIRECTS} redirects")

    async def _ask(
        self, client: httpx.AsyncClient, target: _Target, auth: tuple[str, str] | None, limit: int
    ) -> Fetched | str:
        """The content, or where it is instead."""
        headers = {"Host": target.url.netloc.decode("ascii"), "Accept-Encoding": "identity", "User-Agent": "Trunkline"}
        request = client.build_request(
            "GET", target.pinned, headers=headers, extensions={"sni_hostname": target.url.raw_host.decode("ascii")}
        )
        answer = await client.send(request, stream=True, auth=auth)
        try:
            if answer.is_redirect:
                return answer.headers["location"]
            _check(answer, limit)
            content = bytearray()
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > limit:
                    raise TooBig(f"more than {limit} octets")
        finally:
            await answer.aclose()
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(bytes(content), media_type, _filename(answer), str(target.url))

    async def _target(self, url: str) -> _Target:
        try:
            if len(url) > _LONGEST_URL:
                raise Forbidden("the address is too long")
            parsed = httpx.URL(url)
            port = parsed.port or (443 if parsed.scheme == "https" else 80)
        except httpx.InvalidURL as error:
            raise Forbidden(f"no address that can be asked: {error}") from error
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
            raise Forbidden("only http and https addresses without a user are fetched")
        address = await self._address(parsed.host, port)
        # Without a fragment, which stays at home (RFC 9110, 7.1).
        pinned = parsed.copy_with(host=str(address), fragment=None)
        return _Target(parsed, (parsed.scheme, parsed.host.lower(), port), pinned)

    async def _address(self, host: str, port: int) -> Ip:
        try:
            found = [str(ip_address(host.strip("[]")))]
        except ValueError:
            try:
                found = list(await self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                raise Unavailable(f"{host} has no address at the moment: {error}") from error
        for each in found:
            address = ip_address(each.partition("%")[0])
            if self.allows(address):
                return address
        raise Forbidden(f"{host} is at no public address")

    def allows(self, address: Ip) -> bool:
        """Whether this address may be asked."""
        address = _meant(address)
        if any(address in network for network in self._allow if network.version == address.version):
            return True
        return address.is_global and not address.is_multicast and not address.is_reserved

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=False)
        return self._tls


def _meant(address: Ip) -> Ip:
    """The IPv4 address that an IPv6 one stands for, where it does: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address


def _check(answer: httpx.Response, limit: int) -> None:
    """Raises `Unavailable`, `NotThere`, `TooBig`."""
    if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
        raise Unavailable(f"HTTP {answer.status_code}")
    if not answer.is_success:
        raise NotThere(f"HTTP {answer.status_code}")
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise NotThere("compressed although that was not asked for")
    declared = answer.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooBig(f"{declared} octets, more than {limit}")


def _filename(answer: httpx.Response) -> str:
    """The name in Content-Disposition (RFC 6266), without a folder; empty where there is none."""
    from email.message import EmailMessage

    given = answer.headers.get("content-disposition", "")
    if not given or len(given) > 1000:
        return ""
    header = EmailMessage()
    try:
        header["Content-Disposition"] = given
        name = header.get_filename() or ""
    except (ValueError, LookupError, IndexError):  # what the standard library's reader raises on garbage
        return ""
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in name if char.isprintable())[:200]


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]
