"""How many segments an SMS takes (https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding, 3GPP TS 23.038)."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")


def count(text: str) -> int:
    """160 septets in one segment or 153 in each of several; 70 or 67 UTF-16 units when a character isn't in GSM-7."""
    if all(character in BASIC or character in EXTENSION for character in text):
        costs = [2 if character in EXTENSION else 1 for character in text]
        return _fill(costs, 160, 153)
    return _fill([2 if ord(character) > 0xFFFF else 1 for character in text], 70, 67)


def _fill(costs: list[int], alone: int, each: int) -> int:
    """A character is never split between two segments."""
    if sum(costs) <= alone:
        return 1
    segments, room = 1, each
    for cost in costs:
        if cost > room:
            segments, room = segments + 1, each
        room -= cost
    return segments
