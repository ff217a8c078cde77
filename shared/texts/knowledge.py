"""The knowledge base: its pages, and articles that are offered. Part of the catalogue.

``{lines}`` has a title and a link for each article, in the reader's language.
"""

from typing import Final

KNOWLEDGE_TEXTS: Final[dict[str, dict[str, str]]] = {
    "articles.postscript": {
        "en": "Perhaps one of these helps you already:\n{lines}",
        "pl": "Być może pomoże już coś z tego:\n{lines}",
        "hr": "Možda Vam već pomogne nešto od ovoga:\n{lines}",
    },
    "articles.ps": {
        "en": "This may help meanwhile:\n{lines}",
        "pl": "To może pomóc od razu:\n{lines}",
        "hr": "Ovo bi moglo pomoći već sada:\n{lines}",
    },
    "articles.agent.postscript": {
        "en": "Articles that may fit:\n{lines}",
        "pl": "Artykuły, które mogą pasować:\n{lines}",
        "hr": "Članci koji bi mogli odgovarati:\n{lines}",
    },
    # -- below a form ----------------------------------------------------------------------------------------------------
    "form.articles": {
        "en": "Perhaps this answers it already",
        "pl": "Może odpowiedź już tu jest",
        "hr": "Možda odgovor već postoji",
    },
    "form.articles.new": {
        "en": "opens in a new window",
        "pl": "otwiera się w nowym oknie",
        "hr": "otvara se u novom prozoru",
    },
    # -- pages -----------------------------------------------------------------------------------------------------------
    "kb.title": {"en": "Help", "pl": "Pomoc", "hr": "Pomoć"},
    "kb.lead": {
        "en": "Find answers to common questions.",
        "pl": "Odpowiedzi na częste pytania.",
        "hr": "Odgovori na česta pitanja.",
    },
    "kb.search": {"en": "Search help", "pl": "Szukaj w pomocy", "hr": "Pretraži pomoć"},
    "kb.search.do": {"en": "Search", "pl": "Szukaj", "hr": "Traži"},
    "kb.search.title": {"en": "Results for “{q}”", "pl": "Wyniki dla „{q}”", "hr": "Rezultati za „{q}”"},
    "kb.search.none": {
        "en": "Nothing was found. Try other or fewer words, or write to us.",
        "pl": "Nic nie znaleziono. Prosimy spróbować innych słów, mniejszej ich liczby albo napisać do nas.",
        "hr": "Ništa nije pronađeno. Pokušajte s drugim ili s manje riječi, ili nam pišite.",
    },
    "kb.categories": {"en": "Topics", "pl": "Tematy", "hr": "Teme"},
    "kb.others": {"en": "Other articles", "pl": "Pozostałe artykuły", "hr": "Ostali članci"},
    "kb.articles": {"en": "Articles", "pl": "Artykuły", "hr": "Članci"},
    "kb.empty": {
        "en": "There is nothing to read here yet.",
        "pl": "Nie ma tu jeszcze nic do przeczytania.",
        "hr": "Ovdje još nema članaka.",
    },
    "kb.count": {"en": "Articles: {count}", "pl": "Artykuły: {count}", "hr": "Članci: {count}"},
    "kb.skip": {"en": "Skip to the text", "pl": "Przejdź do treści", "hr": "Prijeđi na sadržaj"},
    "kb.places": {"en": "More", "pl": "Więcej", "hr": "Više"},
    "kb.all": {"en": "All topics", "pl": "Wszystkie tematy", "hr": "Sve teme"},
    "kb.path": {"en": "You are here", "pl": "Jesteś tutaj", "hr": "Nalazite se ovdje"},
    "kb.next": {"en": "Next page", "pl": "Następna strona", "hr": "Sljedeća stranica"},
    "kb.previous": {"en": "Previous page", "pl": "Poprzednia strona", "hr": "Prethodna stranica"},
    "kb.pages": {"en": "Pages", "pl": "Strony", "hr": "Stranice"},
    "kb.page": {"en": "Page {page} of {pages}", "pl": "Strona {page} z {pages}", "hr": "Stranica {page} od {pages}"},
    "kb.updated": {"en": "Last changed on {date}", "pl": "Ostatnia zmiana: {date}", "hr": "Zadnja izmjena: {date}"},
    "kb.other_language": {
        "en": "There is no English version of this article yet.",
        "pl": "Tego artykułu nie ma jeszcze po polsku.",
        "hr": "Ovaj članak još nije dostupan na hrvatskom.",
    },
    "kb.also": {"en": "Also in:", "pl": "Dostępne także:", "hr": "Dostupno i na:"},
    "kb.helped": {"en": "Did this help?", "pl": "Czy to pomogło?", "hr": "Je li ovo pomoglo?"},
    "kb.helped.yes": {"en": "Yes", "pl": "Tak", "hr": "Da"},
    "kb.helped.no": {"en": "No", "pl": "Nie", "hr": "Ne"},
    "kb.thanks": {
        "en": "Thank you for telling us.",
        "pl": "Dziękujemy za informację.",
        "hr": "Hvala na povratnoj informaciji.",
    },
    "kb.sorry": {
        "en": "We are sorry. Write to us, and somebody will help you.",
        "pl": "Przykro nam. Prosimy napisać do nas, a pomożemy.",
        "hr": "Žao nam je. Pišite nam i netko će Vam pomoći.",
    },
    "kb.write": {"en": "Write to us", "pl": "Napisz do nas", "hr": "Pišite nam"},
    "kb.requests": {"en": "My requests", "pl": "Moje zgłoszenia", "hr": "Moji upiti"},
    "kb.gone.title": {
        "en": "There is no such page",
        "pl": "Nie ma takiej strony",
        "hr": "Te stranice nema",
    },
    "kb.gone": {
        "en": "It may have been moved, or taken away. Search for what you need:",
        "pl": "Mogła zostać przeniesiona lub usunięta. Można poszukać tego, co potrzebne:",
        "hr": "Možda je premještena ili uklonjena. Potražite ono što trebate:",
    },
    "kb.draft.problem": {"en": "What happens", "pl": "Co się dzieje", "hr": "Što se događa"},
    "kb.draft.cause": {"en": "Why", "pl": "Dlaczego", "hr": "Zašto"},
    "kb.draft.solution": {"en": "What helps", "pl": "Co pomaga", "hr": "Što pomaže"},
    "kb.away": {
        "en": "We cannot show this at the moment. Please try again in a minute.",
        "pl": "Nie możemy teraz tego pokazać. Prosimy spróbować ponownie za minutę.",
        "hr": "Trenutačno to ne možemo prikazati. Pokušajte ponovno za minutu.",
    },
}
