"""Who judges."""
import atexit
import ctypes
import logging
import weakref
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, Unpack

from . import _library, aio
from ._handle import Handle, called_by_c, wait_until, wait_until_all_are_freed
from .checked import NOT_CACHED, Checked
from .options import LogFunction, OptionError, Options, message_of, write_options

Token = str | bytes

_LEVELS = {0: logging.INFO, 1: logging.WARNING, 2: logging.ERROR}
_LONGEST_DEADLINE = 2**32 - 1  # milliseconds, as C counts them


class Verifier:
    """One for a process is enough, and one for each worker process after fork(). It owns one thread.

    Thread-safe: all calls from any number of threads at once, close() among them. After fork() the child's answers
    `unavailable` at once, each time, and the child makes its own; after close() likewise. No check raises anything but
    TypeError, for what is no token or no deadline.
    """

    __slots__ = ("_handle", "__weakref__")

    def __init__(self, **options: Unpack[Options]) -> None:
        """Checks the options, reads files, begins to connect, and waits for nothing: ask `ready`. OptionError says what
        is wrong with them, TypeError which one is of another type. Do not call it before the fork() after which you
        want to use it.

        `log(level, line)` is told, on the verifier's thread, what is worth telling whoever runs the service: no
        secrets, no tokens. What it raises is dropped. `logging.getLogger("recant").log` is such a function.
        """
        self._handle: Handle | None = None
        if _ending:
            raise RuntimeError("the interpreter is ending, and a verifier's thread would outlive it")
        self._handle = _make_handle(options)
        _open.add(weakref.ref(self, _open.discard))
        if _ending:
            self.close()

    def check_cached(self, token: Token) -> Checked | None:
        """What is known of this very token by now; never waits, whatever Redis does. None: ask one of the others."""
        raw = _bytes_of(token)
        checked = Checked(_library.checked_new())
        verdict = _library.check_cached(self._handle, raw, len(raw), checked)
        return None if verdict == NOT_CACHED else checked

    def check(self, token: Token, deadline: float | timedelta = 0.25) -> Checked:
        """check_cached(), or else verifies and asks Redis. Blocks for at most `deadline` (seconds, if not a timedelta),
        other threads going on meanwhile; past that, the verdict is `unavailable`."""
        raw, milliseconds = _bytes_of(token), _milliseconds(deadline)
        checked = Checked(_library.checked_new())
        # What is known is told without letting other threads go on first.
        if _library.check_cached(self._handle, raw, len(raw), checked) == NOT_CACHED:
            _library.check(self._handle, raw, len(raw), milliseconds, checked)
        return checked

    async def check_async(self, token: Token) -> Checked:
        """The same for asyncio: the loop goes on, but for the time that a signature takes. Answers within redis_timeout
        and a little."""
        known = self.check_cached(token)
        return known if known is not None else await aio.begin(self._handle, _bytes_of(token))

    @property
    def ready(self) -> bool:
        """Would a good token be found valid now? Keys are there, and so is Redis."""
        return bool(_library.ready(self._handle))

    @property
    def why_not_ready(self) -> str:
        """A sentence for whoever runs your service; empty when it is ready."""
        size = 0
        while True:
            text = ctypes.create_string_buffer(size + 1)
            length = _library.why_not_ready(self._handle, text, size + 1)
            if length <= size:
                return text.value.decode("utf-8", "replace")
            size = length

    def close(self) -> None:
        """Ends what is pending as `unavailable`, and the thread. Waits for calls that are under way in other threads, and
        for the system's resolver where that is looking up a name; in `log`, for nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            freed = handle.freed
            del handle  # the last reference but those of calls that are under way
            wait_until(freed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 where: TracebackType | None) -> None:
        self.close()


_open: "set[weakref.ref[Verifier]]" = set()
_ending = False


@atexit.register
def _end() -> None:
    """Nothing of ours may call Python when that is gone."""
    global _ending
    _ending = True
    for reference in tuple(_open):
        verifier = reference()
        if verifier is not None:
            verifier.close()
    wait_until_all_are_freed()


def _make_handle(options: Mapping[str, Any]) -> Handle:
    into = _library.options_new()
    try:
        write_options(into, options)
        log = options.get("log")
        told = None if log is None else _log_of(log)
        if told is not None:
            _library.options_set_log(into, told, None)
        handle = Handle(into, told)
        if handle._as_parameter_ is None:
            raise OptionError(message_of(into))
        return handle
    finally:
        _library.options_free(into)


def _log_of(log: LogFunction) -> Callable[..., None]:
    if not callable(log):
        raise TypeError(f"log is {type(log).__name__}: give a function of a level and a line")

    def tell(_: None, level: int, line: bytes) -> None:
        with called_by_c:
            log(_LEVELS.get(level, logging.ERROR), line.decode("utf-8", "replace"))
    return _library.Log(tell)


def _bytes_of(token: Token) -> bytes:
    """A letter that no token has becomes another one that no token has."""
    if isinstance(token, bytes):
        return token
    if isinstance(token, str):
        return token.encode("ascii", "replace")
    raise TypeError(f"token is {type(token).__name__}: give a str or bytes")


def _milliseconds(deadline: float | timedelta) -> int:
    """What is below none is none; what is none at all (NaN), too."""
    seconds = deadline.total_seconds() if isinstance(deadline, timedelta) else deadline
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"deadline is {type(deadline).__name__}: give seconds or a timedelta")
    return round(min(seconds * 1000, _LONGEST_DEADLINE)) if seconds > 0 else 0
