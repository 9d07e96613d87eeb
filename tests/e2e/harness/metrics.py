"""Prometheus' text format, as a scraper reads it."""
import re

_SAMPLE = re.compile(r"^([a-z_:]+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)')


class Metrics:
    def __init__(self, text):
        self.kinds = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text))
        self.helps = dict(re.findall(r"(?m)^# HELP (\S+) (.*)$", text))
        self.samples = []  # (name, labels, value)
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = _SAMPLE.match(line).groups()
                self.samples.append((name, dict(_LABEL.findall(labels or "")), float(value)))

    def sum(self, name, **labels):
        """Of all series that have these labels; 0 when there is none."""
        return sum(self.values(name, **labels))

    def values(self, name, **labels):
        return [value for found, of, value in self.samples
                if found == name and labels.items() <= of.items()]

    def family(self, name):
        """The name under which a sample's HELP and TYPE stand."""
        base = re.sub(r"_(bucket|count|sum)$", "", name)
        return base if self.kinds.get(base) == "histogram" else name

    def labels(self, family):
        """name → the values that were seen, of all its series."""
        seen = {}
        for name, labels, _ in self.samples:
            if self.family(name) == family:
                for label, value in labels.items():
                    seen.setdefault(label, set()).add(value)
        seen.pop("le", None)
        return seen
