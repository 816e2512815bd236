"""What grows with what: latency with load, and the cost of a message with subscribers, subscriptions and nodes."""
import asyncio
import os

from . import brokers
from .brokers import BROKER_CPU, Missing, on_cpu
from .table import ALL

from nodes import Cluster

RATES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000)
SUBSCRIBERS = (1, 10, 100, 1_000, 10_000)
SUBSCRIPTIONS = (100, 1_000, 10_000, 100_000, 1_000_000)
# With 10,000 filters of one client each SUBSCRIBE of Mosquitto looks through all of them.
MOSQUITTO_SUBSCRIPTIONS_MAX = 100_000
NODES = (1, 2, 3)
SATURATED_US = 500_000
GENERATOR_PCT_MAX = 98


def some(bench, values):
    return values[::3] if bench.quick else values


def each(bench, names, chosen, **settings):
    """Brokers one after the other, each fresh and warmed by pairs."""
    for name in names:
        if name not in chosen or name in bench.missing:
            continue
        broker = brokers.ALL[name](bench.work, bench.pinned, **(settings if name == "coppice" else {}))
        try:
            broker.start()
            if broker.is_jvm:
                bench.load(broker, f"pairs --qos 1 --warmup 0.1 --duration {bench.warmup}")
            yield broker
        except (Missing, OSError) as reason:
            bench.lacks(brokers.ALL[name], reason)
        finally:
            broker.stop()


def latency(bench, chosen):
    """Open loop at rates that grow until it cannot keep up."""
    for broker in each(bench, ALL, chosen):
        for rate in some(bench, RATES):
            result = bench.load(broker, f"pairs --qos 1 --rate {rate} --warmup 0.7 --duration {bench.seconds / 2}")
            if result.get("gen_cpu_pct", 0) > GENERATOR_PCT_MAX and result["sent_s"] < rate * 0.9:
                break    # who sends has no time left to read, so this tells nothing of the broker
            bench.note("latency", rate, broker.name, result)
            if "failed" in result or result["recv_s"] < rate * 0.9 or result["p99_us"] > SATURATED_US:
                break


def subscribers(bench, chosen):
    for broker in each(bench, ("floor", "coppice", "mosquitto"), chosen):
        for count in some(bench, SUBSCRIBERS):
            warmup = 1 if broker.is_jvm else 0.3
            bench.note("subscribers", count, broker.name,
                       bench.load(broker, f"fanout --pubs 1 --subs {count} --window 8 --qos 0 --warmup {warmup} --duration {bench.seconds / 2}"))


def subscriptions(bench, chosen):
    for broker in each(bench, ("coppice", "mosquitto"), chosen):
        for count in some(bench, SUBSCRIPTIONS):
            if broker.name == "mosquitto" and count > MOSQUITTO_SUBSCRIPTIONS_MAX:
                break
            warmup = 2 if broker.is_jvm else 0.3
            bench.note("subscriptions", count, broker.name,
                       bench.load(broker, f"wildcard --subscriptions {count} --subs 100 --warmup {warmup} --duration {bench.seconds / 2}"))


def nodes(bench, chosen):
    """Each message from one node to another, all nodes on one processor: what the ways between nodes cost, not what more machines give."""
    if "coppice" in chosen:
        for count in NODES[:2] if bench.quick else NODES:
            asyncio.run(cluster(bench, count))


async def cluster(bench, count):
    work = os.path.join(bench.work, f"cluster-{count}")
    os.makedirs(work)
    prefix = on_cpu(BROKER_CPU, bench.pinned)
    async with Cluster(brokers.Coppice.jar, work, size=count, prefixes=[prefix] * count) as members:
        ports, pids = [node.port for node in members], [node.process.pid for node in members]
        # as many JVMs on one processor take as many times as long to compile what they run
        flags = f"pairs --qos 1 --shift 1 --warmup {(bench.warmup / 2) * (1 + count)} --duration {bench.seconds}"
        bench.note("nodes", count, "coppice", bench.run(bench.command(ports, pids, flags)))
