"""What agent and customer see of one another: addresses, numbers and ids of the other side go out of what is written to somebody. Pure.

Whoever hides an address looks for it as a reader would find it, not as a program writes it: in any case, with zero-width characters in
it, as an HTML entity or percent-encoded, with blanks or "(at)"; a number with or without its country's code, in groups of any kind.
What is found goes as a whole, with ``mailto:``, ``tel:`` and angle brackets, and a word in the reader's language stands there instead.

A text is read a few times for each point, never more: the patterns have no repetition that could be read in two ways. Not here: names,
which both sides may know; what an agent's mail client puts below a mail, which the reading of replies leaves out before.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

from services.router.deciding.sending import kind_of, kind_of_customer
from shared.messages.facts import Facts, TicketFact
from shared.messages.parts import Attachment, Point
from shared.texts import text

_LEAST_DIGITS = 7
"""Of a number without its country's code; shorter ones are found with it only, because years and orders have as many."""
_LEAST_ID = 5
_NOTHING = "\x00"  # stands for a character that nobody sees, until the text is taken apart
_UNSEEN = r"\x00+|[\ufb00-\ufb06]"
_CODED = r"&(?:amp;)*#?[0-9a-z]{1,32};?|%(?:25)*[0-7][0-9a-f]|(?:%(?:25)*[89a-f][0-9a-f])+"
# A sign of percent that stands before a word may be one: "50 %a00@…" has an address that begins with a letter.
_CODED_WITHIN = _CODED.replace("|%", "|(?<=[0-9a-z])%").replace("(?:%(?:25)*[89", "(?<=[0-9a-z])(?:%(?:25)*[89")
_TAG = re.compile(r"<[^<>]*>")
_READINGS = {"coded": [_CODED], "within": [_CODED_WITHIN], "plain": []}
_SPECIAL = {
    (markup, reading): re.compile("|".join([*([_TAG.pattern] if markup else []), _UNSEEN, *coded]))
    for markup in (False, True)
    for reading, coded in _READINGS.items()
}
_AT = r"\s{0,3}(?:@|[\[({]\s?(?:@|at|ma[lł]pa|et)\s?[\])}]|(?<=\s)(?:at|ma[lł]pa|et)(?=\s))\s{0,3}"
_DOT = r"\s{0,2}(?:\.|[\[({]\s?(?:\.|dot|kropka|tocka)\s?[\])}]|(?<=\s)(?:dot|kropka|tocka)(?=\s))\s{0,2}"
_BETWEEN = r"[\W_]{0,4}"  # the digits of a number


def for_agent(words: str, points: Iterable[Point], language: str = "en", *, markup: bool = False) -> str:
    """``words`` without the customer's ``points``, as they may be read by an agent in ``language`` on a channel of their own. ``markup``:
    they are HTML."""
    return _hide(words, points, language, markup)


def for_customer(words: str, points: Iterable[Point], language: str = "en", *, markup: bool = False) -> str:
    """``words`` without the agent's ``points``, as they may be read by the customer in ``language``. ``markup``: they are HTML."""
    return _hide(words, points, language, markup)


def _hide(words: str, points: Iterable[Point], language: str, markup: bool) -> str:
    looks = [look for point in dict.fromkeys((each.kind, each.value) for each in points) for look in _looks(*point)]
    if not looks or not words:
        return words
    if not markup:
        return _without(words, looks, language)
    # First within each tag, where links are; then in what is read, across tags that stand in the middle of an address.
    words = _TAG.sub(lambda tag: _without(tag[0], looks, language) if _TELLING.search(tag[0]) else tag[0], words)
    return _without(words, looks, language, markup=True)


_TELLING = re.compile("[=@%&]")


def _without(words: str, looks: "list[_Look]", language: str, *, markup: bool = False) -> str:
    # Decoded, and as it stands: "%2B385911234567" has a number in it, and so has "%0911234567".
    words = _searched(words, looks, language, markup, "coded")
    for reading in ("within", "plain") if "&" in words or "%" in words else ():
        words = _searched(words, looks, language, markup, reading)
    return words


def _searched(words: str, looks: "list[_Look]", language: str, markup: bool, reading: str) -> str:
    folded = _fold(words, markup, reading)
    for look in looks:
        if not look.may_be_in(folded):
            continue
        found = [match.span() for match in _compiled(look.pattern).finditer(folded.text)]
        if found:
            words = _replaced(words, folded, found, text(look.instead, language), markup)
            folded = _fold(words, markup, reading)
    return words


