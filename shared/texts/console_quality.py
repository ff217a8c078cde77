"""What the console's pages of quality review and improvement actions say."""

from typing import Final

_Words = tuple[str, str, str]

_REVIEWS: Final[dict[str, _Words]] = {
    "title": ("Quality review", "Kontrola jakości", "Provjera kvalitete"),
    "one": ("Review of a ticket", "Kontrola zgłoszenia", "Provjera upita"),
    "draw": ("Draw tickets", "Losowanie zgłoszeń", "Izvlačenje upita"),
    "draw.about": (
        "Tickets that were solved or closed in these days are drawn at random. None is drawn twice for you.",
        "Losowane są zgłoszenia rozwiązane lub zamknięte w tych dniach. Żadne nie trafi do tej samej osoby dwa razy.",
        "Nasumce se izvlače upiti riješeni ili zatvoreni tih dana. Nijedan se istoj osobi ne izvlači dvaput.",
    ),
    "draw.do": ("Draw", "Losuj", "Izvuci"),
    "draw.nothing": (
        "There is no ticket left to draw from.",
        "Nie ma już zgłoszeń do wylosowania.",
        "Nema više upita za izvlačenje.",
    ),
    "count": ("How many", "Ile", "Koliko"),
    "checklist": ("Checklist", "Lista kontrolna", "Kontrolni popis"),
    "seed": ("Seed, if agreed on", "Ziarno losowania, jeśli uzgodnione", "Sjeme izvlačenja, ako je dogovoreno"),
    "seed.about": (
        "With the same one anybody can draw again.",
        "Z tym samym każdy może powtórzyć losowanie.",
        "S istim svatko može ponoviti izvlačenje.",
    ),
    "open": ("Still to do", "Do zrobienia", "Još za napraviti"),
    "done": ("Done", "Zakończone", "Završeno"),
    "of_me": ("Reviews of your work", "Kontrole Twojej pracy", "Provjere Vašeg rada"),
    "none": ("None.", "Brak.", "Nema."),
    "nobody": ("nobody", "nikt", "nitko"),
    "left": ("{left} of {of} to score", "do oceny: {left} z {of}", "za ocijeniti: {left} od {of}"),
    "results": ("Results", "Wyniki", "Rezultati"),
    "to_report": ("All reports", "Wszystkie raporty", "Svi izvještaji"),
    "conversation": ("Conversation", "Rozmowa", "Razgovor"),
    "open_ticket": ("Open the ticket", "Otwórz zgłoszenie", "Otvori upit"),
    "gone": ("The ticket is no longer there.", "Tego zgłoszenia już nie ma.", "Upita više nema."),
    "solution": ("Solution", "Rozwiązanie", "Rješenje"),
    "in": ("Customer", "Klient", "Klijent"),
    "out": ("Our answer", "Nasza odpowiedź", "Naš odgovor"),
    "note": ("Note on the whole", "Uwaga ogólna", "Opća napomena"),
    "scores": ("Scores", "Oceny", "Ocjene"),
    "state.open": ("Being scored", "W trakcie oceny", "Ocjenjuje se"),
    "state.done": ("Done", "Zakończone", "Završeno"),
    "by": ("Reviewed by {name}", "Kontroluje: {name}", "Provjerava: {name}"),
    "lowest": ("no", "nie", "ne"),
    "highest": ("fully", "w pełni", "potpuno"),
    "not_applicable": ("does not apply", "nie dotyczy", "nije primjenjivo"),
    "why": ("Why", "Dlaczego", "Zašto"),
    "finish": ("Finish", "Zakończ", "Završi"),
    "later": ("Keep, finish later", "Zapisz, dokończ później", "Spremi, završi kasnije"),
    "missing": (
        "{left} without a score. Choose “does not apply” where it does not.",
        "Bez oceny: {left}. Jeśli coś nie dotyczy, proszę to zaznaczyć.",
        "Bez ocjene: {left}. Gdje nije primjenjivo, to i označite.",
    ),
    "improve": ("Propose an improvement", "Zaproponuj usprawnienie", "Predloži poboljšanje"),
}

_IMPROVE: Final[dict[str, _Words]] = {
    "title": ("Improvements", "Usprawnienia", "Poboljšanja"),
    "one": ("Improvement action", "Działanie usprawniające", "Radnja za poboljšanje"),
    "new": ("New improvement", "Nowe usprawnienie", "Novo poboljšanje"),
    "search": ("Words", "Słowa", "Riječi"),
    "find": ("Find", "Szukaj", "Traži"),
    "mine": ("Only mine", "Tylko moje", "Samo moja"),
    "none": ("None.", "Brak.", "Nema."),
    "newest": ("The newest {count} are shown.", "Pokazano najnowsze: {count}.", "Prikazana su najnovija: {count}."),
    "nobody": ("Nobody yet", "Jeszcze nikt", "Još nitko"),
    "until": ("until {day}", "do {day}", "do {day}"),
    "late": ("overdue, {due}", "po terminie, {due}", "kasni, {due}"),
    "growing": ("Recurring issues", "Powtarzające się problemy", "Ponavljajući problemi"),
    "growing.about": (
        "Words and categories that come up more than in the 30 days before.",
        "Słowa i kategorie częstsze niż w poprzednich 30 dniach.",
        "Riječi i kategorije češće nego u prethodnih 30 dana.",
    ),
    "growing.none": ("Nothing grows.", "Nic nie narasta.", "Ništa ne raste."),
    "propose": ("Propose", "Zaproponuj", "Predloži"),
    "words": ("What is done", "Co się robi", "Što se radi"),
    "progress": ("How far it is", "Postęp", "Napredak"),
    "kind": ("Kind", "Rodzaj", "Vrsta"),
    "what": ("What", "Co", "Što"),
    "why": ("Why", "Dlaczego", "Zašto"),
    "owner": ("Who", "Kto", "Tko"),
    "due": ("Until", "Do kiedy", "Do kada"),
    "origin": ("Where it comes from", "Skąd się wzięło", "Odakle dolazi"),
    "review": ("Quality review", "Kontrola jakości", "Provjera kvalitete"),
    "outcome": ("What came of it", "Co z tego wynikło", "Što je iz toga proizašlo"),
    "outcome_needed": (
        "Say what came of it, or why it is dropped.",
        "Proszę napisać, co z tego wynikło lub dlaczego zaniechano.",
        "Napišite što je iz toga proizašlo ili zašto se odustaje.",
    ),
    "to.proposed": ("Propose again", "Zaproponuj ponownie", "Predloži ponovno"),
    "to.accepted": ("Accept", "Przyjmij", "Prihvati"),
    "to.in_progress": ("Begin", "Rozpocznij", "Započni"),
    "to.done": ("Done", "Wykonane", "Završeno"),
    "to.dropped": ("Drop", "Zaniechaj", "Odustani"),
    "remove": ("Remove", "Usuń", "Ukloni"),
    "remove_sure": (
        "It is taken away for good, with what came of it.",
        "Zostanie usunięte na stałe, razem z wynikiem.",
        "Uklanja se trajno, zajedno s ishodom.",
    ),
}


def _all(prefix: str, words: dict[str, _Words]) -> dict[str, dict[str, str]]:
    return {f"{prefix}{name}": dict(zip(("en", "pl", "hr"), each, strict=True)) for name, each in words.items()}


CONSOLE_QUALITY_TEXTS: Final[dict[str, dict[str, str]]] = {
    **_all("console.reviews.", _REVIEWS),
    **_all("console.improve.", _IMPROVE),
}
