"""Who calls over HTTP: the peer of the connection, or whom a trusted proxy names."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

Networks = tuple[IPv4Network | IPv6Network, ...]

LOOPBACK: Networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
MOST_HOPS = 20


@lru_cache(maxsize=4096)
def source(peer: str) -> IPv4Address | IPv6Address | None:
    """The peer's address, an IPv4 one also where the socket is an IPv6 one; None for what is no address."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def is_loopback(peer: str) -> bool:
    """Whether it is this machine, from where a proxy of ours speaks for many."""
    return is_of(peer, LOOPBACK)


def is_of(peer: str, networks: Networks) -> bool:
    """Whether it is an address of one of these networks."""
    address = source(peer)
    return address is not None and any(address in network for network in networks)


def peer_of(connection: HTTPConnection, proxies: Networks) -> str:
    """The caller's address. ``X-Forwarded-For`` is read from its end, and only as far as our own ``proxies`` wrote it: what stands
    before anyone may have made up."""
    peer = connection.client.host if connection.client else ""
    hops = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    for hop in reversed(hops[-MOST_HOPS:]):
        if not is_of(peer, proxies):
            break
        if source(hop.strip()) is None:
            break
        peer = hop.strip()
    return peer


def caller(connection: HTTPConnection) -> str:
    """The caller's address behind `BehindProxies`; empty where there is none."""
    return connection.client.host if connection.client else ""


class BehindProxies:
    """Writes into ``scope["client"]`` who really calls, once and in front of everything, so that nothing behind it can take a proxy's
    address for everybody's."""

    def __init__(self, app: ASGIApp, proxies: Networks) -> None:
        self.app, self._proxies = app, proxies
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] in ("http", "websocket") and scope.get("client"):
            connection = HTTPConnection(scope)
            peer = peer_of(connection, self._proxies)
            if peer != scope["client"][0]:
                scope["client"] = (peer, scope["client"][1])
            elif not self._warned and "x-forwarded-for" in connection.headers and _is_near(peer):
                self._warned = True
                log.warning(
                    "a proxy in front of us is not in web.trusted_proxies: all its callers count as one", proxy=peer
                )
        await self.app(scope, receive, send)


def _is_near(peer: str) -> bool:
    """Whether it is this machine or one of our networks: where proxies are, and hardly any stranger."""
    address = source(peer)
    return address is not None and (address.is_private or address.is_loopback)
