"""What the console's smaller pages say: quarantine, contacts, a ticket by hand."""

from typing import Final


def _of(en: str, pl: str, hr: str) -> dict[str, str]:
    return {"en": en, "pl": pl, "hr": hr}


CONSOLE_PAGE_TEXTS: Final[dict[str, dict[str, str]]] = {
    "console.ok": _of("OK", "OK", "U redu"),
    "console.quarantine.about": _of(
        "These messages were held back. Nobody was answered. What is let out becomes a ticket as if it came now.",
        "Te wiadomości zostały zatrzymane. Nikt nie dostał odpowiedzi. Zwolniona wiadomość staje się zgłoszeniem, jakby przyszła teraz.",
        "Ove su poruke zadržane. Nikome nije odgovoreno. Što se pusti, postaje upit kao da je stiglo sada.",
    ),
    "console.quarantine.empty": _of("Nothing is held back.", "Nic nie jest zatrzymane.", "Ništa nije zadržano."),
    "console.quarantine.why": _of(
        "Why: {rule} ({evidence})", "Powód: {rule} ({evidence})", "Razlog: {rule} ({evidence})"
    ),
    "console.quarantine.look": _of("Look at it", "Zobacz", "Pogledaj"),
    "console.quarantine.release": _of("Let out", "Zwolnij", "Pusti"),
    "console.quarantine.discard": _of("Discard", "Odrzuć", "Odbaci"),
    "console.quarantine.reason": _of("Reason", "Powód", "Razlog"),
    "console.quarantine.gone": _of("It is no longer here.", "Już jej tu nie ma.", "Više nije ovdje."),
    "console.quarantine.no_text": _of("(no text)", "(bez tekstu)", "(bez teksta)"),
    "console.quarantine.released": _of("Let out: {ticket}", "Zwolniono: {ticket}", "Pušteno: {ticket}"),
    "console.quarantine.discarded": _of("Discarded.", "Odrzucono.", "Odbačeno."),
    "console.contacts.search": _of("Name, address or number", "Nazwisko, adres lub numer", "Ime, adresa ili broj"),
    "console.contacts.none": _of("Nobody was found.", "Nikogo nie znaleziono.", "Nitko nije pronađen."),
    "console.contacts.rename": _of("Change the name", "Zmień nazwę", "Promijeni ime"),
    "console.contacts.points": _of("Reached at", "Dane kontaktowe", "Podaci za kontakt"),
    "console.contacts.tickets": _of("Tickets", "Zgłoszenia", "Upiti"),
    "console.contacts.same": _of("The same person?", "Ta sama osoba?", "Ista osoba?"),
    "console.contacts.merged": _of("Merged by {by}, {when}", "Scalone przez {by}, {when}", "Spojio/la {by}, {when}"),
    "console.contacts.merge": _of("The same person", "Ta sama osoba", "Ista osoba"),
    "console.contacts.merge_sure": _of(
        "Addresses and tickets of both become one contact's. It can be taken back.",
        "Adresy i zgłoszenia obojga staną się jednym kontaktem. Można to cofnąć.",
        "Adrese i upiti oboje postaju jedan kontakt. To se može poništiti.",
    ),
    "console.contacts.dismiss": _of("Not the same", "To nie ta osoba", "Nije ista osoba"),
    "console.contacts.blocked": _of("blocked", "zablokowany", "blokirano"),
    "console.contacts.undeliverable": _of("cannot be reached", "nieosiągalny", "nedostupno"),
    "console.contacts.opted_out": _of("wants no messages", "nie chce wiadomości", "ne želi poruke"),
    "console.contacts.unverified": _of("not confirmed", "niepotwierdzony", "nepotvrđeno"),
    "console.opening.way": _of("How it came", "Jak wpłynęło", "Kako je stiglo"),
    "console.opening.way.voice": _of("Phone call", "Rozmowa telefoniczna", "Telefonski poziv"),
    "console.opening.way.visit": _of("In person", "Osobiście", "Osobno"),
    "console.opening.way.letter": _of("Letter", "List", "Pismo"),
    "console.opening.way.email": _of("Email", "E-mail", "E-pošta"),
    "console.opening.way.sms": _of("SMS", "SMS", "SMS"),
    "console.opening.way.other": _of("Otherwise", "Inaczej", "Drugačije"),
    "console.opening.internal": _of(
        "Internal: no customer is told", "Wewnętrzne: bez klienta", "Interno: korisnik se ne obavještava"
    ),
    "console.opening.contact": _of(
        "Customer's email or phone", "E-mail lub telefon klienta", "E-pošta ili telefon korisnika"
    ),
    "console.opening.name": _of("Customer's name", "Nazwisko klienta", "Ime korisnika"),
    "console.opening.subject": _of("Subject", "Temat", "Predmet"),
    "console.opening.text": _of("What is it about?", "Czego dotyczy?", "O čemu se radi?"),
    "console.opening.needed": _of("This is needed.", "To pole jest wymagane.", "Ovo je obavezno."),
    "console.opening.open": _of("Open the ticket", "Utwórz zgłoszenie", "Otvori upit"),
}
