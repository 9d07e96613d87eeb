"""What is said of a token."""
import enum
from collections.abc import Callable
from datetime import datetime, timezone
from typing import NoReturn

from . import _library

NOT_CACHED = 4


class Verdict(enum.Enum):
    """Only VALID lets anybody in."""

    VALID = "valid"
    INVALID = "invalid"  # it never was one, or is over: HTTP 401
    REVOKED = "revoked"  # it was good and has been taken back: HTTP 401
    UNAVAILABLE = "unavailable"  # it cannot be known now: HTTP 503, never 200


_BY_NUMBER = {0: Verdict.VALID, 1: Verdict.INVALID, 2: Verdict.REVOKED}


class Checked:
    """A verdict and, where the token's signature was good, whom it speaks of. Made by a Verifier, and good beyond its end.

    Immutable: read it from any number of threads. It is true (`if checked:`) when the verdict is VALID, and only then.
    Texts are empty where there is none.
    """

    __slots__ = ("_as_parameter_",)

    def __init__(self, handle: int | None) -> None:
        """Takes a recant_checked over; of None, for which there was no memory, all is unknown."""
        self._as_parameter_ = handle

    def __del__(self, free: Callable[[int | None], None] = _library.checked_free) -> None:
        # At the interpreter's end the names of modules may be gone, and this is not.
        free(self._as_parameter_)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Checked can be neither copied nor pickled: it is a judgement of now, for here")

    @property
    def verdict(self) -> Verdict:
        return _BY_NUMBER.get(_library.checked_verdict(self), Verdict.UNAVAILABLE)

    @property
    def is_valid(self) -> bool:
        return self.verdict is Verdict.VALID

    def __bool__(self) -> bool:
        return self.is_valid

    @property
    def reason(self) -> str:
        """Of any verdict but VALID: why. One word of INVALID and REVOKED, of UNAVAILABLE a sentence for your log, which
        may name hosts: do not show it to clients. Never holds a secret or a part of the token."""
        return _text(_library.checked_reason(self))

    @property
    def subject(self) -> str:
        """`sub`; of another issuer with its name before it: "keycloak/4711", unless its ids are shared."""
        return _text(_library.checked_subject(self))

    @property
    def session(self) -> str:
        """`sid`; empty for tokens of other issuers that belong to no session."""
        return _text(_library.checked_session(self))

    @property
    def scope(self) -> str:
        """As it stands in the token: words with spaces between."""
        return _text(_library.checked_scope(self))

    @property
    def client_id(self) -> str:
        return _text(_library.checked_client_id(self))

    @property
    def issuer(self) -> str:
        """The name of the issuer among `issuers`; empty for `issuer` itself."""
        return _text(_library.checked_issuer(self))

    @property
    def expires_at(self) -> datetime | None:
        """`exp`, in UTC; None where nothing is known of the token."""
        seconds = _library.checked_expires_at(self)
        return datetime.fromtimestamp(seconds, timezone.utc) if seconds else None

    def has_scope(self, word: str) -> bool:
        """Does `scope` hold this one word?"""
        return "\0" not in word and bool(_library.checked_has_scope(self, _bytes(word)))

    def has_audience(self, name: str) -> bool:
        """Is this one of `aud`? (That one of them is yours has been checked.)"""
        return "\0" not in name and bool(_library.checked_has_audience(self, _bytes(name)))

    def __repr__(self) -> str:
        return f"<recant.Checked {self.verdict.value}{': ' + self.reason if self.reason else ''}>"


def _text(raw: bytes) -> str:
    """Never fails, and never makes two texts one: a reason may quote a path that is no UTF-8."""
    return raw.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
