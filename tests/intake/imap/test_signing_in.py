"""Getting in: TLS and STARTTLS with a certificate that is checked, and access tokens that are got, replaced and kept."""

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from services.composition.checking import check
from services.intake.imap.checking import probe
from services.intake.imap.client import Credentials, connected, tls_context
from services.intake.imap.errors import FolderMissing, SignInRefused, TokenRefused, TokenUnavailable, Untrusted
from services.intake.imap.oauth import Tokens
from services.intake.imap.vault import Vault
from shared.bus.keyvalue import KeyValue
from shared.secrets import Keyring
from shared.settings import load
from shared.settings.inbox import Imap, Oauth
from tests.intake.conftest import until
from tests.intake.imap.conftest import Begin, Post, letter, toml
from tests.intake.imap.dovecot import Dovecot


class Authority:
    """Stands for Google or Microsoft: gives tokens, replaces refresh tokens at every use, and tells dovecot which are good."""

    def __init__(self) -> None:
        self.refresh = "first"
        self.access: set[str] = set()
        self.asked: list[str] = []
        self.lifetime: object = 3600
        self.failing: tuple[int, object] | None = None
        self.answering = threading.Event()
        self.answering.set()
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
                status, answer = authority.token(form) if self.path == "/token" else authority.introspect(form)
                authority.answering.wait(60)
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def token(self, form: dict[str, list[str]]) -> tuple[int, object]:
        given = form["refresh_token"][0]
        self.asked.append(given)
        if self.failing is not None:
            return self.failing
        if given != self.refresh or form["client_secret"] != ["shh"]:
            return 400, {"error": "invalid_grant", "error_description": "token was\nrevoked"}
        self.refresh = f"refresh-{len(self.asked)}"
        self.access.add(f"access-{len(self.asked)}")
        answer = {
            "access_token": f"access-{len(self.asked)}",
            "expires_in": self.lifetime,
            "refresh_token": self.refresh,
        }
        return 200, answer

    def introspect(self, form: dict[str, list[str]]) -> tuple[int, object]:
        good = form.get("token", [""])[0] in self.access
        return 200, {"active": "true", "username": "ann"} if good else {"active": "false"}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def authority() -> Iterator[Authority]:
    server = Authority()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that vouches for itself."""
    folder = tmp_path_factory.mktemp("certificate")
    openssl = shutil.which("openssl")
    assert openssl is not None
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command, *names], cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def with_tls(certificate: tuple[Path, Path]) -> Iterator[Dovecot]:
    server = Dovecot(certificate=certificate).start()
    yield server
    server.remove()


async def enter(imap: Imap, folder: Path) -> int:
    async with connected(imap, tls_context(imap, folder), 1000) as box:
        await box.sign_in(Credentials("ann", "secret"))
        return (await box.open("INBOX", read_only=True)).exists


@pytest.mark.peer("dovecot", "openssl")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_tls_is_used_and_the_certificate_checked(
    tls: str, with_tls: Dovecot, certificate: tuple[Path, Path]
) -> None:
    port = with_tls.tls_port if tls == "tls" else with_tls.port
    settings = {"host": "localhost", "port": port, "tls": tls, "authority": "cert.pem"}
    folder = certificate[0].parent
    assert await enter(Imap.model_validate(settings), folder) == 0
    for wrong in ({"host": "127.0.0.1"}, {"authority": ""}):
        with pytest.raises(Untrusted):
            await enter(Imap.model_validate(settings | wrong), folder)
    with pytest.raises(Untrusted, match="authority"):
        await enter(Imap.model_validate(settings | {"authority": "nothing.pem"}), folder)


@pytest.mark.peer("dovecot")
async def test_mail_is_read_with_tokens_and_replaced_refresh_tokens_outlive_a_restart(
    authority: Authority, begin: Begin, post: Post
) -> None:
    server = Dovecot(introspect=f"{authority.url}/introspect").start()
    try:
        oauth = (
            f'{{client_id = "us", client_secret = "shh", refresh_token = "first", token_url = "{authority.url}/token"}}'
        )
        text = toml(server, "ann", oauth=oauth)
        first = await begin(text)
        await post.looked()
        await asyncio.to_thread(server.put, letter("one"), user="ann")
        assert await post.until(1) == ["one"]
        await first.stop()
        await begin(text)
        await post.looked(post.intakes[1].mailboxes.readers[0])
        assert authority.asked == ["first", "refresh-1"]
        js = post.tester.jetstream()
        kept = await js.get_last_msg("KV_cursors", "$KV.cursors.oauth.support")
        assert b"refresh" not in (kept.data or b"")
    finally:
        server.remove()


@pytest.mark.peer("dovecot")
async def test_a_refresh_token_that_was_revoked_is_told_at_once(
    dovecot: Dovecot, authority: Authority, begin: Begin, post: Post
) -> None:
    authority.refresh = "another"
    oauth = f'{{client_id = "us", client_secret = "shh", refresh_token = "first", token_url = "{authority.url}/token"}}'
    await begin(toml(dovecot, "ann", oauth=oauth))
    state = await post.until_state(lambda state: state.failing_since is not None)
    assert (state.kind, state.certain) == ("token-refused", True)
    assert "127.0.0.1 does not take the refresh token (invalid_grant: token was revoked)" in state.problem


def tokens(post: Post, authority: Authority, clock: list[float], configured: str = "first") -> Tokens:
    oauth = Oauth.model_validate(
        {"client_id": "us", "client_secret": "shh", "refresh_token": configured, "token_url": f"{authority.url}/token"}
    )
    vault = Vault(KeyValue(post.tester, "cursors"), Keyring("a", {"a": b"0" * 16}), "support", configured)
    return Tokens(oauth, vault, monotonic=lambda: clock[0])


async def test_a_token_is_replaced_at_half_of_its_life_and_a_dead_refresh_token_noticed_before_it_matters(
    post: Post, authority: Authority
) -> None:
    clock = [0.0]
    mine = tokens(post, authority, clock)
    assert await mine.access() == "access-1"
    clock[0] = 1700
    assert await mine.access() == "access-1"
    clock[0] = 1900
    assert await mine.access() == "access-2"
    authority.refresh = "revoked"
    clock[0] = 4000
    assert await mine.access() == "access-2"
    assert mine.warning.startswith("signing in will fail in 25 minutes: 127.0.0.1 does not take the refresh token")
    clock[0] = 5450
    with pytest.raises(TokenRefused):
        await mine.access()


async def test_a_refresh_token_that_was_replaced_while_reading_was_ended_is_kept(
    post: Post, authority: Authority
) -> None:
    """The former one is void then: without the new one somebody would have to sign in anew."""
    mine = tokens(post, authority, [0.0])
    authority.answering.clear()
    reading = asyncio.create_task(mine.access())
    await until(lambda: authority.asked == ["first"])
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert reading.cancelled()
    authority.answering.set()
    await mine.settle(10)
    assert await tokens(post, authority, [0.0]).access() == "access-2"
    assert authority.asked == ["first", "refresh-1"]


async def test_two_who_need_a_token_at_once_use_the_refresh_token_once(post: Post, authority: Authority) -> None:
    mine = tokens(post, authority, [0.0])
    assert await asyncio.gather(mine.access(), mine.access()) == ["access-1", "access-1"]
    assert authority.asked == ["first"]


async def test_a_newly_configured_token_outranks_the_one_that_was_kept(post: Post, authority: Authority) -> None:
    await tokens(post, authority, [0.0]).access()
    authority.refresh = "by hand"
    with pytest.raises(TokenRefused):
        await tokens(post, authority, [0.0]).access()
    assert await tokens(post, authority, [0.0], "by hand").access() == "access-3"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, {"error": "invalid_client"}), TokenRefused),
        ((400, {"error": "temporarily_unavailable"}), TokenUnavailable),
        ((500, b"<html>"), TokenUnavailable),
        ((302, b""), TokenUnavailable),
        ((200, b"no json"), TokenUnavailable),
        ((200, b"[" * 30_000), TokenUnavailable),
        ((200, ["a list"]), TokenUnavailable),
        ((200, {"access_token": "with\r\nlines"}), TokenUnavailable),
        ((200, {}), TokenUnavailable),
    ],
)
async def test_whatever_the_token_endpoint_says_is_a_token_or_a_typed_error(
    answer: tuple[int, object], error: type[Exception], post: Post, authority: Authority
) -> None:
    authority.failing = answer
    with pytest.raises(error) as raised:
        await tokens(post, authority, [0.0]).access()
    assert "\n" not in str(raised.value)
    assert "first" not in str(raised.value)


@pytest.mark.parametrize("lifetime", ["3600", None, -5, "soon", 1e300])
async def test_a_lifetime_of_any_kind_is_taken(lifetime: object, post: Post, authority: Authority) -> None:
    authority.lifetime = lifetime
    mine = tokens(post, authority, [0.0])
    await mine.access()
    assert mine.ends_in == 3600


@pytest.mark.peer("dovecot")
async def test_a_check_says_what_it_found_or_what_is_wrong(
    dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good: dict[str, Any] = {
        "host": "127.0.0.1", "port": dovecot.port, "tls": "none", "user": "carl", "password": "secret"
    }  # fmt: skip
    found = await probe(Imap.model_validate(good), tmp_path)
    assert found == "signed in as carl, INBOX holds 0 mails, the server tells of new mail (IDLE)"
    with pytest.raises(SignInRefused):
        await probe(Imap.model_validate(good | {"password": "wrong"}), tmp_path)
    with pytest.raises(FolderMissing, match="Nothing"):
        await probe(Imap.model_validate(good | {"folder": "Nothing"}), tmp_path)
    config = tmp_path / "trunkline.toml"
    config.write_text(toml(dovecot, "carl") + toml(dovecot, "carl", name="sales", password="wrong"))
    assert not await check(load(config, tmp_path))
    lines = {line.partition(":")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "ok      inbox support, mailbox" in lines
    assert "correct the inbox's table imap" in lines["FAILED  inbox sales, mailbox"]
