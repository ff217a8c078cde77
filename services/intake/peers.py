"""Who calls over HTTP: the peer of the connection, or whom a trusted proxy names."""

from starlette.requests import HTTPConnection

from services.intake.limits import Networks, source

MOST_HOPS = 20


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
