"""What a person newly wrote: the text without quotes, signatures and footers; answers between quotes stay."""

import re
from dataclasses import dataclass

from shared.mail.forward import forward_marker, forwarded_author, says_forward
from shared.mail.htmltext import QUOTE_MARK
from shared.mail.limits import MAX_TEXT
from shared.mail.model import Address
from shared.mail.quotes import (
    QUOTED,
    REPLY_ABOVE_WORDS,
    attribution_end,
    attribution_hints,
    header_block_end,
    is_dashed,
    is_rule,
    is_separator,
)
from shared.mail.signatures import strip_signature

_MAX_LINES = 20_000
_MAX_EXAMINED = 3_000
"""Lines on which the beginning of a quote is looked for: nobody answers further down."""

# What any quote, separator, rule, forwarded part or header block has at least one of. Most mails have none, and need not be searched
# line by line: that was a quarter of reading them.
_SIGNS = (">", "|", "｜", "@", "_", "=", "—", "–", "--", "##", "**", QUOTE_MARK, *REPLY_ABOVE_WORDS)
# A colon ends an attribution or a marker, or stands behind a label of a header block; elsewhere it is one like any other.
_COLON = re.compile(r"^[^\n:：]{0,60}[:：]|[:：][\s*\"')\u200e]*$", re.MULTILINE)
# Put on top by mail systems of companies, for their people to read.
_BANNER = re.compile(
    r"^[\s\[*]{0,6}(?:caution|warning|external|attention|notice|achtung|vorsicht|uwaga|oprez|pozor|attenzione|atención)\b"
    r"(?=.{0,200}\b(?:external|outside|extern\w*|zewn\w+|spoza|izvan|externí\w*|esterna|externo))",
    re.IGNORECASE | re.DOTALL,
)
_BANNER_STARTS = {"ca", "wa", "ex", "at", "no", "ac", "vo", "uw", "op", "po"}
_BLANK_RUN = re.compile(r"\n{3,}")
_INVISIBLE = re.compile(r"[\u200b\u200c\u200e\u200f\ufeff\u2060]")


@dataclass(frozen=True, slots=True)
class Reply:
    """The words, and the first author where the mail is a forwarded one."""

    text: str
    forwarded_from: Address | None = None


def read_reply(text: str, subject: str = "") -> Reply:
    """What is new in `text`. A forwarded mail is kept whole: what it forwards is what its sender has to say."""
    text = _INVISIBLE.sub("", text[:MAX_TEXT]) if not text.isascii() else text[:MAX_TEXT]
    text = text.replace("\xa0", " ")
    lines = text.split("\n")[:_MAX_LINES]
    lines = _without_banner(lines)
    if not says_forward(subject) and is_all_new(text):
        return Reply(_joined([strip_signature(lines)]))
    marker = forward_marker(lines)
    forwarding = says_forward(subject)
    author = None
    if marker is not None:
        author = forwarded_author(lines, marker + 1)
    elif forwarding:
        start = next((at for at in range(len(lines)) if header_block_end(lines, at) is not None), None)
        author = forwarded_author(lines, start) if start is not None else None
    if forwarding or (marker is not None and not "".join(lines[:marker]).strip(f" >\t{QUOTE_MARK}")):
        whole = "\n".join(line.rstrip() for line in lines if line.strip() != QUOTE_MARK)
        return Reply(_BLANK_RUN.sub("\n\n", whole).strip(), author)
    if marker is not None:
        lines = lines[:marker]
    while lines and lines[-1].strip() in ("", QUOTE_MARK):
        lines.pop()
    return Reply(_new_text(lines), author)


def _without_banner(lines: list[str]) -> list[str]:
    """Without the warning about mail from outside that the first paragraph may be."""
    start = next((at for at, line in enumerate(lines[:5]) if line.strip()), None)
    if start is None or lines[start].lstrip(" \t[*")[:2].lower() not in _BANNER_STARTS:
        return lines
    end = next((at for at in range(start, min(start + 6, len(lines))) if not lines[at].strip()), None)
    if end is None or not _BANNER.match(" ".join(lines[start:end])[:600]):
        return lines
    return lines[end:]


def is_all_new(text: str) -> bool:
    """Whether certainly nothing is quoted or forwarded in `text`. False says nothing: then it has to be searched."""
    if any(sign in text for sign in _SIGNS):
        return False
    return not ((":" in text or "：" in text) and _COLON.search(text))


