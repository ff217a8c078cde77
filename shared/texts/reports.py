"""What stands above figures, their columns and their rows, and what a quality review looks at. What each figure means in full stands in
``docs/reports.md``."""

from typing import Final

_Words = tuple[str, str, str]
"""English, Polish, Croatian."""

_TITLES: Final[dict[str, _Words]] = {
    "summary": ("Overview", "Przegląd", "Pregled"),
    "first_response": ("First response", "Pierwsza odpowiedź", "Prvi odgovor"),
    "next_response": ("Next responses", "Kolejne odpowiedzi", "Sljedeći odgovori"),
    "resolution": ("Time to solution", "Czas rozwiązania", "Vrijeme do rješenja"),
    "handling": ("Handling time", "Czas obsługi", "Vrijeme obrade"),
    "sla": ("Targets met", "Dotrzymane terminy", "Ispunjeni rokovi"),
    "volume": ("Tickets opened", "Otwarte zgłoszenia", "Otvoreni upiti"),
    "backlog": ("Open tickets", "Niezamknięte zgłoszenia", "Neriješeni upiti"),
    "reopened": ("Opened again", "Otwarte ponownie", "Ponovno otvoreni"),
    "satisfaction": ("Satisfaction", "Zadowolenie", "Zadovoljstvo"),
    "workload": ("Work of agents", "Praca pracowników", "Rad djelatnika"),
    "classifier": ("Suggestions of the classifier", "Sugestie klasyfikatora", "Prijedlozi klasifikatora"),
    "recurring": ("What grows", "Co narasta", "Što raste"),
    "prevention": ("Preventive actions", "Działania zapobiegawcze", "Preventivne radnje"),
    "quality": ("Quality reviews", "Kontrola jakości", "Provjere kvalitete"),
    "improvements": ("Improvement actions", "Działania usprawniające", "Radnje za poboljšanje"),
}

_ABOUT: Final[dict[str, _Words]] = {
    "summary": (
        "The most important figures of the period.",
        "Najważniejsze wskaźniki okresu.",
        "Najvažniji pokazatelji razdoblja.",
    ),
    "first_response": (
        "From the beginning of a ticket to our first answer, for answers given in the period.",
        "Od początku zgłoszenia do naszej pierwszej odpowiedzi, dla odpowiedzi udzielonych w tym okresie.",
        "Od početka upita do našeg prvog odgovora, za odgovore dane u razdoblju.",
    ),
    "next_response": (
        "From a later message of the customer to our answer, for answers given in the period.",
        "Od kolejnej wiadomości klienta do naszej odpowiedzi, dla odpowiedzi udzielonych w tym okresie.",
        "Od daljnje poruke klijenta do našeg odgovora, za odgovore dane u razdoblju.",
    ),
    "resolution": (
        "From the beginning or the reopening to the solution, for solutions of the period.",
        "Od początku lub ponownego otwarcia do rozwiązania, dla rozwiązań z tego okresu.",
        "Od početka ili ponovnog otvaranja do rješenja, za rješenja iz razdoblja.",
    ),
    "handling": (
        "How long tickets that were finished in the period were with each department.",
        "Jak długo zgłoszenia zakończone w tym okresie były w każdym dziale.",
        "Koliko su dugo upiti završeni u razdoblju bili kod pojedinog odjela.",
    ),
    "sla": (
        "Targets that were decided in the period: kept, or missed.",
        "Terminy rozstrzygnięte w tym okresie: dotrzymane lub przekroczone.",
        "Rokovi odlučeni u razdoblju: održani ili propušteni.",
    ),
    "volume": (
        "Tickets opened in the period; hours and days are the company's.",
        "Zgłoszenia otwarte w tym okresie; godziny i dni według czasu firmy.",
        "Upiti otvoreni u razdoblju; sati i dani su prema vremenu tvrtke.",
    ),
    "backlog": (
        "What was open at the end of the period, and how old it was.",
        "Co było niezamknięte na koniec okresu i jak było stare.",
        "Što je bilo neriješeno na kraju razdoblja i koliko je bilo staro.",
    ),
    "reopened": (
        "Solutions of the period, and how many of them did not last.",
        "Rozwiązania z tego okresu oraz ile z nich nie wystarczyło.",
        "Rješenja iz razdoblja i koliko ih nije potrajalo.",
    ),
    "satisfaction": (
        "What customers answered in the period; satisfied means 4 or 5 of 5.",
        "Co odpowiedzieli klienci w tym okresie; zadowolony to 4 lub 5 z 5.",
        "Što su klijenti odgovorili u razdoblju; zadovoljan znači 4 ili 5 od 5.",
    ),
    "workload": (
        "Answers sent and tickets solved in the period, and open tickets held at its end.",
        "Wysłane odpowiedzi i rozwiązane zgłoszenia w tym okresie oraz otwarte zgłoszenia na jego koniec.",
        "Poslani odgovori i riješeni upiti u razdoblju te otvoreni upiti na njegovu kraju.",
    ),
    "classifier": (
        "How often the classifier suggested what the ticket is by now.",
        "Jak często klasyfikator sugerował to, co zgłoszenie ma teraz.",
        "Koliko je često klasifikator predložio ono što upit sada ima.",
    ),
    "recurring": (
        "Words and categories that come up more than in the period before, with examples.",
        "Słowa i kategorie, które pojawiają się częściej niż w poprzednim okresie, z przykładami.",
        "Riječi i kategorije koje se javljaju češće nego u prethodnom razdoblju, s primjerima.",
    ),
    "prevention": (
        "Preventive actions that nobody has verified yet, and those verified in the period.",
        "Działania zapobiegawcze jeszcze niezweryfikowane oraz zweryfikowane w tym okresie.",
        "Preventivne radnje koje još nitko nije potvrdio i one potvrđene u razdoblju.",
    ),
    "quality": (
        "Reviews finished in the period, from 0 to 100 %.",
        "Kontrole zakończone w tym okresie, od 0 do 100%.",
        "Provjere završene u razdoblju, od 0 do 100 %.",
    ),
    "improvements": (
        "Improvement actions by their status today.",
        "Działania usprawniające według dzisiejszego stanu.",
        "Radnje za poboljšanje prema današnjem stanju.",
    ),
}

