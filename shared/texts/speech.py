"""What agents' commands are, how they are written, and what is answered to them. Part of the catalogue.

``speech.form.<name>`` is how a command is written, without its mark; ``speech.what.<name>`` what it does; ``speech.done.<name>`` what
happened. ``{word}`` is what somebody wrote, ``{near}`` what they may have meant, ``{form}`` how it is written, ``{list}`` what is possible.
"""

from typing import Final

# name: (form, what) in English, Polish and Croatian
_COMMANDS: Final[dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]]] = {
    "take": (
        ("take", "You have the ticket from now on."),
        ("weź", "Odtąd zgłoszenie jest u Ciebie."),
        ("uzmi", "Upit je od sada kod Vas."),
    ),
    "assign": (
        ("assign WHO", "Gives the ticket to an agent, by name or address, or to a team."),
        ("przydziel KTO", "Przydziela zgłoszenie osobie (imię lub adres) albo zespołowi."),
        ("dodijeli TKO", "Dodjeljuje upit osobi (ime ili adresa) ili timu."),
    ),
    "team": (
        ("team NAME", "Gives the ticket to a team."),
        ("zespół NAZWA", "Przekazuje zgłoszenie zespołowi."),
        ("tim NAZIV", "Predaje upit timu."),
    ),
    "note": (
        ("note TEXT", "Adds an internal note; the customer never sees it."),
        ("notatka TEKST", "Dodaje notatkę wewnętrzną; klient jej nie widzi."),
        ("bilješka TEKST", "Dodaje internu bilješku; kupac je ne vidi."),
    ),
    "solve": (
        ("solve SUMMARY", "The ticket is solved, and how; below an answer the summary may be left out."),
        ("rozwiąż OPIS", "Zgłoszenie jest rozwiązane, i jak; pod odpowiedzią opis można pominąć."),
        ("riješi OPIS", "Upit je riješen, i kako; ispod odgovora opis se može izostaviti."),
    ),
    "close": (
        ("close", "Closes the ticket."),
        ("zamknij", "Zamyka zgłoszenie."),
        ("zatvori", "Zatvara upit."),
    ),
    "reopen": (
        ("reopen", "Opens a solved or closed ticket again."),
        ("otwórz", "Otwiera ponownie rozwiązane lub zamknięte zgłoszenie."),
        ("otvori", "Ponovno otvara riješen ili zatvoren upit."),
    ),
    "snooze": (
        ("snooze until WHEN", "Puts the ticket off: 2h, 3d, tomorrow 9:00, monday, 2026-03-05 14:00."),
        ("odłóż do KIEDY", "Odkłada zgłoszenie: 2h, 3d, jutro 9:00, poniedziałek, 2026-03-05 14:00."),
        ("odgodi do KADA", "Odgađa upit: 2h, 3d, sutra 9:00, ponedjeljak, 2026-03-05 14:00."),
    ),
    "priority": (
        ("priority PRIORITY", "Sets the priority: low, normal, high, urgent."),
        ("priorytet PRIORYTET", "Ustawia priorytet: niski, normalny, wysoki, pilny."),
        ("prioritet PRIORITET", "Postavlja prioritet: nizak, normalan, visok, hitan."),
    ),
    "category": (
        ("category NAME", "Sets the category."),
        ("kategoria NAZWA", "Ustawia kategorię."),
        ("kategorija NAZIV", "Postavlja kategoriju."),
    ),
    "tag": (
        ("tag +NEW -OLD", "Adds and removes tags; names of several words in quotation marks."),
        ("etykieta +NOWA -STARA", "Dodaje i usuwa etykiety; nazwy z kilku słów w cudzysłowie."),
        ("oznaka +NOVA -STARA", "Dodaje i uklanja oznake; nazivi od više riječi u navodnicima."),
    ),
    "spam": (
        ("spam [block]", "The ticket is spam; with block, whatever its sender writes is held back from now on."),
        ("spam [blokuj]", "Zgłoszenie to spam; z blokuj odtąd zatrzymywane jest wszystko od tego nadawcy."),
        ("spam [blokiraj]", "Upit je neželjena pošta; s blokiraj se od sada zadržava sve od tog pošiljatelja."),
    ),
    "merge": (
        ("merge into T-1001", "The ticket becomes part of another one of the same customer."),
        ("scal z T-1001", "Zgłoszenie staje się częścią innego, tego samego klienta."),
        ("spoji s T-1001", "Upit postaje dio drugog upita istog kupca."),
    ),
    "split": (
        ("split [NUMBER]", "The customer's last message, or so many newest ones, become a ticket of their own."),
        ("wydziel [LICZBA]", "Ostatnia wiadomość klienta, albo tyle najnowszych, staje się osobnym zgłoszeniem."),
        ("odvoji [BROJ]", "Zadnja kupčeva poruka, ili toliko najnovijih, postaje zaseban upit."),
    ),
    "call": (
        ("call", "Rings your telephone, and then the customer's; each sees our number."),
        ("zadzwoń", "Dzwoni do Ciebie, a potem do klienta; każdy widzi nasz numer."),
        ("nazovi", "Zove Vas, a zatim kupca; svatko vidi naš broj."),
    ),
    "forward": (
        (
            "forward TO [TEXT]",
            "Sends the customer's last message, with your words, to somebody else; what they answer is internal.",
        ),
        (
            "przekaż DO [TEKST]",
            "Wysyła ostatnią wiadomość klienta, z Twoim tekstem, komuś innemu; odpowiedź jest wewnętrzna.",
        ),
        ("proslijedi KOME [TEKST]", "Šalje zadnju kupčevu poruku, s Vašim tekstom, nekom drugom; odgovor je interni."),
    ),
    "side": (
        (
            "side CHANNEL TO TEXT",
            "Asks somebody else by email, sms, whatsapp or telegram; the customer sees nothing of it.",
        ),
        (
            "zapytaj KANAŁ KOGO TEKST",
            "Pyta kogoś innego przez email, sms, whatsapp lub telegram; klient tego nie widzi.",
        ),
        ("pitaj KANAL KOGA TEKST", "Pita nekog drugog putem email, sms, whatsapp ili telegram; kupac to ne vidi."),
    ),
    "action": (
        (
            "action DEPARTMENT: TEXT [done]",
            "Writes down that a department was asked for something; done: it has done it.",
        ),
        ("akcja DZIAŁ: TEKST [gotowe]", "Zapisuje, o co poproszono dział; gotowe: już to zrobił."),
        ("radnja ODJEL: TEKST [gotovo]", "Zapisuje što je odjel zamoljen; gotovo: već je učinio."),
    ),
    "promise": (
        ("promise TEXT until WHEN", "Writes down what the customer was promised, and watches that it is kept."),
        ("obiecaj TEKST do KIEDY", "Zapisuje, co obiecano klientowi, i pilnuje terminu."),
        ("obećaj TEKST do KADA", "Zapisuje što je kupcu obećano i pazi na rok."),
    ),
    "macro": (
        ("macro NAME", "Answers with a prepared text and does what belongs to it."),
        ("makro NAZWA", "Odpowiada gotowym tekstem i robi, co do niego należy."),
        ("makro NAZIV", "Odgovara pripremljenim tekstom i čini što uz njega ide."),
    ),
    "status": (
        ("status", "Tells how the ticket stands."),
        ("stan", "Mówi, na czym stoi zgłoszenie."),
        ("stanje", "Kaže kako stoji upit."),
    ),
    "help": (
        ("help [COMMAND]", "Tells what can be written."),
        ("pomoc [POLECENIE]", "Mówi, co można napisać."),
        ("pomoć [NAREDBA]", "Kaže što se može napisati."),
    ),
    "send": (
        ("send CODE", "Sends what was held back, after all."),
        ("wyślij KOD", "Wysyła jednak to, co wstrzymano."),
        ("pošalji KOD", "Ipak šalje ono što je zadržano."),
    ),
    "cancel": (
        ("cancel CODE", "Drops what was held back."),
        ("anuluj KOD", "Odrzuca to, co wstrzymano."),
        ("odustani KOD", "Odbacuje ono što je zadržano."),
    ),
}

