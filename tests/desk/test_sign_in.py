"""Signing in to the desk: who has the password comes in, who guesses waits, and nobody is kept out by a stranger."""

import asyncio
import re
import threading
import time
from datetime import timedelta

import pyotp
import pytest
from fastapi import Response
from pwdlib.hashers.argon2 import Argon2Hasher

from services.desk import passwords
from services.desk.doors import CONSOLE, local
from services.desk.gate import Gate
from services.desk.pages.status import HEADERS
from services.desk.sessions import WRONG, Sessions
from services.desk.tokens import network_of
from shared.clock import now
from shared.messages.signin import SignOut
from shared.secrets import Keyring
from shared.secrets.resetcode import is_set_up_code, set_up_code
from shared.settings import load
from tests.desk.browsing import PASSWORD, Browser, agent, mails
from tests.desk.customerpage import KEYRING
from tests.desk.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKETS = "/api/v1/tickets"


async def test_whoever_has_the_password_comes_in_reads_and_goes_out(house: House) -> None:
    email = await agent(house)
    async with Browser(house) as browser:
        came = await browser.sign_in(email.upper(), path="/sign-in?next=/account")
        assert (came.status_code, came.headers["location"]) == (303, "/account")
        given = came.headers.get_list("set-cookie")[0]
        assert all(part in given for part in ("HttpOnly", "SameSite=lax", "Path=/")), given
        assert "Ana Kovač" in (await browser.get("/account")).text
        assert (await browser.get(TICKETS)).status_code == 200
        kept = browser.session
        assert kept is not None
        assert (await browser.client.post("/sign-out")).headers["location"] == "/sign-in?said=out"
        assert browser.session is None
        browser.client.cookies.set("trunkline_session", kept)
        assert (await browser.get(TICKETS)).status_code == 401
        assert (await browser.get("/account")).headers["location"].startswith("/sign-in")


async def test_a_session_only_reads_the_api_and_changes_need_a_token(house: House) -> None:
    async with Browser(house) as browser:
        await browser.sign_in(await agent(house, "lead"))
        made = await browser.client.post(TICKETS, json={"subject": "S", "text": "T", "contact": "x@y.example"})
        assert made.status_code == 401


async def test_a_wrong_password_an_unknown_address_and_none_yet_are_answered_alike(house: House) -> None:
    known, without = await agent(house), await agent(house, password=None)
    pages = []
    for email in (known, without, "nobody@acme.example"):
        async with Browser(house) as browser:
            answer = await browser.sign_in(email, "not this one at all")
            assert browser.session is None
        plain = re.sub(r'name="token" value="[^"]+"', "", answer.text.replace(email, "WHO"))
        pages.append((answer.status_code, plain))
    assert pages[0] == pages[1] == pages[2]
    assert pages[0][0] == 422


async def test_a_stranger_waits_longer_and_longer_and_the_owner_comes_in(house: House) -> None:
    email = await agent(house)
    async with Browser(house) as owner, Browser(house) as stranger:
        await owner.sign_in(email)
        statuses = [(await stranger.sign_in(email, f"guess number {n}")).status_code for n in range(5)]
        assert statuses == [422, 422, 422, 422, 429]
        waiting = await stranger.sign_in(email)
        assert (waiting.status_code, 0 < int(waiting.headers["retry-after"]) <= 30) == (429, True)
        assert (await owner.sign_in(email, path="/sign-in?said=out")).status_code == 303
        told = [mail.template for mail in await mails(house, email)]
        assert told.count("signin.locked") == 1
        # And whoever has no browser of theirs at hand takes the way by mail.
        async with Browser(house) as other:
            await other.send("/forgot", email=email)
            await until(lambda: _has(house, email, "signin.reset"))
            link = (await mails(house, email))[-1].variables["link"]
            path = link.removeprefix("http://127.0.0.1:8080")
            assert (
                await other.send(path, new="another four quiet geese", again="another four quiet geese")
            ).status_code == 303
            assert (await other.sign_in(email, "another four quiet geese")).status_code == 303


async def _has(house: House, email: str, template: str) -> bool:
    return template in [mail.template for mail in await mails(house, email)]


