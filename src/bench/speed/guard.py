"""Whether a message costs more CPU than it did, as a multiple of what the floor takes in the same run.

The two run in turn, so that a machine that is busy or slow is so for both, and what they take is told in slices of a tenth of a second. A cheap slice of each counts, since
whatever else runs there can only add; not the cheapest, which would be one without a garbage collection. What is recorded was measured the same way, and bears its date.
"""
import json
import os
import re
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
SECONDS, SLICES = 1, 10
# CPU that the JVM has had before anything counts: until then much of it compiles, or runs what is not compiled.
WARM_CPU_SECONDS, WARM_SECONDS_MAX = 12, 24
ROUNDS = 3
# While a ratio seems to have risen, so many rounds more; a rise stays, and what disturbed does not.
DOUBTS_MAX = 4
SECONDS_MAX = 150
# Broker or load generator, whichever is the slower, has its processor to itself but for others. With less of it than this a measurement does not count.
SHARE_MIN = 0.7
SLICES_MIN = 15
# Of all slices of a broker the one that so many of a hundred are cheaper than.
QUANTILE = 10
RECORDINGS = 5


def run(record):
    """Exit status: 0 unless a ratio has risen too far, or a message went wrong."""
    if record:
        runs = [measured({}) for _ in range(RECORDINGS)]
        if any(len(each) < len(LOADS) for each in runs):
            print("nothing is recorded: the machine is too busy")
            return 1
        ratios = {name: round(statistics.median(each[name] for each in runs), 3) for name in LOADS}
        with open(RECORDED, "w") as file:
            json.dump({"date": time.strftime("%Y-%m-%d", time.gmtime()), "rise_max": RISE_MAX, "machine": brokers.machine(), "ratios": ratios}, file, indent=2)
            file.write("\n")
        print("recorded:", ratios)
        return 0
    with open(RECORDED) as file:
        recorded = json.load(file)
    here, there = like(brokers.machine()), like(recorded["machine"])
    if here != there:
        print(f"NOT JUDGED: recorded on {' and '.join(there)}, and this is {' and '.join(here)}", flush=True)
        return 0
    most = {name: ratio * recorded["rise_max"] for name, ratio in recorded["ratios"].items()}
    risen = False
    ratios = measured(most)
    for name in set(LOADS) - set(ratios):
        print(f"{name}: NOT JUDGED, others had more than {1 - SHARE_MIN:.0%} of the processors all the time", flush=True)
    for name, ratio in ratios.items():
        before = recorded["ratios"][name]
        print(f"{name}: {ratio:.2f} times the floor, recorded {before:.2f} on {recorded['date']}: {ratio / before - 1:+.0%}", flush=True)
        if ratio > most[name]:
            risen = True
            print(f"{name} costs more than it may ({recorded['rise_max'] - 1:+.0%}): see The guard in src/docs/PERFORMANCE.md", flush=True)
    return 1 if risen else 0


def like(machine):
    """What a message costs beside the floor depends on the processor, and on the JVM's compiler."""
    release = re.search(r"\d+", machine["java"].partition("build ")[2])
    return machine["cpu"], f"Java {release.group() if release else 'unknown'}"


def measured(most):
    """The ratio of each load. What lies above its entry in `most` is measured for longer before it is believed."""
    began = time.monotonic()
    pinned = {0, 1} <= os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="coppice-guard-") as work:
        bench = Bench(work, None, pinned, 1, False)
        pair = [Floor(work, pinned), Coppice(work, pinned, settings={"durability": "memory"})]
        try:
            for broker in pair:
                broker.start()
            warm(bench, pair[1])
            costs = {name: ([], []) for name in LOADS}
            ratios, waiting, rounds = {}, list(LOADS), 0
            while waiting and rounds < ROUNDS * (1 + DOUBTS_MAX) and (not rounds or time.monotonic() - began < SECONDS_MAX):
                for _ in range(ROUNDS):
                    rounds += 1
                    for name in waiting:
                        for broker, column in zip(pair, costs[name]):
                            column += slices(bench, broker, LOADS[name], SECONDS)
                enough = [name for name in waiting if min(map(len, costs[name])) >= SLICES_MIN]
                ratios.update({name: cheap(costs[name][1]) / cheap(costs[name][0]) for name in enough})
                waiting = [name for name in waiting if name not in ratios or ratios[name] > most.get(name, ratios[name])]
        finally:
            for broker in pair:
                broker.stop()
    for name in ratios:
        floor, coppice = costs[name]
        print(f"{name}: {cheap(coppice):.3f} (median {statistics.median(coppice):.3f}) and {cheap(floor):.3f} ({statistics.median(floor):.3f}) µs CPU a message, "
              f"{len(floor)} slices", flush=True)
    return ratios


def warm(bench, broker):
    began = time.monotonic()
    while time.monotonic() - began < WARM_SECONDS_MAX and cpu_seconds(broker.pid) < WARM_CPU_SECONDS:
        for flags in LOADS.values():
            slices(bench, broker, flags, 1)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def cheap(costs):
    return sorted(costs)[len(costs) * QUANTILE // 100]


def slices(bench, broker, flags, seconds):
    """CPU a message, without the JVM's compilers, in slices of a tenth of a second."""
    result = bench.load(broker, f"{flags} --warmup 0.2 --duration {seconds} --slices {SLICES} --without C")
    bad = result.get("failed") or {key: result[key] for key in BAD if result.get(key)}
    if bad:
        raise SystemExit(f"{broker.label}: {flags}: {bad}")
    share = max(result["broker_cpu_us_msg"] * result["recv"] / result["secs"] / 1e6, result["gen_cpu_pct"] / 100)
    return [each for each in result["slices"] if each > 0] if share >= SHARE_MIN else []
