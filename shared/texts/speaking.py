"""What agents are told of what they said from a channel: sent, held, not done, not believed. Part of the catalogue.

``{id}`` is a code, ``{words}`` the beginning of what they said, ``{list}`` what came meanwhile, ``{name}`` the customer, ``{way}`` the name
of a channel. They may come as SMS, so what matters stands first.
"""

from typing import Final


def in_languages(en: str, pl: str, hr: str) -> dict[str, str]:
    """A text in all languages."""
    return {"en": en, "pl": pl, "hr": hr}


SPEAKING_TEXTS: Final[dict[str, dict[str, str]]] = {
    # -- done -----------------------------------------------------------------------------------------------------------
    "spoken.sent": in_languages(
        "{ticket}: sent to {name} ({way}): “{words}”",
        "{ticket}: wysłano – {name}, {way}: „{words}”",
        "{ticket}: poslano – {name}, {way}: „{words}”",
    ),
    "spoken.noted": in_languages(
        "{ticket}: kept as a note, which the customer does not see: “{words}”",
        "{ticket}: zapisano jako notatkę, której klient nie widzi: „{words}”",
        "{ticket}: spremljeno kao bilješka koju kupac ne vidi: „{words}”",
    ),
    "spoken.not": in_languages(
        "{ticket}: {what} not done: {why}",
        "{ticket}: {what} – nie zrobiono: {why}",
        "{ticket}: {what} – nije učinjeno: {why}",
    ),
    "spoken.words": in_languages("your answer", "Twoja odpowiedź", "Vaš odgovor"),
    "spoken.subject": in_languages("Your answer: {subject}", "Twoja odpowiedź: {subject}", "Vaš odgovor: {subject}"),
    "spoken.subject.note": in_languages("Your note: {subject}", "Twoja notatka: {subject}", "Vaša bilješka: {subject}"),
    "spoken.subject.held": in_languages(
        "Not sent yet: {subject}", "Jeszcze nie wysłano: {subject}", "Još nije poslano: {subject}"
    ),
    "spoken.subject.not": in_languages("Not sent: {subject}", "Nie wysłano: {subject}", "Nije poslano: {subject}"),
    "spoken.nothing": in_languages(
        "There was nothing to do.", "Nie było nic do zrobienia.", "Nije bilo ničega za učiniti."
    ),
    "spoken.closed": in_languages(
        "{ticket} is closed; #reopen opens it again.",
        "{ticket} jest zamknięte; #wznów otwiera je ponownie.",
        "{ticket} je zatvoren; #otvori ga ponovno otvara.",
    ),
    "spoken.merged": in_languages(
        "{ticket} is part of {request} now.",
        "{ticket} jest teraz częścią {request}.",
        "{ticket} je sada dio {request}.",
    ),
    # -- held -----------------------------------------------------------------------------------------------------------
    "spoken.ask.bare": in_languages(
        "Not sent yet. Answer {id} YES to send it to the customer of {ticket}, or {id} NO: “{words}”",
        "Jeszcze nie wysłano. Odpisz {id} TAK, aby wysłać to klientowi ({ticket}), albo {id} NIE: „{words}”",
        "Još nije poslano. Odgovorite {id} DA da se pošalje kupcu ({ticket}), ili {id} NE: „{words}”",
    ),
    "spoken.ask.note": in_languages(
        "Not kept yet. Answer {id} YES to keep it as a note in {ticket}, or {id} NO: “{words}”",
        "Jeszcze nie zapisano. Odpisz {id} TAK, aby zapisać to jako notatkę ({ticket}), albo {id} NIE: „{words}”",
        "Još nije spremljeno. Odgovorite {id} DA da se spremi kao bilješka ({ticket}), ili {id} NE: „{words}”",
    ),
    "spoken.ask.which": in_languages(
        "Nothing was sent yet. Which ticket is this for? “{words}”",
        "Jeszcze nic nie wysłano. Którego zgłoszenia to dotyczy? „{words}”",
        "Još ništa nije poslano. Na koji se upit ovo odnosi? „{words}”",
    ),
    "spoken.ask.moved": in_languages(
        "Not sent: {ticket} has moved on. Answer {id} YES to send it all the same, or {id} NO. Since then:\n{list}",
        "Nie wysłano: w {ticket} coś się zmieniło. Odpisz {id} TAK, aby mimo to wysłać, albo {id} NIE. Od tego czasu:\n{list}",
        "Nije poslano: u {ticket} ima novoga. Odgovorite {id} DA da se ipak pošalje, ili {id} NE. Otada:\n{list}",
    ),
    "spoken.ask.again": in_languages(
        "Nothing was sent. Answer {id} YES to send it, or {id} NO: “{words}”",
        "Nic nie wysłano. Odpisz {id} TAK, aby to wysłać, albo {id} NIE: „{words}”",
        "Ništa nije poslano. Odgovorite {id} DA da se pošalje, ili {id} NE: „{words}”",
    ),
    "spoken.button.yes": in_languages("Send it", "Wyślij", "Pošalji"),
    "spoken.button.no": in_languages("Drop it", "Odrzuć", "Odbaci"),
    "spoken.dropped": in_languages(
        "Dropped: nothing was sent.", "Odrzucono: nic nie wysłano.", "Odbačeno: ništa nije poslano."
    ),
    "spoken.expired": in_languages(
        "Not sent, because you did not confirm it within a day ({ticket}): “{words}”",
        "Nie wysłano, bo nie potwierdzono tego w ciągu doby ({ticket}): „{words}”",
        "Nije poslano jer niste potvrdili u roku od jednog dana ({ticket}): „{words}”",
    ),
    "spoken.decided": in_languages(
        "That was decided before; nothing more was sent.",
        "O tym zdecydowano już wcześniej; nic więcej nie wysłano.",
        "O tome je već odlučeno; ništa više nije poslano.",
    ),
    # -- not possible ---------------------------------------------------------------------------------------------------
    "spoken.code": in_languages(
        "This code is not known, so nothing was sent. Begin with the code of the notification that you answer.",
        "Nie znamy tego kodu, więc nic nie wysłano. Zacznij od kodu z powiadomienia, na które odpowiadasz.",
        "Taj kod nije poznat pa ništa nije poslano. Počnite kodom iz obavijesti na koju odgovarate.",
    ),
    "spoken.how.phone": in_languages(
        "Nothing was sent: there is no notification that you could answer. When one comes, begin with its code. As a customer, please "
        "write from another number.",
        "Nic nie wysłano: nie ma powiadomienia, na które można odpowiedzieć. Gdy nadejdzie, zacznij od jego kodu. Jako klient napisz "
        "z innego numeru.",
        "Ništa nije poslano: nema obavijesti na koju biste odgovorili. Kad stigne, počnite njezinim kodom. Kao kupac pišite s drugog "
        "broja.",
    ),
    "spoken.how.chat": in_languages(
        "Nothing was sent. Reply to a notification, or begin with the ticket: “T-1001 …”. #help shows the commands.",
        "Nic nie wysłano. Odpowiedz na powiadomienie albo zacznij od numeru zgłoszenia: „T-1001 …”. #pomoc pokazuje polecenia.",
        "Ništa nije poslano. Odgovorite na obavijest ili počnite brojem upita: „T-1001 …”. #pomoć pokazuje naredbe.",
    ),
    "spoken.how.digest": in_languages(
        "Nothing was sent: it is not clear which ticket this is for. Answer the notification of a single one, or begin with the "
        "ticket's number: “T-1001 your answer”, or “#take T-1001”.",
        "Nic nie wysłano: nie wiadomo, którego zgłoszenia to dotyczy. Odpowiedz na powiadomienie o jednym z nich albo zacznij od numeru "
        "zgłoszenia: „T-1001 odpowiedź” lub „#weź T-1001”.",
        "Ništa nije poslano: nije jasno na koji se upit odnosi. Odgovorite na obavijest o jednom od njih ili počnite "
        "brojem upita: „T-1001 odgovor” ili „#uzmi T-1001”.",
    ),
    "spoken.missing": in_languages(
        "There is no ticket {ticket}: nothing was sent.",
        "Nie ma zgłoszenia {ticket}: nic nie wysłano.",
        "Nema upita {ticket}: ništa nije poslano.",
    ),
    "spoken.edited": in_languages(
        "What was said stays as it was; please write it anew.",
        "To, co napisano, pozostaje bez zmian; napisz to jeszcze raz.",
        "Ono što je napisano ostaje kako jest; napišite ponovno.",
    ),
    "spoken.button.old": in_languages(
        "This button is too old: nothing was done.",
        "Ten przycisk jest za stary: nic nie zrobiono.",
        "Taj je gumb prestar: ništa nije učinjeno.",
    ),
    "spoken.long": in_languages(
        "Nothing was sent: at most {count} characters can be sent at once.",
        "Nic nie wysłano: naraz można wysłać najwyżej {count} znaków.",
        "Ništa nije poslano: odjednom se može poslati najviše {count} znakova.",
    ),
    "spoken.empty": in_languages(
        "There were no words of yours in this message: nothing was sent.",
        "W tej wiadomości nie było nic od Ciebie: nic nie wysłano.",
        "U ovoj poruci nije bilo Vaših riječi: ništa nije poslano.",
    ),
    "spoken.left_out": in_languages(
        "Pictures within your text did not go along: {count}. Attach them as files.",
        "Obrazy w tekście nie zostały wysłane: {count}. Dołącz je jako pliki.",
        "Slike unutar teksta nisu poslane: {count}. Priložite ih kao datoteke.",
    ),
    "spoken.pictures": in_languages(
        "Pictures within the text of a mail are not sent. Please attach them as files.",
        "Obrazy w treści wiadomości nie są wysyłane. Dołącz je jako pliki.",
        "Slike unutar teksta poruke ne šalju se. Priložite ih kao datoteke.",
    ),
    # -- not believed ---------------------------------------------------------------------------------------------------
    "spoken.refused.subject": in_languages(
        "An answer in your name was not used: {subject}",
        "Odpowiedź w Twoim imieniu nie została użyta: {subject}",
        "Odgovor u Vaše ime nije iskorišten: {subject}",
    ),
    "spoken.refused.body": in_languages(
        "Somebody, perhaps you, has answered a notification of {of} that was made for you. Nothing was sent and nothing done, because "
        "{why}.\n\nIf it was you: answer the notification itself, from your own mailbox. If not, somebody has a notification of yours; "
        "please tell your administrator.\n",
        "Ktoś, może Ty, odpowiedział na powiadomienie o {of}, które było dla Ciebie. Nic nie wysłano i nic nie zrobiono, bo {why}.\n\n"
        "Jeśli to Ty: odpowiedz na samo powiadomienie, z własnej skrzynki. Jeśli nie, ktoś ma Twoje powiadomienie; powiedz o tym "
        "administratorowi.\n",
        "Netko, možda Vi, odgovorio je na obavijest o {of} koja je bila za Vas. Ništa nije poslano niti učinjeno jer {why}.\n\n"
        "Ako ste to bili Vi: odgovorite na samu obavijest, iz vlastitog sandučića. Ako niste, netko ima Vašu obavijest; javite to "
        "administratoru.\n",
    ),
    "spoken.why.sender": in_languages(
        "it did not come from an address of yours",
        "nie przyszło to z Twojego adresu",
        "nije stiglo s Vaše adrese",
    ),
    "spoken.why.unproven": in_languages(
        "nothing proves that it came from your mailbox (neither SPF nor DKIM)",
        "nic nie dowodzi, że przyszło z Twojej skrzynki (ani SPF, ani DKIM)",
        "ništa ne dokazuje da je stiglo iz Vašeg sandučića (ni SPF ni DKIM)",
    ),
    "spoken.why.expired": in_languages(
        "the address that it was sent to is too old",
        "adres, na który to wysłano, jest za stary",
        "adresa na koju je poslano prestara je",
    ),
    "spoken.why.forwarded": in_languages(
        "it forwards somebody else's mail",
        "przekazuje cudzą wiadomość",
        "prosljeđuje tuđu poruku",
    ),
    "spoken.why.ticket": in_languages(
        "there is no such ticket any more",
        "nie ma już takiego zgłoszenia",
        "takvog upita više nema",
    ),
    "spoken.codes.subject": in_languages(
        "Wrong codes from your number",
        "Błędne kody z Twojego numeru",
        "Pogrešni kodovi s Vašeg broja",
    ),
    "spoken.codes.body": in_languages(
        "Several messages with wrong codes came from your number. For an hour nothing that comes from it is used. If it was not you, "
        "somebody forges your number; please tell your administrator.\n",
        "Z Twojego numeru przyszło kilka wiadomości z błędnym kodem. Przez godzinę nic z niego nie będzie użyte. Jeśli to nie Ty, ktoś "
        "podszywa się pod Twój numer; powiedz o tym administratorowi.\n",
        "S Vašeg je broja stiglo nekoliko poruka s pogrešnim kodom. Sat vremena ništa s njega neće biti iskorišteno. Ako to niste bili "
        "Vi, netko krivotvori Vaš broj; javite to administratoru.\n",
    ),
}