def _replaced(words: str, folded: "_Folded", found: list[tuple[int, int]], instead: str, markup: bool) -> str:
    pieces, done = [], 0
    for first, end in found:
        start, stop = folded.source(first)[0], folded.source(end - 1)[1]
        pieces += [words[done:start], instead]
        if markup:  # tags that end what begins elsewhere stay
            pieces += _TAG.findall(words[start:stop])
        done = stop
    return "".join([*pieces, words[done:]])


# -- as a reader reads it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text as it is searched, its digits, and where its characters come from: ``starts[i]`` in it is ``sources[i]`` in the original,
    and on to the next one character for one, unless ``ends[i]`` says that all there come from what ends at that place."""

    text: str
    digits: str
    starts: list[int]
    sources: list[int]
    ends: list[int | None]

    def source(self, place: int) -> tuple[int, int]:
        """Where the character at a place comes from, and where that ends."""
        which = bisect_right(self.starts, place) - 1  # of those that start there, only the last one has given anything
        end = self.ends[which]
        if end is not None:
            return self.sources[which], end
        at = self.sources[which] + place - self.starts[which]
        return at, at + 1


def _fold(words: str, markup: bool = False, reading: str = "coded") -> _Folded:
    """``words`` in lower case, without what nobody sees and without marks on letters; what stands for a character is decoded, as the
    ``reading`` says, ``markup``: without tags."""
    plain = _signs(words)
    pieces: list[str] = []
    starts, sources, ends = [], [], []
    length = done = 0
    for special in _SPECIAL[markup, reading].finditer(plain):
        decoded = _decoded(special[0])
        if decoded == special[0]:
            continue
        piece = plain[done : special.start()]
        pieces += [piece, decoded]
        starts += [length, length + len(piece)]
        sources += [done, special.start()]
        ends += [None, special.end()]
        length += len(piece) + len(decoded)
        done = special.end()
    folded = "".join([*pieces, plain[done:]])
    return _Folded(folded, _NO_DIGITS.sub("", folded), [*starts, length], [*sources, done], [*ends, None])


def _decoded(special: str) -> str:
    """What a tag, an entity, an octet of a URL, a ligature or something invisible says."""
    if special[0] in "<\x00":
        return ""
    if special[0] == "&":
        given = unescape(_AMPERSANDS.sub("&", special))
    elif special[0] == "%":
        given = unquote(_PERCENTS.sub("%", special), errors="replace")
    else:
        given = unicodedata.normalize("NFKD", special)
    return given if given == special else _signs(given).replace(_NOTHING, "")


_AMPERSANDS = re.compile("&(?:amp;)+(?=.)")
_PERCENTS = re.compile("%(?:25)+(?=[0-9a-f]{2})")
_NO_DIGITS = re.compile("[^0-9]+")


class _Signs(dict[int, str]):
    """For `str.translate`: each character as one character, worked out the first time it is seen."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _sign(chr(code))
        return found


_SIGNS = _Signs()


def _signs(words: str) -> str:
    return words.lower() if words.isascii() and words.isprintable() else words.translate(_SIGNS)


def _sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign in "\t\n\r":
        return sign
    if category in ("Cf", "Cc", "Mn", "Me") or sign in "\u115f\u1160\u2800\u3164\uffa0":
        return _NOTHING
    if category[0] == "Z":
        return " "
    if category == "Pd" or sign == "\u2212":
        return "-"
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).lower())
    base = "".join(each for each in parts if unicodedata.category(each) not in ("Mn", "Me"))
    return base if len(base) == 1 else sign