_BY: Final[dict[str, _Words]] = {
    "team": ("by department", "według działu", "po odjelu"),
    "channel": ("by channel", "według kanału", "po kanalu"),
    "category": ("by category", "według kategorii", "po kategoriji"),
    "agent": ("by agent", "według pracownika", "po djelatniku"),
    "clock": ("by clock", "według zegara", "po mjerilu"),
    "policy": ("by SLA", "według SLA", "po SLA-u"),
    "status": ("by status", "według stanu", "po statusu"),
    "kind": ("by kind", "według rodzaju", "po vrsti"),
    "hour": ("by hour", "według godziny", "po satu"),
    "weekday": ("by weekday", "według dnia tygodnia", "po danu u tjednu"),
    "day": ("day by day", "dzień po dniu", "dan po dan"),
    "age": ("by age", "według wieku", "po starosti"),
    "score": ("by score", "według oceny", "po ocjeni"),
    "words": ("in words", "słowami", "riječima"),
    "model": ("by model", "według modelu", "po modelu"),
    "open": ("open ones", "otwarte", "otvorene"),
    "criterion": ("by criterion", "według kryterium", "po kriteriju"),
}

_COLUMNS: Final[dict[str, _Words]] = {
    "team": ("Department", "Dział", "Odjel"),
    "channel": ("Channel", "Kanał", "Kanal"),
    "category": ("Category", "Kategoria", "Kategorija"),
    "agent": ("Agent", "Pracownik", "Djelatnik"),
    "clock": ("Clock", "Zegar", "Mjerilo"),
    "policy": ("SLA", "Umowa SLA", "Ugovor SLA"),
    "status": ("Status", "Stan", "Stanje"),
    "kind": ("Kind", "Rodzaj", "Vrsta"),
    "hour": ("Hour", "Godzina", "Sat"),
    "weekday": ("Weekday", "Dzień tygodnia", "Dan u tjednu"),
    "day": ("Day", "Dzień", "Dan"),
    "age": ("Age", "Wiek", "Starost"),
    "score": ("Score", "Ocena", "Ocjena"),
    "words": ("Words", "Słowa", "Riječi"),
    "model": ("Model", "Wersja modelu", "Inačica modela"),
    "criterion": ("Criterion", "Kryterium", "Kriterij"),
    "figure": ("Figure", "Wskaźnik", "Pokazatelj"),
    "unit": ("Unit", "Jednostka", "Jedinica"),
    "value": ("Value", "Wartość", "Vrijednost"),
    "count": ("Number", "Liczba", "Broj"),
    "median": ("Median", "Mediana", "Medijan"),
    "p90": ("90 % within", "90% w ciągu", "90 % unutar"),
    "mean": ("Mean", "Średnia", "Prosjek"),
    "total": ("Total", "Razem", "Ukupno"),
    "worked_median": ("Median, working time", "Mediana, czas pracy", "Medijan, radno vrijeme"),
    "worked_p90": ("90 % within, working time", "90% w ciągu, czas pracy", "90 % unutar, radno vrijeme"),
    "worked_mean": ("Mean, working time", "Średnia, czas pracy", "Prosjek, radno vrijeme"),
    "worked_total": ("Total, working time", "Razem, czas pracy", "Ukupno, radno vrijeme"),
    "decided": ("Decided", "Rozstrzygnięte", "Odlučeno"),
    "in_time": ("In time", "W terminie", "Na vrijeme"),
    "missed": ("Missed", "Po terminie", "Propušteno"),
    "attainment": ("Share in time", "Udział w terminie", "Udio na vrijeme"),
    "opened": ("Opened", "Otwarte", "Otvoreno"),
    "open": ("Open", "Niezamknięte", "Neriješeno"),
    "age_median": ("Median age", "Mediana wieku", "Medijan starosti"),
    "age_oldest": ("Oldest", "Najstarsze", "Najstariji"),
    "solutions": ("Solutions", "Rozwiązania", "Rješenja"),
    "again": ("Opened again", "Otwarte ponownie", "Ponovno otvoreno"),
    "reopenings": ("Reopenings", "Ponowne otwarcia", "Ponovna otvaranja"),
    "rate": ("Share opened again", "Udział otwartych ponownie", "Udio ponovno otvorenih"),
    "answers": ("Answers", "Odpowiedzi", "Odgovori"),
    "share": ("Share", "Udział", "Udio"),
    "satisfied": ("Satisfied", "Zadowoleni", "Zadovoljni"),
    "satisfied_share": ("Share satisfied", "Udział zadowolonych", "Udio zadovoljnih"),
    "ticket": ("Ticket", "Zgłoszenie", "Upit"),
    "at": ("When", "Kiedy", "Kada"),
    "solved": ("Solved", "Rozwiązane", "Riješeno"),
    "held": ("Open at the end", "Otwarte na koniec", "Otvoreno na kraju"),
    "target": ("Of what", "Czego", "Čega"),
    "suggested": ("Suggested", "Sugestie", "Prijedlozi"),
    "right": ("Right", "Trafne", "Točni"),
    "accuracy": ("Share right", "Udział trafnych", "Udio točnih"),
    "decided_right": ("Decided and right", "Rozstrzygnięte trafnie", "Odlučeno i točno"),
    "decided_accuracy": ("Share right of decided", "Trafne z rozstrzygniętych", "Udio točnih od odlučenih"),
    "term": ("Word", "Słowo", "Riječ"),
    "now": ("Now", "Teraz", "Sada"),
    "before": ("Before", "Przedtem", "Prije"),
    "growth": ("Growth", "Wzrost", "Rast"),
    "examples": ("Examples", "Przykłady", "Primjeri"),
    "overdue": ("Overdue", "Zaległe", "Zakašnjelo"),
    "verified": ("Verified", "Zweryfikowane", "Potvrđeno"),
    "what": ("What", "Co", "Što"),
    "owner": ("Who", "Kto", "Tko"),
    "due": ("Until", "Do kiedy", "Do kada"),
    "reviews": ("Reviews", "Kontrole", "Provjere"),
    "lowest": ("Lowest", "Najniższa", "Najniža"),
    "left": ("Drawn, not finished", "Wylosowane, nieukończone", "Izvučeno, nedovršeno"),
    "actions": ("Actions", "Działania", "Radnje"),
    "finished": ("Done in the period", "Wykonane w okresie", "Završeno u razdoblju"),
    "proposed": ("Proposed", "Zaproponowane", "Predloženo"),
    "accepted": ("Accepted", "Przyjęte", "Prihvaćeno"),
    "in_progress": ("In progress", "W toku", "U tijeku"),
    "done": ("Done", "Wykonane", "Završeno"),
    "dropped": ("Dropped", "Zaniechane", "Odustalo se"),
}

