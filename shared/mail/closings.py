"""The words with which mails end ("Best regards", "S poštovanjem, Ana"), in many languages: a small grammar instead of phrases.

A line closes a mail where every word of it is one of closings, but for a name at its end. Pure, looks at one line.
"""

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")

# A word of these makes the line a closing.
_STRONG = frozenset(
    re.findall(
        r"\S+",
        "regards rgds wishes sincerely respectfully cordially faithfully yours cheers br kr "
        "grüße grüßen gruß gruss grüsse grüssen grüß mfg lg vg hg bg grüßle "
        "cordialement salutations respectueusement amicalement bàv "
        "saludo saludos atentamente cordialmente atte abrazo abrazos "
        "cumprimentos atenciosamente abraço abraços att "
        "saluti saluto cordialità "
        "groet groeten groetjes mvg hoogachtend "
        "pozdrawiam pozdrawiamy pozdrowienia pozdrowieniami poważaniem powazaniem wyrazami szacunkiem pozdr "
        "pozdrav pozdravom pozdravem pozdravi poštovanjem štovanjem postovanjem srdačno lp sp uctou zdravím "
        "hälsning hälsningar hilsen hilsner mvh vh vennligst "
        "terveisin terveiset ystävällisin "
        "üdvözlettel üdv tisztelettel köszönettel "
        "stimă respect deosebită "
        "уважением пожеланиями приветом повагою побажаннями поздрав поважением поштовањем уважением "
        "saygılarımla saygılarımızla saygılar selamlar "
        "εκτίμηση χαιρετισμούς φιλικά "
        "úctou úcte spoštovanjem pozdravi zdravíme üdvözletem priateľským tisztelettel maradok hochachtungsvoll grussen "
        "pozz poz pozdravčić pzdr pozdro buziaki uściski serdeczności nara papa zdraví zdar čau grüßli tschau cu cdt cdlt slts bisou "
        "saludetes slds abbraccio abs abç cumps hälsn kram dbh gr grt grtz доброго свидания поздрави "
        "warmly ciao servus tschüss ahoj čau terv "
        "distinguées ćao bises bisous besos groetjes knuffel kram klem knus halauksin "
        "敬具 草々 此致 敬礼 敬禮 祝好 顺祝商祺 顺颂商祺",
    )
)
# Thanks, and wishes for the day: a closing only where a name stands under them.
_WEAK = frozenset(
    re.findall(
        r"\S+",
        "thanks thank thx tia danke dank merci gracias obrigado obrigada grazie bedankt dziękuję dziękujemy dzięki dziekuje "
        "hvala zahvaljujem zahvaljujemo tack tak takk kiitos спасибо дякую děkuji díky ďakujem köszönöm mulțumesc teşekkürler "
        "ευχαριστώ day dnia dan dne den deň tag journée soirée día jornada dag päivää day's weekend care soon "
        "wochenende weekendu vikend week",
    )
)
# What stands between them.
_FILLING = frozenset(
    re.findall(
        r"\S+",
        "best kind kindest warm warmest many very with my all the and in advance you for your so much a have nice good great take "
        "see again help support time sincere really truly kindly again "
        "mit freundlichen freundliche freundlichem freundlicher besten beste bester lieben liebe lieber schönen schöne schöner "
        "herzlichen herzliche herzlicher viele vielen im voraus und aus ein einen noch für ihre ihr mühe hilfe unterstützung "
        "sonnigen sonnige "
        "bien à vous sincères meilleures mes nos avec bonne belle d'avance avance par et pour votre aide réponse vous souhaite "
        "sentiments distingués respectueuses "
        "un una cordial cordiales reciba reciban de antemano muchas mil por su ayuda muy buen buena que tenga tengan y "
        "com os as melhores desde já muito bom boa dia tarde um uma obrigados "
        "cordiali distinti con i migliori più anticipo mille buona buon giornata lavoro tanti "
        "met vriendelijke hartelijke alvast vriendelijk fijne prettige hartelijk van harte uw hulp "
        "serdecznie serdeczne serdecznymi łączę z wyrazy szacunku wraz góry za pomoc i miłego udanego życzę bardzo spokojnego "
        "dobrego najlepszymi najlepsze "
        "srdačan srdačni lijep lijepi lijepu lep s sa unaprijed puno na pomoći ugodan ugodno poslijepodne želim vam i "
        "přátelským přáním hezkého hezký pěkný pěkného krásného příjemný příjemného a předem za pomoc priateľským prajem pekný "
        "med vänlig vänliga bästa venlig venlige vennlig vennlige bedste beste varme på förhånd forhånd förhand så mycket for hjelpen "
        "hjälpen god ha en "
        "parhain parhaat etukäteen paljon hyvää ystävälliset "
        # What is thanked for, and what is wished.
        "response reply answer quick prompt assistance attention cooperation understanding patience effort efforts consideration "
        "evening afternoon morning wonderful pleasant lovely rest of hear hearing from looking forward to it us kindest "
        "rückmeldung antwort schnelle rasche verständnis abend feierabend wünsche wünschen ich wir start in die ihnen euch dir "
        "retour compréhension attention d'une l'attention excellente agréable fin salutation "
        "respuesta atención colaboración comprensión esperando quedo feliz "
        "resposta atenção compreensão colaboração retorno excelente "
        "risposta disponibilità attenzione collaborazione gentile aiuto l'aiuto l'attenzione serata augurando "
        "reactie antwoord begrip moeite bij voorbaat "
        "odpowiedź szybką reakcję zrozumienie współpracę poświęcony czas uwagę wsparcie pozytywne rozpatrzenie życząc "
        "spokojnej pracy wieczoru popołudnia "
        "odgovoru odgovor razumijevanju razumijevanje trud vaš vašem brzom svako dobro ugodnu večer vikend "
        "přeji přeju odpověď rychlou ochotu spolupráci pochopení krásný "
        "odpoveď ochotu spoluprácu krásny za "
        "odgovor razumevanje lepe hvaležni "
        "svar snabbt hjälp svaret hurtigt hurtig raskt raske forståelse "
        "vastauksesta avusta terveisin "
        "segítségét válaszát előre is további szép napot minden jót "
        "răspuns răspunsul ajutor ajutorul seară frumoasă "
        "ответ помощь внимание понимание за ваш вашу отличного приятного "
        "відповідь допомогу увагу розуміння за вашу "
        "yardımınız cevabınız ilginiz için "
        "uz osobitim osobito najljepše iskreno veliki voor alvast dank "
        "zbytek ostatak resztę reste resto confirmation всего до побачення "
        "di attesa riscontro vostro suo gentile cortese porgo porgiamo invio inviamo resto restiamo un'ottima "
        "dans l'attente votre réponse je prie d'agréer madame monsieur l'expression l'assurance distinguée veuillez agréer recevoir "
        "espera sus noticias le les saluda aguardo fico aguardamos recibe "
        "verbleibe verbleiben erwartung ihrer "
        "с наилучшими и заранее большое хорошего дня з найкращими гарного наперед щиро "
        "cu toată stima anticipat o zi bună iyi çalışmalar dileğiyle dilerim şimdiden günler με φιλικούς εκ των προτέρων",
    )
)
_BEGINNING = frozenset(
    [
        "t",
        "yt",
        "on",
        "im",
        "w",
        "u",
        "v",
        "au",
        "en",
        "per",
        "namens",
        "jménem",
        "mfg",
        "bien",
        "com",
        "łączę",
        "de",
        "kh",
        "cu",
        "best",
        "all",
        "yours",
        "thx",
        "mvg",
        "hezký",
        "iyi",
        "cordiali",
        "distinti",
        "salutations",
        "d'",
    ]
)
_VOCABULARY = _STRONG | _WEAK | _FILLING | _BEGINNING
_AROUND = " \t,.;!*_-–—/|()\"'“”"
# "Thanks, Phil" as the last line; with an exclamation mark it is said to Phil.
_SIGNED = re.compile(r"^\s*[^,.!?]{2,40},\s?[^\W\d_a-z][\w'’-]{1,20}(?:\s[^\W\d_a-z][\w'’-]{1,20})?\.?\s*$")
_MAX_LINE = 140
_MAX_WORDS = 26
_MAX_NAME = 4


