"""What the console says of teams and webhooks that are made at the desk, of agents' own rules of being told, of the knowledge base's
categories, of checklists, and of trying the rules on one ticket."""

from typing import Final

_Words = tuple[str, str, str]

_TEAMS: Final[dict[str, _Words]] = {
    "none": ("There are no teams yet.", "Nie ma jeszcze zespołów.", "Još nema timova."),
    "new": ("New team", "Nowy zespół", "Novi tim"),
    "name": ("Name (it stays as it is)", "Nazwa (nie można jej zmienić)", "Ime (ostaje kakvo jest)"),
    "members": ("Members", "Członkowie", "Članovi"),
    "empty": ("Nobody is in it.", "Nikogo w nim nie ma.", "Nema nikoga."),
    "assign": ("Its tickets are given to agents", "Zgłoszenia są przydzielane agentom", "Upiti se dodjeljuju agentima"),
    "assign.default": ("as the configuration says", "zgodnie z konfiguracją", "kako kaže konfiguracija"),
    "assign.off": ("not by themselves", "nie automatycznie", "ne sami od sebe"),
    "assign.round_robin": ("to each in turn", "każdemu po kolei", "svakome redom"),
    "assign.least_busy": ("to whoever has fewest", "temu, kto ma najmniej", "onome tko ih ima najmanje"),
    "serves": (
        "New tickets are this team's that come by these inboxes or are of these categories, unless the category has a team of its own.",
        "Do zespołu trafiają nowe zgłoszenia z tych skrzynek lub kategorii, o ile kategoria nie ma własnego zespołu.",
        "Timu pripadaju novi upiti iz ovih pretinaca ili kategorija, osim ako kategorija ima vlastiti tim.",
    ),
    "hidden": (
        "The configuration has a team of the same name: that one counts.",
        "W konfiguracji jest zespół o tej samej nazwie i to on się liczy.",
        "Konfiguracija ima tim istog imena: vrijedi taj.",
    ),
    "sure": (
        "The team {name} is taken away. Its tickets keep the name until somebody gives them to another team.",
        "Zespół {name} zostanie usunięty. Jego zgłoszenia zachowają tę nazwę, aż ktoś przekaże je innemu zespołowi.",
        "Tim {name} se uklanja. Njegovi upiti zadržavaju ime dok ih netko ne preda drugom timu.",
    ),
}
_HOOKS: Final[dict[str, _Words]] = {
    "new": ("New webhook", "Nowy webhook", "Novi webhook"),
    "name": ("Name (small letters, digits, -)", "Nazwa (małe litery, cyfry, -)", "Ime (mala slova, brojke, -)"),
    "url": ("Address (https)", "Adres (https)", "Adresa (https)"),
    "events": ("Events, with commas", "Zdarzenia, po przecinku", "Događaji, sa zarezima"),
    "events.about": (
        "* is every event, ticket_* all that begin so, status_changed just this one.",
        "* to każde zdarzenie, ticket_* wszystkie zaczynające się tak, status_changed tylko to jedno.",
        "* je svaki događaj, ticket_* svi koji tako počinju, status_changed samo taj.",
    ),
    "include": (
        "With what the ticket is like (never with what customers wrote)",
        "Z danymi zgłoszenia (nigdy ze słowami klientów)",
        "S podacima upita (nikad s riječima kupaca)",
    ),
    "switch": ("Is told of events", "Dostaje zdarzenia", "Obavještava se"),
    "on": ("on", "włączony", "uključen"),
    "off": ("off", "wyłączony", "isključen"),
    "secret": (
        "Secret to sign with (empty: one is made)",
        "Tajny klucz do podpisu (puste: zostanie utworzony)",
        "Tajna za potpis (prazno: napravit će se)",
    ),
    "secret.keep": (
        "Another secret (empty: it stays)",
        "Inny tajny klucz (puste: bez zmian)",
        "Druga tajna (prazno: ostaje)",
    ),
    "renew": ("Make another secret", "Utwórz inny tajny klucz", "Napravi drugu tajnu"),
    "renew.sure": (
        "What {name} is told from now on is signed with the new secret: the receiver needs it.",
        "Odtąd zdarzenia dla {name} będą podpisane nowym kluczem: odbiorca go potrzebuje.",
        "Što se odsad javlja za {name} potpisuje se novom tajnom: primatelj je treba.",
    ),
    "once": (
        "{name}: copy the secret now, it is shown only this once",
        "{name}: proszę teraz skopiować tajny klucz, widać go tylko raz",
        "{name}: kopirajte tajnu sada, prikazuje se samo ovaj put",
    ),
    "sure": (
        "{name} is taken away. What it was still to be told ends as failed.",
        "{name} zostanie usunięty. To, czego jeszcze nie przekazano, zakończy się błędem.",
        "{name} se uklanja. Što mu se još trebalo javiti završava kao neuspjelo.",
    ),
    "hidden": (
        "The configuration has one of the same name: that one is told.",
        "W konfiguracji jest webhook o tej samej nazwie i to on dostaje zdarzenia.",
        "Konfiguracija ima webhook istog imena: obavještava se taj.",
    ),
    "lately": ("What it was told", "Co mu przekazano", "Što mu je javljeno"),
    "told": (
        "Told to {name}, newest first",
        "Przekazane do {name}, od najnowszych",
        "Javljeno za {name}, od najnovijeg",
    ),
    "told.none": ("Nothing yet.", "Jeszcze nic.", "Još ništa."),
    "when": ("When", "Kiedy", "Kada"),
    "state": ("State", "Stan", "Stanje"),
    "state.queued": ("waits", "czeka", "čeka"),
    "state.sending": ("is being told", "w trakcie", "u tijeku"),
    "state.accepted": ("told", "przekazane", "javljeno"),
    "state.failed": ("failed", "błąd", "neuspjelo"),
    "state.unknown": ("nobody knows", "nie wiadomo", "nepoznato"),
    "state.cancelled": ("cancelled", "anulowane", "otkazano"),
    "test": ("Try it", "Wypróbuj", "Isprobaj"),
    "testing": ("{name} is being told of a test…", "Trwa próba: {name}…", "Isprobava se {name}…"),
    "test.well": ("{name} has taken it.", "{name}: przyjęto.", "{name}: primljeno."),
    "test.failed": (
        "{name} could not be told: {error}",
        "{name}: nie udało się przekazać: {error}",
        "{name}: nije se moglo javiti: {error}",
    ),
    "test.waits": (
        "{name} has not answered yet; look at what it was told.",
        "{name} jeszcze nie odpowiedział; proszę sprawdzić, co mu przekazano.",
        "{name} još nije odgovorio; pogledajte što mu je javljeno.",
    ),
}
_NOTIFY: Final[dict[str, _Words]] = {
    "own": ("Otherwise for some of it", "Inaczej dla niektórych", "Drugačije za neke"),
    "own.about": (
        "The first rule that fits says by which channels you are told. Nothing chosen: everything. No channel: you are not told.",
        "Pierwsza pasująca reguła mówi, którym kanałem przyjdzie wiadomość. Nic nie wybrano: wszystko. Bez kanału: bez powiadomienia.",
        "Prvo pravilo koje odgovara kaže kojim se kanalima javlja. Ništa odabrano: sve. Bez kanala: ne javlja se.",
    ),
    "own.add": ("Add a rule", "Dodaj regułę", "Dodaj pravilo"),
    "own.one": ("Rule {number}", "Reguła {number}", "Pravilo {number}"),
    "own.events": ("News of", "Wiadomości o", "Novosti o"),
    "own.priorities": ("In tickets with priority", "W zgłoszeniach o priorytecie", "U upitima s prioritetom"),
    "own.channels": ("Tell by", "Powiadom przez", "Javi putem"),
    "own.up": ("Move up", "Przesuń w górę", "Pomakni gore"),
    "but": ("At once all the same: priorities", "Mimo to od razu: priorytety", "Ipak odmah: prioriteti"),
    "digest.events": ("What is told together", "Co przekazywać razem", "Što se javlja zajedno"),
    "digest.every": ("How often", "Jak często", "Koliko često"),
    "every.15": ("every 15 minutes", "co 15 minut", "svakih 15 minuta"),
    "every.30": ("every 30 minutes", "co 30 minut", "svakih 30 minuta"),
    "every.60": ("hourly", "co godzinę", "svaki sat"),
    "every.240": ("every 4 hours", "co 4 godziny", "svaka 4 sata"),
    "every.1440": ("daily", "codziennie", "svaki dan"),
    "every.10080": ("weekly", "co tydzień", "svaki tjedan"),
    "kind.opened": ("new tickets of my teams", "nowe zgłoszenia moich zespołów", "novi upiti mojih timova"),
    "kind.assigned": ("tickets given to me", "zgłoszenia przydzielone mnie", "upiti dodijeljeni meni"),
    "kind.replied": ("customers' answers", "odpowiedzi klientów", "odgovori kupaca"),
    "kind.mentioned": ("mentions of me", "wzmianki o mnie", "spominjanja mene"),
    "kind.side": ("side conversations", "rozmowy poboczne", "usputni razgovori"),
    "kind.noted": ("notes in internal tickets", "notatki w zgłoszeniach wewnętrznych", "bilješke u internim upitima"),
    "kind.watched": ("tickets I watch", "obserwowane zgłoszenia", "upiti koje pratim"),
    "kind.requests": ("requests to departments", "prośby do działów", "zahtjevi odjelima"),
    "kind.promises": ("promises that are due", "obietnice z terminem", "obećanja kojima je rok"),
    "kind.sla": ("targets in danger", "zagrożone cele", "ugroženi ciljevi"),
    "kind.escalated": ("what is raised to me", "eskalacje do mnie", "što se podiže meni"),
}
_RULES: Final[dict[str, _Words]] = {
    "one": ("Try all rules on one ticket", "Wypróbuj wszystkie reguły na zgłoszeniu", "Isprobaj sva pravila na upitu"),
    "one.about": (
        "Which rules of the configuration would have run for this ticket, when, why, and what each would have done. Nothing changes.",
        "Które reguły z konfiguracji zadziałałyby dla tego zgłoszenia, kiedy, dlaczego i co by zrobiły. Nic się nie zmienia.",
        "Koja bi pravila iz konfiguracije radila za ovaj upit, kada, zašto i što bi učinila. Ništa se ne mijenja.",
    ),
    "one.ticket": ("Ticket (T-1001)", "Zgłoszenie (T-1001)", "Upit (T-1001)"),
    "one.none": (
        "None of the rules would have run for {ticket}.",
        "Dla {ticket} nie zadziałałaby żadna reguła.",
        "Za {ticket} ne bi radilo nijedno pravilo.",
    ),
    "one.gone": (
        "There is no such ticket, or it was merged.",
        "Nie ma takiego zgłoszenia albo zostało scalone.",
        "Nema takvog upita ili je spojen.",
    ),
    "name": ("Rule", "Reguła", "Pravilo"),
}
_CATEGORIES: Final[dict[str, _Words]] = {
    "title": ("Categories of the knowledge base", "Kategorie bazy wiedzy", "Kategorije baze znanja"),
    "about": (
        "What readers choose by. A category's articles keep their place when its name changes.",
        "Według nich wybierają czytelnicy. Zmiana nazwy kategorii nie przenosi jej artykułów.",
        "Po njima čitatelji biraju. Članci ostaju u kategoriji i kad joj se promijeni ime.",
    ),
    "new": ("New category", "Nowa kategoria", "Nova kategorija"),
    "none": ("There are no categories yet.", "Nie ma jeszcze kategorii.", "Još nema kategorija."),
    "articles": ("Its articles", "Artykuły", "Članci"),
    "name": ("Name ({language})", "Nazwa ({language})", "Ime ({language})"),
    "says": ("What it is about ({language})", "O czym jest ({language})", "O čemu je ({language})"),
    "order": ("Place (small numbers first)", "Kolejność (najpierw małe liczby)", "Redoslijed (prvo mali brojevi)"),
    "needed": (
        "It needs a name in one language.",
        "Potrzebna jest nazwa w jednym języku.",
        "Treba ime na jednom jeziku.",
    ),
    "sure": (
        "The category {name} is taken away. Its articles stay in it, and can be given another one.",
        "Kategoria {name} zostanie usunięta. Jej artykuły w niej pozostaną i można im nadać inną.",
        "Kategorija {name} se uklanja. Njezini članci ostaju u njoj i može im se dati druga.",
    ),
}
_CHECKLISTS: Final[dict[str, _Words]] = {
    "title": ("Checklists", "Listy kontrolne", "Kontrolni popisi"),
    "about": (
        "What is looked at in a quality review. Reviews that were begun keep the criteria that they were drawn with.",
        "Co jest sprawdzane w kontroli jakości. Rozpoczęte kontrole zachowują swoje kryteria.",
        "Što se gleda u provjeri kvalitete. Započete provjere zadržavaju svoja mjerila.",
    ),
    "new": ("New checklist", "Nowa lista kontrolna", "Novi kontrolni popis"),
    "standard": ("standard", "standardowa", "standardni"),
    "scale": ("scored from 0 to {scale}", "oceny od 0 do {scale}", "ocjene od 0 do {scale}"),
    "id": (
        "Short name (letters, digits, -)",
        "Krótka nazwa (litery, cyfry, -)",
        "Kratko ime (slova, brojke, -)",
    ),
    "name": ("Name", "Nazwa", "Ime"),
    "highest": ("Highest score (1 to 10)", "Najwyższa ocena (1 do 10)", "Najviša ocjena (1 do 10)"),
    "criterion": ("Criterion {number}", "Kryterium {number}", "Mjerilo {number}"),
    "criterion.name": (
        "Short name (small letters, digits, -)",
        "Krótka nazwa (małe litery, cyfry, -)",
        "Kratko ime (mala slova, brojke, -)",
    ),
    "criterion.text": ("What is asked ({language})", "O co chodzi ({language})", "Što se pita ({language})"),
    "weight": ("Weight beside others", "Waga wobec innych", "Težina prema drugima"),
    "add": ("Add a criterion", "Dodaj kryterium", "Dodaj mjerilo"),
    "sure": (
        "The checklist {name} is taken away. Reviews made with it stay.",
        "Lista {name} zostanie usunięta. Kontrole według niej pozostaną.",
        "Popis {name} se uklanja. Provjere po njemu ostaju.",
    ),
    "sure.standard": (
        "Your criteria are taken away; the built-in ones count again.",
        "Własne kryteria zostaną usunięte; znów obowiązują wbudowane.",
        "Vaša mjerila se uklanjaju; opet vrijede ugrađena.",
    ),
}


def _all(prefix: str, words: dict[str, _Words]) -> dict[str, dict[str, str]]:
    return {f"{prefix}{name}": dict(zip(("en", "pl", "hr"), each, strict=True)) for name, each in words.items()}


CONSOLE_MADE_TEXTS: Final[dict[str, dict[str, str]]] = {
    **_all("console.admin.teams.", _TEAMS),
    **_all("console.admin.webhooks.", _HOOKS),
    **_all("console.admin.notify.", _NOTIFY),
    **_all("console.admin.rules.", _RULES),
    **_all("console.categories.", _CATEGORIES),
    **_all("console.checklists.", _CHECKLISTS),
}