_VALUES: Final[dict[str, _Words]] = {
    "none": ("(none)", "(brak)", "(nema)"),
    "mon": ("Monday", "poniedziałek", "ponedjeljak"),
    "tue": ("Tuesday", "wtorek", "utorak"),
    "wed": ("Wednesday", "środa", "srijeda"),
    "thu": ("Thursday", "czwartek", "četvrtak"),
    "fri": ("Friday", "piątek", "petak"),
    "sat": ("Saturday", "sobota", "subota"),
    "sun": ("Sunday", "niedziela", "nedjelja"),
    "under_1_day": ("under a day", "poniżej dnia", "manje od dana"),
    "1_to_3_days": ("1 to 3 days", "1 do 3 dni", "1 do 3 dana"),
    "3_to_7_days": ("3 to 7 days", "3 do 7 dni", "3 do 7 dana"),
    "7_to_30_days": ("7 to 30 days", "7 do 30 dni", "7 do 30 dana"),
    "over_30_days": ("over 30 days", "ponad 30 dni", "više od 30 dana"),
    "training": ("Training", "Szkolenie", "Obuka"),
    "tool": ("Tool", "Narzędzie", "Alat"),
    "article": ("Article", "Artykuł", "Članak"),
    "process": ("Process", "Proces", "Postupak"),
    "first_response": ("First response", "Pierwsza odpowiedź", "Prvi odgovor"),
    "next_response": ("Next response", "Kolejna odpowiedź", "Sljedeći odgovor"),
    "resolution": ("Solution", "Rozwiązanie", "Rješenje"),
    "first_response_median": (
        "First response, median",
        "Pierwsza odpowiedź, mediana",
        "Prvi odgovor, medijan",
    ),
    "next_response_median": ("Next response, median", "Kolejna odpowiedź, mediana", "Sljedeći odgovor, medijan"),
    "resolution_median": ("Time to solution, median", "Czas rozwiązania, mediana", "Vrijeme do rješenja, medijan"),
    "resolution_worked_median": (
        "Time to solution, median in working time",
        "Czas rozwiązania, mediana w czasie pracy",
        "Vrijeme do rješenja, medijan u radnom vremenu",
    ),
    "reopen_rate": ("Share opened again", "Udział otwartych ponownie", "Udio ponovno otvorenih"),
    "satisfaction": ("Satisfaction, of 5", "Zadowolenie, na 5", "Zadovoljstvo, od 5"),
    "priority": ("Priority", "Priorytet", "Prioritet"),
    "new": ("New", "Nowe", "Novi"),
    "pending": ("Waiting for the customer", "Czeka na klienta", "Čeka klijenta"),
    "on_hold": ("On hold", "Wstrzymane", "Na čekanju"),
}

