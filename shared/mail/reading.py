"""Reads a mail: the one function that puts every other of this package to use. Pure, total and bounded."""

import re

from shared.mail.addresses import read_addresses
from shared.mail.automatic import classify
from shared.mail.body import read_body
from shared.mail.bounce import read_bounce
from shared.mail.collected import bounded
from shared.mail.dates import read_date
from shared.mail.defects import Defects
from shared.mail.degraded import read_degraded, scan_text
from shared.mail.headers import Headers
from shared.mail.htmltext import QUOTE_MARK, html_to_text
from shared.mail.ids import read_ids, read_message_id
from shared.mail.language import detect_language, load_model
from shared.mail.model import Address, ParsedMail
from shared.mail.reply import read_reply
from shared.mail.source import source_id
from shared.mail.spamheaders import read_spam_signs
from shared.mail.structure import Part, split_mail
from shared.mail.words import decode_header

_TOKEN = re.compile(r"ref:([0-9a-z]{24,58})(?![0-9a-z])", re.IGNORECASE)
_MAX_TOKENS = 20
_LOOP_HEADER = "x-trunkline-loop"


def parse_mail(raw: bytes) -> ParsedMail:
    """Whatever the octets, a ParsedMail; what could not be read well is named in `defects`. Never raises."""
    try:
        return _read(raw)
    except Exception:  # noqa: BLE001 - a mail is never lost to a slip of ours: it is read plainly, with a defect
        return read_degraded(raw, "reading-failed")


def warm_up() -> None:
    """Load now what the first mails would otherwise wait for: the language model and the HTML layout."""
    load_model()
    html_to_text("<p>ready</p>")


def parse_file_json(raw: bytes) -> str:
    """What `trunkline parse` prints for one file: one line of JSON without a line break."""
    return parse_mail(raw).model_dump_json()


def _read(raw: bytes) -> ParsedMail:
    defects = Defects()
    root = split_mail(raw, defects)
    headers = root.headers
    body = read_body(root, defects)
    text = body.text(defects)
    if not text and "too-many-parts" in defects.slugs():
        text = bounded(scan_text(raw), defects)
    subject = decode_header(headers.get("subject"))
    parsed = ParsedMail(
        message_id=read_message_id(headers.get("message-id")),
        in_reply_to=read_ids(headers.all("in-reply-to")),
        references=read_ids(headers.all("references")),
        from_=_sender(headers, defects),
        reply_to=_addresses(headers, "reply-to"),
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        subject=subject,
        text=text,
        html=body.html(defects),
        attachments=body.attachments,
        loop=_LOOP_HEADER in headers,
        body_hash=body.hash(),
        spam_signs=read_spam_signs(headers),
    )
    _date(parsed, headers, defects)
    _understand(parsed, root, headers)
    parsed.text = text.replace(f"{QUOTE_MARK}\n", "").replace(QUOTE_MARK, "") if QUOTE_MARK in text else text
    if parsed.message_id is None:
        defects.add("missing-message-id")
    parsed.source_id = source_id(raw, parsed)
    parsed.defects = defects.slugs()
    return parsed


def _understand(parsed: ParsedMail, root: Part, headers: Headers) -> None:
    """What the words of the mail say: reply, language, tokens, automatic or not."""
    reply = read_reply(parsed.text, parsed.subject)
    parsed.reply_text, parsed.forwarded_from = reply.text, reply.forwarded_from
    parsed.language, parsed.language_confidence = detect_language(parsed.reply_text or parsed.text)
    parsed.body_tokens = find_tokens(parsed.text)
    parsed.bounce = read_bounce(parsed, root)
    parsed.automatic = classify(parsed, headers, root)
    if parsed.automatic == "loop":
        parsed.loop = True


def find_tokens(text: str) -> list[str]:
    """Every `ref:` token of the text in lower case, each once, at most 20."""
    found: dict[str, None] = {}
    if "ref:" not in text.lower():
        return []
    for match in _TOKEN.finditer(text):
        found[match[1].lower()] = None
        if len(found) >= _MAX_TOKENS:
            break
    return list(found)


def _sender(headers: Headers, defects: Defects) -> Address:
    """The first author; Sender where From names nobody (RFC 5322 3.6.2 wants one, mails forget it)."""
    found = _addresses(headers, "from")
    if len(headers.all("from")) > 1:
        defects.add("several-from")
    if found:
        return next((each for each in found if "@" in each.address), found[0])
    field = headers.get("from")
    defects.add("missing-from" if not field else "bad-from")
    sender = _addresses(headers, "sender")
    if sender:
        return sender[0]
    return Address(name=decode_header(field))


def _addresses(headers: Headers, name: str) -> list[Address]:
    fields = headers.all(name)
    return [address for field in fields[:20] for address in read_addresses(field)]


def _date(parsed: ParsedMail, headers: Headers, defects: Defects) -> None:
    fields = headers.all("date")
    if not any(fields):
        defects.add("missing-date")
        return
    # A broken relay adds a second one: the first that names a moment counts.
    moments = (read_date(decode_header(field)) for field in fields[:5])
    parsed.date = next((moment for moment in moments if moment is not None), None)
    if parsed.date is None:
        defects.add("bad-date")
