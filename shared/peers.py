"""Who calls over HTTP: the peer of the connection, or whom a trusted proxy names. Pure, save for what it remembers."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection

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
    address = source(peer)
    return address is not None and any(address in network for network in LOOPBACK)


def peer_of(connection: HTTPConnection, proxies: Networks) -> str:
    """The caller's address. ``X-Forwarded-For`` is read from its end, and only as far as our own ``proxies`` wrote it: what stands
    before anyone may have made up."""
    peer = connection.client.host if connection.client else ""
    hops = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    for hop in reversed(hops[-MOST_HOPS:]):
        address = source(peer)
        if address is None or not any(address in network for network in proxies):
            break
        if source(hop.strip()) is None:
            break
        peer = hop.strip()
    return peer
