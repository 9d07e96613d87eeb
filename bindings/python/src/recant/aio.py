"""Checks for asyncio: the library's thread says the answer to the loop that waits for it."""
import asyncio
import itertools
import os

from . import _library
from ._handle import Handle, called_by_c
from .checked import Checked

_Waiting = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Checked]"]

_numbers = itertools.count(1)
# C keeps a number, not an object: what is here is there until it has called.
_waiting: dict[int, _Waiting] = {}
os.register_at_fork(after_in_child=_waiting.clear)  # those of the parent, whom nobody answers here


def begin(handle: Handle | None, token: bytes) -> "asyncio.Future[Checked]":
    """On a loop's own thread."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Checked] = loop.create_future()
    number = next(_numbers)
    _waiting[number] = (loop, future)
    _library.check_async(handle, token, len(token), _DONE, number)
    return future


def _done(number: int, checked: int) -> None:
    with called_by_c:
        loop, future = _waiting.pop(number)
        # Raises when the loop is closed: then nobody waits any more, and the copy goes.
        loop.call_soon_threadsafe(_tell, future, Checked(_library.checked_copy(checked)))


_DONE = _library.Done(_done)


def _tell(future: "asyncio.Future[Checked]", checked: Checked) -> None:
    if not future.done():  # its task may have been cancelled
        future.set_result(checked)
