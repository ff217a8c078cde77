"""Why something that an agent wrote from a channel was not done, where that is common: in the agent's language, as `Refused` names it.
Part of the catalogue.

``{was}`` and ``{state}`` are names of statuses, ``{way}`` that of a channel.
"""

from typing import Final

from shared.texts.speaking import in_languages as _in

REFUSING_TEXTS: Final[dict[str, dict[str, str]]] = {
    "refused.internal": _in(
        "{ticket} is internal and has no customer; write a note (#note).",
        "{ticket} jest wewnętrzne i nie ma klienta; napisz notatkę (#notatka).",
        "{ticket} je interni i nema kupca; napišite bilješku (#bilješka).",
    ),
    "refused.spam": _in(
        "{ticket} is spam; reopen it first (#reopen).",
        "{ticket} to spam; najpierw otwórz je ponownie (#wznów).",
        "{ticket} je neželjen; najprije ga ponovno otvorite (#otvori).",
    ),
    "refused.merged": _in(
        "{ticket} was merged into another ticket; write there.",
        "{ticket} scalono z innym zgłoszeniem; napisz tam.",
        "{ticket} je spojen s drugim upitom; pišite ondje.",
    ),
    "refused.sent": _in(
        "It has been sent: it is too late to take it back.",
        "Już wysłano: za późno, aby cofnąć.",
        "Već je poslano: prekasno je za povlačenje.",
    ),
    "refused.taken_back": _in(
        "It was taken back already.",
        "Już to cofnięto.",
        "Već je povučeno.",
    ),
    "refused.no_room": _in(
        "What you have begun in it leaves no room for these words: send that first, or shorten it.",
        "Zaczęty tekst nie zostawia miejsca na te słowa: najpierw go wyślij lub skróć.",
        "Započeti tekst ne ostavlja mjesta za ove riječi: najprije ga pošaljite ili skratite.",
    ),
    "refused.ticket": _in("There is no ticket {ticket}.", "Nie ma zgłoszenia {ticket}.", "Nema upita {ticket}."),
    "refused.status": _in(
        "{ticket} cannot go from “{was}” to “{state}”.",
        "{ticket} nie może przejść ze stanu „{was}” do „{state}”.",
        "{ticket} ne može iz stanja „{was}” u „{state}”.",
    ),
    "refused.opted_out": _in(
        "The customer asked not to be written to by {way} (STOP).",
        "Klient poprosił, aby do niego nie pisać: {way} (STOP).",
        "Kupac je zamolio da mu se ne piše: {way} (STOP).",
    ),
    "refused.unreachable": _in(
        "The customer cannot be reached any more: {way}.",
        "Klient jest już nieosiągalny: {way}.",
        "Kupac više nije dostupan: {way}.",
    ),
    "refused.address": _in(
        "{ticket} has no address of its customer to answer to.",
        "{ticket} nie ma adresu klienta, na który można odpowiedzieć.",
        "{ticket} nema adresu kupca na koju se može odgovoriti.",
    ),
    "refused.mail": _in(
        "An attached mail has your address in it; write or save what it says instead.",
        "Załączona wiadomość zawiera Twój adres; napisz lub zapisz jej treść osobno.",
        "Priložena poruka sadrži Vašu adresu; napišite ili spremite njezin sadržaj posebno.",
    ),
    "refused.empty": _in("There is nothing to send.", "Nie ma nic do wysłania.", "Nema ništa za slanje."),
    "refused.auditor": _in(
        "An auditor may look, and change nothing.",
        "Audytor może tylko przeglądać, niczego nie zmienia.",
        "Revizor smije samo gledati i ništa ne mijenja.",
    ),
}
