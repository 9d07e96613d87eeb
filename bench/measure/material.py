"""What all servers are given alike: a pair of ES256 keys, accounts, and tokens made with the keys."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import uuid

from . import paths
from .problem import Problem
from harness.verbs import encode

PASSWORD = "correct horse battery staple"
ACCOUNTS = 32


def program(name):
    """One of bench/programs, built beside the binary that is measured."""
    folder = os.environ.get("RECANT_BENCH_PROGRAMS") or os.path.join(paths.ROOT, "build/release/bench")
    return os.path.join(folder, name)


class Material:
    """In a directory of its own until end()."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="recant-bench-")
        try:
            self._make()
        except Problem:
            self.end()
            raise

    def _make(self):
        self.private_key = self._file("private.pem")
        self.public_key = self._file("public.pem")
        self.accounts_file = self._file("accounts.json")
        self.names_file = self._file("names")
        _run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-out", self.private_key)
        _run("openssl", "pkey", "-in", self.private_key, "-pubout", "-out", self.public_key)
        self.accounts = [{"id": str(uuid.uuid4()), "username": f"user{n}", "hash": self._hash()}
                         for n in range(ACCOUNTS)]
        with open(self.accounts_file, "w") as file:
            json.dump(self.accounts, file)
        with open(self.names_file, "w") as file:
            file.writelines(account["username"] + "\n" for account in self.accounts)

    def end(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def write_lines(self, name, lines):
        path = self._file(name)
        with open(path, "w") as file:
            file.writelines(line + "\n" for line in lines)
        return path

    def token(self, claims, header=None, key=None):
        """A JWT signed with ES256; `header` may claim something else."""
        parts = [header or {"alg": "ES256", "typ": "JWT"}, claims]
        signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
        der = _run("openssl", "dgst", "-sha256", "-sign", key or self.private_key, input=signed.encode())
        return f"{signed}.{encode(_raw_signature(der))}"

    @staticmethod
    def claims(issuer, audience, **changes):
        """What a peer signs itself; None takes a claim away."""
        now = int(time.time())
        claims = {"iss": issuer, "aud": audience, "sub": str(uuid.uuid4()), "jti": str(uuid.uuid4()),
                  "iat": now, "exp": now + 900, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def _file(self, name):
        return os.path.join(self.home, name)

    @staticmethod
    def _hash():
        return _run(program("bench_argon2id"), "hash", input=PASSWORD.encode()).decode().strip()


def _run(*command, input=None):
    try:
        return subprocess.run(command, input=input, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise Problem(f"{command[0]} is missing: scripts/install bench, or scripts/bench builds it") from None
    except subprocess.CalledProcessError as error:
        raise Problem(f"{command[0]} failed: {error.stderr.decode().strip()}") from None


def _raw_signature(der):
    """RFC 7518 §3.4: r and s, 32 bytes each, out of the DER that OpenSSL writes."""
    halves, at = [], 2
    for _ in range(2):
        length = der[at + 1]
        halves.append(int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(32, "big"))
        at += 2 + length
    return b"".join(halves)
