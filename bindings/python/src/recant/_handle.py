"""Who owns a recant_verifier, and when it is freed.

Whoever calls C holds a reference to the Handle meanwhile, so that a verifier is freed when the last call that was under
way has come back, whoever closed it. References need no lock: nothing can be left locked by fork(), by what a signal
handler raises, or by a thread that ended.
"""
import _thread
import os
import threading
from types import TracebackType
from typing import NoReturn

from . import _library

# Of each verifier that this process makes and has not freed yet.
_unfreed: set[threading.Event] = set()
# In a child of fork() they are the parent's: there is nothing to free, and nobody who would.
os.register_at_fork(after_in_child=_unfreed.clear)


class Handle:
    __slots__ = ("_as_parameter_", "_kept", "freed")

    def __init__(self, options: int, kept: object) -> None:
        """`_as_parameter_` is None when the options are wrong. `kept` lives until C can call it no more."""
        self._as_parameter_: int | None = None
        self._kept = kept
        self.freed = threading.Event()
        _unfreed.add(self.freed)
        self._as_parameter_ = _library.verifier_new(options)
        if self._as_parameter_ is None:
            _unfreed.discard(self.freed)

    def __del__(self) -> None:
        """On a thread of its own: the last reference may go on the verifier's thread, which cannot wait for itself."""
        if self.freed not in _unfreed:
            return
        work = (self._as_parameter_, self._kept, self.freed)
        try:
            _thread.start_new_thread(_free, work)
        except RuntimeError:  # there can be no more threads
            _free(*work)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Verifier belongs to its process: make another where you need one")


def _free(pointer: int | None, kept: object, freed: threading.Event) -> None:
    _library.verifier_free(pointer)
    _unfreed.discard(freed)
    freed.set()


def wait_until(freed: threading.Event) -> None:
    """But not where it would wait for itself, nor for a parent's."""
    if freed in _unfreed and not called_by_c:
        freed.wait()


def wait_until_all_are_freed() -> None:
    for freed in tuple(_unfreed):
        freed.wait()


class _CalledByC:
    """While C calls Python on this thread. What is raised meanwhile is dropped: there is nobody to take it."""

    def __init__(self) -> None:
        self._depths: dict[int, int] = {}

    def __enter__(self) -> None:
        ident = threading.get_ident()
        self._depths[ident] = self._depths.get(ident, 0) + 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 where: TracebackType | None) -> bool:
        ident = threading.get_ident()
        self._depths[ident] -= 1
        if self._depths[ident] == 0:
            del self._depths[ident]
        return True

    def __bool__(self) -> bool:
        return threading.get_ident() in self._depths


called_by_c = _CalledByC()
