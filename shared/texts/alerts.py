"""What stands below a notification to an agent: how it is answered, and what else can be done from there. Part of the catalogue.

``{code}`` is what an answer from a telephone begins with.
"""

from typing import Final

ALERT_TEXTS: Final[dict[str, dict[str, str]]] = {
    "alert.customer": {"en": "the customer", "pl": "klient", "hr": "kupac"},
    "alert.files": {
        "en": "Further files, at the desk: {count}",
        "pl": "Pozostałe pliki, w panelu: {count}",
        "hr": "Ostale datoteke, na sučelju: {count}",
    },
    "alert.answer.email.public": {
        "en": "Reply to this email: your answer goes to the customer.",
        "pl": "Odpowiedz na tę wiadomość: Twoja odpowiedź trafi do klienta.",
        "hr": "Odgovorite na ovu poruku: Vaš odgovor ide kupcu.",
    },
    "alert.answer.email.internal": {
        "en": "Reply to this email: your answer is kept as a note, which the customer does not see.",
        "pl": "Odpowiedz na tę wiadomość: odpowiedź zostanie zapisana jako notatka, której klient nie widzi.",
        "hr": "Odgovorite na ovu poruku: odgovor se sprema kao bilješka koju kupac ne vidi.",
    },
    "alert.answer.email.several": {
        "en": "To answer, begin with the ticket's number: T-1001 your answer, or #take T-1001.",
        "pl": "Aby odpisać, zacznij od numeru zgłoszenia: T-1001 odpowiedź albo #weź T-1001.",
        "hr": "Za odgovor počnite brojem upita: T-1001 odgovor, ili #uzmi T-1001.",
    },
    "alert.answer.telegram.public": {
        "en": "Reply to this message: your answer goes to the customer.",
        "pl": "Odpowiedz na tę wiadomość (Odpowiedz/Reply): odpowiedź trafi do klienta.",
        "hr": "Odgovorite na ovu poruku (Odgovori/Reply): odgovor ide kupcu.",
    },
    "alert.answer.telegram.internal": {
        "en": "Reply to this message: your answer is kept as a note, which the customer does not see.",
        "pl": "Odpowiedz na tę wiadomość (Odpowiedz/Reply): powstanie notatka, której klient nie widzi.",
        "hr": "Odgovorite na ovu poruku (Odgovori/Reply): nastaje bilješka koju kupac ne vidi.",
    },
    "alert.answer.whatsapp.public": {
        "en": "To answer the customer, write {code} and then your answer.",
        "pl": "Aby odpisać klientowi, napisz {code}, a po nim odpowiedź.",
        "hr": "Za odgovor kupcu napišite {code}, a zatim odgovor.",
    },
    "alert.answer.whatsapp.internal": {
        "en": "To leave a note, which the customer does not see, write {code} and then the note.",
        "pl": "Aby zostawić notatkę, której klient nie widzi, napisz {code}, a po nim notatkę.",
        "hr": "Za bilješku koju kupac ne vidi napišite {code}, a zatim bilješku.",
    },
    "alert.answer.sms.public": {
        "en": "Answer: {code} text",
        "pl": "Odpowiedź: {code} tekst",
        "hr": "Odgovor: {code} tekst",
    },
    "alert.answer.sms.internal": {
        "en": "Note: {code} text",
        "pl": "Notatka: {code} tekst",
        "hr": "Bilješka: {code} tekst",
    },
    "alert.commands": {
        "en": "Or begin a line with a command: #take, #solve, #snooze 1h, #note, #status, #help.",
        "pl": "Albo zacznij wiersz od polecenia: #take, #solve, #snooze 1h, #note, #status, #help.",
        "hr": "Ili započnite redak naredbom: #take, #solve, #snooze 1h, #note, #status, #help.",
    },
    "agent.follow_up.told": {"en": "Since {since}.", "pl": "Od {since}.", "hr": "Od dana {since}."},
    "agent.dissatisfied.told": {
        "en": "{score} of 5, handled by {agent}: {words}",
        "pl": "Ocena {score} na 5, prowadził(a) {agent}: {words}",
        "hr": "Ocjena {score} od 5, vodi {agent}: {words}",
    },
    "alert.button.take": {"en": "Take", "pl": "Biorę", "hr": "Preuzmi"},
    "alert.button.solve": {"en": "Solve", "pl": "Rozwiąż", "hr": "Riješi"},
    "alert.button.snooze": {"en": "Snooze 1 h", "pl": "Odłóż o 1 h", "hr": "Odgodi 1 h"},
    "alert.button.status": {"en": "Details", "pl": "Stan", "hr": "Stanje"},
    "agent.digest.subject": {
        "en": "What has happened ({count})",
        "pl": "Co się wydarzyło ({count})",
        "hr": "Što se dogodilo ({count})",
    },
    "agent.digest.body": {
        "en": "This has happened since you were last told:\n\n{text}\n\n{url}/tickets\n",
        "pl": "Od ostatniego powiadomienia wydarzyło się:\n\n{text}\n\n{url}/tickets\n",
        "hr": "Od posljednje obavijesti dogodilo se:\n\n{text}\n\n{url}/tickets\n",
    },
    "agent.digest.more": {
        "en": "… and in further tickets: {count}",
        "pl": "… i w kolejnych zgłoszeniach: {count}",
        "hr": "… i u ostalim upitima: {count}",
    },
}
