"""The three doors at which a token is shown. Each says, in its own way, "accepted" or why not."""
import collections
import http.client
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from urllib.parse import unquote

from harness.http import Answer, check_manners
from harness.recant import BINARY, Recant, clean_environment

from forge import ASYMMETRIC, SECRET, Forge

# What /v1/check and the verifier do not tell apart: "not_signed_by_us". `token verify` does.
UNSIGNED = {"too_long", "encrypted", "not_compact", "bad_base64url", "bad_header", "bad_algorithm",
            "critical_extension", "encryption_header", "bad_member", "unknown_key", "wrong_algorithm",
            "bad_signature"}
REFUSED = "refused"  # not accepted, and by whom or why does not matter

Case = collections.namedtuple("Case", "token verdict forge at only")


class Files:
    """A directory for one door's files."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="recant-e2e-doors-")
        self._numbers = itertools.count(1)

    def write(self, name, content):
        path = os.path.join(self.directory, f"{next(self._numbers)}-{name}")
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, 0o600)
        return path

    def end(self):
        shutil.rmtree(self.directory, ignore_errors=True)


def strangers():
    """Issuers that nobody here is: one of all asymmetric algorithms, and one for each kind of secret."""
    return [Forge("https://issuer.example", ASYMMETRIC),
            *(Forge(f"https://{alg.lower()}.example", [alg]) for alg in SECRET)]


class Offline:
    """Judges by key sets in files."""
    reads_sid = True  # a token of ours names its session

    def __init__(self):
        self.files = Files()
        self.forges = strangers()
        self._jwks = {forge: self.files.write("jwks.json", json.dumps(forge.jwks)) for forge in self.forges}

    def end(self):
        self.files.end()

    def judge(self, cases):
        verdicts = {}
        for forge in self.forges:
            mine = [case for case in cases if case.forge is forge]
            if mine:
                found = self._judge(self._jwks[forge], forge, mine)
                assert len(found) == len(mine), f"{self.name}: {len(found)} answers to {len(mine)} tokens"
                verdicts.update((id(case), verdict) for case, verdict in zip(mine, found, strict=True))
        return [verdicts[id(case)] for case in cases]

    def worth(self, jwks, forge, token):
        """Of a token under a set: what is said of it, or why the set is refused."""
        path = self.files.write("set.json", jwks)
        done = self._run(path, forge, b"")
        if done.returncode:
            assert done.returncode == 2 and not done.stdout, done
            return done.stderr.decode()
        return self._judge(path, forge, [Case(token.encode(), None, forge, None, None)])[0]


class VerifierDoor(Offline):
    """The verifier itself, which is told the time."""
    name = "verifier"

    def _run(self, jwks, forge, given):
        return subprocess.run([os.environ["VERIFIER_DOOR"], jwks, forge.iss, forge.audience], input=given,
                              capture_output=True, timeout=120)

    def _judge(self, jwks, forge, cases):
        lines = [f"{int((time.time() if case.at is None else case.at) * 1000)} {case.token.hex()}\n" for case in cases]
        done = self._run(jwks, forge, "".join(lines).encode())
        assert done.returncode == 0, done
        return done.stdout.decode().splitlines()

    @staticmethod
    def words(verdict):
        return "not_signed_by_us" if verdict in UNSIGNED else verdict


class CommandDoor(Offline):
    """`recant token verify`."""
    name = "command"

    def _run(self, jwks, forge, given):
        return subprocess.run([BINARY, "token", "verify", "--jwks", jwks, "--issuer", forge.iss, "--audience",
                               forge.audience, "-"], input=given, capture_output=True, timeout=120,
                              env=clean_environment())

    def _judge(self, jwks, forge, cases):
        done = self._run(jwks, forge, b"".join(case.token + b"\n" for case in cases))
        said = [json.loads(line) for line in done.stdout.splitlines()]
        all_valid = all(answer["valid"] for answer in said)
        assert done.returncode == (0 if all_valid else 1), done
        return ["accepted" if answer["valid"] else answer["reason"] for answer in said]

    @staticmethod
    def words(verdict):
        return verdict

    def subject_told(self, token):
        forge = self.forges[0]
        line, = self._run(self._jwks[forge], forge, token.encode() + b"\n").stdout.splitlines(keepends=True)
        assert line.endswith(b"}\n") and not re.search(rb"[\0-\x1f\x7f]", line[:-1]), line
        return json.loads(line)["claims"]["sub"]


class CheckDoor:
    """`/v1/check` on a real server. What it tells its operator, by its metrics, tells refusals apart; what it
    tells whoever sent the token is looked at too."""
    name = "check"

    def __init__(self):
        self.files = Files()
        self._connection = None
        self.recant = Recant(self.settings())
        self._refusal = self._ask(b"x")[1:]
        self._seen = self._reasons()

    def end(self):
        self._hang_up()
        self.recant.end()
        self.files.end()

    def judge(self, cases):
        verdicts = []
        for _, alike in itertools.groupby(cases, key=lambda case: case.verdict):
            answers = [self._ask(case.token) for case in alike]
            before, self._seen = self._seen, self._reasons()
            verdicts += self._verdicts(answers, self._seen - before)
        return verdicts

    def _verdicts(self, answers, counted):
        """Of tokens that should all be refused for one reason, which was counted once for each."""
        refused = [answer for answer in answers if answer[0] != 200]
        one = len(counted) == 1 and counted.total() == len(refused) and all(status == 401 for status, *_ in refused)
        reason = next(iter(counted)) if one else f"{REFUSED}, and counted as {dict(counted)}"
        for _, body, challenge in refused if one else ():
            # The holder of a good signature may be told that it expired. Nobody is told anything else.
            if reason == "expired":
                assert 'error_description="expired"' in challenge, challenge
            else:
                assert (body, challenge) == self._refusal, (reason, body, challenge)
        return ["accepted" if status == 200 else reason for status, *_ in answers]

    def _ask(self, token):
        if self._connection is None:
            self._connection = self.recant.connect()
        self._connection.sendall(b"GET /v1/check HTTP/1.1\r\nHost: recant\r\nAuthorization: Bearer " + token
                                 + b"\r\n\r\n")
        response = http.client.HTTPResponse(self._connection)
        response.begin()
        self._answer = answer = Answer("GET", "/v1/check", response.status, response.getheaders(), response.read())
        if response.will_close:
            self._hang_up()
        if answer.status in (200, 401):
            check_manners(answer)
        return answer.status, answer.body, answer.header("WWW-Authenticate")

    def _hang_up(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def subject_told(self, token):
        self._ask(token.encode())
        told = self._answer.header("X-Auth-Subject")
        assert all("!" <= c <= "~" for c in told) and len(self._answer.headers) < 12, self._answer
        subject = unquote(told)
        assert subject.startswith(self.prefix), subject
        return subject[len(self.prefix):]

    def _reasons(self):
        found = collections.Counter()
        for name, labels, value in self.recant.metrics().samples:
            if name == "recant_checks_total" and labels["verdict"] == "invalid":
                found[labels["reason"]] += int(value)
        return found

    words = staticmethod(VerifierDoor.words)


class OwnDoor(CheckDoor):
    """Tokens under a server's own keys, of sessions that it opened."""
    reads_sid = True
    prefix = ""

    def settings(self):
        forge = Forge("https://recant.example", ["RS256", "ES256", "ES384", "ES512", "EdDSA"])
        self.forges = [forge]
        for key in forge.keys.values():
            key.kid = key.thumbprint
        forge.session = self.session
        self._sessions = {}
        return {"token.issuer": forge.iss, "token.algorithm": forge.alg,
                "keys.files": [self.files.write("key.pem", key.pem) for key in forge.keys.values()]}

    def session(self, sub):
        name = sub if type(sub) is str else "ada"  # Raw, DROP: whoever else it may be
        if name not in self._sessions:
            answer = self.recant.admin("POST", "/v1/admin/sessions", {"subject": name})
            self._sessions[name] = answer.json["session_id"] if answer.status == 201 else None
        return name, self._sessions[name] or self.session("ada")[1]


class ForeignDoor(CheckDoor):
    """Tokens of issuers that the configuration names."""
    reads_sid = False  # unless sid_claim says so
    prefix = "i0/"  # before what the first of them says

    def settings(self):
        self.forges = strangers()
        tables = []
        for number, forge in enumerate(self.forges):
            table = {"name": f"i{number}", "iss": forge.iss, "audience": [forge.audience],
                     "algorithms": list(forge.keys)}
            if forge.alg in SECRET:
                table["secret_file"] = self.files.write("secret", forge.keys[forge.alg].private)
            else:
                table["jwks_file"] = self.files.write("jwks.json", json.dumps(forge.jwks))
            tables.append(table)
        return {"issuer": tables}


DOORS = (VerifierDoor, CommandDoor, OwnDoor, ForeignDoor)
