"""The bus, the store and a relay are away for a while under load: nothing is lost, nobody else waits, nothing has to be restarted.

OUTAGE_SECONDS makes the outages longer; `python -m benchmarks outages` runs them with 30 seconds.
"""

import os
from pathlib import Path

from tests.system.conftest import Build
from tests.system.mailing import Sink
from tests.system.outages import (
    PATIENCE,
    Relay,
    Steady,
    answered,
    embedded_outages,
    relay_outages,
    split_outages,
    to,
    two_inboxes,
)
from tests.system.processes import wait_until

SECONDS = float(os.environ.get("OUTAGE_SECONDS", "3"))


def test_bus_and_store_may_be_away_and_every_mail_that_was_accepted_is_answered_once(tmp_path: Path) -> None:
    found = {outage.what: outage for outage in split_outages(tmp_path, SECONDS)}
    for what in ("bus paused", "bus gone"):
        assert found[what].put_off > 0  # senders are asked to try again, never told "got it"
    for what in ("store paused", "store gone"):
        assert found[what].accepted > 0  # mail is taken without it
        assert found[what].put_off == 0


def test_a_relay_that_hangs_or_is_gone_delays_nobody_but_its_own_customers(
    build: Build, sink: Sink, tmp_path: Path
) -> None:
    relay = Relay(tmp_path / "relay").start()
    try:
        up = build(config=two_inboxes(relay, sink)).start()
        load = Steady(up.smtp, to("sales", "support")).start()
        relay_outages(up, relay, sink, load, SECONDS)
        assert up.stop() == 0
        assert up.process is not None
        assert up.process.tracebacks() == []
    finally:
        relay.kill()


def test_the_embedded_bus_may_hang_or_die_and_up_goes_on_without_a_restart(build: Build, sink: Sink) -> None:
    up = build(config=f'[[inbox]]\nname = "support"\nchannel = "email"\nsend = "{sink.url}"\n').start(PATIENCE)
    load = Steady(up.smtp, to("support")).start()
    embedded_outages(up, load, SECONDS)
    load.finish()
    wait_until(lambda: len(load.sent) == up.total(), "every mail that was accepted is a ticket", PATIENCE)
    wait_until(up.at_rest, "the ledger adds up", PATIENCE)
    wanted = {f"<{name}@client.example>" for name in load.accepted}
    wait_until(lambda: set(answered(sink)) == wanted, "each is answered", PATIENCE)
    assert all(len(ids) == 1 for ids in answered(sink).values())
    assert up.stop() == 0
    assert up.process is not None
    assert up.process.tracebacks() == []
