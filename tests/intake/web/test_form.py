"""The web form over real HTTP, down to the ticket."""

import asyncio
import time
from collections.abc import Callable

import pytest

from services.intake.backlog import Backlog
from services.intake.form import articles, message, tokens
from shared.secrets import Keyring
from tests.intake.web.conftest import House, number_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50


async def test_a_form_becomes_a_ticket_and_its_number_is_shown(house: House) -> None:
    page = await house.send(email="ana@Customer.Example", **{"own-order": "A-7"})
    assert page.status_code == 200
    ticket = await house.ticket(number_in(page))
    assert (ticket.channel, ticket.inbox) == ("form", "contact")
    assert ticket.subject == "The parcel arrived open."
    assert "to ana@Customer.Example." in page.text
    inbound = await house.last()
    assert inbound.from_ is not None
    assert (inbound.from_.name, inbound.from_.address) == ("Ana Kovač", "ana@customer.example")
    assert inbound.fields == {"order": "A-7", "about": "Delivery", "terms": "yes"}
    assert "Order number: A-7" in inbound.text
    assert inbound.original is not None
    assert b"A-7" in (inbound.original.inline or b"")


async def test_a_form_sent_twice_is_one_message_and_a_changed_one_is_another(house: House) -> None:
    token = house.page_token()
    first, second = await asyncio.gather(house.send(token=token), house.send(token=token))
    assert number_in(first) == number_in(second)
    changed = await house.send(token=token, message="Something else.")
    assert number_in(changed) != number_in(first)


async def test_files_are_kept_with_the_message(house: House) -> None:
    files = [
        ("own-photo", ("../a b.png", PNG, "image/png")),
        ("own-photo", ("notes.txt", "żółw\n".encode(), "text/plain")),
    ]
    page = await house.send(files=files, message="Look at these.")
    assert page.status_code == 200, page.text
    inbound = await house.last()
    assert [(each.filename, each.media_type) for each in inbound.attachments] == [
        ("a b.png", "image/png"),
        ("notes.txt", "text/plain"),
    ]
    assert await house.contexts["intake"].blobs.get(inbound.attachments[0].blob or "") == PNG


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("no name", {"name": " "}, "name-error"),
    ("no address", {"email": ""}, "email-error"),
    ("an address without a host", {"email": "ana@"}, "email-error"),
    ("an address with a second line", {"email": "ana@customer.example\nBcc: x@y.example"}, "email-error"),
    ("an address with a list", {"email": "a@b.example,c@d.example"}, "email-error"),
    ("no message", {"message": "\n \n"}, "message-error"),
    ("a message too long", {"message": "x" * 20_001}, "message-error"),
    ("a choice that nobody offers", {"own-about": "Refund"}, "own-about-error"),
    ("a choice not made", {"own-about": ""}, "own-about-error"),
    ("no consent", {"own-terms": ""}, "own-terms-error"),
    ("a field too long", {"own-order": "9" * 501}, "own-order-error"),
]


@pytest.mark.parametrize(("changes", "where"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    house: House, changes: dict[str, str], where: str
) -> None:
    page = await house.send(**changes)
    assert page.status_code == 422
    assert page.text.count('class="error"') == 1
    assert f'id="{where}"' in page.text
    assert f'aria-describedby="{where}" autofocus' in page.text
    if "message" not in changes:
        assert "The parcel arrived open." in page.text


UPLOADS = [
    ("a program", [("own-photo", ("photo.png", b"MZ\x90\0", "image/png"))]),
    ("a page", [("own-photo", ("photo.png", b"<html><script>x</script>", "image/png"))]),
    ("another type than its name", [("own-photo", ("photo.png", b"%PDF-1.7", "application/pdf"))]),
    ("too many", [("own-photo", (f"{number}.png", PNG, "image/png")) for number in range(6)]),
    ("too large", [("own-photo", ("a.bin", b"\1" * (20 * 1024 * 1024 + 1), "application/octet-stream"))]),
]


@pytest.mark.parametrize("files", [case[1] for case in UPLOADS], ids=[case[0] for case in UPLOADS])
async def test_files_that_may_not_be_sent_are_refused_beside_their_field(house: House, files: object) -> None:
    page = await house.send(files=files)
    assert page.status_code == 422
    assert 'id="own-photo-error"' in page.text
    assert "choose your files again" in page.text


async def test_a_body_larger_than_all_files_together_may_be_is_refused_before_it_is_held(house: House) -> None:
    page = await house.http.post("/form/contact", content=b"x" * (26 * 1024 * 1024))
    assert page.status_code == 413


async def test_nothing_that_was_typed_comes_back_as_markup(house: House) -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}</textarea>'
    page = await house.send(name=evil, message=evil, email=evil, **{"own-order": evil, "own-about": evil})
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert "49" not in page.text
    assert page.text.count("</textarea>") == 1
    done = await house.send(name=evil, message=evil)
    assert "<script>alert" not in done.text


