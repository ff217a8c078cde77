"""The only way to put a message into a stream: with the stream forced, a message id, and an answer awaited.

Without a forced stream a publish to a subject that no stream takes succeeds silently and goes nowhere (bus-notes, 6).
Headers and error codes: https://docs.nats.io/reference/reference-protocols/nats_api_reference and nats-server's errors.json.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from shared.bus import headers as hdr
from shared.bus.asking import asker
from shared.bus.errors import BusError, BusFull, BusUnavailable, NoResponders, PublishRejected
from shared.bus.grouping import grouping
from shared.bus.subjects import STREAMS

# nats-server, server/errors.json: resources exceeded, maximum bytes, maximum messages, maximum per subject.
_FULL = {10002, 10023, 10028, 10047, 10077}
_FULL_TEXTS = ("maximum bytes exceeded", "maximum messages exceeded", "no space left", "insufficient")


@dataclass(frozen=True, slots=True)
class Ack:
    """The stream has the message on disk at `seq`. `duplicate`: it had it already, under the same message id."""

    stream: str
    seq: int
    duplicate: bool


class Publisher:
    """Publishes on one connection; many at once are fine and fast (a few microseconds apart, answers matched by id)."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc  # kept alive here: the asker refers to it weakly
        self._asker = asker(nc)
        self._grouping = grouping(nc)

    async def publish(
        self,
        stream: str,
        subject: str,
        payload: bytes,
        *,
        message_id: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 5.0,
    ) -> Ack:
        """Store `payload` in `stream` under `subject` and wait up to `timeout` seconds for the stream to confirm.

        `message_id` is unique per *stream*, not per subject: the route belongs into it (bus-notes, 15). A second message
        with the same id within the stream's window is confirmed with `duplicate=True` and not stored. When the connection is
        lost meanwhile, the message is sent again with its id after the reconnect (then `duplicate` may mean our first try).
        What is published at the same time goes out together (`grouping`).

        **A timeout is not a failure**: the message may still have arrived. Whoever gets BusUnavailable repeats with the
        same id, or tells its own sender to try again later; never with a new id.

        Raises BusUnavailable, BusFull (the stream's limit), PayloadTooLarge, PublishRejected.
        """
        head = {key: hdr.clean(value) for key, value in headers.items()} if headers else {}
        head[hdr.MESSAGE_ID] = hdr.clean_id(message_id)
        head[hdr.EXPECTED_STREAM] = stream
        body: dict[str, Any]
        try:
            if stream in STREAMS:
                body = await self._grouping.publish(stream, subject, payload, head, timeout)
            else:
                answer = await self._asker.ask(subject, payload, hdr.block(head), timeout=timeout, repeatable=True)
                body = json.loads(answer.data)
        except NoResponders as error:
            raise BusUnavailable(f"stream {stream} does not answer: it is not declared or has no leader") from error
        if "error" in body:
            raise failure(subject, body["error"])
        return Ack(body["stream"], body["seq"], body.get("duplicate", False))


def failure(subject: str, error: Mapping[str, Any]) -> BusError:
    """The typed error for what JetStream answered: `{"code": 503, "err_code": 10077, "description": "…"}`."""
    text = str(error.get("description", ""))
    line = f"{subject} was not stored: {text} ({error.get('err_code')})"
    if error.get("err_code") in _FULL or any(part in text for part in _FULL_TEXTS):
        return BusFull(line)
    if error.get("code") in (500, 503):
        return BusUnavailable(line)
    return PublishRejected(line)
