"""What must never be found in a log, nor in a dump of Redis."""
import json
import re

# Not in the middle of other base64url, such as a kid.
_TOKENS = re.compile(r"(?<![\w-])(?:eyJ[\w-]+\.[\w-]+\.[\w-]+|rt_[\w-]{20,}|ak_[\w-]{20,})")
_FORMS = re.compile(r"\$argon2id?\$|-----BEGIN [A-Z ]*PRIVATE KEY")
_SECRET_MEMBERS = ("password", "old_password", "new_password", "refresh_token", "token")
_WORD = re.compile(r"[\w-]{20,}")
_SHORTEST = 6


class Secrets:
    def __init__(self):
        self._texts = set()  # passwords and the like: looked for as they are
        self._words = set()  # what makes a token one: looked for as whole words

    def keep(self, secret):
        if _TOKENS.fullmatch(secret):
            # A signature, or a MAC, alone would be as telling as the whole.
            self._words.update(_WORD.findall(secret.rpartition(".")[2]))
            self._words.update(_WORD.findall(secret.partition("_")[2]))
        elif len(set(secret)) >= _SHORTEST:  # nobody's secret is "xxxxxxxx"
            self._texts.add(secret)
        return secret

    def note(self, body):
        """The secret members of a JSON request."""
        if isinstance(body, bytes):
            try:
                body = json.loads(body)
            except (ValueError, RecursionError):
                return
        if isinstance(body, dict):
            for member in _SECRET_MEMBERS:
                if isinstance(body.get(member), str):
                    self.keep(body[member])

    def note_text(self, text):
        for token in _TOKENS.findall(text.decode(errors="replace")):
            self.keep(token)

    def found_in(self, text):
        found = _TOKENS.findall(text) + _FORMS.findall(text)
        found += [secret for secret in self._texts if secret in text]
        return found + sorted(self._words.intersection(_WORD.findall(text)))

    def must_not_stand_in(self, text, where):
        found = self.found_in(text)
        assert not found, f"{where} holds {len(found)} secrets, such as {found[0][:24]}…"
