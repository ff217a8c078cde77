"""What is told by itself of a ticket's life: to customers, and by mail to agents. Part of the catalogue.

``.body`` is a mail, ``.short`` a message on any other channel. ``.postscript`` stands below another mail, and below another message, too,
where there is no ``.ps``.
"""

from typing import Final

NOTICE_TEXTS: Final[dict[str, dict[str, str]]] = {
    # -- to customers: who has it, what it is now ----------------------------------------------------------------------
    "notice.open.body": {
        "en": """\
Hello,

We are working on your request {ticket} “{subject}” and will answer you {expected}.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

zajmujemy się Państwa zgłoszeniem {ticket} „{subject}”. Odpowiemy {expected}.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

radimo na Vašem upitu {ticket} „{subject}” i odgovorit ćemo Vam {expected}.

Srdačan pozdrav
{company}
""",
    },
    "notice.open.short": {
        "en": "{company}: we are working on {ticket} and will answer {expected}.",
        "pl": "{company}: zajmujemy się zgłoszeniem {ticket}. Odpowiemy {expected}.",
        "hr": "{company}: radimo na upitu {ticket}. Odgovorit ćemo {expected}.",
    },
    "notice.open.postscript": {
        "en": "We are working on your request {ticket} and will answer you {expected}.",
        "pl": "Zajmujemy się Państwa zgłoszeniem {ticket}. Odpowiemy {expected}.",
        "hr": "Radimo na Vašem upitu {ticket} i odgovorit ćemo Vam {expected}.",
    },
    "notice.reopened.postscript": {
        "en": "Your request {ticket} is open again.",
        "pl": "Państwa zgłoszenie {ticket} jest ponownie w toku.",
        "hr": "Vaš je upit {ticket} ponovno otvoren.",
    },
    "notice.waiting.body": {
        "en": """\
Hello,

Your request {ticket} “{subject}” is waiting for your answer. Simply reply to this email, and we will go on.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

Państwa zgłoszenie {ticket} „{subject}” czeka na Państwa odpowiedź. Wystarczy odpisać na tę wiadomość, a wrócimy do sprawy.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

Vaš upit {ticket} „{subject}” čeka Vaš odgovor. Jednostavno odgovorite na ovu poruku i nastavit ćemo.

Srdačan pozdrav
{company}
""",
    },
    "notice.waiting.short": {
        "en": "{company}: {ticket} is waiting for your answer. Simply reply here, and we will go on.",
        "pl": "{company}: zgłoszenie {ticket} czeka na Państwa odpowiedź. Wystarczy tu odpisać.",
        "hr": "{company}: upit {ticket} čeka Vaš odgovor. Jednostavno odgovorite ovdje.",
    },
    "notice.waiting.postscript": {
        "en": "Your request {ticket} is now waiting for your answer.",
        "pl": "Państwa zgłoszenie {ticket} czeka teraz na Państwa odpowiedź.",
        "hr": "Vaš upit {ticket} sada čeka Vaš odgovor.",
    },
    "notice.closed.postscript": {
        "en": "Your request {ticket} is closed.",
        "pl": "Państwa zgłoszenie {ticket} jest zamknięte.",
        "hr": "Vaš je upit {ticket} zatvoren.",
    },
    "notice.assigned.body": {
        "en": """\
Hello,

{agent} is taking care of your request {ticket} “{subject}”.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

Państwa zgłoszeniem {ticket} „{subject}” zajmuje się {agent}.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

za Vaš upit {ticket} „{subject}” brine se {agent}.

Srdačan pozdrav
{company}
""",
    },
    "notice.assigned.short": {
        "en": "{company}: {agent} is taking care of {ticket}.",
        "pl": "{company}: zgłoszeniem {ticket} zajmuje się {agent}.",
        "hr": "{company}: za upit {ticket} brine se {agent}.",
    },
    "notice.assigned.postscript": {
        "en": "{agent} is taking care of your request {ticket}.",
        "pl": "Państwa zgłoszeniem {ticket} zajmuje się {agent}.",
        "hr": "Za Vaš upit {ticket} brine se {agent}.",
    },
    "first_steps.body": {
        "en": """\
Hello,

This is what you can try while we look into your request {ticket} “{subject}”:

{steps}

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

zanim odpowiemy na zgłoszenie {ticket} „{subject}”, mogą Państwo spróbować:

{steps}

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

dok ne odgovorimo na upit {ticket} „{subject}”, možete pokušati sljedeće:

{steps}

Srdačan pozdrav
{company}
""",
    },
    "first_steps.short": {
        "en": "{company}, {ticket}: what you can try meanwhile: {steps}",
        "pl": "{company}, {ticket}: tymczasem mogą Państwo spróbować: {steps}",
        "hr": "{company}, {ticket}: u međuvremenu možete pokušati: {steps}",
    },
    "first_steps.postscript": {
        "en": "What you can try meanwhile:\n{steps}",
        "pl": "Tymczasem mogą Państwo spróbować:\n{steps}",
        "hr": "U međuvremenu možete pokušati:\n{steps}",
    },
    # -- to customers: when it is solved -------------------------------------------------------------------------------
    "notice.solved.postscript": {
        "en": "We believe that your request {ticket} has been handled.",
        "pl": "Naszym zdaniem Państwa zgłoszenie {ticket} zostało załatwione.",
        "hr": "Smatramo da je Vaš upit {ticket} riješen.",
    },
    "notice.summary.body": {
        "en": """\
Hello,

Your request {ticket} “{subject}” has been handled. This is what was done:

{solution}

If we do not hear from you {closing}, we will close the request.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

Państwa zgłoszenie {ticket} „{subject}” zostało załatwione. Co zrobiliśmy:

{solution}

Jeżeli {closing} nie otrzymamy od Państwa odpowiedzi, zamkniemy zgłoszenie.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

Vaš upit {ticket} „{subject}” je riješen. Što je učinjeno:

{solution}

Ne javite li nam se {closing}, zatvorit ćemo upit.

Srdačan pozdrav
{company}
""",
    },
    "notice.summary.short": {
        "en": "{company}: {ticket} has been handled: {solution}",
        "pl": "{company}: zgłoszenie {ticket} zostało załatwione: {solution}",
        "hr": "{company}: upit {ticket} je riješen: {solution}",
    },
    "notice.summary.postscript": {
        "en": "Your request {ticket} has been handled: {solution}",
        "pl": "Państwa zgłoszenie {ticket} zostało załatwione: {solution}",
        "hr": "Vaš upit {ticket} je riješen: {solution}",
    },
    "ask.solved.body": {
        "en": """\
Hello,

Is your request {ticket} “{subject}” solved? Please tell us here, or simply reply with yes or no:
{link}

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

czy Państwa zgłoszenie {ticket} „{subject}” jest rozwiązane? Prosimy odpowiedzieć tutaj albo odpisać „tak” lub „nie”:
{link}

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

je li Vaš upit {ticket} „{subject}” riješen? Molimo odgovorite ovdje ili jednostavno odgovorite s „da” ili „ne”:
{link}

Srdačan pozdrav
{company}
""",
    },
    "ask.solved.short": {
        "en": "{company}: is {ticket} solved?",
        "pl": "{company}: czy zgłoszenie {ticket} jest rozwiązane?",
        "hr": "{company}: je li upit {ticket} riješen?",
    },
    "ask.solved.postscript": {
        "en": "Is it solved? Please tell us here, or simply reply with yes or no:\n{link}",
        "pl": "Czy sprawa jest rozwiązana? Prosimy odpowiedzieć tutaj albo odpisać „tak” lub „nie”:\n{link}",
        "hr": "Je li riješeno? Molimo odgovorite ovdje ili na ovu poruku s „da” ili „ne”:\n{link}",
    },
    "ask.solved.ps": {
        "en": "Is it solved?",
        "pl": "Czy sprawa jest rozwiązana?",
        "hr": "Je li riješeno?",
    },
    "ask.solved.yes": {"en": "Yes, it is solved", "pl": "Tak, rozwiązana", "hr": "Da, riješeno je"},
    "ask.solved.no": {"en": "No, not yet", "pl": "Nie, jeszcze nie", "hr": "Ne, još nije"},
    "ask.number": {
        "en": "Please answer with a number:",
        "pl": "Prosimy odpowiedzieć cyfrą:",
        "hr": "Molimo odgovorite brojem:",
    },
    "ask.score.body": {
        "en": """\
Hello,

Thank you for telling us that {ticket} is solved. How satisfied are you with how we handled it? Please tell us here:
{link}

Or simply reply with a number from 1 (not at all) to 5 (very).

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

dziękujemy za potwierdzenie, że zgłoszenie {ticket} jest rozwiązane. Jak oceniają Państwo jego obsługę? Prosimy odpowiedzieć tutaj:
{link}

Można też odpisać cyfrą od 1 (bardzo źle) do 5 (bardzo dobrze).

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

hvala na potvrdi da je upit {ticket} riješen. Koliko ste zadovoljni time kako smo ga riješili? Molimo odgovorite ovdje:
{link}

Možete i jednostavno odgovoriti brojem od 1 (nimalo) do 5 (vrlo).

Srdačan pozdrav
{company}
""",
    },
    "ask.score.short": {
        "en": "Thank you! How satisfied are you with how we handled {ticket}, from 1 (not at all) to 5 (very)?",
        "pl": "Dziękujemy! Jak oceniają Państwo obsługę zgłoszenia {ticket}, od 1 (bardzo źle) do 5 (bardzo dobrze)?",
        "hr": "Hvala! Koliko ste zadovoljni rješavanjem upita {ticket}, od 1 (nimalo) do 5 (vrlo)?",
    },
    "after.thanks.body": {
        "en": """\
Hello,

Thank you for your answer. If you would like to tell us more about {ticket}, simply reply to this email.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

dziękujemy za ocenę. Jeśli chcą Państwo dodać coś o zgłoszeniu {ticket}, wystarczy odpisać na tę wiadomość.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

hvala na odgovoru. Želite li nam reći nešto više o upitu {ticket}, jednostavno odgovorite na ovu poruku.

Srdačan pozdrav
{company}
""",
    },
    "after.thanks.short": {
        "en": "Thank you! If you would like to say why, simply write it here.",
        "pl": "Dziękujemy! Jeśli chcą Państwo napisać, dlaczego, prosimy zrobić to tutaj.",
        "hr": "Hvala! Želite li nam reći zašto, jednostavno napišite ovdje.",
    },
    # -- to agents, by mail --------------------------------------------------------------------------------------------
    "agent.woken.subject": {
        "en": "Awake again: {subject}",
        "pl": "Wznowione: {subject}",
        "hr": "Ponovno aktivno: {subject}",
    },
    "agent.woken.body": {
        "en": "The request {ticket} “{subject}” was put off and is there again.\n\n{company}\n",
        "pl": "Zgłoszenie {ticket} „{subject}” było odłożone i wraca do obsługi.\n\n{company}\n",
        "hr": "Upit {ticket} „{subject}” bio je odgođen i ponovno je aktivan.\n\n{company}\n",
    },
    "agent.not_sent.subject": {
        "en": "Your answer was not sent: {subject}",
        "pl": "Twoja odpowiedź nie została wysłana: {subject}",
        "hr": "Vaš odgovor nije poslan: {subject}",
    },
    "agent.not_sent.body": {
        "en": (
            "Your answer in {ticket} “{subject}” could not be sent when its time had come: {why}\n\n"
            "It is kept in the request; take it back there to change it.\n\n{company}\n"
        ),
        "pl": (
            "Twojej odpowiedzi w zgłoszeniu {ticket} „{subject}” nie udało się wysłać: {why}\n\n"
            "Jest zachowana w zgłoszeniu; cofnij ją tam, aby ją zmienić.\n\n{company}\n"
        ),
        "hr": (
            "Vaš odgovor u upitu {ticket} „{subject}” nije se mogao poslati: {why}\n\n"
            "Sačuvan je u upitu; ondje ga povucite da biste ga promijenili.\n\n{company}\n"
        ),
    },
    "agent.follow_up.subject": {
        "en": "No answer from the customer: {subject}",
        "pl": "Klient nie odpowiada: {subject}",
        "hr": "Kupac ne odgovara: {subject}",
    },
    "agent.follow_up.body": {
        "en": "The request {ticket} “{subject}” has been waiting for its customer since {since}. Please see how to go on.\n\n{company}\n",
        "pl": "Zgłoszenie {ticket} „{subject}” czeka na klienta od {since}. Prosimy sprawdzić, co dalej.\n\n{company}\n",
        "hr": "Upit {ticket} „{subject}” čeka kupca od {since}. Molimo provjerite kako dalje.\n\n{company}\n",
    },
    "agent.not_solved.subject": {
        "en": "Not solved, says the customer: {subject}",
        "pl": "Klient: sprawa nierozwiązana: {subject}",
        "hr": "Kupac kaže da nije riješeno: {subject}",
    },
    "agent.not_solved.body": {
        "en": "The customer says that {ticket} “{subject}” is not solved. It is open again.\n\n{company}\n",
        "pl": "Klient twierdzi, że zgłoszenie {ticket} „{subject}” nie jest rozwiązane. Jest ponownie otwarte.\n\n{company}\n",
        "hr": "Kupac kaže da upit {ticket} „{subject}” nije riješen. Ponovno je otvoren.\n\n{company}\n",
    },
    "agent.dissatisfied.subject": {
        "en": "A dissatisfied customer: {subject}",
        "pl": "Niezadowolony klient: {subject}",
        "hr": "Nezadovoljan kupac: {subject}",
    },
    "agent.dissatisfied.body": {
        "en": """\
The customer of {ticket} “{subject}” is dissatisfied.

Score, from 1 to 5: {score}
In their words: {words}
Who had it: {agent}

{company}
""",
        "pl": """\
Klient zgłoszenia {ticket} „{subject}” jest niezadowolony.

Ocena od 1 do 5: {score}
Jego słowami: {words}
Kto się zajmował: {agent}

{company}
""",
        "hr": """\
Kupac upita {ticket} „{subject}” nije zadovoljan.

Ocjena od 1 do 5: {score}
Njegovim riječima: {words}
Tko je bio zadužen: {agent}

{company}
""",
    },
}
