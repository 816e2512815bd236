"""The sections of the report."""
from . import brokers
from .plots import LABELS
from .table import ALL, FORWARDERS, SCENARIOS, TITLES


def number(value, digits=3):
    """Three digits that count, with commas."""
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def rows_of(cells):
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in cells)


def grid(head, cells):
    return rows_of([head]) + "\n" + "|" + "---|" * len(head) + "\n" + rows_of(cells)


def circumstances(view):
    runs = sorted(view.results.runs.values(), key=lambda run: run["run"])
    used = {row["run"] for row in view.results.rows}
    runs = [run for run in runs if run["run"] in used]
    if not runs:
        return ""
    newest = runs[-1]
    versions, missing = {}, {}
    for run in runs:
        versions.update({name: version for name, version in run["versions"].items() if version})
        missing.update(run.get("missing", {}))
        for name in list(missing):
            if any(row["run"] == run["run"] and LABELS[row["broker"]] == name for row in view.results.rows):
                missing.pop(name)
    machine = newest["machine"]
    out = ["## Measured", f"{machine['cores']} processors ({machine['cpu']}), {machine['memory_gib']} GiB, Linux {machine['kernel']}, {machine['java']}.", "",
           grid(["broker", "version"], [[LABELS[name], versions[name]] for name in brokers.ALL if name in versions])]
    if missing:
        out += ["", *(f"**Left out: {name}**: {reason}." for name, reason in missing.items())]
    if any(run["quick"] or run["load"] > 1 for run in runs):
        out += ["", "**Some of what follows was measured in short runs, or beside other work; each section says of itself when and how. Such figures show that the benchmark works, and not "
                    "what a quiet machine would give.**"]
    return "\n".join(out)


def targets(view):
    cells = []
    for scenario in SCENARIOS:
        for target in scenario.targets:
            ours = view.median("table", scenario.name, "coppice", target.metric)
            same = target.of not in LABELS
            base = view.median("table", target.of, "coppice", target.metric) if same else view.median("table", scenario.name, target.of, target.metric)
            beside = "without TLS" if same else LABELS[target.of]
            at_least = target.metric == "conn_s"
            goal = f"{'at least' if at_least else 'at most'} {target.at_most:g} x {beside}"
            if ours is None or not base:
                cells.append([scenario.title, target.text, goal, "not measured", ""])
                continue
            ratio = ours / base
            met = ratio >= target.at_most if at_least else ratio <= target.at_most
            cells.append([scenario.title, target.text, goal, f"{ratio:.3g}", "met" if met else f"**missed**, {abs(ratio / target.at_most - 1):.0%} {'below' if at_least else 'above'}"])
    for what, metric, goal, words in (("connection, TCP", "heap_b", 4096, "live heap of an idle connection"), ("connection, TCP", "rss_b", 6144, "resident memory of an idle connection")):
        cells.append(judged(view.median("idle", what, "coppice", metric), goal, words, "bytes"))
    cells.append(judged(view.median("start", "ready", "coppice", "seconds"), 1.5, "start to ready", "s"))
    quiet = view.median("fairness", "quiet", "coppice", "p99_us")
    for what in view.whats("fairness"):
        loud = view.median("fairness", what, "coppice", "p99_us")
        if quiet and loud and what in ("fan-out", "fan-out, closed loop", "replay", "reconnect storm"):
            cells.append(judged(loud / quiet, 10, f"p99 beside: {what}", "times quiet"))
    return ("## Targets\nMedians of one run each, pinned: " + view.when("table", True) + ".\n\n"
            + grid(["what", "of", "target", "measured", ""], cells)) if any(cell[3] != "not measured" for cell in cells) else ""


def judged(value, goal, words, unit):
    if value is None:
        return [words, unit, f"at most {goal:,}", "not measured", ""]
    return [words, unit, f"at most {goal:,}", number(value), "met" if value <= goal else f"**missed**, {value / goal - 1:.0%} above"]


def marked(view, what, name, pinned, text):
    """A figure, with a mark where something went wrong in what it was made of."""
    return text + (" ⚠" if view.wrong("table", what, name, pinned) else "")


