"""A service beside Recant that knows the recipe and nothing else: each command is a `redis-cli`, a process of its own."""
import subprocess

from .bound import wait_for_verifiers


class RedisCli:
    def __init__(self, server):
        self._reach = server.reach()

    def __call__(self, *words):
        """What Redis says: a text, a number, or None. An error reply is an error."""
        command = ["redis-cli", *self._reach, "-e", "--no-raw", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        said = done.stdout.strip()
        assert done.returncode == 0, f"{command}: {said}{done.stderr}"
        wait_for_verifiers(words)
        if said == "(nil)":
            return None
        if said.startswith("(integer) "):
            return int(said.removeprefix("(integer) "))
        return said[1:-1] if said.startswith('"') else said

    # --- the recipe -----------------------------------------------------------------------------

    def blacklist(self, jti, value="1", seconds=900):
        assert self("SET", f"blacklist:jti:{jti}", value, "EX", seconds) == "OK"

    def whitelist(self, sub, jti, seconds=900):
        assert self("SET", f"whitelist:user:{sub}:jti:{jti}", 1, "EX", seconds) == "OK"

    def unlist(self, sub, jti):
        """How many stood."""
        return self("DEL", f"whitelist:user:{sub}:jti:{jti}")

    def is_blacklisted(self, jti):
        return self("GET", f"blacklist:jti:{jti}") is not None

    def is_whitelisted(self, sub, jti):
        return self("GET", f"whitelist:user:{sub}:jti:{jti}") is not None
