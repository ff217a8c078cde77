"""The page of a ticket behind its private link: what it shows and to whom, and what becomes of what is sent from it."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from services.desk import customers
from services.desk.app import create_app
from services.desk.pages.status import HEADERS
from shared.clock import now
from shared.secrets.status import VALID
from tests.desk.customerpage import Customer, assign, customer, link, token_in
from tests.desk.house import House
from tests.desk.test_contacts import receive, ticket_with

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


async def open_link(house: House, token: str, method: str = "GET") -> httpx.Response:
    async with house.client(None) as client:
        return await client.request(method, f"/t/{token}")


# -- what it shows -----------------------------------------------------------------------------------------------------


async def test_the_page_shows_the_ticket_in_the_customers_words_and_nothing_internal(house: House) -> None:
    ana = await customer(house)
    secret = uuid4().hex
    await ana.act("notes", text=f"Internal {secret}")
    await ana.act("side-conversations", channel="email", to="expert@other.example", text=f"Aside {secret}")
    await ana.act("promises", what="We send a new pump", due=(now() + timedelta(days=2)).isoformat())
    await assign(ana, f"Nowak {secret}", "Anna from Acme")
    await ana.act("replies", text="We will look at it. See https://acme.example/pumps")
    page = await ana.page()
    assert page.status_code == 200
    for shown in (
        f"T-{ana.number}",
        "The pump",
        "Open",
        "by ",
        ana.word,
        "We send a new pump",
        "We will look at it.",
        "Anna from Acme",
    ):
        assert shown in page.text
    assert secret not in page.text
    assert "@acme.example" not in page.text
    assert '<a href="https://acme.example/pumps" rel="nofollow noopener noreferrer" target="_blank">' in page.text


async def test_looking_at_it_changes_nothing(house: House) -> None:
    ana = await customer(house)
    await ana.solve()
    before = await ana.ticket()
    for method in ("GET", "HEAD"):
        answer = await open_link(house, ana.link, method)
        assert answer.status_code == 200
        assert bool(answer.content) == (method == "GET")
    assert await ana.ticket() == before


async def test_no_browser_cache_index_or_other_site_learns_the_link(house: House) -> None:
    ana = await customer(house)
    for answer in (await ana.page(), await open_link(house, "nothing")):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert not answer.cookies
    policy = (await ana.page()).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';")
    sent = await ana.send("reply", text="More of it")
    assert (sent.status_code, sent.headers["Referrer-Policy"]) == (303, "no-referrer")


async def test_script_in_subject_name_and_words_is_text(house: House) -> None:
    word = f"{uuid4().hex}@customer.example"
    ana = await customer(house, HOSTILE, subject=HOSTILE, **{"from": {"name": HOSTILE, "address": word}})
    ana.link = link(ana.number, word)
    page = await ana.page()
    refused = await ana.send("reply", text=f"{HOSTILE}{'x' * 30_000}")
    assert refused.status_code == 422
    for shown in (page.text, refused.text):
        assert "<script" not in shown
        assert "<img" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


async def test_what_was_quoted_is_folded_and_html_is_read_as_text(house: House) -> None:
    ana = await customer(house, reply_text="Only this is new", text="Only this is new\n> and this was quoted")
    page = (await ana.page()).text
    folded = re.search(r"<details><summary>Show the whole message</summary>(.*?)</details>", page, re.DOTALL)
    assert folded is not None
    assert "this was quoted" in folded[1]
    assert "this was quoted" not in page.replace(folded[0], "")


async def test_attachments_are_links_that_give_the_file(house: House) -> None:
    content = uuid4().bytes
    stored = await house.contexts["intake"].blobs.put(content)
    file = {
        "filename": "po<b>mp.jpg",
        "media_type": "image/jpeg",
        "size": len(content),
        "sha256": stored,
        "blob": stored,
    }
    ana = await customer(house, attachments=[file])
    page = (await ana.page()).text
    found = re.search(r'href="\.\./(files/[^"]+)"[^>]*>po&lt;b&gt;mp.jpg</a>', page)
    assert found is not None
    async with house.client(None) as client:
        assert (await client.get(f"/{found[1]}")).content == content


@pytest.mark.parametrize(
    ("language", "state", "ask"),
    [
        ("en", "Handled", "Is it solved?"),
        ("pl", "Załatwione", "Czy sprawa jest rozwiązana?"),
        ("hr", "Riješeno", "Je li riješeno?"),
    ],
)
async def test_it_is_in_the_tickets_language_and_can_be_switched(
    house: House, language: str, state: str, ask: str
) -> None:
    ana = await customer(house, language=language, language_confidence=1.0)
    await ana.solve()
    own, switched = await ana.page(), await ana.page(lang=language)
    for page in (own, switched, await ana.page(lang="<x>")):
        assert f'<html lang="{language}">' in page.text
        assert state in page.text
        assert ask in page.text
    assert f'action="?lang={language}"' in switched.text
    assert '<html lang="en">' in (await ana.page(lang="en")).text


# -- whom it opens for -------------------------------------------------------------------------------------------------


async def test_every_link_that_opens_nothing_is_answered_alike(house: House) -> None:
    ana, bo = await customer(house), await customer(house)
    expired = link(ana.number, ana.address, issued=now().date() - VALID - timedelta(days=1))
    forged = ana.link[:-1] + ("a" if ana.link[-1] != "a" else "b")
    wrong = (forged, expired, link(ana.number, bo.address), link(999_999, ana.address), "x", "%00", "a" * 5_000)
    answers = [await open_link(house, each) for each in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert str(ana.number) not in answers[0].text
    assert (await open_link(house, ana.link.upper())).status_code == 200
    async with house.client(None) as client:
        assert (await client.post(f"/t/{expired}", data={"do": "yes"})).status_code == 404


async def test_a_stranger_who_only_knows_the_number_gets_no_page(house: House) -> None:
    ana, bo = await customer(house), await customer(house)
    await receive(house, "email", bo.address, f"Me too, {uuid4().hex}", subject=f"[T-{ana.number}] The pump")
    assert (await open_link(house, link(ana.number, bo.address))).status_code == 404
    assert (await ana.page()).status_code == 200


async def test_links_that_were_withdrawn_open_nothing_and_newer_ones_do(house: House) -> None:
    ana = await customer(house)
    form = token_in(await ana.page())
    await ana.act("status-link/rotate")
    gone = await ana.page()
    assert (gone.status_code, ana.word in gone.text) == (404, False)
    sent = await ana.send("reply", token=form, text="Still here?")
    assert sent.status_code == 404
    assert len((await ana.ticket())["messages"]) == 1
    newer = link(ana.number, ana.address, withdrawn=1)
    assert (await open_link(house, newer)).status_code == 200
    await ana.act("status-link/rotate")
    assert (await open_link(house, newer)).status_code == 404
    assert [event["what"] for event in (await ana.ticket())["events"]].count("status_links_withdrawn") == 2


async def test_withdrawing_counts_for_the_links_of_what_was_merged_too(house: House) -> None:
    ana = await customer(house)
    word = uuid4().hex
    await receive(house, "email", ana.address, f"Something else {word}", subject="The radiator")
    into = (await ticket_with(house, word))["number"]
    await ana.act("merge", into=into)
    assert (await ana.page()).status_code == 200
    refused = await house.api.post(f"/api/v1/tickets/T-{ana.number}/status-link/rotate")
    assert refused.status_code == 409
    assert (await house.api.post(f"/api/v1/tickets/{into}/status-link/rotate")).status_code == 200
    assert (await ana.page()).status_code == 404


async def test_a_ticket_that_was_merged_opens_where_it_went(house: House) -> None:
    ana, stranger = await customer(house), await customer(house)
    word = uuid4().hex
    await receive(house, "email", ana.address, f"Something else {word}", subject="The radiator")
    into = (await ticket_with(house, word))["number"]
    await ana.act("merge", into=into)
    page = await ana.page()
    assert page.status_code == 200
    assert f"Your request {into}" in page.text
    assert word in page.text
    assert (await ana.send("reply", text="Both of them")).status_code == 303
    assert (await house.api.get(f"/api/v1/tickets/{into}")).json()["messages"][-1]["text"] == "Both of them"
    assert (await open_link(house, link(ana.number, stranger.address))).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, 200), ({"status_links": False}, 404), ({"status_link_valid": timedelta(hours=12)}, 404)],
)
async def test_links_can_be_switched_off_and_end_when_the_configuration_says(
    house: House, changes: dict[str, object], status: int
) -> None:
    ana = await customer(house)
    context = house.contexts["desk"]
    tickets = context.settings.tickets.model_copy(update=changes)
    app = create_app(replace(context, settings=context.settings.model_copy(update={"tickets": tickets})), dict)
    yesterday = link(ana.number, ana.address, issued=now().date() - timedelta(days=1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        assert (await client.get(f"/t/{yesterday}")).status_code == status


async def test_a_charset_of_the_senders_choice_makes_nothing_that_cannot_be_kept(house: House) -> None:
    ana = await customer(house)
    fields = {"do": "reply", "token": token_in(await ana.page()), "text": "Half \\ud800 of it"}
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x; charset=unicode_escape"}
    async with house.client(None) as client:
        answer = await client.post(f"/t/{ana.link}", content=f"{parts}--x--\r\n", headers=kind)
    assert answer.status_code == 303, answer.text
    assert (await ana.ticket())["messages"][-1]["text"] == "Half ? of it"


async def test_what_is_spam_has_no_page(house: House) -> None:
    ana = await customer(house)
    await ana.act("spam")
    assert (await ana.page()).status_code == 404


async def test_who_tries_many_links_is_told_to_wait_and_a_good_one_still_opens(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "ATTEMPTS", 3)
    ana = await customer(house)
    answers = [await open_link(house, f"{number}") for number in range(8)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].content == answers[0].content
    assert (await ana.page()).status_code == 200


async def test_the_link_of_a_forms_page_shows_the_state_and_not_a_word_of_ours(house: House) -> None:
    ana = await customer(house)
    await ana.act("replies", text="Your account number is 12345")
    limited = Customer(house, ana.word, ana.address, ana.number, link(ana.number, ana.address, kind="form"))
    page = await limited.page()
    assert page.status_code == 200
    assert "Open" in page.text
    assert "12345" not in page.text
    assert "<form" not in page.text
    sent = await limited.send("reply", token=token_in(await ana.page()), text="Send it to me")
    assert sent.status_code == 422
    assert len((await ana.ticket())["messages"]) == 2


# -- what is sent from it ----------------------------------------------------------------------------------------------


async def test_what_is_written_is_a_message_of_the_ticket_once_however_often_it_is_sent(house: House) -> None:
    ana = await customer(house)
    token = token_in(await ana.page())
    answers = [await ana.send("reply", token=token, text="It still leaks.\r\nHelp!") for _ in range(3)]
    assert {(each.status_code, each.headers["Location"]) for each in answers} == {(303, f"../t/{ana.link}?said=reply")}
    messages = (await ana.ticket())["messages"]
    assert [(each["text"], each["channel"], each["direction"]) for each in messages[1:]] == [
        ("It still leaks.\nHelp!", "form", "in")
    ]
    assert messages[1]["routed_by"]["rule"] == "page of the ticket"
    assert "Thank you. We have your message." in (await ana.page(said="reply")).text
    other = await ana.send("reply", token=token, text="Something else")
    assert other.status_code == 409
    assert "Something else</textarea>" in other.text
    assert token_in(other) != token


async def test_what_another_site_sends_is_not_done(house: House) -> None:
    ana, bo = await customer(house), await customer(house)
    good = token_in(await ana.page())
    wrong: list[tuple[str, dict[str, str]]] = [
        ("", {}),
        ("a" * 40, {}),
        (token_in(await bo.page()), {}),
        (good, {"Sec-Fetch-Site": "cross-site"}),
        (good, {"Sec-Fetch-Site": "same-site"}),
        (good, {"Origin": "https://evil.example"}),
    ]
    for token, headers in wrong:
        answer = await ana.send("reply", token=token, headers=headers, text="Forged")
        assert answer.status_code == 403
        assert "Forged</textarea>" in answer.text
    assert len((await ana.ticket())["messages"]) == 1
    fine = await ana.send("reply", token=good, headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"}, text="Mine")
    assert fine.status_code == 303


@pytest.mark.parametrize(
    ("do", "values"),
    [
        ("reply", {"text": " \n"}),
        ("reply", {"text": "x" * 20_001}),
        ("score", {"score": "6"}),
        ("score", {}),
        ("x", {}),
    ],
)
async def test_what_cannot_be_taken_is_shown_again(house: House, do: str, values: dict[str, str]) -> None:
    ana = await customer(house)
    before = await ana.ticket()
    assert (await ana.send(do, **values)).status_code == 422
    assert await ana.ticket() == before


async def test_yes_closes_and_then_the_score_is_asked_and_kept(house: House) -> None:
    ana = await customer(house)
    await ana.solve()
    assert "Is it solved?" in (await ana.page()).text
    done = await ana.send("yes")
    assert done.headers["Location"].endswith("?said=yes")
    ticket = await ana.ticket()
    assert (ticket["status"], bool(ticket["customer_confirmed_at"])) == ("closed", True)
    page = await ana.page()
    assert "How satisfied are you" in page.text
    assert (await ana.send("score", score="4", text="Quick, thanks")).status_code == 303
    assert (await ana.ticket())["satisfaction"] == {"score": 4, "words": "Quick, thanks"}
    assert "You gave us 4 of 5" in (await ana.page()).text


@pytest.mark.parametrize("words", ["", "It drips again."])
async def test_no_opens_it_again_with_or_without_words(house: House, words: str) -> None:
    ana = await customer(house)
    await ana.solve()
    assert (await ana.send("no", text=words)).headers["Location"].endswith("?said=no")
    ticket = await ana.ticket()
    assert (ticket["status"], ticket["reopened"]) == ("open", 1)
    assert "solution_rejected" in [event["what"] for event in ticket["events"]]
    assert [each["text"] for each in ticket["messages"] if each["direction"] == "in"][1:] == [words] * bool(words)
    again = await ana.send("no", text="")
    assert again.headers["Location"].endswith("?said=over")


async def test_what_is_written_after_closing_opens_a_ticket_that_follows_and_leads_to_its_page(house: House) -> None:
    ana = await customer(house)
    await ana.act("close")
    assert "opens a new request" in (await ana.page()).text
    token = token_in(await ana.page())
    first, second = [await ana.send("reply", token=token, text="It is back.") for _ in range(2)]
    new = first.headers["Location"].removeprefix("../t/").partition("?")[0]
    assert new != ana.link
    assert second.headers["Location"] == first.headers["Location"]
    page = await open_link(house, new)
    assert page.status_code == 200
    assert "It is back." in page.text
    (related,) = (await ana.ticket())["related"]
    assert related["kind"] == "follow-up"
    follow_up = (await house.api.get(f"/api/v1/tickets/{related['number']}")).json()
    assert (follow_up["channel"], follow_up["contact"]) == ("email", (await ana.ticket())["contact"])


async def test_too_much_from_one_page_is_put_off_and_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customers, "WRITES", 2)
    ana = await customer(house)
    answers = [await ana.send("reply", text=f"Number {number}") for number in range(3)]
    assert [each.status_code for each in answers] == [303, 303, 429]
    assert "Number 2</textarea>" in answers[2].text


async def test_without_a_router_nothing_is_lost_and_the_same_button_sends_it_later(house: House) -> None:
    ana = await customer(house)
    token = token_in(await ana.page())
    await house.router.stop()
    try:
        refused = await ana.send("reply", token=token, text="Later")
        assert refused.status_code == 503
        assert "Later</textarea>" in refused.text
        assert token_in(refused) == token
    finally:
        await house.start_router()
    assert (await ana.send("reply", token=token, text="Later")).status_code == 303
    assert [each["text"] for each in (await ana.ticket())["messages"][1:]] == ["Later"]