# name: (English, Polish, Croatian)
_WRONG: Final[dict[str, tuple[str, str, str]]] = {
    "unknown": ("{word} is no command.", "{word} to nie polecenie.", "{word} nije naredba."),
    "missing": ("{word}: something is missing.", "{word}: czegoś brakuje.", "{word}: nešto nedostaje."),
    "extra": (
        "{word} takes nothing more; other words go on a line of their own.",
        "{word} nie przyjmuje nic więcej; inne słowa piszemy w osobnym wierszu.",
        "{word} ne prima ništa više; druge riječi idu u vlastiti redak.",
    ),
    "too_many": (
        "There are too many commands or mistakes; at most {count} at once.",
        "Za dużo poleceń lub błędów; naraz najwyżej {count}.",
        "Previše naredbi ili pogrešaka; odjednom najviše {count}.",
    ),
    "too_long": (
        "The text is too long; at most {count} characters.",
        "Tekst jest za długi; najwyżej {count} znaków.",
        "Tekst je predug; najviše {count} znakova.",
    ),
    "ticket": ("There is no ticket {ticket}.", "Nie ma zgłoszenia {ticket}.", "Nema upita {ticket}."),
    "agent": ("There is no agent “{name}”.", "Nie ma osoby „{name}”.", "Nema osobe „{name}”."),
    "agents": (
        "“{name}” may be several agents; write the address.",
        "„{name}” to może być kilka osób; proszę podać adres.",
        "„{name}” može biti više osoba; napišite adresu.",
    ),
    "team": ("There is no team “{name}”.", "Nie ma zespołu „{name}”.", "Nema tima „{name}”."),
    "category": ("There is no category “{name}”.", "Nie ma kategorii „{name}”.", "Nema kategorije „{name}”."),
    "priority": ("There is no priority “{name}”.", "Nie ma priorytetu „{name}”.", "Nema prioriteta „{name}”."),
    "macro": ("There is no macro “{name}”.", "Nie ma makra „{name}”.", "Nema makronaredbe „{name}”."),
    "channel": ("There is no channel “{name}”.", "Nie ma kanału „{name}”.", "Nema kanala „{name}”."),
    "command": ("There is no command “{name}”.", "Nie ma polecenia „{name}”.", "Nema naredbe „{name}”."),
    "address": (
        "“{name}” is no address for {way}.",
        "„{name}” to nie adres: {way}.",
        "„{name}” nije adresa za {way}.",
    ),
    "time": (
        "“{name}” is no time. Write 2h, 3d, tomorrow 9:00, monday or 2026-03-05 14:00.",
        "„{name}” to nie termin. Proszę napisać 2h, 3d, jutro 9:00, poniedziałek albo 2026-03-05 14:00.",
        "„{name}” nije vrijeme. Napišite 2h, 3d, sutra 9:00, ponedjeljak ili 2026-03-05 14:00.",
    ),
    "past": (
        "{when} is over already.",
        "{when} to czas, który już minął.",
        "{when} je već prošlo.",
    ),
    "far": (
        "{when} is too far away; at most a year.",
        "{when} to za daleko; najwyżej rok.",
        "{when} je predaleko; najviše godinu dana.",
    ),
    "due": (
        "Say until when: … until friday 12:00.",
        "Proszę podać termin: … do piątku 12:00.",
        "Navedite rok: … do petka 12:00.",
    ),
    "department": (
        "Name the department and put a colon behind it.",
        "Proszę podać dział i postawić po nim dwukropek.",
        "Navedite odjel i iza njega stavite dvotočku.",
    ),
    "number": (
        "Name a ticket, such as T-1001.",
        "Proszę podać zgłoszenie, np. T-1001.",
        "Navedite upit, npr. T-1001.",
    ),
    "itself": (
        "{ticket} cannot be merged into itself.",
        "{ticket} nie można scalić z samym sobą.",
        "{ticket} se ne može spojiti sa samim sobom.",
    ),
    "messages": (
        "“{name}” is no message of the customer; there are {count}. Write last, or how many of the newest.",
        "„{name}” to nie wiadomość klienta; jest ich {count}. Proszę napisać ostatnia albo ile najnowszych.",
        "„{name}” nije kupčeva poruka; ima ih {count}. Napišite zadnja ili koliko najnovijih.",
    ),
    "nothing": (
        "The customer has written nothing that could be forwarded.",
        "Klient nie napisał nic, co można by przekazać.",
        "Kupac nije napisao ništa što bi se moglo proslijediti.",
    ),
    "text": ("Say what you want to write.", "Proszę napisać, co wysłać.", "Napišite što želite poslati."),
    "summary": (
        "Say how it was solved; nobody has answered the customer yet.",
        "Proszę napisać, jak rozwiązano sprawę; nikt jeszcze nie odpowiedział klientowi.",
        "Napišite kako je riješeno; kupcu još nitko nije odgovorio.",
    ),
    "telephone": (
        "No telephone is known to be yours; add it as one of your points first.",
        "Nie znamy potwierdzonego numeru Twojego telefonu; najpierw trzeba go dodać.",
        "Nije poznat Vaš potvrđeni broj telefona; najprije ga dodajte.",
    ),
    "nobody": (
        "Whoever asks is no agent; say whom you mean.",
        "Piszący nie jest pracownikiem; proszę podać, o kogo chodzi.",
        "Tko piše nije zaposlenik; navedite koga mislite.",
    ),
    "tags": (
        "Write +new -old; a tag has at most 200 characters.",
        "Proszę pisać +nowa -stara; etykieta ma najwyżej 200 znaków.",
        "Pišite +nova -stara; oznaka ima najviše 200 znakova.",
    ),
    "block": (
        "“{name}” means nothing here; write block or nothing.",
        "„{name}” nic tu nie znaczy; proszę napisać blokuj albo nic.",
        "„{name}” ovdje ne znači ništa; napišite blokiraj ili ništa.",
    ),
    "held": (
        "Nothing is held back under “{name}”.",
        "Pod „{name}” nic nie jest wstrzymane.",
        "Pod „{name}” ništa nije zadržano.",
    ),
    "long": (
        "That is too long; at most {count} characters.",
        "To za długie; najwyżej {count} znaków.",
        "To je predugo; najviše {count} znakova.",
    ),
    "empty": ("There is nothing to send.", "Nie ma nic do wysłania.", "Nema ništa za slanje."),
    "rights": ("You may not do that: {why}", "Nie wolno Ci tego zrobić: {why}", "To ne smijete učiniti: {why}"),
}

