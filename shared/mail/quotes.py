"""Where quoted mail begins: attribution lines, header blocks and separators of many clients and languages.

Everything works on lines and looks at a bounded number of them, so that hostile text costs no more than its length.
"""

import re

_VERBS = (
    "wrote|writes|has written|schrieb|geschrieben|a écrit|a ecrit|écrit|escribió|escribio|escribi(?:ó|o)|"
    "ha escrito|escreveu|"
    "ha scritto|scrive|schreef|heeft geschreven|het volgende geschreven|napisał|napisała|napisal|"
    "napisala|pisze|napisali|"
    "napisao|napisala|piše|je napisao|je napisala|napsal|napsala|napísal|napísala|píše|skrev|skreiv|"
    "følgende|kirjoitti|kirjutas|"
    "írta|ezt írta|a scris|yazdı|yazmış|şunu yazdı|написал|написала|написав|написала|пишет|пише|написа|"
    "έγραψε|rašė|parašė|rakstīja|"
    "va escriure|menulis|đã viết|viết|schreev|schriebst|escribiu|idatzi du|ṣkrev|shkroi|napisa|напісаў|напісала|піша"
)
_ASIAN = "のメール|書きました|wrote|写道|寫道|写到|撰写|작성|님이 작성|님께서 작성|のメッセージ|さんは|เขียนว่า|เขียน|כתב|כתבה|מאת|كتب|نوشت"
# The end of an attribution: the verb, little after it (a client's name, "napisał(a)"), a colon.
_END = re.compile(
    rf"(?:^|[\s>,)»\"'*(])(?:{_VERBS})\b[^:：]{{0,60}}[:：]\W{{0,4}}$|"
    rf"(?:{_ASIAN})[^:：]{{0,40}}[:：]\W{{0,4}}$|wrote[:：]\W{{0,4}}$",
    re.IGNORECASE,
)
_END_FAR = re.compile(rf"(?:^|[\s>,)»\"'*(])(?:{_VERBS})\b[^:：]{{0,160}}[:：]\W{{0,4}}$", re.IGNORECASE)
_ANGLE_COLON = re.compile(r"<[^<>\s]+@[^<>\s]+>\)?\s?[:：]$")
_END_BARE = re.compile(rf"(?:{_VERBS})(?:\(a\)|/a|\s*\(la\))?\s*[:：]?\s*$", re.IGNORECASE)
_SAYING = re.compile(rf"[>)\]\"]\s(?:{_VERBS})\b", re.IGNORECASE)
_START = re.compile(
    r"^\W{0,6}(?:On|At|In|Am|Le|El|Il|Op|Em|Den|D\.|Dana|U|Dne|Dňa|Dnia|W dniu|W|Dn\.|Den|På|La|Pe|În|Em|"
    r"Às|A las|Na|Vào|Pada|"
    r"Στις|В|От|От|Dia|Il giorno|Em qua|Tue|Mon|Wed|Thu|Fri|Sat|Sun|[^\W\d_]{2,12}[.,]{1,2}\s|"
    r"\d{1,4}[.\-/年]\s?\d{1,2}|\d{1,2}\.?\s[^\W\d_]{3,})(?=\W|\d|$)",
    re.IGNORECASE,
)  # fmt: skip
_TIME = re.compile(r"\b\d{1,2}[:.]\d\d\b")
_ANGLED = re.compile(r"<[^<>\s]{1,80}@[^<>\s]{1,200}>|\[(?:mailto:)?[^\[\]\s]{1,80}@[^\[\]\s]{1,200}\]", re.IGNORECASE)
_ENCLOSED = re.compile(r"[<(\[][^<>()\[\]\s]{1,80}@[^<>()\[\]\s]{1,200}[>)\]]")
# A day in numbers or with a month's name, and a time of it.
_CLOCK = r"(?<![\d.])\d{1,2}[:.]\d\d(?!\.?\d)"
_MOMENT = re.compile(
    rf"(?:\b(?:19|20)\d\d\b|\b\d{{1,2}}[./-]\s?\d{{1,2}}[./-]\s?\d{{2,4}}\b).{{0,30}}?{_CLOCK}|"
    rf"{_CLOCK}.{{0,20}}?(?:\b(?:19|20)\d\d\b|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b)"
)
_NAMED_MOMENT = re.compile(rf"^[^\W\d_][^\d:]{{2,60}},\s\d.{{4,30}}{_CLOCK}[^\d:]{{0,8}}[:：]$")
_DATED = re.compile(r"\d{1,4}.{0,40}\d{1,2}[:.]\d\d|\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_ADDRESS = re.compile(r"[^\s<>]@[^\s<>]")
_OLD_GMAIL = re.compile(
    r"^\s*\d{4}[/-]\d{1,2}[/-]\d{1,2}\b.{0,120}<[^<>\s]+@[^<>\s]+>\W{0,3}$|^.{0,100}<[^<>\s]+@[^<>\s]+>[:：]?\s*$"
)
_DASHED_ATTRIBUTION = re.compile(rf"^\W{{0,4}}-{{2,}}\s?.{{4,200}}(?:{_VERBS})\W{{0,3}}-{{2,}}\s*$", re.IGNORECASE)

# Webmailers of old: "Zitat von X:", "Quoting X:".
_QUOTING = re.compile(
    r"^\W{0,4}(?:zitat von|quoting|cytowanie|cytuję|cytat|citando|citation de|en réponse à|citát|citat|citerar|citat från|"
    r"lainaus|цитирование|цитирую|citiram|idézet)\b.{2,160}[:：]\s*$",
    re.IGNORECASE,
)

_LABELS = {
    "from": "from|von|de|da|od|van|från|fra|feladó|lähettäjä|expéditeur|nadawca|pošiljatelj|šalje|pošiljalac|"
    "mittente|remitente|"
    "remetente|odesílatel|odosielateľ|gönderen|kimden|от кого|от|від|від кого|发件人|寄件者|寄件人|差出人|보낸 사람|από|"
    "pošiljalac|pošiljatel|afzender|absender|"
    "de la|saatja|nuo|sūtītājs",
    "sent": "message du|sent|date|gesendet|datum|envoyé|date d'envoi|enviado|enviado el|enviado em|fecha|data|"
    "inviato|verzonden|skickat|sendt|dato|poslato|odosláno|odesláno dne|küldve|küldés dátuma|päiväys|dátum odoslania|"
    "wysłano|wysłane|poslano|datum slanja|odesláno|odoslané|dátum|elküldve|lähetetty|päivämäärä|"
    "gönderildi|tarih|отправлено|дата|надіслано|"
    "发送时间|发送日期|日期|寄件日期|送信日時|日付|日時|보낸 날짜|날짜|ημερομηνία|trimis|issiųsta|le",
    "to": "to|an|à|a|para|aan|till|til|do|za|prima|komu|címzett|vastaanottaja|kime|pour|destinataire|kому|кому|"
    "до|收件人|宛先|받는 사람|προς|către|për|primatelj|"
    "para|kam|primalac|prejemnik|příjemce|príjemca|odbiorca|adresat|mottagare|modtager|mottaker|alıcı|címzettek",
    "subject": "subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|predmet|předmět|tárgy|"
    "aihe|konu|тема|主题|主旨|件名|제목|θέμα|subiect|tema|zadeva|naslov|asunt|ogg",
    "other": "copie à|cc|bcc|kopie|kopi|copie|reply-to|répondre à|organization|importance|priority|attachments|"
    "anlagen|załączniki|prilog|dw|kopia|копия|抄送",
}  # fmt: skip
_LABEL = re.compile(
    r"^[\s>|*_]{0,12}(?:" + "|".join(f"(?P<{kind}>{names})" for kind, names in _LABELS.items()) + r")\s{0,3}[*_]{0,2}\s{0,2}[:：]",
    re.IGNORECASE,
)  # fmt: skip

_ANY_LABEL = re.compile(r"^[\s>|*_]{0,12}[^\W\d_][\w .'’/()-]{0,24}[*_]{0,2}\s{0,2}[:：][*_]{0,2}\s")
_DASHED = re.compile(r"^[\s>*]{0,8}[-_—–=]{2,}\s{0,3}[^\W\d_][^\n]{2,60}?[-_—–=]{2,}[\s*]*$")

_ORIGINAL = re.compile(
    r"^[\s>*]{0,8}[-_—–=]{2,}\s{0,3}(?:original(?: message| appointment)?|reply message|"
    r"ursprüngliche (?:nachricht|e-?mail)|original-?nachricht|"
    r"message d'origine|message original|mensaje original|mensagem original|messaggio originale|messaggio originario|"
    r"oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|oprindelig meddelelse|"
    r"ursprungligt meddelande|originalmeddelande|"
    r"opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|izvorna poruka|"
    r"originalna poruka|"
    r"izvirno sporočilo|původní zpráva|původní e-mail|pôvodná správa|eredeti üzenet|mesaj original|"
    r"mesajul original|orijinal (?:ileti|mesaj)|"
    r"исходное сообщение|оригинальное сообщение|пересылаемое сообщение|вихідне повідомлення|原始邮件|原始郵件|"
    r"원본 메[시세]지|元のメッセージ|reply above this line.*|"
    r"oprindelig meddelelse|ursprüngliche mitteilung)\s{0,3}[-_—–=]{2,}[\s*]*$|"
    r"^[\s>]{0,8}[-_—–]{3,}.{0,60}(?:message|nachricht|meddelelse|meddelande|poruka|wiadomość|сообщение|"
    r"bericht|mensaje|messaggio|zpráva|melding|viesti).{0,20}[-_—–]{3,}\s*$",
    re.IGNORECASE,
)  # fmt: skip
_RULE = re.compile(r"^[\s>]{0,8}[_\-]{20,}\s*$")
_REPLY_ABOVE = re.compile(
    r"^\W{0,8}(?:please )?(?:reply above this line|type your reply above|reply above|odpowiedz powyżej|"
    r"odgovorite iznad|bitte antworten sie oberhalb)",
    re.IGNORECASE,
)
# "Write above this line" between signs, in whatever words of these languages.
_ABOVE = re.compile(
    r"^\s{0,3}[-#=*_–—]{2,}.{0,60}\b(?:above|powyżej|iznad|oberhalb|über|au-dessus|encima|acima|sopra|boven|ovanför|ovenfor|over|nad|выше|вище|felett)"
    r"\b.{0,30}\b(?:line|lini|crt|zeile|ligne|línea|linha|riga|regel|rad|linje|řád|riad|čiar|черт|строк|ліні|sor)",
    re.IGNORECASE,
)
REPLY_ABOVE_WORDS = ("bove", "BOVE", "owyżej", "iznad", "berhalb")
_DRAWN_TWICE = {"--", "##", "==", "**", "__", "––", "——", "-#", "#-", "#="}
_LEADING = " \t>*-_—–="
_COLONS = (":", "：")
_MARKS = (">", "|", "｜")
QUOTED = re.compile(r"^\s{0,3}[>|｜]")
_MAX_SPAN = 4


def attribution_end(lines: list[str], at: int) -> int | None:
    """Where lines[at] begins an attribution ("On … X wrote:"), the index after it; else None. Spans four lines."""
    first = _bare(lines[at])
    if not first or len(first) > 400:
        return None
    if _DASHED_ATTRIBUTION.match(first):
        return at + 1
    if first[-1] in _COLONS and _quote_follows(lines, at + 1) and _names_a_quote(first):
        return at + 1
    started = _START.match(first) is not None or _MOMENT.search(first[:80]) is not None
    joined = ""
    for last in range(at, min(at + _MAX_SPAN, len(lines))):
        line = _bare(lines[last])
        if last > at and not line:
            break
        if last > at and _START.match(line) and _DATED.search(line) and not _DATED.search(joined):
            # It begins here, and what stood above are words.
            break
        joined = f"{joined} {line}".strip()
        if len(joined) > 600:
            break
        if _is_attribution(joined, started, lines, last):
            return last + 1
        if not started and not _ADDRESS.search(joined):
            break
        if last > at and _START.match(line) and _END.search(line):
            break
    if first[-1] in _COLONS and len(first) < 120 and _NAMED_MOMENT.match(first) and _follows_line(lines, at):
        # "Support, 5 Nov 2026, 09:30 CET:" under a drawn line, as help desks write.
        return at + 1
    if _OLD_GMAIL.match(first) and first[:1].isdigit() and _quote_follows(lines, at + 1):
        return at + 1
    return None


def _names_a_quote(line: str) -> bool:
    """A line right above a quote: of an old webmailer, or with an address and a date in whatever words."""
    return bool(_QUOTING.match(line) or (_ADDRESS.search(line) and _DATED.search(line) and len(line) < 250))


def _is_attribution(joined: str, started: bool, lines: list[str], last: int) -> bool:
    if _ANGLE_COLON.search(joined) and _DATED.search(joined) and len(joined) < 250:
        # "30.09.2017, 18.30, "Anna" <anna@example.org>:" needs no verb.
        return True
    if len(joined) < 250 and _ENCLOSED.search(joined) and _SAYING.search(joined) and _quote_follows(lines, last + 1, 1):
        # "Anna <anna@example.org> wrote in message news:1@example.org..."
        return True
    if joined[-1] in _COLONS and len(joined) < 250 and _ENCLOSED.search(joined) and _MOMENT.search(joined):
        # An address in brackets, a day, a time, a colon: whatever the language of its verb.
        return True
    if _END.search(joined) or (started and _END_FAR.search(joined)):
        dated = _DATED.search(joined) is not None
        address = _ADDRESS.search(joined) is not None
        prose = joined[0].islower() and not address and not _quote_follows(lines, last + 1)
        if (started and dated and not prose) or (address and (dated or len(joined) < 160)):
            return True
        return len(joined) < 160 and _quote_follows(lines, last + 1)
    return bool(
        started
        and _END_BARE.search(joined)
        and _DATED.search(joined)
        and (_ADDRESS.search(joined) or _quote_follows(lines, last + 1))
    )


def header_block_end(lines: list[str], at: int) -> int | None:
    """Where lines[at] begins a quoted header block ("From: … Sent: …"), the index after it; else None."""
    if ":" not in lines[at] and "：" not in lines[at]:
        return None
    match = _LABEL.match(lines[at])
    if match is None or match.lastgroup == "other":
        return _unknown_block_end(lines, at)
    kinds = {match.lastgroup}
    last, misses, seen = at, 0, 1
    for index in range(at + 1, min(at + 16, len(lines))):
        line = lines[index]
        if not line.strip(" >*\t"):
            misses += 1
            if misses > 2:
                break
            continue
        match = _LABEL.match(line)
        if match is None:
            misses += 1
            if misses > 2 or (index > 0 and not lines[index - 1].strip(" >*\t") and len(kinds) > 2):
                break
            continue
        kinds.add(match.lastgroup)
        last, misses, seen = index, 0, seen + 1
    if not _is_of_mail(lines[at : last + 1], kinds):
        return None
    if seen >= 2 and ({"from", "sent"} <= kinds or {"from", "to"} <= kinds or {"from", "subject"} <= kinds):
        return last + 1
    return last + 1 if {"sent", "to", "subject"} <= kinds else _unknown_block_end(lines, at)


def _is_of_mail(block: list[str], kinds: set[str | None]) -> bool:
    """Whether it is of a mail, and not of a journey or a delivery: an address, a subject or a time of day."""
    return ("subject" in kinds and len(block) > 2) or any("@" in line or _TIME.search(line) for line in block)


def _unknown_block_end(lines: list[str], at: int) -> int | None:
    """The same in a language whose labels are not known: three labelled lines on end, the first or second with an address in
    angles, another with a day and a time. Never at the top, where people and forms write such lines about themselves."""
    if not any(line.strip() for line in lines[max(at - 20, 0) : at]):
        return None
    end = at
    while end < min(at + 8, len(lines)) and len(lines[end]) < 600 and _ANY_LABEL.match(lines[end]):
        end += 1
    if end - at < 3 or not any(_ANGLED.search(line) for line in lines[at : at + 2]):
        return None
    return end if any(_MOMENT.search(line) for line in lines[at:end]) else None


def is_separator(line: str) -> bool:
    """A line that clients put before the mail they answer: `-----Original Message-----` in many languages."""
    if len(line) > 200:
        return False
    if line.lstrip(_LEADING)[:1] != line.lstrip()[:1] and _ORIGINAL.match(line):
        return True
    if line.lstrip()[:2] in _DRAWN_TWICE and _ABOVE.match(line):
        return True
    return any(word in line for word in REPLY_ABOVE_WORDS) and _REPLY_ABOVE.match(line) is not None


def is_dashed(line: str) -> bool:
    """Any words between dashes: with a header block under them they are such a separator too."""
    return len(line) < 120 and line.rstrip(" *\t")[-1:] in _LEADING and _DASHED.match(line) is not None


def is_rule(line: str) -> bool:
    """A long line of underscores or dashes, which Outlook and list servers draw."""
    return ("____" in line or "----" in line) and _RULE.match(line) is not None


def attribution_hints(lines: list[str]) -> list[bool]:
    """For each line whether an attribution may begin there: one of four ends in a colon, has an address, is quoted.

    Most lines of most mails have none of that, and the patterns need not be tried on them.
    """
    marked = [
        line.rstrip(" \t*>\"')\u200e")[-1:] in _COLONS or "@" in line or line.lstrip()[:1] in _MARKS or "--" in line
        for line in lines
    ]
    if True not in marked:
        return marked
    return [any(marked[at : at + _MAX_SPAN]) for at in range(len(lines))]


def _bare(line: str) -> str:
    return line.lstrip("> \t|").strip()


def _follows_line(lines: list[str], at: int) -> bool:
    """Whether what stands right above lines[at] is a drawn line."""
    above = next((line.strip() for line in reversed(lines[max(at - 2, 0) : at]) if line.strip()), "")
    return len(above) >= 3 and not above.strip("-_=—–*#")


def _quote_follows(lines: list[str], at: int, most: int = 4) -> bool:
    for line in lines[at : at + most]:
        if line.strip():
            return QUOTED.match(line) is not None
    return False
