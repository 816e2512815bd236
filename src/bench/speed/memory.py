"""Memory: of every broker against connections; of Coppice by what it holds, with the classes that hold it; and as many idle connections as the machine has room for."""
import os
import re
import time

from . import brokers, growth
from .brokers import Coppice
from .measure import told
from .table import ALL

STEPS = (1_000, 5_000, 15_000)
# The door lets 10,000 CONNECTs a second in, which is not what is measured here.
OPEN_DOOR = {"limits.connect-rate-max": 0}
SMALL_HEAP = ("-Xmx512m",)
CLASSES_TOLD = 12
MANY_BROKERS, MANY_CLIENTS = 6, 17_000


def run(bench, chosen):
    """Resident memory against idle connections, after a collection where the broker is a JVM."""
    for broker in growth.each(bench, ALL, chosen, settings=OPEN_DOOR):
        bench.load(broker, "connect --subs 1000 --hold 0.1")
        broker.collect()
        bench.results.add("memory", 0, broker.name, bench.pinned, rss_mib=broker.rss_bytes() / 2**20)
        for count in growth.some(bench, STEPS):
            command = bench.command([broker.port], [broker.pid], f"connect --subs {count} --hold 1")
            if broker.is_jvm:
                command += ["--hook", f"jcmd {broker.pid} GC.run >/dev/null"]
            result = bench.run(command)
            bench.note("memory", count, broker.name, result, rss_mib=result.get("rss_after_mib"))


def idle(bench, chosen):
    """Live heap and resident memory of each thing that a node holds, by what they have grown."""
    if "coppice" not in chosen:
        return
    share = 5 if bench.quick else 1
    subjects = [
        ("connection, TCP", 10_000 // share, "connect --subs {} --hold 1", {}, False),
        ("connection, TLS", 4_000 // share, "connect --subs {} --hold 1", {}, True),
        ("subscription", 100_000 // share, "wildcard --subscriptions {} --subs 100 --warmup 0 --duration 0.2", {}, False),
        ("retained message", 100_000 // share, "retained --messages {} --drains 1", {}, False),
        ("queued message", 100_000 // share, "queue --subs 100 --messages {}", {"durability": "memory"}, False),
    ]
    for what, count, flags, settings, tls in subjects:
        broker = Coppice(bench.work, bench.pinned, settings={**OPEN_DOOR, **settings}, tls=tls, java=SMALL_HEAP)
        try:
            broker.start()
            warm = flags.format(20 if "queue" in flags else 1_000)
            for _ in range(2):
                bench.load(broker, warm, tls)
            held(bench, broker, what, count, flags.format(count // 100 if "queue" in flags else count), tls)
        finally:
            broker.stop()


def held(bench, broker, what, count, flags, tls):
    """One subject: the load generator has the heap looked at before and after it has brought what is weighed."""
    folder = os.path.join(bench.work, f"histograms-{broker.port}")
    os.makedirs(folder)
    hook = f"n=$(ls {folder} | wc -l); jcmd {broker.pid} GC.class_histogram >{folder}/$n && cat /proc/{broker.pid}/statm >>{folder}/$n"
    port = broker.tls_port if tls else broker.port
    result = bench.run([*bench.command([port], [broker.pid], flags + (" --tls" if tls else "")), "--hook", hook])
    try:
        before, after = (look(os.path.join(folder, number)) for number in "01")
    except (OSError, IndexError, ValueError):
        before = after = ({}, 0, 0)
        result["failed"] = result.get("failed", "no histogram")
    classes = sorted(((size - before[0].get(name, (0, 0))[1], number - before[0].get(name, (0, 0))[0], name) for name, (number, size) in after[0].items()),
                     reverse=True)[:CLASSES_TOLD]
    bench.note("idle", what, broker.name, result, count=count, heap_b=(after[1] - before[1]) / count, rss_b=(after[2] - before[2]) / count,
               classes=[[name, round(number / count, 2), round(size / count, 1)] for size, number, name in classes])


def look(path):
    """A histogram with the process's pages behind it: by class, (objects, bytes); live bytes; resident bytes."""
    with open(path) as file:
        lines = file.read().strip().splitlines()
    classes = {}
    for line in lines:
        row = re.match(r" *\d+: +(\d+) +(\d+) +(\S+)", line)
        if row:
            classes[row.group(3)] = (int(row.group(1)), int(row.group(2)))
    return classes, int(lines[-2].split()[2]), int(lines[-1].split()[1]) * os.sysconf("SC_PAGE_SIZE")


def many(bench, chosen):
    """Idle connections of all processes together, held at one time. A process may have so many descriptors here that it takes several of them at both ends."""
    if "coppice" not in chosen:
        return
    count = MANY_BROKERS if not bench.quick else 2
    fleet = [Coppice(bench.work, False, settings={**OPEN_DOOR, "listeners.mqtt.host": f"127.0.0.{number + 1}"}, java=SMALL_HEAP) for number in range(count)]
    loads = []
    try:
        for broker in fleet:
            broker.start()
        before, base = sum(broker.rss_bytes() for broker in fleet), descriptors(fleet)
        for number, broker in enumerate(fleet):
            command = [brokers.mqload(), *f"connect --subs {MANY_CLIENTS} --hold 20 --srcips 4 --timeout 120 --host 127.0.0.{number + 1} --port {broker.port}".split()]
            loads.append(bench.begin(command))
        most, resident, begun = 0, 0, time.monotonic()
        while any(load.poll() is None for load in loads) and time.monotonic() < begun + 170:
            open_now = descriptors(fleet) - base
            if open_now >= most:
                most, resident = open_now, sum(broker.rss_bytes() for broker in fleet)
            time.sleep(0.5)
        said = [told(*load.communicate()) for load in loads]
        held_at_end = sum(each.get("still_ready", 0) for each in said)
        failed = [each["failed"] for each in said if "failed" in each]
        bench.note("many", "idle", "coppice", {"failed": failed[0]} if failed else {"dropped_conns": sum(each.get("dropped_conns", 0) for each in said)},
                   processes=count, asked=count * MANY_CLIENTS, held=held_at_end, at_once=most, rss_b=(resident - before) / max(1, held_at_end))
    finally:
        for load in loads:
            if load.poll() is None:
                load.kill()
            load.wait()
        for broker in fleet:
            broker.stop()


def descriptors(fleet):
    return sum(len(os.listdir(f"/proc/{broker.pid}/fd")) for broker in fleet)
