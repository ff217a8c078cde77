"""What is wrong is said in one line that tells what to do, and nothing is left behind half-started."""

import contextlib
import fcntl
import os
import signal
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.store.postgres import Postgres
from tests.system.conftest import Build
from tests.system.mailing import letter
from tests.system.processes import ROOT, Process, Up, command, free_port, wait_until


def refused(up: Up, *, code: int = 1) -> list[str]:
    """Have `up` fail to start; gives its lines on stderr, log entries left out. Nothing of it may remain."""
    done = up.run("up", check=False)
    assert done.returncode == code, done.stderr
    assert "ready" not in done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    nothing_is_left(up)
    said = [line for line in done.stderr.splitlines() if not line.startswith('{"')]
    assert all(line.startswith("trunkline: ") for line in said), done.stderr
    errors = [line for line in done.stderr.splitlines() if '"level": "error"' in line]
    assert not errors, errors
    return [line.removeprefix("trunkline: ") for line in said]


def bare(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command without anything in its environment."""
    base = {key: value for key, value in os.environ.items() if not key.startswith("TRUNKLINE_")}
    return command(*arguments, env=base, cwd=ROOT)


def nothing_is_left(up: Up) -> None:
    """No process of this folder runs, and nobody holds it."""
    running = []
    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.NoSuchProcess):
            if any(str(up.folder) in part for part in process.info["cmdline"] or ()):
                running.append(process.info["cmdline"])
    assert not running
    for lock in (up.data / "lock", up.data / "bus" / "bus.lock"):
        if lock.is_file():
            with lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


# -- configuration --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[company]\nnam = 'x'\n", ["2: company.nam: unknown key; did you mean name?"]),
        ("[company\n", ["1: isn't TOML: Expected ']' at the end of a table declaration"]),
        (
            '[web]\n\nlisten = "nowhere"\n[smtp]\nmax_size = "many"\n',
            [
                "3: web.listen: 'nowhere' is no address to listen on; write host:port, such as \"127.0.0.1:8080\"",
                '5: smtp.max_size: \'many\' is no size; write bytes or a number and a unit, such as "35MB" or "10GB"',
            ],
        ),
        ('[[inbox]]\nname = "support"\n', ["1: inbox.support: channel is missing"]),
    ],
)
def test_each_fault_in_the_configuration_is_one_line_with_its_place_in_the_file(
    build: Build, text: str, lines: list[str]
) -> None:
    up = build(config=text)
    done = bare("up", *up.arguments())
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"trunkline: {up.folder}/trunkline.toml:{line}" for line in lines]
    assert not up.data.exists()


def test_a_fault_in_a_variable_names_the_variable(build: Build) -> None:
    (line,) = refused(build(env={"TRUNKLINE_SMTP__MAX_SIZE": "many"}))
    assert line.startswith("TRUNKLINE_SMTP__MAX_SIZE: smtp.max_size: 'many' is no size; write ")


# -- the data folder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("file", "the data folder {} is a file: choose another one with --data"),
        ("file/below", "cannot create the data folder {}: Not a directory; choose another one with --data"),
        ("/proc/data", "cannot create the data folder {}: No such file or directory; choose another one with --data"),
        ("/sys", "{}: Permission denied; choose another one with --data"),
    ],
)
def test_a_data_folder_that_cannot_be_written_is_said_in_one_line(build: Build, folder: str, line: str) -> None:
    up = build()
    (up.folder / "file").write_text("")
    done = bare("up", "--data", str(up.folder / folder))
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.endswith(line.format(up.folder / folder))
    nothing_is_left(up)


def test_a_second_up_on_a_folder_in_use_says_who_has_it_and_leaves_the_first_alone(build: Build) -> None:
    first = build().start()
    second = build("second")
    second.data.symlink_to(first.data)
    done = second.run("up", check=False)
    assert done.returncode == 1
    assert first.process is not None
    assert first.process.process is not None
    holder = f"another Trunkline (process {first.process.process.pid}): stop it, or use another --data"
    assert done.stderr == f"trunkline: the data folder {second.data} is in use by {holder}\n"
    assert first.total() == 0
    assert first.stop() == 0


# -- ports ----------------------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_said_in_one_line_and_everything_is_stopped_again(build: Build, taken: int) -> None:
    up = build(smtp=taken)
    assert refused(up) == [
        f"smtp.listen 127.0.0.1:{taken} is taken; stop what listens there or set smtp.listen to another port"
    ]
    socket.create_server(("127.0.0.1", up.web)).close()
    up.smtp, up.web = up.web, taken
    assert refused(up) == [f"web.listen 127.0.0.1:{taken}: Address already in use; end what uses it or set web.listen"]
    socket.create_server(("127.0.0.1", up.smtp)).close()


# -- the database ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("pa55word", "wrong"), "refuses user 'trunkline': check user and password in database.url."),
        (("/postgres", "/nothing"), "has no database 'nothing': create it or correct database.url."),
    ],
)
def test_a_database_that_does_not_let_us_in_is_said_in_one_line_without_the_password(
    build: Build, postgres: Postgres, change: tuple[str, str], line: str
) -> None:
    url = postgres.url().replace(*change)
    up = build(env={"TRUNKLINE_DATABASE__URL": url})
    said = refused(up)
    assert said == [f"PostgreSQL at 127.0.0.1:{postgres.port} {line}"]
    done = up.run("check", check=False)
    assert done.returncode == 1
    assert f"FAILED  database: PostgreSQL at 127.0.0.1:{postgres.port} {line}\n" in done.stdout
    assert "word-of-the-tests" not in done.stdout + done.stderr + "".join(said)


def test_a_database_that_is_not_there_is_said_in_one_line(build: Build) -> None:
    port = free_port()
    (line,) = refused(build(env={"TRUNKLINE_DATABASE__URL": f"postgresql://u:secret@127.0.0.1:{port}/x"}))
    assert line.startswith(f"PostgreSQL at 127.0.0.1:{port} does not answer (")
    assert line.endswith("): start it or correct database.url.")


# -- a relay --------------------------------------------------------------------------------------------------------------


def test_a_relay_that_cannot_be_reached_keeps_no_mail_out_and_is_told_where_it_matters(build: Build) -> None:
    port = free_port()
    up = build(config=f'[[inbox]]\nname = "support"\nchannel = "email"\nsend = "smtp://127.0.0.1:{port}"\n')
    done = up.run("check", check=False)
    assert done.returncode == 1
    assert done.stderr == ""
    (line,) = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    assert line.startswith(f"FAILED  inbox support, relay smtp://127.0.0.1:{port}: ")
    assert line.endswith("; start it there, or correct the inbox's send")
    up.start()
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=60) as client:
        client.send_message(letter("waits", "jan@client.example"))

    def put_off() -> bool:
        # While an attempt is under way there is none to come.
        (delivery,) = up.tickets()[0]["deliveries"]
        return bool(delivery["error"] and delivery["next_attempt_at"])

    wait_until(lambda: up.total() == 1 and put_off(), "the ticket shows the error, and that it is tried again")
    (delivery,) = up.tickets()[0]["deliveries"]
    assert delivery["state"] == "queued"
    assert f"127.0.0.1:{port}" in delivery["error"]
    assert up.stop() == 0


# -- no room --------------------------------------------------------------------------------------------------------------


def send(up: Up, name: str, size: int = 0) -> int:
    """Send a mail of about so many octets; gives the code of the last reply."""
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=60) as client:
        mail = letter(name, f"{name}@client.example", text=("Again and again. " * 4 + "\n") * (size // 69 + 1))
        try:
            client.send_message(mail)
        except smtplib.SMTPDataError as error:
            return error.smtp_code
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
        except smtplib.SMTPRecipientsRefused as error:
            return next(iter(error.recipients.values()))[0]
    return 250


def test_a_bus_without_room_asks_senders_to_come_again_and_keeps_what_it_has_taken(build: Build) -> None:
    up = build(env={"TRUNKLINE_BUS__MAX_BYTES": "3MB"}).start()
    codes = {f"m{i}": send(up, f"m{i}", 12_000) for i in range(120)}
    assert set(codes.values()) == {250, 452}
    taken = [name for name, code in codes.items() if code == 250]
    wait_until(lambda: up.total() == len(taken), "every mail that was accepted is a ticket")
    headers = {ticket["contact"]["points"][0]["value"] for ticket in up.tickets()}
    assert headers == {f"{name}@client.example" for name in taken}
    assert up.process is not None
    assert up.process.tracebacks() == []
    assert up.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes, where this machine lets us have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=48m", "none", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nobody may mount a small file system here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte free."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def test_a_full_disk_refuses_mail_for_now_loses_nothing_and_is_over_when_there_is_room(
    build: Build, small_disk: Path
) -> None:
    up = build()
    (small_disk / "data").mkdir()
    up.data.symlink_to(small_disk / "data")
    up.start()
    assert send(up, "before") == 250
    wait_until(up.at_rest, "the first is stored")
    ballast = fill(small_disk)
    codes = {f"full{i}": send(up, f"full{i}", 20_000) for i in range(2)}
    assert 452 in codes.values() or 451 in codes.values(), codes
    assert set(codes.values()) <= {250, 451, 452}
    ballast.unlink()
    wait_until(lambda: send(up, "after") == 250, "mail is taken again", 120)
    taken = {"before", "after", *(name for name, code in codes.items() if code == 250)}

    def stored() -> set[str]:
        return {ticket["contact"]["points"][0]["value"].partition("@")[0] for ticket in up.tickets()}

    # What got a 451 may have been kept all the same: its sender comes again, and it counts once.
    wait_until(lambda: taken <= stored(), "everything that was accepted is stored", 120)
    assert stored() <= {"before", "after", *codes}
    assert up.stop() == 0


def test_a_disk_that_is_full_from_the_beginning_is_said_in_one_line(build: Build, small_disk: Path) -> None:
    up = build()
    (small_disk / "data").mkdir()
    up.data.symlink_to(small_disk / "data")
    fill(small_disk)
    (line,) = refused(up)
    assert "No space left on device" in line


# -- interrupted ----------------------------------------------------------------------------------------------------------


def test_up_that_is_stopped_while_it_starts_leaves_nothing_behind(build: Build) -> None:
    up = build()
    process = Process(("up", *up.arguments()), up.folder / "up.log", up.environment()).start()
    assert process.process is not None
    wait_until(lambda: (up.data / "bus" / "nats.pid").exists(), "its bus has been started")
    process.process.send_signal(signal.SIGTERM)
    process.process.wait(60)
    wait_until(lambda: _quiet(up), "its bus has ended")
    assert process.tracebacks() == []
    assert up.start().stop() == 0


def _quiet(up: Up) -> bool:
    try:
        nothing_is_left(up)
    except (AssertionError, OSError):
        return False
    return True
