"""The words of the customer ticket tracking register: its columns, and what stands in them beside people's own words."""

from typing import Final

_COLUMNS: Final[dict[str, tuple[str, str, str]]] = {
    "number": ("Number", "Numer", "Broj"),
    "received_at": ("Received on", "Data przyjęcia", "Zaprimljeno"),
    "received_via": ("Received by way of", "Sposób przyjęcia", "Način zaprimanja"),
    "received_by": ("Received by", "Przyjął", "Zaprimio"),
    "customer": ("Customer", "Klient", "Kupac"),
    "contact": ("Contact", "Kontakt", "Kontaktni podaci"),
    "subject": ("Subject", "Temat", "Predmet"),
    "product": ("Product", "Produkt", "Proizvod"),
    "kind": ("Kind", "Rodzaj", "Vrsta"),
    "category": ("Category", "Kategoria", "Kategorija"),
    "priority": ("Priority", "Priorytet", "Prioritet"),
    "status": ("State", "Stan", "Stanje"),
    "problem": ("Problem", "Opis problemu", "Opis poteškoće"),
    "details": ("Details", "Szczegóły", "Pojedinosti"),
    "impact": ("Impact", "Skutki", "Posljedice"),
    "evidence": ("Evidence", "Dowody", "Dokazi"),
    "promises": ("Promises to the customer", "Obietnice dla klienta", "Obećanja klijentu"),
    "department": ("Department in charge", "Dział odpowiedzialny", "Nadležni odjel"),
    "assignee": ("Person in charge", "Osoba odpowiedzialna", "Nadležna osoba"),
    "hand_overs": ("Hand-overs", "Przekazania", "Predaje"),
    "actions": ("Actions", "Działania", "Radnje"),
    "tasks": ("Tasks", "Zadania", "Zadaci"),
    "contacts": ("Follow-up contacts", "Dalsze kontakty", "Naknadni kontakti"),
    "enquiries": ("Status enquiries", "Zapytania o stan", "Upiti o stanju"),
    "solution": ("Solution", "Rozwiązanie", "Rješenje"),
    "solved_at": ("Solved on", "Data rozwiązania", "Riješeno"),
    "solved_by": ("Solved by", "Rozwiązał", "Riješio"),
    "tested": ("How it was tested", "Sposób sprawdzenia", "Način provjere"),
    "tested_by": ("Tested by", "Sprawdził", "Provjerio"),
    "root_cause": ("Root cause", "Przyczyna", "Uzrok"),
    "preventive_action": ("Preventive action", "Działanie zapobiegawcze", "Preventivna mjera"),
    "preventive_owner": ("Owner of the preventive action", "Odpowiedzialny za zapobieganie", "Zadužen za preventivu"),
    "preventive_due": ("Preventive action due", "Termin zapobiegania", "Rok preventive"),
    "preventive_verified": ("Preventive action verified", "Sprawdzenie zapobiegania", "Provjera preventive"),
    "closed_at": ("Closed on", "Data zamknięcia", "Zatvoreno"),
    "confirmed_at": ("Confirmed by the customer on", "Potwierdzone przez klienta", "Klijent potvrdio"),
    "satisfied": ("Satisfied", "Zadowolenie", "Zadovoljstvo"),
    "satisfaction": ("Satisfied or not, and why", "Ocena i uzasadnienie", "Ocjena i obrazloženje"),
}

