"""The kill test: a house is killed under its mails again and again, then left alone; and what came of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.system.houses import Alone, Split
from tests.system.reckoning import Reckoning, rest
from tests.system.writing import PAUSE, QUIET, Post, Sending, Slow


@dataclass
class Figures:
    """What a run shows: ``load`` is the seconds until all was accepted, ``recovery`` those from the last ``ready`` to rest."""

    kills: int
    load: float
    recovery: float
    reckoning: Reckoning

    def lines(self) -> Iterator[str]:
        """For people."""
        found = self.reckoning
        yield f"{found.mails} mails, {found.tickets} tickets, {self.kills} kills"
        yield f"all accepted after {self.load:.1f} s; at rest {self.recovery:.1f} s after the last start was ready"
        yield f"taken although sent before: {found.sent_again}; acknowledgements repeated under their id: {found.repeated}"
        for complaint, count in found.complaints.most_common():
            yield f"logged {count} x {complaint}"


Moment = Callable[[Sending], None]
"""Waits, after a ``ready``, for the moment of the next kill."""


def after_a_second(sending: Sending) -> None:
    """As the promise says it: a second after each ``ready``; and just when a mail was accepted, so that it is in somebody's hands."""
    time.sleep(1)
    _accepted(sending, sending.accepted + 1)


def after_so_many(mails: int) -> Moment:
    """As soon as this life has accepted so many; the rest waits, so that a fast machine does not run out of mails between two kills."""

    def wait(sending: Sending) -> None:
        goal = sending.accepted + mails
        sending.postman.allowed = goal
        _accepted(sending, goal)

    return wait


def _accepted(sending: Sending, goal: int) -> None:
    until = time.monotonic() + QUIET
    while sending.accepted < goal and not sending.done:
        assert time.monotonic() < until, f"after {QUIET:g} s only {sending.accepted} mails are accepted"
        time.sleep(0.002)


def kill_up(folder: Path, made: Post, *, seed: int, moment: Moment, afterwards: int) -> Figures:
    """Kill `up` until all mails are accepted and so often afterwards, every second time with its bus; then leave it alone."""
    sink = Slow(PAUSE).start()
    house = Alone(folder, sink)
    sending: Sending | None = None
    try:
        while sending is None or not sending.done or afterwards > 0:
            house.start()
            sending = sending or Sending(house.up.smtp, made.mails, seed=seed).start()
            moment(sending)
            afterwards -= sending.done
            house.kill(all_of_it=house.kills % 2 == 1)
        house.start()
        sending.finish()
        recovery = rest(house, len(made.mails))
        found = Reckoning.of(house, made, sink, sending.postman.accepted)
        house.stop()
        return Figures(house.kills, sending.seconds, recovery, found)
    finally:
        if house.up.process is not None:
            house.up.kill()
        sink.stop()


def kill_split(
    folder: Path, made: Post, *, seed: int, database: str, victims: Sequence[str], moment: Moment, rounds: int = 1
) -> Figures:
    """Kill the ``victims`` in turn, until all mails are accepted and each was killed so often; then leave them alone."""
    sink = Slow(PAUSE).start()
    house = Split(folder, sink, database)
    try:
        house.start()
        sending = Sending(house.smtp, made.mails, seed=seed).start()
        while not sending.done or house.kills < rounds * len(victims):
            moment(sending)
            house.kill(victims[house.kills % len(victims)])
        sending.finish()
        recovery = rest(house, len(made.mails))
        found = Reckoning.of(house, made, sink, sending.postman.accepted)
        house.stop()
        return Figures(house.kills, sending.seconds, recovery, found)
    finally:
        house.end()
        sink.stop()
