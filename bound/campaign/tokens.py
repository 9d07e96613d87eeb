"""The tokens of one measurement: which there are, which live, and when each was taken back. Thread-safe."""
import dataclasses
import os
import random
import threading

from .instants import now
from .records import TOKENS, Acknowledged
from harness.verbs import unpack


@dataclasses.dataclass
class Token:
    number: int
    text: str
    subject: str
    session: str
    jti: str
    expires_at: int
    opened: int
    how: str = ""  # it was revoked
    acknowledged: int = 0  # and when that was answered; 0: not yet

    @property
    def begun_ms(self):
        """Of its session: what a UUIDv7 begins with."""
        return int(self.session.replace("-", "")[:12], 16)


class Tokens:
    def __init__(self, folder, seed):
        self.all = []
        self._live = {}
        self._lock = threading.Lock()
        self._chance = random.Random(seed)
        self._file = open(os.path.join(folder, "tokens"), "a", buffering=1)
        self._acknowledged = Acknowledged(os.path.join(folder, "acknowledged"))

    def end(self):
        self._file.close()

    def count(self):
        return len(self.all)

    def live_count(self):
        return len(self._live)

    def add(self, text):
        claims = unpack(text.split(".")[1])
        with self._lock:
            token = Token(len(self.all), text, claims["sub"], claims["sid"], claims["jti"], claims["exp"], now())
            if token.number >= TOKENS:
                raise RuntimeError(f"room for {TOKENS} tokens only (bound/programs/ledger.hpp)")
            self.all.append(token)
            self._live[token.number] = token
            self._file.write(text + "\n")

    def take(self, age_ns):
        """One that every verifier has had time to know, and that nobody else revokes from now on."""
        with self._lock:
            old = [token for token in self._live.values() if token.opened < now() - age_ns]
            return self._live.pop(self._chance.choice(old).number) if old else None

    def take_others(self, subject=None):
        """Also those that fall with it: of a subject, or all."""
        with self._lock:
            fallen = [token for token in self._live.values() if subject in (None, token.subject)]
            for token in fallen:
                del self._live[token.number]
            return fallen

    def latest_session_of(self, subject):
        """When the last of its sessions began, Unix ms."""
        with self._lock:
            return max(token.begun_ms for token in self.all if token.subject == subject)

    def acknowledge(self, tokens, how, instant):
        for token in tokens:
            token.how, token.acknowledged = how, instant
            self._acknowledged.set(token.number, instant)
