"""What NiceGUI works out again and again, remembered: a fifth of the time that a page takes.

For every class list, style and property of every element it looks at the signature of a handler (`nicegui.helpers.expects_arguments`, by
`inspect.signature`). The answer is the same for every function that was made from the same code.
"""

from collections.abc import Callable
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from nicegui import helpers

_look: Final = helpers.expects_arguments
_known: Final[dict[tuple[CodeType, int, frozenset[str], bool], bool]] = {}


def expects_arguments(func: Callable[..., Any]) -> bool:
    """As NiceGUI's own: whether ``func`` has parameters that must be given."""
    plain = func.__func__ if isinstance(func, MethodType) else func
    if not isinstance(plain, FunctionType) or plain.__dict__:
        return _look(func)  # wrapped, partial, or an object that can be called
    key = (
        plain.__code__,
        len(plain.__defaults__ or ()),
        frozenset(plain.__kwdefaults__ or ()),
        plain is not func,
    )
    if key not in _known:
        _known[key] = _look(func)
    return _known[key]


def use() -> None:
    """From now on NiceGUI asks here."""
    helpers.expects_arguments = expects_arguments
