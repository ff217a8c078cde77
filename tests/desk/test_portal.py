"""The customers' portal: signing in by a code, seeing one's own tickets and nobody else's, opening one, looking one up by its number."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from services.desk.pages.status import HEADERS
from services.desk.portalbudgets import ALL_WRONG, ASKS, WRONG, Budgets
from shared.secrets.portalcode import TRIES
from tests.desk.customerpage import customer
from tests.desk.house import House
from tests.desk.portalcustomer import Browser, codes, sent
from tests.desk.test_contacts import receive, ticket_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_code_signs_in_and_shows_all_of_their_tickets_and_nobody_elses(house: House) -> None:
    ana, other = await customer(house), await customer(house)
    second = uuid4().hex
    await receive(house, "email", ana.address, f"Something else {second}", subject=f"Invoice {second}")
    number = (await ticket_with(house, second))["number"]
    async with Browser(house) as browser:
        page = await browser.signs_in(ana.address.upper())
        assert (page.status_code, page.url.path) == (200, "/portal")
        assert f"T-{ana.number}" in page.text
        assert page.text.index(number) < page.text.index(f"T-{ana.number}")  # newest first
        assert f"T-{other.number}" not in page.text
        assert ana.address in page.text
        found = await browser.get("/portal", q=second)
        assert (number in found.text, f"T-{ana.number}" in found.text) == (True, False)
        found = await browser.get("/portal", q=f"T-{ana.number}", state="open")
        assert (number in found.text, f"T-{ana.number}" in found.text) == (False, True)
        assert f"T-{ana.number}" not in (await browser.get("/portal", state="closed")).text
        theirs = await browser.get(f"/portal/t/{ana.number}")
        assert (theirs.status_code, ana.word in theirs.text) == (200, True)
        for strange in (other.number, 999_999_999, 0):
            answer = await browser.get(f"/portal/t/{strange}")
            assert (answer.status_code, other.word in answer.text) == (404, False)


async def test_the_cookie_is_the_sessions_alone_and_ends_with_signing_out(house: House) -> None:
    ana = await customer(house)
    async with Browser(house) as browser:
        await browser.asks(ana.address)
        assert not browser.client.cookies
        code = (await sent(house, ana.address, 1))[0]
        hidden = dict(re.findall(r'name="(token|point)" value="([^"]*)"', browser.page.text))
        answer = await browser.client.post("/portal/code", data=hidden | {"code": f"{code[:3]} {code[3:]}"})
        cookie = answer.headers["set-cookie"]
        assert re.fullmatch(r"trunkline_customer=[0-9a-f]{64}; .*", cookie)
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=86400"} <= set(cookie.split("; "))
        page = await browser.get("/portal")
        assert {name: page.headers[name] for name in HEADERS} == HEADERS
        kept = dict(browser.client.cookies)
        assert "signed out" in (await browser.post("/portal/leave")).text
        assert not browser.client.cookies
        browser.client.cookies.update(kept)
        assert "Send me a code" in (await browser.get("/portal")).text
        # The code is used up: sent again from the same page it opens nothing that has ended.
        await browser.client.post("/portal/code", data=hidden | {"code": code})
        assert "Send me a code" in (await browser.get("/portal")).text
        for path in ("/portal/new", f"/portal/t/{ana.number}"):
            assert (await browser.get(path)).url.path == "/portal"


async def test_who_is_unknown_is_answered_like_a_customer_and_sent_nothing(house: House) -> None:
    ana, nobody = await customer(house), f"{uuid4().hex}@customer.example"
    shown = []
    for point in (ana.address, nobody):
        async with Browser(house) as browser:
            pages = [await browser.asks(point)]
            code = (await codes(house, point) or ["000000"])[-1]
            for guess in range(TRIES + 1):
                wrong = f"{(int(code) + 1 + guess) % 1_000_000:06}"
                pages.append(await browser.post("/portal/code", code=wrong))
            texts = [
                (page.status_code, re.sub(r"[a-z2-7]{40}", "", page.text).replace(point, "POINT")) for page in pages
            ]
            shown.append(texts)
            assert not browser.client.cookies
    assert shown[0] == shown[1]
    assert "No code works on this page any more" in shown[0][-1][1]
    assert (len(await sent(house, ana.address, 1)), await codes(house, nobody)) == (1, [])


async def test_a_code_counts_on_the_page_where_it_was_asked_for_alone(house: House) -> None:
    ana = await customer(house)
    async with Browser(house) as hers, Browser(house) as strangers:
        await hers.asks(ana.address)
        code = (await sent(house, ana.address, 1))[0]
        await strangers.asks(ana.address)
        for _ in range(TRIES + 1):
            answer = await strangers.post("/portal/code", code=code)
            assert f"T-{ana.number}" not in answer.text
        assert not strangers.client.cookies
        # What a stranger asked for and tried neither ends nor uses up hers.
        assert f"T-{ana.number}" in (await hers.post("/portal/code", code=code)).text


async def test_nothing_is_sent_from_another_site_or_without_our_page(house: House) -> None:
    ana = await customer(house)
    async with Browser(house) as browser:
        await browser.get("/portal")
        form = dict(re.findall(r'name="(token)" value="([^"]*)"', browser.page.text)) | {"point": ana.address}
        for headers, values in (
            ({"Sec-Fetch-Site": "cross-site"}, form),
            ({}, form | {"token": "a" * 40}),
            ({}, {"point": ana.address}),
        ):
            answer = await browser.client.post("/portal", data=values, headers=headers)
            assert (answer.status_code, ana.address in answer.text) == (403, True)
        await browser.get("/portal")
        for wrong in ("", "nobody", "12345", "a@b", f"{'x' * 250}@customer.example"):
            answer = await browser.post("/portal", point=wrong)
            assert (answer.status_code, 'aria-invalid="true"' in answer.text) == (422, True)
    assert await codes(house, ana.address) == []


async def test_answering_confirming_and_rating_work_as_on_the_page_behind_a_link(house: House) -> None:
    ana = await customer(house)
    async with Browser(house) as browser:
        await browser.signs_in(ana.address)
        path = f"/portal/t/{ana.number}"
        await browser.get(path)
        picture = b"\x89PNG\r\n\x1a\n" + uuid4().bytes
        page = await browser.post(
            path, do="reply", text="Here it is", files=[("files", ("pump.png", picture, "image/png"))]
        )
        assert (page.status_code, page.url.path, "We have your message" in page.text) == (200, path, True)
        found = re.search(r'href="(\.\./\.\./files/[^"]+)"[^>]*>pump.png</a>', page.text)
        assert found is not None
        file = await browser.client.get(str(page.url.join(found[1])))
        assert (file.content, file.headers["X-Content-Type-Options"]) == (picture, "nosniff")
        assert "sandbox" in file.headers["Content-Security-Policy"]
        refused = await browser.post(
            path, do="reply", text="x", files=[("files", ("run.png", b"MZ" + bytes(90), "image/png"))]
        )
        assert (refused.status_code, "run.png" in refused.text, "choose the files once more" in refused.text) == (
            422,
            True,
            True,
        )
        await ana.solve()
        await browser.get(path)
        assert "Thank you. We are glad" in (await browser.post(path, do="yes")).text
        rated = await browser.post(path, do="score", score="4", text="Quick")
        assert "Thank you for telling us" in rated.text
    satisfaction = (await ana.ticket())["satisfaction"]
    assert (satisfaction["score"], satisfaction["words"]) == (4, "Quick")
    authors = [each["author"] for each in (await ana.ticket())["messages"] if each["direction"] == "in"]
    assert authors == [ana.address, ana.address]


async def test_a_new_ticket_is_opened_once_and_is_theirs(house: House) -> None:
    ana = await customer(house)
    word = uuid4().hex
    async with Browser(house) as browser:
        await browser.signs_in(ana.address)
        await browser.get("/portal/new")
        empty = await browser.post("/portal/new", subject="Heating", text=" ")
        assert (empty.status_code, "Heating" in empty.text) == (422, True)
        token = re.search(r'name="token" value="([^"]*)"', browser.form("/portal/new"))
        assert token is not None
        values = {"token": token[1], "subject": f"Heating {word}", "text": "It is cold."}
        files = [("files", ("note.txt", b"Room 4", "text/plain"))]
        first = await browser.client.post("/portal/new", data=values, files=files)
        second = await browser.client.post("/portal/new", data=values, files=files)
        assert (first.status_code, second.headers["location"]) == (303, first.headers["location"])
        page = await browser.get(f"/portal/{first.headers['location']}")
        assert (page.status_code, "We have your request" in page.text, word in page.text, "note.txt" in page.text) == (
            200, True, True, True,
        )  # fmt: skip
        ticket = await ticket_with(house, word)
        assert page.url.path == f"/portal/t/{ticket['number'].removeprefix('T-')}"
        assert ticket["number"] in (await browser.get("/portal")).text
    whole = (await house.api.get(f"/api/v1/tickets/{ticket['number']}")).json()
    assert (whole["reasons"]["thread"]["rule"], whole["channel"]) == ("portal", "form")
    assert whole["first_response_due"] is not None
    assert [each["kind"] for each in whole["deliveries"]] == ["acknowledgement"]


async def test_a_point_that_was_only_written_down_opens_nothing_but_its_own(house: House) -> None:
    ana = await customer(house)
    noted = f"{uuid4().hex}@customer.example"
    await ana.act("messages", text="We write there, too.", to=noted, add=True)
    async with Browser(house) as browser:
        page = await browser.signs_in(noted)
        assert (page.status_code, f"T-{ana.number}" in page.text, "There is no request" in page.text) == (
            200,
            False,
            True,
        )
        assert (await browser.get(f"/portal/t/{ana.number}")).status_code == 404
    # Nor does what is in its name show to the others.
    opened = await house.api.post(
        "/api/v1/tickets", json={"subject": f"By {noted}", "text": "x", "contact": noted, "channel": "email"}
    )
    async with Browser(house) as browser:
        page = await browser.signs_in(ana.address)
        assert (f"T-{ana.number}" in page.text, f"By {noted}" in page.text) == (True, False)
    async with Browser(house) as browser:
        await browser.asks(noted)
        page = await browser.post("/portal/code", code=(await sent(house, noted, 2))[-1])
        assert f"By {noted}" in page.text, opened.text


async def test_a_blocked_point_gets_no_code_and_its_session_is_over(house: House) -> None:
    ana = await customer(house)
    async with Browser(house) as browser:
        assert f"T-{ana.number}" in (await browser.signs_in(ana.address)).text
        blocked = await house.api.post("/api/v1/blocked", json={"kind": "email", "value": ana.address})
        assert blocked.status_code < 300, blocked.text
        assert "Send me a code" in (await browser.get("/portal")).text
        before = await codes(house, ana.address)
        await browser.asks(ana.address)
        await browser.post("/portal/code", code="123456")  # decided behind what was asked for
        assert await codes(house, ana.address) == before


async def test_a_number_and_a_code_open_the_page_of_one_ticket(house: House) -> None:
    ana, other = await customer(house), await customer(house)
    async with Browser(house) as browser:
        await browser.get("/status")
        page = await browser.post("/status", number=f"[T-{ana.number}]", point=ana.address)
        assert page.status_code == 200
        code = (await sent(house, ana.address, 1))[-1]
        page = await browser.post("/status/code", code=code)
        assert (page.status_code, page.url.path[:3], ana.word in page.text) == (200, "/t/", True)
        assert not browser.client.cookies
        # Somebody else's ticket: the same page, and no code.
        await browser.get("/status")
        page = await browser.post("/status", number=str(other.number), point=ana.address)
        assert (page.status_code, "a code is on its way" in page.text) == (200, True)
        await browser.post("/status/code", code=code)
        assert len(await codes(house, ana.address)) == 1


async def test_looking_changes_nothing_and_script_in_what_is_shown_is_text(house: House) -> None:
    hostile = '<script>alert(1)</script>"><img src=x>'
    ana = await customer(house, subject=hostile)
    async with Browser(house) as browser:
        page = await browser.signs_in(ana.address)
        before = await ana.ticket()
        for path in ("/portal", "/portal/new", f"/portal/t/{ana.number}", "/portal/code", "/status", "/status/code"):
            for method in ("GET", "HEAD"):
                answer = await browser.client.request(method, path)
                assert answer.status_code in (200, 303)
        assert await ana.ticket() == before
        for shown in (page, await browser.get("/portal", q=hostile, state=hostile, page="-1")):
            assert "&lt;script&gt;" in shown.text
            assert "<script" not in shown.text
            assert "<img" not in shown.text


@pytest.mark.parametrize(("language", "words"), [("pl", "Wyślij kod"), ("hr", "Pošalji kod")])
async def test_every_page_speaks_the_readers_language(house: House, language: str, words: str) -> None:
    async with Browser(house, **{"Accept-Language": f"{language}, en;q=0.5"}) as browser:
        page = await browser.get("/portal")
        assert (f'<html lang="{language}">' in page.text, words in page.text) == (True, True)
        assert words in (await browser.get("/status")).text


async def test_one_network_and_all_together_ask_and_try_only_so_often() -> None:
    at = 0.0
    budgets = Budgets(lambda: at)
    assert [budgets.may_ask("203.0.113.7") for _ in range(ASKS + 1)] == [True] * ASKS + [False]
    assert budgets.may_ask("203.0.113.8")
    assert all(budgets.may_ask("127.0.0.1") for _ in range(ASKS + 1))
    for _ in range(WRONG):
        assert budgets.may_try("2001:db8::1")
        budgets.was_wrong("2001:db8::1")
    assert (budgets.may_try("2001:db8::2"), budgets.may_try("2001:db8:1::1")) == (False, True)
    for _ in range(ALL_WRONG - WRONG):
        budgets.was_wrong("127.0.0.1")
    assert not budgets.may_try("2001:db8:1::1")
    at = timedelta(hours=1).total_seconds() + 1
    assert (budgets.may_try("2001:db8::1"), budgets.may_ask("203.0.113.7")) == (True, True)
