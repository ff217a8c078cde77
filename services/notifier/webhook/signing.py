"""The body of a webhook and its signature.

The signature is HMAC-SHA-256 (RFC 2104) under the webhook's secret over the time in seconds, a dot, and the body's octets; the time is in
it so that a receiver can refuse what is old and was only recorded.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

from shared.messages.outbound import Outbound

SIGNATURE, EVENT, DELIVERY = "Trunkline-Signature", "Trunkline-Event", "Trunkline-Delivery"


def body(outbound: Outbound) -> bytes:
    """The event as JSON, the same octets at each attempt: what happened, and which ticket it happened to."""
    event = dict(outbound.variables.get("event") or {})
    ticket = None
    if outbound.ticket_id is not None:
        known = outbound.variables.get("ticket") or {}
        ticket = {"id": outbound.ticket_id, "number": f"T-{outbound.ticket_number}", **known}
    return json.dumps(
        {**event, "ticket": ticket}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()


def headers(outbound: Outbound, content: bytes, secret: str, at: int) -> Mapping[str, str]:
    """What goes along with ``content``, sent at the Unix time ``at``. The delivery's id is the same at each attempt."""
    mac = hmac.new(secret.encode(), b"%d." % at + content, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        SIGNATURE: f"t={at},v1={mac}",
        EVENT: outbound.subject,
        DELIVERY: outbound.delivery_id,
    }
