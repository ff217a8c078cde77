"""What stands in a text instead of the address or number of somebody whom its reader shall not know by it."""

from typing import Final

MASKING_TEXTS: Final[dict[str, dict[str, str]]] = {
    "masked.address": {"en": "[address]", "pl": "[adres]", "hr": "[adresa]"},
    "masked.number": {"en": "[number]", "pl": "[numer]", "hr": "[broj]"},
}
