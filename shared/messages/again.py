"""Sending once more what did not arrive, because somebody says so."""

from typing import Literal

from shared.messages.base import Record


class SendAgain(Record):
    """A delivery of the ticket ``number`` that failed, came back, or of which nobody knows, is tried again, now. Refused with ``conflict``
    for one in any other state, or that was sent on another channel instead."""

    do: Literal["send_again"] = "send_again"
    number: int
    delivery_id: str
