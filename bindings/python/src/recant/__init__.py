"""Judges access tokens in your own process: is this one good, and has nobody taken it back?

    verifier = recant.Verifier(
        redis_url="redis://127.0.0.1:6379",
        issuer="https://login.example.com",
        audience=["api"],
        jwks_url="https://login.example.com/.well-known/jwks.json",
    )
    checked = verifier.check(token)
    if checked.is_valid:
        serve(checked.subject)

Over librecant, which must be installed. Linux only. The guide: docs/python.md.
"""
from .checked import Checked, Verdict
from .options import IssuerOptions, OptionError, Options
from .verifier import Verifier

__all__ = ["Checked", "IssuerOptions", "OptionError", "Options", "Verdict", "Verifier"]
