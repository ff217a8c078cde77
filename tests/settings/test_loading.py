"""What is in the file, in the environment and built in becomes one value."""

import dataclasses
import subprocess
import sys
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings import ChatInbox, EmailInbox, Listen, Relay, Settings, Span, TelegramInbox, TwilioInbox, load
from shared.settings.template import template

# An Ed25519 key of nobody's: its seed is 32 times the same octet.
DKIM_KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC\n-----END PRIVATE KEY-----\n"
EXAMPLE = Path(__file__).parent / "example.toml"
SECRETS = {"IMAP_PASSWORD": "imap-pw", "TELEGRAM_TOKEN": "telegram-tk", "TWILIO_AUTH_TOKEN": "twilio-tk"}


def _load(text: str, folder: Path, **environ: str) -> Settings:
    file = folder / "trunkline.toml"
    file.write_text(text)
    return load(file, None, environ)


def _example(folder: Path) -> Settings:
    (folder / "dkim.pem").write_text(DKIM_KEY)
    return _load(EXAMPLE.read_text(), folder, **SECRETS)


def test_with_no_file_the_documented_defaults_count() -> None:
    settings = load(None, None, {})
    assert [(inbox.name, inbox.channel) for inbox in settings.inbox] == [("support", "email")]
    support = settings.email_inboxes[0]
    assert (support.address, support.receive, support.send) == ("", "smtp", ())
    names = {category.name for category in settings.category}
    assert names == {"general", "technical", "billing", "order", "offer", "service", "complaint", "suggestion"}
    assert [priority.name for priority in settings.priority] == ["low", "normal", "high", "urgent"]
    assert settings.smtp.listen == Listen("127.0.0.1", 2525)
    assert settings.web.listen == Listen("127.0.0.1", 8080)
    assert settings.smtp.max_size == 35_000_000
    assert settings.bus.max_backlog == 100_000
    assert settings.bus.retention == timedelta(days=30)
    assert settings.tickets.close_after == timedelta(days=7)
    assert settings.watchdog.oldest_delivery == timedelta(minutes=15)
    assert settings.watchdog.silent_channel is None
    assert settings.data == Path("data")


def test_the_built_in_sla_is_stricter_for_what_is_urgent() -> None:
    (sla,) = load(None, None, {}).sla
    assert sla.targets("normal").first_response == timedelta(hours=8)
    assert sla.targets("urgent").first_response == timedelta(hours=1)
    assert sla.targets("urgent").resolution == timedelta(days=3)


def test_the_documented_example_loads_whole(tmp_path: Path) -> None:
    settings = _example(tmp_path)
    email, telegram, sms, form = settings.inbox
    assert isinstance(email, EmailInbox)
    assert email.imap is not None
    assert email.imap.password.get_secret_value() == "imap-pw"
    assert email.dkim is not None
    assert email.dkim.key.get_secret_value() == DKIM_KEY.strip()
    assert email.send == (Relay(host="127.0.0.1", port=1025),)
    assert isinstance(telegram, TelegramInbox)
    assert isinstance(sms, TwilioInbox)
    assert form.channel == "form"
    assert settings.hours[0].week["mon"] == (Span(480, 720), Span(780, 1020))
    assert settings.sla[0].when.priority == ("urgent", "high")
    assert settings.rule[0].conditions.domain == ("bigcustomer.example",)
    assert settings.rule[0].actions.priority == "high"
    assert settings.operators.alerts == ("ops@acme.example",)


def test_no_secret_is_shown_by_printing_the_settings(tmp_path: Path) -> None:
    settings = _example(tmp_path)
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert not [secret for secret in (*SECRETS.values(), "BEGIN") if secret in shown]


def test_the_template_says_the_same_as_no_file(tmp_path: Path) -> None:
    assert _load(template(), tmp_path).model_copy(update={"source": None}) == load(None, None, {})


