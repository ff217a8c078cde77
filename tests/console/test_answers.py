"""What several open pages ask at the same moment is asked once."""

import asyncio

import pytest

from services.desk.console.answers import GOOD_FOR, Answers


async def test_what_is_asked_at_the_same_moment_is_asked_once_and_later_again() -> None:
    at, asked = 0.0, 0
    answers = Answers(lambda: at)

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return asked

    assert await asyncio.gather(*(answers.get("all", ask) for _ in range(30))) == [1] * 30
    assert await answers.get("mine", ask) == 2
    at = GOOD_FOR + 0.1
    assert await answers.get("all", ask) == 3


async def test_what_was_asked_before_something_happened_does_not_count_after_it() -> None:
    at, asked = 10.0, 0
    answers = Answers(lambda: at)

    async def ask() -> int:
        nonlocal asked
        asked += 1
        return asked

    assert await answers.get("all", ask) == 1
    at = 10.4
    assert await answers.get("all", ask, since=10.3) == 2
    assert await answers.get("all", ask, since=10.3) == 2


async def test_a_failure_is_told_to_all_who_waited_and_remembered_by_nobody() -> None:
    answers = Answers(lambda: 0.0)

    async def fail() -> int:
        raise RuntimeError("away")

    async def succeed() -> int:
        return 1

    failures = await asyncio.gather(*(answers.get("all", fail) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in failures] == [RuntimeError] * 3
    assert await answers.get("all", succeed) == 1


async def test_a_page_that_is_closed_takes_the_answer_from_nobody_else() -> None:
    answers = Answers(lambda: 0.0)
    ready = asyncio.Event()

    async def ask() -> int:
        await ready.wait()
        return 1

    first, second = (asyncio.create_task(answers.get("all", ask)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    ready.set()
    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_those_who_have_time_ask_a_few_at_once_and_whoever_waits_asks_in_between() -> None:
    answers, asking, most, go = Answers(), 0, 0, asyncio.Event()

    async def ask() -> int:
        nonlocal asking, most
        asking += 1
        most = max(most, asking)
        await go.wait()
        asking -= 1
        return 1

    calm = [asyncio.create_task(answers.get(f"mine {each}", ask, calmly=True)) for each in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert most == 2

    async def at_once() -> int:
        return 7

    assert await answers.get("somebody waits", at_once) == 7
    go.set()
    assert await asyncio.gather(*calm) == [1] * 20
    assert most == 2
