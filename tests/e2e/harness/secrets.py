"""What must never be found in a log, nor in a dump of Redis."""
import json
import re

# Not in the middle of other base64url, such as a kid.
_TOKENS = re.compile(r"(?<![\w-])(?:eyJ[\w-]+\.[\w-]+\.[\w-]+|rt_[\w-]{20,})")
_SECRET_MEMBERS = ("password", "old_password", "new_password", "refresh_token", "token")


class Secrets:
    def __init__(self):
        self._known = set()

    def keep(self, secret):
        self._known.add(secret)
        return secret

    def note(self, body):
        """The secret members of a JSON request."""
        if isinstance(body, bytes):
            try:
                body = json.loads(body)
            except (ValueError, RecursionError):
                return
        if isinstance(body, dict):
            values = (body.get(member) for member in _SECRET_MEMBERS)
            self._known.update(v for v in values if isinstance(v, str) and len(v) >= 6)

    def note_text(self, text):
        self._known.update(_TOKENS.findall(text.decode(errors="replace")))

    def must_not_stand_in(self, text, where):
        found = [secret for secret in self._known if secret in text]
        # A signature, or a MAC, alone would be as telling as the whole.
        parts = [s.rpartition(".")[2] for s in self._known if s.startswith("eyJ")]
        found += [part for part in parts if len(part) > 20 and part in text]
        found += _TOKENS.findall(text)
        assert not found, f"{where} holds {len(found)} secrets, such as {found[0][:24]}…"
