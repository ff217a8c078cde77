"""Whether a mail without machine-readable parts is a bounce: by its sender, its subject and its words."""

import re

from shared.mail.charsets import decode_raw
from shared.mail.headers import Headers
from shared.mail.model import ParsedMail

EMAIL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,80}@[A-Za-z0-9\u00a1-\uffff._-]{1,200}"

_MAILER_DAEMON = re.compile(r"\W*(?:mailer[-_.]?daemon|mail-?daemon|mdaemon|mmdf)\b", re.IGNORECASE)
_SYSTEM = re.compile(
    r"\W*(?:postmaster|smail|uucp|internet-mail|system.?administrator|mail[-_ ]?(?:delivery|system|administrator)|"
    r"microsoftexchange[0-9a-f]{16,})\b",
    re.IGNORECASE,
)
_SYSTEM_NAME = re.compile(
    r"daemon|postmaster|mail (?:delivery|system|administrator)|system administrator", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|un-deliver|returned mail|returned to sender|failure (?:notice|delivery)|message delayed|delayed mail|"
    r"mail (?:system )?(?:delivery )?(?:error|failed|failure|failing|warning)|mail delivery|problem delivering|"
    r"delivery (?:status )?(?:notification|failure|failed|error|problem|report|has failed|status)|"
    r"delivery.{0,20}(?:failed|failure|delayed|suspended)|failed (?:mail|delivery|to deliver)|"
    r"fail(?:ed|ure).{0,12}(?:deliver|mail|message)|non-?\s?delivera?|unable to deliver|user unknown|unknown user|"
    r"message (?:delivery|not delivered|undeliverable|delayed|you sent blocked)|not (?:be )?delivered|bounced? |"
    r"could ?n[o']t (?:be )?(?:send|sent|deliver)|warning: (?:message|could not send|e?-?mail)|mail could not|"
    r"rejected|invalid (?:recipient|address)|nameserver error report|"
    r"unzustellbar|nicht zustellbar|zustellung|échec|non remis|non distribué|no se (?:ha )?(?:podido|pudo) entreg|"
    r"no entregado|devuelto|não (?:foi )?entregue|mancata consegna|non recapitat|niet bezorg|onbestelbaar|niedostarcz|"
    r"nie.{0,12}dostarczon|neisporučen|nije isporučen|nedoručiteln|oleverer|ej levererat|недоставлен|не доставлен|"
    r"配信不能|退信",
    re.IGNORECASE,
)
INTRODUCTION = re.compile(
    r"(?:could|can|was|has|have|were|would|will|did) ?n[o']t (?:yet )?(?:be |been |able to )?(?:be |been )?"
    r"(?:deliver|sent|send|reach|forward|accept|receive)|unable to (?:deliver|send|reach)|"
    r"(?:delivery|message|mail) (?:of .{1,40} )?to .{1,60}(?:failed|postponed|suspended|delayed|rejected)|"
    r"failed to deliver|delivery has failed to|undeliverable|not (?:yet )?(?:been )?delivered|following (?:recipient|address|user)|"
    r"address(?:es)? (?:that )?(?:had|has|have|listed|failed)|(?:failed|intended|invalid|unknown|rejected) recipient|"
    r"delivery of (?:your )?e?-?mail to|was automatically rejected|recipients? (?:that )?(?:did not|failed|listed)|"
    r"n'a pu (?:e|ê)tre|n'a pas pu (?:e|ê)tre|nicht zugestellt|konnte nicht|nie .{0,20}dostarczon|no (?:se )?pudo|"
    r"não (?:pôde|foi)|non è stato|kon niet|kunde inte|nije .{0,12}isporučen|не .{0,20}доставлен",
    re.IGNORECASE,
)
"""The sentence of a bounce after which the failed addresses stand."""
_WORDS = re.compile(
    r"permanent (?:fatal )?error|user unknown|unknown user|no such user|user not found|"
    r"mailbox (?:is )?(?:full|unavailable|disabled)|invalid mailbox|returned to (?:you|sender)|"
    r"recipient address rejected|"
    r"host unknown|non-?delivery|delivery (?:status )?(?:notification|failure|has failed|failed)|has been returned",
    re.IGNORECASE,
)
COPY = re.compile(
    r"^\W{0,12}(?:(?:below this line|this|included) is a copy|copy of (?:your|the|original)|old message\s?:|"
    r"(?:the )?(?:original|returned|undelivered|unsent|rejected|bounced|enclosed) (?:mail |message |e-?mail )?"
    r"(?:message|text|mail|follows|headers?|contents?|is|was|below)|"
    r"message headers? (?:follow|removed)|message (?:text|contents?) follows|start of (?:returned|original|forwarded)|"
    r"the (?:following|original|header)s? (?:is|message|and|of)\b.{0,40}(?:copy|follow|received|included|original)|"
    r"(?:the )?first .{1,20} lines|headers? (?:of|from) (?:the )?(?:original|message)|forwarded message|"
    r"your message (?:follows|reads)|(?:return-path|x-[\w-]+|mime-version|delivered-to|dkim-signature)\s?: |"
    r"received\s?: (?:from|by))",
    re.IGNORECASE,
)
"""The line under which a copy of the refused mail stands."""
_ANSWER = re.compile(r"\s*(?:re|fwd?|aw|wg|odp|pd|sv|tr)\s?:", re.IGNORECASE)
_ADDRESS = re.compile(EMAIL)
_TOP_LINES = 15


