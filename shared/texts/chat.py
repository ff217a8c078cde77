"""What a customer reads in the live chat. Part of the catalogue. The browser fills in what it knows: it gets ``{count}`` and ``{name}`` as
they stand."""

from typing import Final

CHAT_TEXTS: Final[dict[str, dict[str, str]]] = {
    "chat.title": {"en": "Chat with {company}", "pl": "Czat: {company}", "hr": "Razgovor – {company}"},
    "chat.open": {"en": "Open the chat", "pl": "Otwórz czat", "hr": "Otvori razgovor"},
    "chat.close": {"en": "Close the chat", "pl": "Zamknij czat", "hr": "Zatvori razgovor"},
    "chat.unread": {
        "en": "Open the chat (unread: {count})",
        "pl": "Otwórz czat (nieprzeczytane: {count})",
        "hr": "Otvori razgovor (nepročitano: {count})",
    },
    "chat.greeting": {
        "en": "Hello! How can we help you?",
        "pl": "Dzień dobry! W czym możemy pomóc?",
        "hr": "Dobar dan! Kako Vam možemo pomoći?",
    },
    "chat.there": {
        "en": "An agent answers {expected}.",
        "pl": "Konsultant odpowie {expected}.",
        "hr": "Agent će odgovoriti {expected}.",
    },
    "chat.away": {
        "en": "Nobody is here right now. Leave us a message, and we will answer by email.",
        "pl": "Nikogo teraz nie ma. Prosimy zostawić wiadomość, odpowiemy e-mailem.",
        "hr": "Trenutačno nikoga nema. Ostavite nam poruku, odgovorit ćemo e-poštom.",
    },
    "chat.back": {"en": "We are back: {when}.", "pl": "Będziemy znowu: {when}.", "hr": "Vraćamo se: {when}."},
    "chat.log": {"en": "Conversation", "pl": "Rozmowa", "hr": "Tijek razgovora"},
    "chat.write": {"en": "Write a message", "pl": "Napisz wiadomość", "hr": "Napišite poruku"},
    "chat.attach": {"en": "Attach a file", "pl": "Dołącz plik", "hr": "Priloži datoteku"},
    "chat.remove": {"en": "Remove {name}", "pl": "Usuń {name}", "hr": "Ukloni {name}"},
    "chat.you": {"en": "You", "pl": "Państwo", "hr": "Vi"},
    "chat.agent": {"en": "Support", "pl": "Pomoc", "hr": "Podrška"},
    "chat.typing": {"en": "{name} is typing…", "pl": "{name} pisze…", "hr": "{name} upravo piše…"},
    "chat.connecting": {"en": "Connecting…", "pl": "Łączenie…", "hr": "Povezivanje…"},
    "chat.lost": {
        "en": "No connection at the moment. What you write is sent as soon as it is back.",
        "pl": "Brak połączenia. Wiadomości zostaną wysłane, gdy tylko wróci.",
        "hr": "Trenutačno nema veze. Što napišete, šalje se čim se veza vrati.",
    },
    "chat.sending": {"en": "Sending…", "pl": "Wysyłanie…", "hr": "Slanje…"},
    "chat.kept": {"en": "Sent", "pl": "Wysłano", "hr": "Poslano"},
    "chat.failed": {"en": "Not sent", "pl": "Nie wysłano", "hr": "Nije poslano"},
    "chat.email": {
        "en": "Email address, for answers when you have left",
        "pl": "Adres e-mail, na odpowiedzi po zakończeniu rozmowy",
        "hr": "Adresa e-pošte, za odgovore kad odete",
    },
    "chat.details": {
        "en": "Get answers by email when you leave",
        "pl": "Odpowiedzi e-mailem po wyjściu",
        "hr": "Odgovori e-poštom kad odete",
    },
    "chat.answers": {
        "en": "When you leave, we answer to {address}.",
        "pl": "Po wyjściu z czatu odpowiemy na adres {address}.",
        "hr": "Kad odete, odgovaramo na {address}.",
    },
    "chat.file_large": {
        "en": "A file may have at most {size} MB.",
        "pl": "Plik może mieć najwyżej {size} MB.",
        "hr": "Datoteka smije imati najviše {size} MB.",
    },
    "chat.file_failed": {
        "en": "The file could not be sent. Please try again.",
        "pl": "Nie udało się wysłać pliku. Prosimy spróbować ponownie.",
        "hr": "Datoteku nije bilo moguće poslati. Molimo pokušajte ponovno.",
    },
    "chat.edit": {"en": "Edit", "pl": "Edytuj", "hr": "Uredi"},
    "chat.delete": {"en": "Delete", "pl": "Usuń", "hr": "Izbriši"},
    "chat.edited": {"en": "edited", "pl": "edytowano", "hr": "uređeno"},
    "chat.deleted": {"en": "Message deleted", "pl": "Wiadomość usunięta", "hr": "Poruka izbrisana"},
    "chat.subject": {
        "en": "Your chat with {company}",
        "pl": "Państwa rozmowa na czacie: {company}",
        "hr": "Vaš razgovor – {company}",
    },
}
