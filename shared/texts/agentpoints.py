"""What agents read when they add a telephone, a chat or another mailbox to be told by, and prove that it is theirs. Part of the catalogue.

``{code}`` is the code, ``{link}`` where a click proves the same, ``{way}`` the point: a number, an address, or the name of a channel.
"""

from typing import Final

AGENT_POINT_TEXTS: Final[dict[str, dict[str, str]]] = {
    "agent.point.subject": {
        "en": "{company}: is this address yours?",
        "pl": "{company}: czy to Twój adres?",
        "hr": "{company}: je li ovo Vaša adresa?",
    },
    "agent.point.body": {
        "en": """\
Hello,

somebody wants {company} to tell you of tickets at this address, and to believe what you write from it.

If that is you, use this code within 15 minutes: {code}

If not, there is nothing to do: without the code nothing happens.
""",
        "pl": """\
Dzień dobry,

ktoś chce, aby {company} powiadamiało Cię o zgłoszeniach pod tym adresem i ufało temu, co z niego napiszesz.

Jeśli to Ty, użyj tego kodu w ciągu 15 minut: {code}

Jeśli nie, nic nie trzeba robić: bez kodu nic się nie stanie.
""",
        "hr": """\
Poštovani,

netko želi da Vas {company} na ovoj adresi obavještava o upitima i vjeruje onome što s nje napišete.

Ako ste to Vi, upotrijebite ovaj kod u roku od 15 minuta: {code}

Ako niste, ne trebate učiniti ništa: bez koda se ništa ne događa.
""",
    },
    "agent.point.short": {
        "en": "{company}: your code is {code}. It counts for 15 minutes. Give it to nobody.",
        "pl": "{company}: kod {code}. Ważny 15 minut. Nie podawaj go nikomu.",
        "hr": "{company}: kod {code}. Vrijedi 15 minuta. Ne dajte ga nikome.",
    },
    "agent.point_link.body": {
        "en": """\
Hello,

somebody wants {company} to tell you of tickets at this address, and to believe what you write from it.

If that is you, confirm it here within 15 minutes:
{link}

Or use this code: {code}

If not, there is nothing to do: as long as nobody confirms it nothing happens.
""",
        "pl": """\
Dzień dobry,

ktoś chce, aby {company} powiadamiało Cię o zgłoszeniach pod tym adresem i ufało temu, co z niego napiszesz.

Jeśli to Ty, potwierdź to tutaj w ciągu 15 minut:
{link}

Możesz też użyć tego kodu: {code}

Jeśli nie, nic nie trzeba robić: bez potwierdzenia nic się nie stanie.
""",
        "hr": """\
Poštovani,

netko želi da Vas {company} na ovoj adresi obavještava o upitima i vjeruje onome što s nje napišete.

Ako ste to Vi, potvrdite ovdje u roku od 15 minuta:
{link}

Ili upotrijebite ovaj kod: {code}

Ako niste, ne trebate učiniti ništa: bez potvrde se ništa ne događa.
""",
    },
    "agent.point_proven.subject": {
        "en": "{company}: a new way to reach you",
        "pl": "{company}: nowy sposób kontaktu z Tobą",
        "hr": "{company}: novi način da Vas dosegnemo",
    },
    "agent.point_proven.body": {
        "en": """\
Hello,

from now on {company} can tell you of tickets by {way}, and believes what you write from there.

If that was not you, tell whoever looks after {company} at once: they can take it away again.
""",
        "pl": """\
Dzień dobry,

od teraz {company} może powiadamiać Cię o zgłoszeniach przez: {way}, i ufa temu, co stamtąd napiszesz.

Jeśli to nie Ty, od razu powiadom administratora ({company}): może to cofnąć.
""",
        "hr": """\
Poštovani,

od sada Vas {company} može obavještavati o upitima putem: {way}, i vjeruje onome što odande napišete.

Ako to niste bili Vi, odmah obavijestite administratora ({company}): može to opozvati.
""",
    },
    "agent.linked.short": {
        "en": "This chat is yours now, {name}: {company} tells you of tickets here, and believes what you write. #help shows the commands.",
        "pl": "Ten czat jest teraz Twój, {name}: {company} powiadamia tu o zgłoszeniach i ufa temu, co napiszesz. #help pokaże polecenia.",
        "hr": "Ovaj je razgovor sada Vaš, {name}: {company} ovdje javlja o upitima i vjeruje onome što napišete. #help pokazuje naredbe.",
    },
    "agent.link_refused.short": {
        "en": "{company}: this code does not count (any more). Please ask for a new one and open its link here within 15 minutes.",
        "pl": "{company}: ten kod jest nieważny. Poproś o nowy i otwórz tu jego link w ciągu 15 minut.",
        "hr": "{company}: ovaj kod ne vrijedi (više). Zatražite novi i otvorite njegovu poveznicu ovdje u roku od 15 minuta.",
    },
    "point.title": {
        "en": "Is this address yours?",
        "pl": "Czy to Twój adres?",
        "hr": "Je li ovo Vaša adresa?",
    },
    "point.ask": {
        "en": "{company} is to tell {name} of tickets at {address}, and to believe what is written from there.",
        "pl": "{company} ma powiadamiać pod {address} o zgłoszeniach ({name}) i ufać temu, co stamtąd przyjdzie.",
        "hr": "{company} treba na {address} obavještavati o upitima ({name}) i vjerovati onome što odande dođe.",
    },
    "point.confirm": {"en": "Yes, this is mine", "pl": "Tak, to mój adres", "hr": "Da, ovo je moja adresa"},
    "point.done.title": {"en": "Confirmed", "pl": "Potwierdzono", "hr": "Potvrđeno"},
    "point.done": {
        "en": "From now on you are told here, and believed here. You can close this page.",
        "pl": "Od teraz powiadomienia przychodzą tutaj. Można zamknąć tę stronę.",
        "hr": "Od sada obavijesti stižu ovamo. Ovu stranicu možete zatvoriti.",
    },
    "point.gone.title": {
        "en": "This link leads nowhere",
        "pl": "Ten link nie działa",
        "hr": "Ova poveznica ne vodi nikamo",
    },
    "point.gone": {
        "en": "It was used already, or is older than 15 minutes. Ask for a new code.",
        "pl": "Został już użyty albo ma więcej niż 15 minut. Poproś o nowy kod.",
        "hr": "Već je iskorištena ili je starija od 15 minuta. Zatražite novi kod.",
    },
    "point.away.title": {"en": "Please try again", "pl": "Spróbuj ponownie", "hr": "Pokušajte ponovno"},
    "point.away": {
        "en": "That could not be done just now. Please try again in a minute.",
        "pl": "Nie udało się tego teraz zrobić. Spróbuj ponownie za minutę.",
        "hr": "To se trenutno nije moglo učiniti. Pokušajte ponovno za minutu.",
    },
}
