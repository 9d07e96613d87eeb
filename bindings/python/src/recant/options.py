"""The options of a verifier, by the names that the library has for them (docs/library.md says what each means)."""
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, Required, TypedDict, get_type_hints

from . import _library

File = str | os.PathLike[str]
Profile = Literal["rfc9068", "jwt"]
Duration = str | timedelta  # "250ms", "30s", "5m", "24h", "30d"
# Of a line for whoever runs the service; the level is one of the module logging, so that Logger.log is such a function.
LogFunction = Callable[[int, str], object]


class IssuerOptions(TypedDict, total=False):
    """Somebody beside Recant whose tokens are good here too. Exactly one of jwks_url, jwks_file and secret_file."""

    name: Required[str]
    iss: Required[str]
    audience: Required[Sequence[str]]
    algorithms: Required[Sequence[str]]
    jwks_url: str
    jwks_file: File
    secret_file: File
    profile: Profile
    sid_claim: str
    max_ttl: Duration
    shared_ids: bool


class Options(TypedDict, total=False):
    """Exactly one of jwks_url and jwks_file."""

    redis_url: Required[str]
    redis_prefix: str
    redis_hash_tags: bool
    redis_ca: File
    redis_cert: File
    redis_key: File
    redis_timeout: Duration
    issuer: Required[str]
    audience: Required[Sequence[str]]
    jwks_url: str
    jwks_file: File
    algorithms: Sequence[str]
    leeway: Duration
    issuers: Sequence[IssuerOptions]
    jwks_ca: File
    jwks_refresh: Duration
    jwks_max_age: Duration
    jwks_in_the_clear: bool
    max_staleness: Duration
    cache_entries: int
    log: LogFunction


class OptionError(ValueError):
    """One sentence that names the option, what is wrong with it and what to write instead. Holds no password."""


def write_options(into: int, options: Mapping[str, Any]) -> None:
    """All but `log` into a recant_options. TypeError names the option that is of another type than it says above."""
    for name, value in options.items():
        if name == "issuers":
            for number, issuer in enumerate(_list(name, value)):
                _write_issuer(into, f"issuers[{number}]", issuer)
        elif name != "log":
            _write(into, _OPTIONS, name, name, value)


def _write_issuer(into: int, shown: str, issuer: Any) -> None:
    if not isinstance(issuer, Mapping):
        raise TypeError(f"{shown} is {type(issuer).__name__}: give a dict")
    if _library.options_add_issuer(into) != 0:
        raise OptionError(message_of(into))
    for name, value in issuer.items():
        _write(into, _ISSUER_OPTIONS, f"issuer.{name}", f"{shown}.{name}", value)


def _write(into: int, kinds: Mapping[str, Any], name: str, shown: str, value: Any) -> None:
    """None is as good as nothing. What is no option is for the library to say."""
    if value is None:
        return
    words = _TEXT_OF[kinds.get(name.rpartition(".")[2], str)](shown, value)
    for word in [words] if isinstance(words, str) else words:
        if "\0" in word:
            raise OptionError(f"{shown} holds a zero character.")
        if _library.options_set(into, name.encode(), os.fsencode(word)) != 0:
            raise OptionError(message_of(into))


def message_of(into: int) -> str:
    message: bytes = _library.options_message(into)
    return message.decode("utf-8", "replace")


def _wrong(shown: str, value: Any, wanted: str) -> TypeError:
    return TypeError(f"{shown} is {type(value).__name__}: give {wanted}")


def _text(shown: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(shown, value, "a str")
    return value


def _file(shown: str, value: Any) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise _wrong(shown, value, "a str or a path")
    return os.fsdecode(value)


def _flag(shown: str, value: Any) -> str:
    if not isinstance(value, bool):
        raise _wrong(shown, value, "a bool")
    return "true" if value else "false"


def _number(shown: str, value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(shown, value, "an int")
    return str(value)


def _duration(shown: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, timedelta):
        raise _wrong(shown, value, 'a timedelta, or a str such as "250ms"')
    milliseconds, rest = divmod(value, timedelta(milliseconds=1))
    if rest:
        raise OptionError(f"{shown} takes whole milliseconds.")
    return f"{milliseconds}ms"


def _list(shown: str, value: Any) -> Sequence[Any]:
    """Not a str, which would be a list of its letters."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise _wrong(shown, value, "a list")
    return value


def _texts(shown: str, value: Any) -> list[str]:
    return [_text(f"{shown}[{number}]", one) for number, one in enumerate(_list(shown, value))]


_TEXT_OF: dict[Any, Callable[[str, Any], str | list[str]]] = {
    str: _text, Profile: _text, File: _file, bool: _flag, int: _number, Duration: _duration, Sequence[str]: _texts}
_OPTIONS = get_type_hints(Options)
_ISSUER_OPTIONS = get_type_hints(IssuerOptions)
