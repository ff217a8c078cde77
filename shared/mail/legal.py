"""What lawyers and companies have put under mails: disclaimers, confidentiality, data protection, environment. Pure, on lines."""

import re

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
# What stands as a heading over it: then one word of lawyers is enough.
_HEADING = re.compile(
    r"^\W{0,6}(?:aviso (?:legal|de privacidad|de confidencialidade?)|nota (?:legale?|de confidencialidad)|avviso di riservatezza|"
    r"informativa(?: sulla)? privacy|riservatezza|clause de confidentialité|avis (?:de confidentialité|juridique)|"
    r"haftungsausschluss|vertraulichkeits?hinweis|rechtlicher hinweis|hinweis|datenschutzhinweis|"
    r"klauzula(?: poufności| rodo)?|"
    r"informacj[ae] o (?:ochronie|przetwarzaniu)(?: danych)?(?: osobowych)?|zastrzeżenie|nota prawna|informacja o poufności|"
    r"napomena|izjava o (?:odricanju|povjerljivosti)|odricanje od odgovornosti|izjava o zaupnosti|opozorilo|"
    r"upozornění|upozornenie|prohlášení|vyhlásenie|jogi nyilatkozat|figyelem|titoktartási nyilatkozat|"
    r"ansvarsfraskrivelse|fortrolighet|fortrolighed|sekretess|luottamuksellisuus|vastuuvapauslauseke|"
    r"disclaimer|vertrouwelijkheid|declinare de responsabilitate|notă de confidențialitate|"
    r"yasal uyarı|gizlilik|уведомление о конфиденциальности|застереження|免責事項)\W{0,4}(?=[:.\-–—!]|$)",
    re.IGNORECASE,
)
_DISCLAIMER_WORD = re.compile(
    r"confidential|intended|privileged|recipient|vertraulich|confidentiel|confidencial|riservat|"
    r"vertrouwelijk|poufn|povjerljiv|důvěrn|"
    r"konfidentiel|unauthori[sz]ed|konfidential|конфиденциал|environment|print|avast|avg|virus|adresat|primatelj",
    re.IGNORECASE,
)
# Stems of the words that lawyers put under mails: three different ones in one paragraph are no coincidence.
_LEGAL = re.compile(
    r"(confidential|intended|recipient|privileged|unauthori[sz]ed|addressee|disclos|disseminat|notify the sender|legally|"
    r"vertraulich|empfänger|adressat|absender|unbefugt|rechtlich geschützt|vernichten|"
    r"poufn|adresat|odbiorc|zawiadom|zabronion|niezwłocznie|administratorem|dan(?:ych|e) osobow|przetwarzan|rodo|"
    r"povjerljiv|primatelj|namijenj|izbri[sš]|obrisat|obavijest|neovlašten|osobnih podataka|"
    r"confidentiel|destinataire|détruire|expéditeur|confidencial|destinatario|destinatário|riservat|mittente|vertrouwelijk|"
    r"geadresseerde|afzender|důvěrn|příjemc|odesílatel|konfidentiell|fortrolig|mottagare|modtager|avsändar|afsender|"
    r"luottamukselli|vastaanottaj|конфиденциал|получател|отправител|gdpr|personal data|personenbezogen|"
    r"gizli|alıcı|機密|受信者|adresát|adresat|dôvern|dověrn|omylem|omylom|zaupn|naslovnik|pomotoma|prejemnik|pošiljatelj|"
    r"bizalmas|címzett|jogosulatlan|feladó|confidențial|eronat|tiltænkt|avsedd|avsedda|misstag|virheellis|secreto profesional|"
    r"dirigid|exclusivamente|exclusivement|esclusivamente|ausschließlich|wyłącznie|isključivo|výhradně|výlučne|izključno|"
    r"kizárólag|sigil|yanlışlıkla|yetkisiz|адресат|ошибк|уведом|конфіденц|отримувач|адресован|помилк)",
    re.IGNORECASE,
)
# At least one of these is in each such paragraph; the pattern is too slow for every text.
_LEGAL_STEMS = (
    "confiden", "intended", "recipient", "privileg", "vertraulich", "adressat", "poufn", "adresat", "danych osob", "povjerlj",
    "primatelj", "osobnih", "destinat", "riservat", "vertrouwel", "důvěrn", "konfiden", "fortrol", "luottam", "конфиден", "gdpr",
    "personal data", "personenbez", "gizli", "機密", "dôvern", "zaupn", "naslovnik", "bizalm", "címzett", "адресат", "конфід", "tiltænkt",
    "avsedd", "dane osob", "rodo", "przetwarz", "adresát", "povjerl", "poverlj",
)  # fmt: skip


def disclaimer_start(lines: list[str]) -> int | None:
    """The index of the line where such a text begins, or None."""
    for at, line in enumerate(lines):
        if at and line and not lines[at - 1].strip(" -_*=") and len(line) < 4000 and _DISCLAIMER.match(line):
            rest = " ".join(lines[at : at + 12])
            if _DISCLAIMER_WORD.search(rest):
                return at
        elif (
            at
            and line
            and not lines[at - 1].strip(" -_*=")
            and len(line) < 4000
            and _HEADING.match(line)
            and len(set(_LEGAL.findall(" ".join(lines[at : at + 12])[:2000].lower()))) >= 2
        ):
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
        if first > start and len(paragraph) > 100 and is_legal(paragraph):
            found = first
        elif found is not None or len(paragraph.strip(" -_*=")) > 160:
            break
        at = first - 1
    return found


def is_legal(paragraph: str) -> bool:
    """Whether a paragraph speaks like a lawyer: told by the words in it, whatever their order."""
    top = paragraph[:600].lower()
    if not any(stem in top for stem in _LEGAL_STEMS):
        return False
    return len(set(_LEGAL.findall(paragraph[:4000].lower()))) >= 3