def is_daemon(address: str) -> bool:
    """Whether a sender's local part is that of a mail system."""
    local = address.rpartition("@")[0] or address
    return _MAILER_DAEMON.match(local) is not None or _SYSTEM.match(local) is not None


def has_empty_return_path(headers: Headers) -> bool:
    """`Return-Path: <>`: whoever sent this wants no answer (RFC 3834 3.3, RFC 5321 4.5.5)."""
    field = headers.get("return-path")
    return field is not None and field.replace(b" ", b"").upper() in (b"<>", b"", b"<MAILER-DAEMON>")


def is_notice(parsed: ParsedMail, headers: Headers) -> bool:
    """Whether a mail says that another one was not delivered.

    A mailer-daemon always does. Any other system, or an empty Return-Path, needs the subject or the words of a
    bounce; anybody else the subject, the words and either a copy of the mail or the address right under the words.
    """
    local = parsed.from_.address.rpartition("@")[0] or parsed.from_.address
    subject = _SUBJECT.search(parsed.subject[:300]) is not None
    system = is_daemon(parsed.from_.address) or _SYSTEM_NAME.search(parsed.from_.name) is not None
    if "auto-replied" in decode_raw(headers.get("auto-submitted") or b"").lower():
        return subject and system and _has_words(parsed)
    if _MAILER_DAEMON.match(local):
        return True
    if system or has_empty_return_path(headers):
        return subject or (system and _has_words(parsed))
    if not subject or _ANSWER.match(parsed.subject) or not _has_words(parsed):
        return False
    return _has_copy(parsed) or _names_an_address(parsed.text[:8000])


def _has_words(parsed: ParsedMail) -> bool:
    top = parsed.text[:8000]
    return INTRODUCTION.search(top) is not None or _WORDS.search(top) is not None


def _has_copy(parsed: ParsedMail) -> bool:
    if any(each.media_type in ("message/rfc822", "text/rfc822-headers") for each in parsed.attachments):
        return True
    return any(COPY.match(line[:200]) for line in parsed.text.split("\n", 200)[:200])


def _names_an_address(text: str) -> bool:
    """The words of a bounce at the top, and an address alone in the lines under them."""
    lines = text.split("\n")[:_TOP_LINES]
    for at, line in enumerate(lines):
        if INTRODUCTION.search(line):
            return any(_ADDRESS.search(each) for each in lines[at : at + 4])
    return False
