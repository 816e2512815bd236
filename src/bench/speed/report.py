"""Writes src/docs/PERFORMANCE.md and its plots from the results alone. What stands outside the two marks in that file is written by hand and left as it is."""
import json
import os
import statistics

from . import brokers, plots
from .results import wrong
from .sections import circumstances, fairness, growth, idle, jmh, latencies, memory, starts, table, targets

DOCS = os.path.join(brokers.ROOT, "src", "docs")
REPORT = os.path.join(DOCS, "PERFORMANCE.md")
PLOTS = os.path.join(DOCS, "performance")
BEGIN, END = "<!-- src/bench/run writes from here -->", "<!-- to here -->"


class View:
    """Medians of what was measured."""

    def __init__(self, results):
        self.results = results

    def rows(self, *key):
        return self.results.of(*key)

    def median(self, part, what, broker, metric, pinned=True):
        """Of the measurements in which nothing failed, or None."""
        values = [row[metric] for row in self.results.of(part, what, broker, pinned) if row.get(metric) is not None and "failed" not in row]
        return statistics.median(values) if values else None

    def whats(self, part, pinned=None):
        """What was measured, in its order."""
        return list(dict.fromkeys(row["what"] for row in self.results.of(part, None, None, pinned)))

    def names(self, part):
        found = {row["broker"] for row in self.results.of(part)}
        return [name for name in brokers.ALL if name in found]

    def wrong(self, part, what, broker, pinned):
        """What went wrong in any of the measurements of a cell."""
        return "; ".join(dict.fromkeys(filter(None, (wrong(row) for row in self.results.of(part, what, broker, pinned)))))

    def runs(self, part, pinned=None):
        numbers = {row["run"] for row in self.results.of(part, None, None, pinned)}
        return [self.results.runs[number] for number in sorted(numbers)]

    def when(self, part, pinned=None):
        """When a part was measured, and how far it is to be trusted."""
        told = []
        for run in self.runs(part, pinned):
            told.append(f"{run['date']}, {'short measurements' if run['quick'] else 'median of ' + str(run['repeat'])}, load {run['load']} when it began")
        return "; ".join(dict.fromkeys(told))


def write(results):
    with open(REPORT) as file:
        text = file.read()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{os.path.relpath(REPORT)} has lost the marks between which the report belongs")
    view = View(results)
    os.makedirs(PLOTS, exist_ok=True)
    draw(view)
    parts = [circumstances(view), targets(view), table(view, True), table(view, False), starts(view), latencies(view), growth(view), memory(view), idle(view),
             fairness(view), jmh(view)]
    with open(REPORT, "w") as file:
        file.write(before + BEGIN + "\n\n" + "\n\n".join(part.strip() for part in parts if part) + "\n\n" + END + after)


def draw(view):
    """Each plot of which there are points; no other stays."""
    for file in os.listdir(PLOTS):
        if file.endswith(".svg"):
            os.remove(os.path.join(PLOTS, file))

    def points(part, metric, scale=1.0):
        found = {}
        for name in view.names(part):
            at = [(what, view.median(part, what, name, metric)) for what in view.whats(part, True)]
            found[name] = [(float(x), y * scale) for x, y in at if y]
        return {name: each for name, each in found.items() if each}
    names = [name for name in view.names("table") if name != "mosquitto"]
    groups = []
    for what in view.whats("table", True):
        theirs = view.median("table", what, "mosquitto", "broker_cpu_us_msg")
        values = {name: view.median("table", what, name, "broker_cpu_us_msg") for name in names}
        if theirs and any(values.values()):
            groups.append((what, {name: value / theirs for name, value in values.items() if value}))
    if groups:
        plots.bars(os.path.join(PLOTS, "ratios.svg"), "CPU a message as a multiple of Mosquitto's", "times Mosquitto", groups, names)
    for file, part, metric, scale, title, x_title, y_title in (
            ("latency.svg", "latency", "p99_us", 1e-3, "Latency against load, up to saturation (QoS 1, open loop)", "messages a second that are due", "p99, ms"),
            ("subscribers.svg", "subscribers", "broker_cpu_us_msg", 1, "Cost of a delivery against subscribers of one topic (QoS 0)", "subscribers", "µs CPU a message"),
            ("subscriptions.svg", "subscriptions", "broker_cpu_us_msg", 1, "Cost of a message against subscriptions (exact, + and #)", "subscriptions", "µs CPU a message"),
            ("nodes.svg", "nodes", "broker_cpu_us_msg", 1, "Cost of a message against nodes, all on one processor (QoS 1, publisher and subscriber apart)", "nodes", "µs CPU a message"),
            ("memory.svg", "memory", "rss_mib", 1, "Resident memory against idle connections", "connections", "MiB")):
        series = points(part, metric, scale)
        if series and any(x > 0 for each in series.values() for x, _ in each):
            plots.lines(os.path.join(PLOTS, file), title, x_title, y_title, series)


def take_jmh(results, path):
    """What JMH wrote as JSON."""
    with open(path) as file:
        for benchmark in json.load(file):
            name = ".".join(benchmark["benchmark"].split(".")[-2:])
            params = ", ".join(benchmark.get("params", {}).values())
            score = benchmark["primaryMetric"]
            results.add("jmh", f"{name}{' (' + params + ')' if params else ''}", "coppice", None, ns=float(score["score"]), error=finite(score["scoreError"]),
                        bytes=next((float(each["score"]) for key, each in benchmark["secondaryMetrics"].items() if key.endswith("gc.alloc.rate.norm")), None))


def finite(value):
    return float(value) if isinstance(value, (int, float)) and value == value else None
