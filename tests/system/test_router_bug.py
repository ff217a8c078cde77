"""A bug in the router that one message meets: its neighbours notice nothing, it is kept, and it is not lost to the mend."""

import asyncio
import json
import sys
from typing import Any

from tests.system.asking import dead_letters
from tests.system.conftest import Build
from tests.system.faulty import FAULT
from tests.system.mailing import Postman, Sink, letter
from tests.system.processes import Up, wait_until

FAULTY = (sys.executable, "-m", "tests.system.faulty")


def send(up: Up, names: list[str], subject: str = "Question") -> None:
    """One mail for each name, each from somebody else, all at once; every one must be accepted."""
    mails = {}
    for name in names:
        sender = f"{name}@client.example"
        mails[name] = (sender, "support@localhost", letter(name, sender, subject=subject).as_bytes())
    postman = Postman(up.smtp)
    asyncio.run(asyncio.wait_for(postman.send(mails), 120))
    assert postman.accepted == set(names)


def line(up: Up) -> dict[str, int]:
    """The ledger's only line, as far as it is not 0; it must add up whenever it is looked at."""
    (only,) = up.ledger()
    assert only["adds_up"], only
    return {key: value for key, value in only.items() if isinstance(value, int) and value and key != "adds_up"}


def dead(up: Up) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(up.run("dead", "list", "--json").stdout)
    return found


def tracebacks(up: Up) -> list[str]:
    assert up.process is not None
    return up.process.tracebacks()


def with_relay(sink: Sink) -> str:
    return f'[[inbox]]\nname = "support"\nchannel = "email"\nsend = "{sink.url}"\n'


def test_neighbours_of_messages_that_fail_are_answered_while_those_are_still_retried(build: Build, sink: Sink) -> None:
    # The last wait is longer than any test: whatever arrives, arrives while the faulty ones are being retried.
    schedule = {"TRUNKLINE_BUS__RETRY_SCHEDULE": "200ms,300ms,1h"}
    up = build(program=FAULTY, env=schedule, config=with_relay(sink)).start()
    faulty = [f"faulty{i}" for i in range(30)]
    send(up, faulty, FAULT)
    send(up, [f"before{i}" for i in range(20)])
    wait_until(lambda: sink.count == 20, "the neighbours have their acknowledgements")
    assert line(up) == {"received": 50, "stored": 20, "in_flight": 30}
    assert up.process is not None
    log = up.process.log
    wait_until(lambda: log.read_text().count("failed (3), waiting aside") == 30, "each was tried three times")
    send(up, [f"after{i}" for i in range(20)])
    wait_until(lambda: sink.count == 40, "later ones have theirs, too")
    assert line(up) == {"received": 70, "stored": 40, "in_flight": 30}
    assert up.stop() == 0


def test_a_message_that_fails_past_the_schedule_waits_as_a_dead_letter_and_becomes_a_ticket_after_the_mend(
    build: Build, sink: Sink
) -> None:
    up = build(
        program=FAULTY, env={"TRUNKLINE_BUS__RETRY_SCHEDULE": "200ms,300ms,400ms"}, config=with_relay(sink)
    ).start()
    assert dead(up) == []
    send(up, ["unlucky"], FAULT)
    send(up, ["neighbour"])
    bus = up.operator_url()
    wait_until(lambda: len(dead_letters(bus)) == 1, "the dead letter is there")
    (letter_,) = dead(up)
    assert letter_["subject"] == "intake.email.support"
    assert letter_["attempts"] == 4
    assert "a bug that only this message meets" in letter_["error"]
    counts = {"received": 2, "stored": 1, "dead": 1}
    wait_until(lambda: line(up) == counts, "one is stored, one is dead")
    shown = up.run("dead", "show", str(letter_["id"])).stdout
    assert "ZeroDivisionError" in shown
    assert "unlucky@client.example" in shown
    assert letter_["error"] in up.run("dead", "list").stdout.replace("\n", " ")

    # Replayed before the mend it dies again, and still counts once.
    up.run("dead", "replay", str(letter_["id"]))
    wait_until(lambda: dead_letters(bus) not in ([], [letter_["id"]]), "it has died again")
    wait_until(lambda: line(up) == counts, "it counts as before")
    assert up.total() == 1
    assert up.stop() == 0
    assert tracebacks(up) == []

    mended = build("mended", env={"TRUNKLINE_LOGGING__LEVEL": "info"}, config=with_relay(sink))
    mended.data.symlink_to(up.data)
    mended.start()
    (again,) = dead(mended)
    assert mended.run("dead", "replay", str(again["id"])).stdout == "replayed 1\n"
    wait_until(lambda: mended.total() == 2, "its ticket is there")
    wait_until(lambda: "unlucky@client.example" in sink.got, "its acknowledgement is there")
    wait_until(lambda: line(mended) == {"received": 2, "stored": 2}, "both are stored")
    assert dead(mended) == []
    assert mended.run("dead", "list").stdout == "no dead letters\n"
    missing = mended.run("dead", "replay", str(again["id"]), check=False)
    assert missing.returncode == 1
    assert missing.stderr == f"trunkline: there is no dead letter {again['id']}: see `trunkline dead list`\n"
    assert sink.count == 2
    assert mended.stop() == 0
    assert tracebacks(mended) == []