def may_close(line: str) -> bool:
    """Whether a line can be a closing at all: told by its first word, which is all that most lines cost."""
    if not 1 < len(line) <= _MAX_LINE or line.isspace():
        return False
    word = line.split(None, 1)[0].strip(_AROUND + ":").lower()
    return word in _VOCABULARY or word[:1] > "\u2e80" or "/" in word


def closing_kind(line: str, last: bool = False) -> str | None:
    """Of a line that `may_close`: `strong` for a closing, `weak` for thanks or wishes that may be one, None for anything else.

    `last`: nothing stands under it, so that a name in small letters may end it.
    """
    if line.rstrip().endswith("?") or any(sign.isdigit() for sign in line):
        return None
    written = _WORD.findall(line)
    if not 0 < len(written) <= _MAX_WORDS:
        return None
    kind = None
    colon = line.rstrip().endswith(":")
    for at, word in enumerate(written):
        lower = word.lower().rstrip(".")
        if lower in _STRONG:
            kind = "strong"
        elif lower in _WEAK:
            kind = kind or "weak"
        elif lower not in _FILLING:
            # What is no word of closings must be the name behind one.
            name = written[at:]
            if last and at == 1 and kind == "strong" and len(written) == 2:
                return kind
            if last and kind == "weak" and _SIGNED.match(line):
                return "strong"
            named = kind == "strong" and len(name) <= _MAX_NAME and all(each[0].isupper() for each in name)
            return kind if named and not colon else None
    return kind if kind == "strong" or not colon else None