def test_everything_the_template_offers_in_comments_loads_when_uncommented(tmp_path: Path) -> None:
    lines = template().splitlines()
    start = lines.index('# [inbox.imap]                         # with receive = "imap"')
    offered = [line.removeprefix("# ") for line in lines[start:] if _offers(line)]
    (tmp_path / "dkim.pem").write_text(DKIM_KEY)
    settings = _load("\n".join([*lines[:start], *offered]), tmp_path, **SECRETS)
    assert [inbox.name for inbox in settings.inbox] == ["support", "bot", "sms", "contact"]
    assert settings.rule


def _offers(line: str) -> bool:
    body = line.removeprefix("# ")
    return line.startswith("# ") and (body.startswith("[") or " = " in body.split("#")[0])


def test_every_plain_key_stands_in_the_template() -> None:
    for section in (
        "company",
        "bus",
        "database",
        "web",
        "smtp",
        "tickets",
        "logging",
        "watchdog",
        "operators",
        "secrets",
    ):
        text = template().partition(f"\n[{section}]")[2].partition("\n[")[0]
        for key in type(getattr(load(None, None, {}), section)).model_fields:
            assert f"\n{key} = " in text, f"{section}.{key}"


@pytest.mark.parametrize(
    ("name", "value", "path", "wanted"),
    [
        ("BUS__URL", "nats://u:p@a:4222, nats://b:4222", "bus.servers", ("nats://u:p@a:4222", "nats://b:4222")),
        ("BUS__RETRY_SCHEDULE", "1s,2m", "bus.retry_schedule", (timedelta(seconds=1), timedelta(minutes=2))),
        ("BUS__MAX_BYTES", "1GiB", "bus.max_bytes", 1 << 30),
        ("COMPANY__LANGUAGES", "pl,en", "company.languages", ("pl", "en")),
        ("COMPANY__LANGUAGES", '["hr"]', "company.languages", ("hr",)),
        ("COMPANY__PUBLIC_URL", "https://help.example/x/", "company.public_url", "https://help.example/x"),
        ("INBOX__SUPPORT__ADDRESS", "help@Acme.Example", "inbox.0.address", "help@acme.example"),
        ("INBOX__0__ADDRESS", "help@acme.example", "inbox.0.address", "help@acme.example"),
        ("INBOX", '[{"name": "x", "channel": "chat"}]', "inbox", (ChatInbox(name="x", channel="chat"),)),
        ("INBOX__1", '{"name": "x", "channel": "chat"}', "inbox.1.name", "x"),
        ("LOGGING__LEVEL", "DEBUG", "logging.level", "debug"),
        (
            "SMTP__TRUSTED_RELAYS",
            "10.0.0.0/8,::1",
            "smtp.trusted_relays",
            (ip_network("10.0.0.0/8"), ip_network("::1")),
        ),
        ("SMTP__LISTEN", "[::1]:25", "smtp.listen", Listen("::1", 25)),
        ("WATCHDOG__SILENT_CHANNEL", "1h30m", "watchdog.silent_channel", timedelta(minutes=90)),
        ("WEB__HEALTH_LISTEN", "127.0.0.1:0", "web.health_listen", Listen("127.0.0.1", 0)),
        ("CATEGORY__BILLING__PRIORITY", "medium", "category.2.priority", "normal"),
        ("DATA", "/srv/x", "data", Path("/srv/x")),
    ],
)
def test_any_key_can_be_a_variable(name: str, value: str, path: str, wanted: object) -> None:
    found: object = load(None, None, {f"TRUNKLINE_{name}": value})
    for part in path.split("."):
        found = found[int(part)] if isinstance(found, tuple) else getattr(found, part)
    assert found == wanted


def test_variables_of_others_are_left_alone() -> None:
    environ = {
        "TRUNKLINE_WEB_PORT": "tcp://10.0.0.1:80",
        "TRUNKLINE_TEST_DATABASE": "x",
        "TRUNKLINER__X": "1",
        "HOME": "/",
    }
    assert load(None, None, environ) == load(None, None, {})


