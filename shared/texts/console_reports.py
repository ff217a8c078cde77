"""What the console's reports say. The words of the figures themselves stand in `shared.texts.reports`; the definitions here are those of
docs/reports.md, shortened to what a reader needs."""

from typing import Final

_Words = tuple[str, str, str]

_PAGE: Final[dict[str, _Words]] = {
    "title": ("Reports", "Raporty", "Izvještaji"),
    "days": (
        "{since} – {until}, compared with the period from {before} on",
        "{since} – {until}, w porównaniu z okresem od {before}",
        "{since} – {until}, u usporedbi s razdobljem od {before}",
    ),
    "unfinished": (
        "This period is not over: numbers still grow, and stand beside those of a whole one.",
        "Ten okres jeszcze trwa: liczby rosną, a porównane są z pełnym okresem.",
        "Ovo razdoblje još traje: brojevi rastu, a uspoređeni su s cijelim razdobljem.",
    ),
    "headlines": ("The most important figures", "Najważniejsze wskaźniki", "Najvažniji pokazatelji"),
    "reckoning": ("Reckoning …", "Obliczanie …", "Računam …"),
    "again": ("Try again", "Spróbuj ponownie", "Pokušaj ponovno"),
    "too_many": (
        "Only the newest {count} tickets were looked at.",
        "Uwzględniono tylko najnowsze zgłoszenia, w liczbie: {count}.",
        "Uzeti su u obzir samo najnoviji upiti, njih {count}.",
    ),
    "choose": ("Period and tickets", "Okres i zgłoszenia", "Razdoblje i upiti"),
    "period": ("Period", "Okres", "Razdoblje"),
    "period.last_30": ("Last 30 days", "Ostatnie 30 dni", "Zadnjih 30 dana"),
    "period.this_week": ("This week", "Ten tydzień", "Ovaj tjedan"),
    "period.last_week": ("Last week", "Poprzedni tydzień", "Prošli tjedan"),
    "period.this_month": ("This month", "Ten miesiąc", "Ovaj mjesec"),
    "period.last_month": ("Last month", "Poprzedni miesiąc", "Prošli mjesec"),
    "period.this_quarter": ("This quarter", "Ten kwartał", "Ovo tromjesečje"),
    "period.last_quarter": ("Last quarter", "Poprzedni kwartał", "Prošlo tromjesečje"),
    "period.free": ("Days of my choice", "Wybrane dni", "Odabrani dani"),
    "since": ("From", "Od", "Od"),
    "until": ("To", "Do", "Do"),
    "team": ("Department", "Dział", "Odjel"),
    "agent": ("Agent", "Pracownik", "Djelatnik"),
    "channel": ("Channel", "Kanał", "Kanal"),
    "category": ("Category", "Kategoria", "Kategorija"),
    "all": ("All", "Wszystkie", "Svi"),
    "without": ("(none)", "(brak)", "(nema)"),
    "show": ("Show", "Pokaż", "Prikaži"),
    "figure": ("Figure", "Wskaźnik", "Pokazatelj"),
    "now": ("This period", "Ten okres", "Ovo razdoblje"),
    "before": ("Period before", "Poprzedni okres", "Prethodno razdoblje"),
    "changed": ("Change", "Zmiana", "Promjena"),
    "change.nothing": ("nothing to compare with", "brak danych do porównania", "nema se s čime usporediti"),
    "change.same": ("as before ({before})", "jak poprzednio ({before})", "kao i prije ({before})"),
    "change.better": ("better", "lepiej", "bolje"),
    "change.worse": ("worse", "gorzej", "lošije"),
    "change.count.more": ("{amount} more than {before}", "o {amount} więcej niż {before}", "za {amount} više od {before}"),
    "change.count.less": ("{amount} fewer than {before}", "o {amount} mniej niż {before}", "za {amount} manje od {before}"),
    "change.time.more": ("{amount} longer than {before}", "o {amount} dłużej niż {before}", "za {amount} dulje od {before}"),
    "change.time.less": ("{amount} shorter than {before}", "o {amount} krócej niż {before}", "za {amount} kraće od {before}"),
    "change.points.more": (
        "{amount} points above {before}",
        "o {amount} p.p. powyżej {before}",
        "za {amount} p. b. iznad {before}",
    ),
    "change.points.less": (
        "{amount} points below {before}",
        "o {amount} p.p. poniżej {before}",
        "za {amount} p. b. ispod {before}",
    ),
    "change.score.more": ("{amount} above {before}", "o {amount} powyżej {before}", "za {amount} iznad {before}"),
    "change.score.less": ("{amount} below {before}", "o {amount} poniżej {before}", "za {amount} ispod {before}"),
    "nothing": ("Nothing in this period.", "Brak danych w tym okresie.", "U ovom razdoblju nema ničega."),
    "definition": ("What does this count?", "Co to liczy?", "Što ovo broji?"),
    "divided": ("Divided by", "Podział", "Podjela"),
    "table": ("The figures as a table", "Dane w tabeli", "Podaci u tablici"),
    "this_table": ("This table as {format}", "Ta tabela jako {format}", "Ova tablica kao {format}"),
    "file": ("{format} file: {report}", "plik {format}: {report}", "datoteka {format}: {report}"),
    "chart": (
        "Chart: {title}. {what}; the highest: {highest}. The figures stand in the table below.",
        "Wykres: {title}. {what}; najwyższa wartość: {highest}. Dane podano w tabeli poniżej.",
        "Grafikon: {title}. {what}; najviša vrijednost: {highest}. Podaci su u tablici ispod.",
    ),
    "to_improvements": (
        "Make improvement actions of what grows",
        "Zaproponuj usprawnienia na podstawie tego, co narasta",
        "Predloži poboljšanja na temelju onoga što raste",
    ),
    "register": ("Ticket register", "Rejestr zgłoszeń", "Registar upita"),
    "register.about": (
        "All tickets of the period as a file, with the columns that you choose.",
        "Wszystkie zgłoszenia okresu w jednym pliku, z wybranymi kolumnami.",
        "Svi upiti razdoblja u jednoj datoteci, s odabranim stupcima.",
    ),
    "register.which": (
        "Tickets opened from {since} to {until}",
        "Zgłoszenia otwarte od {since} do {until}",
        "Upiti otvoreni od {since} do {until}",
    ),
    "register.format": ("Format", "Format", "Oblik"),
    "register.columns": ("Columns", "Kolumny", "Stupci"),
    "register.make": ("Make the file", "Utwórz plik", "Izradi datoteku"),
    "register.progress": ("How far the file is", "Postęp tworzenia pliku", "Napredak izrade datoteke"),
    "register.none": ("Choose at least one column.", "Proszę wybrać choć jedną kolumnę.", "Odaberite barem jedan stupac."),
    "register.waiting": (
        "Another register is being written; yours comes next.",
        "Trwa tworzenie innego rejestru; ten będzie następny.",
        "Izrađuje se drugi registar; ovaj je sljedeći.",
    ),
    "register.so_far": ("{done} of {total} tickets", "zgłoszenia: {done} z {total}", "upiti: {done} od {total}"),
    "register.fetch": ("Fetch {name}", "Pobierz {name}", "Preuzmi {name}"),
}  # fmt: skip

