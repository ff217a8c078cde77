"""What a customer reads on the web form. Part of the catalogue."""

from typing import Final

FORM_TEXTS: Final[dict[str, dict[str, str]]] = {
    "form.title": {"en": "Contact {company}", "pl": "Kontakt: {company}", "hr": "Kontakt – {company}"},
    "form.lead": {
        "en": "Write to us. You will get a number for your request, and our answer by email.",
        "pl": "Prosimy o wiadomość. Otrzymają Państwo numer zgłoszenia, a odpowiedź prześlemy e-mailem.",
        "hr": "Pišite nam. Dobit ćete broj upita, a odgovor ćemo poslati e-poštom.",
    },
    "form.name": {"en": "Your name", "pl": "Imię i nazwisko", "hr": "Ime i prezime"},
    "form.address": {"en": "Email address", "pl": "Adres e-mail", "hr": "Adresa e-pošte"},
    "form.subject": {"en": "Subject", "pl": "Temat", "hr": "Predmet"},
    "form.message": {"en": "Message", "pl": "Wiadomość", "hr": "Poruka"},
    "form.optional": {"en": "optional", "pl": "nieobowiązkowe", "hr": "neobavezno"},
    "form.choose": {"en": "Please choose", "pl": "Prosimy wybrać", "hr": "Molimo odaberite"},
    "form.files": {
        "en": "At most {count} files, together up to {size} MB",
        "pl": "Najwyżej {count} plików, razem do {size} MB",
        "hr": "Najviše {count} datoteka, zajedno do {size} MB",
    },
    "form.send": {"en": "Send", "pl": "Wyślij", "hr": "Pošalji"},
    "form.languages": {"en": "Language", "pl": "Język", "hr": "Jezik"},
    "form.trap": {
        "en": "Leave this field empty",
        "pl": "To pole prosimy pozostawić puste",
        "hr": "Ovo polje ostavite praznim",
    },
    "form.error": {"en": "Error:", "pl": "Błąd:", "hr": "Pogreška:"},
    "form.errors": {
        "en": "Not sent yet. Please check what is marked below.",
        "pl": "Wiadomość nie została jeszcze wysłana. Prosimy sprawdzić zaznaczone pola.",
        "hr": "Poruka još nije poslana. Molimo provjerite označena polja.",
    },
    "form.files.again": {
        "en": "Please choose your files again: a browser does not keep them.",
        "pl": "Prosimy ponownie wybrać pliki: przeglądarka ich nie zachowuje.",
        "hr": "Molimo ponovno odaberite datoteke: preglednik ih ne čuva.",
    },
    "form.missing": {
        "en": "Please fill this in.",
        "pl": "Prosimy wypełnić to pole.",
        "hr": "Molimo ispunite ovo polje.",
    },
    "form.bad_address": {
        "en": "This is no email address; it looks like name@example.com.",
        "pl": "To nie jest adres e-mail; wygląda on tak: nazwa@example.com.",
        "hr": "Ovo nije adresa e-pošte; ona izgleda ovako: ime@example.com.",
    },
    "form.too_long": {
        "en": "This is too long: at most {count} characters.",
        "pl": "Tekst jest za długi: najwyżej {count} znaków.",
        "hr": "Predugo: najviše {count} znakova.",
    },
    "form.bad_choice": {
        "en": "Please choose one of the answers.",
        "pl": "Prosimy wybrać jedną z odpowiedzi.",
        "hr": "Molimo odaberite jedan od odgovora.",
    },
    "form.consent": {
        "en": "We need your consent to go on.",
        "pl": "Bez tej zgody nie możemy kontynuować.",
        "hr": "Za nastavak trebamo Vašu suglasnost.",
    },
    "form.too_many_files": {
        "en": "These are too many files: at most {count}.",
        "pl": "Za dużo plików: najwyżej {count}.",
        "hr": "Previše datoteka: najviše {count}.",
    },
    "form.file_too_large": {
        "en": "Together the files may have up to {size} MB.",
        "pl": "Pliki mogą mieć razem najwyżej {size} MB.",
        "hr": "Datoteke zajedno smiju imati najviše {size} MB.",
    },
    "form.file_program": {
        "en": "Programs cannot be sent here.",
        "pl": "Programów nie można tutaj przesyłać.",
        "hr": "Programi se ovdje ne mogu slati.",
    },
    "form.file_other": {
        "en": "This file is not what its name says.",
        "pl": "Zawartość pliku nie zgadza się z jego nazwą.",
        "hr": "Sadržaj datoteke ne odgovara njezinu nazivu.",
    },
    "form.too_fast": {
        "en": "That was very fast. Please press “Send” once more.",
        "pl": "To było bardzo szybkie. Prosimy jeszcze raz nacisnąć „Wyślij”.",
        "hr": "To je bilo vrlo brzo. Molimo još jednom pritisnite „Pošalji”.",
    },
    "form.too_old": {
        "en": "The page was open for very long. Please press “Send” once more.",
        "pl": "Strona była bardzo długo otwarta. Prosimy jeszcze raz nacisnąć „Wyślij”.",
        "hr": "Stranica je bila vrlo dugo otvorena. Molimo još jednom pritisnite „Pošalji”.",
    },
    "form.robot": {
        "en": "A field that people cannot see was filled in. It is empty now: please press “Send” once more.",
        "pl": "Wypełniono pole niewidoczne dla ludzi. Jest teraz puste: prosimy jeszcze raz nacisnąć „Wyślij”.",
        "hr": "Ispunjeno je polje koje ljudi ne vide. Sada je prazno: molimo još jednom pritisnite „Pošalji”.",
    },
    "form.too_often": {
        "en": "Several messages have just come from you. Please wait a few minutes and press “Send” again.",
        "pl": "Przed chwilą otrzymaliśmy od Państwa kilka wiadomości. Prosimy za kilka minut ponownie nacisnąć „Wyślij”.",
        "hr": "Upravo smo od Vas primili nekoliko poruka. Molimo pričekajte nekoliko minuta i opet pritisnite „Pošalji”.",
    },
    "form.away": {
        "en": "Your message cannot be taken at the moment. Please press “Send” again in a minute.",
        "pl": "Wiadomości nie można teraz przyjąć. Prosimy za minutę ponownie nacisnąć „Wyślij”.",
        "hr": "Poruku trenutačno nije moguće zaprimiti. Molimo za minutu opet pritisnite „Pošalji”.",
    },
    "form.forged": {
        "en": "The form was sent from another site. Please press “Send” here.",
        "pl": "Formularz wysłano z innej strony. Prosimy nacisnąć „Wyślij” tutaj.",
        "hr": "Obrazac je poslan s druge stranice. Molimo pritisnite „Pošalji” ovdje.",
    },
    "form.done.title": {"en": "Thank you", "pl": "Dziękujemy", "hr": "Hvala"},
    "form.done.number": {
        "en": "Your message has arrived. Its number is",
        "pl": "Wiadomość do nas dotarła. Jej numer to",
        "hr": "Vaša je poruka stigla. Njezin je broj",
    },
    "form.done.later": {
        "en": "Your message has arrived. Its number follows by email.",
        "pl": "Wiadomość do nas dotarła. Jej numer prześlemy e-mailem.",
        "hr": "Vaša je poruka stigla. Njezin broj slijedi e-poštom.",
    },
    "form.done.answer": {
        "en": "We will answer to {address}.",
        "pl": "Odpowiemy na adres {address}.",
        "hr": "Odgovorit ćemo na adresu {address}.",
    },
    "form.done.another": {
        "en": "Send another message",
        "pl": "Wyślij kolejną wiadomość",
        "hr": "Pošalji još jednu poruku",
    },
}