_DONE: Final[dict[str, tuple[str, str, str]]] = {
    "reply": ("the answer is sent to the customer", "odpowiedź wysłano do klienta", "odgovor je poslan kupcu"),
    "note": ("an internal note was added", "dodano notatkę wewnętrzną", "dodana je interna bilješka"),
    "take": ("with you", "jest u Ciebie", "kod Vas je"),
    "assign": ("with {who}", "prowadzi teraz {who}", "sada vodi {who}"),
    "team": ("with the team {who}", "w zespole {who}", "kod tima {who}"),
    "solve": ("solved", "rozwiązane", "riješeno"),
    "close": ("closed", "zamknięte", "zatvoreno"),
    "reopen": ("open again", "otwarte ponownie", "ponovno otvoreno"),
    "snooze": ("put off until {when}", "odłożone do {when}", "odgođeno do {when}"),
    "priority": ("priority: {what}", "priorytet: {what}", "prioritet: {what}"),
    "category": ("category: {what}", "kategoria: {what}", "kategorija: {what}"),
    "tag": ("tags: {what}", "etykiety: {what}", "oznake: {what}"),
    "spam": ("marked as spam", "oznaczone jako spam", "označeno kao neželjena pošta"),
    "spam_block": (
        "marked as spam, its sender blocked",
        "to spam, nadawca zablokowany",
        "neželjena pošta, pošiljatelj blokiran",
    ),
    "merge": ("part of {request} now", "teraz część {request}", "sada dio {request}"),
    "split": ("messages split off: {count}", "wydzielono wiadomości: {count}", "odvojeno poruka: {count}"),
    "call": ("your telephone rings in a moment", "za chwilę zadzwoni Twój telefon", "Vaš će telefon uskoro zazvoniti"),
    "forward": ("forwarded to {to}", "przekazano do: {to}", "proslijeđeno: {to}"),
    "side": (
        "{to} was asked ({way}): “{words}”",
        "zapytano {to} ({way}): „{words}”",
        "upitan je {to} ({way}): „{words}”",
    ),
    "action": ("action written down ({who})", "zapisano działanie ({who})", "zapisana radnja ({who})"),
    "action_done": (
        "action written down as done ({who})",
        "zapisano wykonane działanie ({who})",
        "zapisana obavljena radnja ({who})",
    ),
    "promise": ("promised until {when}", "obiecane do {when}", "obećano do {when}"),
    "macro": ("macro done: {name}", "makro wykonane: {name}", "makronaredba izvršena: {name}"),
    "undone": (
        "what came before it failed",
        "nie udało się to, co przedtem",
        "prethodno nije uspjelo",
    ),
}