def table(view, pinned):
    whats = [scenario.name for scenario in SCENARIOS if view.rows("table", scenario.name, None, pinned)]
    if not whats:
        return ""
    names = [name for name in FORWARDERS if view.rows("table", None, name, pinned)]
    costs, rates, waits, faults = [], [], [], []
    for what in whats:
        metric = "broker_cpu_us_msg"
        got = {name: view.median("table", what, name, metric, pinned) for name in names}
        ours = got.get("coppice")

        def beside(name):
            return f"{ours / got[name]:.3g}" if ours and got.get(name) else "–"
        costs.append([TITLES[what], *(marked(view, what, name, pinned, number(got[name])) for name in names), beside("floor"), beside("mosquitto")])
        rate = "conn_s" if what == "connect" else "recv_s"
        rates.append([TITLES[what], *(number(view.median("table", what, name, rate, pinned)) for name in names)])
        if what not in ("retained", "queue"):
            waits.append([TITLES[what], *(" / ".join(millis(view.median("table", what, name, key, pinned)) for key in ("p50_us", "p99_us", "p999_us")) for name in names)])
        for name in names:
            fault = view.wrong("table", what, name, pinned)
            if fault:
                faults.append(f"- {LABELS[name]}, {TITLES[what]}: {fault}")
    labels = [LABELS[name] for name in names]
    out = ["## " + ("Each broker on one processor, the load on another" if pinned else "All processors for everybody"), view.when("table", pinned) + ".", "",
           "CPU of the broker in µs for each delivered message (for connect: each connection), all threads, and Coppice's as a multiple of the floor's and Mosquitto's:", "",
           grid(["", *labels, "x floor", "x Mosquitto"], costs), ""]
    if pinned:
        out += ["![CPU a message as a multiple of Mosquitto's](performance/ratios.svg)", ""]
    out += ["Messages (connections) a second:", "", grid(["", *labels], rates), "",
            "From sending to delivery (CONNECT to CONNACK), p50 / p99 / p999 in ms. Where the load is a closed loop this is the depth of the window more than anything else; "
            "in the open loop it is counted from when a message was due:", "", grid(["", *labels], waits)]
    out += ["", "⚠ something went wrong in at least one repetition:", "", *faults] if faults else ["", "Nothing was lost, doubled, out of order or corrupt, with any broker."]
    return "\n".join(out)


def millis(us):
    return "–" if us is None else f"{us / 1000:.2g}" if us < 100_000 else f"{us / 1000:,.0f}"


def starts(view):
    names = [name for name in ALL if view.rows("start", "ready", name)]
    if not names:
        return ""
    return "## Start\nFrom the start of the process, on one processor, until it lets clients in (" + view.when("start") + "):\n\n" + grid(
        ["", *(LABELS[name] for name in names)],
        [["s", *(number(view.median("start", "ready", name, "seconds")) for name in names)], ["resident then, MiB", *(number(view.median("start", "ready", name, "rss_mib")) for name in names)]])


def latencies(view):
    rates = sorted(view.whats("latency"))
    names = [name for name in ALL if view.rows("latency", None, name)]
    if not rates:
        return ""
    cells = [[f"{rate:,}", *(" / ".join(millis(view.median("latency", rate, name, key)) for key in ("p50_us", "p99_us", "p999_us")) for name in names)] for rate in rates]
    return ("## Latency against load\n16 pairs at QoS 1, open loop, p50 / p99 / p999 in ms from when a message was due, until a broker, or the load generator, does not keep up (" + view.when("latency")
            + "):\n\n" + grid(["messages a second", *(LABELS[name] for name in names)], cells) + "\n\n![Latency against load](performance/latency.svg)")


def growth(view):
    out = []
    for part, title, text in (("subscribers", "Subscribers of one topic", "QoS 0, one publisher, window 8; µs CPU for each delivery"),
                              ("subscriptions", "Subscriptions", "A quarter each exact, `+` in two places, `#`; 100 clients; topics by chance, each matched by one; µs CPU a message"),
                              ("nodes", "Nodes", "Every message from one node to another, all nodes and their JVMs on one processor; µs CPU of all nodes a message")):
        counts, names = sorted(view.whats(part)), view.names(part)
        if counts:
            cells = [[f"{count:,}", *(number(view.median(part, count, name, "broker_cpu_us_msg")) + (" ⚠ " + view.wrong(part, count, name, True) if view.wrong(part, count, name, True) else "")
                                      for name in names)] for count in counts]
            out.append(f"### {title}\n{text} ({view.when(part)}).\n\n" + grid(["", *(LABELS[name] for name in names)], cells) + f"\n\n![{title}](performance/{part}.svg)")
    return "## What grows with what\n\n" + "\n\n".join(out) if out else ""