TRAPS: list[tuple[str, Callable[[House], dict[str, str]], int, str]] = [
    ("the field nobody sees", lambda _: {"website": "http://spam.example"}, 422, "robot"),
    ("faster than a person", lambda house: {"token": house.page_token(age=1.0)}, 422, "robot"),
    ("a page of the day before yesterday", lambda house: {"token": house.page_token(age=2 * 86_400)}, 422, "forged"),
    ("no token", lambda _: {"token": ""}, 422, "forged"),
    ("the token of another form", lambda house: {"token": house.page_token("plain")}, 422, "forged"),
    ("a changed token", lambda house: {"token": _flipped(house.page_token())}, 422, "forged"),
    ("sent by another site", lambda _: {"sec-fetch-site": "cross-site"}, 403, "forged"),
    ("sent by an old browser on another site", lambda _: {"origin": "https://evil.example"}, 403, "forged"),
]


def _flipped(token: str) -> str:
    return token[:-1] + ("a" if token[-1] != "a" else "b")


@pytest.mark.parametrize(("changes", "status", "reason"), [case[1:] for case in TRAPS], ids=[case[0] for case in TRAPS])
async def test_a_trap_shows_the_form_again_and_stands_in_the_ledger(
    house: House, changes: Callable[[House], dict[str, str]], status: int, reason: str
) -> None:
    before, tickets = (await house.refused("contact")).get(f"refused: {reason}", 0), await house.tickets()
    page = await house.send(**changes(house))
    assert page.status_code == status
    assert 'role="alert"' in page.text
    assert "The parcel arrived open." in page.text
    assert (await house.refused("contact"))[f"refused: {reason}"] == before + 1
    assert await house.tickets() == tickets


async def test_a_person_caught_in_a_trap_presses_once_more_and_is_through(house: House) -> None:
    page = await house.send(website="filled in by a helpful browser")
    token = page.text.split('name="token" value="')[1].split('"')[0]
    assert (await house.send(token=token)).status_code == 200


async def test_every_changed_character_of_a_token_is_noticed() -> None:
    keyring = Keyring("a", {"a": b"k" * 32})
    token = tokens.make(keyring, "contact", 1_800_000_000.0)
    page = tokens.read(keyring, "contact", token)
    assert page is not None
    assert page.age(1_800_000_060.0) == 60
    for place in range(len(token)):
        other = "b" if token[place] != "b" else "c"
        assert tokens.read(keyring, "contact", token[:place] + other + token[place + 1 :]) is None


async def test_one_address_may_not_be_written_to_without_end(house: House) -> None:
    pages = [await house.send(email="victim@customer.example", message=f"Number {n}") for n in range(6)]
    assert [page.status_code for page in pages] == [200] * 5 + [429]
    assert pages[-1].headers["Retry-After"]
    assert "Number 5" in pages[-1].text


async def test_the_page_may_load_nothing_and_be_shown_only_where_it_is_allowed(house: House) -> None:
    page = await house.http.get("/form/contact")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors https://www.acme.example http://localhost:*" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert "access-control-allow-origin" not in page.headers
    alone = await house.http.get("/form/plain")
    assert "frame-ancestors 'none'" in alone.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "hr", "hr"),
        ("", "de-DE,pl-PL;q=0.8,en;q=0.9", "en"),
        ("", "de, pl;q=0.8, hr;q=0.5", "pl"),
        ("", "pl;q=0, hr;q=0.1", "hr"),
        ("", "pl;q=x", "en"),
        ("?lang=pl", "hr", "pl"),
        ("?lang=xx", "hr", "hr"),
        ("?lang=<script>", "", "en"),
    ],
)
async def test_the_page_is_in_the_language_of_its_reader(
    house: House, query: str, accepted: str, language: str
) -> None:
    page = await house.http.get(f"/form/contact{query}", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in page.text
    assert "<script>alert" not in page.text


async def test_files_of_the_pages_are_served_and_nothing_else_is(house: House) -> None:
    for name, kind in (
        ("embed.js", "javascript"),
        ("static/intake/form.css", "css"),
        ("static/intake/form.js", "javascript"),
    ):
        answer = await house.http.get(f"/{name}")
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
    for name in ("form.html", "__init__.py", "..%2Fform%2Froutes.py", "form.css.bak"):
        assert (await house.http.get(f"/static/intake/{name}")).status_code == 404
    assert (await house.http.get("/form/nobody")).status_code == 404
    assert (await house.http.post("/form/nobody")).status_code == 404


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xfe\0garbage", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
        (b"%ff%fe=%00&message=%f0%28", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"", "text/plain"),
    ],
)
async def test_garbage_is_answered_and_never_an_error_of_ours(house: House, content: bytes, kind: str) -> None:
    answer = await house.http.post("/form/contact", content=content, headers={"Content-Type": kind})
    assert 400 <= answer.status_code < 500


