"""ARCHITECTURE.md, CONTRIBUTING.md and docs/redis-keys.md name what is there: rooms, files, scripts, decisions, presets."""
import json
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODE = re.compile(r"`([^`\n]+)`")
# Ways to spell a place: from the top, or as an include is.
PLACES = ("", "src/", "src/redis/scripts/", "src/redis/")


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def listed(folder):
    return sorted(os.listdir(os.path.join(ROOT, folder)))


def stands(name):
    """Is `name` a place? The end of a file's name may be left out."""
    for place in PLACES:
        path = os.path.join(ROOT, place + name)
        if os.path.exists(path):
            return True
        folder, start = os.path.split(path)
        if start and os.path.isdir(folder) and any(file.partition(".")[0] == start for file in os.listdir(folder)):
            return True
    return False


def places_in(text):
    """What is spelled as one: two words or more with a slash between, and nothing that a path has not."""
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    return {code.rstrip("/") for code in CODE.findall(text) if re.fullmatch(r"[a-z.]\w*(/[\w.-]+)+/?", code)}


class Map(unittest.TestCase):
    maxDiff = None

    def test_every_room_has_its_row(self):
        rooms = re.findall(r"^\| `src/(\w+)` \|", text_of("ARCHITECTURE.md"), re.MULTILINE)
        self.assertEqual(sorted(rooms), [room for room in listed("src") if os.path.isdir(os.path.join(ROOT, "src", room))])

    def test_every_place_is_there(self):
        for page in ("ARCHITECTURE.md", "CONTRIBUTING.md", "docs/redis-keys.md", "bench/README.md", "bound/README.md"):
            with self.subTest(page):
                here = os.path.dirname(page)
                self.assertEqual({place for place in places_in(text_of(page))
                                  if not stands(place) and not stands(os.path.join(here, place))}, set())
        self.assertGreater(len(places_in(text_of("ARCHITECTURE.md"))), 30)
        self.assertFalse(stands("service/no_such_thing"))

    def test_every_script_of_redis_has_its_row(self):
        part = text_of("docs/redis-keys.md").partition("\n| script | does |\n")[2].partition("\n\n")[0]
        rows = [name for line in part.splitlines() for name in CODE.findall(line.split("|")[1])]
        # The two that are put before and into others.
        scripts = {name.partition(".")[0] for name in listed("src/redis/scripts")} - {"prelude", "session_limit"}
        self.assertEqual(sorted(rows), sorted(scripts))

    def test_every_decision_is_led_to(self):
        pages = ["ARCHITECTURE.md", "README.md"] + [f"docs/{name}" for name in listed("docs") if name.endswith(".md")]
        led_to = {name for page in pages for name in re.findall(r"adr/(\d{4}-[\w-]+\.md)", text_of(page))}
        decisions = listed("docs/adr")
        self.assertEqual(led_to - set(decisions), set())
        self.assertEqual(set(decisions) - led_to, set())
        for number, name in enumerate(decisions, 1):
            self.assertTrue(name.startswith(f"{number:04}-"), name)
            self.assertTrue(text_of(f"docs/adr/{name}").startswith(f"# {number}. "), name)

    def test_adrs_are_named_by_their_numbers(self):
        """Where only the number is told, as in the changelog, there is such a decision."""
        count = len(listed("docs/adr"))
        for page in ("CHANGELOG.md", "ARCHITECTURE.md"):
            for number in re.findall(r"ADRs? (\d+)", text_of(page)):
                self.assertLessEqual(int(number), count, page)

    def test_contributing_names_what_can_be_run(self):
        text = text_of("CONTRIBUTING.md")
        presets = {preset["name"] for preset in json.loads(text_of("CMakePresets.json"))["configurePresets"]}
        for preset in re.findall(r"--preset (\w+)", text):
            self.assertIn(preset, presets)
        for script in re.findall(r"`(scripts/\w+|\.ci/run)", text):
            self.assertTrue(os.access(os.path.join(ROOT, script), os.X_OK), script)


if __name__ == "__main__":
    unittest.main()
