"""What agents read when they sign in to the desk: the pages, and the mails about passwords. Part of the catalogue.

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

_PAGES: Final[dict[str, tuple[str, str, str]]] = {
    "title": ("Sign in", "Logowanie", "Prijava"),
    "email": ("Mail address", "Adres e-mail", "Adresa e-pošte"),
    "password": ("Password", "Hasło", "Lozinka"),
    "submit": ("Sign in", "Zaloguj się", "Prijava"),
    "forgot": ("Forgot your password?", "Nie pamiętasz hasła?", "Zaboravili ste lozinku?"),
    "wrong": (
        "That is not right. Check address and password.",
        "To się nie zgadza. Sprawdź adres i hasło.",
        "To nije ispravno. Provjerite adresu i lozinku.",
    ),
    "wait": (
        "Too many wrong tries. Try again in {seconds} seconds, or ask for a new password.",
        "Za dużo błędnych prób. Spróbuj ponownie za {seconds} s albo poproś o nowe hasło.",
        "Previše pogrešnih pokušaja. Pokušajte ponovno za {seconds} s ili zatražite novu lozinku.",
    ),
    "stale": (
        "This page was open for too long. Please try again.",
        "Ta strona była otwarta zbyt długo. Spróbuj ponownie.",
        "Ova je stranica predugo bila otvorena. Pokušajte ponovno.",
    ),
    "away": (
        "That could not be done just now. Please try again in a moment.",
        "Nie udało się tego teraz zrobić. Spróbuj ponownie za chwilę.",
        "To se trenutno nije moglo učiniti. Pokušajte ponovno za trenutak.",
    ),
    "code.title": ("One more step", "Jeszcze jeden krok", "Još jedan korak"),
    "code.about": (
        "Give the code that your authenticator app shows, or one of your recovery codes.",
        "Podaj kod z aplikacji uwierzytelniającej albo jeden z kodów zapasowych.",
        "Upišite kod iz aplikacije za provjeru ili jedan od pričuvnih kodova.",
    ),
    "code": ("Code", "Kod", "Kod"),
    "code.wrong": (
        "That code does not count (any more).",
        "Ten kod jest nieważny.",
        "Taj kod ne vrijedi (više).",
    ),
    "code.submit": ("Go on", "Dalej", "Dalje"),
    "out": ("Sign out", "Wyloguj się", "Odjava"),
    "said.out": ("You are signed out.", "Wylogowano.", "Odjavljeni ste."),
    "said.chosen": (
        "Your password is set. Sign in with it.",
        "Hasło zostało ustawione. Zaloguj się nim.",
        "Lozinka je postavljena. Prijavite se njome.",
    ),
    "said.changed": ("Your password is changed.", "Hasło zostało zmienione.", "Lozinka je promijenjena."),
    "said.totp": ("The second step is on.", "Drugi krok jest włączony.", "Drugi je korak uključen."),
    "said.removed": ("The second step is off.", "Drugi krok jest wyłączony.", "Drugi je korak isključen."),
    "said.ended": ("That session has ended.", "Sesja została zakończona.", "Ta je sesija završena."),
    "said.invited": (
        "The invitation is on its way.",
        "Zaproszenie jest w drodze.",
        "Pozivnica je na putu.",
    ),
    "forgot.title": ("A new password", "Nowe hasło", "Nova lozinka"),
    "forgot.about": (
        "Give the address that you sign in with. A link to a new password goes there.",
        "Podaj adres, którym się logujesz. Wyślemy tam link do nowego hasła.",
        "Upišite adresu kojom se prijavljujete. Onamo šaljemo poveznicu za novu lozinku.",
    ),
    "forgot.submit": ("Send the link", "Wyślij link", "Pošalji poveznicu"),
    "forgot.done": (
        "If somebody with this address signs in here, a mail with a link is on its way to them. It counts for 30 minutes.",
        "Jeśli ktoś loguje się tu tym adresem, wiadomość z linkiem jest już w drodze. Link jest ważny 30 minut.",
        "Ako se netko ovdje prijavljuje tom adresom, poruka s poveznicom je na putu. Vrijedi 30 minuta.",
    ),
    "choose.title": ("Choose a password", "Ustaw hasło", "Odaberite lozinku"),
    "choose.about": (
        "{name} signs in with {email} and this password.",
        "{name} loguje się adresem {email} i tym hasłem.",
        "{name} se prijavljuje adresom {email} i ovom lozinkom.",
    ),
    "choose.rule": (
        "At least 10 characters. A few words that only you put together are best.",
        "Co najmniej 10 znaków. Najlepiej kilka słów, które tylko Ty tak zestawisz.",
        "Najmanje 10 znakova. Najbolje nekoliko riječi koje samo Vi tako slažete.",
    ),
    "choose.new": ("New password", "Nowe hasło", "Nova lozinka"),
    "choose.again": ("Once more", "Jeszcze raz", "Još jednom"),
    "choose.submit": ("Set the password", "Ustaw hasło", "Postavi lozinku"),
    "choose.short": (
        "At least 10 characters, please.",
        "Co najmniej 10 znaków.",
        "Najmanje 10 znakova, molimo.",
    ),
    "choose.long": ("At most 256 characters, please.", "Najwyżej 256 znaków.", "Najviše 256 znakova, molimo."),
    "choose.common": (
        "Everybody tries this one first. Choose another.",
        "Od tego hasła każdy zaczyna zgadywanie. Wybierz inne.",
        "Tu lozinku svi prvo probaju. Odaberite drugu.",
    ),
    "choose.differ": (
        "The two are not the same.",
        "Hasła nie są takie same.",
        "Lozinke nisu jednake.",
    ),
    "gone.title": ("This link leads nowhere", "Ten link nie działa", "Ova poveznica ne vodi nikamo"),
    "gone": (
        "It was used already, or no longer counts. Ask for a new one on the sign-in page.",
        "Został już użyty albo wygasł. Poproś o nowy na stronie logowania.",
        "Već je iskorištena ili više ne vrijedi. Novu zatražite na stranici za prijavu.",
    ),
    "away.title": ("Please try again", "Spróbuj ponownie", "Pokušajte ponovno"),
    "account.title": ("Your sign-in", "Twoje logowanie", "Vaša prijava"),
    "account.who": (
        "{name}, signed in with {email}",
        "{name}, zalogowano adresem {email}",
        "{name}, prijava adresom {email}",
    ),
    "account.back": ("Back to the desk", "Powrót do panelu", "Natrag na radni stol"),
    "account.password": ("Change the password", "Zmień hasło", "Promijenite lozinku"),
    "account.present": ("Present password", "Obecne hasło", "Sadašnja lozinka"),
    "account.change": ("Change it", "Zmień", "Promijeni"),
    "account.wrong": (
        "That is not your present password.",
        "To nie jest obecne hasło.",
        "To nije Vaša sadašnja lozinka.",
    ),
    "account.totp": ("Second step at sign-in", "Drugi krok logowania", "Drugi korak pri prijavi"),
    "account.totp.on": (
        "It is on: signing in asks for a code from your app. Recovery codes left: {left}.",
        "Włączony: logowanie wymaga kodu z aplikacji. Pozostało kodów zapasowych: {left}.",
        "Uključen je: pri prijavi se traži kod iz aplikacije. Preostalo pričuvnih kodova: {left}.",
    ),
    "account.totp.off": (
        "It is off. With it nobody gets in who only has your password.",
        "Wyłączony. Po włączeniu nikt nie zaloguje się samym hasłem.",
        "Isključen je. S njim nitko ne ulazi samo s Vašom lozinkom.",
    ),
    "account.totp.setup": ("Set it up", "Włącz", "Uključi"),
    "account.totp.again": ("Set it up anew", "Ustaw od nowa", "Postavi iznova"),
    "account.totp.remove": ("Turn it off", "Wyłącz", "Isključi"),
    "totp.title": ("Set up the second step", "Włącz drugi krok", "Uključite drugi korak"),
    "totp.scan": (
        "Scan this with an authenticator app, or type the key into it. Then give the code that it shows.",
        "Zeskanuj to aplikacją uwierzytelniającą albo przepisz klucz. Potem podaj kod, który pokaże.",
        "Skenirajte ovo aplikacijom za provjeru ili upišite ključ. Zatim upišite kod koji pokaže.",
    ),
    "totp.qr": ("QR code for the authenticator app", "Kod QR dla aplikacji", "QR kod za aplikaciju"),
    "totp.key": ("Key", "Klucz", "Ključ"),
    "totp.submit": ("Turn it on", "Włącz", "Uključi"),
    "codes.title": ("Your recovery codes", "Twoje kody zapasowe", "Vaši pričuvni kodovi"),
    "codes.about": (
        "The second step is on. Each of these codes lets you in once without the app. They are shown only now: keep them safe.",
        "Drugi krok jest włączony. Każdy z tych kodów raz wpuści Cię bez aplikacji. Pokazujemy je tylko teraz: zachowaj je.",
        "Drugi je korak uključen. Svaki od ovih kodova jednom Vas pušta bez aplikacije. Prikazuju se samo sada: sačuvajte ih.",
    ),
    "codes.done": ("I have kept them", "Zachowane", "Sačuvao/la sam ih"),
    "account.sessions": ("Where you are signed in", "Gdzie trwa sesja", "Gdje ste prijavljeni"),
    "session.here": ("this browser", "ta przeglądarka", "ovaj preglednik"),
    "session.seen": (
        "{browser}, {network}, last used {seen}",
        "{browser}, {network}, ostatnio {seen}",
        "{browser}, {network}, posljednji put {seen}",
    ),
    "session.unknown": ("A browser", "Przeglądarka", "Preglednik"),
    "session.end": ("End it", "Zakończ", "Završi"),
    "session.end_all": ("End all others", "Zakończ wszystkie inne", "Završi sve ostale"),
    "setup.title": ("Welcome", "Witamy", "Dobro došli"),
    "setup.about": (
        "This sets up the desk of {company}. You are the first: you will be its admin.",
        "Tu ustawiasz panel ({company}). Jesteś pierwszą osobą: zostaniesz administratorem.",
        "Ovdje postavljate radni stol ({company}). Vi ste prvi: bit ćete administrator.",
    ),
    "setup.name": ("Your name", "Imię i nazwisko", "Vaše ime i prezime"),
    "setup.submit": ("Begin", "Zaczynamy", "Započni"),
    "setup.name.wrong": ("Please give your name.", "Podaj imię i nazwisko.", "Upišite svoje ime."),
    "setup.email.wrong": (
        "That is no address an agent can have.",
        "Ten adres nie może być adresem agenta.",
        "To ne može biti adresa agenta.",
    ),
    "setup.gone": (
        "There is an admin already. Sign in, or ask them to invite you.",
        "Administrator już jest. Zaloguj się albo poproś o zaproszenie.",
        "Administrator već postoji. Prijavite se ili zatražite pozivnicu.",
    ),
    "inbox.title": ("Your inboxes", "Twoje skrzynki", "Vaši sandučići"),
    "inbox.about": (
        "These stand in the configuration. Send yourself a mail by each, and answer it: the answer becomes a ticket here.",
        "Te skrzynki są w konfiguracji. Wyślij z każdej wiadomość do siebie i odpowiedz na nią: odpowiedź stanie się zgłoszeniem.",
        "Ovi su u konfiguraciji. Iz svakoga si pošaljite poruku i odgovorite na nju: odgovor ovdje postaje upit.",
    ),
    "inbox.none": ("No mail inbox is configured.", "Nie skonfigurowano skrzynki.", "Nijedan sandučić nije podešen."),
    "inbox.to": ("Send a test to", "Wyślij próbę na adres", "Pošalji probu na"),
    "inbox.send": ("Send it", "Wyślij", "Pošalji"),
    "inbox.state": ("The mail to {to}: {state}", "Wiadomość do {to}: {state}", "Poruka za {to}: {state}"),
    "inbox.look": ("Look again", "Sprawdź ponownie", "Pogledaj ponovno"),
    "inbox.wrong": ("That is no mail address.", "To nie jest adres e-mail.", "To nije adresa e-pošte."),
    "inbox.received": (
        "Received: {ticket}. The inbox works both ways.",
        "Odebrano: {ticket}. Skrzynka działa w obie strony.",
        "Primljeno: {ticket}. Sandučić radi u oba smjera.",
    ),
    "inbox.waiting": (
        "Nothing from you has come in yet.",
        "Nic jeszcze od Ciebie nie przyszło.",
        "Od Vas još ništa nije stiglo.",
    ),
    "inbox.next": ("Go on to your people", "Dalej: zespół", "Dalje: Vaši ljudi"),
    "state.queued": ("on its way", "w drodze", "na putu"),
    "state.sending": ("being sent", "wysyłanie", "šalje se"),
    "state.accepted": ("sent", "wysłana", "poslana"),
    "state.delivered": ("delivered", "dostarczona", "dostavljena"),
    "state.failed": ("could not be sent", "nie udało się wysłać", "nije se mogla poslati"),
    "state.unknown": ("nobody knows", "nie wiadomo", "nije poznato"),
    "people.title": ("Your people", "Twój zespół", "Vaši ljudi"),
    "people.about": (
        "Invite those who answer with you. Each gets a mail with a link to choose a password.",
        "Zaproś osoby, które będą odpowiadać razem z Tobą. Każda dostanie link do ustawienia hasła.",
        "Pozovite one koji će odgovarati s Vama. Svatko dobiva poveznicu za odabir lozinke.",
    ),
    "people.name": ("Name", "Imię i nazwisko", "Ime i prezime"),
    "people.role": ("Role", "Rola", "Uloga"),
    "people.invite": ("Invite", "Zaproś", "Pozovi"),
    "people.wrong.conflict": (
        "Somebody has this address here already.",
        "Ktoś już ma tutaj ten adres.",
        "Netko ovdje već ima tu adresu.",
    ),
    "people.wrong.forbidden": (
        "Only an admin makes an admin.",
        "Administratora może dodać tylko administrator.",
        "Administratora dodaje samo administrator.",
    ),
    "people.wrong.invalid": (
        "That cannot be: check name and address.",
        "To niemożliwe: sprawdź nazwę i adres.",
        "To nije moguće: provjerite ime i adresu.",
    ),
    "people.wrong.unsent": (
        "They were added, but no invitation could be sent. Print a link with: trunkline agent password ADDRESS",
        "Osoba została dodana, ale zaproszenia nie udało się wysłać. Link wypisze polecenie: trunkline agent password ADRES",
        "Osoba je dodana, ali pozivnica se nije mogla poslati. Poveznicu ispisuje: trunkline agent password ADRESA",
    ),
    "people.done": ("To the desk", "Do panelu", "Na radni stol"),
    "role.admin": ("Admin", "Administrator", "Administrator"),
    "role.lead": ("Team lead", "Kierownik zespołu", "Voditelj tima"),
    "role.agent": ("Agent", "Agent", "Agent"),
    "role.auditor": ("Auditor (looks only)", "Audytor (tylko podgląd)", "Revizor (samo gleda)"),
    "forbidden.title": ("Not for you", "Brak uprawnień", "Nije za Vas"),
    "forbidden": (
        "Your role does not allow that. Ask an admin.",
        "Twoja rola na to nie pozwala. Poproś administratora.",
        "Vaša uloga to ne dopušta. Zamolite administratora.",
    ),
}

SIGNIN_TEXTS: Final[dict[str, dict[str, str]]] = SIGNIN_MAILS | {
    f"signin.page.{key}": {"en": en, "pl": pl, "hr": hr} for key, (en, pl, hr) in _PAGES.items()
}
