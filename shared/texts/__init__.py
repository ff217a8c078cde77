"""What customers (in their language) and operators (in English) read. It decides nothing and sends nothing."""

from shared.texts.durations import expected
from shared.texts.languages import CONFIDENT, LANGUAGES, pick_language
from shared.texts.lookup import MissingVariable, UnknownText, alert, customer_status, text
from shared.texts.plural import plural_form

__all__ = [
    "CONFIDENT",
    "LANGUAGES",
    "MissingVariable",
    "UnknownText",
    "alert",
    "customer_status",
    "expected",
    "pick_language",
    "plural_form",
    "text",
]
