"""What a customer reads on the page of their ticket, and where they are given the link to it. Part of the catalogue."""

from typing import Final

PAGE_TEXTS: Final[dict[str, dict[str, str]]] = {
    # -- where the link is given ---------------------------------------------------------------------------------------
    "status.link.postscript": {
        "en": "You can see how it stands, and write to us, here at any time:\n{link}",
        "pl": "Stan zgłoszenia można w każdej chwili sprawdzić tutaj; można też do nas napisać:\n{link}",
        "hr": "Ovdje u svakom trenutku možete vidjeti stanje upita i pisati nam:\n{link}",
    },
    "form.done.follow": {
        "en": "See how it stands",
        "pl": "Sprawdź stan zgłoszenia",
        "hr": "Pogledajte stanje upita",
    },
    "ask.solved.plain.body": {
        "en": """\
Hello,

Is your request {ticket} “{subject}” solved? Simply reply with yes or no.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

czy Państwa zgłoszenie {ticket} „{subject}” jest rozwiązane? Wystarczy odpisać „tak” lub „nie”.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

je li Vaš upit {ticket} „{subject}” riješen? Jednostavno odgovorite s „da” ili „ne”.

Srdačan pozdrav
{company}
""",
    },
    "ask.solved.plain.short": {
        "en": "{company}: is {ticket} solved?",
        "pl": "{company}: czy zgłoszenie {ticket} jest rozwiązane?",
        "hr": "{company}: je li upit {ticket} riješen?",
    },
    "ask.solved.plain.postscript": {
        "en": "Is it solved? Simply reply with yes or no.",
        "pl": "Czy sprawa jest rozwiązana? Wystarczy odpisać „tak” lub „nie”.",
        "hr": "Je li riješeno? Jednostavno odgovorite s „da” ili „ne”.",
    },
    "ask.solved.plain.ps": {
        "en": "Is it solved?",
        "pl": "Czy sprawa jest rozwiązana?",
        "hr": "Je li riješeno?",
    },
    "ask.score.plain.body": {
        "en": """\
Hello,

Thank you for telling us that {ticket} is solved. How satisfied are you with how we handled it? Simply reply with a number from \
1 (not at all) to 5 (very).

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

dziękujemy za potwierdzenie, że zgłoszenie {ticket} jest rozwiązane. Jak oceniają Państwo jego obsługę? Wystarczy odpisać cyfrą \
od 1 (bardzo źle) do 5 (bardzo dobrze).

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

hvala na potvrdi da je upit {ticket} riješen. Koliko ste zadovoljni time kako smo ga riješili? Jednostavno odgovorite brojem \
od 1 (nimalo) do 5 (vrlo).

Srdačan pozdrav
{company}
""",
    },
    "ask.score.plain.short": {
        "en": "Thank you! How satisfied are you with how we handled {ticket}, from 1 (not at all) to 5 (very)?",
        "pl": "Dziękujemy! Jak oceniają Państwo obsługę zgłoszenia {ticket}, od 1 (bardzo źle) do 5 (bardzo dobrze)?",
        "hr": "Hvala! Koliko ste zadovoljni rješavanjem upita {ticket}, od 1 (nimalo) do 5 (vrlo)?",
    },
    # -- the page ------------------------------------------------------------------------------------------------------
    "page.title": {"en": "Your request {ticket}", "pl": "Zgłoszenie {ticket}", "hr": "Vaš upit {ticket}"},
    "page.skip": {"en": "Skip to your answer", "pl": "Przejdź do odpowiedzi", "hr": "Prijeđi na odgovor"},
    "page.languages": {"en": "Language", "pl": "Język", "hr": "Jezik"},
    "page.imprint": {"en": "Imprint", "pl": "Dane firmy", "hr": "Impresum"},
    "page.privacy": {"en": "Privacy", "pl": "Prywatność", "hr": "Privatnost"},
    "page.state": {"en": "Status", "pl": "Stan", "hr": "Stanje"},
    "page.who": {"en": "Who has it", "pl": "Kto się zajmuje", "hr": "Tko rješava"},
    "page.until": {"en": "You will hear from us", "pl": "Odezwiemy się", "hr": "Javit ćemo se"},
    "page.since": {"en": "Received", "pl": "Otrzymano", "hr": "Primljeno"},
    "page.state.open": {"en": "Open", "pl": "W toku", "hr": "Otvoreno"},
    "page.state.waiting": {"en": "Waiting for you", "pl": "Czeka na Państwa odpowiedź", "hr": "Čeka Vaš odgovor"},
    "page.state.handled": {"en": "Handled", "pl": "Załatwione", "hr": "Riješeno"},
    "page.state.closed": {"en": "Closed", "pl": "Zamknięte", "hr": "Zatvoreno"},
    "page.about.open": {
        "en": "We are working on it.",
        "pl": "Zajmujemy się tą sprawą.",
        "hr": "Radimo na tome.",
    },
    "page.about.waiting": {
        "en": "We need your answer to go on.",
        "pl": "Aby kontynuować, potrzebujemy Państwa odpowiedzi.",
        "hr": "Za nastavak nam treba Vaš odgovor.",
    },
    "page.about.handled": {
        "en": "We think that this is solved. Please tell us below whether it is.",
        "pl": "Uważamy sprawę za rozwiązaną. Prosimy poniżej potwierdzić, czy tak jest.",
        "hr": "Smatramo da je riješeno. Molimo potvrdite ispod je li tako.",
    },
    "page.about.confirmed": {
        "en": "You told us that it is solved.",
        "pl": "Potwierdzili Państwo, że sprawa jest rozwiązana.",
        "hr": "Potvrdili ste da je riješeno.",
    },
    "page.about.closed": {
        "en": "This request is closed. If it comes up again, write below.",
        "pl": "Zgłoszenie jest zamknięte. Jeśli sprawa powróci, prosimy napisać poniżej.",
        "hr": "Upit je zatvoren. Ako se problem ponovi, pišite nam ispod.",
    },
    # -- promises ------------------------------------------------------------------------------------------------------
    "page.promises": {"en": "What we promised", "pl": "Co obiecaliśmy", "hr": "Što smo obećali"},
    "page.promise.open": {"en": "Still to come", "pl": "Jeszcze przed nami", "hr": "Još slijedi"},
    "page.promise.late": {"en": "Late, we are sorry", "pl": "Po terminie, przepraszamy", "hr": "Kasni, žao nam je"},
    "page.promise.done": {"en": "Done", "pl": "Zrobione", "hr": "Učinjeno"},
    # -- the conversation ----------------------------------------------------------------------------------------------
    "page.messages": {"en": "Our conversation", "pl": "Korespondencja", "hr": "Naša prepiska"},
    "page.older": {
        "en": "Older messages are not shown here.",
        "pl": "Starsze wiadomości nie są tu pokazane.",
        "hr": "Starije poruke ovdje nisu prikazane.",
    },
    "page.nothing": {
        "en": "There are no messages to show yet.",
        "pl": "Nie ma jeszcze wiadomości do pokazania.",
        "hr": "Još nema poruka za prikaz.",
    },
    "page.you": {"en": "You", "pl": "Państwo", "hr": "Vi"},
    "page.another": {"en": "Somebody else who takes part", "pl": "Inny uczestnik", "hr": "Drugi sudionik"},
    "page.quoted": {"en": "Show the whole message", "pl": "Pokaż całą wiadomość", "hr": "Prikaži cijelu poruku"},
    "page.edited": {"en": "changed afterwards", "pl": "zmieniona później", "hr": "naknadno izmijenjena"},
    "page.deleted": {
        "en": "This message was taken back.",
        "pl": "Ta wiadomość została cofnięta.",
        "hr": "Ova je poruka povučena.",
    },
    "page.files": {"en": "Files", "pl": "Pliki", "hr": "Datoteke"},
    # -- is it solved, how satisfied -----------------------------------------------------------------------------------
    "page.solved": {"en": "Is it solved?", "pl": "Czy sprawa jest rozwiązana?", "hr": "Je li riješeno?"},
    "page.solved.yes": {"en": "Yes, it is solved", "pl": "Tak, rozwiązana", "hr": "Da, riješeno je"},
    "page.solved.no": {"en": "No, it is not solved", "pl": "Nie, nierozwiązana", "hr": "Ne, nije riješeno"},
    "page.solved.why": {
        "en": "What is still wrong?",
        "pl": "Co nadal jest nie tak?",
        "hr": "Što još nije u redu?",
    },
    "page.not_solved": {"en": "It is not solved.", "pl": "Sprawa nie jest rozwiązana.", "hr": "Nije riješeno."},
    "page.optional": {"en": "optional", "pl": "nieobowiązkowe", "hr": "neobavezno"},
    "page.score": {
        "en": "How satisfied are you with how we handled it?",
        "pl": "Jak oceniają Państwo obsługę tej sprawy?",
        "hr": "Koliko ste zadovoljni time kako smo ovo riješili?",
    },
    "page.score.1": {"en": "not at all", "pl": "bardzo źle", "hr": "nimalo"},
    "page.score.2": {"en": "little", "pl": "źle", "hr": "malo"},
    "page.score.3": {"en": "so-so", "pl": "średnio", "hr": "osrednje"},
    "page.score.4": {"en": "satisfied", "pl": "dobrze", "hr": "zadovoljni"},
    "page.score.5": {"en": "very", "pl": "bardzo dobrze", "hr": "vrlo"},
    "page.score.words": {
        "en": "Would you like to say why?",
        "pl": "Czy chcą Państwo dodać dlaczego?",
        "hr": "Želite li reći zašto?",
    },
    "page.score.send": {"en": "Send", "pl": "Wyślij ocenę", "hr": "Pošalji ocjenu"},
    "page.score.given": {
        "en": "You gave us {score} of 5. You can still change it.",
        "pl": "Państwa ocena: {score} z 5. Można ją jeszcze zmienić.",
        "hr": "Vaša ocjena: {score} od 5. Još je možete promijeniti.",
    },
    # -- writing -------------------------------------------------------------------------------------------------------
    "page.reply": {"en": "Write to us", "pl": "Napisz do nas", "hr": "Pišite nam"},
    "page.reply.answer": {"en": "Your answer", "pl": "Państwa odpowiedź", "hr": "Vaš odgovor"},
    "page.reply.message": {"en": "Your message", "pl": "Państwa wiadomość", "hr": "Vaša poruka"},
    "page.reply.again": {
        "en": "What you write opens a new request that follows this one.",
        "pl": "Wiadomość otworzy nowe zgłoszenie powiązane z tym.",
        "hr": "Vaša će poruka otvoriti novi upit povezan s ovim.",
    },
    "page.reply.send": {"en": "Send", "pl": "Wyślij", "hr": "Pošalji"},
    # -- what became of it ---------------------------------------------------------------------------------------------
    "page.said.reply": {
        "en": "Thank you. We have your message.",
        "pl": "Dziękujemy. Otrzymaliśmy Państwa wiadomość.",
        "hr": "Hvala. Zaprimili smo Vašu poruku.",
    },
    "page.said.yes": {
        "en": "Thank you. We are glad that it is solved.",
        "pl": "Dziękujemy. Cieszymy się, że sprawa jest rozwiązana.",
        "hr": "Hvala. Drago nam je da je riješeno.",
    },
    "page.said.no": {
        "en": "We are sorry. The request is open again, and we will look into it.",
        "pl": "Przykro nam. Zgłoszenie jest znów otwarte, zajmiemy się nim.",
        "hr": "Žao nam je. Upit je ponovno otvoren i pozabavit ćemo se njime.",
    },
    "page.said.score": {
        "en": "Thank you for telling us.",
        "pl": "Dziękujemy za ocenę.",
        "hr": "Hvala na ocjeni.",
    },
    "page.said.new": {
        "en": "Thank you. The earlier request is closed, so this is a new one that follows it.",
        "pl": "Dziękujemy. Poprzednie zgłoszenie jest zamknięte, więc to jest nowe, powiązane z nim.",
        "hr": "Hvala. Raniji je upit zatvoren, pa je ovo novi upit povezan s njim.",
    },
    "page.said.over": {
        "en": "There is nothing to confirm any more: the request is open.",
        "pl": "Nie ma już czego potwierdzać: zgłoszenie jest w toku.",
        "hr": "Više nema što potvrditi: upit je otvoren.",
    },
    "page.wrong.empty": {
        "en": "Please write something first.",
        "pl": "Prosimy najpierw coś napisać.",
        "hr": "Molimo najprije nešto napišite.",
    },
    "page.wrong.score": {
        "en": "Please choose a number from 1 to 5.",
        "pl": "Prosimy wybrać ocenę od 1 do 5.",
        "hr": "Molimo odaberite ocjenu od 1 do 5.",
    },
    "page.wrong.long": {
        "en": "This is too long: at most {count} characters.",
        "pl": "Tekst jest za długi: najwyżej {count} znaków.",
        "hr": "Predugo: najviše {count} znakova.",
    },
    "page.wrong.old": {
        "en": "This page has been open for too long. Nothing is lost: please press the button once more.",
        "pl": "Strona była otwarta zbyt długo. Nic nie przepadło: prosimy nacisnąć przycisk jeszcze raz.",
        "hr": "Stranica je predugo bila otvorena. Ništa nije izgubljeno: molimo pritisnite gumb još jednom.",
    },
    "page.wrong.twice": {
        "en": "We already have something else from this page. If you would like to send this too, please press the button once more.",
        "pl": "Z tej strony otrzymaliśmy już coś innego. Aby wysłać także to, prosimy nacisnąć przycisk jeszcze raz.",
        "hr": "S ove smo stranice već zaprimili nešto drugo. Želite li poslati i ovo, pritisnite gumb još jednom.",
    },
    "page.wrong.often": {
        "en": "That was often. Please wait a few minutes, then press the button once more.",
        "pl": "To było zbyt często. Prosimy odczekać kilka minut i nacisnąć przycisk jeszcze raz.",
        "hr": "To je bilo prečesto. Pričekajte nekoliko minuta pa pritisnite gumb još jednom.",
    },
    "page.wrong.away": {
        "en": "We cannot take it at the moment. Nothing is lost: please press the button once more in a minute.",
        "pl": "Nie możemy tego teraz przyjąć. Nic nie przepadło: prosimy nacisnąć przycisk ponownie za minutę.",
        "hr": "Trenutačno to ne možemo zaprimiti. Ništa nije izgubljeno: pritisnite gumb ponovno za minutu.",
    },
    "page.limited": {
        "en": "Our answers go to the address that you gave, and are shown only through the link in them.",
        "pl": "Odpowiedzi wysyłamy na podany adres; tutaj można je zobaczyć tylko przez zawarty w nich link.",
        "hr": "Odgovore šaljemo na navedenu adresu; ovdje su vidljivi samo putem poveznice u njima.",
    },
    # -- where there is no page ----------------------------------------------------------------------------------------
    "page.gone.title": {
        "en": "This link does not open anything",
        "pl": "Ten link niczego nie otwiera",
        "hr": "Ova poveznica ne otvara ništa",
    },
    "page.gone": {
        "en": "It may have expired, or not have been copied as a whole. The newest message that you have from us has one that works; "
        "or simply reply to it.",
        "pl": "Mógł wygasnąć albo nie został skopiowany w całości. Działający link jest w najnowszej wiadomości od nas; można też po "
        "prostu na nią odpisać.",
        "hr": "Možda je istekla ili nije kopirana cijela. Poveznica koja radi nalazi se u našoj najnovijoj poruci; ili jednostavno "
        "odgovorite na nju.",
    },
    "page.away.title": {"en": "Not available right now", "pl": "Chwilowo niedostępne", "hr": "Trenutačno nedostupno"},
    "page.away": {
        "en": "We cannot show your request at the moment. Please try again in a minute.",
        "pl": "Nie możemy teraz pokazać Państwa zgłoszenia. Prosimy spróbować ponownie za minutę.",
        "hr": "Trenutačno ne možemo prikazati Vaš upit. Pokušajte ponovno za minutu.",
    },
}
