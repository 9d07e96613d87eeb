"""What the page says of figures that are known."""
import os
import re
import tempfile
import unittest

import room
from report import notes, page
from report.targets import TARGETS


def rounds(*rates, **more):
    base = {"p50_us": 1000, "p99_us": 3000, "server_cpu_us": 50, "redis_cpu_us": 10, "refused": 0}
    return [base | {"rate": rate} | more for rate in rates]


def rate_part(**sides):
    return {"placement": "somewhere", "connections": 64, "tokens": 1000, "seconds": 4, "sessions": 500,
            "cores": 2, "titles": {name: name.title() for name in sides}, "rounds": sides}


def row(sessions, enforced, walk=()):
    return {"sessions": sessions, "recant_ms": enforced, "tidied_ms": enforced, "recipe_ms": list(walk)}


def results(**parts):
    return {"date": "2026-01-02 03:04 UTC", "commit": "0123456789", "rounds": 3, "quick": False,
            "machine": {"cpu": "A CPU", "cores": 2, "memory_gib": 24.0, "kernel": "6.1", "system": "Debian"},
            "versions": {"nginx": "1.22.1"}, "missing": {}, "parts": parts}


def memory(*sizes):
    side = {"used_bytes": 800, "keys": {f"key{n}": size for n, size in enumerate(sizes)}}
    return {"sessions": 100, "recant": side, "recipe": side}


def library(hot, peer, two=None, new=(10_000,), limit=(12_000,)):
    """Checks a second in each round; `hot` with any number of tokens."""
    sides = {"libjwt": peer, "openssl": peer, "recant_1000": hot, "recant_1000000": hot,
             "recant_1000_two_threads": two or [1.9 * rate for rate in hot], "new_recant": new, "new_openssl": limit}
    return {"placement": "somewhere", "sizes": [1000, 1_000_000], "new": 2000, "token_bytes": 500, "bytes_a_token": 900,
            "titles": {name: name for name in sides},
            "rounds": {name: [{"rate": rate} for rate in rates] for name, rates in sides.items()}}


def loaded(idle, busy):
    """The p99 of each round, in µs."""
    sides = {"recant_idle": [rounds(1500, p99_us=p99)[0] for p99 in idle],
             "recant_busy": [rounds(1400, p99_us=p99, logins_rate=90)[0] for p99 in busy]}
    return {"placement": "somewhere", "connections": 16, "pause_ms": 10, "seconds": 4, "logins": 16,
            "servers": {"recant": "Recant"}, "titles": {name: name for name in sides}, "rounds": sides}


def storms():
    """Without logins 1,000 of 1,000,000 checks a round ask; with them twice as many."""
    def side(rate, p99, asked, logins, received):
        return [{"rate": rate, "p50_ns": 150, "p99_ns": p99, "p999_ns": 9000, "checks": 1_000_000, "asked": asked,
                 "logins_rate": logins, "received_rate": received}] * 3
    sides = {"calm": side(5e6, 300, 1000, 0, 4000), "storm": side(4e6, 450, 2000, 9990, 1_000_000)}
    return {"placement": "somewhere", "tokens": 1000, "seconds": 4, "titles": {name: name for name in sides},
            "rounds": sides}


class Verdicts(unittest.TestCase):
    def verdicts(self, **parts):
        return {target.name: (round(spread.median, 3), verdict)
                for target, spread, verdict in page.judged(parts)}

    def test_each_target_is_reached_or_missed(self):
        self.assertEqual(self.verdicts(
            library=library(hot=[9_000_000, 7_000_000], peer=[10_000, 10_000], new=[10_000] * 2, limit=[12_500, 12_660]),
            loaded=loaded(idle=[100, 300, 200], busy=[190, 630, 500]),
            check=rate_part(recant=rounds(900, 960, 970), nginx=rounds(1000, 1000, 1000),
                            fastify=rounds(400, 400, 400), go=rounds(100, 100, 100)),
            refresh=rate_part(recant=rounds(290, 290, 290), fastify=rounds(100, 100, 100)),
            login=rate_part(recant=rounds(95, 94, 96), limit=[{"rate": 100}] * 3),
            revoke={"rows": [row(1, [1, 2, 3]), row(10, [9, 9, 9]), row(100, [3.2, 2.9, 3.1])]},
            memory=memory(400, 301)),
            {"library_hot_1000": (800, "reached"), "library_hot_1000000": (800, "reached"),
             "library_two_threads": (1.9, "reached"), "library_new": (1.258, "reached"),
             "loaded_p99": (2.1, "missed"), "check_nginx": (0.96, "reached"), "check_fastify": (2.4, "missed"),
             "check_go": (9.6, "reached"), "refresh_fastify": (2.9, "missed"),
             "login_limit": (0.95, "reached"), "revoke_flat": (1.55, "missed"),
             "memory_bytes": (701, "missed")})

    def test_a_peer_that_was_not_measured_gives_no_verdict(self):
        self.assertEqual(
            self.verdicts(refresh=rate_part(recant=rounds(1), express=rounds(1))), {})

    def test_every_target_belongs_to_a_part_that_has_a_section(self):
        self.assertLessEqual({target.part for target in TARGETS}, set(page.SECTIONS))
        from parts import PARTS
        self.assertLessEqual(set(PARTS), set(page.SECTIONS))


