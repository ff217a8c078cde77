"""Texts of the customers' portal: signing in by a code, the list of requests, a new one; and what the code comes with."""

from typing import Final

PORTAL_TEXTS: Final[dict[str, dict[str, str]]] = {
    # -- the code --------------------------------------------------------------------------------------------------------
    "portal.code.subject": {
        "en": "{company}: your code",
        "pl": "{company}: kod logowania",
        "hr": "{company}: Vaš kod",
    },
    "portal.code.body": {
        "en": """\
Hello,

your code is {code}

Type it on the page where you asked for it, within 10 minutes. It works there alone, and only once.

If you did not ask for a code, there is nothing to do: without it nobody sees anything. Please give it to nobody; we never ask for it.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

Państwa kod: {code}

Prosimy wpisać go w ciągu 10 minut na stronie, na której o niego poproszono. Działa tylko tam i tylko raz.

Jeśli to nie Państwo prosili o kod, nie trzeba nic robić: bez niego nikt niczego nie zobaczy. Prosimy nikomu go nie podawać; nigdy o niego \
nie pytamy.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

Vaš je kod {code}

Upišite ga u roku od 10 minuta na stranici na kojoj ste ga zatražili. Vrijedi samo ondje i samo jednom.

Ako niste tražili kod, ne trebate učiniti ništa: bez njega nitko ništa ne vidi. Ne dajte ga nikome; mi ga nikad ne tražimo.

Srdačan pozdrav,
{company}
""",
    },
    "portal.code.short": {
        "en": "{company}: your code is {code}. It works for 10 minutes. Give it to nobody.",
        "pl": "{company}: kod {code}. Ważny 10 minut. Prosimy nikomu go nie podawać.",
        "hr": "{company}: Vaš kod je {code}. Vrijedi 10 minuta. Ne dajte ga nikome.",
    },
    # -- signing in ------------------------------------------------------------------------------------------------------
    "portal.title": {"en": "Your requests", "pl": "Państwa zgłoszenia", "hr": "Vaši upiti"},
    "portal.sign_in": {"en": "See your requests", "pl": "Zobacz swoje zgłoszenia", "hr": "Pogledajte svoje upite"},
    "portal.lead": {
        "en": "No password is needed. We send a code to the email address or phone number by which you wrote to us.",
        "pl": "Hasło nie jest potrzebne. Wyślemy kod na adres e-mail lub numer telefonu, z którego Państwo do nas pisali.",
        "hr": "Lozinka nije potrebna. Poslat ćemo kod na adresu e-pošte ili broj telefona s kojeg ste nam pisali.",
    },
    "portal.point": {
        "en": "Email address or phone number",
        "pl": "Adres e-mail lub numer telefonu",
        "hr": "Adresa e-pošte ili broj telefona",
    },
    "portal.point.hint": {
        "en": "A phone number with the country code, like +44 20 7946 0018.",
        "pl": "Numer telefonu z numerem kierunkowym kraju, np. +48 22 123 45 67.",
        "hr": "Broj telefona s pozivnim brojem države, npr. +385 1 234 5678.",
    },
    "portal.send_code": {"en": "Send me a code", "pl": "Wyślij kod", "hr": "Pošalji kod"},
    "portal.by_number": {
        "en": "You know only the number of one request?",
        "pl": "Znają Państwo tylko numer jednego zgłoszenia?",
        "hr": "Znate samo broj jednog upita?",
    },
    "portal.by_number.link": {
        "en": "Look it up by its number",
        "pl": "Sprawdź według numeru",
        "hr": "Provjerite ga po broju",
    },
    "portal.all": {
        "en": "See all your requests instead",
        "pl": "Zobacz wszystkie zgłoszenia",
        "hr": "Pogledajte sve svoje upite",
    },
    "portal.status": {
        "en": "How does my request stand?",
        "pl": "Co z moim zgłoszeniem?",
        "hr": "U kojoj je fazi moj upit?",
    },
    "portal.status.lead": {
        "en": "We send a code to the email address or phone number by which you take part in the request.",
        "pl": "Wyślemy kod na adres e-mail lub numer telefonu, którego dotyczy zgłoszenie.",
        "hr": "Poslat ćemo kod na adresu e-pošte ili broj telefona povezan s upitom.",
    },
    "portal.number": {"en": "Number of the request", "pl": "Numer zgłoszenia", "hr": "Broj upita"},
    "portal.number.hint": {
        "en": "It stands in our messages, like T-1001.",
        "pl": "Jest w naszych wiadomościach, np. T-1001.",
        "hr": "Nalazi se u našim porukama, npr. T-1001.",
    },
    "portal.code": {"en": "Type the code", "pl": "Wpisz kod", "hr": "Upišite kod"},
    "portal.code.sent": {
        "en": "If we know {point}, a code is on its way there. It works for 10 minutes, on this page alone.",
        "pl": "Jeśli znamy {point}, kod jest już w drodze. Działa przez 10 minut i tylko na tej stronie.",
        "hr": "Ako nam je {point} poznato, kod je već na putu. Vrijedi 10 minuta i samo na ovoj stranici.",
    },
    "portal.code.label": {"en": "The six digits", "pl": "Sześć cyfr", "hr": "Šest znamenki"},
    "portal.code.go": {"en": "Continue", "pl": "Dalej", "hr": "Nastavi"},
    "portal.code.none": {
        "en": "No code after a few minutes? Please look among the unwanted mail, and whether the address is the one you wrote to us from.",
        "pl": "Kod nie przyszedł po kilku minutach? Prosimy sprawdzić spam oraz czy to adres, z którego Państwo do nas pisali.",
        "hr": "Kod nije stigao nakon nekoliko minuta? Provjerite neželjenu poštu i je li to adresa s koje ste nam pisali.",
    },
    "portal.code.again": {"en": "Ask for another code", "pl": "Poproś o inny kod", "hr": "Zatražite drugi kod"},
    "portal.wrong.point": {
        "en": "Please give an email address, or a phone number with the country code.",
        "pl": "Prosimy podać adres e-mail lub numer telefonu z numerem kierunkowym kraju.",
        "hr": "Upišite adresu e-pošte ili broj telefona s pozivnim brojem države.",
    },
    "portal.wrong.number": {
        "en": "Please give the number of the request, like T-1001.",
        "pl": "Prosimy podać numer zgłoszenia, np. T-1001.",
        "hr": "Upišite broj upita, npr. T-1001.",
    },
    "portal.wrong.code": {
        "en": "That is not the code. Please look at the newest message from us.",
        "pl": "To nie jest właściwy kod. Prosimy sprawdzić najnowszą wiadomość od nas.",
        "hr": "To nije ispravan kod. Pogledajte našu najnoviju poruku.",
    },
    "portal.wrong.over": {
        "en": "No code works on this page any more. Please ask for another one.",
        "pl": "Na tej stronie żaden kod już nie działa. Prosimy poprosić o inny.",
        "hr": "Na ovoj stranici više ne vrijedi nijedan kod. Zatražite drugi.",
    },
    "portal.wrong.often": {
        "en": "That was often. Please wait a while, then try again.",
        "pl": "To było zbyt często. Prosimy odczekać i spróbować ponownie.",
        "hr": "To je bilo prečesto. Pričekajte pa pokušajte ponovno.",
    },
    "portal.wrong.signed_out": {
        "en": "You are no longer signed in. Please sign in again; nothing that we have is lost.",
        "pl": "Sesja wygasła. Prosimy zalogować się ponownie; nic, co otrzymaliśmy, nie przepadło.",
        "hr": "Više niste prijavljeni. Prijavite se ponovno; ništa što smo zaprimili nije izgubljeno.",
    },
    "portal.left": {
        "en": "You are signed out.",
        "pl": "Wylogowano.",
        "hr": "Odjavljeni ste.",
    },
    # -- signed in -------------------------------------------------------------------------------------------------------
    "portal.places": {"en": "Your pages", "pl": "Państwa strony", "hr": "Vaše stranice"},
    "portal.new": {"en": "New request", "pl": "Nowe zgłoszenie", "hr": "Novi upit"},
    "portal.leave": {"en": "Sign out", "pl": "Wyloguj", "hr": "Odjava"},
    "portal.as": {"en": "Signed in as {point}", "pl": "Zalogowano: {point}", "hr": "Prijavljeni: {point}"},
    "portal.alone": {
        "en": "You see what was written in the name of this address or number. Write to us from it once, and you see all your requests.",
        "pl": "Widać zgłoszenia z tego adresu lub numeru. Wystarczy raz napisać z niego do nas, by zobaczyć wszystkie swoje zgłoszenia.",
        "hr": "Vidite upite s ove adrese ili broja. Pišite nam jednom s nje i vidjet ćete sve svoje upite.",
    },
    "portal.search": {"en": "Number or words", "pl": "Numer lub słowa", "hr": "Broj ili riječi"},
    "portal.search.go": {"en": "Search", "pl": "Szukaj", "hr": "Traži"},
    "portal.state": {"en": "Which ones", "pl": "Które", "hr": "Koji"},
    "portal.state.all": {"en": "All", "pl": "Wszystkie", "hr": "Svi"},
    "portal.none": {
        "en": "There is no request here yet.",
        "pl": "Nie ma tu jeszcze zgłoszeń.",
        "hr": "Ovdje još nema upita.",
    },
    "portal.none.found": {
        "en": "Nothing fits. Please try other words, or look at all of them.",
        "pl": "Nic nie pasuje. Prosimy spróbować innych słów lub zobaczyć wszystkie.",
        "hr": "Ništa ne odgovara. Pokušajte s drugim riječima ili pogledajte sve.",
    },
    "portal.since": {"en": "received {when}", "pl": "otrzymano {when}", "hr": "primljeno {when}"},
    "portal.pages": {"en": "Pages", "pl": "Strony", "hr": "Stranice"},
    "portal.newer": {"en": "Newer", "pl": "Nowsze", "hr": "Noviji"},
    "portal.older": {"en": "Older", "pl": "Starsze", "hr": "Stariji"},
    "portal.new.lead": {
        "en": "Tell us what it is about. We answer to {point}, and here.",
        "pl": "Prosimy napisać, o co chodzi. Odpowiemy na {point} i tutaj.",
        "hr": "Napišite o čemu je riječ. Odgovorit ćemo na {point} i ovdje.",
    },
    "portal.articles": {"en": "This may help at once", "pl": "To może pomóc od razu", "hr": "Ovo može odmah pomoći"},
    "portal.articles.look": {
        "en": "Look for an answer first",
        "pl": "Najpierw poszukaj odpowiedzi",
        "hr": "Najprije potražite odgovor",
    },
    "portal.articles.none": {
        "en": "We have no article about this. Please send us your message.",
        "pl": "Nie mamy o tym artykułu. Prosimy wysłać wiadomość.",
        "hr": "O tome nemamo članak. Pošaljite nam poruku.",
    },
    "page.said.opened": {
        "en": "Thank you. We have your request.",
        "pl": "Dziękujemy. Otrzymaliśmy Państwa zgłoszenie.",
        "hr": "Hvala. Zaprimili smo Vaš upit.",
    },
    "page.attach": {"en": "Files", "pl": "Pliki", "hr": "Datoteke"},
    "page.attach.most": {
        "en": "at most {count}, {size} MB in all",
        "pl": "najwyżej {count}, razem do {size} MB",
        "hr": "najviše {count}, ukupno do {size} MB",
    },
    "page.attach.again": {
        "en": "Please choose the files once more.",
        "pl": "Prosimy ponownie wybrać pliki.",
        "hr": "Molimo ponovno odaberite datoteke.",
    },
}
