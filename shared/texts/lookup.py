"""From a key and a language to a text, with everything filled in or an error."""

import string
from collections.abc import Mapping

from shared.texts.catalogue import CATALOGUE, CUSTOMER_STATUS
from shared.texts.languages import LANGUAGES
from shared.texts.operators import ALERTS


class UnknownText(KeyError):
    """There is no text with this key."""


class MissingVariable(KeyError):
    """The text needs a variable that wasn't given."""


def text(key: str, language: str, /, *, default: str = LANGUAGES[0], **variables: object) -> str:
    """The customers' text ``key`` in ``language``, else in ``default``: the first configured language.

    Variables are put in as they are, braces in them mean nothing. Raises `UnknownText`, and `MissingVariable` when the
    text has a variable that isn't given; more than it has may be given.
    """
    entry = CATALOGUE.get(key)
    if entry is None:
        raise UnknownText(key)
    return _filled(key, entry.get(language) or entry.get(default) or entry[LANGUAGES[0]], variables)


def customer_status(status: str, language: str, /, *, default: str = LANGUAGES[0]) -> str:
    """A ticket's ``status`` as customers read it: open, waiting for you, handled or closed. Raises `UnknownText`."""
    if status not in CUSTOMER_STATUS:
        raise UnknownText(status)
    return text(CUSTOMER_STATUS[status], language, default=default)


def alert(key: str, /, **variables: object) -> str:
    """The operators' text ``key``, in English. Raises as `text` does."""
    if key not in ALERTS:
        raise UnknownText(key)
    return _filled(key, ALERTS[key], variables)


def variables_of(template: str) -> set[str]:
    """The names in braces in ``template``."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _filled(key: str, template: str, variables: Mapping[str, object]) -> str:
    try:
        return template.format_map(variables)
    except KeyError as error:
        raise MissingVariable(f"{key} needs {error.args[0]}") from None