# -- what is looked for -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    """How a point is found: ``signs``, one of which stands in any text that has it (``digits``: in the text's digits), the pattern, and
    the key of the text that stands there instead."""

    signs: tuple[str, ...]
    pattern: str
    instead: str
    digits: bool = False

    def may_be_in(self, folded: _Folded) -> bool:
        """Whether it is worth while to look closer."""
        read = folded.digits if self.digits else folded.text
        return any(sign in read for sign in self.signs)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=4096)
def _looks(kind: str, value: str) -> tuple[_Look, ...]:
    value = value.strip()
    if kind == "email":
        return _address(value)
    if kind in ("phone", "whatsapp"):
        return _number(value)
    return _name_or_id(value)


def _address(value: str) -> tuple[_Look, ...]:
    """``anna@…`` also as ``anna+anything@…`` and the other way round; its domain as letters and as RFC 5890 encodes it."""
    local, _, domain = _fold(value).text.rpartition("@")
    local = local.partition("+")[0] or local
    if not local or not domain:
        return ()
    domains = dict.fromkeys([domain, *_encodings(value.rpartition("@")[2])])
    where = "|".join(_dotted(each) for each in domains)
    name = rf'{_dotted(local)}(?:\+[^\s@<>"]{{0,64}})?'
    address = rf'(?:"{name}"|{name}){_AT}(?:{where})'
    pattern = rf"<\s?(?:mailto:)?{address}\s?>|(?:mailto:)?{address}"
    return (_Look((local.partition(".")[0] or local,), pattern, "masked.address"),)


def _dotted(name: str) -> str:
    return _DOT.join(re.escape(each) for each in name.split("."))


def _encodings(domain: str) -> list[str]:
    import idna

    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
        return [encoded, _fold(idna.decode(encoded)).text]
    except (idna.IDNAError, UnicodeError):
        return []


def _number(value: str) -> tuple[_Look, ...]:
    """A number in E.164 as people write it: with the country's code or without it, in groups of any kind."""
    digits = _NO_DIGITS.sub("", _signs(value))
    country, *short = _forms(digits)
    known = sorted({each for each in short if len(each) >= _LEAST_DIGITS}, key=len, reverse=True)
    if not known:
        country, known = "", [digits]
    if len(digits) < _LEAST_ID:
        return ()
    code = rf"(?:{_spaced(country)}{_BETWEEN})?" if country else ""
    before = r"(?:(?:tel|sms|callto|whatsapp):)?(?:\((?=\+?[0-9]{1,6}\)))?"
    pattern = rf"{before}(?:(?:\+|00|011){_BETWEEN}(?=[0-9]))?{code}(?:0{_BETWEEN})?(?:{'|'.join(map(_spaced, known))})"
    return (_Look(tuple(known), pattern, "masked.number", digits=True),)


def _forms(digits: str) -> list[str]:
    """The digits of a number's country code, and those by which it is called within its country, without the zero before them."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, national_significant_number, parse

    try:
        number = parse(f"+{digits}", None)
    except NumberParseException:
        return ["", digits]
    national = _NO_DIGITS.sub("", format_number(number, PhoneNumberFormat.NATIONAL))
    return [str(number.country_code), *(each.lstrip("0") for each in (national_significant_number(number), national))]


def _spaced(digits: str) -> str:
    return _BETWEEN.join(digits)


def _name_or_id(value: str) -> tuple[_Look, ...]:
    """What a messenger calls somebody: a number, ``@name`` (also as a link), or a long word that nobody would write by chance."""
    name = _fold(value).text
    bare = name.lstrip("@-")
    if len(bare) < _LEAST_ID:
        return ()
    if bare.isdigit():
        within = "" if len(bare) >= _LEAST_DIGITS else "[0-9]"
        pattern = f"(?<!{within}){bare}(?!{within})" if within else f"-?{_spaced(bare)}"
        return (_Look((bare,), pattern, "masked.number", digits=True),)
    if name.startswith("@"):
        pattern = rf"(?:@|(?:t|telegram)\.me/|domain=)\s?{re.escape(bare)}"
        return (_Look((bare,), pattern, "masked.address"),)
    return (_Look((bare,), re.escape(bare), "masked.address"),)


# -- files ---------------------------------------------------------------------------------------------------------------------

_CARDS = frozenset({
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys",
    "text/vcard", "text/x-vcard", "text/directory",
})  # fmt: skip
_MAILS = frozenset({"message/rfc822", "message/global", "application/vnd.ms-outlook"})


def is_card(file: Attachment) -> bool:
    """Whether a file says who its sender is, and nothing else: the certificate or key of a signed mail, a visiting card."""
    return file.media_type.lower() in _CARDS or file.filename.lower().endswith((".p7s", ".asc", ".sig", ".vcf"))


def is_mail(file: Attachment) -> bool:
    """Whether a file is a mail, with the addresses of its sender and its recipients."""
    return file.media_type.lower() in _MAILS or file.filename.lower().endswith((".eml", ".msg"))


# -- whose points -------------------------------------------------------------------------------------------------------------


def customer_points(ticket: TicketFact, facts: Facts) -> list[Point]:
    """All that is known of where the customer of a ticket can be reached, and everybody else who takes part in it from outside."""
    person = facts.people.get(ticket.contact_id or "")
    known = [Point(kind=each.kind, value=each.value) for each in (person.points if person else ())]
    if ticket.customer:
        known.append(Point(kind=kind_of_customer(ticket), value=ticket.customer))
    known += [Point(kind=_kind(each), value=each) for each in ticket.participants]
    return list({(each.kind, each.value): each for each in known if each.value}.values())


def _kind(value: str) -> str:
    """What a participant's value is a point of; what looks like no address is somebody's id in a messenger."""
    kind = kind_of(value)
    return kind if kind != "other" else "messenger"
