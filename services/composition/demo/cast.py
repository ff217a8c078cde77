"""Who writes what on which channel, and what an agent answers."""

from dataclasses import dataclass

from services.composition.demo.customers import ByApi, ByCall, ByChat, ByForm, ByMail, ByPhone, ByTelegram, Customer
from services.composition.demo.instance import Place


@dataclass(frozen=True, slots=True)
class Part:
    """One customer's part: ``where`` names the channel for readers, ``answer`` is the agent's. ``asks_status``: asks how it stands at
    the end."""

    where: str
    name: str
    customer: Customer
    text: str
    answer: str
    asks_status: bool = False


def parts(place: Place, token: str, chat: ByChat) -> list[Part]:
    """Everybody, in the order in which their stories are told. ``token`` is for the API, ``chat`` an open chat."""
    ana = ByMail(place, "Ana Smith", "ana@customer.example", "My heater does not start")
    ewa = ByForm(place, "Ewa Zielińska", "ewa@customer.example", "pl")
    tom = ByApi(place, "Tom Baker", "tom@customer.example", "Order 7", token)
    phone, telegram = place.twilio.phone, place.telegram
    return [
        Part(
            "email", ana.name, ana,
            "Good morning, the heater does not start since yesterday. This is urgent, the whole office is cold.",
            "Please press the reset button for five seconds. If it stays off, a technician comes at noon.",
        ),
        Part(
            "SMS", "Piotr Nowak", ByPhone(phone("+48601234567", "Piotr Nowak")),
            "Dzień dobry, nie dostałem faktury za zamówienie 4711. Proszę o kopię faktury.",
            "Dzień dobry, kopia faktury jest już w drodze.",
            asks_status=True,
        ),
        Part(
            "WhatsApp", "Marija Horvat", ByPhone(phone("whatsapp:+385912345678", "Marija Horvat")),
            "Dobar dan, perilica ne radi od jučer. Što da radim?",
            "Dobar dan, molimo provjerite je li slavina za vodu otvorena.",
        ),
        Part(
            "Messenger", "Lucy Gray", ByPhone(phone("messenger:2470000000000001", "Lucy Gray")),
            "Hello, could you please send me a price quote for ten spare lamps for our projectors?",
            "Gladly: ten lamps are 490 euros, delivered within a week.",
        ),
        Part(
            "telephone", "Helen Moss", ByCall(phone("+447400123456", "Helen Moss")),
            "The heating in our office has not worked since this morning, please call me back.",
            "Good morning, our technician calls you within the hour.",
        ),
        Part(
            "Telegram", "Ivo Kovač", ByTelegram(telegram.customer(501, "Ivo Kovač", "hr")),
            "Hitno! Stroj ne radi i cijela proizvodnja stoji od jutros.",
            "Serviser je na putu i stiže za pola sata.",
        ),
        Part(
            "web form", ewa.name, ewa,
            "Chcę złożyć reklamację: paczka przyszła uszkodzona i brakuje dwóch części.",
            "Bardzo przepraszamy. Brakujące części wysyłamy dzisiaj.",
        ),
        Part(
            "live chat", chat.name, chat,
            "Hi, I was charged twice on my invoice this month. Can you check it, please?",
            "You are right, the second charge is refunded today.",
        ),
        Part(
            "API (a shop's system)", tom.name, tom,
            "Where is my order 7? It should have arrived on Monday.",
            "It left our warehouse this morning and arrives tomorrow.",
        ),
    ]  # fmt: skip