def memory(view):
    counts, names = sorted(view.whats("memory")), view.names("memory")
    if not counts:
        return ""
    cells = [[f"{count:,}", *(number(view.median("memory", count, name, "rss_mib")) for name in names)] for count in counts]
    out = "## Memory\nResident MiB with idle connections, default heaps, after a collection (" + view.when("memory") + "):\n\n" + grid(
        ["connections", *(LABELS[name] for name in names)], cells) + "\n\n![Memory against connections](performance/memory.svg)"
    for row in view.rows("many"):
        out += (f"\n\n{row['processes']} processes of Coppice on as many loopback addresses, and as many load generators: {row['asked']:,} idle connections asked for, {row['held']:,} held at once, "
                f"{number(row['rss_b'])} bytes resident for each ({view.when('many')}).{' ⚠ ' + view.wrong('many', 'idle', 'coppice', True) if view.wrong('many', 'idle', 'coppice', True) else ''}")
    return out


def idle(view):
    whats = view.whats("idle")
    if not whats:
        return ""
    cells, classes = [], []
    for what in whats:
        row = view.rows("idle", what)[-1]
        cells.append([what, f"{row['count']:,}", number(row["heap_b"]), number(row["rss_b"])])
        held = ", ".join(f"`{shown(name)}` {size:g}" + (f" ({count:g})" if count != 1 else "") for name, count, size in row["classes"][:8] if size >= 1)
        classes.append(f"- {what}: {held}")
    return ("### What things weigh in Coppice\nBytes of live heap and of the process for each, `-Xmx512m`; payloads of 64 bytes are part of it (" + view.when("idle") + "):\n\n"
            + grid(["", "of", "heap", "resident"], cells) + "\n\nWhich classes hold it, in bytes for each (and objects, where it is not one):\n\n" + "\n".join(classes))


def shown(name):
    """A class of the histogram as one would say it."""
    arrays = {"[B": "byte[]", "[I": "int[]", "[J": "long[]", "[C": "char[]", "[Z": "boolean[]"}
    if name in arrays:
        return arrays[name]
    return name[2:].rstrip(";").rpartition(".")[2] + "[]" if name.startswith("[L") else name.rpartition(".")[2]


def fairness(view):
    whats = [what for what in view.whats("fairness") if what != "slow readers"]
    if not whats:
        return ""
    quiet = view.median("fairness", "quiet", "coppice", "p99_us")
    cells = []
    for what in whats:
        p99 = view.median("fairness", what, "coppice", "p99_us")
        fault = view.wrong("fairness", what, "coppice", True)
        cells.append([what, *(millis(view.median("fairness", what, "coppice", key)) for key in ("p50_us", "p99_us", "p999_us")), number(p99 / quiet) if p99 and quiet else "–",
                      number(view.median("fairness", what, "coppice", "noise_recv")) if what != "quiet" else "", "⚠ " + fault if fault else ""])
    urgent = all(row.get("urgent") for what in whats for row in view.rows("fairness", what))
    out = ("## Fairness\nA stream of 2,000 messages a second at QoS 1, open loop, in ms, beside what others do: `fan-out` is 50 messages a second to 1,000 subscribers, in a closed loop as fast as it goes; "
           "`replay` 100,000 retained messages again and again; `reconnect storm` 2,000 clients at once, again and again. Goal: p99 at most ten times its quiet value ("
           + view.when("fairness") + (")" if urgent else "; **the stream's clock had to wait for the noise's processor too, since it may not be preferred here**)") + ".\n\n"
           + grid(["beside", "p50", "p99", "p999", "p99, times quiet", "others got", ""], cells))
    for row in view.rows("fairness", "slow readers"):
        out += (f"\n\n{row['readers']} clients that subscribe to a stream and do not read, {number(row['due_mib_each'])} MiB due to each: live heap {number(row['heap_mib'])} MiB before and "
                f"{number(row['heap_then_mib'])} MiB after, resident {number(row['rss_mib'])} and {number(row['rss_then_mib'])} MiB; the stream lost "
                f"{row.get('lost', 0):,} messages.{' ⚠ ' + row['failed'] if 'failed' in row else ''}")
    return out


def jmh(view):
    rows = view.rows("jmh")
    if not rows:
        return ""
    cells = [[row["what"], number(row["ns"]), f"± {number(row['error'])}" if row["error"] else "", f"{row['bytes']:,.0f}" if row.get("bytes") is not None else ""] for row in rows]
    return "## Parts by themselves\nJMH 1.37, `mvn -Pjmh test` (" + view.when("jmh") + "):\n\n" + grid(["benchmark", "ns", "99.9 %", "bytes allocated"], cells)
