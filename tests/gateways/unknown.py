"""While Recant or its Redis is not there, and where Recant has no accounts."""
import glob

from harness.process import wait_until
from shared import Contract


class Unknown(Contract):
    """Whoever cannot be asked has not said yes."""

    def test_503_while_Recant_is_down(self):
        tokens = self.recant.sign_in()
        self.assert_passes(self.gateway.call("GET", "/free", tokens.access))
        self.recant.process.kill()
        for path in ("/free", "/orders/7"):
            for method, body in (("GET", None), ("POST", b"x")):
                answer = self.gateway.call(method, path, tokens.access, body=body)
                self.assert_stopped(answer, 503)
                self.assertRegex(answer.header("Retry-After") or "", r"^[1-9]\d*$")
            self.assert_stopped(self.gateway.call("GET", path), 503)
        self.recant.start()
        self.passes_again(tokens)

    def test_503_while_Redis_is_down(self):
        tokens = self.recant.sign_in()
        self.recant.server.kill()
        for path in ("/free", "/orders/7"):
            answer = self.gateway.call("GET", path, tokens.access)
            self.assert_stopped(answer, 503)
            self.assertRegex(answer.header("Retry-After") or "", r"^[1-9]\d*$")
        self.recant.server.start()
        self.recant.wait_ready()
        self.passes_again(self.recant.sign_in())

    def test_503_while_Recant_hangs(self):
        tokens = self.recant.sign_in()
        self.recant.process.pause()
        wait_until(self.has_stopped, "every thread of Recant has stopped")
        try:
            self.assert_stopped(self.gateway.call("GET", "/free", tokens.access), 503)
        finally:
            self.recant.process.go_on()
        self.passes_again(tokens)

    def has_stopped(self):
        states = set()
        for path in glob.glob(f"/proc/{self.recant.process.pid}/task/*/stat"):
            with open(path) as stat:
                states.add(stat.read().rpartition(")")[2].split()[0])
        return states == {"T"}

    def passes_again(self, tokens):
        """A gateway may go by what it knew for a moment."""
        wait_until(lambda: self.gateway.call("GET", "/free", tokens.access).status == 200,
                   "the gateway asks again")


class GatewayOnly(Contract):
    """A Recant without accounts of its own: the application signs people in."""
    settings = {**Contract.settings, "accounts.enabled": False, "accounts.signup": False}

    def test_it_is_asked_in_the_same_way(self):
        tokens = self.recant.open_session("customer-7", scope="orders:read")
        said = self.said_of(self.assert_passes(
            self.gateway.call("GET", "/orders/1", tokens.access)))
        self.assertEqual(said[0], "customer-7")
        answer = self.gateway.call("POST", "/auth/v1/login", body=b'{"username":"a","password":"b"}',
                                   headers=[("Content-Type", "application/json")])
        self.assert_stopped(answer, 404)
        self.recant.revoke(subject="customer-7")
        self.assert_stopped(self.gateway.call("GET", "/orders/1", tokens.access), 401)