def _new_text(lines: list[str]) -> str:
    """Cut the lines into what is quoted and what is not; keep the latter, each stretch without its signature."""
    stretches: list[list[str]] = [[]]
    at = 0
    begun = False
    hints = attribution_hints(lines)
    while at < len(lines):
        line = lines[at]
        if QUOTED.match(line):
            if _is_quoted_header(lines, at) and any("".join(each).strip() for each in stretches):
                break
            at = _skip_quote(lines, at)
            stretches.append([])
            continue
        stripped = line.strip()
        if stripped and at < _MAX_EXAMINED:
            end = _quote_start(lines, at, hints[at])
            if end is not None:
                whole = is_rule(line) and QUOTED.match(lines[end - 1]) is not None
                if (whole or not _quoted_after(lines, end)) and (
                    begun or any("".join(each).strip() for each in stretches)
                ):
                    break
                # Nothing new stands above: rather a header too much cut than all words lost.
                begun, at = True, end
                continue
            if is_rule(line):
                if _is_list_footer(lines[at + 1 :]):
                    break
                stretches[-1].append(line)
                at += 1
                continue
        stretches[-1].append(line)
        at += 1
    return _joined([strip_signature(stretch, first=index == 0) for index, stretch in enumerate(stretches)])


def _joined(kept: list[list[str]]) -> str:
    """The stretches that have words, an empty line between them."""
    texts = ["\n".join([line.rstrip() for line in each]).strip("\n") for each in kept]
    joined = "\n\n".join([text for text in texts if text])
    joined = joined.replace(QUOTE_MARK, "")
    return (_BLANK_RUN.sub("\n\n", joined) if "\n\n\n" in joined else joined).strip()


def _quote_start(lines: list[str], at: int, hinted: bool) -> int | None:
    """The index after whatever begins a quoted mail at lines[at], or None where nothing does."""
    line = lines[at]
    if line.startswith(QUOTE_MARK) and line.strip() != QUOTE_MARK:
        # The client itself marked its attribution, in whatever language it is.
        return next((index for index in range(at, len(lines)) if not lines[index].startswith(QUOTE_MARK)), len(lines))
    if line.strip() == QUOTE_MARK or _is_separating(lines, at):
        following = next((index for index in range(at + 1, min(at + 4, len(lines))) if lines[index].strip()), at + 1)
        if following >= len(lines):
            return at + 1
        return header_block_end(lines, following) or attribution_end(lines, following) or at + 1
    return header_block_end(lines, at) or (attribution_end(lines, at) if hinted else None)


def _is_list_footer(rest: list[str]) -> bool:
    """List servers draw a line above their footer. Few lines under a line are one where they name a place to go to,
    and not where another line closes a box around them."""
    said = [each for each in rest if each.strip()]
    if len(said) > 6 or len(rest) > 13 or any(is_rule(each) for each in said[:-1]):
        return False
    return not said or any("@" in each or "://" in each or "www." in each for each in said) or is_rule(said[-1])


def _is_separating(lines: list[str], at: int) -> bool:
    line = lines[at]
    return is_separator(line) or ((is_rule(line) or is_dashed(line)) and _header_follows(lines, at + 1))


def _skip_quote(lines: list[str], at: int) -> int:
    """Past quoted lines and the empty ones between them; a line that a client wrapped out of its quote goes along."""
    while at < len(lines):
        if QUOTED.match(lines[at]) or not lines[at].strip() or _is_wrapped_quote(lines, at):
            at += 1
        else:
            break
    return at


def _is_quoted_header(lines: list[str], at: int) -> bool:
    """A header block marked as quoted under a drawn line: the mail itself stands below it without marks."""
    above = next((index for index in range(at - 1, max(at - 3, -1), -1) if lines[index].strip()), None)
    return above is not None and is_rule(lines[above]) and header_block_end(lines, at) is not None


def _is_wrapped_quote(lines: list[str], at: int) -> bool:
    """A long quoted line that was broken on its way: its rest stands unmarked between two quoted lines."""
    if not (0 < at < len(lines) - 1 and QUOTED.match(lines[at - 1]) and QUOTED.match(lines[at + 1])):
        return False
    return len(lines[at - 1]) > 60 and (len(lines[at]) < 30 or lines[at][:1].islower())


def _header_follows(lines: list[str], at: int) -> bool:
    following = [index for index in range(at, min(at + 4, len(lines))) if lines[index].strip()]
    return bool(following) and (
        header_block_end(lines, following[0]) is not None or attribution_end(lines, following[0]) is not None
    )


def _quoted_after(lines: list[str], at: int) -> bool:
    """Whether the quote after an attribution is marked line by line, so that what is not marked is an answer."""
    for line in lines[at : at + 6]:
        if line.strip():
            return QUOTED.match(line) is not None
    return False
