"""What spam filters wrote into a mail's header, as far as it was asked of them: is it spam, and by how much.

Anybody can write these fields; whose word counts is decided elsewhere (`services.router.deciding.spam`). Sources: SpamAssassin
(https://spamassassin.apache.org/full/4.0.x/doc/Mail_SpamAssassin_Conf.html, "add_header"), rspamd
(https://rspamd.com/doc/modules/milter_headers.html), Exchange Online (https://learn.microsoft.com/defender-office-365, "Anti-spam
message headers").
"""

import re
from collections.abc import Callable

from shared.mail.headers import Headers

# (filter, header, spam, score, limit): ``spam`` is what the filter says, ``score`` and ``limit`` are its figures or null.
Sign = tuple[str, str, bool, float | None, float | None]
Verdict = tuple[bool | None, float | None, float | None]

MOST_SIGNS = 10
_MOST_FIELDS = 5
_MOST_OCTETS = 1_000
_FIGURE = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,6})?")
_SCORE = re.compile(r"\b(?:score|hits|spamicity)=\s*([+-]?\d{1,6}(?:\.\d{1,6})?)", re.IGNORECASE)
_LIMIT = re.compile(r"\b(?:required|required_hits|threshold|kill_level)=\s*([+-]?\d{1,6}(?:\.\d{1,6})?)", re.IGNORECASE)
_RSPAMD = re.compile(
    r"(true|false)\b[^\[]{0,40}\[\s*([+-]?\d{1,6}(?:\.\d{1,6})?)\s*/\s*([+-]?\d{1,6}(?:\.\d{1,6})?)\s*\]", re.IGNORECASE
)
_SCL = re.compile(r"\bSCL:(-?\d)\b")
_SPAMMY_ACTIONS = ("reject", "add header", "rewrite subject", "quarantine", "discard")
# Exchange calls 5 and more spam.
_SCL_LIMIT = 5.0


def read_spam_signs(headers: Headers) -> list[Sign]:
    """What filters say in these headers, at most ten signs; a mere "no" without a figure is left out."""
    signs: list[Sign] = []
    for name, (by, read) in _FIELDS.items():
        if name not in headers:
            continue
        for value in headers.all(name)[:_MOST_FIELDS]:
            spam, score, limit = read(value[:_MOST_OCTETS].decode("ascii", "replace").strip())
            if spam or score is not None:
                signs.append((by, name, bool(spam), score, limit))
    return signs[:MOST_SIGNS]


def _number(text: str | None) -> float | None:
    return float(text) if text is not None else None


def _said(value: str) -> bool | None:
    """``Yes``, ``YES``, ``true``, ``Spam`` and so on, with or without more behind; null for neither yes nor no."""
    word = re.match(r"[A-Za-z]*", value)
    match word[0].lower() if word else "":
        case "yes" | "true" | "spam":
            return True
        case "no" | "false" | "ham" | "innocent":
            return False
        case _:
            return None


def _flag(value: str) -> Verdict:
    return _said(value), None, None


def _status(value: str) -> Verdict:
    score, limit = _SCORE.search(value), _LIMIT.search(value)
    return _said(value), _number(score[1] if score else None), _number(limit[1] if limit else None)


def _score(value: str) -> Verdict:
    figure = _FIGURE.match(value)
    return None, _number(figure[0] if figure else None), None


def _bar(value: str) -> Verdict:
    """A star or a plus for each point: ``*****``."""
    bar = re.match(r"[*+]{1,200}", value)
    return None, float(len(bar[0])) if bar else None, None


def _rspamd(value: str) -> Verdict:
    found = _RSPAMD.search(value)
    return (found[1].lower() == "true", float(found[2]), float(found[3])) if found else (None, None, None)


def _action(value: str) -> Verdict:
    return value.lower().startswith(_SPAMMY_ACTIONS), None, None


def _exchange(value: str) -> Verdict:
    level = _SCL.search(value)
    if level is None:
        return "SFV:SPM" in value, None, None
    return int(level[1]) >= _SCL_LIMIT or "SFV:SPM" in value, float(level[1]), _SCL_LIMIT


def _level(value: str) -> Verdict:
    _, score, _ = _score(value)
    return (score >= _SCL_LIMIT, score, _SCL_LIMIT) if score is not None else (None, None, None)


_FIELDS: dict[str, tuple[str, Callable[[str], Verdict]]] = {
    "x-spam-flag": ("spamassassin", _flag),
    "x-spam-status": ("spamassassin", _status),
    "x-spam-score": ("spamassassin", _score),
    "x-spam-level": ("spamassassin", _bar),
    "x-spamd-result": ("rspamd", _rspamd),
    "x-rspamd-action": ("rspamd", _action),
    "x-rspamd-score": ("rspamd", _score),
    "x-spam-action": ("rspamd", _action),
    "x-spamd-bar": ("rspamd", _bar),
    "x-spam": ("rspamd", _flag),
    "x-barracuda-spam-flag": ("barracuda", _flag),
    "x-barracuda-spam-status": ("barracuda", _status),
    "x-bogosity": ("bogofilter", _status),
    "x-dspam-result": ("dspam", _flag),
    "x-forefront-antispam-report": ("exchange", _exchange),
    "x-ms-exchange-organization-scl": ("exchange", _level),
}
