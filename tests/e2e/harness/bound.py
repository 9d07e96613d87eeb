"""How late a verifier may honour what another hand writes into Redis (contract §1: "within the same bound")."""
import time

# verify.max_staleness, unless a test sets it.
BOUND = 0.25

WRITES = {"SET", "SETEX", "PSETEX", "DEL", "UNLINK", "GETDEL", "EXPIRE", "PEXPIRE", "PEXPIREAT", "RENAME", "SADD", "HSET", "EVAL"}
WATCHED = ("blacklist:", "whitelist:", "recant:policy")


def wait_for_verifiers(words):
    """After a command that takes tokens back or lets them live: until every verifier must know."""
    name, *rest = (str(word) for word in words)
    concerns = name.upper() in WRITES and any(watched in word for word in rest for watched in WATCHED)
    if concerns or name.upper() in ("FLUSHALL", "FLUSHDB"):
        time.sleep(BOUND)
