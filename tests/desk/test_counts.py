"""How often something happened within a while of the first time. Pure."""

from services.desk.tokens import Counts


class Clock:
    """A clock that is set by hand, in seconds."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_all_of_it_is_forgotten_a_while_after_the_first_time_however_often_it_happens_meanwhile() -> None:
    clock = Clock()
    counts = Counts(60.0, clock)
    assert [counts.more("a") for _ in range(3)] == [0, 1, 2]
    clock.at += 59.5
    assert (counts.more("a"), counts.of("a"), counts.of("b")) == (3, 4, 0)
    assert counts.wait("a") == 1
    clock.at += 0.5
    assert (counts.of("a"), counts.more("a"), counts.of("a")) == (0, 0, 1)
    assert counts.wait("a") == 61
