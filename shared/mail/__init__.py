"""Reading mail: octets in, ParsedMail out. Pure functions and one small pool of reader processes; sends nothing."""

from shared.mail.look import Look, look, needs_worker
from shared.mail.model import Address, Bounce, FailedRecipient, ParsedAttachment, ParsedMail
from shared.mail.reading import parse_file_json, parse_mail
from shared.mail.source import source_id
from shared.mail.worker import MailReader

__all__ = [
    "Address",
    "Bounce",
    "FailedRecipient",
    "Look",
    "MailReader",
    "ParsedAttachment",
    "ParsedMail",
    "look",
    "needs_worker",
    "parse_file_json",
    "parse_mail",
    "source_id",
]