_OTHER: Final[dict[str, tuple[str, str, str]]] = {
    "near": ("Did you mean {near}?", "Czy chodziło o {near}?", "Jeste li mislili {near}?"),
    "possible": ("There are: {list}.", "Są: {list}.", "Postoje: {list}."),
    "write": ("Write: {form}", "Proszę napisać: {form}", "Napišite: {form}"),
    "line": ("Line {count}: {text}", "Wiersz {count}: {text}", "Redak {count}: {text}"),
    "nothing_done": (
        "Nothing was done and nothing was sent.",
        "Nic nie zrobiono i nic nie wysłano.",
        "Ništa nije učinjeno i ništa nije poslano.",
    ),
    "escape": (
        "Who means such a line as it stands doubles the mark: ##",
        "Aby taki wiersz wysłać dosłownie, podwajamy znak: ##",
        "Tko takav redak misli doslovno, udvostruči znak: ##",
    ),
    "help": (
        "A line that begins with # or / is a command, the rest is your answer:",
        "Wiersz zaczynający się od # lub / to polecenie, reszta to odpowiedź:",
        "Redak koji počinje s # ili / je naredba, ostalo je Vaš odgovor:",
    ),
    "help_more": ("More: {form}", "Więcej: {form}", "Više: {form}"),
    "solved_so": ("As in our answer.", "Zgodnie z naszą odpowiedzią.", "Prema našem odgovoru."),
    "status.head": (
        "{ticket} “{subject}”: {state}.",
        "{ticket} „{subject}”: {state}.",
        "{ticket} „{subject}” – {state}.",
    ),
    "status.who": ("Who has it: {who}.", "U kogo: {who}.", "Kod koga: {who}."),
    "status.due": ("Due: {until}.", "Termin: {until}.", "Rok: {until}."),
    "status.last": ("Last message: {who}, {at}.", "Ostatnia wiadomość: {who}, {at}.", "Zadnja poruka: {who}, {at}."),
}


def _entry(words: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("en", "pl", "hr"), words, strict=True))


def _part(which: int) -> dict[str, dict[str, str]]:
    part = ("form", "what")[which]
    return {
        f"speech.{part}.{name}": _entry((en[which], pl[which], hr[which])) for name, (en, pl, hr) in _COMMANDS.items()
    }


SPEECH_TEXTS: Final[dict[str, dict[str, str]]] = {
    **_part(0),
    **_part(1),
    **{f"speech.wrong.{name}": _entry(words) for name, words in _WRONG.items()},
    **{f"speech.done.{name}": _entry(words) for name, words in _DONE.items()},
    **{f"speech.{name}": _entry(words) for name, words in _OTHER.items()},
}
