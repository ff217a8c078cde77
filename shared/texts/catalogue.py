"""Every text a customer can get, in every language: the only place for such texts.

Placeholders are in braces. ``{ticket}`` is a ticket as customers name it (``T-1001``); ``{expected}`` and ``{closing}``
come from `shared.texts.expected`; ``{subject}`` is the customer's subject, shortened by whoever fills it in. Company
names and numbers are placed where no language has to inflect them.
"""

from typing import Final

Entry = dict[str, str]

CATALOGUE: Final[dict[str, Entry]] = {
    "subject": {
        "en": "Re: [{ticket}] {subject}",
        "pl": "Re: [{ticket}] {subject}",
        "hr": "Re: [{ticket}] {subject}",
    },
    "subject.none": {"en": "(no subject)", "pl": "(bez tematu)", "hr": "(bez predmeta)"},
    "acknowledgement.body": {
        "en": """\
Hello,

Thank you for contacting us. We have received your message “{subject}” and registered it under the number {ticket}.

We will answer you {expected}.

If you would like to add something, simply reply to this email: your reply will be added to the same request. When you \
contact us about this matter in any other way, please mention the number {ticket}.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

dziękujemy za kontakt. Otrzymaliśmy Państwa wiadomość „{subject}” i zarejestrowaliśmy ją pod numerem {ticket}.

Odpowiemy {expected}.

Jeśli chcą Państwo coś dodać, wystarczy odpowiedzieć na tę wiadomość: odpowiedź zostanie dołączona do tego \
samego zgłoszenia. Jeśli skontaktują się Państwo z nami w tej sprawie w inny sposób, prosimy podać numer {ticket}.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

zahvaljujemo na Vašem upitu. Zaprimili smo Vašu poruku „{subject}” i evidentirali je pod brojem {ticket}.

Odgovorit ćemo Vam {expected}.

Želite li nešto dodati, jednostavno odgovorite na ovu poruku: Vaš će odgovor biti dodan istom upitu. Ako nam se u \
vezi s njim obratite na drugi način, molimo navedite broj {ticket}.

Srdačan pozdrav
{company}
""",
    },
    "reply.footer": {
        "en": "{company} · your request {ticket} · to answer, simply reply to this email",
        "pl": "{company} · Państwa zgłoszenie {ticket} · aby odpisać, wystarczy odpowiedzieć na tę wiadomość",
        "hr": "{company} · Vaš upit {ticket} · za odgovor jednostavno odgovorite na ovu poruku",
    },
    "notice.solved.body": {
        "en": """\
Hello,

We believe that your request {ticket} “{subject}” has been handled.

If everything is in order, there is nothing more for you to do. If it is not, please reply to this email and we will \
continue. If we do not hear from you {closing}, we will close the request.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

naszym zdaniem Państwa zgłoszenie {ticket} „{subject}” zostało załatwione.

Jeśli wszystko jest w porządku, nie muszą Państwo nic robić. Jeśli nie, prosimy odpowiedzieć na tę wiadomość, a \
wrócimy do sprawy. Jeżeli {closing} nie otrzymamy od Państwa odpowiedzi, zamkniemy zgłoszenie.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

smatramo da je Vaš upit {ticket} „{subject}” riješen.

Ako je sve u redu, ne trebate učiniti ništa. Ako nije, molimo odgovorite na ovu poruku i nastavit ćemo raditi na njemu. \
Ne javite li nam se {closing}, zatvorit ćemo upit.

Srdačan pozdrav
{company}
""",
    },
    "notice.reopened.body": {
        "en": """\
Hello,

Thank you for letting us know. We have reopened your request {ticket} “{subject}” and are working on it again.

We will answer you {expected}.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

dziękujemy za wiadomość. Wznowiliśmy Państwa zgłoszenie {ticket} „{subject}” i ponownie się nim zajmujemy.

Odpowiemy {expected}.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

hvala Vam na obavijesti. Ponovno smo otvorili Vaš upit {ticket} „{subject}” i nastavljamo raditi na njemu.

Odgovorit ćemo Vam {expected}.

Srdačan pozdrav
{company}
""",
    },
    "notice.closed.body": {
        "en": """\
Hello,

We have closed your request {ticket} “{subject}”.

Should you need us in this matter again, simply reply to this email.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

zamknęliśmy Państwa zgłoszenie {ticket} „{subject}”.

Gdyby ta sprawa wymagała jeszcze naszej pomocy, wystarczy odpowiedzieć na tę wiadomość.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

zatvorili smo Vaš upit {ticket} „{subject}”.

Zatrebate li ponovno našu pomoć u vezi s njim, jednostavno odgovorite na ovu poruku.

Srdačan pozdrav
{company}
""",
    },
    "status.open": {"en": "open", "pl": "w toku", "hr": "otvoreno"},
    "status.waiting": {"en": "waiting for you", "pl": "czeka na Państwa odpowiedź", "hr": "čeka Vaš odgovor"},
    "status.handled": {"en": "handled", "pl": "załatwione", "hr": "riješeno"},
    "status.closed": {"en": "closed", "pl": "zamknięte", "hr": "zatvoreno"},
    "priority.low": {"en": "low", "pl": "niski", "hr": "nizak"},
    "priority.normal": {"en": "normal", "pl": "normalny", "hr": "normalan"},
    "priority.high": {"en": "high", "pl": "wysoki", "hr": "visok"},
    "priority.urgent": {"en": "urgent", "pl": "pilny", "hr": "hitan"},
}

CUSTOMER_STATUS: Final[dict[str, str]] = {
    "new": "status.open",
    "open": "status.open",
    "on_hold": "status.open",
    "pending": "status.waiting",
    "solved": "status.handled",
    "closed": "status.closed",
    "merged": "status.closed",
    "spam": "status.closed",
}
"""The text a customer reads for a ticket's status."""
