"""Each fault in a configuration is one line that says where it is and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.settings import ConfigError, load

INBOX = '[[inbox]]\nname = "a"\nchannel = "email"\n'

# what stands in the file, and the lines that are said, without "FILE:"
BROKEN = {
    "a wrong type": ("[smtp]\nmax_sessions = 'many'\n", ["2: smtp.max_sessions: must be a whole number"]),
    "a size without sense": ("[smtp]\n\nmax_size = '35 apples'", ["3: smtp.max_size: '35 apples' is no size"]),
    "a duration without unit": ("[bus]\nretention = 30\n", ["2: bus.retention: 30 is no duration"]),
    "an address without port": ("[web]\nlisten = 'localhost'\n", ["2: web.listen: 'localhost' is no address"]),
    "a port too high": ("[web]\nlisten = 'localhost:70000'\n", ["2: web.listen: port 70000 is above 65535"]),
    "an unknown key": ("[smtp]\nmaxsize = 3\n", ["2: smtp.maxsize: unknown key; did you mean max_size?"]),
    "an unknown table": ("# hi\n[smpt]\n", ["2: smpt: unknown key; did you mean smtp?"]),
    "an unknown key far from all": ("[logging]\nzzz = 3\n", ["2: logging.zzz: unknown key; there are level"]),
    "a key of another channel": (INBOX + "token = 'x'\n", ["4: inbox.a.token: unknown key"]),
    "a key in a sub-table": (
        INBOX + "[inbox.imap]\nhost = 'h'\nprot = 1\n",
        ["6: inbox.a.imap.prot: unknown key; did you mean port?"],
    ),
    "the second of two inboxes": (
        INBOX + INBOX.replace('"a"', '"b"') + "address = 'nonsense'\n",
        ["7: inbox.b.address: 'nonsense' is no mail address"],
    ),
    "an inbox without channel": ("[[inbox]]\nname = 'a'\n", ["1: inbox.a: channel is missing"]),
    "an unknown channel": (
        "[[inbox]]\nname = 'a'\nchannel = 'fax'\n",
        ["1: inbox.a: channel must be one of email, telegram, sms, whatsapp, messenger, voice, form, chat, api"],
    ),
    "an inbox without name": ("[[inbox]]\nchannel = 'email'\n", ["1: inbox.0.name: is missing"]),
    "a name with a dot": ("[[inbox]]\nchannel = 'email'\nname = 'a.b'\n", ["3: inbox.a.b.name: must be of lower-case"]),
    "a name of two lines": ('[company]\nname = "A\\nb"\n', ["2: company.name: must be on one line"]),
    "a repeated name": (
        INBOX + INBOX + "address = 'x@y.example'\n",
        ["5: inbox.a.name: there are two of inbox named a"],
    ),
    "two that take everything": (
        INBOX + INBOX.replace('"a"', '"b"'),
        ["4: inbox.b.address: takes every recipient (it has no address), as the inbox a does"],
    ),
    "a DKIM key that is none": (
        INBOX + "[inbox.dkim]\nselector = 's1'\nkey = 'secret'\n",
        ["4: inbox.a.dkim: that is no private key; give an RSA or Ed25519 key in PEM"],
    ),
    "a DKIM selector alone": (INBOX + "[inbox.dkim]\nselector = 's1'\n", ["4: inbox.a.dkim: there is no key"]),
    "a signature in an unknown language": (
        INBOX + "signature = {xx = 'Hi'}\n",
        ["4: inbox.a.signature: nobody is written to in 'xx'"],
    ),
    "agents told by an inbox of another channel": (
        "[agents]\ntelegram = 'a'\n" + INBOX,
        ["2: agents.telegram: there is no inbox named 'a'; there are none"],
    ),
    "a socket without a path": (
        "[smtp]\nlmtp_listen = 'unix:lmtp.sock'\n",
        ["2: smtp.lmtp_listen: 'unix:lmtp.sock' is no"],
    ),
    "imap without its table": (INBOX + "receive = 'imap'\n", ['1: inbox.a: receive = "imap" needs a table']),
    "a relay of another kind": (INBOX + "send = 'http://x'\n", ["4: inbox.a.send.0: write a relay like"]),
    "a relay's port": (INBOX + "send = ['smtp://x:1', 'smtp://x:y']\n", ["4: inbox.a.send.1: write a relay like"]),
    "a site with a path": (
        "[[inbox]]\nname = 'a'\nchannel = 'form'\nembed_on = ['*', 'https://a.example/shop']\n",
        ["4: inbox.a.embed_on: 'https://a.example/shop' is no site; write it like"],
    ),
    "an inline table": (
        INBOX + "trusted_relays = [\n  {network = 'moon', authserv_id = 'x'},\n]\n",
        ["4: inbox.a.trusted_relays.0.network: 'moon' is no network"],
    ),
    "an unknown team": (
        "[[team]]\nname = 'sales'\n[[category]]\nname = 'offer'\nteam = 'sale'\n",
        ["5: category.offer.team: there is no team named 'sale'; did you mean sales?"],
    ),
    "unknown customer of an SLA": (
        "[[sla]]\nname = 's'\nfirst_response = '1h'\nwhen = {customer = 'Big'}\n",
        ["4: sla.s.when.customer: there is no customer named 'Big'; there are none"],
    ),
    "hours that are never open": (
        "[[sla]]\nname = 's'\nfirst_response = '1h'\nhours = 'day'\n[[hours]]\nname = 'day'\nweek = {mon = []}\n",
        ["4: sla.s.hours: the hours day are never open: nothing would ever be due"],
    ),
    "unknown hours": (
        "[[sla]]\nname = 's'\nfirst_response = '1h'\nhours = 'day'\n",
        ["4: sla.s.hours: there is no hours named 'day'; there are none"],
    ),
    "an unknown category in a rule": (
        "[[rule]]\nname = 'r'\n[rule.if]\ncategory = 'bilingg'\n",
        ["4: rule.r.if.category: there is no category named 'bilingg'; did you mean billing?"],
    ),
    "an unknown key in a rule": (
        "[[rule]]\nname = 'r'\nthen = {priorty = 'high'}\n",
        ["3: rule.r.then.priorty: unknown key; did you mean priority?"],
    ),
    "an unknown priority": (
        "[[category]]\nname = 'x'\npriority = 'hihg'\n",
        ["3: category.x.priority: must be 'low', 'normal', 'high' or 'urgent'"],
    ),
    "a broken pattern": ("[[category]]\nname = 'x'\npatterns = ['(']\n", ["3: category.x.patterns: '(' is no regular"]),
    "a language without texts": (
        "[company]\nlanguages = ['de']\n",
        ["2: company.languages: there are no texts in 'de'"],
    ),
    "a span backwards": (
        "[[hours]]\nname = 'h'\n[hours.week]\nmon = ['17:00-08:00']\n",
        ["4: hours.h.week.mon.0: '17:00-08:00' must end after it starts"],
    ),
    "an unknown day": (
        "[[hours]]\nname = 'h'\n[hours.week]\nmonday = []\n",
        ["4: hours.h.week.monday: must be"],
    ),
    "a time zone": (
        "[[hours]]\nname = 'h'\ntimezone = 'Mars/North'\n",
        ["3: hours.h.timezone: 'Mars/North' is no time"],
    ),
    "a country without days off": (
        "[[hours]]\nname = 'h'\nholidays = 'QQ'\n",
        ["3: hours.h.holidays: no days off are known of 'QQ'"],
    ),
    "holidays": ("[[hours]]\nname = 'h'\nholidays = 'every day'\n", ["3: hours.h.holidays: write a country such as"]),
    "a variable that isn't set": (
        "[company]\nname = '${NAME_OF_US}'\n",
        ["2: company.name: the environment variable NAME_OF_US is not set"],
    ),
    "a secret's file that isn't there": (
        "[secrets]\nkey = 'file:no.key'\n",
        ["2: secrets.key.0: the file no.key can't be read: No such file or directory"],
    ),
    "a short key": ("[secrets]\nkey = 'abcd'\n", ["2: secrets.key.0: a key is shorter than 16 bytes"]),
    "one bracket too few": (
        "[inbox]\nname = 'a'\n",
        ["1: inbox: is a list of tables; write [[inbox]] with two brackets"],
    ),
    "half a certificate": ("[smtp]\ncertificate = 'c.pem'\n", ["2: smtp.certificate: needs smtp.key beside it"]),
    "a certificate that isn't there": (
        "[smtp]\ncertificate = 'c.pem'\nkey = 'k.pem'\n",
        ["2: smtp.certificate: there is no file c.pem", "3: smtp.key: there is no file k.pem"],
    ),
    "a table where a value belongs": ("smtp = 3\n", ["1: smtp: must be a table"]),
    "the data folder": ("data = 'x'\n", ["1: data: unknown key; the data folder is given with --data"]),
    "several faults": (
        "[web]\nlisten = 1\n[smtp]\nmax_sizes = 1\ntimeout = 'x'\n",
        ["2: web.listen:", "4: smtp.max_sizes:", "5: smtp.timeout:"],
    ),
    "a line after a long string": ('[company]\nname = """a\nb"""\n', ["2: company.name:"]),
    "no TOML": ("[company]\nname = \n", ["2: isn't TOML: Invalid value"]),
    "no TOML at its end": ("[company]\nname = 'a", ["2: isn't TOML:"]),
}


@pytest.mark.parametrize(("text", "lines"), BROKEN.values(), ids=BROKEN)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, lines: list[str]) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(file, None, {})
    assert len(raised.value.lines) == len(lines), raised.value.lines
    for line, wanted in zip(raised.value.lines, lines, strict=True):
        assert line.startswith(f"{file}:{wanted}"), line
        assert "\n" not in line


VARIABLES = {
    "a wrong value": ("SMTP__MAX_SIZE", "big", "smtp.max_size: 'big' is no size"),
    "an unknown key": ("SMTP__MAXSIZE", "1", "smtp.maxsize: unknown key; did you mean max_size?"),
    "an unknown section": ("SMPT__MAX_SIZE", "1", "smpt: unknown key; did you mean smtp?"),
    "an unknown inbox": ("INBOX__SUPORT__ADDRESS", "a@b", "there is no inbox named suport; did you mean support?"),
    "an inbox beyond the next": ("INBOX__7__ADDRESS", "a@b", "there are 1 of inbox; the next is 1, counted from 0"),
    "broken JSON": ("INBOX", "[{]", "looks like JSON but isn't"),
    "one underscore": ("BUS_URL", "nats://a", "did you mean TRUNKLINE_BUS__URL?"),
    "keys below a value": ("SMTP__KEY__MORE", "1", "smtp.key"),
}


@pytest.mark.parametrize(("name", "value", "wanted"), VARIABLES.values(), ids=VARIABLES)
def test_a_fault_in_the_environment_names_the_variable(name: str, value: str, wanted: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(None, None, {f"TRUNKLINE_{name}": value})
    assert len(raised.value.lines) == 1
    assert raised.value.lines[0].startswith(f"TRUNKLINE_{name}: ")
    assert wanted in raised.value.lines[0]


def test_a_variable_outranks_the_line_it_overrides(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text("[smtp]\nmax_size = 'wrong, but overridden'\n")
    assert load(file, None, {"TRUNKLINE_SMTP__MAX_SIZE": "1MB"}).smtp.max_size == 1_000_000
    with pytest.raises(ConfigError, match=r"^TRUNKLINE_SMTP__MAX_SIZE: smtp.max_size: '1 x' is no size"):
        load(file, None, {"TRUNKLINE_SMTP__MAX_SIZE": "1 x"})


def _is_missing(path: Path) -> None:
    pass


def _is_a_folder(path: Path) -> None:
    path.mkdir()


def _is_latin_2(path: Path) -> None:
    path.write_bytes(b"[company]\nname = '\xb3'\n")


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (_is_missing, ": can't be read: No such file or directory; `trunkline init"),
        (_is_a_folder, ": can't be read: Is a directory"),
        (_is_latin_2, ":2: isn't UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path, make: Callable[[Path], None], wanted: str) -> None:
    file = tmp_path / "trunkline.toml"
    make(file)
    with pytest.raises(ConfigError) as raised:
        load(file, None, {})
    assert raised.value.lines[0].startswith(f"{file}{wanted}")


SECRET = "hunter2-and-some-more"

LEAKS = [
    {"TRUNKLINE_BUS__URL": f"ftp://u:{SECRET}@h"},
    {"TRUNKLINE_DATABASE__URL": f"mysql://u:{SECRET}@h"},
    {"TRUNKLINE_SECRETS__KEY": f"{SECRET}!"},
    {"TRUNKLINE_INBOX__SUPPORT__SEND": f"smtp://u:{SECRET}@h:x"},
    {"TRUNKLINE_INBOX__SUPPORT__SEND": f"smtp://u:{SECRET}@h/path"},
    {"TRUNKLINE_INBOX__SUPPORT__SEND": f"smtp://u:{SECRET}@\u2100"},
    {"TRUNKLINE_BUS__URL": f"nats://u:{SECRET}@\u2100"},
    {"TRUNKLINE_BUS__URL": f"nats://u:{SECRET}@[::1"},
    {"TRUNKLINE_DATABASE__URL": f"postgresql://u:{SECRET}@h:port/x"},
    {"TRUNKLINE_INBOX__SUPPORT__IMAP": f'{{"host": "h", "password": ["{SECRET}"]}}'},
]


@pytest.mark.parametrize("environ", LEAKS)
def test_no_error_shows_a_secret(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as raised:
        load(None, None, environ)
    assert SECRET not in str(raised.value)


def test_services_on_their_own_refuse_to_start_without_bus_and_keys(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text("[bus]\nurl = ''\n")
    with pytest.raises(ConfigError) as raised:
        load(file, None, {}, split=True)
    assert [line.split(" ")[0] for line in raised.value.lines] == [f"{file}:", f"{file}:2:"]
    assert "TRUNKLINE_SECRETS__KEY" in raised.value.lines[0]
    assert "TRUNKLINE_BUS__URL" in raised.value.lines[1]
    load(file, None, {"TRUNKLINE_BUS__URL": "nats://a:4222", "TRUNKLINE_SECRETS__KEY": "ab" * 32}, split=True)
