"""Whether a text is an answer that nobody wrote: out-of-office notes and receipts, known by their words in many languages.

Only for mails whose headers say nothing. A person who mentions a holiday is not taken for one: it takes the thanks for
a message that such notes open with, the absence, and whom to turn to instead; or the note's own word that it is automatic.
"""

import re

_MAX_TEXT = 2_000
# One of these stands in every note that is recognised; few other mails have one, and they need no searching.
# Words without which no note is recognised: few mails have them, and the others need no searching.
_SAID_AUTOMATIC = ("autom", "автом", "auto-", "自動", "自动", "자동", "otomatik")
_THANKED = (
    "thank", "dank", "dzięk", "dziek", "hvala", "zahval", "merci", "gracias", "obrigad", "grazie", "tack", "tak for", "takk",
    "kiito", "děkuj", "ďakuj", "köszön", "mulțum", "спасиб", "благодар", "дяку", "teşekkür", "谢谢", "感谢", "感謝", "ありがと", "감사",
)  # fmt: skip
_ABSENT = (
    "office", "leave", "vacation", "holiday", "unavailable", "access to", "desk", "büro", "hause", "erreichbar", "arbeitsplatz",
    "abwesend", "urlaub", "elternzeit", "urlop", "biur", "nieobecn", "nie ma", "nie będzie", "bez dost", "godišnj", "ured", "odsut",
    "bolovanj", "porodilj", "absent", "congé", "bureau", "oficina", "vacaciones", "ausente", "férias", "escritório", "uffici", "ferie",
    "sede", "assente", "afwezig", "aanwezig", "vakantie", "semester", "tjänst", "kontor", "fravær", "loma", "poissa", "kancel",
    "dovolen", "nepří", "neprí", "szabads", "házon", "concediu", "birou", "отпуск", "отсутств", "офис", "відпуст", "відсутн", "izin",
    "ofis", "tatil", "休", "不在", "出差", "출장", "휴가", "부재",
)  # fmt: skip
_EDGE = 500
"""A note says at its top or at its end that it is automatic."""
_SUBJECT = re.compile(
    r"^\W{0,3}(?:auto(?:matic|matische?|mated|matisk|matiskt|matyczna|matska|matski|maattinen|matikus|mated e?-?mail)?[\s:_-]{0,2}"
    r"(?:re(?:ply|sponse)|antwort|antwoord|svar|odpowiedź|poruka|odgovor|vastaus|válasz|responder)|"
    r"out of (?:the )?office|autoreply|auto:|abwesenheits(?:notiz|nachricht|assistent|meldung)|"
    r"(?:réponse|message) automatique|respuesta automática|contestación automática|resposta automática|risposta automatica|"
    r"odpowiedź automatyczna|automatyczna odpowiedź|automatická odpověď|automatické? odpove|autosvar|"
    r"automaattinen (?:vastaus|poissaolo)|răspuns automat|otomatik yanıt|автоответ|автоматический ответ|автоматична відповідь|"
    r"автовідповідь|аутоматски одговор|自动回复|自動回覆|自动答复|自動応答|自動返信|자동 회신|부재중|αυτόματη απάντηση)",
    re.IGNORECASE,
)
# Words that begin other subjects too: alone, or with the answered subject behind a colon.
_SUBJECT_ALONE = re.compile(
    r"^\W{0,3}(?:(?:currently )?(?:away|out of office)|on (?:vacation|holiday|leave)|nicht im (?:büro|haus)|abwesend|abwesenheit|"
    r"nieobecność|nieobecn[ya]|poza biurem|urlop|izvan ureda|odsut(?:an|na|nost)|godišnji odmor|absence|absent du bureau|"
    r"fuera de (?:la )?oficina|fora do escritório|fuori (?:sede|ufficio)|afwezig(?:heid)?|frånvaro(?:meddelande)?|fravær|"
    r"fraværsmeddelelse|ikke til stede|poissaoloilmoitus|poissa|mimo kancelář|mimo kancelárie|nepřítomnost|házon kívül|"
    r"absență|в отпуске|у відпустці|ofis dışında|不在通知|休暇|不在办公室)\s*(?:$|[:(])",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"(?:this is an? (?:automatic|automated|auto-generated|auto)[\s-]{0,2}(?:reply|response|answer|message|e-?mail|acknowledg\w+)|"
    r"(?:e-?mail|message|reply|response) (?:is|was|has been) (?:automatically|auto)[\s-]?(?:generated|sent)|"
    r"dies(?:e|es)? (?:ist eine automatisch\w*|(?:nachricht|e-?mail) wurde automatisch)|automatisch (?:erstellte|"
    r"generierte) (?:e-?mail|nachricht|antwort)|"
    r"wiadomość (?:jest |została )?(?:wygenerowana|wysłana) automatycznie|(?:to jest )?automatyczna odpowiedź|"
    r"ovo je automatsk[ai] (?:odgovor|poruka)|poruka je automatski (?:generirana|poslana)|"
    r"(?:ceci est|il s'agit d')\s?(?:une? )?(?:réponse|message) automatique|message (?:est )?généré automatiquement|"
    r"(?:este es un|esta es una) (?:mensaje|respuesta) automátic[ao]|(?:esta é uma|este é um\w?) (?:mensagem|resposta|"
    r"e-?mail) automátic[ao]|"
    r"questo è un (?:messaggio|risposta) automatic[ao]|dit is een automatisch\w* (?:antwoord|bericht)|"
    r"detta är ett automatiskt? (?:svar|meddelande)|dette er (?:et|en) automatisk (?:svar|besked|melding)|tämä on automaattinen|"
    r"toto je automatick[áý]|ez egy automatikus|acesta este un (?:mesaj|răspuns) automat|это автоматическ|це автоматичн|"
    r"bu (?:bir )?otomatik|自動(?:返信|応答|送信)|自动(?:回复|发送)|자동 (?:회신|응답|발송))",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:thank(?:s| you) for (?:your|the|contacting|writing|reaching)|(?:vielen |herzlichen )?dank für (?:ihre|deine|die)|"
    r"danke für (?:ihre|deine|die)|dzięk\w+ za (?:\w+ )?(?:wiadomość|e-?mail|maila?|kontakt)|(?:hvala|zahvaljuj\w+)(?: "
    r"vam| se)? na (?:\w+ )?"
    r"(?:poruci|upitu|e-?mailu|mailu|javljanju)|merci (?:de|pour) (?:votre|ton|l')|gracias por (?:su|tu|el|contactar|escribir)|"
    r"obrigad[oa] (?:pel[oa]|por)|grazie per (?:la|il|aver)|(?:be)?dank(?:t)? voor (?:uw|je|het)|tack för (?:ditt|er|mailet)|"
    r"ta(?:k|kk) for (?:din|mailen|e-?post)|kiitos (?:viestistäsi|viestistänne|sähköpostista)|děkuj\w* za (?:vaš|zprávu|e-?mail)|"
    r"ďakuj\w* za (?:vaš|správu|e-?mail)|köszönö\w+ (?:levelét|megkeresés|üzenet)|mulțum\w+ pentru|спасибо за (?:ваше|письмо|обращение)|"
    r"благодар\w+ (?:вас )?за|дяку\w+ за (?:ваш|лист|звернення)|(?:mesajınız|e-?postanız) için teşekkür|感谢您?的?(?:来信|邮件)|"
    r"感謝您?的?(?:來信|郵件)|(?:メール|ご連絡|お問い合わせ).{0,12}ありがとう|메일.{0,10}감사)",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(?:out of (?:the |my )?office|(?:away|absent) from (?:the|my) (?:office|desk)|on (?:annual |parental |maternity |sick )?leave|"
    r"(?:on|currently on|away on) (?:vacation|holiday)|not in the office|unavailable until|limited access to (?:my )?e-?mail|"
    r"nicht (?:im (?:büro|hause?)|erreichbar|am arbeitsplatz)|abwesend|außer haus|im urlaub|in elternzeit|"
    r"na urlopie|poza biurem|nieobecn|nie ma mnie|nie będzie mnie|bez dostępu do (?:poczty|maila)|"
    r"na godišnjem|izvan ureda|odsut(?:an|na)|nisam u uredu|na bolovanju|na porodiljnom|"
    r"absente? (?:du bureau|jusqu|du \d)|actuellement absente?|en congés?|hors du bureau|"
    r"fuera de (?:la |mi )?oficina|de vacaciones|ausente|fora do escritório|de férias|fuori (?:ufficio|sede)|in ferie|assente|"
    r"afwezig|niet aanwezig|met vakantie|op vakantie|på semester|tjänstledig|inte på kontoret|på ferie|ikke på kontor|fraværende|"
    r"lomalla|poissa|mimo kancelář|na dovolené|nepřítom|mimo kancelárie|na dovolenke|szabadságon|házon kívül|"
    r"în concediu|nu sunt la birou|в отпуске|отсутств|не в офисе|у відпустці|відсутн|izindeyim|ofis dışında|tatilde|"
    r"不在办公室|休假|出差|不在辦公室|休暇|不在|출장|휴가|부재)",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"(?:(?:urgent|immediate|emergency|assistance|my absence|meantime|meanwhile).{0,80}(?:contact|call|reach|e-?mail|write|turn to)|"
    r"(?:please )?contact .{2,80}(?:in my absence|instead|meantime|urgent|@)|will (?:not be|be) (?:forwarded|read)|"
    r"(?:as soon as|when|once|upon|after) (?:i (?:am|return|get)|my return)|"
    r"(?:dringend|eilig|vertretung|zwischenzeit).{0,80}(?:wenden|kontakt|erreich|@)|wenden sie sich.{2,80}|nicht "
    r"(?:automatisch )?weitergeleitet|"
    r"(?:piln|nagł|zastęp|czasie mojej).{0,80}(?:kontakt|proszę|@)|nie (?:jest|są|będą|będzie) przekaz|po powrocie|"
    r"(?:hitn|zamjen|međuvremenu|odsutnosti).{0,80}(?:obrat|kontakt|javi|@)|po povratku|"
    r"(?:urgen|absence|entre-temps).{0,80}(?:contact|adress|joindre|@)|à mon retour|dès mon retour|"
    r"(?:urg[eê]n|ausencia|ausência).{0,80}(?:contact|escrib|dirig|@)|a mi regreso|ao meu retorno|(?:urgen|assenza).{0,"
    r"80}(?:contatt|rivolg|@)|"
    r"(?:dringend|spoed|afwezigheid).{0,80}(?:contact|bel|mail|@)|(?:brådskande|akut|haste|viktig).{0,80}(?:kontakt|ring|@)|"
    r"(?:kiireelli|poissaolo).{0,80}(?:yhtey|@)|(?:naléhav|urgentn|nepřítomnosti|neprítomnosti).{0,80}(?:kontakt|obra|@)|"
    r"(?:sürgős|távollét).{0,80}(?:keres|fordul|@)|(?:срочн|отсутствие).{0,80}(?:обра|связ|пиш|@)|(?:термінов|відсутності).{0,80}(?:зверт|@)|"
    r"acil.{0,80}(?:ulaş|@)|紧急|緊急|お急ぎ|급한)",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip


def says_away_in_subject(subject: str) -> bool:
    """Whether a subject begins as those of automatic answers do; an answer to one ("Re: …") does not."""
    return _SUBJECT.match(subject[:200]) is not None or _SUBJECT_ALONE.match(subject[:200]) is not None


def says_away(new_words: str) -> bool:
    """Whether the new words of a mail are an automatic note. Long texts never are."""
    if not 10 < len(new_words) <= _MAX_TEXT:
        return False
    edges = (new_words if len(new_words) <= 2 * _EDGE else f"{new_words[:_EDGE]}\n{new_words[-_EDGE:]}").lower()
    for word in _SAID_AUTOMATIC:
        at = edges.find(word)
        while at >= 0:
            if _AUTOMATIC.search(edges[max(at - 60, 0) : at + 60]):
                return True
            at = edges.find(word, at + 60)
    top = edges[:_EDGE]
    if not any(word in top for word in _THANKED):
        return False
    lower = new_words.lower()
    if not any(word in lower for word in _ABSENT):
        return False
    return bool(_OPENING.search(top) and _AWAY.search(lower) and _INSTEAD.search(lower))
