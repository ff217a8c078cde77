"""Where intake's pages are: beside the desk's on one port in `up`, on a port of their own in the split set-up."""

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from services.composition.dispatching import Dispatcher
from services.composition.house import House
from services.intake.web import PATHS
from shared.secrets import Keyring
from shared.settings import load
from tests.natsserver import NatsServer
from tests.ports import free_port
from tests.system.conftest import Build

FORM = """
[[inbox]]
name = "support"
channel = "email"

[[inbox]]
name = "contact"
channel = "form"
"""


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_form_api_channel_and_desk_share_the_port_of_up(build: Build) -> None:
    up = build(config=FORM).start()
    base = f"http://127.0.0.1:{up.web}"
    status, page = get(f"{base}/form/contact")
    assert status == 200
    assert '<form method="post"' in page
    assert get(f"{base}/embed.js")[0] == 200
    taken = up.api("POST", "/api/v1/messages", {"from": {"address": "ann@customer.example"}, "text": "Hello?"})
    assert taken["source_id"].startswith("api-")
    assert up.total() >= 0
    assert get(f"{base}/api/docs")[0] == 200
    assert get(f"{base}/readyz")[0] == 200
    assert up.process is not None
    assert not up.process.tracebacks()


async def test_intake_alone_serves_its_channels_on_its_own_port(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "nats", durable=False)
    server.start()
    port, smtp = free_port(), free_port()
    config = tmp_path / "trunkline.toml"
    config.write_text(f'[web]\nintake_listen = "127.0.0.1:{port}"\n[smtp]\nlisten = "127.0.0.1:{smtp}"\n{FORM}')
    settings = load(config, tmp_path)
    keyring = Keyring("a", {"a": b"k" * 32})

    def house(*rooms: str, only: tuple[str, ...] = ()) -> House:
        return House(settings, keyring, tmp_path, rooms, server.url, False, lambda: None, only)

    store, intake = house("store"), house("intake", only=("form",))
    try:
        await store.start()
        await intake.start()
        assert intake.addresses == [f"http://127.0.0.1:{port}"]
        base = intake.addresses[0]
        assert (await asyncio.to_thread(get, f"{base}/form/contact"))[0] == 200
        assert (await asyncio.to_thread(get, f"{base}/api/v1/tickets"))[0] == 404
        checks = json.loads((await asyncio.to_thread(get, f"{base}/readyz"))[1])["checks"]
        assert checks == {"intake: intake-bus": True}
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", smtp)
    finally:
        await intake.stop()
        await store.stop()
        server.kill()


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("/", "desk"),
        ("/form/contact", "intake"),
        ("/formula", "desk"),
        ("/chat/x/socket", "intake"),
        ("/hooks/twilio/sms/status", "intake"),
        ("/embed.js", "intake"),
        ("/embed.js.map", "desk"),
        ("/static/intake/form.css", "intake"),
        ("/static/desk.css", "desk"),
        ("/api/v1/messages", "intake"),
        ("/api/v1/messages/7", "desk"),
        ("/api/v1/tickets", "desk"),
    ],
)
async def test_each_path_has_its_room(path: str, room: str) -> None:
    answered: list[str] = []

    def app(name: str):  # type: ignore[no-untyped-def]
        async def answer(scope: object, receive: object, send: object) -> None:
            answered.append(name)

        return answer

    dispatcher = Dispatcher()
    dispatcher.add(app("intake"), PATHS)
    dispatcher.add(app("desk"))
    await dispatcher({"type": "http", "path": path}, None, None)  # type: ignore[arg-type]
    assert answered == [room]
