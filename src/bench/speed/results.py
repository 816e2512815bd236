"""The results file: JSON lines of two kinds, from which the report is written and nothing else.

    {"run": 3, "date": ..., "machine": {...}, "versions": {...}, "load": 0.4, ...}           how a run was made
    {"run": 3, "part": "table", "what": "pairs-0", "broker": "coppice", "pinned": true, ...}   one measurement of it

A measurement replaces those of earlier runs with the same part, what, broker and pinned; a run of which nothing is left is forgotten. So the file stays small,
and a part of the report that was measured again says by itself when and under which circumstances.
"""
import json
import os
import time

BAD = ("lost", "dup", "reordered", "corrupt", "errors", "dropped_conns")


class Results:
    def __init__(self, path):
        self.path = path
        self.runs, self.rows = {}, []
        if os.path.exists(path):
            with open(path) as file:
                for line in file:
                    entry = json.loads(line)
                    if "part" in entry:
                        self.rows.append(entry)
                    else:
                        self.runs[entry["run"]] = entry
        self.run = None
        self.fresh = set()

    def begin(self, **circumstances):
        self.run = max(self.runs, default=0) + 1
        self.runs[self.run] = {"run": self.run, "date": time.strftime("%Y-%m-%d", time.gmtime()), "load": round(os.getloadavg()[0], 1), **circumstances}

    def add(self, part, what, broker, pinned, **values):
        """One measurement; written at once, so that what is interrupted is not lost."""
        key = (part, what, broker, pinned)
        if key not in self.fresh:
            self.fresh.add(key)
            self.rows = [row for row in self.rows if self.key(row) != key]
        self.rows.append({"run": self.run, "part": part, "what": what, "broker": broker, "pinned": pinned, **{name: short(value) for name, value in values.items()}})
        self.write()

    @staticmethod
    def key(row):
        return (row["part"], row["what"], row["broker"], row["pinned"])

    def write(self):
        used = {row["run"] for row in self.rows}
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        with open(self.path + ".new", "w") as file:
            for run in (self.runs[number] for number in sorted(used)):
                file.write(json.dumps(run) + "\n")
            for row in self.rows:
                file.write(json.dumps(row) + "\n")
        os.replace(self.path + ".new", self.path)

    def of(self, part, what=None, broker=None, pinned=None):
        return [row for row in self.rows if row["part"] == part and what in (None, row["what"]) and broker in (None, row["broker"])
                and pinned in (None, row["pinned"])]


def short(value):
    """Four digits are more than repetitions agree on."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def wrong(row):
    """What went wrong in a measurement, in words, or nothing."""
    return row.get("failed") or ", ".join(f"{row[key]:,} {key}" for key in BAD if row.get(key))
