"""Which fault befalls whom, when, and for how long: all of it follows from the seed."""
import dataclasses
import math
import random

# kind: whom it befalls
KINDS = {
    "redis_stop": "redis",          # SIGSTOP, SIGCONT
    "redis_kill": "redis",          # SIGKILL, and started again on its append-only file
    "verifier_stop": "verifier",
    "verifier_kill": "verifier",    # and another started in its place
    "client_kill": "redis",         # CLIENT KILL of one verifier's connection
    "cut": "link",                  # a reset at both ends
    "delay": "link",                # both ways, 1 to 200 ms
    "hold_answers": "link",         # what Redis says arrives later
    "hold_questions": "link",       # what the verifier says arrives later
    "partition_one": "link",        # both; then all of it arrives after all
    "black_hole": "link",           # both are lost, and the connection then is cut
    "partition_all": "all links",
}
SHORTEST, LONGEST = 0.010, 2.0
# Between storms nothing is done, so that there is something to compare with.
STORM, QUIET = 8.0, 3.0


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    verifier: int  # or whose link; one that befalls Redis or all names any
    at: float  # seconds from the beginning
    seconds: float
    delay_ms: int

    def befalls(self, verifiers):
        """What no two faults touch at once."""
        whom = KINDS[self.kind]
        if whom == "redis":
            return ["redis"]
        if whom == "all links":
            return [f"link {number}" for number in range(verifiers)]
        return [f"{whom} {self.verifier}"]


def schedule(seed, seconds, count, verifiers, kinds=tuple(KINDS)):
    """`count` faults in their order, of every kind as often as of any other, give or take one."""
    chance = random.Random(seed)
    bag = []
    faults = []
    for at in sorted(_in_a_storm(chance.uniform(0, _stormy(seconds))) for _ in range(count)):
        if not bag:
            bag = sorted(kinds)
            chance.shuffle(bag)
        length = math.exp(chance.uniform(math.log(SHORTEST), math.log(LONGEST)))
        faults.append(Fault(bag.pop(), chance.randrange(verifiers), at, length, chance.randint(1, 200)))
    return faults


def _stormy(seconds):
    """How much of that time is storm."""
    whole, rest = divmod(seconds, STORM + QUIET)
    return whole * STORM + min(rest, STORM)


def _in_a_storm(moment):
    return moment // STORM * (STORM + QUIET) + moment % STORM
