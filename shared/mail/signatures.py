"""What stands under a message and says nothing new: signatures, mobile footers, greetings, disclaimers."""

import re

from shared.mail.closings import closing_kind, may_close
from shared.mail.legal import disclaimer_start, is_legal

_DELIMITER = re.compile(r"^\s{0,3}(?:--|__|—|---?)[ \t]*$")
_MOBILE = re.compile(
    r"^\W{0,3}(?:sent (?:from|via|with|using) (?:my|the|a|an|yahoo!?|samsung|outlook|mail|proton|windows)\b.{0,80}|"
    r"sent (?:from|via|with|using) [\w.'’& -]{2,40}(?:<[^<>]{1,200}>|\([^()]{1,200}\)|"
    r"\[[^\[\]]{1,200}\](?:\([^()]{1,200}\))?)?(?: secure e-?mail| mobile(?: app)?)?\.?|"
    r"sent (?:from|via|with|using) \[[^\[\]]{1,60}\]\([^()]{1,200}\).{0,40}|"
    r"(?:get|download|pobierz|preuzmi\w*|nabavi\w*|prenesi\w*|hol\w*|laden|télécharge\w*|obten\w*|scarica\w*|hämta|hent|lataa|last ned|"
    r"stáhn\w*|stiahn\w*|letölt\w*|descărc\w*|baix\w*|descarg\w*|transfer\w*|скача\w*|загруз\w*|завантаж\w*|изтегл\w*|κατεβ\w*)"
    r"\s(?:\S{1,15}\s){0,2}(?:outlook|bluemail|mymail|spark|gmail|yahoo mail|k-9 mail|edison mail|canary mail|proton mail)"
    r"\s(?:\S{1,15}\s){1,3}(?:ios|android|iphone|ipad|mobile?n?|mac|windows)|"
    r"(?:poslano|odesláno|odoslan[éo]|wysłan[eoay]|skickat|sendt|отправлено|надіслано|изпратено|išsiųsta|saadetud|nosūtīts|εστάλη|στάλθηκε)"
    r"\s\S{1,8}\s(?=.{0,50}(?:phon|fon|ipad|android|galaxy|mobil|mobit|tablet|telef|телеф|смартф|outlook|mail|app|aplik|urządz|uređ|naprav|"
    r"zaříz|zariad|enhet|huawei|xiaomi|samsung|motorola)).{1,60}|"
    r"(?:please |pls )?(?:excuse|forgive|pardon) (?:any |the |my |for )?(?:typos|brevity|spelling).{0,40}|"
    r".{0,60}\boutlook\b.{0,60}<https?://aka\.ms/\w{1,20}>.{0,40}|get outlook for .{0,80}|"
    r"von meine[mr](?:/meiner)? .{1,40} (?:gesendet|geschickt)\W*|gesendet (?:von|mit|über) .{1,60}|"
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
_SENT_BEHIND = re.compile(r"^[^—–-]{0,40}\s[—–-]{1,2}\ssent (?:from|with|via) \S.{1,40}$", re.IGNORECASE)
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
    r"grazie|bedankt|dziękuję|dzięki|hvala|tack|tak|takk|kiitos|спасибо|谢谢|謝謝|多谢|感谢)\s?[,.!！。，]{0,3}\s*$",
    re.IGNORECASE,
)
_DASH_NAME = re.compile(r"^\s{0,4}(?:[-–—~/]|--|//)\s?[^\W\d_][\w.'’-]*(?:\s[^\W\d_][\w.'’-]*){0,3}\s*$")
_CONTACT = re.compile(
    r"(?:\b(?:tel|telefon|telephone|phone|ph|mob|mobil|mobile|kom|cell|fax|faks|gsm|tlf|puh|тел|моб)\b[.:]{0,2}\s{0,3}[+(\d]|"
    r"(?:^|[|•\s])[tmpfe]\s?[:.]\s?[+(\d]|\+\d{1,3}[\s(.-]{0,2}\d{2,4}[\s)./-]{1,2}\d|電話|\btel[:：]|"
    r"\b(?:nip|regon|krs|oib|mbs|vat|ust-?id|siret|p\.?\s?iva|dič|ičo?|cif|kvk)\b\W{0,4}(?:nr|no|[-A-Z]{0,3})?[\s.:]{0,3}\d|"
    r"\bwww\.[\w-]+\.|(?:e-?mail|mail)\s?:\s?\S+@)",
    re.IGNORECASE,
)
# Streets with a number, towns with their code, forms of companies.
_PLACE = re.compile(
    r"^\W{0,3}(?:(?:ul|al|os|pl)\.\s|[A-Z]{1,3}-\d{4,5}\s|\d{2}-\d{3}\s|\d{3}\s?\d{2}\s[^\W\d_]|\d{4,5}\s[^\W\d_]{2}|inh\.\s)|"
    r"(?:str\.|straße|strasse|weg|gasse|platz|allee|straat|laan|gatan|vägen|vej|gata|utca|katu|tie|street|road|avenue)\s\d|"
    r"^\d{1,4}[a-z]?,?\s(?:rue|avenue|bd|via|\w+ (?:street|road|st|rd|ave))\b|"
    r"\b(?:GmbH|KG|Ltd|LLC|Inc|Sp\.\s?z\s?o\.\s?o|d\.\s?o\.\s?o|s\.\s?r\.\s?o|BV|ApS|Oy|SRL|SARL|S\.p\.A|Kft|Zrt|ООО|ТОВ)\b",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"^\s{0,3}(?:t|yt|terv)[.:]\s[A-ZÅÄÖ][a-zåäö-]{1,20}(?:\s[A-ZÅÄÖ][a-zåäö-]{1,20})?\s*$")
