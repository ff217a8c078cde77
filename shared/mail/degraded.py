"""Reads what can be read of a mail that defeated the ordinary way: headers and a text, by one bounded linear scan."""

import re
from hashlib import sha256

from shared.mail.addresses import read_addresses
from shared.mail.charsets import decode_charset
from shared.mail.dates import read_date
from shared.mail.defects import Defects
from shared.mail.headers import read_headers
from shared.mail.htmltext import scan_text_of
from shared.mail.ids import read_ids, read_message_id
from shared.mail.leaf import transfer_encoding
from shared.mail.limits import MAX_TEXT
from shared.mail.model import Address, ParsedMail
from shared.mail.params import read_parameters
from shared.mail.source import source_id
from shared.mail.structure import Part
from shared.mail.transfer import decode_transfer
from shared.mail.words import decode_header

_TEXT_PART = re.compile(rb"\ncontent-type[ \t]*:[ \t]*text/(?:plain|html)", re.IGNORECASE)
_SCANNED = 64 * 1024


def read_degraded(raw: bytes, defect: str) -> ParsedMail:
    """Headers and a text, with `defect` noted. Quick for any size but for hashing all of it; never raises."""
    parsed = ParsedMail(defects=[defect], body_hash=sha256(raw).hexdigest())
    try:
        _fill(parsed, raw)
    except Exception:  # noqa: BLE001 - the last resort must give something: the defect says the mail is unread
        parsed.defects.append("headers-unreadable")
    parsed.source_id = source_id(raw, parsed)
    return parsed


def _fill(parsed: ParsedMail, raw: bytes) -> None:
    headers = read_headers(raw, 0, (), Defects())[0]
    parsed.message_id = read_message_id(headers.get("message-id"))
    parsed.in_reply_to = read_ids(headers.all("in-reply-to"))
    parsed.references = read_ids(headers.all("references"))
    parsed.subject = decode_header(headers.get("subject"))
    parsed.from_ = next(iter(read_addresses(headers.get("from"))), Address())
    parsed.to = read_addresses(headers.get("to"))
    parsed.cc = read_addresses(headers.get("cc"))
    parsed.reply_to = read_addresses(headers.get("reply-to"))
    parsed.date = read_date(decode_header(headers.get("date")))
    parsed.loop = "x-trunkline-loop" in headers
    parsed.automatic = "loop" if parsed.loop else None
    parsed.text = scan_text(raw)
    parsed.reply_text = parsed.text.strip()


def scan_text(raw: bytes) -> str:
    """The first text part that a search finds, or what follows the headers; at most 64 KiB of it are read."""
    defects = Defects()
    headers, start = read_headers(raw, 0, (), defects)
    if (headers.get("content-type") or b"").lower().startswith(b"multipart"):
        found = _TEXT_PART.search(raw, max(start - 1, 0))
        block = raw.rfind(b"\n--", 0, found.start() + 1) if found else raw.find(b"\n--", max(start - 1, 0))
        newline = raw.find(b"\n", block + 1) if block >= 0 else -1
        if newline >= 0:
            headers, start = read_headers(raw, newline + 1, (), defects)
    end = raw.find(b"\n--", start, start + _SCANNED)
    media_type, parameters = read_parameters(headers.get("content-type"))
    body = raw[start : end if end >= 0 else start + _SCANNED]
    content, _ = decode_transfer(body, transfer_encoding(Part(headers, media_type, parameters)))
    text, _ = decode_charset(content, parameters.get("charset"))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (scan_text_of(text) if media_type == "text/html" else text)[:MAX_TEXT]
