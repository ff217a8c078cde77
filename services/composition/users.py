"""Who we are on the bus, read from the address we are given."""

from urllib.parse import unquote, urlsplit


def user_of(url: str) -> str:
    """The user in the first of several bus addresses; empty where there is none."""
    return unquote(urlsplit(url.partition(",")[0].strip()).username or "")