class Page(unittest.TestCase):
    def test_a_miss_stands_with_its_reason(self):
        part = rate_part(recant=rounds(20), fastify=rounds(10))
        text = page.page(results(refresh=part), {"refresh_fastify": "Because of this and that."})
        self.assertIn("| ≥ 3 × | 2.00 × (2.00 to 2.00) | **missed** |", text)
        self.assertIn("fastify + fast-jwt + ioredis: Because of this and that.", text)
        self.assertIn(page.NO_REASON, page.page(results(refresh=part), {}))

    def test_a_reason_is_left_out_once_the_number_is_reached(self):
        part = rate_part(recant=rounds(30), fastify=rounds(10))
        text = page.page(results(refresh=part), {"refresh_fastify": "Because of this and that."})
        self.assertNotIn("Because of", text)
        self.assertNotIn("missed", text)

    def test_it_says_when_where_and_of_what(self):
        text = page.page(results(memory=memory(1)), {})
        for said in ("2026-01-02 03:04 UTC", "`0123456789`", "A CPU, 2 cores, 24 GiB", "nginx 1.22.1"):
            self.assertIn(said, text)

    def test_who_could_not_be_measured_is_named(self):
        given = results(memory=memory(1)) | {"missing": {"go": "go is missing"}}
        self.assertIn("Not measured here: go, because go is missing.", page.page(given, {}))

    def test_answers_without_success_are_counted(self):
        part = rate_part(recant=rounds(10, 10, refused=4), fastify=rounds(1, 1))
        self.assertIn("Recant: 8 requests were not answered", page.page(results(refresh=part), {}))

    def test_all_tables_are_tables(self):
        part = rate_part(recant=rounds(10), nginx=rounds(10), fastify=rounds(10))
        login = rate_part(recant=rounds(10), limit=[{"rate": 10, "hash_ms": 16}])
        text = page.page(results(
            library=library([8e6], [1e4]), storms=storms(), loaded=loaded([100], [200]), check=part,
            refresh=part, login=login, memory=memory(1, 2),
            revoke={"placement": "", "total_sessions": 11, "rows": [row(1, [1], [2]), row(10, [1])]}), {})
        blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
        self.assertEqual(len(blocks), 9)
        for block in blocks:
            self.assertEqual(len({line.count("|") for line in block.splitlines()}), 1, block)

    def test_the_library_stands_beside_verify_and_get(self):
        text = page.page(results(library=library(hot=[9e6, 1e7, 8e6], peer=[1e4] * 3, new=[1e4] * 3, limit=[12_500] * 3)), {})
        self.assertIn("| recant_1000 | 9,000,000 ± 11 % | 111 | 900 (800 to 1,000) |", text)
        self.assertIn("| openssl | 10,000 ± 0 % | 100,000 |  |", text)
        self.assertIn("| new_recant | 10,000 ± 0 % | 100,000 | 0.80 (0.80 to 0.80) |", text)
        self.assertIn("takes 900 bytes a token, of which the token itself is 500", text)

    def test_a_storm_stands_beside_the_calm(self):
        row = re.search(r"^\| storm .*$", page.page(results(storms=storms()), {}), re.MULTILINE)[0]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        self.assertEqual(cells, ["storm", "4,000,000 ± 0 %", "0.80 (0.80 to 0.80)", "150", "450", "1.50 (1.50 to 1.50)",
                                 "9,000", "2,000.0", "9,990", "1,000.0"])

    def test_the_bound_is_measured_elsewhere(self):
        self.assertIn("[bound.md](bound.md)", page.page(results(memory=memory(1)), {}))

    def test_the_summary_is_two_lines_with_a_link(self):
        lines = page.summary(results(
            refresh=rate_part(recant=rounds(30), fastify=rounds(10)),
            revoke={"rows": [row(1, [1]), row(100_000, [1.25])]})).splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("3.00 times", lines[0])
        self.assertIn("100,000 sessions of a user in 1.2 ms", lines[0])
        self.assertIn("docs/benchmarks.md", lines[1])


class Notes(unittest.TestCase):
    def test_sections_by_name_without_comments(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "notes.md")
            with open(path, "w") as file:
                file.write("<!-- ## no -->\n## one\nSo.\n\nAnd so.\n\n## two\nThus.\n")
            self.assertEqual(notes.read(path), {"one": "So.\n\nAnd so.", "two": "Thus."})

    def test_those_that_are_kept_name_targets(self):
        self.assertLessEqual(set(notes.read()), {target.name for target in TARGETS})

    def test_the_readme_has_a_place_for_the_summary(self):
        with open(os.path.join(room.ROOT, "README.md")) as file:
            self.assertRegex(file.read(), r"<!-- scripts/bench writes this -->\n[^<]*<!-- -->")


if __name__ == "__main__":
    unittest.main()
