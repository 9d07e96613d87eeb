"""The ACL lines of docs/security.md, and what a Redis was really asked for."""
import re
import threading

from .recant import ROOT

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


def default_off():
    """How the document switches the user `default` off."""
    with open(f"{ROOT}/docs/security.md") as document:
        return re.search("^ACL SETUSER (default off.*)$", document.read(), re.MULTILINE).group(1)


def besides():
    """What a server that walks (`redis.foreign_writers`) is granted besides."""
    with open(f"{ROOT}/docs/security.md") as document:
        return re.search(r"^ACL SETUSER recant (\+.*)$", document.read(), re.MULTILINE).group(1).split()


class Line:
    """One `ACL SETUSER` of the document."""

    def __init__(self, user):
        with open(f"{ROOT}/docs/security.md") as document:
            found = re.findall(rf"^ACL SETUSER {user} reset on #<sha256> (.+)$", document.read(), re.MULTILINE)
        assert len(found) == 1, f"docs/security.md has one line for {user}"
        self.rules = found[0].split()

    @property
    def commands(self):
        return {rule[1:] for rule in self.rules if rule.startswith("+")}

    @property
    def keys(self):
        """What stands before the `*` of each pattern."""
        return {rule.partition("~")[2].removesuffix("*") for rule in self.rules if "~" in rule}

    def with_prefix(self, prefix):
        """As the document says it is written for `redis.prefix`."""
        return [rule.replace("~", f"~{prefix}") for rule in self.rules]

    def grant(self, redis, user, password, prefix=""):
        redis("ACL", "SETUSER", user, "reset", "on", f">{password}", *self.with_prefix(prefix))


class Monitor:
    """Every command until the end, those of scripts too, but for those that `control` sends itself."""

    _MARK = "the end of what is watched"

    def __init__(self, connection, control):
        self._control = control
        self._own = f" {control('CLIENT', 'INFO').partition(' addr=')[2].partition(' ')[0]}]"
        self._connection = connection
        self._seen = []
        assert connection("MONITOR") == "OK"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def end(self):
        """[name, arguments…] of each, in their order."""
        self._control("ECHO", self._MARK)
        self._thread.join(20)
        assert not self._thread.is_alive(), "MONITOR shows what was asked"
        self._connection.close()
        return self._seen

    def _listen(self):
        while True:
            line = self._connection.next()
            words = [word.replace('\\"', '"') for word in _WORD.findall(line)]
            if words[-1:] == [self._MARK]:
                return
            if self._own not in line.partition('"')[0]:
                self._seen.append([words[0].lower()] + words[1:])
