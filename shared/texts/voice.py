"""What callers hear, and what a ticket says of calls. Part of the catalogue, save how a time and a number are spoken.

Short sentences without brackets or abbreviations: a voice reads them. ``{ticket}`` is a number, digit by digit.
"""

from datetime import datetime
from typing import Final

VOICE_TEXTS: Final[dict[str, dict[str, str]]] = {
    "voice.welcome": {
        "en": "Hello, this is {company}.",
        "pl": "Dzień dobry, tu {company}.",
        "hr": "Dobar dan, ovdje {company}.",
    },
    "voice.menu": {
        "en": "To leave us a message, please wait. To hear how your request stands, key in its number and the hash key. For your latest "
        "request, press one and the hash key.",
        "pl": "Aby zostawić wiadomość, prosimy zaczekać. Aby usłyszeć stan zgłoszenia, prosimy wybrać jego numer i krzyżyk. Ostatnie "
        "zgłoszenie: jeden i krzyżyk.",
        "hr": "Želite li ostaviti poruku, pričekajte. Želite li čuti stanje svojeg upita, utipkajte njegov broj i ljestve. Za posljednji "
        "upit pritisnite jedan i ljestve.",
    },
    "voice.leave": {
        "en": "Please leave your message after the tone, and press the hash key at the end. We will call you back.",
        "pl": "Prosimy zostawić wiadomość po sygnale i na końcu nacisnąć krzyżyk. Oddzwonimy.",
        "hr": "Ostavite poruku nakon zvučnog signala i na kraju pritisnite ljestve. Nazvat ćemo Vas.",
    },
    "voice.leave.withheld": {
        "en": "Please leave your message after the tone, and press the hash key at the end. Your number is withheld, so please say how we "
        "can reach you.",
        "pl": "Prosimy zostawić wiadomość po sygnale i na końcu nacisnąć krzyżyk. Państwa numer jest zastrzeżony, dlatego prosimy "
        "powiedzieć, jak możemy się skontaktować.",
        "hr": "Ostavite poruku nakon zvučnog signala i na kraju pritisnite ljestve. Vaš je broj skriven, stoga recite kako Vas možemo "
        "dobiti.",
    },
    "voice.thanks": {
        "en": "Thank you. We have your message and will call you back. Goodbye.",
        "pl": "Dziękujemy. Mamy Państwa wiadomość i oddzwonimy. Do usłyszenia.",
        "hr": "Hvala. Zaprimili smo Vašu poruku i nazvat ćemo Vas. Doviđenja.",
    },
    "voice.thanks.withheld": {
        "en": "Thank you. We have your message. Goodbye.",
        "pl": "Dziękujemy. Mamy Państwa wiadomość. Do usłyszenia.",
        "hr": "Hvala. Zaprimili smo Vašu poruku. Doviđenja.",
    },
    "voice.silent": {
        "en": "We did not hear anything, but we see that you called, and will call you back. Goodbye.",
        "pl": "Nic nie usłyszeliśmy, ale widzimy, że Państwo dzwonili, i oddzwonimy. Do usłyszenia.",
        "hr": "Ništa nismo čuli, ali vidimo da ste zvali i nazvat ćemo Vas. Doviđenja.",
    },
    "voice.silent.withheld": {
        "en": "We did not hear anything. Please call again. Goodbye.",
        "pl": "Nic nie usłyszeliśmy. Prosimy zadzwonić ponownie. Do usłyszenia.",
        "hr": "Ništa nismo čuli. Nazovite ponovno. Doviđenja.",
    },
    "voice.status.due": {
        "en": "Your request {ticket}: {state}. Taken care of by {who}. You will hear from us by {until}.",
        "pl": "Zgłoszenie {ticket}: {state}. Zajmuje się nim {who}. Odezwiemy się najpóźniej: {until}.",
        "hr": "Upit {ticket}: {state}. Za njega je zadužen: {who}. Javit ćemo Vam se najkasnije: {until}.",
    },
    "voice.status.plain": {
        "en": "Your request {ticket}: {state}. Taken care of by {who}.",
        "pl": "Zgłoszenie {ticket}: {state}. Zajmuje się nim {who}.",
        "hr": "Upit {ticket}: {state}. Za njega je zadužen: {who}.",
    },
    "voice.status.none": {
        "en": "We find no request {ticket} that belongs to this telephone.",
        "pl": "Nie znajdujemy zgłoszenia {ticket}, które należałoby do tego telefonu.",
        "hr": "Ne nalazimo upit {ticket} koji bi pripadao ovom telefonu.",
    },
    "voice.status.latest": {
        "en": "We find no request that belongs to this telephone.",
        "pl": "Nie znajdujemy zgłoszenia, które należałoby do tego telefonu.",
        "hr": "Ne nalazimo nijedan upit koji bi pripadao ovom telefonu.",
    },
    "voice.status.away": {
        "en": "We cannot look that up at the moment.",
        "pl": "W tej chwili nie możemy tego sprawdzić.",
        "hr": "To trenutačno ne možemo provjeriti.",
    },
    "voice.again": {
        "en": "To hear of another request, key in its number and the hash key. To leave us a message, please wait.",
        "pl": "Aby usłyszeć o innym zgłoszeniu, prosimy wybrać jego numer i krzyżyk. Aby zostawić wiadomość, prosimy zaczekać.",
        "hr": "Želite li čuti o drugom upitu, utipkajte njegov broj i ljestve. Želite li ostaviti poruku, pričekajte.",
    },
    "voice.bridge": {
        "en": "This is {company}. You are being connected with the customer of ticket {ticket}.",
        "pl": "Tu {company}. Łączymy z klientem, zgłoszenie {ticket}.",
        "hr": "Ovdje {company}. Spajamo Vas s korisnikom, upit {ticket}.",
    },
    "call.answered": {
        "en": "Call to the customer: answered, {span}.",
        "pl": "Rozmowa z klientem: odebrana, {span}.",
        "hr": "Poziv korisniku: javio se, {span}.",
    },
    "call.unanswered": {
        "en": "Call to the customer: not connected. {error}",
        "pl": "Rozmowa z klientem: brak połączenia. {error}",
        "hr": "Poziv korisniku: nije uspostavljen. {error}",
    },
    "call.busy": {"en": "The line was busy.", "pl": "Numer był zajęty.", "hr": "Linija je bila zauzeta."},
    "call.no-answer": {"en": "Nobody answered.", "pl": "Nikt nie odebrał.", "hr": "Nitko se nije javio."},
    "call.failed": {
        "en": "The number could not be reached.",
        "pl": "Nie udało się połączyć z numerem.",
        "hr": "Broj nije bilo moguće dobiti.",
    },
    "call.agent": {
        "en": "The agent's phone did not answer.",
        "pl": "Telefon konsultanta nie odpowiedział.",
        "hr": "Agent se nije javio na svoj telefon.",
    },
    "call.gone": {
        "en": "The agent hung up before.",
        "pl": "Konsultant rozłączył się wcześniej.",
        "hr": "Agent je prije toga prekinuo vezu.",
    },
    "call.late": {
        "en": "It could not be begun within five minutes.",
        "pl": "Nie udało się go rozpocząć w ciągu pięciu minut.",
        "hr": "Nije mogao započeti unutar pet minuta.",
    },
}

# In the case that follows a day's number.
_MONTHS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "pl": ("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada",
           "grudnia"),
    "hr": ("siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja", "srpnja", "kolovoza", "rujna", "listopada", "studenoga",
           "prosinca"),
}  # fmt: skip
_TIMES: Final[dict[str, str]] = {
    "en": "{day} {month}, {time}",
    "pl": "{day} {month}, {time}",
    "hr": "{day}. {month}, {time}",
}


def spoken_time(at: datetime, language: str) -> str:
    """A moment, in the zone it is given in, as a voice reads it: ``2 March, 14:00``. Raises `KeyError` for a language without texts."""
    return _TIMES[language].format(day=at.day, month=_MONTHS[language][at.month - 1], time=f"{at:%H:%M}")


def spoken_number(number: int) -> str:
    """A ticket's number, digit by digit."""
    return " ".join(str(number))


def span(seconds: int) -> str:
    """How long a call was, in figures that read alike in every language: ``3 min 12 s``."""
    minutes, rest = divmod(max(seconds, 0), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
