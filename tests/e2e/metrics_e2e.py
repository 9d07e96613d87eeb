"""Contract §5: what /metrics counts. Each count is held against what was done."""
import re
import subprocess
import unittest

from harness.case import RecantTest
from harness.document import rows_below
from harness.http import call
from harness.recant import BINARY, ROOT
from harness.verbs import PASSWORD
from harness.volley import Volley, request


def told_values(label):
    """Those that docs/operating.md names in its line on this label."""
    with open(f"{ROOT}/docs/operating.md") as document:
        line = re.search(rf"(?ms)^- `{label}` is (.*?)(?=^- |^$)", document.read()).group(1)
    return re.findall("`([a-z_]+)`", re.sub(r"\([^()]*\)", "", line))


def told_verdicts():
    """[(verdict, reason)] of its table, without the reasons of `invalid`, which it leaves open."""
    rows = [[cell.strip("`") for cell in row] for row in rows_below("operating.md", "## Verdicts")]
    return [(verdict, reason) for verdict, reason, _ in rows if verdict != "invalid"]


class Counting(RecantTest):
    settings = {"refresh.grace": "0s", "server.threads": 3}
    redis_options = ()

    def setUp(self):
        self.before = self.recant.metrics()

    def grown(self, name, **labels):
        return self.recant.metrics().sum(name, **labels) - self.before.sum(name, **labels)

    def checks(self, verdict, reason, source):
        return self.grown("recant_checks_total", verdict=verdict, reason=reason, source=source)

    def test_checks_by_verdict_reason_and_source(self):
        recant = self.recant
        user = recant.create_user()
        alive, by_session, by_token = (recant.login(user) for _ in range(3))
        recant.check(alive.access)
        recant.check(alive.access)
        recant.check(alive.access[:-4] + "AAAA")
        recant.logout(by_session.access)  # asks too, as every bearer's call does
        recant.check(by_session.access)
        recant.revoke(token=by_token.access)
        recant.check(by_token.access)
        recant.revoke(subject=user.id)
        recant.check(alive.access)
        self.assertGreaterEqual(self.checks("valid", "", "redis"), 1)
        self.assertEqual(self.checks("valid", "", "redis") + self.checks("valid", "", "cache"), 2)
        self.assertEqual(self.checks("invalid", "not_signed_by_us", "local"), 1)
        self.assertEqual(self.checks("revoked", "session", "redis"), 2)
        self.assertEqual(self.checks("revoked", "jti", "redis"), 1)

    def test_sessions_refreshes_and_revocations(self):
        recant = self.recant
        user = recant.create_user()
        tokens = recant.login(user)
        newer = recant.refresh(tokens)
        recant.try_refresh(tokens.refresh)
        recant.try_refresh("rt_nonsense")
        recant.try_refresh(newer.refresh)
        recant.logout(recant.login(user).access)
        recant.revoke(jti="01234567-89ab-7def-8123-456789abcdef", exp=tokens.claims["exp"])
        recant.revoke(subject=user.id)
        self.assertEqual(self.grown("recant_sessions_opened_total"), 2)
        for outcome in ("rotated", "reused", "malformed", "revoked"):
            self.assertEqual(self.grown("recant_refresh_total", outcome=outcome), 1, outcome)
        for kind in ("session", "jti", "subject"):
            self.assertEqual(self.grown("recant_revocations_total", kind=kind), 1, kind)
        recant.revoke(all=True)
        self.assertEqual(self.grown("recant_revocations_total", kind="all"), 1)

    def test_requests_by_route_and_code_and_never_by_path(self):
        name = "recant_http_request_duration_seconds"
        recant = self.recant
        user = recant.create_user()
        recant.try_login(user.name, PASSWORD)
        recant.try_login(user.name, "not the password")
        for n in range(5):
            recant.call("GET", f"/nothing/{n}")
            recant.admin("GET", f"/v1/admin/users/nobody-{n}")
        self.assertEqual(self.grown(name + "_count", route="/v1/login", code="200"), 1)
        self.assertEqual(self.grown(name + "_count", route="/v1/login", code="401"), 1)
        self.assertEqual(self.grown(name + "_count", route="none", code="404"), 5)
        self.assertEqual(self.grown(name + "_count", route="/v1/admin/users/{user}", code="404"), 5)
        self.assertGreater(self.grown(name + "_sum", route="/v1/login", code="200"), 0)
        self.assertEqual(self.grown(name + "_bucket", route="/v1/login", code="200", le="+Inf"), 1)

    def test_an_administrators_own_text_is_no_label(self):
        tokens = self.recant.sign_in()
        self.recant.revoke(token=tokens.access, reason="told-by-hand")
        self.recant.check(tokens.access)
        self.assertNotIn("told-by-hand", self.recant.ops("/metrics").body.decode())

    def test_the_threads_are_added_up(self):
        """Nothing is lost where many count at once."""
        tokens = self.recant.sign_in()
        asked = [request("GET", "/v1/check", bearer=tokens.access)] * 30
        for _ in range(10):
            with Volley(self.recant.port, len(asked)) as volley:
                self.assertEqual({answer.status for answer in volley.fire(asked)}, {200})
        self.assertEqual(self.checks("valid", "", "redis") + self.checks("valid", "", "cache"), 300)

    def test_what_is_known_beforehand_is_there_from_the_start(self):
        metrics = self.start().metrics()
        for name, label, values in (
                ("recant_refresh_total", "outcome", told_values("outcome")),
                ("recant_revocations_total", "kind", ("jti", "session", "subject", "all"))):
            for value in values:
                self.assertEqual(metrics.values(name, **{label: value}), [0], value)
        for verdict, reason in told_verdicts():
            self.assertEqual(set(metrics.values("recant_checks_total", verdict=verdict, reason=reason)), {0}, reason)

    def test_what_counts_is_what_the_document_names(self):
        """Those of a start among them, and whatever the tests beside this one caused."""
        self.recant.check("no token")
        for name, label in (("recant_refresh_total", "outcome"), ("recant_revocations_total", "kind")):
            self.assertEqual(self.recant.metrics().labels(name)[label], set(told_values(label)), name)
        counted = {(labels["verdict"], labels["reason"]) for name, labels, _ in self.recant.metrics().samples
                   if name == "recant_checks_total"}
        self.assertEqual({pair for pair in counted if pair[0] != "invalid"}, set(told_verdicts()))

    def test_the_build_and_the_process(self):
        version = subprocess.run([BINARY, "version"], capture_output=True, text=True).stdout.split()[1]
        metrics = self.recant.metrics()
        self.assertEqual(metrics.values("recant_build_info", version=version), [1])
        with open(f"/proc/{self.recant.process.pid}/status") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        told = metrics.sum("process_resident_memory_bytes") / 1024
        self.assertTrue(resident / 2 < told < resident * 2, (told, resident))
        self.assertGreater(metrics.sum("process_cpu_seconds_total"), 0)
        self.assertEqual(self.before.values("process_start_time_seconds"),
                         metrics.values("process_start_time_seconds"))


