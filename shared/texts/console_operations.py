"""What the operations page of the agents' console says: how everything is, what is wrong with it, and what to do about that at night."""

from typing import Final


def _t(en: str, pl: str, hr: str) -> dict[str, str]:
    return {"en": en, "pl": pl, "hr": hr}


_TROUBLES: Final = {
    "trouble.bus": _t(
        "The desk has no connection to the bus.",
        "Konsola nie ma połączenia z szyną.",
        "Konzola nije spojena na sabirnicu.",
    ),
    "advice.bus": _t(
        "Nothing is lost: senders try again, and every service reconnects by itself. Look whether nats-server runs.",
        "Nic nie ginie: nadawcy ponawiają próby, a usługi łączą się ponownie same. Proszę sprawdzić, czy działa nats-server.",
        "Ništa se ne gubi: pošiljatelji pokušavaju ponovno, a servisi se sami ponovno spajaju. Provjerite radi li nats-server.",
    ),
    "trouble.store": _t(
        "The store does not answer. {error}", "Magazyn nie odpowiada. {error}", "Spremište ne odgovara. {error}"
    ),
    "advice.store": _t(
        "Mail is still accepted and waits on the bus. Run `trunkline check`; look at the database and its password.",
        "Poczta jest nadal przyjmowana i czeka na szynie. Proszę uruchomić `trunkline check` i sprawdzić bazę danych oraz jej hasło.",
        "Pošta se i dalje prima i čeka na sabirnici. Pokrenite `trunkline check` te provjerite bazu podataka i njezinu lozinku.",
    ),
    "trouble.dead": _t(
        "Messages that could not be processed: {number}.",
        "Wiadomości, których nie udało się przetworzyć: {number}.",
        "Poruke koje se nisu mogle obraditi: {number}.",
    ),
    "advice.dead": _t(
        "See below who gave up and why. The same error on many of them is a bug or a wrong setting: mend it, then replay all.",
        "Poniżej widać, kto zrezygnował i dlaczego. Ten sam błąd przy wielu to usterka lub złe ustawienie: proszę je poprawić, potem "
        "powtórzyć wszystkie.",
        "Dolje se vidi tko je odustao i zašto. Ista pogreška kod mnogih znači kvar ili krivu postavku: popravite je, zatim ponovite sve.",
    ),
    "trouble.late": _t(
        "{inbox}: messages wait to be sent: {number}, the oldest for {minutes} minutes. {error}",
        "{inbox}: wiadomości czekają na wysłanie: {number}, najstarsza od {minutes} minut. {error}",
        "{inbox}: poruke čekaju slanje: {number}, najstarija {minutes} minuta. {error}",
    ),
    "advice.late": _t(
        "Mostly its relay or provider is away. `trunkline check` greets each of them. Do not restart: it goes on by itself.",
        "Zwykle nie działa serwer pocztowy lub operator. `trunkline check` sprawdza każdy z nich. Nie trzeba restartować: wysyłanie ruszy "
        "samo.",
        "Uglavnom je nedostupan poslužitelj pošte ili pružatelj usluge. `trunkline check` provjerava svakoga. Ne treba ponovno pokretati: "
        "slanje se nastavlja samo.",
    ),
    "trouble.relay": _t(
        "{inbox}: the last try to send failed. {error}",
        "{inbox}: ostatnia próba wysłania nie powiodła się. {error}",
        "{inbox}: posljednji pokušaj slanja nije uspio. {error}",
    ),
    "advice.relay": _t(
        "It is tried again by itself. If it lasts, `trunkline check` tells whether the relay answers and takes the password.",
        "Próba zostanie ponowiona sama. Jeśli to trwa, `trunkline check` pokaże, czy serwer odpowiada i przyjmuje hasło.",
        "Pokušaj se ponavlja sam. Ako potraje, `trunkline check` pokazuje odgovara li poslužitelj i prihvaća li lozinku.",
    ),
    "trouble.mailbox": _t(
        "{inbox}: nothing can be fetched since {minutes} minutes. {error}",
        "{inbox}: od {minutes} minut nie można nic pobrać. {error}",
        "{inbox}: već {minutes} minuta ništa se ne može preuzeti. {error}",
    ),
    "advice.mailbox": _t(
        "The mail stays on its server and is fetched when the way is free. Look at the password or token in the configuration.",
        "Poczta zostaje na serwerze i zostanie pobrana, gdy będzie to możliwe. Proszę sprawdzić hasło lub token w konfiguracji.",
        "Pošta ostaje na poslužitelju i bit će preuzeta kad bude moguće. Provjerite lozinku ili token u konfiguraciji.",
    ),
    "trouble.mailbox_warning": _t("{inbox}: {error}", "{inbox}: {error}", "{inbox}: {error}"),
    "advice.mailbox_warning": _t(
        "It still works. Mend it before it does not.",
        "Jeszcze działa. Proszę to poprawić, zanim przestanie.",
        "Još radi. Popravite prije nego što prestane.",
    ),
    "trouble.unread": _t(
        "{inbox}: no service fetches its messages.",
        "{inbox}: żadna usługa nie pobiera wiadomości.",
        "{inbox}: nijedan servis ne preuzima poruke.",
    ),
    "advice.unread": _t(
        "After a start this takes a minute. If it stays so, look whether intake runs and reaches the bus.",
        "Po uruchomieniu trwa to minutę. Jeśli tak zostanie, proszę sprawdzić, czy działa intake i czy ma połączenie z szyną.",
        "Nakon pokretanja to traje minutu. Ako tako ostane, provjerite radi li intake i ima li vezu sa sabirnicom.",
    ),
    "trouble.silent": _t(
        "{inbox}: nothing was received for {minutes} minutes.",
        "{inbox}: od {minutes} minut nic nie przyszło.",
        "{inbox}: već {minutes} minuta ništa nije stiglo.",
    ),
    "advice.silent": _t(
        "Send a message from outside yourself. If it does not arrive, look at the MX record, the firewall, the provider's web hook.",
        "Proszę samemu wysłać wiadomość z zewnątrz. Jeśli nie dojdzie: sprawdzić rekord MX, zaporę, webhook operatora.",
        "Pošaljite sami poruku izvana. Ako ne stigne, provjerite MX zapis, vatrozid i webhook pružatelja usluge.",
    ),
    "trouble.disk": _t(
        "Only {megabytes} MB are free where the data lies.",
        "Na dysku z danymi wolne jest tylko {megabytes} MB.",
        "Na disku s podacima slobodno je samo {megabytes} MB.",
    ),
    "advice.disk": _t(
        "Make room now: delete old logs and backups. Never delete anything in the data folder.",
        "Proszę zwolnić miejsce: usunąć stare dzienniki i kopie. Niczego nie usuwać z folderu danych.",
        "Oslobodite mjesto: obrišite stare zapisnike i kopije. Ništa ne brišite u mapi s podacima.",
    ),
    "trouble.stream": _t(
        "Stream {name} is {percent} % full.",
        "Strumień {name} jest zapełniony w {percent} %.",
        "Tok {name} popunjen je {percent} %.",
    ),
    "advice.stream": _t(
        "A full stream refuses new messages, senders try again. Raise bus.max_bytes if there is room on the disk.",
        "Pełny strumień odmawia przyjęcia, nadawcy ponawiają próby. Jeśli na dysku jest miejsce, proszę zwiększyć bus.max_bytes.",
        "Pun tok odbija nove poruke, pošiljatelji pokušavaju ponovno. Ako na disku ima mjesta, povećajte bus.max_bytes.",
    ),
    "trouble.backlog": _t(
        "Messages that came in and are not processed yet: {number}. At {most} senders are put off.",
        "Wiadomości przyjęte, a jeszcze nie przetworzone: {number}. Przy {most} nadawcy są odsyłani na później.",
        "Primljene poruke koje još nisu obrađene: {number}. Kod {most} pošiljatelji se odgađaju.",
    ),
    "advice.backlog": _t(
        "Look whether router and store run and are ready. The backlog is worked off by itself.",
        "Proszę sprawdzić, czy router i magazyn działają i są gotowe. Zaległości zostaną odrobione same.",
        "Provjerite rade li router i spremište. Zaostatak se obrađuje sam.",
    ),
    "trouble.idle": _t(
        "Nobody takes the messages for {name}: {number} wait.",
        "Nikt nie odbiera wiadomości dla {name}: czeka {number}.",
        "Nitko ne preuzima poruke za {name}: čeka ih {number}.",
    ),
    "advice.idle": _t(
        "The service of that name does not run, or has lost the bus. Start it; its /readyz says what it lacks.",
        "Usługa o tej nazwie nie działa lub straciła szynę. Proszę ją uruchomić; jej /readyz mówi, czego brakuje.",
        "Servis tog imena ne radi ili je izgubio sabirnicu. Pokrenite ga; njegov /readyz kaže što mu nedostaje.",
    ),
    "trouble.unpublished": _t(
        "Changes that are committed and not on the bus yet: {number}.",
        "Zmiany zapisane, a jeszcze nie na szynie: {number}.",
        "Spremljene promjene koje još nisu na sabirnici: {number}.",
    ),
    "advice.unpublished": _t(
        "They are published by themselves as soon as the bus takes them. If the number grows, look at the store's log.",
        "Zostaną opublikowane same, gdy szyna je przyjmie. Jeśli liczba rośnie, proszę zajrzeć do dziennika magazynu.",
        "Objavit će se same čim ih sabirnica primi. Ako broj raste, pogledajte zapisnik spremišta.",
    ),
    "trouble.ledger": _t(
        "{inbox}: the ledger does not add up, the difference is {number}.",
        "{inbox}: bilans się nie zgadza, różnica to {number}.",
        "{inbox}: bilanca se ne slaže, razlika je {number}.",
    ),
    "advice.ledger": _t(
        "While mail comes in it may be off for a moment. If it stays, keep the log and the data folder, and ask for help.",
        "Gdy przychodzi poczta, przez chwilę może się nie zgadzać. Jeśli tak zostanie, proszę zachować dziennik i folder danych i "
        "poprosić o pomoc.",
        "Dok pošta stiže, načas se ne mora slagati. Ako tako ostane, sačuvajte zapisnik i mapu s podacima te zatražite pomoć.",
    ),
    "trouble.failed": _t(
        "Messages that did not arrive, since yesterday: {number}.",
        "Wiadomości, które nie dotarły, od wczoraj: {number}.",
        "Poruke koje nisu stigle, od jučer: {number}.",
    ),
    "advice.failed": _t(
        "See below why. A wrong address is corrected in the ticket; what a relay refused for a while can be sent again.",
        "Poniżej widać dlaczego. Zły adres poprawia się w zgłoszeniu; to, co serwer odrzucał chwilowo, można wysłać ponownie.",
        "Dolje se vidi zašto. Kriva adresa ispravlja se u upitu; ono što je poslužitelj privremeno odbijao može se poslati ponovno.",
    ),
    "trouble.webhooks": _t(
        "Events that webhooks were not told: {number}.",
        "Zdarzenia, o których nie powiadomiono webhooków: {number}.",
        "Događaji koji nisu dojavljeni webhookovima: {number}.",
    ),
    "advice.webhooks": _t(
        "Look at the receiving system first, then replay them below.",
        "Proszę najpierw sprawdzić system odbierający, potem powtórzyć je poniżej.",
        "Najprije provjerite sustav koji prima, zatim ih dolje ponovite.",
    ),
}