_UNITS: Final[dict[str, _Words]] = {
    "seconds": ("seconds", "sekundy", "sekunde"),
    "share": ("share", "udział", "udio"),
}

_CRITERIA: Final[dict[str, _Words]] = {
    "understood": (
        "The problem was understood, and nothing was asked that the customer had already said.",
        "Problem został zrozumiany, a klienta nie pytano o to, co już napisał.",
        "Problem je shvaćen i nije se pitalo ono što je klijent već rekao.",
    ),
    "correct": ("The answer is correct.", "Odpowiedź jest poprawna.", "Odgovor je točan."),
    "complete": (
        "Every question was answered, and the next step is clear.",
        "Odpowiedziano na każde pytanie, a następny krok jest jasny.",
        "Odgovoreno je na svako pitanje i sljedeći je korak jasan.",
    ),
    "clear": (
        "It is written clearly and without mistakes.",
        "Napisano jasno i bez błędów.",
        "Napisano je jasno i bez pogrešaka.",
    ),
    "polite": (
        "The tone is polite and fits what the customer feels.",
        "Ton jest uprzejmy i dopasowany do odczuć klienta.",
        "Ton je pristojan i primjeren onome što klijent osjeća.",
    ),
    "promises": (
        "What was promised was kept, or the customer was told in time.",
        "Dotrzymano tego, co obiecano, albo klienta uprzedzono na czas.",
        "Obećano je održano ili je klijent na vrijeme obaviješten.",
    ),
    "recorded": (
        "The record is complete: category, cause, solution.",
        "Wpis jest kompletny: kategoria, przyczyna, rozwiązanie.",
        "Zapis je potpun: kategorija, uzrok, rješenje.",
    ),
}

_OTHERS: Final[dict[str, _Words]] = {
    "report.previous": ("the period before", "poprzedni okres", "prethodno razdoblje"),
    "report.more": ("there are more", "jest ich więcej", "ima ih još"),
    "review.checklist.default": ("Standard checklist", "Standardowa lista kontrolna", "Standardni kontrolni popis"),
    "improvement.suggested": (
        "Look into “{term}”: {now} tickets, {before} in the period before",
        "Zbadać „{term}”: zgłoszeń {now}, w poprzednim okresie {before}",
        "Ispitati „{term}”: upita {now}, u prethodnom razdoblju {before}",
    ),
}


def _all(prefix: str, words: dict[str, _Words]) -> dict[str, dict[str, str]]:
    return {f"{prefix}{name}": dict(zip(("en", "pl", "hr"), each, strict=True)) for name, each in words.items()}


REPORT_TEXTS: Final[dict[str, dict[str, str]]] = {
    **_all("report.title.", _TITLES),
    **_all("report.about.", _ABOUT),
    **_all("report.by.", _BY),
    **_all("report.column.", _COLUMNS),
    **_all("report.value.", _VALUES),
    **_all("report.unit.", _UNITS),
    **_all("review.criterion.", _CRITERIA),
    **_all("", _OTHERS),
}