_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "title": ("Customer ticket tracking register", "Rejestr zgłoszeń klientów", "Registar zahtjeva kupaca"),
    "made": ("made {at}", "sporządzono {at}", "izrađeno {at}"),
    "copy.internal": ("Internal copy", "Egzemplarz wewnętrzny", "Interni primjerak"),
    "copy.customer": ("Customer's copy", "Egzemplarz klienta", "Primjerak za klijenta"),
    "conversation": ("Conversation", "Korespondencja", "Razgovor"),
    "history": ("History", "Historia", "Povijest"),
    "note": ("internal note", "notatka wewnętrzna", "interna bilješka"),
    "side": ("side conversation", "rozmowa poboczna", "usporedni razgovor"),
    "automatic": ("automatic", "automatyczna", "automatska"),
    "files": ("Files: {names}", "Pliki: {names}", "Datoteke: {names}"),
    "you": ("Customer", "Klient", "Klijent"),
    "taken_back": ("taken back by its sender", "wycofana przez nadawcę", "povučena"),
    "older": (
        "Older messages are not in this copy.",
        "Starszych wiadomości nie ma w tym egzemplarzu.",
        "Starijih poruka nema u ovom primjerku.",
    ),
    "page": ("page {number}", "strona {number}", "stranica {number}"),
    "lacking": (
        "Some characters of this page cannot be shown here (empty boxes); the register as Excel, Word or CSV has them.",
        "Niektórych znaków tej strony nie można tu pokazać (puste prostokąty); są w rejestrze w formacie Excel, Word lub CSV.",
        "Neki se znakovi ove stranice ovdje ne mogu prikazati (prazni okviri); sadrži ih registar u obliku Excel, Word ili CSV.",
    ),
    "lacking.ticket": (
        "Some characters of this page cannot be shown here (empty boxes); the original messages have them.",
        "Niektórych znaków tej strony nie można tu pokazać (puste prostokąty); są w oryginalnych wiadomościach.",
        "Neki se znakovi ove stranice ovdje ne mogu prikazati (prazni okviri); sadrže ih izvorne poruke.",
    ),
    "yes": ("yes", "tak", "da"),
    "no": ("no", "nie", "ne"),
    "requested": ("requested {at}", "zlecono {at}", "zatraženo {at}"),
    "done": ("done {at}", "wykonano {at}", "obavljeno {at}"),
    "not_done": ("not done yet", "jeszcze nie wykonano", "još nije obavljeno"),
    "due": ("due {at}", "termin {at}", "rok {at}"),
    "kept": ("kept {at}", "dotrzymano {at}", "ispunjeno {at}"),
    "late": ("done late {at}", "wykonano po terminie {at}", "ispunjeno sa zakašnjenjem {at}"),
    "broken": ("not kept", "nie dotrzymano", "nije ispunjeno"),
    "open": ("still open", "w toku", "u tijeku"),
    "moved": ("put off from {at}: {why}", "przesunięto z {at}: {why}", "odgođeno s {at}: {why}"),
    "evidence": ("evidence: {what}", "dowody: {what}", "dokazi: {what}"),
    "message": ("message {id}", "wiadomość {id}", "poruka {id}"),
    "call.in": ("call from {who}", "telefon od {who}", "poziv od: {who}"),
    "call.out": ("call to {who}", "telefon do {who}", "poziv za: {who}"),
    "contact.in": ("{way} from {who}", "{way}, od {who}", "{way}, od: {who}"),
    "contact.out": ("{way} to {who}", "{way}, do {who}", "{way}, za: {who}"),
    "customer": ("the customer", "klient", "kupac"),
    "nobody": ("nobody", "nikt", "nitko"),
    "score": ("{score} of 5", "{score} na 5", "{score} od 5"),
    "status.new": ("new", "nowe", "novo"),
    "status.open": ("open", "otwarte", "otvoreno"),
    "status.pending": ("waits for the customer", "czeka na klienta", "čeka klijenta"),
    "status.on_hold": ("on hold", "wstrzymane", "na čekanju"),
    "status.solved": ("solved", "rozwiązane", "riješeno"),
    "status.closed": ("closed", "zamknięte", "zatvoreno"),
    "status.spam": ("spam", "niechciane (spam)", "neželjena pošta"),
    "status.merged": ("merged", "scalone", "spojeno"),
    "kind.question": ("question", "pytanie", "pitanje"),
    "kind.complaint": ("complaint", "reklamacja", "pritužba"),
    "kind.suggestion": ("suggestion", "sugestia", "prijedlog"),
    "kind.order": ("order", "zamówienie", "narudžba"),
    "kind.offer": ("offer", "oferta", "ponuda"),
    "kind.service": ("service", "serwis", "servis"),
    "channel.email": ("email", "e-mail", "e-pošta"),
    "channel.sms": ("SMS", "wiadomość SMS", "SMS poruka"),
    "channel.voice": ("phone", "telefon", "telefonski poziv"),
    "channel.form": ("web form", "formularz", "obrazac"),
    "channel.chat": ("chat", "czat", "razgovor uživo"),
}


_SAME: Final = {"whatsapp": "WhatsApp", "messenger": "Messenger", "telegram": "Telegram", "sms": "SMS", "api": "API"}
"""What channels are called in every language."""


def channel_name(channel: str, language: str) -> str:
    """What a channel is called where people read of it."""
    entry = REGISTER_TEXTS.get(f"register.channel.{channel}", {})
    return _SAME.get(channel) or entry.get(language) or entry.get("en") or channel


def _entry(words: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("en", "pl", "hr"), words, strict=True))


REGISTER_TEXTS: Final[dict[str, dict[str, str]]] = {
    **{f"register.column.{name}": _entry(words) for name, words in _COLUMNS.items()},
    **{f"register.{name}": _entry(words) for name, words in _WORDS.items()},
}
