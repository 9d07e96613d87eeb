"""bench/report/notes.md: why a target is missed, kept by hand."""
import os
import re

from measure import paths

FILE = os.path.join(paths.BENCH, "report", "notes.md")


def read(path=FILE):
    """{name of a target: what is said about it}."""
    with open(path) as file:
        text = re.sub(r"<!--.*?-->", "", file.read(), flags=re.DOTALL)
    sections = re.split(r"^## +(\S+)\s*$", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(sections[::2], sections[1::2])}
