"""Forwarded mail: where it begins and who wrote it first."""

import re

from shared.mail.addresses import read_addresses
from shared.mail.model import Address
from shared.mail.quotes import header_block_end

_MARKER = re.compile(
    r"^[\s>*]{0,8}(?:[-_—–=]{2,}\s{0,3}(?:forwarded|forwarded (?:message|mail|by .{1,80})|"
    r"weitergeleitete (?:nachricht|mail|e-mail)|"
    r"message transféré|message réexpédié|mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|"
    r"messaggio inoltrato|inoltrato|doorgestuurd bericht|"
    r"vidarebefordrat meddelande|videresendt (?:meddelelse|melding|besked)|välitetty viesti|edelleenlähetetty viesti|"
    r"(?:treść |wiadomość )?przekazan(?:ej|a) wiadomoś(?:ci|ć)|wiadomość przekazana|proslijeđena poruka|"
    r"prosleđena poruka|preposlana poruka|"
    r"přeposlaná zpráva|preposlaná správa|továbbított (?:üzenet|levél)|mesaj redirecționat|iletilen (?:ileti|mesaj)|"
    r"пересланное сообщение|пересылаемое сообщение|перенаправленное сообщение|переслане повідомлення|"
    r"转发的邮件|轉寄的郵件|轉寄郵件|転送メッセージ|"
    r"전달된 메일|전달된 메시지)\s{0,3}[-_—–=]{2,}|"
    r"(?:begin forwarded message|forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|"
    r"début du message (?:réexpédié|transféré)|"
    r"inicio del mensaje reenviado|início da mensagem encaminhada|inizio messaggio inoltrato|"
    r"begin doorgestuurd bericht|"
    r"vidarebefordrat brev|start på videresendt (?:meddelelse|melding|besked)|"
    r"początek przekazywanej wiadomości|wiadomość napisana przez|"
    r"započni proslijeđenu poruku|početak proslijeđene poruke|začátek přeposílané zprávy|"
    r"начало переадресованного сообщения)\s{0,3}[:：])\s*$",
    re.IGNORECASE,
)  # fmt: skip
_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{0,40}\]\s*)?(?:fwd?|wg|weitergeleitet|tr|trans|rv|reenv|enc|i|doorst|vb|vs|pd|"
    r"podaj dalej|prosl\w{0,8}|pf|továbbítás|ilt|пересл|转发|轉寄|転送)\s?[:：]",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"^[\s>*_|]{0,10}(?:from|von|de|da|od|van|från|fra|feladó|lähettäjä|expéditeur|nadawca|pošiljatelj|"
    r"šalje|mittente|remitente|remetente|"
    r"odesílatel|gönderen|kimden|от кого|от|від|发件人|寄件者|寄件人|差出人|보낸 사람)\s{0,3}[*_]{0,2}\s?[:：][\s*_]{0,10}(.{1,300})$",
    re.IGNORECASE,
)  # fmt: skip
_MARKER_ENDS = ("-", "_", "—", "–", "=", ":", "：")
_MAX_LOOK = 20


def forward_marker(lines: list[str]) -> int | None:
    """The first line that says a forwarded message begins."""
    for at, line in enumerate(lines):
        if line.rstrip()[-1:] in _MARKER_ENDS and 8 < len(line) < 200 and _MARKER.match(line):
            return at
    return None


def says_forward(subject: str) -> bool:
    """Whether a subject begins as that of a forwarded mail (Fwd:, WG:, TR:, PD:, …)."""
    return _SUBJECT.match(subject[:200]) is not None


def forwarded_author(lines: list[str], at: int) -> Address | None:
    """The author named in the header block near lines[at], or None."""
    for index in range(at, min(at + _MAX_LOOK, len(lines))):
        match = _FROM.match(lines[index][:400])
        if match is None:
            continue
        if header_block_end(lines, index) is None and index > at + 8:
            return None
        text = match[1].replace("[mailto:", "<").replace("]", ">").strip(" *_")
        found = read_addresses(text.encode("utf-8", "replace"))
        return next((each for each in found if "@" in each.address), found[0] if found else None)
    return None
