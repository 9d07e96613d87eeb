"""recant/recant.h, as ctypes calls it. Nothing is decided here."""
import ctypes
import os
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

SONAME = "librecant.so.0.1"
_PLACE = "RECANT_LIBRARY"
_ADVICE = f"Install the package librecant0.1, or name the file of a library of version 0.1 in {_PLACE}."

Log = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p)  # user, level, line
Done = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)  # user, checked


def _load() -> ctypes.CDLL:
    path = os.environ.get(_PLACE) or SONAME
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"The library that recant is made for cannot be loaded: {error}. {_ADVICE}") from None
    try:
        version = library.recant_version
    except AttributeError:
        raise ImportError(f"{path} is not librecant. {_ADVICE}") from None
    version.restype = c_char_p
    found = version().decode()
    if not SONAME.endswith(".so." + ".".join(found.split(".")[:2])):
        raise ImportError(f"{path} is librecant {found}, and this package is made for another one. {_ADVICE}")
    return library


_waits = _load()
# The same library, called without letting other threads go on meanwhile. Giving the interpreter's lock up and taking it
# again may last milliseconds where threads are busy, and what never waits need not.
_quick = ctypes.PyDLL(_waits._name, handle=_waits._handle)


def _declare(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    try:
        function = library[name]
    except AttributeError:
        raise ImportError(f"{_waits._name} has no {name}. {_ADVICE}") from None
    function.restype = result
    function.argtypes = arguments
    return function


# Handles are c_void_p: an integer, None for NULL, or whatever has one as `_as_parameter_`.
options_new = _declare(_quick, "recant_options_new", c_void_p)
options_free = _declare(_quick, "recant_options_free", None, c_void_p)
options_set = _declare(_quick, "recant_options_set", c_int, c_void_p, c_char_p, c_char_p)
options_add_issuer = _declare(_quick, "recant_options_add_issuer", c_int, c_void_p)
options_set_log = _declare(_quick, "recant_options_set_log", None, c_void_p, Log, c_void_p)
options_message = _declare(_quick, "recant_options_message", c_char_p, c_void_p)

verifier_new = _declare(_waits, "recant_verifier_new", c_void_p, c_void_p)
verifier_free = _declare(_waits, "recant_verifier_free", None, c_void_p)
ready = _declare(_waits, "recant_ready", c_int, c_void_p)
why_not_ready = _declare(_waits, "recant_why_not_ready", c_size_t, c_void_p, c_char_p, c_size_t)

check_cached = _declare(_quick, "recant_check_cached", c_int, c_void_p, c_char_p, c_size_t, c_void_p)
check = _declare(_waits, "recant_check", c_int, c_void_p, c_char_p, c_size_t, c_uint32, c_void_p)
check_async = _declare(_waits, "recant_check_async", None, c_void_p, c_char_p, c_size_t, Done, c_void_p)

checked_new = _declare(_quick, "recant_checked_new", c_void_p)
checked_copy = _declare(_quick, "recant_checked_copy", c_void_p, c_void_p)
checked_free = _declare(_quick, "recant_checked_free", None, c_void_p)
checked_verdict = _declare(_quick, "recant_checked_verdict", c_int, c_void_p)
checked_reason = _declare(_quick, "recant_checked_reason", c_char_p, c_void_p)
checked_subject = _declare(_quick, "recant_checked_subject", c_char_p, c_void_p)
checked_session = _declare(_quick, "recant_checked_session", c_char_p, c_void_p)
checked_scope = _declare(_quick, "recant_checked_scope", c_char_p, c_void_p)
checked_client_id = _declare(_quick, "recant_checked_client_id", c_char_p, c_void_p)
checked_issuer = _declare(_quick, "recant_checked_issuer", c_char_p, c_void_p)
checked_has_scope = _declare(_quick, "recant_checked_has_scope", c_int, c_void_p, c_char_p)
checked_has_audience = _declare(_quick, "recant_checked_has_audience", c_int, c_void_p, c_char_p)
checked_expires_at = _declare(_quick, "recant_checked_expires_at", c_int64, c_void_p)