class Redis(RecantTest):
    redis_options = ()
    settings = {"redis.timeout": "1s"}

    def test_up_and_the_clocks_offset_as_redis_comes_and_goes(self):
        recant = self.recant
        tokens = recant.sign_in()
        there = recant.metrics()
        self.assertEqual(there.values("recant_redis_up"), [1])
        offset, = there.values("recant_clock_offset_seconds")
        self.assertLess(abs(offset), 1)  # one machine, one clock
        recant.server.kill()
        self.assertEqual(recant.check(tokens.access).status, 503)
        away = recant.metrics()
        self.assertEqual(away.values("recant_redis_up"), [0])
        self.assertEqual(away.values("recant_clock_offset_seconds"), [])
        self.assertEqual(away.kinds["recant_clock_offset_seconds"], "gauge")
        self.assertGreater(away.sum("recant_checks_total", verdict="unavailable", reason="redis"), 0)
        recant.server.start()
        recant.wait_ready()
        back = recant.metrics()
        self.assertEqual(back.values("recant_redis_up"), [1])
        self.assertEqual(len(back.values("recant_clock_offset_seconds")), 1)


class Linted(RecantTest):
    def test_prometheus_own_linter_has_nothing_to_say(self):
        self.recant.logout(self.recant.sign_in().access)
        text = call(self.recant.port, "GET", "/metrics").body
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
