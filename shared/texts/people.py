"""What stands where somebody's words were, after they were forgotten; and the words of what is handed over to them."""

from typing import Final

PEOPLE_TEXTS: Final[dict[str, dict[str, str]]] = {
    "people.erased": {"en": "(erased on {date})", "pl": "(usunięto {date})", "hr": "(izbrisano {date})"},
    "people.takeout.title": {
        "en": "What {company} knows of you",
        "pl": "Co {company} wie o Tobie",
        "hr": "Što {company} zna o Vama",
    },
    "people.takeout.all": {"en": "All requests", "pl": "Wszystkie zgłoszenia", "hr": "Svi zahtjevi"},
    "people.takeout.tickets": {"en": "Your requests", "pl": "Twoje zgłoszenia", "hr": "Vaši zahtjevi"},
    "people.takeout.messages": {"en": "Messages", "pl": "Wiadomości", "hr": "Poruke"},
    "people.takeout.held": {
        "en": "Messages that were held back",
        "pl": "Wiadomości, które zatrzymano",
        "hr": "Poruke koje su zadržane",
    },
    "people.takeout.entries": {
        "en": "What was done and promised",
        "pl": "Co zrobiono i obiecano",
        "hr": "Što je učinjeno i obećano",
    },
    "people.takeout.deliveries": {
        "en": "What was sent to you",
        "pl": "Co do Ciebie wysłano",
        "hr": "Što Vam je poslano",
    },
    "people.takeout.satisfaction": {"en": "Your rating", "pl": "Twoja ocena", "hr": "Vaša ocjena"},
}
