"""Authentication-Results (RFC 8601) of relays that are believed: found in a mail, read, and put into our own words. Pure.

Anybody can write such a field. Believed are those that bear a believed authserv-id and stand where only believed hosts have written:
fields are added at the top, so they stand above, or right below, the Received field of the host that took the mail from a stranger.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

from services.intake.authentication.domains import aligned, domain_of, fold
from services.intake.authentication.octets import Octets, split
from services.intake.authentication.trust import LOCAL, Believed
from services.intake.authentication.verdicts import author_domain
from services.intake.limits import source
from shared.messages.parts import Authentication, Verdict

MOST_FIELD = 16 * 1024
MOST_FOUND = 5
"""Fields of one mail that are read; a relay may add one per method."""

_PIECE = re.compile(r'\\.|[()";]|[^()";\\]+|\\', re.DOTALL)
_METHOD = re.compile(r"\s*([\w-]{1,40})(?:\s*/\s*\d+)?\s*=\s*([\w-]{1,40})")
_PROPERTY = re.compile(r'([\w-]{1,40})\s*\.\s*([\w-]{1,40})\s*=\s*("(?:[^"\\]|\\.){0,500}"|[^\s;]{1,500})')
_ADDRESS = re.compile(rb"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]|\(([0-9A-Fa-f:.]{2,45})\)", re.IGNORECASE)
# Words that older relays use for those of RFC 8601 2.7.
_WORDS = {"hardfail": "fail", "policy": "neutral", "error": "temperror", "unknown": "permerror"}


@dataclass(frozen=True, slots=True)
class Result:
    """One ``method=result`` with its properties, like ``header.d``."""

    method: str
    verdict: Verdict
    properties: dict[str, str] = field(default_factory=dict)


def from_relays(raw: bytes, sender: str, believed: Sequence[Believed]) -> Authentication | None:
    """What believed relays say about this mail; null where they say nothing. ``sender`` is the address in From as it was read."""
    if not believed:
        return None
    mail = split(raw)
    by, results = "", list[Result]()
    for value in _believable(mail, believed):
        authserv_id, found = read(value)
        if any(authserv_id == each.authserv_id.lower() for each in believed):
            by = by or authserv_id
            # Of each method what stands topmost counts: anything below may be what the stranger wrote.
            known = {result.method for result in results}
            results += [result for result in found if result.method not in known]
    return _conclude(author_domain(mail, sender), results, by) if by else None


def _believable(mail: Octets, believed: Sequence[Believed]) -> Iterator[str]:
    """The values of Authentication-Results down to where a stranger may have written."""
    stranger = False
    count = 0
    for name, value in mail.fields:
        lowered = name.lower()
        if lowered == b"received":
            if stranger:
                return
            stranger = _from_stranger(value, believed)
        elif lowered == b"authentication-results" and count < MOST_FOUND:
            count += 1
            yield value[:MOST_FIELD].decode("utf-8", "replace")


def _from_stranger(received: bytes, believed: Sequence[Believed]) -> bool:
    """Whether a Received field says that its mail came from outside (RFC 5321 4.4); one without ``from`` is of a host's own doing."""
    text = b" ".join(received[:2000].split())
    if not text.lower().startswith(b"from "):
        return False
    part = re.split(rb"\sby\s", text, maxsplit=1)[0]
    found = [source((match[1] or match[2]).decode("ascii")) for match in _ADDRESS.finditer(part)]
    networks = (*LOCAL, *(each.network for each in believed))
    # One address of ours is not enough: a stranger may call itself by it.
    return not found or any(each is None or not any(each in network for network in networks) for each in found)


def read(value: str) -> tuple[str, list[Result]]:
    """The (lower-case) authserv-id and the results in a field's value. Never raises; what isn't understood is left out."""
    segments = _segments(value[:MOST_FIELD])
    authserv_id = segments[0].split()[0].strip('"').lower() if segments[0].split() else ""
    results = []
    for segment in segments[1:50]:
        match = _METHOD.match(segment)
        if match is None:
            continue
        properties: dict[str, str] = {}
        for each in _PROPERTY.finditer(segment, match.end()):
            properties.setdefault(f"{each[1]}.{each[2]}".lower(), each[3].strip('"'))
        results.append(Result(match[1].lower(), _verdict(match[2].lower()), properties))
    return authserv_id, results


def _segments(text: str) -> list[str]:
    """What stands between the semicolons, at least one, without comments (RFC 5322 3.2.2); in quotes and comments they are letters."""
    segments: list[list[str]] = [[]]
    depth, quoted = 0, False
    for piece in _PIECE.findall(text):
        if depth:
            depth += (piece == "(") - (piece == ")")
        elif quoted or piece == '"':
            quoted ^= piece == '"'
            segments[-1].append(piece)
        elif piece == "(":
            depth = 1
        elif piece == ";":
            segments.append([])
        elif piece != ")":
            segments[-1].append(piece)
    return ["".join(segment).strip() for segment in segments]


def _verdict(word: str) -> Verdict:
    word = _WORDS.get(word, word)
    return cast(Verdict, word) if word in get_args(Verdict) else "none"


def _conclude(author: str, results: list[Result], by: str) -> Authentication:
    domain = fold(author)
    spf = next((result for result in results if result.method == "spf"), Result("spf", "none"))
    dmarc = next((result for result in results if result.method == "dmarc"), Result("dmarc", "none"))
    signatures = [result for result in results if result.method == "dkim"]
    passed = [_signer(each) for each in signatures if each.verdict == "pass" and _signer(each)]
    sent_by = _mailbox_domain(spf.properties.get("smtp.mailfrom", "")) or fold(spf.properties.get("smtp.helo", ""))
    # A relay that says fail knows the domain's policy, which we do not: it may ask for more than the same organisation.
    disproven = dmarc.verdict == "fail"
    return Authentication(
        spf=spf.verdict,
        dkim="pass" if passed else next((each.verdict for each in signatures if each.verdict != "pass"), "none"),
        dmarc=dmarc.verdict,
        domain=author,
        spf_domain=sent_by,
        dkim_domains=list(dict.fromkeys(passed)),
        spf_aligned=spf.verdict == "pass" and not disproven and aligned(sent_by, domain),
        dkim_aligned=not disproven and any(aligned(each, domain) for each in passed),
        by=by,
    )


def _signer(result: Result) -> str:
    return fold(result.properties.get("header.d", "")) or domain_of(result.properties.get("header.i", ""))


def _mailbox_domain(text: str) -> str:
    return domain_of(text) if "@" in text else fold(text)