_PAGE: Final = {
    "title": _t("Operations", "Stan systemu", "Stanje sustava"),
    "as_of": _t("As of {time}", "Stan na {time}", "Stanje u {time}"),
    "fine": _t("Everything is in order.", "Wszystko w porządku.", "Sve je u redu."),
    "wrong": _t("Wrong", "Źle", "Loše"),
    "warning": _t("Look at it", "Do sprawdzenia", "Pogledajte"),
    "good": _t("Good", "Dobrze", "Dobro"),
    "what_to_do": _t("What to do", "Co zrobić", "Što učiniti"),
    "more": _t("More in {section}", "Więcej w {section}", "Više u {section}"),
    "unknown": _t("not known", "nie wiadomo", "nije poznato"),
    "never": _t("never", "nigdy", "nikad"),
    "channels": _t("Channels", "Kanały", "Kanali"),
    "inbox": _t("Inbox", "Skrzynka", "Pretinac"),
    "state": _t("State", "Stan", "Stanje"),
    "received": _t("Last received", "Ostatnio odebrano", "Zadnje primljeno"),
    "waiting": _t("Waiting to be sent", "Czeka na wysłanie", "Čeka slanje"),
    "since": _t("since {time}", "od {time}", "od {time}"),
    "webhook": _t("webhook", "webhook", "webhook"),
    "inbox.good": _t("in order", "w porządku", "u redu"),
    "inbox.sending": _t("sending", "wysyła", "šalje"),
    "inbox.unread": _t("nobody fetches", "nikt nie pobiera", "nitko ne preuzima"),
    "inbox.mailbox": _t("no way into the mailbox", "brak dostępu do skrzynki", "nema pristupa pretincu"),
    "inbox.mailbox_warning": _t("needs care soon", "wkrótce wymaga uwagi", "uskoro traži pažnju"),
    "inbox.late": _t("sends too late", "wysyła za późno", "šalje prekasno"),
    "inbox.relay": _t("last try failed", "ostatnia próba nieudana", "zadnji pokušaj nije uspio"),
    "inbox.silent": _t("silent", "cisza", "tišina"),
    "ledger": _t("Ledger", "Bilans", "Bilanca"),
    "ledger.about": _t(
        "What became of everything that was received.",
        "Co stało się ze wszystkim, co odebrano.",
        "Što je bilo sa svime što je primljeno.",
    ),
    "span": _t("Period", "Okres", "Razdoblje"),
    "span.today": _t("Today", "Dzisiaj", "Danas"),
    "span.week": _t("7 days", "7 dni", "7 dana"),
    "span.ever": _t("Ever", "Od początku", "Oduvijek"),
    "ledger.received": _t("Received", "Odebrane", "Primljeno"),
    "ledger.stored": _t("Stored", "Zapisane", "Spremljeno"),
    "ledger.duplicate": _t("Duplicate", "Powtórzone", "Ponovljeno"),
    "ledger.quarantined": _t("Quarantined", "Kwarantanna", "Karantena"),
    "ledger.refused": _t("Refused", "Odrzucone", "Odbijeno"),
    "ledger.dead": _t("Given up", "Porzucone", "Odustalo se"),
    "ledger.in_flight": _t("On the way", "W drodze", "Na putu"),
    "ledger.sum": _t("Adds up", "Zgadza się", "Slaže se"),
    "ledger.yes": _t("yes", "tak", "da"),
    "ledger.missing": _t("no: {number} missing", "nie: brakuje {number}", "ne: nedostaje {number}"),
    "ledger.over": _t("no: {number} too many", "nie: o {number} za dużo", "ne: {number} previše"),
    "ledger.empty": _t("Nothing was received.", "Nic nie odebrano.", "Ništa nije primljeno."),
    "ledger.away": _t(
        "It cannot be told now: {error}", "Teraz nie można tego podać: {error}", "Sada se ne može reći: {error}"
    ),
    "queues": _t("Queues", "Kolejki", "Redovi"),
    "queue": _t("Who takes them", "Kto odbiera", "Tko preuzima"),
    "queue.waiting": _t("Waiting", "Czeka", "Čeka"),
    "queue.in_hand": _t("In hand", "W toku", "U obradi"),
    "queue.retrying": _t("To be retried", "Do ponowienia", "Za ponavljanje"),
    "stream": _t("Stream", "Strumień", "Tok"),
    "stream.messages": _t("Messages kept", "Przechowywane", "Čuva se"),
    "stream.filled": _t("Filled", "Zapełnienie", "Popunjeno"),
    "dead": _t("Dead letters", "Porzucone wiadomości", "Odbačene poruke"),
    "dead.none": _t("There are none.", "Nie ma żadnych.", "Nema ih."),
    "dead.more": _t("Shown: {shown} of {total}.", "Pokazano: {shown} z {total}.", "Prikazano: {shown} od {total}."),
    "dead.number": _t("Dead letter {number}", "Porzucona wiadomość {number}", "Odbačena poruka {number}"),
    "dead.gave_up": _t(
        "{durable} gave up after attempts: {attempts}",
        "{durable}: rezygnacja po próbach: {attempts}",
        "{durable}: odustao nakon pokušaja: {attempts}",
    ),
    "dead.first_error": _t("First error: {error}", "Pierwszy błąd: {error}", "Prva pogreška: {error}"),
    "dead.look": _t("Look inside", "Zajrzyj", "Pogledaj sadržaj"),
    "dead.cut": _t(
        "There is more than is shown here.", "Jest więcej, niż tu pokazano.", "Ima više nego što je ovdje prikazano."
    ),
    "dead.headers": _t("Headers", "Nagłówki", "Zaglavlja"),
    "dead.content": _t("Content", "Treść", "Sadržaj"),
    "dead.gone": _t("It is no longer there.", "Już jej nie ma.", "Više je nema."),
    "replay": _t("Replay", "Powtórz", "Ponovi"),
    "replay_all": _t("Replay all", "Powtórz wszystkie", "Ponovi sve"),
    "replay_all.ask": _t(
        "All of them are handled again, from the start: {number}. What fails again comes back here.",
        "Wszystkie zostaną przetworzone od nowa: {number}. To, co znów się nie uda, wróci tutaj.",
        "Sve će se obraditi ispočetka: {number}. Što opet ne uspije, vraća se ovamo.",
    ),
    "replayed": _t("On its way again", "Znowu w drodze", "Ponovno na putu"),
    "replayed_all": _t("On their way again: {number}", "Znowu w drodze: {number}", "Ponovno na putu: {number}"),
    "only_admin": _t("Only an admin may do that.", "To może tylko administrator.", "To smije samo administrator."),
    "failed": _t("Deliveries that failed", "Nieudane doręczenia", "Neuspjele dostave"),
    "failed.none": _t("Everything arrived.", "Wszystko dotarło.", "Sve je stiglo."),
    "failed.channel": _t("Channel", "Kanał", "Kanal"),
    "failed.all": _t("All", "Wszystkie", "Svi"),
    "failed.days": _t("{days} days", "{days} dni", "{days} dana"),
    "failed.day": _t("1 day", "1 dzień", "1 dan"),
    "failed.to": _t("To", "Do", "Za"),
    "failed.ticket": _t("Ticket", "Zgłoszenie", "Upit"),
    "failed.what": _t("What", "Co", "Što"),
    "failed.why": _t("Why not", "Dlaczego nie", "Zašto ne"),
    "failed.state.failed": _t("failed", "nieudane", "nije uspjelo"),
    "failed.state.bounced": _t("came back", "wróciło", "vraćeno"),
    "failed.state.unknown": _t("perhaps sent", "może wysłane", "možda poslano"),
    "failed.instead": _t("sent on another channel", "wysłane innym kanałem", "poslano drugim kanalom"),
    "resend": _t("Send again", "Wyślij ponownie", "Pošalji ponovno"),
    "resent": _t("It is sent again", "Zostanie wysłane ponownie", "Šalje se ponovno"),
    "webhooks": _t("Webhooks that failed", "Nieudane webhooki", "Neuspjeli webhookovi"),
    "outgoing": _t("Outgoing mail in the Maildir", "Poczta wychodząca w Maildirze", "Odlazna pošta u Maildiru"),
    "outgoing.about": _t(
        "No relay takes the mail of {inboxes}: it leaves this machine for nobody, and lies in a folder.",
        "Żaden serwer nie przyjmuje poczty ze skrzynek {inboxes}: nie opuszcza tej maszyny, leży w folderze.",
        "Nijedan poslužitelj ne preuzima poštu iz {inboxes}: ne napušta ovo računalo, leži u mapi.",
    ),
    "outgoing.none": _t("No mail went out yet.", "Jeszcze nic nie wysłano.", "Još ništa nije poslano."),
    "outgoing.more": _t("Shown: {shown} of {total}.", "Pokazano: {shown} z {total}.", "Prikazano: {shown} od {total}."),
    "outgoing.to": _t("To {to}", "Do: {to}", "Za: {to}"),
    "people": _t("Agents online", "Agenci online", "Agenti na mreži"),
    "people.none": _t("Nobody.", "Nikogo.", "Nikoga."),
    "people.seen": _t("seen {time}", "aktywność: {time}", "aktivnost: {time}"),
    "people.looks": _t("looks at {tickets}", "ogląda {tickets}", "gleda {tickets}"),
    "people.writes": _t("writes in {tickets}", "pisze w {tickets}", "piše u {tickets}"),
    "system": _t("System", "System", "Sustav"),
    "system.version": _t("Version", "Wersja", "Inačica"),
    "system.configuration": _t("Configuration", "Konfiguracja", "Konfiguracija"),
    "system.disk": _t("Free on the disk", "Wolne na dysku", "Slobodno na disku"),
    "system.outbox": _t("Not yet on the bus", "Jeszcze nie na szynie", "Još nije na sabirnici"),
    "system.ready": _t("Ready", "Gotowość", "Spremnost"),
    "system.not_ready": _t("not ready", "niegotowe", "nije spremno"),
    "system.quarantine": _t("In quarantine", "W kwarantannie", "U karanteni"),
    "refresh": _t("Look again", "Odśwież", "Osvježi"),
}

CONSOLE_OPERATIONS_TEXTS: Final[dict[str, dict[str, str]]] = {
    f"console.operations.{key}": entry for key, entry in {**_TROUBLES, **_PAGE}.items()
}
