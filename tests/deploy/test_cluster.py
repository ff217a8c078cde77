"""What compose.yaml describes, alive: three bus nodes, PostgreSQL, two of everything that may be two, and a node that is killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import composefile
from tests.deploy.locally import NODES, House, environment_file
from tests.system.mailing import Sink
from tests.system.processes import wait_until
from tests.system.reckoning import Reckoning, rest
from tests.system.writing import QUIET, Sending, post

MAILS = 120
SEED = 20261122


@pytest.fixture
def sink() -> Iterator[Sink]:
    started = Sink().start()
    yield started
    started.stop()


@pytest.fixture
def house(tmp_path: Path, sink: Sink) -> Iterator[House]:
    made = House(tmp_path / "house", environment_file(tmp_path, sink.url), intake=2, router=2, notifier=2)
    yield made
    made.end()


def test_mails_go_through_two_of_each_service_while_a_node_of_the_bus_is_killed_and_comes_back(
    house: House, sink: Sink
) -> None:
    house.start()
    for container in house.services:
        wait_until(container.healthy, f"{container.name} is healthy", 120)
    wait_until(house.complete, "every stream is complete on three nodes", 120)
    assert {name: info.config.num_replicas for name, info in house.streams().items()} == dict.fromkeys(
        house.streams(), 3
    )

    made = post(MAILS, SEED)
    halves = [dict(list(made.mails.items())[start::2]) for start in range(2)]
    doors = [house[name].port(2525) for name in ("intake-1", "intake-2")]
    sendings = [Sending(door, half, seed=SEED).start() for door, half in zip(doors, halves, strict=True)]

    def accepted() -> int:
        return sum(sending.accepted for sending in sendings)

    wait_until(lambda: accepted() >= MAILS // 4, "a quarter is accepted", QUIET)
    victim = house[house.leader_of("INTAKE")]  # the worst of the three to lose: every 250 waits for it
    victim.process.kill()
    killed_at = accepted()
    wait_until(lambda: accepted() >= min(killed_at + MAILS // 4, MAILS), "mails are accepted by two nodes", QUIET)
    assert not victim.healthy()
    victim.process.start()
    for sending in sendings:
        sending.finish()

    rest(house, MAILS)
    found = Reckoning.of(house, made, sink, set().union(*(sending.postman.accepted for sending in sendings)))
    assert found.mails == MAILS
    wait_until(victim.healthy, "the node that was killed is healthy again", 120)
    wait_until(house.complete, "every stream is complete on three nodes again", 120)
    for container in house.services:
        wait_until(container.healthy, f"{container.name} is healthy again", 120)
    assert all(sending.accepted for sending in sendings)
    assert set(house.stop().values()) == {0}


def test_services_that_start_before_the_bus_can_elect_wait_for_it_and_then_are_ready(
    house: House, tmp_path: Path
) -> None:
    house.start(NODES[0])
    wait_until(lambda: house[NODES[0]].process.tail().find("Server is ready") >= 0, "one node runs", 60)
    assert not house[NODES[0]].healthy()
    house.start("store-1", "router-1")
    for name in ("store-1", "router-1"):
        log = house[name].process.tail
        wait_until(lambda log=log: "trying again" in log() or "waiting for it" in log(), f"{name} tells why", 90)
        assert not house[name].healthy()
    house.start(*NODES[1:])
    for name in ("store-1", "router-1"):
        house[name].process.ready(180)
        wait_until(house[name].healthy, f"{name} is healthy", 60)
    for name in ("router-1", "store-1"):
        assert house[name].process.stop(composefile.seconds(house[name].service["stop_grace_period"])) == 0
