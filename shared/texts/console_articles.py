"""What the console's pages of the knowledge base say."""

from typing import Final

_Words = tuple[str, str, str]

_ARTICLES: Final[dict[str, _Words]] = {
    "title": ("Knowledge base", "Baza wiedzy", "Baza znanja"),
    "one": ("Article", "Artykuł", "Članak"),
    "new": ("New article", "Nowy artykuł", "Novi članak"),
    "state": ("Status", "Stan", "Stanje"),
    "state.all": ("All", "Wszystkie", "Svi"),
    "state.draft": ("Drafts", "Wersje robocze", "Nacrti"),
    "state.in_review": ("To be reviewed", "Do sprawdzenia", "Za pregled"),
    "state.published": ("Published", "Opublikowane", "Objavljeni"),
    "state.archived": ("Archived", "Zarchiwizowane", "Arhivirani"),
    "is.draft": ("Draft", "Wersja robocza", "Nacrt"),
    "is.in_review": ("To be reviewed", "Do sprawdzenia", "Za pregled"),
    "is.published": ("Published", "Opublikowany", "Objavljen"),
    "is.archived": ("Archived", "Zarchiwizowany", "Arhiviran"),
    "still_published": (
        "readers see an earlier text",
        "czytelnicy widzą wcześniejszy tekst",
        "čitatelji vide raniji tekst",
    ),
    "search": ("Words", "Słowa", "Riječi"),
    "find": ("Find", "Szukaj", "Traži"),
    "category": ("Category", "Kategoria", "Kategorija"),
    "any_category": ("All categories", "Wszystkie kategorie", "Sve kategorije"),
    "no_category": ("(none)", "(brak)", "(nema)"),
    "none": ("There is no such article.", "Nie ma takich artykułów.", "Nema takvih članaka."),
    "older": ("Further", "Dalej", "Dalje"),
    "newer": ("Back", "Wstecz", "Natrag"),
    "languages": ("Languages", "Języki", "Jezici"),
    "changed": ("Changed", "Zmiana", "Izmjena"),
    "said": ("What readers said", "Opinie czytelników", "Što kažu čitatelji"),
    "helped": (
        "helped: {helped}, did not help: {not_helped}",
        "pomógł: {helped}, nie pomógł: {not_helped}",
        "pomogao: {helped}, nije pomogao: {not_helped}",
    ),
    "nobody_said": (
        "Nobody has said anything yet.",
        "Nikt się jeszcze nie wypowiedział.",
        "Još nitko ništa nije rekao.",
    ),
    "field.title": ("Title", "Tytuł", "Naslov"),
    "field.summary": ("Summary", "Streszczenie", "Sažetak"),
    "field.body": ("Text (Markdown)", "Tekst (Markdown)", "Tekst (Markdown)"),
    "markdown": (
        "## heading, - list, 1. steps, > quote, **bold**, [words](https://…), [words](article:its-address). "
        "HTML is shown as it is written.",
        "## nagłówek, - lista, 1. kroki, > cytat, **pogrubienie**, [słowa](https://…), [słowa](article:jego-adres). "
        "HTML jest pokazywany tak, jak go napisano.",
        "## naslov, - popis, 1. koraci, > citat, **podebljano**, [riječi](https://…), [riječi](article:njegova-adresa). "
        "HTML se prikazuje kako je napisan.",
    ),
    "slug": ("Name in its address", "Nazwa w adresie", "Naziv u adresi"),
    "slug.about": ("Empty: made of the title", "Puste: z tytułu", "Prazno: iz naslova"),
    "tags": ("Tags, with commas", "Znaczniki, po przecinku", "Oznake, sa zarezima"),
    "visibility": ("Who reads it", "Kto czyta", "Tko čita"),
    "visibility.public": ("Everybody", "Wszyscy", "Svi"),
    "visibility.internal": ("Agents only", "Tylko pracownicy", "Samo djelatnici"),
    "reviewer": ("Who reviews it", "Kto sprawdza", "Tko pregledava"),
    "preview": ("As readers see it", "Tak widzą to czytelnicy", "Kako vide čitatelji"),
    "looked": (
        "I have looked it through: nothing in it names a customer",
        "Artykuł przejrzano: nic w nim nie wskazuje klienta",
        "Pregledano: ništa u njemu ne otkriva klijenta",
    ),
    "from": (
        "Made from {ticket}. Look it through before it goes to review.",
        "Utworzono z {ticket}. Proszę przejrzeć przed sprawdzeniem.",
        "Izrađeno iz {ticket}. Pregledajte prije slanja na pregled.",
    ),
    "from.unsolved": (
        "{ticket} does not say how it was solved; write its solution first.",
        "{ticket} nie ma opisanego rozwiązania; najpierw proszę je wpisać.",
        "{ticket} nema opisano rješenje; najprije ga upišite.",
    ),
    "keep": ("Save the draft", "Zapisz wersję roboczą", "Spremi nacrt"),
    "keep.published": (
        "Save as a draft; what is published stays until it is published",
        "Zapisz jako wersję roboczą; opublikowany tekst pozostaje do publikacji",
        "Spremi kao nacrt; objavljeno ostaje do objave",
    ),
    "kept": ("Saved.", "Zapisano.", "Spremljeno."),
    "unsaved": ("Not saved", "Niezapisane", "Nije spremljeno"),
    "to.draft": ("Back to the draft", "Z powrotem do wersji roboczej", "Natrag u nacrt"),
    "to.in_review": ("Send to review", "Wyślij do sprawdzenia", "Pošalji na pregled"),
    "to.published": ("Publish", "Opublikuj", "Objavi"),
    "to.archived": ("Archive", "Zarchiwizuj", "Arhiviraj"),
    "archive_sure": (
        "Readers do not see it any more.",
        "Czytelnicy nie będą go już widzieć.",
        "Čitatelji ga više neće vidjeti.",
    ),
    "remove": ("Remove", "Usuń", "Ukloni"),
    "remove_sure": ("It is gone for good.", "Zniknie na stałe.", "Nestaje zauvijek."),
    "read": ("Open the page", "Otwórz stronę", "Otvori stranicu"),
    "title_needed": (
        "At least one language needs a title; a text without one is not kept.",
        "Przynajmniej jeden język musi mieć tytuł; tekstu bez tytułu nie można zapisać.",
        "Barem jedan jezik treba naslov; tekst bez njega ne sprema se.",
    ),
    "slug_wrong": ("Small letters, digits and “-”.", "Małe litery, cyfry i „-”.", "Mala slova, brojke i „-”."),
    "word.en": ("English", "angielski", "engleski"),
    "word.pl": ("Polish", "polski", "poljski"),
    "word.hr": ("Croatian", "chorwacki", "hrvatski"),
}


CONSOLE_ARTICLES_TEXTS: Final[dict[str, dict[str, str]]] = {
    f"console.articles.{name}": dict(zip(("en", "pl", "hr"), each, strict=True)) for name, each in _ARTICLES.items()
}
