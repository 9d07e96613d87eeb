"""packaging/prometheus and packaging/grafana: what they name is exported, and promtool agrees."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from harness.case import RecantTest
from harness.recant import ROOT

RULES = os.path.join(ROOT, "packaging/prometheus/recant.rules.yml")
DASHBOARD = os.path.join(ROOT, "packaging/grafana/recant.json")
RULES_TEST = os.path.join(ROOT, "tests/packaging/recant.rules.test.yml")
SELECTOR = re.compile(r"\b((?:recant|process)_[a-z_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'([a-z_]+)(=~|!~|!=|=)"([^"]*)"')
OF_PROMETHEUS = {"instance", "job", "le"}  # labels that no server exports


def text_of(path):
    with open(path) as file:
        return file.read()


def promtool(*arguments, **more):
    try:
        return subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, **more)
    except FileNotFoundError:
        raise AssertionError("promtool is missing: scripts/install test") from None


def expressions():
    """(where, PromQL) of every panel."""
    for panel in json.loads(text_of(DASHBOARD))["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def alerts():
    """name → its block of the file."""
    blocks = re.split(r"(?m)^      - alert: ", text_of(RULES))[1:]
    return {block.partition("\n")[0]: block for block in blocks}


class Named(RecantTest):
    """Every metric, label and value that is named is one of a running server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tokens = cls.recant.sign_in()
        cls.recant.check(tokens.access)
        cls.recant.logout(cls.recant.refresh(tokens).access)
        cls.recant.metrics()
        cls.metrics = cls.recant.metrics()
        cls.names = {name for name, _, _ in cls.metrics.samples}

    def assert_exported(self, where, text):
        for name, matchers in SELECTOR.findall(text):
            self.assertIn(name, self.names, where)
            seen = self.metrics.labels(self.metrics.family(name))
            for label, operator, value in MATCHER.findall(matchers):
                if label in OF_PROMETHEUS:
                    continue
                self.assertIn(label, seen, (where, name))
                # A status may never have been answered; all else is there from the start.
                if operator == "=" and label != "code":
                    self.assertIn(value, seen[label], (where, name))

    def test_by_the_alerts(self):
        self.assert_exported("the rules", text_of(RULES))

    def test_by_the_dashboard(self):
        for where, expression in expressions():
            self.assertTrue(SELECTOR.search(expression), where)
            self.assert_exported(where, expression)

    def test_by_the_page_on_operating(self):
        text = text_of(os.path.join(ROOT, "docs/operating.md"))
        rows = re.findall(r"(?m)^\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) ?\| (.*) \|$", text)
        self.assertEqual({name: kind for name, kind, _, _ in rows}, self.metrics.kinds)
        self.assertEqual({name: meaning for name, _, _, meaning in rows}, self.metrics.helps)
        for name, _, labels, _ in rows:
            self.assertEqual(set(re.findall(r"`(\w+)`", labels)), set(self.metrics.labels(name)), name)


class Sound(unittest.TestCase):
    def test_promtool_takes_the_rules_and_each_alert_does_what_it_is_for(self):
        for arguments in (("check", "rules", RULES), ("test", "rules", RULES_TEST)):
            done = promtool(*arguments)
            self.assertEqual(done.returncode, 0, done)

    def test_each_alert_is_missed_when_it_is_silent(self):
        """So the tests of the rules can fail, for each of them."""
        for name in alerts():
            with tempfile.TemporaryDirectory() as home:
                silent = re.sub(rf"(?s)(- alert: {name}\n +expr: ).*?\n(?=        (?:for|labels):)",
                                r"\1vector(0) > 1\n", text_of(RULES))
                self.assertNotEqual(silent, text_of(RULES))
                for file, text in (("rules.yml", silent),
                                   ("test.yml", re.sub(r"\S+recant\.rules\.yml", "rules.yml",
                                                       text_of(RULES_TEST)))):
                    with open(os.path.join(home, file), "w") as out:
                        out.write(text)
                done = promtool("test", "rules", "test.yml", cwd=home)
                self.assertEqual(done.returncode, 1, name)
                self.assertIn(name, done.stdout + done.stderr)

    def test_each_alert_says_what_to_do(self):
        self.assertGreater(len(alerts()), 5)
        for name, block in alerts().items():
            for part in ("summary: ", "description: ", "runbook: "):
                self.assertIn(part, block, name)
            self.assertRegex(block, r"severity: (page|ticket|notice)\n", name)

    def test_promtool_takes_every_expression_of_the_dashboard(self):
        rules = [{"record": "a:b", "expr": re.sub(r"\$__rate_interval", "5m", expression)}
                 for _, expression in expressions()]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump({"groups": [{"name": "a", "rules": rules}]}, file)  # JSON is YAML
            file.flush()
            done = promtool("check", "rules", "--lint=none", file.name)
        self.assertEqual(done.returncode, 0, done)

    def test_the_dashboards_panels_have_ids_and_places_of_their_own(self):
        panels = json.loads(text_of(DASHBOARD))["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells


if __name__ == "__main__":
    unittest.main()
