"""What agents are told of a ticket's record. ``{what}`` is what was promised or asked for, ``{until}`` when it is due."""

from typing import Final

_LAST: Final = {"en": "\n\n{company}\n", "pl": "\n\n{company}\n", "hr": "\n\n{company}\n"}


def _mail(en: str, pl: str, hr: str) -> dict[str, str]:
    begins = {"en": "Hello,\n\n", "pl": "Dzień dobry,\n\n", "hr": "Poštovani,\n\n"}
    return {
        language: begins[language] + words + _LAST[language] for language, words in (("en", en), ("pl", pl), ("hr", hr))
    }


RECORD_TEXTS: Final[dict[str, dict[str, str]]] = {
    "record.promise_due.subject": {
        "en": "Promised to the customer by {until}",
        "pl": "Obietnica dla klienta, termin {until}",
        "hr": "Obećanje klijentu, rok {until}",
    },
    "record.promise_due.body": _mail(
        "the customer of {ticket} “{subject}” was promised:\n\n{what}\n\nIt is due at {until} and not yet marked as kept.",
        "klientowi w zgłoszeniu {ticket} „{subject}” obiecano:\n\n{what}\n\nTermin mija {until}, a obietnica nie jest jeszcze "
        "oznaczona jako dotrzymana.",
        "klijentu upita {ticket} „{subject}” obećano je:\n\n{what}\n\nRok je {until}, a obećanje još nije označeno kao ispunjeno.",
    ),
    "record.promise_broken.subject": {
        "en": "Promise not kept (due {until})",
        "pl": "Niedotrzymana obietnica (termin {until})",
        "hr": "Neispunjeno obećanje (rok {until})",
    },
    "record.promise_broken.body": _mail(
        "the customer of {ticket} “{subject}” was promised:\n\n{what}\n\nIt was due at {until} and nobody has marked it as kept. "
        "Please tell the customer how things stand, and when it will be done.",
        "klientowi w zgłoszeniu {ticket} „{subject}” obiecano:\n\n{what}\n\nTermin minął {until} i nikt nie oznaczył obietnicy jako "
        "dotrzymanej. Prosimy powiadomić klienta, jak wygląda sprawa i kiedy zostanie załatwiona.",
        "klijentu upita {ticket} „{subject}” obećano je:\n\n{what}\n\nRok je bio {until} i nitko obećanje nije označio kao ispunjeno. "
        "Molimo javite klijentu kako stvar stoji i kada će biti riješena.",
    ),
    "record.task_due.subject": {
        "en": "Task due at {until}",
        "pl": "Zadanie z terminem {until}",
        "hr": "Zadatak s rokom {until}",
    },
    "record.task_due.body": _mail(
        "this task of {ticket} “{subject}” is due at {until}:\n\n{what}",
        "zadanie w zgłoszeniu {ticket} „{subject}” ma termin {until}:\n\n{what}",
        "zadatak u upitu {ticket} „{subject}” ima rok {until}:\n\n{what}",
    ),
    "record.task_overdue.subject": {
        "en": "Task overdue since {until}",
        "pl": "Zadanie po terminie ({until})",
        "hr": "Zadatak kasni (rok {until})",
    },
    "record.task_overdue.body": _mail(
        "this task of {ticket} “{subject}” was due at {until} and is not done:\n\n{what}",
        "termin zadania w zgłoszeniu {ticket} „{subject}” minął {until}, a zadanie nie jest wykonane:\n\n{what}",
        "rok zadatka u upitu {ticket} „{subject}” bio je {until}, a zadatak nije obavljen:\n\n{what}",
    ),
    "record.prevention_due.subject": {
        "en": "Preventive action due at {until}",
        "pl": "Działanie zapobiegawcze, termin {until}",
        "hr": "Preventivna mjera, rok {until}",
    },
    "record.prevention_due.body": _mail(
        "this preventive action of {ticket} “{subject}” is due at {until}, and nobody has verified it yet:\n\n{what}",
        "działanie zapobiegawcze ze zgłoszenia {ticket} „{subject}” ma termin {until} i nikt go jeszcze nie sprawdził:\n\n{what}",
        "preventivna mjera iz upita {ticket} „{subject}” ima rok {until} i nitko je još nije provjerio:\n\n{what}",
    ),
    "record.prevention_overdue.subject": {
        "en": "Preventive action overdue since {until}",
        "pl": "Działanie zapobiegawcze po terminie ({until})",
        "hr": "Preventivna mjera kasni (rok {until})",
    },
    "record.prevention_overdue.body": _mail(
        "this preventive action of {ticket} “{subject}” was due at {until}, and nobody has verified that it works:\n\n{what}",
        "termin działania zapobiegawczego ze zgłoszenia {ticket} „{subject}” minął {until} i nikt nie potwierdził, że jest "
        "skuteczne:\n\n{what}",
        "rok preventivne mjere iz upita {ticket} „{subject}” bio je {until} i nitko nije potvrdio da djeluje:\n\n{what}",
    ),
    "record.missing.actions_done": {
        "en": "all actions done",
        "pl": "wykonanie wszystkich działań",
        "hr": "sve radnje obavljene",
    },
    "record.missing.promises_done": {
        "en": "all promises kept or made up for",
        "pl": "spełnienie wszystkich obietnic",
        "hr": "sva obećanja ispunjena",
    },
    "record.not_closed.subject": {
        "en": "Not closed yet: the record is not complete",
        "pl": "Jeszcze nie zamknięto: brakuje danych",
        "hr": "Još nije zatvoreno: nedostaju podaci",
    },
    "record.not_closed.body": _mail(
        "{ticket} “{subject}” would be closed now, but its category requires what is not there yet:\n\n{missing}\n\n"
        "It will be closed by itself as soon as this is written down.",
        "zgłoszenie {ticket} „{subject}” zostałoby teraz zamknięte, ale jego kategoria wymaga danych, których brakuje:\n\n{missing}\n\n"
        "Zostanie zamknięte samo, gdy tylko zostaną uzupełnione.",
        "upit {ticket} „{subject}” sada bi bio zatvoren, ali njegova kategorija traži ono što nedostaje:\n\n{missing}\n\n"
        "Zatvorit će se sam čim se to upiše.",
    ),
}