_DEFINED: Final[dict[str, _Words]] = {
    "volume": (
        "Tickets opened in the period, by the company's own hours and days. Spam, merged, internal and imported "
        "tickets do not count. Team and category are those of today.",
        "Zgłoszenia otwarte w okresie, według godzin i dni firmy. Nie liczą się: spam, zgłoszenia scalone, "
        "wewnętrzne i zaimportowane. Dział i kategoria są dzisiejsze.",
        "Upiti otvoreni u razdoblju, prema satima i danima tvrtke. Ne broje se neželjeni, spojeni, interni i "
        "uvezeni upiti. Odjel i kategorija su današnji.",
    ),
    "first_response": (
        "The time from the beginning of a ticket to our first answer, for answers given in the period. A ticket "
        "that was solved without an answer has none. Working time counts the hours of the SLA without pauses; the "
        "other is what the customer waited. Half of all were faster than the median.",
        "Czas od początku zgłoszenia do naszej pierwszej odpowiedzi, dla odpowiedzi udzielonych w okresie. "
        "Zgłoszenie rozwiązane bez odpowiedzi się nie liczy. Czas pracy to godziny SLA bez przerw; drugi to czas "
        "oczekiwania klienta. Połowa odpowiedzi była szybsza niż mediana.",
        "Vrijeme od početka upita do našeg prvog odgovora, za odgovore dane u razdoblju. Upit riješen bez "
        "odgovora se ne broji. Radno vrijeme broji sate SLA-a bez stanki; drugo je vrijeme koje je klijent čekao. "
        "Polovica odgovora bila je brža od medijana.",
    ),
    "next_response": (
        "The time from a customer's later message to our answer, for answers given in the period. What waited "
        "when its ticket was solved without an answer is left out.",
        "Czas od kolejnej wiadomości klienta do naszej odpowiedzi, dla odpowiedzi udzielonych w okresie. Pomija "
        "się to, co czekało, gdy zgłoszenie rozwiązano bez odpowiedzi.",
        "Vrijeme od daljnje poruke klijenta do našeg odgovora, za odgovore dane u razdoblju. Ne broji se ono što "
        "je čekalo kad je upit riješen bez odgovora.",
    ),
    "resolution": (
        "The time from the beginning of a ticket, or its being opened again, to solved or closed, for solutions "
        "of the period. A ticket that is solved twice counts twice.",
        "Czas od początku zgłoszenia lub jego ponownego otwarcia do rozwiązania lub zamknięcia, dla rozwiązań z "
        "okresu. Zgłoszenie rozwiązane dwa razy liczy się dwa razy.",
        "Vrijeme od početka upita ili njegova ponovnog otvaranja do rješenja ili zatvaranja, za rješenja iz "
        "razdoblja. Dvaput riješen upit broji se dvaput.",
    ),
    "sla": (
        "Targets that were decided in the period: in time, or missed; a target is missed as soon as its time is "
        "over. The share in time is what was in time of all decided.",
        "Terminy rozstrzygnięte w okresie: dotrzymane lub przekroczone; termin jest przekroczony, gdy tylko "
        "minie. Udział w terminie to dotrzymane spośród rozstrzygniętych.",
        "Rokovi odlučeni u razdoblju: održani ili propušteni; rok je propušten čim istekne. Udio na vrijeme su "
        "održani od svih odlučenih.",
    ),
    "backlog": (
        "Tickets that were open at the end of the period (now, if it is not over). Their age is the time since "
        "they were opened.",
        "Zgłoszenia niezamknięte na koniec okresu (teraz, jeśli okres trwa). Wiek to czas od otwarcia.",
        "Upiti neriješeni na kraju razdoblja (sada, ako još traje). Starost je vrijeme od otvaranja.",
    ),
    "reopened": (
        "Solutions of the period, and how many of them were opened again by now. Reopenings are counted when they "
        "happened, whenever the solution was.",
        "Rozwiązania z okresu i to, ile z nich do dziś otwarto ponownie. Ponowne otwarcia liczą się wtedy, kiedy "
        "nastąpiły.",
        "Rješenja iz razdoblja i koliko ih je dosad ponovno otvoreno. Ponovna otvaranja broje se kad su se "
        "dogodila.",
    ),
    "satisfaction": (
        "Answers of customers with a score, given in the period; of one solution the last one counts. Satisfied "
        "is 4 or 5 of 5.",
        "Oceny klientów z okresu; dla jednego rozwiązania liczy się ostatnia. Zadowolony to 4 lub 5 z 5.",
        "Ocjene klijenata iz razdoblja; za jedno rješenje broji se zadnja. Zadovoljan je 4 ili 5 od 5.",
    ),
    "handling": (
        "How long tickets that became solved or closed in the period were new or open with each department, over "
        "their whole life. A ticket counts for each department that had it.",
        "Jak długo zgłoszenia zakończone w okresie były nowe lub otwarte w każdym dziale, przez cały czas ich "
        "trwania. Zgłoszenie liczy się w każdym dziale, który je miał.",
        "Koliko su dugo upiti završeni u razdoblju bili novi ili otvoreni u svakom odjelu, tijekom cijelog "
        "trajanja. Upit se broji u svakom odjelu koji ga je imao.",
    ),
    "workload": (
        "Answers sent to customers and tickets solved by each agent in the period, and open tickets that they had "
        "at its end. What is solved by a timer is nobody's.",
        "Odpowiedzi wysłane klientom i zgłoszenia rozwiązane przez pracownika w okresie oraz otwarte zgłoszenia "
        "na jego koniec. Rozwiązane automatycznie nie są niczyje.",
        "Odgovori poslani klijentima i upiti koje je djelatnik riješio u razdoblju te otvoreni upiti na njegovu "
        "kraju. Automatski riješeni nisu ničiji.",
    ),
    "classifier": (
        "Suggestions for tickets opened in the period that somebody has answered, solved or corrected: right "
        "where the ticket has by now what was suggested. Decided are those that were used by themselves.",
        "Sugestie dla zgłoszeń otwartych w okresie, które ktoś obsłużył lub poprawił: trafne, gdy zgłoszenie ma "
        "dziś to, co sugerowano. Rozstrzygnięte zastosowano samoczynnie.",
        "Prijedlozi za upite otvorene u razdoblju koje je netko obradio ili ispravio: točni su kad upit sada ima "
        "ono što je predloženo. Odlučeni su primijenjeni sami.",
    ),
    "recurring": (
        "Words of subjects and problems, and categories, of tickets opened in the period, beside the period "
        "before. Growth says by how many standard deviations there are more than was to be expected; words are "
        "told from 3 tickets and a growth of 2 on.",
        "Słowa z tematów i opisów oraz kategorie zgłoszeń otwartych w okresie, obok poprzedniego okresu. Wzrost "
        "mówi, o ile odchyleń standardowych jest ich więcej, niż należało oczekiwać; słowa podaje się od 3 "
        "zgłoszeń i wzrostu 2.",
        "Riječi iz predmeta i opisa te kategorije upita otvorenih u razdoblju, uz prethodno razdoblje. Rast kaže "
        "za koliko je standardnih odstupanja više nego što se očekivalo; riječi se navode od 3 upita i rasta 2.",
    ),
    "prevention": (
        "Preventive actions of tickets that are not verified at the end of the period, those of them that are "
        "overdue, and those verified in the period.",
        "Działania zapobiegawcze niezweryfikowane na koniec okresu, w tym zaległe, oraz zweryfikowane w okresie.",
        "Preventivne radnje koje na kraju razdoblja nisu potvrđene, među njima zakašnjele, te potvrđene u "
        "razdoblju.",
    ),
    "quality": (
        "Quality reviews finished in the period; a score is the share of the points that could be reached, by "
        "weight. Drawn, not finished: tickets whose review was still open at the end of the period. Agents see their own only.",
        "Kontrole jakości zakończone w okresie; wynik to część możliwych punktów, według wag. Wylosowane, nieukończone: "
        "zgłoszenia, których kontrola na koniec okresu była jeszcze otwarta. Pracownicy widzą tylko własne.",
        "Provjere kvalitete završene u razdoblju; rezultat je udio mogućih bodova, prema težini. Izvučeno, nedovršeno: "
        "upiti čija je provjera na kraju razdoblja još bila otvorena. Djelatnici vide samo svoje.",
    ),
    "improvements": (
        "Improvement actions by their status today; overdue are those accepted or in progress whose day was "
        "before the end of the period.",
        "Działania usprawniające według dzisiejszego stanu; zaległe to przyjęte lub trwające, których termin "
        "minął przed końcem okresu.",
        "Radnje za poboljšanje prema današnjem stanju; zakašnjele su prihvaćene ili u tijeku čiji je rok prošao "
        "prije kraja razdoblja.",
    ),
}  # fmt: skip


def _all(prefix: str, words: dict[str, _Words]) -> dict[str, dict[str, str]]:
    return {f"{prefix}{name}": dict(zip(("en", "pl", "hr"), each, strict=True)) for name, each in words.items()}


CONSOLE_REPORTS_TEXTS: Final[dict[str, dict[str, str]]] = {
    **_all("console.reports.", _PAGE),
    **_all("console.reports.defined.", _DEFINED),
}