_FULL_NAME = re.compile(
    r"^[\s*_]{0,4}(?:(?:dr|mgr|inż|ing|dipl|prof|mr|mrs|ms|mag)\.?\s?){0,3}"
    r"[^\W\d_a-z][\w.'’-]{0,30}(?:\s[^\W\d_][\w.'’-]{0,30}){1,3}[\s*_,]{0,4}$"
)
_DRAWN = re.compile(r"^\s{0,4}[-=_*~#━─＝＊＿•·+]{10,}\s*$")
_ONE_NAME = re.compile(r"^\s{0,4}[^\W\d_a-z][\w'’-]{1,20}\.?\s*$")
_NAME_UNDER = re.compile(
    r"^[\s*_]{0,4}(?:[^\W\d_]{1,6}\.\s?){0,3}[^\W\d_a-z][\w.'’-]{0,30}(?:\s[^\W\d_a-z][\w.'’-]{0,30}){0,3}"
    r"(?:,\s.{2,40}|\s\([^()]{2,24}\))?[\s*_,]{0,4}$"
)
# "On behalf of …", a name under it.
_BEHALF = re.compile(
    r"^\W{0,3}(?:on behalf of|im auftrag|im namen|w imieniu|u ime|v imenu|jménem|v mene|au nom de|en nombre de|per conto di|namens)\b"
    r"[^.?!]{2,50}$",
    re.IGNORECASE,
)
# What companies say about themselves under a name.
_ADVERT = re.compile(
    r"https?://|\bwww\.|\b(?:HRB|HRA|KRS|NIP|REGON|OIB|MBS|IČO?|DIČ|VAT|P\.?\s?IVA|SIRET|CIF|KvK|RCS)\b|"
    r"\b(?:registered|geschäftsführer|amtsgericht|vorstand|kapitał|sąd rejonowy|sudski registar|temeljni kapital|rejestr\w*|"
    r"company (?:no|number)|capitale sociale|zapsan\w*|zapísan\w*|environment|środowisk\w+|okoliš\w*|umwelt)\b",
    re.IGNORECASE,
)
# Words with which people speak to the reader, as footers don't.
_SPEAKING = re.compile(r"^\W{0,3}(?:btw|edit|also|and |but |jeszcze|aha|e da|još)\b", re.IGNORECASE)
_POSTSCRIPT = re.compile(
    r"^\s{0,3}(?:p\.?\s?s\.?|post ?scriptum|n\.b\.|з\.?\s?ы\.?|п\.?\s?с\.?)\s?[:.,;–-]{0,2}\s\S", re.IGNORECASE
)
_MAX_CLOSED = 60
"""Lines above the end among which a closing is looked for."""
_MAX_TRIED = 12
_MAX_BUSY = 70
_MAX_SIGNATURE = 14


def strip_signature(lines: list[str], first: bool = True) -> list[str]:
    """The lines without what stands under the message. A line about a signature inside the text stays.

    `first`: these lines begin the mail, so that a delimiter at their very top has no message above it.
    """
    lines = _without_end(lines)
    at = _at_delimiter(lines, first)
    if at is not None:
        lines = _without_end(lines[:at])
    for cut in (disclaimer_start, _at_mobile):
        lines = _cut_at(lines, cut(lines))
    closing = _at_closing(lines, first)
    if closing is not None:
        # "Sent from my phone" may stand above the greeting too.
        said_after = _postscript(lines, closing)
        lines = _cut_at(lines, closing)
        lines = _cut_at(lines, _at_mobile(lines))
        if said_after:
            return [*lines, "", *said_after]
    else:
        lines = _cut_at(lines, _at_frame(lines))
        lines = _cut_at(lines, _at_contact_block(lines))
    return _cut_at(lines, _at_dash_name(lines))


