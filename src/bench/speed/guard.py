"""Whether a message costs more CPU than it did, as a multiple of what the floor takes in the same run.

The two run in turn, so that a machine that is busy or slow is so for both, and what they take is told in slices of a twentieth of a second. A cheap slice of each counts, since
whatever else runs there can only add; not the cheapest, which would be one without a garbage collection. What is recorded was measured the same way, and bears its date.
"""
import json
import os
import statistics
import tempfile
import time

from . import brokers
from .brokers import Coppice, Floor
from .measure import Bench
from .results import BAD

RECORDED = os.path.join(brokers.BENCH, "guard.json")
RISE_MAX = 1.25
LOADS = {
    "pairs-0": "pairs --qos 0",
    "pairs-1": "pairs --qos 1",
    "fanout-0": "fanout --pubs 1 --subs 1000 --window 8 --qos 0",
}
WARM_SECONDS, SECONDS, SLICES = 3, 1.2, 24
SECONDS_MAX = 48
ROUNDS_MIN, ROUNDS_MAX = 2, 4
# Of all slices of a broker the one that so many of a hundred are cheaper than.
QUANTILE = 10
RECORDINGS = 5


def run(record):
    """Exit status: 0 unless a ratio has risen too far, or a message went wrong."""
    if record:
        runs = [measured() for _ in range(RECORDINGS)]
        ratios = {name: round(statistics.median(each[name] for each in runs), 3) for name in LOADS}
        with open(RECORDED, "w") as file:
            json.dump({"date": time.strftime("%Y-%m-%d", time.gmtime()), "rise_max": RISE_MAX, "machine": brokers.machine(), "ratios": ratios}, file, indent=2)
            file.write("\n")
        print("recorded:", ratios)
        return 0
    with open(RECORDED) as file:
        recorded = json.load(file)
    ratios = measured()
    risen = False
    for name, ratio in ratios.items():
        rise = ratio / recorded["ratios"][name]
        risen |= rise > recorded["rise_max"]
        print(f"{name}: {ratio:.2f} times the floor, recorded {recorded['ratios'][name]:.2f} on {recorded['date']}: {rise - 1:+.0%}"
              + (f", which is more than {recorded['rise_max'] - 1:+.0%}: what was changed makes messages cost more; see src/docs/PERFORMANCE.md, The guard"
                 if rise > recorded["rise_max"] else ""), flush=True)
    return 1 if risen else 0


def measured():
    """The ratio of each load."""
    began = time.monotonic()
    pinned = len(os.sched_getaffinity(0)) > 1 and {0, 1} <= os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="coppice-guard-") as work:
        bench = Bench(work, None, pinned, 1, False)
        pair = [Floor(work, pinned), Coppice(work, pinned, settings={"durability": "memory"})]
        try:
            for broker in pair:
                broker.start()
            for flags in LOADS.values():
                slices(bench, pair[1], flags, WARM_SECONDS)
            costs = {name: ([], []) for name in LOADS}
            rounds = 0
            while rounds < ROUNDS_MIN or rounds < ROUNDS_MAX and time.monotonic() - began < SECONDS_MAX * rounds / (rounds + 1):
                rounds += 1
                for name, flags in LOADS.items():
                    for broker, column in zip(pair, costs[name]):
                        column += slices(bench, broker, flags, SECONDS)
        finally:
            for broker in pair:
                broker.stop()
    ratios = {}
    for name, (floor, coppice) in costs.items():
        ratios[name] = cheap(coppice) / cheap(floor)
        print(f"{name}: {cheap(coppice):.3f} (median {statistics.median(coppice):.3f}) and {cheap(floor):.3f} ({statistics.median(floor):.3f}) µs CPU a message, "
              f"{rounds} rounds", flush=True)
    return ratios


def cheap(costs):
    return sorted(costs)[len(costs) * QUANTILE // 100]


def slices(bench, broker, flags, seconds):
    """CPU a message, without the JVM's compilers, in slices of a twentieth of a second."""
    result = bench.load(broker, f"{flags} --warmup 0.2 --duration {seconds} --slices {SLICES} --without C")
    bad = result.get("failed") or {key: result[key] for key in BAD if result.get(key)}
    if bad:
        raise SystemExit(f"{broker.label}: {flags}: {bad}")
    return [each for each in result["slices"] if each > 0]
