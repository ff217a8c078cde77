"""Whose address failed, read from the words of mailers that write for people."""

import re

from shared.mail.bouncesigns import COPY, EMAIL, INTRODUCTION
from shared.mail.model import FailedRecipient

_ANY = re.compile(rf"(?<![\w.+-])({EMAIL})")
_LABELS = (
    r"final-recipient|original-recipient|failed recipient|recipient address|recipient|rcpt to|to|"
    r"addressee|user|address|"
    r"mailbox|name|destination|e-?mail address|the recipient|unknown user|user unknown|invalid recipient|invalid user|"
    r"local user|local mailbox|mail to|delivery to|destinataire|empfänger|destinatario|adresat|primatelj|odbiorca|"
    r"intended recipient"
)
# What stands around an address that failed, from the surest form down.
_FORMS = (
    re.compile(rf"^[\s\"\w.-]{{0,80}}[<\"'(]{{1,2}}({EMAIL})[>\"')]{{1,2}}\s*(?:[:.,;(-]|$)"),
    re.compile(
        rf"^\W{{0,10}}(?:{_LABELS})(?: name| address| is)?(?:\s?\(?e?s?\)?)?\s?[:=;>]{{1,3}}\s*"
        rf"(?:rfc822;|smtp[;:])?\s*[<\"'\[(]{{0,2}}({EMAIL})",
        re.IGNORECASE,
    ),
    re.compile(rf"^\s{{0,12}}({EMAIL})(?=\s*(?:[:;,(]|\s-\s|\.{{2,}}|$)|\s(?:on|is|was|has)\s)"),
    re.compile(
        r"\b(?:deliver(?:y|ed|ing)?|sent|send|forward(?:ed)?|reach(?:ed)?|relay(?:ed)?|unknown|for|"
        r"mailbox|user|recipient|"
        r"address|account|rcpt to|to|failed|rejected|zu|an|pour|para|per|do|za|smtp)\b[\s:=<\"'(\[]{1,6}"
        rf"(?:the )?(?:user |recipient |address |mailbox |account )?[<\"'(\[]{{0,2}}({EMAIL})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"({EMAIL})[>\"')\]]?[\s.,:;-]{{1,6}}(?:is |was |has |could |does |did |user |not |unknown|"
        rf"no such|mailbox|isn|"
        r"doesn|wasn|over|unable|quota|account|recipient|\(|55\d|5\.\d)",
        re.IGNORECASE,
    ),
    _ANY,
)
_EXPANDED = re.compile(rf"\(?expanded from:?\s*<?({EMAIL})", re.IGNORECASE)
_SENDER = re.compile(r"\b(?:mail|message|e-mail) from[\s:<\"']*$", re.IGNORECASE)
_BARE_NAME = re.compile(r"^\s{1,16}([A-Za-z][\w.-]{1,40})(?:\s{2,}.*)?$")
_TEMPORARY = re.compile(
    r"will (?:be )?(?:retr|try|continue|keep)|(?:still|continue) (?:be )?(?:try|attempt|being)|"
    r"not yet (?:been )?deliver|has not been delivered (?:after|for|within)|postponed|advisory-only|"
    r"(?:delivery|message|mail)s? (?:has been |is |was |of this message )?delayed|delayed \d+ hours|"
    r"you do not need to (?:resend|do anything)|temporar(?:y|ily) (?:fail|unable|problem|error|unavail|defer)|"
    r"this is (?:just |only )?a warning|warning message only|keep(?:s)? trying|retry (?:for|until|again|the delivery)|"
    r"delivery attempts will|wird weiterhin versucht|verzögert|będzie ponawian|opóźnion|odgođen",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"(?<!will )giv(?:en|ing) up|permanent|not going to try again|in the queue too long|will not (?:be )?(?:re)?tr|"
    r"ha(?:s|ve) failed",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,2}\.\d{1,2})(?![\d.])")
_NOBODY = re.compile(
    r"^(?:postmaster|mailer-daemon|abuse|hostmaster|webmaster|helpdesk|support|noc|root|listmaster)$", re.IGNORECASE
)
_MAX_LINES = 400


def read_notice(subject: str, text: str, sender: str, own: set[str]) -> list[FailedRecipient]:
    """The failed addresses, each with the status that stands near it.

    `own` are the lower-case addresses of the notice itself: they are taken only where there is nothing else.
    """
    everything = text.split("\n")[:_MAX_LINES]
    lines = _without_copy(everything)
    start = next((at for at, line in enumerate(lines) if INTRODUCTION.search(line[:1000])), 0)
    found = (
        _search(lines[start:], own)
        or _search(lines, own)
        or _bare_names(lines, start, sender)
        or _search(lines, {sender.lower()})
        or _search(everything, own)
    )
    words = "\n".join(lines)
    permanent = not (_TEMPORARY.search(f"{subject}\n{words}") and not _FINAL.search(words))
    return [FailedRecipient(address=address, status=status, permanent=permanent) for address, status in found]


def _without_copy(lines: list[str]) -> list[str]:
    """The lines that the mailer wrote, without the copy of the mail under them."""
    for at, line in enumerate(lines):
        if at > 1 and COPY.match(line[:200]) and (any("@" in each for each in lines[:at]) or at > 6):
            return lines[:at]
    return lines


def _search(lines: list[str], own: set[str]) -> list[tuple[str, str | None]]:
    """The addresses in the surest form that any line has; others in a less sure form are left alone."""
    for form in _FORMS:
        found = _in_form(lines, form, own)
        if found:
            return list({**found, **_in_form(lines, _EXPANDED, own)}.items())
    return []


def _in_form(lines: list[str], form: re.Pattern[str], own: set[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    seen: set[str] = set()
    for at, line in enumerate(lines):
        if "@" not in line:
            continue
        for match in form.finditer(line[:1000]):
            address = match[1].partition("..")[0].rstrip(".-'").strip("'`")
            if form is not _EXPANDED and _SENDER.search(line[: match.start(1)]):
                continue
            if _is_candidate(address, own) and address.lower() not in seen:
                seen.add(address.lower())
                found[address] = _status_near(lines, at)
    return found


def _is_candidate(address: str, own: set[str]) -> bool:
    local, _, domain = address.rpartition("@")
    return address.lower() not in own and bool(domain.strip(".")) and not _NOBODY.match(local)


def _bare_names(lines: list[str], start: int, sender: str) -> list[tuple[str, str | None]]:
    """Local parts alone, as mailers write them about their own domain."""
    domain = sender.rpartition("@")[2].lower()
    for line in lines[start + 1 : start + 4]:
        match = _BARE_NAME.match(line[:200])
        if match and domain:
            return [(f"{match[1]}@{domain}", None)]
    return []


def _status_near(lines: list[str], at: int) -> str | None:
    for line in lines[at : at + 4]:
        match = _STATUS.search(line)
        if match:
            return match[1]
    return None
