"""The mails about passwords and access to the desk, and those that try an inbox. Part of the catalogue.

``{name}`` is the agent, ``{link}`` where a password is chosen, ``{network}`` from where somebody tried.
"""

from typing import Final

SIGNIN_MAILS: Final[dict[str, dict[str, str]]] = {
    "signin.reset.subject": {
        "en": "{company}: a new password",
        "pl": "{company}: nowe hasło",
        "hr": "{company}: nova lozinka",
    },
    "signin.reset.body": {
        "en": """\
Hello {name},

somebody asked for a new password to sign in to {company}. If that was you, choose it here within 30 minutes:
{link}

If not, there is nothing to do: your password stays as it is.
""",
        "pl": """\
Dzień dobry, {name},

ktoś poprosił o nowe hasło do logowania ({company}). Jeśli to Ty, ustaw je tutaj w ciągu 30 minut:
{link}

Jeśli nie, nic nie trzeba robić: hasło pozostaje bez zmian.
""",
        "hr": """\
Poštovani, {name},

netko je zatražio novu lozinku za prijavu ({company}). Ako ste to Vi, odaberite je ovdje u roku od 30 minuta:
{link}

Ako niste, ne trebate učiniti ništa: Vaša lozinka ostaje ista.
""",
    },
    "signin.invitation.subject": {
        "en": "{company}: your place at the desk",
        "pl": "{company}: Twoje miejsce w zespole",
        "hr": "{company}: Vaše mjesto u timu",
    },
    "signin.invitation.body": {
        "en": """\
Hello {name},

you have been added to those who answer the customers of {company}. Choose your password here within 7 days:
{link}

From then on you sign in with {address} and that password.
""",
        "pl": """\
Dzień dobry, {name},

dołączasz do osób, które odpowiadają klientom ({company}). Ustaw hasło tutaj w ciągu 7 dni:
{link}

Od tej pory logujesz się adresem {address} i tym hasłem.
""",
        "hr": """\
Poštovani, {name},

dodani ste među one koji odgovaraju kupcima ({company}). Odaberite lozinku ovdje u roku od 7 dana:
{link}

Od tada se prijavljujete adresom {address} i tom lozinkom.
""",
    },
    "signin.changed.subject": {
        "en": "{company}: your password was changed",
        "pl": "{company}: hasło zostało zmienione",
        "hr": "{company}: lozinka je promijenjena",
    },
    "signin.changed.body": {
        "en": """\
Hello {name},

your password at {company} was changed, and you are signed out everywhere else.

If that was not you, choose a new one at once (“Forgot your password?” on the sign-in page) and tell whoever looks after {company}.
""",
        "pl": """\
Dzień dobry, {name},

Twoje hasło ({company}) zostało zmienione, a wszystkie inne sesje zakończone.

Jeśli to nie Ty, od razu ustaw nowe („Nie pamiętasz hasła?” na stronie logowania) i powiadom administratora.
""",
        "hr": """\
Poštovani, {name},

Vaša je lozinka ({company}) promijenjena i svugdje drugdje ste odjavljeni.

Ako to niste bili Vi, odmah odaberite novu („Zaboravili ste lozinku?” na stranici za prijavu) i obavijestite administratora.
""",
    },
    "signin.locked.subject": {
        "en": "{company}: somebody tries to sign in as you",
        "pl": "{company}: ktoś próbuje zalogować się jako Ty",
        "hr": "{company}: netko se pokušava prijaviti kao Vi",
    },
    "signin.locked.body": {
        "en": """\
Hello {name},

several wrong passwords were given for {address} at {company}, the last of them from {network}. Whoever it is has to wait longer and \
longer between two tries.

You can go on signing in at the browsers you use. If you cannot, ask for a new password on the sign-in page: that opens the door at once.
""",
        "pl": """\
Dzień dobry, {name},

dla {address} ({company}) kilka razy podano błędne hasło, ostatnio z {network}. Kolejne próby wymagają coraz dłuższego czekania.

W przeglądarkach, których używasz, możesz logować się dalej. Jeśli się nie uda, poproś o nowe hasło na stronie logowania: \
to od razu otwiera drzwi.
""",
        "hr": """\
Poštovani, {name},

za {address} ({company}) nekoliko je puta upisana pogrešna lozinka, posljednji put s {network}. Između dva pokušaja čeka se sve dulje.

U preglednicima kojima se služite možete se i dalje prijavljivati. Ako ne uspije, na stranici za prijavu zatražite novu lozinku: \
to odmah otvara vrata.
""",
    },
    "signin.totp_set.subject": {
        "en": "{company}: a second step at sign-in",
        "pl": "{company}: drugi krok przy logowaniu",
        "hr": "{company}: drugi korak pri prijavi",
    },
    "signin.totp_set.body": {
        "en": """\
Hello {name},

from now on signing in at {company} asks for a code from your authenticator app, too. Keep the recovery codes \
where you find them without it.

If that was not you, tell whoever looks after {company} at once.
""",
        "pl": """\
Dzień dobry, {name},

od teraz logowanie ({company}) wymaga też kodu z aplikacji uwierzytelniającej. Kody zapasowe przechowuj tam, gdzie znajdziesz je bez niej.

Jeśli to nie Ty, od razu powiadom administratora.
""",
        "hr": """\
Poštovani, {name},

od sada se pri prijavi ({company}) traži i kod iz aplikacije za provjeru. Pričuvne kodove čuvajte ondje gdje ćete ih naći i bez nje.

Ako to niste bili Vi, odmah obavijestite administratora.
""",
    },
    "signin.totp_removed.subject": {
        "en": "{company}: sign-in without a second step",
        "pl": "{company}: logowanie bez drugiego kroku",
        "hr": "{company}: prijava bez drugog koraka",
    },
    "signin.totp_removed.body": {
        "en": """\
Hello {name},

from now on the password alone is enough to sign in at {company}; no code is asked for any more.

If that was not you, tell whoever looks after {company} at once.
""",
        "pl": """\
Dzień dobry, {name},

od teraz do logowania ({company}) wystarcza samo hasło; kod nie jest już potrzebny.

Jeśli to nie Ty, od razu powiadom administratora.
""",
        "hr": """\
Poštovani, {name},

od sada je za prijavu ({company}) dovoljna sama lozinka; kod se više ne traži.

Ako to niste bili Vi, odmah obavijestite administratora.
""",
    },
    "signin.recovery.subject": {
        "en": "{company}: a recovery code was used",
        "pl": "{company}: użyto kodu zapasowego",
        "hr": "{company}: iskorišten je pričuvni kod",
    },
    "signin.recovery.body": {
        "en": """\
Hello {name},

somebody signed in at {company} with one of your recovery codes; codes left: {left}. New ones are made by setting up the second step anew.

If that was not you, choose a new password at once and tell whoever looks after {company}.
""",
        "pl": """\
Dzień dobry, {name},

ktoś zalogował się ({company}) jednym z Twoich kodów zapasowych; pozostało kodów: {left}. Nowe powstają \
po ponownym ustawieniu drugiego kroku.

Jeśli to nie Ty, od razu ustaw nowe hasło i powiadom administratora.
""",
        "hr": """\
Poštovani, {name},

netko se prijavio ({company}) jednim od Vaših pričuvnih kodova; preostalo kodova: {left}. Novi nastaju ponovnim postavljanjem drugog koraka.

Ako to niste bili Vi, odmah odaberite novu lozinku i obavijestite administratora.
""",
    },
    "signin.left.subject": {
        "en": "{company}: {who} works here no longer",
        "pl": "{company}: {who} już tu nie pracuje",
        "hr": "{company}: {who} više ne radi ovdje",
    },
    "signin.left.body": {
        "en": """\
Hello {name},

{who} was blocked by {by} and can no longer sign in. Open tickets that were theirs: {count}. They go back to their teams, and are given to \
others where that happens by itself; look at those that nobody has.
""",
        "pl": """\
Dzień dobry, {name},

Konto: {who} – zablokowane ({by}); nie można się już na nie zalogować. Otwarte zgłoszenia, które tam były: {count}. Wracają do swoich \
zespołów i są przydzielane innym tam, gdzie dzieje się to samo; spójrz na te, których nikt nie ma.
""",
        "hr": """\
Poštovani, {name},

račun {who} je blokiran ({by}) i više se njime nije moguće prijaviti. Otvoreni upiti koji su bili ondje: {count}. Vraćaju se svojim \
timovima i dodjeljuju drugima gdje se to zbiva samo; pogledajte one koje nitko nema.
""",
    },
    "signin.try.subject": {
        "en": "{company}: this is a test ({code})",
        "pl": "{company}: to jest próba ({code})",
        "hr": "{company}: ovo je proba ({code})",
    },
    "signin.try.body": {
        "en": """\
Hello,

this mail shows that the inbox {inbox} of {company} can send. Answer it to see that it can receive, too: the answer becomes a ticket. \
Leave {code} in the subject: by that the answer is known.
""",
        "pl": """\
Dzień dobry,

ta wiadomość pokazuje, że skrzynka {inbox} ({company}) wysyła pocztę. Odpowiedz na nią, aby sprawdzić odbiór: \
odpowiedź stanie się zgłoszeniem. Zostaw {code} w temacie: po tym poznamy odpowiedź.
""",
        "hr": """\
Poštovani,

ova poruka pokazuje da sandučić {inbox} ({company}) može slati. Odgovorite na nju da vidite i primanje: odgovor postaje upit. \
Ostavite {code} u naslovu: po tome se odgovor prepoznaje.
""",
    },
}
