"""What stands under a message and says nothing new: signatures, mobile footers, greetings, disclaimers."""

import re

from shared.mail.closings import closing_kind, may_close

_DELIMITER = re.compile(r"^\s{0,3}(?:--|__|—|---?)[ \t]*$")
_MOBILE = re.compile(
    r"^\W{0,3}(?:sent (?:from|via|with|using) (?:my|the|a|an|yahoo!?|samsung|outlook|mail|proton|windows)\b.{0,80}|"
    r"sent (?:from|via|with|using) [\w.'’& -]{2,40}(?:<[^<>]{1,200}>|\([^()]{1,200}\)|"
    r"\[[^\[\]]{1,200}\](?:\([^()]{1,200}\))?)?(?: secure e-?mail| mobile(?: app)?)?\.?|"
    r"sent (?:from|via|with|using) \[[^\[\]]{1,60}\]\([^()]{1,200}\).{0,40}|"
    r".{0,60}\boutlook\b.{0,60}<https?://aka\.ms/\w{1,20}>.{0,40}|get outlook for .{0,80}|"
    r"von meinem .{1,40} (?:gesendet|geschickt)\W*|gesendet (?:von|mit|über) .{1,60}|"
    r"diese nachricht wurde von meinem .{1,80}|"
    r"envoyé (?:de|depuis|avec|via|à partir de|à l'aide de) .{1,60}|télécharger outlook .{0,60}|"
    r"obtenir outlook .{0,60}|"
    r"enviado (?:desde|de|do|con|a partir) .{1,60}|obtener outlook .{0,60}|obter o outlook .{0,60}|"
    r"inviato (?:da|dal|con) .{1,60}|"
    r"scarica outlook .{0,60}|verzonden (?:vanaf|met|via) .{1,60}|verstuurd vanaf .{1,60}|"
    r"wysłan[eoy] (?:z|ze|przy użyciu|za pomocą) .{1,60}|pobierz outlook .{0,60}|poslano (?:s|sa|iz|"
    r"putem) .{1,60}|poslato sa .{1,60}|"
    r"odesláno z .{1,60}|odoslané z .{1,60}|skickat från .{1,60}|skickades från .{1,60}|sendt fra .{1,60}|"
    r"hent outlook .{0,60}|"
    r"lähetetty .{1,60}|(?:el)?küldve .{1,60}|trimis (?:de pe|din) .{1,60}|отправлено (?:с|из) .{1,60}|надіслано з .{1,60}|"
    r"[^\x00-\x7f].{0,40}から送信|iphoneから送信|ipadから送信|androidから送信|发自我的.{1,40}|從我的.{1,20}傳送|나의 .{1,30}에서 보냄)\W*$",
    re.IGNORECASE,
)  # fmt: skip
# By itself, because it begins like any line: tried only where its last word can be.
_MOBILE_LAST = re.compile(r"^\W{0,3}\w.{1,40}(?:dan|den|tan|ten) gönderildi\W*$", re.IGNORECASE)
_PROSE = re.compile(r"[,;].{8,}[.!?]\s*$|\b(?:is|are|was|but|because)\b", re.IGNORECASE)
_CLOSING = re.compile(
    r"^\W{0,3}(?:(?:with |my |many )?(?:best|kind|kindest|warm|warmest|sincere)?\s?(?:regards|wishes)|"
    r"best|all the best|yours (?:sincerely|truly|faithfully)|"
    r"sincerely(?: yours)?|respectfully|cordially|"
    r"(?:mit )?(?:freundlich|best|lieb|schön|viel|herzlich)(?:e|en|em)? (?:grü(?:ß|ss)e?n?|gruss|"
    r"gruß)(?: aus \w+)?|mfg|vg|lg|gruß|grüße|"
    r"(?:bien )?cordialement|bien à vous|salutations|sincères salutations|meilleures salutations|"
    r"(?:un )?(?:cordial )?saludos?(?: cordiales?)?|atentamente|un saludo|"
    r"(?:com os )?(?:melhores )?cumprimentos|atenciosamente|abraços?|"
    r"(?:cordiali|distinti) saluti|saluti|met (?:vriendelijke|hartelijke) groet(?:en)?|mvg|groet(?:en|"
    r"jes)?|vriendelijke groet(?:en)?|"
    r"(?:serdecznie |z )?(?:pozdrawiam|poważaniem|powazaniem|wyrazami szacunku)(?: serdecznie)?|"
    r"pozdrowienia|pozdr|łączę pozdrowienia|"
    r"(?:srdačan |lijep |lep )?pozdrav|(?:s |sa )?(?:poštovanjem|štovanjem)|lp|lijepi pozdravi|"
    r"s pozdravem|s přátelským pozdravem|hezký den|s pozdravom|üdvözlettel|tisztelettel|"
    r"(?:med )?(?:vänlig|vänliga|venlig|vennlig|bästa|de bedste|beste) (?:hälsning|hälsningar|hilsen|"
    r"hilsner)|hilsen|kh|mvh|/?hälsningar|"
    r"ystävällisin terveisin|terveisin|parhain terveisin|с уважением|с наилучшими пожеланиями|з повагою|"
    r"saygılarımla|saygılar|iyi çalışmalar|"
    r"cu stimă|με εκτίμηση|以上、?よろしくお願いいたします)\s?[,.!;，、–-]{0,3}\s*$",
    re.IGNORECASE,
)  # fmt: skip
_THANKS = re.compile(
    r"^\W{0,3}(?:thanks|thank you|many thanks|thx|cheers|thanks and regards|thanks & regards|"
    r"thanks in advance|danke|vielen dank|merci|gracias|obrigad[oa]|"
    r"grazie|bedankt|dziękuję|dzięki|hvala|tack|tak|takk|kiitos|спасибо)\s?[,.!]{0,3}\s*$",
    re.IGNORECASE,
)
_DASH_NAME = re.compile(r"^\s{0,2}[-–—~/]\s?[^\W\d_][\w.'’-]*(?:\s[^\W\d_][\w.'’-]*){0,3}\s*$")
_DISCLAIMER = re.compile(
    r"^\W{0,6}(?:(?:confidentiality|disclaimer|legal|privacy|email|e-mail|important)(?: notice| note|"
    r" information)?\s?[:.\-]|"
    r"disclaimer\W*$|confidential(?:ity)?(?: notice)?\W*$|(?:privileged|confidential|private|sensitive|"
    r"important) (?:notice|note|information)\s?:|"
    r"caution\s?:|this (?:e-?mail|message|communication|transmission)(?: and any| and all|,? including|"
    r" may| is| contains| \(including)|"
    r"the (?:information|content)s? (?:contained )?(?:in|of) this (?:e-?mail|message|communication)|"
    r"diese (?:e-?mail|nachricht) (?:enthält|kann|ist)|ce (?:message|courriel|mail)(?: et| est|,)|"
    r"este (?:mensaje|correo|e-?mail|mensagem)|"
    r"questo messaggio|dit (?:bericht|e-?mailbericht)|(?:ta|niniejsza|powyższa) wiadomość|"
    r"treść tej wiadomości|klauzula|"
    r"ova (?:poruka|elektronička|e-?mail)|sadržaj ove poruke|tento e-?mail|det(?:ta|te) (?:meddelande|"
    r"e-post|mail)|это сообщение|данное сообщение|"
    r"please consider the environment|virus-?free|bez wirusów|virenfrei|think before you print|before printing)",
    re.IGNORECASE,
)  # fmt: skip
_DISCLAIMER_WORD = re.compile(
    r"confidential|intended|privileged|recipient|vertraulich|confidentiel|confidencial|riservat|"
    r"vertrouwelijk|poufn|povjerljiv|důvěrn|"
    r"konfidentiel|unauthori[sz]ed|konfidential|конфиденциал|environment|print|avast|avg|virus|adresat|primatelj",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:\b(?:tel|telefon|telephone|phone|ph|mob|mobil|mobile|kom|cell|fax|faks|gsm|tlf|puh|тел|моб)\b[.:]{0,2}\s{0,3}[+(\d]|"
    r"(?:^|[|•\s])[tmpfe]\s?[:.]\s?[+(\d]|\+\d{1,3}[\s(.-]{0,2}\d{2,4}[\s)./-]{1,2}\d|電話|\btel[:：]|"
    r"\b(?:nip|regon|krs|oib|mbs|vat|ust-?id|siret|p\.?\s?iva|dič|ičo?|cif|kvk)\b\W{0,4}(?:nr|no|[-A-Z]{0,3})?[\s.:]{0,3}\d|"
    r"\bwww\.[\w-]+\.|(?:e-?mail|mail)\s?:\s?\S+@)",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(
    r"^[\s*_]{0,4}(?:(?:dr|mgr|inż|ing|dipl|prof|mr|mrs|ms|mag)\.?\s?){0,3}"
    r"[^\W\d_a-z][\w.'’-]{0,30}(?:\s[^\W\d_][\w.'’-]{0,30}){1,3}[\s*_,]{0,4}$"
)
_DRAWN = re.compile(r"^\s{0,4}[-=_*~#━─＝＊＿•·+]{10,}\s*$")
# Stems of the words that lawyers put under mails: three different ones in one paragraph are no coincidence.
_LEGAL = re.compile(
    r"(confidential|intended|recipient|privileged|unauthori[sz]ed|addressee|disclos|disseminat|notify the sender|legally|"
    r"vertraulich|empfänger|adressat|absender|unbefugt|rechtlich geschützt|vernichten|"
    r"poufn|adresat|odbiorc|zawiadom|zabronion|niezwłocznie|administratorem|danych osobowych|przetwarzan|rodo|"
    r"povjerljiv|primatelj|namijenj|izbri[sš]|obrisat|obavijest|neovlašten|osobnih podataka|"
    r"confidentiel|destinataire|détruire|expéditeur|confidencial|destinatario|destinatário|riservat|mittente|vertrouwelijk|"
    r"geadresseerde|afzender|důvěrn|příjemc|odesílatel|konfidentiell|fortrolig|mottagare|modtager|avsändar|afsender|"
    r"luottamukselli|vastaanottaj|конфиденциал|получател|отправител|gdpr|personal data|personenbezogen|"
    r"gizli|alıcı|機密|受信者)",
    re.IGNORECASE,
)
# At least one of these is in each such paragraph; the pattern is too slow for every text.
_LEGAL_STEMS = (
    "confiden", "intended", "recipient", "privileg", "vertraulich", "adressat", "poufn", "adresat", "danych osob", "povjerlj",
    "primatelj", "osobnih", "destinat", "riservat", "vertrouwel", "důvěrn", "konfiden", "fortrol", "luottam", "конфиден", "gdpr",
    "personal data", "personenbez", "gizli", "機密",
)  # fmt: skip
_MAX_SIGNATURE = 14


def strip_signature(lines: list[str], first: bool = True) -> list[str]:
    """The lines without what stands under the message. A line about a signature inside the text stays.

    `first`: these lines begin the mail, so that a delimiter at their very top has no message above it.
    """
    lines = _without_end(lines)
    at = _at_delimiter(lines, first)
    if at is not None:
        lines = _without_end(lines[:at])
    for cut in (_at_disclaimer, _at_mobile):
        lines = _cut_at(lines, cut(lines))
    closing = _at_closing(lines)
    if closing is not None:
        # "Sent from my phone" may stand above the greeting too.
        lines = _cut_at(lines, closing)
        lines = _cut_at(lines, _at_mobile(lines))
    else:
        lines = _cut_at(lines, _at_frame(lines))
        lines = _cut_at(lines, _at_contact_block(lines))
    return _cut_at(lines, _at_dash_name(lines))


def _cut_at(lines: list[str], at: int | None) -> list[str]:
    return lines if at is None else _without_end(lines[:at])


def _at_delimiter(lines: list[str], first: bool) -> int | None:
    """`-- ` (RFC 3676 4.3) anywhere; its sloppier forms only above few and short lines."""
    for at, line in enumerate(lines):
        if not _DELIMITER.match(line) or (first and at == 0 and len(lines) > _MAX_SIGNATURE):
            continue
        stripped = line.strip()
        rest = [each for each in lines[at + 1 :] if each.strip()]
        if line in ("-- ", "--") or stripped == "__":
            return at
        if stripped == "--" and len(rest) <= _MAX_SIGNATURE:
            return at
        if (
            stripped in ("—", "---")
            and 0 < len(rest) <= 6
            and all(len(each) < 60 for each in rest)
            and not _is_prose(rest)
        ):
            return at
    return None


def _at_disclaimer(lines: list[str]) -> int | None:
    for at, line in enumerate(lines):
        if at and line and not lines[at - 1].strip(" -_*=") and len(line) < 4000 and _DISCLAIMER.match(line):
            rest = " ".join(lines[at : at + 12])
            if _DISCLAIMER_WORD.search(rest):
                return at
    return _at_legal_paragraph(lines)


def _at_legal_paragraph(lines: list[str]) -> int | None:
    """The first paragraph after the message that speaks like a lawyer: long, with several of the words of such."""
    start = next((at for at, line in enumerate(lines) if line.strip()), 0)
    at = len(lines) - 1
    found = None
    while at > start and len(lines) - at < 40:
        first = at
        while first > start and lines[first - 1].strip(" -_*="):
            first -= 1
        paragraph = " ".join(lines[first : at + 1])
        if first > start and len(paragraph) > 100 and _is_legal(paragraph):
            found = first
        elif found is not None or len(paragraph.strip(" -_*=")) > 160:
            break
        at = first - 1
    return found


def _is_legal(paragraph: str) -> bool:
    top = paragraph[:600].lower()
    if not any(stem in top for stem in _LEGAL_STEMS):
        return False
    return len(set(_LEGAL.findall(paragraph[:4000].lower()))) >= 3


def _at_mobile(lines: list[str]) -> int | None:
    for at in range(max(len(lines) - 8, 0), len(lines)):
        line = lines[at].strip()
        if line and len(line) < 160 and _is_mobile(line) and not _PROSE.search(line):
            return at
    return None


def _is_mobile(line: str) -> bool:
    return _MOBILE.match(line) is not None or (not line.isascii() and _MOBILE_LAST.match(line) is not None)


def _at_closing(lines: list[str]) -> int | None:
    """A greeting alone on its line with nothing but short lines under it."""
    for at in range(max(len(lines) - _MAX_SIGNATURE - 4, 1), len(lines)):
        line = lines[at]
        kind = _closing_of(line) if line and may_close(line) else None
        if kind is None:
            continue
        rest = [each for each in lines[at + 1 :] if each.strip()]
        longest = max(map(len, rest), default=0)
        if _is_prose(rest) or len(rest) > _MAX_SIGNATURE:
            continue
        if (kind == "strong" and longest < 100) or (0 < len(rest) <= 5 and longest < 50):
            return at
    return None


def _closing_of(line: str) -> str | None:
    if _CLOSING.match(line):
        return "strong"
    return "weak" if _THANKS.match(line) else closing_kind(line)


def _at_contact_block(lines: list[str]) -> int | None:
    """A signature without a greeting: a last paragraph or two that begin with a name and tell how to reach it."""
    at = len(lines) - 1
    for _ in range(3):
        first = at
        while first > 0 and lines[first - 1].strip():
            first -= 1
        block = [line for line in lines[first:] if line.strip()]
        if first <= 0 or len(block) > _MAX_SIGNATURE or any(len(line) > 90 for line in block):
            return None
        above = next((line for line in reversed(lines[:first]) if line.strip()), "")
        marks = sum(1 for line in block if _CONTACT.search(line))
        named = len(block) > 1 and _FULL_NAME.match(block[0]) is not None
        if marks * 4 >= len(block) and named and not above.rstrip().endswith(":"):
            return first
        at = first - 1
        while at > 0 and not lines[at].strip():
            at -= 1
    return None


def _at_frame(lines: list[str]) -> int | None:
    """A signature that is drawn around: a line of signs, few short lines that tell how to reach somebody."""
    for at in range(max(len(lines) - _MAX_SIGNATURE, 1), len(lines)):
        if _DRAWN.match(lines[at]):
            rest = [line for line in lines[at + 1 :] if line.strip()]
            short = 0 < len(rest) <= _MAX_SIGNATURE and max(map(len, rest)) < 90
            if short and any(_CONTACT.search(line) or "@" in line for line in rest):
                return at
    return None


def _at_dash_name(lines: list[str]) -> int | None:
    """`-Anna Nowak` as the last line, after an empty one, where no list of dashes stands above."""
    if len(lines) < 3 or not _DASH_NAME.match(lines[-1]) or lines[-2].strip():
        return None
    if any(line.lstrip().startswith(("- ", "-\t", "* ")) for line in lines[:-1]):
        return None
    words = lines[-1].strip(" -–—~/").split()
    return len(lines) - 1 if words and all(word[0].isupper() for word in words) else None


def _is_prose(lines: list[str]) -> bool:
    """Whether these lines go on talking: a question, or a full sentence of some length."""
    return any(line.rstrip().endswith("?") or (len(line.split()) > 7 and line.rstrip().endswith(".")) for line in lines)


def _without_end(lines: list[str]) -> list[str]:
    """Without empty lines and drawn ones at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip(" \t=_-*~#") and lines[end - 1].strip() not in ("-", "*", "#"):
        end -= 1
    return lines[:end]