class Slow(Argon2Hasher):
    """Compares when it is let."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.begun, self.let = threading.Event(), threading.Event()

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.begun.set()
        assert self.let.wait(60)
        return super().verify(password, hash)


async def test_guesses_at_one_account_are_looked_at_one_at_a_time(house: House) -> None:
    email, slow = await agent(house), Slow()
    async with Browser(house) as one, Browser(house) as two:
        house.desk.app.state.signing._doors.passwords._hasher = slow
        try:
            first = asyncio.create_task(one.sign_in(email, "guess at once"))
            assert await asyncio.to_thread(slow.begun.wait, 20)
            second = await two.sign_in(email, "guess at once")
            assert (second.status_code, second.headers["retry-after"]) == (429, "1")
        finally:
            slow.let.set()
        assert (await first).status_code == 422


async def test_a_session_that_was_there_before_is_not_the_one_after(house: House) -> None:
    email = await agent(house)
    async with Browser(house) as browser:
        browser.client.cookies.set("trunkline_session", "planted-by-somebody-else")
        await browser.sign_in(email)
        first = [each.value for each in browser.client.cookies.jar if each.name == "trunkline_session"]
        assert any(value != "planted-by-somebody-else" for value in first)
    sessions = Sessions(Gate(house.contexts["desk"].bus), load(None, house.data))
    assert await sessions.who("planted-by-somebody-else") is None


async def test_a_session_ends_when_it_was_idle_or_ended_elsewhere(house: House) -> None:
    email = await agent(house)
    async with Browser(house) as browser:
        await browser.sign_in(email)
        cookie = browser.session or ""
        gate, settings = Gate(house.contexts["desk"].bus), load(None, house.data)
        who = await Sessions(gate, settings).who(cookie)
        assert who is not None
        assert (who.email, who.role, who.actor) == (email, "agent", f"agent:{who.agent_id}")
        later = Sessions(gate, settings, today=lambda: now() + settings.signin.idle + timedelta(minutes=1))
        assert await later.who(cookie) is None
        assert (await house.command(SignOut(email=email))).error is None
        assert await Sessions(gate, settings).who(cookie) is None


async def test_who_signs_in_among_many_wrong_cookies_of_their_network_is_known_at_once(house: House) -> None:
    email, settings = await agent(house), load(None, house.data)
    async with Browser(house) as browser:
        await browser.sign_in(email)
        cookie = browser.session or ""
    sessions = Sessions(Gate(house.contexts["desk"].bus), settings)
    for n in range(WRONG):
        assert await sessions.who(f"planted {n}", "203.0.113.9") is None
    assert await sessions.who(cookie, "203.0.113.9") is None
    sessions.give(Response(), cookie)
    assert await sessions.who(cookie, "203.0.113.9") is not None


@pytest.mark.parametrize(
    ("peer", "counts_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),  # an IPv4 caller of an IPv6 socket: not the same as every other
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("somewhere", "somewhere"),
    ],
)
async def test_what_counts_as_one_network(peer: str, counts_as: str) -> None:
    assert network_of(peer) == counts_as


async def test_the_second_step_takes_a_code_once_and_each_recovery_code_once(house: House) -> None:
    email = await agent(house)
    async with Browser(house) as browser:
        await browser.sign_in(email)
        assert (await browser.send("/account", do="totp", present="not mine")).status_code == 422
        offered = await browser.send("/account", do="totp", present=PASSWORD)
        assert "<svg" in offered.text
        assert offered.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
        key = re.search(r"<code>([A-Z2-7 ]+)</code>", offered.text)
        assert key is not None
        secret = pyotp.TOTP(key[1].replace(" ", ""))
        wrong = await browser.answer(offered, code="000000")
        assert wrong.status_code == 422
        code = secret.now()
        shown = await browser.answer(wrong, code=code)
        codes = re.findall(r"<code>([a-z2-9-]{19})</code>", shown.text)
        assert len(codes) == passwords.CODES
        assert "<svg" not in (await browser.get("/account")).text
    async with Browser(house) as browser:
        asked = await browser.sign_in(email)
        assert (asked.status_code, browser.session) == (200, None)
        # The code that set it up was used.
        assert (await browser.answer(asked, code=code)).status_code == 422
        following = secret.at(time.time() + passwords.STEP)
        assert (await browser.answer(asked, code=following)).status_code == 303
    for allowed in (True, False):
        async with Browser(house) as browser:
            asked = await browser.sign_in(email)
            answer = await browser.answer(asked, code=codes[0].upper())
            assert (answer.status_code == 303, browser.session is not None) == (allowed, allowed)


async def test_a_link_to_a_new_password_counts_once_and_ends_all_sessions(house: House) -> None:
    email = await agent(house)
    async with Browser(house) as signed_in, Browser(house) as browser:
        await signed_in.sign_in(email)
        asked = await browser.send("/forgot", email=email)
        alike = await browser.send("/forgot", email="nobody@acme.example")
        assert (asked.status_code, asked.text) == (alike.status_code, alike.text)
        await until(lambda: _has(house, email, "signin.reset"))
        path = (await mails(house, email))[-1].variables["link"].removeprefix("http://127.0.0.1:8080")
        for _ in range(2):  # looking changes nothing
            assert "Ana Kovač" in (await browser.get(path)).text
        assert (await signed_in.get("/account")).status_code == 200
        new = "five geese came by today"
        assert (await browser.send(path, new=new, again="another")).status_code == 422
        assert (await browser.send(path, new=email, again=email)).status_code == 422
        assert (await browser.send(path, new=new, again=new)).headers["location"] == "/sign-in?said=chosen"
        assert (await browser.get(path)).status_code == 404
        assert (await signed_in.get("/account")).status_code == 303
        assert (await browser.sign_in(email)).status_code == 422
        assert (await browser.sign_in(email, new)).status_code == 303
    assert (await mails(house, "nobody@acme.example")) == []


async def test_an_agent_sees_their_browsers_and_ends_one(house: House) -> None:
    email = await agent(house)
    agent_string = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
    async with Browser(house, **{"User-Agent": agent_string}) as lost, Browser(house) as here:
        await lost.sign_in(email)
        await here.sign_in(email)
        page = (await here.get("/account")).text
        assert "Firefox, Windows" in page
        other = re.search(r'name="session" value="([0-9a-f]{32})"', page)
        assert other is not None
        assert (await here.send("/account", do="end", session=other[1])).headers["location"] == "/account?said=ended"
        assert (await lost.get("/account")).status_code == 303
        assert (await here.get("/account")).status_code == 200
        changed = await here.send(
            "/account", do="password", present=PASSWORD, new="seven grey geese", again="seven grey geese"
        )
        assert changed.headers["location"] == "/account?said=changed"
        assert (await here.get("/account")).status_code == 200


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
async def test_what_another_site_sends_is_not_done(house: House, headers: dict[str, str]) -> None:
    email = await agent(house)
    async with Browser(house, **headers) as browser:
        assert (await browser.sign_in(email)).status_code == 403
        assert (await browser.client.post("/sign-out")).status_code == 403
    async with Browser(house) as browser, Browser(house) as other:
        await browser.sign_in(email)
        await other.sign_in(await agent(house))
        token = re.search(r'name="token" value="([^"]+)"', (await other.get("/account")).text)
        assert token is not None
        answer = await browser.client.post("/account", data={"token": token[1], "do": "end-all"})
        assert answer.status_code == 403


async def test_the_first_sign_in_counts_until_there_is_an_admin(house: House) -> None:
    path = await house.desk.first_sign_in()
    assert path == f"/set-up/{set_up_code(KEYRING)}"
    assert (await house.client(None).get("/set-up/" + "a" * 32)).status_code == 404
    async with Browser(house) as browser:
        fields = {"name": "Iva Horvat", "email": "iva@acme.example", "new": PASSWORD, "again": PASSWORD}
        for wrong in (
            {"new": "short", "again": "short"},
            {"name": " "},
            {"email": "nowhere"},
            {"email": "support@localhost"},
        ):
            assert (await browser.send(path, **fields | wrong)).status_code == 422, wrong
        begun = await browser.send(path + "?lang=hr", at=path + "?lang=hr", **fields)
        assert (begun.status_code, begun.headers["location"]) == (303, "/set-up/inbox?lang=hr")
        sent = await browser.send("/set-up/inbox", inbox="support", to="iva@acme.example")
        assert 'role="status"' in (await browser.get(sent.headers["location"])).text
        assert [each.template for each in await mails(house, "iva@acme.example")] == ["signin.try"]
        invited = await browser.send("/set-up/people", name="Bo", email="bo@acme.example", role="agent")
        assert invited.headers["location"] == "/set-up/people?said=invited"
        assert "/reset/" in (await mails(house, "bo@acme.example"))[0].variables["link"]
        assert (await browser.get(path)).status_code == 404
    assert await house.desk.first_sign_in() == ""
    async with Browser(house) as browser:
        assert (await browser.send(path, at=path, **fields)).status_code == 404
        await browser.sign_in(await agent(house, "lead"))
        assert (await browser.get("/set-up/inbox")).status_code == 403
        assert (await browser.get("/set-up/people")).status_code == 200


@pytest.mark.parametrize("language", ["en", "pl", "hr"])
async def test_the_pages_load_nothing_from_elsewhere_and_run_no_script(house: House, language: str) -> None:
    async with Browser(house) as browser:
        for path in ("/sign-in", "/forgot", "/reset/" + "x" * 40, "/set-up/" + "y" * 40):
            page = await browser.get(f"{path}?lang={language}")
            assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
            assert page.headers["referrer-policy"] == "no-referrer"
            assert f'<html lang="{language}">' in page.text
            assert not re.search(r"<script|https?://(?!www\.w3\.org)|style=|\son[a-z]+=", page.text)
        style = await browser.get("/static/desk/signin.css")
        assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/account", "/account"),
        ("/console/tickets?view=mine&page=2", "/console/tickets?view=mine&page=2"),
        ("//evil.example", CONSOLE),
        ("/\\evil.example", CONSOLE),
        ("/%5Cevil.example/..", CONSOLE),
        ("https://evil.example", CONSOLE),
        ("/a\r\nSet-Cookie: x=1", CONSOLE),
        ("javascript:alert(1)", CONSOLE),
        ("/" + "a" * 600, CONSOLE),
        ("", CONSOLE),
    ],
)
async def test_signing_in_leads_only_to_pages_of_ours(wanted: str, leads_to: str) -> None:
    assert local(wanted) == leads_to


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("x" * 257, "long"),
        ("ana@acme.example", "common"),
        ("ANA@acme.example", "common"),
        ("Password123", "common"),
        ("1234567890", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("Zaq1 2wsx cde3", "common"),
        (PASSWORD, None),
        ("žuta guska ćuti", None),
    ],
)
async def test_a_password_is_long_and_not_what_everybody_tries(password: str, why: str | None) -> None:
    assert passwords.why_not(password, "ana@acme.example", "Ana Kovač") == why


async def test_a_code_of_the_second_step_counts_a_step_early_and_late_and_no_more() -> None:
    secret, at = passwords.new_secret(), 1_700_000_000.0
    steps = [passwords.step_of(secret, pyotp.TOTP(secret).at(at + 30 * off), at) for off in (-2, -1, 0, 1, 2)]
    current = int(at // 30)
    assert steps == [None, current - 1, current, current + 1, None]
    assert passwords.step_of(secret, "12345", at) is None


async def test_a_sealed_secret_is_opened_by_the_keys_that_are_left() -> None:
    old = Keyring("a", {"a": b"k" * 32})
    kept = passwords.sealed(old, "JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in kept
    assert passwords.opened(Keyring("b", {"b": b"n" * 32, "a": b"k" * 32}), kept) == "JBSWY3DPEHPK3PXP"
    assert passwords.opened(Keyring("b", {"b": b"n" * 32}), kept) is None
    assert is_set_up_code(Keyring("b", {"b": b"n" * 32, "a": b"k" * 32}), set_up_code(old))