async def test_a_message_that_is_not_decided_in_time_is_said_to_follow_by_mail(house: House) -> None:
    await house.router.stop()
    try:
        began = time.monotonic()
        page = await house.send(email="bea@customer.example", message="Nobody is there to decide.")
        assert 2.5 < time.monotonic() - began < 30
        assert page.status_code == 200
        assert "follows by email" in page.text
        assert "bea@customer.example" in page.text
    finally:
        await house.start_router()


async def test_while_the_bus_is_away_the_form_is_kept_and_sent_again_it_is_one_message(house: House) -> None:
    token = house.page_token()
    house.server.stop()
    try:
        async with asyncio.timeout(60):
            while house.contexts["intake"].bus.is_connected:
                await asyncio.sleep(0.02)
        # However often: what could not be kept does not count against whoever sends it.
        pages = [await house.send(token=token, message="Is anybody there?") for _ in range(7)]
        assert {page.status_code for page in pages} == {503}
        page = pages[-1]
        assert page.headers["Retry-After"]
        assert "Is anybody there?" in page.text
        assert f'value="{token}"' in page.text
    finally:
        house.server.start()
    async with asyncio.timeout(60):
        while not all(context.bus.is_connected for context in house.contexts.values()):
            await asyncio.sleep(0.02)
        while (page := await house.send(token=token, message="Is anybody there?")).status_code != 200:
            await asyncio.sleep(0.1)
    assert page.status_code == 200
    async with asyncio.timeout(60):
        while "refused: unavailable" not in await _reasons(house):
            await asyncio.sleep(0.1)


async def _reasons(house: House) -> dict[str, int]:
    return await house.refused("contact")


async def test_over_the_backlog_the_form_asks_to_come_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backlog, "over", True)  # as it is told; the figure itself is looked up anew each second
    page = await house.send()
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "30"


async def test_a_message_of_a_form_is_the_same_whenever_it_is_built() -> None:
    values = {"email": "a@b.example", "message": "x", "name": "A"}
    assert message.source_id("i", "n", values, []) == message.source_id("i", "n", dict(reversed(values.items())), [])
    assert message.source_id("i", "n", values, []) != message.source_id("i", "n", values, ["key"])
    assert message.source_id("i", "n", values, []) != message.source_id("j", "n", values, [])


async def test_the_number_goes_by_mail_to_the_address_given(house: House) -> None:
    ticket = await house.ticket(number_in(await house.send(email="dora@customer.example", **{"accept-language": "hr"})))
    (delivery,) = ticket.deliveries
    assert (delivery.channel, delivery.inbox, delivery.kind) == ("email", "support", "acknowledgement")
    assert "dora@customer.example" in delivery.to


async def test_while_a_form_is_filled_in_articles_like_it_are_offered(house: House) -> None:
    await house.article("kettle", en="The kettle does not boil", pl="Czajnik nie gotuje wody")
    await house.article("kettle-agents", "internal", en="The kettle does not boil: for agents")

    async def offered(q: str, **asked: str) -> list[dict[str, str]]:
        answer = await house.http.get("/form/contact/articles", params={"q": q, **asked})
        assert answer.status_code == 200
        items: list[dict[str, str]] = answer.json()["items"]
        return items

    written = "Hello, since Monday my kettle does not boil any water."
    link = {"title": "The kettle does not boil", "url": "../kb/a/kettle?lang=en"}
    assert await offered(written) == [link]
    assert [each["title"] for each in await offered("Mój czajnik nie gotuje już wody", lang="pl")] == [
        "Czajnik nie gotuje wody"
    ]
    for nothing in ("kettle", "", "x" * 5_000, '"*\0&|', "Where is my parcel? It should have come."):
        assert await offered(nothing) == []
    assert (await house.http.get("/form/nowhere/articles", params={"q": written})).status_code == 404
    page = await house.http.get("/form/contact")
    assert "connect-src 'self'" in page.headers["content-security-policy"]


async def test_nobody_can_ask_for_articles_without_end(house: House) -> None:
    await house.article("toaster", en="The toaster burns")
    suggesting = articles.Suggesting(house.contexts["intake"].bus, "..", lambda: 0.0)
    words = "My toaster burns everything"
    assert await suggesting.like(words, "en", "198.51.100.1")
    for _ in range(articles.PER_PEER - 1):
        await suggesting.like(words, "en", "198.51.100.1")
    assert await suggesting.like(words, "en", "198.51.100.1") == []
    assert await suggesting.like(words, "en", "198.51.100.2"), "others still can"
