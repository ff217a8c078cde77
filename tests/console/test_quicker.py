"""What is remembered of handlers is what NiceGUI itself would say."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from nicegui import helpers

from services.desk.console import quicker


class _Taking:
    def one(self, given: Any) -> None: ...

    def none(self, given: Any = None) -> None: ...

    @classmethod
    def of_class(cls, given: Any) -> None: ...

    def __call__(self, given: Any) -> None: ...


def _with_default(value: Any) -> Callable[..., None]:
    return lambda given=value: None


def _needs(given: Any) -> None: ...


def _keyword(*, given: Any) -> None: ...


@functools.wraps(_needs)
def _wrapped(*args: Any) -> None: ...


@pytest.mark.parametrize(
    "handler",
    [
        _Taking().one, _Taking().none, _Taking.one, _Taking.of_class, _Taking(), _with_default(1), _with_default(2), lambda: None,
        lambda *args, **named: None, _keyword, _needs, _wrapped, functools.partial(_needs, 1), functools.partial(_needs), print,
    ],
)  # fmt: skip
def test_a_handler_is_given_what_it_was_given_before(handler: Callable[..., Any]) -> None:
    assert quicker._look is not quicker.expects_arguments
    for _ in range(2):
        assert quicker.expects_arguments(handler) == quicker._look(handler)


def test_the_same_code_with_and_without_defaults_is_told_apart() -> None:
    def of(given: Any) -> None: ...

    bare = of
    filled = type(of)(of.__code__, {}, "of", (1,))
    assert quicker.expects_arguments(bare)
    assert not quicker.expects_arguments(filled)


def test_nicegui_asks_here_once_it_is_told_to() -> None:
    before = helpers.expects_arguments
    try:
        quicker.use()
        assert helpers.expects_arguments is quicker.expects_arguments
    finally:
        helpers.expects_arguments = before
