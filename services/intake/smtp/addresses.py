"""Addresses in MAIL and RCPT (RFC 5321 4.1.2): what nearly all look like at once, the rest by the library's full grammar."""

import re

NULL_SENDER = "<>"

_USUAL = re.compile(
    r"<([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?: |\Z)"
)
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
MAX_PATH = 254
"""Octets of an address (RFC 5321 4.5.3.1.3 less its brackets)."""


def usual(arg: str, local_limit: int) -> tuple[str | None, str] | None:
    """Address and rest of ``<local@domain> rest``; None when it does not look like that and has to be read properly.

    As the library does, an address whose local part is longer than ``local_limit`` (0: none) is malformed: ``(None, "")``.
    """
    match = _USUAL.match(arg)
    if match is None:
        return None
    local, domain = match[1], match[2]
    if local_limit and len(local) > local_limit:
        return None, ""
    return f"{local}@{domain}", arg[match.end() :]


def fit(address: str) -> bool:
    """Whether an address can be kept: no controls, valid UTF-8 and not endless."""
    return len(address.encode("utf-8", "replace")) <= MAX_PATH and not _UNFIT.search(address)
