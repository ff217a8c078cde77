"""Twilio's error codes, sorted by what they mean for a message. Pure. https://www.twilio.com/docs/api/errors

They come with the answer to a request (21610) or with a message's later state (30003), so both rooms need them.
"""

from typing import Final, Literal

from shared.messages import reasons

Kind = Literal["permanent", "opted-out", "misconfigured", "throttled", "temporary"]

OUTSIDE_WINDOW: Final = 63016

CODES: Final[dict[int, tuple[Kind, str]]] = {
    # Ours to mend.
    20003: ("misconfigured", "Twilio does not accept account_sid and auth_token"),
    20005: ("misconfigured", "the account is not active"),
    20404: ("misconfigured", "Twilio does not know the account"),
    21212: ("misconfigured", "our number is not valid"),
    21603: ("misconfigured", "no number of ours was given"),
    21606: ("misconfigured", "our number cannot send messages, or is not the account's"),
    21609: ("misconfigured", "the status callback's address is not valid; look at company.public_url"),
    21659: ("misconfigured", "our number is not the account's"),
    21660: ("misconfigured", "our number belongs to another account"),
    30002: ("misconfigured", "the account is suspended"),
    63002: ("misconfigured", "the channel does not know us"),
    63007: ("misconfigured", "the channel does not know our sender"),
    # Too fast.
    20429: ("throttled", "too many requests"),
    14107: ("throttled", "too many messages"),
    21611: ("throttled", "too many messages wait at our number"),
    30001: ("throttled", "too many messages wait"),
    63018: ("throttled", "too many messages on the channel"),
    63038: ("throttled", "the account's daily limit is reached"),
    # The recipient does not want them.
    21610: ("opted-out", reasons.OPTED_OUT),
    63032: ("opted-out", reasons.OPTED_OUT),
    # Never to this recipient, or not like this.
    21211: ("permanent", reasons.INVALID),
    21214: ("permanent", reasons.INVALID),
    21217: ("permanent", reasons.INVALID),
    21265: ("permanent", reasons.INVALID),
    21266: ("permanent", reasons.INVALID),
    21408: ("permanent", reasons.UNREACHABLE),
    21602: ("permanent", reasons.UNSENDABLE),
    21604: ("permanent", reasons.INVALID),
    21612: ("permanent", reasons.UNREACHABLE),
    21614: ("permanent", reasons.INVALID),
    21617: ("permanent", reasons.UNSENDABLE),
    21620: ("permanent", reasons.UNSENDABLE),
    21623: ("permanent", reasons.UNSENDABLE),
    21655: ("permanent", reasons.UNSENDABLE),
    21656: ("permanent", reasons.UNSENDABLE),
    21910: ("permanent", reasons.INVALID),
    30003: ("permanent", reasons.UNREACHABLE),
    30004: ("permanent", reasons.BLOCKED),
    30005: ("permanent", reasons.INVALID),
    30006: ("permanent", reasons.INVALID),
    30007: ("permanent", reasons.FILTERED),
    30008: ("permanent", reasons.UNREACHABLE),
    30019: ("permanent", reasons.UNSENDABLE),
    30034: ("permanent", reasons.FILTERED),
    63003: ("permanent", reasons.INVALID),
    63005: ("permanent", reasons.UNSENDABLE),
    63013: ("permanent", reasons.FILTERED),
    63016: ("permanent", reasons.OUTSIDE_WINDOW),
    63019: ("permanent", reasons.UNSENDABLE),
    63021: ("permanent", reasons.UNSENDABLE),
    63024: ("permanent", reasons.INVALID),
    63033: ("permanent", reasons.BLOCKED),
    63049: ("permanent", reasons.FILTERED),
}


def via(segments: int) -> str:
    """What a delivery is shown to have gone by: for SMS with the segments that are paid for (0: none are)."""
    if not segments:
        return "twilio"
    return f"twilio ({segments} segment{'' if segments == 1 else 's'})"


def described(code: int | None, words: str = "") -> str:
    """An error for a delivery: the reason first, where there is one, then what Twilio says."""
    kind, meaning = CODES.get(code or 0, ("", ""))
    said = (
        f"Twilio {code}: {words}" if code and words else f"Twilio {code}" if code else words or "Twilio gave no reason"
    )
    if kind in ("permanent", "opted-out"):
        return f"{meaning}: {said}"
    return f"{said} ({meaning})" if meaning else said
