"""The files of bound/programs/ledger.hpp."""
import mmap
import os
import struct

TOKENS = 1 << 18
COUNTS = ("from_cache", "from_redis", "revoked", "unavailable", "invalid", "late", "late_accepted")
_COUNTS_SIZE = 32 * 8
_ENTRY = struct.Struct("<4q")
_SIZE = _COUNTS_SIZE + TOKENS * _ENTRY.size


class Record:
    """Of one process: what it counted, and what it said of each token."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE, prot=mmap.PROT_READ)

    @staticmethod
    def is_there(path):
        return os.path.exists(path) and os.path.getsize(path) == _SIZE

    def counts(self):
        return dict(zip(COUNTS, struct.unpack_from(f"<{len(COUNTS)}q", self._memory)))

    def entry(self, token):
        """When the last check began that accepted it, the first after that which refused it, and the first that
        found it revoked; 0 where there is none."""
        return _ENTRY.unpack_from(self._memory, _COUNTS_SIZE + token * _ENTRY.size)[:3]


class Acknowledged:
    """When the revocation of each token was answered, for the verifiers to see."""

    def __init__(self, path):
        with open(path, "w+b") as file:
            file.truncate(TOKENS * 8)
            self._memory = mmap.mmap(file.fileno(), TOKENS * 8)

    def set(self, token, instant):
        struct.pack_into("<q", self._memory, token * 8, instant)
