"""The code blocks of a document, so that what it tells people to do is what a test does."""
import os
import re
import stat

from .recant import ROOT

_BLOCK = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Document:
    """`docs/<name>`. Its addresses are for readers; `here` says what stands for each in this test."""

    def __init__(self, name, here=None):
        with open(os.path.join(ROOT, "docs", name)) as file:
            text = file.read()
        for told, real in (here or {}).items():
            assert told in text, f"{name} does not speak of {told}"
            text = text.replace(told, real)
        self.name = name
        self._blocks = [(m[1], m[2] or "", m[3]) for m in _BLOCK.finditer(text)]
        assert self._blocks, f"{name} has no code"

    def next(self, language, title=""):
        """The block that comes next, which must be this one: none is left out, and none moves."""
        assert self._blocks, f"{self.name} ends before its block {language} {title}"
        found = self._blocks.pop(0)
        assert found[:2] == (language, title), f"{self.name}: {found[:2]}, not {(language, title)}"
        return found[2]

    def write_next(self, folder, language, title, file=None):
        """Writes the next block to a file of its title."""
        text = self.next(language, title)
        path = os.path.join(folder, file or title)
        with open(path, "w") as out:
            out.write(text)
        os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
        return path

    def finished(self):
        assert not self._blocks, f"{self.name}: {len(self._blocks)} blocks were not run"


def rows_below(name, heading):
    """The cells of each row of the table of `docs/<name>` below a heading, without its head."""
    with open(os.path.join(ROOT, "docs", name)) as file:
        part = file.read().partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    assert len(rows) > 2, f"{name} has a table below {heading}"
    return rows[2:]
