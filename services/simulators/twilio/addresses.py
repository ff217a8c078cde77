"""Addresses as Twilio writes them: ``+48600100200``, ``whatsapp:+48600100200``, ``messenger:1234567890``
(https://www.twilio.com/docs/messaging/channels)."""

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
SHORT_CODE = re.compile(r"[0-9]{5,6}")
ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
MESSENGER = re.compile(r"[0-9A-Za-z_.-]{3,64}")


def channel(address: str) -> str:
    """``sms``, ``whatsapp`` or ``messenger``."""
    prefix, colon, _ = address.partition(":")
    return prefix if colon else "sms"


def bare(address: str) -> str:
    """Without the channel's prefix."""
    return address.rpartition(":")[2]


def can_receive(address: str) -> bool:
    """Whether it has the form of somebody's address."""
    if channel(address) == "messenger":
        return MESSENGER.fullmatch(bare(address)) is not None
    return channel(address) in ("sms", "whatsapp") and E164.fullmatch(bare(address)) is not None


def can_send(address: str) -> bool:
    """Whether it has the form of a sender's address: short codes and words too, for SMS."""
    if can_receive(address):
        return True
    forms = (SHORT_CODE, ALPHANUMERIC)
    return channel(address) == "sms" and any(form.fullmatch(address) for form in forms)
