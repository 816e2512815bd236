"""The scenarios that every broker runs, in turn, and what is asked of Coppice in them."""
import collections
import time

from . import brokers
from .brokers import Missing

Target = collections.namedtuple("Target", "of metric at_most text")
Scenario = collections.namedtuple("Scenario", "name title flags brokers targets")
# Loads that end by themselves are over before a JVM has compiled what they need: 90,000 queued messages or 5,000 connections take it 0.2 s.
WARM_LOADS, WARM_SECONDS = 16, 20
FORWARDERS = ("floor", "coppice", "mosquitto", "hivemq", "moquette")
ALL = FORWARDERS[1:]
TLS = ("coppice", "mosquitto")


def cpu(of, at_most):
    return Target(of, "broker_cpu_us_msg", at_most, "CPU a message")


SCENARIOS = [
    Scenario("pairs-0", "16 pairs, QoS 0", "pairs --qos 0", FORWARDERS, [cpu("floor", 6)]),
    Scenario("pairs-1", "16 pairs, QoS 1", "pairs --qos 1", FORWARDERS, [cpu("floor", 7)]),
    Scenario("pairs-2", "16 pairs, QoS 2", "pairs --qos 2", FORWARDERS, [cpu("floor", 4.5)]),
    Scenario("fanout-0", "1 to 1,000, QoS 0", "fanout --pubs 1 --subs 1000 --window 8 --qos 0", FORWARDERS, [cpu("floor", 2)]),
    Scenario("fanout-1", "1 to 1,000, QoS 1", "fanout --pubs 1 --subs 1000 --window 8 --qos 1", FORWARDERS, [cpu("floor", 2.3)]),
    Scenario("shared-1", "shared, 16 to a group of 4, QoS 1", "shared --qos 1", ALL, [cpu("mosquitto", 0.08)]),
    Scenario("wildcard", "100,000 subscriptions, exact, + and #", "wildcard --subscriptions 100000 --subs 100", ALL, [cpu("mosquitto", 0.20)]),
    Scenario("retained", "100,000 retained, replayed", "retained --messages 100000 --drains 5 --clear", ALL, [cpu("mosquitto", 0.14)]),
    Scenario("queue", "100 sessions of 1,000 queued, QoS 1", "queue --subs 100 --messages 1000", ALL, [cpu("mosquitto", 0.13)]),
    Scenario("connect", "5,000 clients connect", "connect --subs 5000 --hold 0.2", ALL, [Target("mosquitto", "conn_s", 1, "connections/s")]),
    Scenario("open-2000", "2,000 messages/s, open loop, QoS 1", "pairs --qos 1 --rate 2000", ALL,
             [cpu("mosquitto", 1), Target("mosquitto", "p99_us", 2, "p99")]),
    Scenario("tls-0", "16 pairs, QoS 0, TLS", "pairs --qos 0", TLS, [Target("pairs-0", "broker_cpu_us_msg", 1.5, "CPU a message")]),
]
TITLES = {scenario.name: scenario.title for scenario in SCENARIOS}


def streams(scenario):
    return scenario.flags.split()[0] not in ("retained", "queue", "connect")


class Fleet:
    """The brokers that take turns, each started when it is first wanted. The queue has a Coppice of its own, whose state is in memory as that of the others is."""

    def __init__(self, bench, chosen):
        self.bench, self.chosen = bench, chosen
        self.live, self.warm = {}, set()

    def get(self, name, scenario):
        """A broker, or None where there is none."""
        kind = brokers.ALL[name]
        key = name + (" in memory" if name == "coppice" and scenario.name == "queue" else "")
        if name not in self.chosen or name in self.bench.missing:
            return None
        if key not in self.live:
            try:
                if key.endswith("memory"):
                    broker = kind(self.bench.work, self.bench.pinned, settings={"durability": "memory"})
                elif name in TLS:
                    broker = kind(self.bench.work, self.bench.pinned, tls=True)
                else:
                    broker = kind(self.bench.work, self.bench.pinned)
                self.live[key] = broker.start()
            except (Missing, OSError) as reason:
                self.bench.lacks(kind, reason)
                return None
        return self.live[key]

    def stop(self):
        for broker in self.live.values():
            broker.stop()


def run(bench, scenarios, chosen):
    fleet = Fleet(bench, chosen)
    try:
        for scenario in scenarios:
            for repetition in range(bench.repeat):
                for name in scenario.brokers:
                    broker = fleet.get(name, scenario)
                    if broker:
                        one(bench, scenario, broker, first=repetition == 0, cold=broker not in fleet.warm)
                        fleet.warm.add(broker)
    finally:
        fleet.stop()


def one(bench, scenario, broker, first, cold):
    """One measurement. A JVM is warmed before the first of a scenario, longest when it is new; what of it is still to be compiled then, the median leaves out."""
    tls = scenario.name.startswith("tls")
    flags = scenario.flags
    if streams(scenario):
        warmup = 0.5 if not broker.is_jvm or not first else bench.warmup if cold else bench.warmup / 2
        flags += f" --warmup {warmup} --duration {bench.seconds}"
    elif broker.is_jvm and first:
        until = time.monotonic() + (0 if bench.quick else WARM_SECONDS)
        for _ in range(WARM_LOADS):
            bench.load(broker, flags.replace("--messages 100000", "--messages 30000"))
            if time.monotonic() > until:
                break
    bench.note("table", scenario.name, broker.name, bench.load(broker, flags, tls))


def starts(bench, chosen):
    """From the start of the process until it lets clients in."""
    for _ in range(bench.repeat):
        for name in ALL:
            if name not in chosen or name in bench.missing:
                continue
            broker = brokers.ALL[name](bench.work, bench.pinned)
            try:
                broker.start()
                bench.note("start", "ready", name, {"seconds": broker.start_seconds, "rss_mib": broker.rss_bytes() / 2**20})
            except (Missing, OSError) as reason:
                bench.lacks(brokers.ALL[name], reason)
            finally:
                broker.stop()
