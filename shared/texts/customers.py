"""What customers get about their ticket: that it was received, how it stands, that it is solved; and about the files of an answer.
Part of the catalogue.

Placeholders are in braces. ``{ticket}`` is a ticket as customers name it (``T-1001``); ``{expected}`` and ``{closing}``
come from `shared.texts.expected`; ``{subject}`` is the customer's subject, shortened by whoever fills it in. Company
names and numbers are placed where no language has to inflect them.
"""

from typing import Final

CUSTOMER_TEXTS: Final[dict[str, dict[str, str]]] = {
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
    "instead": {
        "en": "We could not reach you by {name}, so we are writing to you here.",
        "pl": "Nie mogliśmy dostarczyć Państwu tej wiadomości ({name}), dlatego piszemy tutaj.",
        "hr": "Nismo Vam mogli dostaviti ovu poruku ({name}), pa Vam pišemo ovdje.",
    },
    "instead.subject": {
        "en": "Your request ({company})",
        "pl": "Państwa zgłoszenie ({company})",
        "hr": "Vaš upit ({company})",
    },
    "files.linked": {
        "en": "These files are too large for an email. You can download them until {until}:",
        "pl": "Te pliki są zbyt duże na wiadomość e-mail. Można je pobrać do {until}:",
        "hr": "Ove su datoteke prevelike za e-poštu. Možete ih preuzeti do {until}:",
    },
    "files.shared": {
        "en": "Files (until {until}):",
        "pl": "Pliki (do {until}):",
        "hr": "Datoteke (do {until}):",
    },
    "files.expired.title": {
        "en": "This link is no longer valid",
        "pl": "Ten link stracił ważność",
        "hr": "Ova poveznica više ne vrijedi",
    },
    "files.expired": {
        "en": "The file could be downloaded until {until}. Please reply to the email if you still need it.",
        "pl": "Plik można było pobrać do {until}. Jeśli jest nadal potrzebny, prosimy odpowiedzieć na wiadomość.",
        "hr": "Datoteka se mogla preuzeti do {until}. Trebate li je i dalje, molimo odgovorite na poruku.",
    },
    "files.away.title": {
        "en": "The file can't be fetched at the moment",
        "pl": "Pliku nie można teraz pobrać",
        "hr": "Datoteka se trenutačno ne može preuzeti",
    },
    "files.away": {
        "en": "Please try again in a minute. The link stays valid.",
        "pl": "Prosimy spróbować ponownie za minutę. Link pozostaje ważny.",
        "hr": "Molimo pokušajte ponovno za minutu. Poveznica ostaje valjana.",
    },
    "files.unknown.title": {
        "en": "There is nothing at this address",
        "pl": "Pod tym adresem nic nie ma",
        "hr": "Na ovoj adresi nema ničega",
    },
    "files.unknown": {
        "en": "The link is incomplete, or the file was removed. Please check that you copied all of it.",
        "pl": "Link jest niepełny albo plik został usunięty. Prosimy sprawdzić, czy został skopiowany w całości.",
        "hr": "Poveznica nije potpuna ili je datoteka uklonjena. Molimo provjerite jeste li je kopirali cijelu.",
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
    "notice.undelivered.subject": {
        "en": "Not delivered to {address}: {subject}",
        "pl": "Nie dostarczono do {address}: {subject}",
        "hr": "Nije dostavljeno na {address}: {subject}",
    },
    "notice.undelivered.body": {
        "en": """\
Hello,

a message to {address} could not be delivered. This is what the mail systems say about it:

{error}

The request shows which message it was. Please see whether the address is right, or reach this person in another way.

{company}
""",
        "pl": """\
Dzień dobry,

wiadomości do {address} nie udało się dostarczyć. Systemy pocztowe podają:

{error}

W zgłoszeniu widać, która to wiadomość. Prosimy sprawdzić adres albo skontaktować się z tą osobą w inny sposób.

{company}
""",
        "hr": """\
Poštovani,

poruku na adresu {address} nije bilo moguće dostaviti. Sustavi za poštu navode:

{error}

U upitu se vidi o kojoj je poruci riječ. Molimo provjerite adresu ili se toj osobi javite na drugi način.

{company}
""",
    },
    "acknowledgement.short": {
        "en": "{company}: we have received your message under the number {ticket} and will answer {expected}.",
        "pl": "{company}: wiadomość przyjęta pod numerem {ticket}. Odpowiemy {expected}.",
        "hr": "{company}: poruka je zaprimljena pod brojem {ticket}. Odgovorit ćemo {expected}.",
    },
    "notice.solved.short": {
        "en": "{company}: we believe that {ticket} has been handled. If it has not, simply reply here.",
        "pl": "{company}: naszym zdaniem zgłoszenie {ticket} jest załatwione. Jeśli nie, wystarczy tu odpisać.",
        "hr": "{company}: smatramo da je upit {ticket} riješen. Ako nije, jednostavno odgovorite ovdje.",
    },
    "notice.reopened.short": {
        "en": "{company}: we are working on {ticket} again and will answer {expected}.",
        "pl": "{company}: ponownie zajmujemy się zgłoszeniem {ticket}. Odpowiemy {expected}.",
        "hr": "{company}: ponovno radimo na upitu {ticket}. Odgovorit ćemo {expected}.",
    },
    "notice.closed.short": {
        "en": "{company}: {ticket} is closed. If you need us again, simply write here.",
        "pl": "{company}: zgłoszenie {ticket} jest zamknięte. W razie potrzeby prosimy tu napisać.",
        "hr": "{company}: upit {ticket} je zatvoren. Zatrebate li nas, jednostavno pišite ovdje.",
    },
    "status.team": {"en": "our team", "pl": "nasz zespół", "hr": "naš tim"},
    "status.due.body": {
        "en": """\
Hello,

Your request {ticket} is: {state}.
Who has it: {who}.
You will hear from us by: {until}.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

stan Państwa zgłoszenia {ticket}: {state}.
Zajmuje się nim: {who}.
Odezwiemy się najpóźniej: {until}.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

stanje Vašeg upita {ticket}: {state}.
Za njega je zadužen: {who}.
Javit ćemo Vam se najkasnije: {until}.

Srdačan pozdrav
{company}
""",
    },
    "status.due.short": {
        "en": "{company}: {ticket} is: {state}. Who has it: {who}. You will hear from us by {until}.",
        "pl": "{company}: {ticket}, stan: {state}. Zajmuje się: {who}. Odezwiemy się do {until}.",
        "hr": "{company}: {ticket}, stanje: {state}. Zadužen: {who}. Javit ćemo se do {until}.",
    },
    "status.plain.body": {
        "en": """\
Hello,

Your request {ticket} is: {state}.
Who has it: {who}.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

stan Państwa zgłoszenia {ticket}: {state}.
Zajmuje się nim: {who}.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

stanje Vašeg upita {ticket}: {state}.
Za njega je zadužen: {who}.

Srdačan pozdrav
{company}
""",
    },
    "status.plain.short": {
        "en": "{company}: {ticket} is: {state}. Who has it: {who}.",
        "pl": "{company}: {ticket}, stan: {state}. Zajmuje się: {who}.",
        "hr": "{company}: {ticket}, stanje: {state}. Zadužen: {who}.",
    },
    "status.none.body": {
        "en": """\
Hello,

We have no request that we could tell you about under this number and address. Please check the number, and write from the \
address or number that you first contacted us from.

If you need our help, simply describe the matter in a new message.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

nie mamy zgłoszenia, o którym moglibyśmy poinformować pod tym numerem i adresem. Prosimy sprawdzić numer i napisać z adresu \
lub numeru, z którego skontaktowali się Państwo z nami po raz pierwszy.

Jeśli potrzebna jest nasza pomoc, prosimy opisać sprawę w nowej wiadomości.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

nemamo upita o kojem bismo Vas mogli obavijestiti pod tim brojem i s te adrese. Molimo provjerite broj i pišite s adrese ili \
broja s kojeg ste nam se prvi put obratili.

Trebate li našu pomoć, jednostavno opišite o čemu je riječ u novoj poruci.

Srdačan pozdrav
{company}
""",
    },
    "status.none.short": {
        "en": "{company}: we have no request here that we could tell you about. Please check the number, or describe the matter.",
        "pl": "{company}: nie mamy tu zgłoszenia, o którym moglibyśmy poinformować. Prosimy sprawdzić numer albo opisać sprawę.",
        "hr": "{company}: nemamo upita o kojem bismo Vas ovdje mogli obavijestiti. Provjerite broj ili opišite o čemu je riječ.",
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