def _cut_at(lines: list[str], at: int | None) -> list[str]:
    return lines if at is None else _without_end(lines[:at])


def _postscript(lines: list[str], closing: int) -> list[str]:
    """A paragraph under the name that begins with "PS": it belongs to the words."""
    start = next((at for at in range(closing + 1, len(lines)) if _POSTSCRIPT.match(lines[at])), None)
    if start is None:
        return []
    end = next((at for at in range(start, len(lines)) if not lines[at].strip()), len(lines))
    return lines[start:end]


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


def _at_mobile(lines: list[str]) -> int | None:
    for at in range(max(len(lines) - 8, 0), len(lines)):
        line = lines[at].strip()
        goes_on = line[:1].islower() and at + 1 < len(lines) and lines[at + 1][:1].islower()
        if line and len(line) < 160 and _is_mobile(line) and not goes_on and not _PROSE.search(line):
            return at
    return None


def _is_mobile(line: str) -> bool:
    if " sent " in line and _SENT_BEHIND.match(line):
        return True
    return _MOBILE.match(line) is not None or (not line.isascii() and _MOBILE_LAST.match(line) is not None)


def _at_closing(lines: list[str], first: bool) -> int | None:
    """A greeting alone on its line, with nothing but short lines under it, or a name and then whatever a company adds."""
    tried = 0
    for at in range(max(len(lines) - _MAX_CLOSED, 1 if first else 0), len(lines)):
        line = lines[at]
        if len(line) > _MAX_BUSY and at and lines[at - 1]:
            continue  # only a formula that is a paragraph of its own is that long
        kind = _closing_of(line, last=at == len(lines) - 1) if line and may_close(line) else None
        if kind is None and line[-2:].rstrip().endswith(",") and _is_farewell(lines, at):
            kind = "named"
        if kind is None or tried > _MAX_TRIED:
            continue
        tried += 1
        rest = [each for each in lines[at + 1 :] if each.strip()]
        if kind == "named" or (
            kind == "strong" and rest and _NAME_UNDER.match(rest[0]) and _says_no_more(lines, at + 1)
        ):
            return at
        longest = max(map(len, rest), default=0)
        if _is_prose(rest) or len(rest) > _MAX_SIGNATURE:
            continue
        if (kind == "strong" and longest < 100) or (0 < len(rest) <= 5 and longest < 50):
            return at
    return None


def _is_farewell(lines: list[str], at: int) -> bool:
    """A last paragraph of few words, a comma and a name: a greeting in whatever words."""
    line = lines[at]
    if not 0 < at < len(lines) - 1 or lines[at - 1].strip() or len(line) > 50:
        return False
    if not line.lstrip()[:1].isupper():
        return False
    rest = [each for each in lines[at + 1 :] if each.strip()]
    named = bool(rest) and (_NAME_UNDER.match(rest[0]) or _ONE_NAME.match(rest[0])) is not None
    if len(line.split()) > (5 if len(rest) <= 2 else 2) or len(rest) > _MAX_SIGNATURE:
        return False
    return named and all(len(each) < 100 for each in rest) and _says_no_more(lines, at + 1)


def _says_no_more(lines: list[str], at: int) -> bool:
    """Whether lines[at:] is what stands under a name: no question, nothing said to the reader in a paragraph of its own."""
    paragraph: list[str] = []
    blocks = 0
    for line in [*lines[at:], ""]:
        if line.strip():
            paragraph.append(line)
            continue
        blocks += bool(paragraph)
        of_name = blocks == 1 and len(paragraph) > 3
        words = " ".join(paragraph)[:4000]
        paragraph = []
        if not words or _POSTSCRIPT.match(words) or _ADVERT.search(words) or is_legal(words):
            continue
        if words.rstrip().endswith("?") or _SPEAKING.search(words):
            return False
        if (
            not of_name
            and len(words) > 60
            and len(words.split()) > 9
            and words.rstrip().endswith((".", "!", "…"))
            and "  " not in words
        ):
            return False
    return True


def _closing_of(line: str, last: bool) -> str | None:
    if _CLOSING.match(line) or (last and _ABBREVIATED.match(line)):
        return "strong"
    if _BEHALF.match(line):
        return "weak"
    return "weak" if _THANKS.match(line) else closing_kind(line, last)


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
        contacts = sum(1 for line in block if _CONTACT.search(line))
        marks = contacts and sum(1 for line in block if _CONTACT.search(line) or _PLACE.search(line))
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
