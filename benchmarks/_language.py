"""Mails as customers write them, in English, Polish and Croatian: whole phrases of support, and rare words as a language has them."""

import random
from itertools import accumulate
from typing import Final

LANGUAGES: Final = ("en", "pl", "hr")
_SUBJECTS: Final = {
    "en": ("Pump does not start", "Invoice is missing", "Where is my order", "Cannot sign in", "Offer for parts", "Leak at the valve"),
    "pl": ("Pompa nie działa", "Brak faktury", "Gdzie jest zamówienie", "Nie mogę się zalogować", "Oferta na części", "Przeciek zaworu"),
    "hr": ("Pumpa ne radi", "Nedostaje račun", "Gdje je moja narudžba", "Ne mogu se prijaviti", "Ponuda za dijelove", "Curi ventil"),
}  # fmt: skip
_PHRASES: Final = {
    "en": (
        "Good morning,", "since Monday the machine has been standing still.", "Could you please look at it?",
        "We need the part by Friday.", "The serial number is below.", "Thank you for your help.",
        "The delivery arrived damaged.", "Please send the invoice again.", "It happened after the last update.",
    ),
    "pl": (
        "Dzień dobry,", "od poniedziałku maszyna stoi.", "Czy mogą Państwo to sprawdzić?", "Potrzebujemy części do piątku.",
        "Numer seryjny poniżej.", "Dziękuję za pomoc.", "Przesyłka dotarła uszkodzona.", "Proszę przesłać fakturę ponownie.",
        "Stało się to po ostatniej aktualizacji.",
    ),
    "hr": (
        "Dobar dan,", "od ponedjeljka stroj stoji.", "Možete li to pogledati?", "Dio nam treba do petka.",
        "Serijski broj je niže.", "Hvala na pomoći.", "Pošiljka je stigla oštećena.", "Molimo pošaljite račun ponovno.",
        "Dogodilo se nakon zadnje nadogradnje.",
    ),
}  # fmt: skip
_SYLLABLES: Final = {
    "en": [a + b for a in ("b", "c", "d", "f", "l", "m", "n", "p", "r", "st", "tr") for b in ("a", "e", "i", "o", "er")],
    "pl": [a + b for a in ("b", "cz", "d", "k", "ł", "m", "n", "prz", "sz", "w", "ż") for b in ("a", "ą", "e", "y", "ow")],
    "hr": [a + b for a in ("b", "č", "d", "k", "lj", "m", "nj", "p", "š", "v", "ž") for b in ("a", "e", "i", "o", "u")],
}  # fmt: skip
_WORDS: Final = 12_000


class Writer:
    """Draws texts; the same ones for the same seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.words = {
            each: ["".join(chance.choices(_SYLLABLES[each], k=chance.randint(2, 4))) for _ in range(_WORDS)]
            for each in LANGUAGES
        }
        self._sums = list(accumulate(1 / (rank + 1) for rank in range(_WORDS)))

    def subject(self, language: str) -> str:
        """What a mail is about, with a word that few others have."""
        return f"{self._chance.choice(_SUBJECTS[language])} {self._rare(language, 1)[0]} {self._chance.randint(1000, 99999)}"

    def text(self, language: str, words: int = 25) -> str:
        """Some phrases and so many words, of which some are frequent and most are not (Zipf)."""
        phrases = self._chance.sample(_PHRASES[language], 4)
        rest = self._chance.choices(self.words[language], cum_weights=self._sums, k=words)
        return f"{phrases[0]}\n\n{phrases[1]} {' '.join(rest)}. {phrases[2]}\n\n{phrases[3]}"

    def _rare(self, language: str, count: int) -> list[str]:
        return self._chance.choices(self.words[language], k=count)