def test_variables_inside_strings_are_replaced_and_doubled_dollars_kept(tmp_path: Path) -> None:
    settings = _load("[company]\nname = '${WHO} & $${WHO} $WHO'\n", tmp_path, WHO="Acme")
    assert settings.company.name == "Acme & ${WHO} $WHO"


def test_a_secret_may_be_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "bus.url").write_text("nats://u:p@a:4222\n")
    assert _load("[bus]\nurl = 'file:bus.url'\n", tmp_path).bus.servers == ("nats://u:p@a:4222",)


def test_given_categories_replace_the_built_in_ones_but_keep_their_words(tmp_path: Path) -> None:
    settings = _load("[[category]]\nname = 'billing'\npriority = 'high'\n[[category]]\nname = 'mine'\n", tmp_path)
    assert [category.name for category in settings.category] == ["billing", "mine", "general"]
    assert "faktur" in settings.category[0].words["pl"]
    assert settings.category[0].priority == "high"
    assert settings.category[1].words == {}


def test_medium_is_normal_and_all_four_priorities_stay(tmp_path: Path) -> None:
    settings = _load("[[priority]]\nname = 'medium'\nwords = {en = 'usual'}\n", tmp_path)
    assert sorted(priority.name for priority in settings.priority) == ["high", "low", "normal", "urgent"]
    assert settings.priority[0].words == {"en": ("usual",)}


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("smtp://127.0.0.1:1025", {"host": "127.0.0.1", "port": 1025, "tls": "auto"}),
        ("smtp://mx.example", {"host": "mx.example", "port": 25, "tls": "auto"}),
        ("smtps://mx.example", {"host": "mx.example", "port": 465, "tls": "tls"}),
        ("smtp://mx.example?tls=none", {"host": "mx.example", "port": 25, "tls": "none"}),
        ("smtp://me:p%40ss@mx.example:587", {"host": "mx.example", "port": 587, "user": "me", "tls": "starttls"}),
        ("smtp://me:p@localhost:587", {"host": "localhost", "port": 587, "user": "me", "tls": "auto"}),
        ("smtp://[::1]:25?tls=tls", {"host": "::1", "port": 25, "tls": "tls"}),
    ],
)
def test_a_relay_is_written_as_an_address(address: str, fields: dict[str, object]) -> None:
    relay = Relay.model_validate(address)
    assert {key: getattr(relay, key) for key in fields} == fields
    assert "p@ss" not in repr(relay)
    if "p%40ss" in address:
        assert relay.password.get_secret_value() == "p@ss"


def test_reply_addresses_are_at_the_configured_domain_or_the_inbox(tmp_path: Path) -> None:
    plain = load(None, None, {})
    assert plain.sender_address(plain.email_inboxes[0]) == "support@localhost"
    own = load(None, None, {"TRUNKLINE_INBOX__SUPPORT__ADDRESS": "a@b.example"})
    assert own.reply_domain(own.email_inboxes[0]) == "b.example"
    example = _example(tmp_path)
    assert example.reply_domain(example.email_inboxes[0]) == "support.acme.example"


def test_settings_never_change(tmp_path: Path) -> None:
    settings = load(None, None, {})
    with pytest.raises(ValidationError):
        settings.smtp.max_size = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.smtp.listen.port = 1  # type: ignore[misc]


def test_dates_may_be_dates(tmp_path: Path) -> None:
    settings = _load("[[hours]]\nname = 'h'\nholidays = [2026-12-24, '2026-12-25']\n", tmp_path)
    assert settings.hours[0].holidays == (date(2026, 12, 24), date(2026, 12, 25))


def test_loading_a_configuration_brings_in_no_service_and_no_large_library() -> None:
    code = "import sys, shared.settings as s; s.load(None); print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"services", "sqlalchemy", "fastapi", "numpy", "aiosmtpd", "aiosmtplib", "alembic", "uvicorn"}
