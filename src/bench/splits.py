#!/usr/bin/env python3
"""Parts the network between three nodes, stops their processes, heals, and judges what clients saw. Needs root and iproute2.

    splits.py [--faults cut,one-way,ring-broken,shatter,flap,pause] [--rounds 3] [--seconds 5,45] [--seed N] [--jar JAR]
    splits.py --self-test                         plants violations and sees that each is caught

Each node lives in a network namespace; a bridge joins them, and clients reach all of them whatever happens. A direction is cut by a
wrong hardware address for the other node: what is sent is silently lost. A node that leaves with 4 (thrown out) or 2 (found no
majority) is started again, as a supervisor would. During all of it publishers at QoS 1 and 2, subscribers with persistent
sessions and writers of retained messages go to any node; who is not answered gives up after seconds and tries another one, and half
of them leave the old connection open (not with --patient).
Then has to hold: what history.py says; after `--lease` seconds a minority accepts and acknowledges nothing, and after `--view` seconds it
answers CONNECT with 0x88 or does not listen; nobody is served on two connections; retained values are the same on all nodes and not older than
the last acknowledged write; all serves again `--recover` seconds after the heal. Exits with 1 and says what was seen if not.
Removes its namespaces, and ends only what it started.
"""
import argparse
import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

import history as histories
from cluster import progress, settle, subscriber
from history import History
from nodes import FAILURES, Client, Cluster, Refused, Sent, clock, open_loop, roam, until

KINDS = ("cut", "one-way", "ring-broken", "shatter", "flap", "pause")
RETAINED = [f"retained/{i}" for i in range(4)]
NOWHERE = "02:c0:ff:ff:ff:ff"


def ip(*words, check=True):
    subprocess.run(["ip", *words], check=check, stdout=subprocess.DEVNULL, stderr=None if check else subprocess.DEVNULL)


class Network:
    """Namespaces and a bridge, all named after this process."""

    def __init__(self, size=3):
        self.size, self.pid = size, os.getpid()
        self.bridge = f"cpb{self.pid}"
        self.spaces = [f"coppice-{self.pid}-{i}" for i in range(size)]
        self.hosts = [f"10.213.{self.pid % 250}.{i + 1}" for i in range(size)]
        self.blocked = set()

    def __enter__(self):
        try:
            ip("link", "add", self.bridge, "type", "bridge")
            ip("addr", "add", f"10.213.{self.pid % 250}.254/24", "dev", self.bridge)
            ip("link", "set", self.bridge, "up")
            for i, space in enumerate(self.spaces):
                ip("netns", "add", space)
                ip("link", "add", f"cpv{self.pid}-{i}", "type", "veth", "peer", "name", "eth0", "netns", space)
                ip("-n", space, "link", "set", "eth0", "address", self.hardware(i))
                ip("-n", space, "addr", "add", self.hosts[i] + "/24", "dev", "eth0")
                ip("-n", space, "link", "set", "lo", "up")
                ip("-n", space, "link", "set", "eth0", "up")
                ip("link", "set", f"cpv{self.pid}-{i}", "master", self.bridge, "up")
            self.block(set())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *failure):
        for i, space in enumerate(self.spaces):
            ip("link", "del", f"cpv{self.pid}-{i}", check=False)
            ip("netns", "del", space, check=False)
        ip("link", "del", self.bridge, check=False)

    def hardware(self, i):
        return f"02:c0:00:00:00:0{i + 1}"

    def block(self, pairs):
        """From now on nothing goes from i to j for these pairs (i, j), and everything for all others."""
        for i in range(self.size):
            for j in range(self.size):
                if i != j:
                    ip("-n", self.spaces[i], "neigh", "replace", self.hosts[j], "lladdr",
                       NOWHERE if (i, j) in pairs else self.hardware(j), "dev", "eth0", "nud", "permanent")
        self.blocked = set(pairs)


class Quorum:
    """Which nodes can reach no majority since when, and what they may not do then."""

    def __init__(self, history, lease):
        self.history, self.lease, self.since = history, lease, {}
        self.answers = {}  # how CONNECT was answered: how often
        history.on_answer = self.answered

    def out(self, node, when):
        return node in self.since and when > self.since[node] + self.lease

    def answered(self, sent):
        if sent.safe and self.out(sent.node, sent.acked):
            self.history.fault(f"acknowledged out of quorum: {self.history.tell(sent)}; it was cut off at "
                               f"{self.since[sent.node] - self.history.begun:.3f} s")

    def connected(self, client):
        self.count("accepted")
        if self.out(client.link.node.name, client.link.acknowledged):
            self.history.fault(f"served out of quorum: {client.name} was accepted by {client.link.node.name}, which was cut off at "
                               f"{self.since[client.link.node.name] - self.history.begun:.3f} s")

    def refused(self, client, node, code):
        self.count(f"{code:#x}")
        if code != 0x88:
            self.history.fault(f"refused with {code:#x}: {client.name} by {node.name}")

    def count(self, answer):
        self.answers[answer] = self.answers.get(answer, 0) + 1

    async def probe(self, nodes, view, stop):
        """Asks those that were cut off whether they serve, as a new client."""
        number = 0
        while not stop.is_set():
            for node in [node for node in nodes if node.name in self.since]:
                number += 1
                client, begun = Client(f"probe-{number}", expiry=0), clock()
                try:
                    await client.connect(node, timeout=5)
                    self.connected(client)
                except Refused as refused:
                    self.refused(client, node, refused.code)
                except asyncio.TimeoutError:
                    self.count("silent")
                    if begun > self.since.get(node.name, begun) + view:
                        self.history.fault(f"silent out of quorum: {node.name} did not answer CONNECT, {begun - self.since[node.name]:.0f} s "
                                           "after it was cut off")
                except OSError:
                    self.count("not listening")
                client.cut()
            await asyncio.sleep(1)


def judge_retained(writes, seen):
    """What is wrong with the values that were seen last, by node, of a topic with these writes; None is no value."""
    if len(set(seen.values())) > 1:
        return f"nodes disagree: {seen}"
    value = next(iter(seen.values()))
    candidates = [write for write in writes if write.payload == (value or b"")]
    if not candidates and (value is not None or any(write.safe for write in writes)):
        return f"{value} was never written, or nothing is there though it was"
    newer = [write for write in writes if write.safe]
    for candidate in candidates:
        if candidate.acked is None or not any(write.due > candidate.acked for write in newer):
            return None
    if not candidates:
        return None
    latest = max(newer, key=lambda write: write.due)
    return (f"all nodes have {value}, written at {candidates[-1].due:.3f} and answered {candidates[-1].code:#x} at {candidates[-1].acked:.3f}, "
            f"but {latest.payload} was written at {latest.due:.3f} by {latest.publisher} and acknowledged at {latest.acked:.3f} by {latest.node}")


class Retained:
    """Writers, each with one write under way at a time."""

    def __init__(self, history, writers, rng):
        self.history, self.writers, self.rng = history, writers, rng
        self.writes, self.last = {topic: [] for topic in RETAINED}, {}

    async def write(self, stop):
        number = 0
        while not stop.is_set():
            for writer in self.writers:
                last = self.last.get(writer.name)
                if last is None or last.code is not None:
                    number += 1
                    topic = self.rng.choice(RETAINED)
                    payload = b"" if self.rng.random() < 0.15 else f"{writer.name} {number}".encode()
                    self.last[writer.name] = writer.publish(topic, payload, 1, retain=True)
                    self.last[writer.name].seq = number
                    self.writes[topic].append(self.last[writer.name])
            await asyncio.sleep(0.05)

    async def seen(self, nodes):
        """The retained values on each node, as a new subscriber gets them."""
        values = {topic: {} for topic in RETAINED}
        for node in nodes:
            got = {}
            reader = Client(f"reader-{node.name}", expiry=0, on_message=lambda topic, payload, *_: got.__setitem__(topic, payload))
            await reader.connect(node, timeout=10)
            await reader.subscribe(["retained/+"], 1)
            await asyncio.sleep(1)
            await reader.close()
            for topic in RETAINED:
                values[topic][node.name] = got.get(topic)
        return values

    async def check(self, nodes, seconds=30):
        end, wrong = clock() + seconds, {"": "never read"}
        while wrong and clock() < end:
            try:
                values = await self.seen(nodes)
                wrong = {topic: judge_retained(self.writes[topic], seen) for topic, seen in values.items()}
                wrong = {topic: words for topic, words in wrong.items() if words}
            except FAILURES as failure:
                wrong = {"": f"not readable: {failure!r}"}
        for topic, words in wrong.items():
            self.history.fault(f"retained: {topic}: {words}; the clock began at {self.history.begun:.3f}")


async def serves(nodes, label):
    """Whether each node is ready, accepts a client, and gets what is published on any."""
    came = []
    clients = [Client(f"serves-{node.name}", expiry=0, on_message=lambda topic, payload, *_: came.append(payload)) for node in nodes]
    try:
        for client, node in zip(clients, nodes):
            if not await node.healthy():
                return False
            await client.connect(node, timeout=5)
            await client.subscribe([f"serves/{label}"], 1, 5)
        for client in clients:
            client.publish(f"serves/{label}", client.name.encode(), 1)
        return await until(lambda: len(came) == len(nodes) ** 2, 3)
    except FAILURES:
        return False
    finally:
        for client in clients:
            client.cut()


async def supervise(nodes, history, exits):
    while True:
        for node in nodes:
            code = node.process.poll()
            if code is not None:
                exits.append(f"{node.name}:{code}")
                if code not in (2, 4):
                    history.fault(f"{node.name} ended with {code}: {node.log}")
                node.begin()
        await asyncio.sleep(0.2)


async def inflict(kind, seconds, network, nodes, quorum, rng):
    """One fault, for so long; answers what it was."""
    everyone = {(i, j) for i in range(3) for j in range(3) if i != j}
    i, j, _ = rng.sample(range(3), 3)
    mine = {pair for pair in everyone if i in pair}
    if kind == "pause":
        nodes[i].signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            nodes[i].signal(signal.SIGCONT)
        return f"{nodes[i].name} stood still"
    if kind == "flap":
        end = clock() + seconds
        while clock() < end:
            network.block(mine)
            await asyncio.sleep(rng.uniform(0.3, 8))
            network.block(set())
            await asyncio.sleep(rng.uniform(0.3, 4))
        return f"{nodes[i].name} came and went"
    ways = {"from": {p for p in mine if p[0] == i}, "to": {p for p in mine if p[1] == i}, f"to {nodes[j].name} from": {(i, j)}}
    way = rng.choice(sorted(ways))
    pairs = {"cut": mine, "one-way": ways[way], "ring-broken": {(i, j), (j, i)}, "shatter": everyone}[kind]
    network.block(pairs)
    quorum.since = {nodes[k].name: clock() for k in range(3) if kind == "shatter" or kind == "cut" and k == i}
    await asyncio.sleep(seconds)
    quorum.since = {}
    network.block(set())
    return {"cut": f"{nodes[i].name} alone", "one-way": f"nothing {way} {nodes[i].name}", "shatter": "everyone alone",
            "ring-broken": f"not between {nodes[i].name} and {nodes[j].name}"}[kind]


async def campaign(args, work, history, network):
    rng = random.Random(args.seed)
    exits, tasks = [], []
    queues = {"limits.queue-messages-max": 1000000, **args.settings}
    async with Cluster(args.jar, work, 3, queues, args.java, network.hosts, [("ip", "netns", "exec", each) for each in network.spaces]) as nodes:
        quorum = Quorum(history, args.lease)
        subscribers = [subscriber(f"s{i}", history) for i in range(8)]
        publishers = [Client(f"p{i}", history, window=200) for i in range(6)]
        retained = Retained(history, [Client(f"w{i}", history) for i in range(3)], rng)
        topics = [f"splits/{client.name}/{qos}" for client in subscribers for qos in (1, 2)]
        for i, client in enumerate([*subscribers, *publishers, *retained.writers]):
            await client.connect(nodes[i % 3])
        for topic in topics:
            history.expects(topic.split("/")[1], topic)
        tasks.append(asyncio.ensure_future(supervise(nodes, history, exits)))
        print("| fault | s | all serves again after s | acknowledged | refused | QoS 1 repeats | longest wait for an answer s | nodes that left | "
              "CONNECTs answered |\n|---|---|---|---|---|---|---|---|---|", flush=True)
        try:
            for number, kind in enumerate(args.faults * args.rounds):
                before, faults = (history.acknowledged, history.refused, history.duplicates), len(history.faults)
                exits.clear()
                quorum.answers = {}
                stop, done, waits = asyncio.Event(), asyncio.Event(), [0]
                history.on_answer = lambda sent: (quorum.answered(sent), waits.append(sent.acked - sent.due))
                away = subscribers[:2]
                for client in subscribers:  # a session that was lost has been told of; the next round begins with a whole one
                    if not client.connected:
                        await client.connect(rng.choice(nodes))
                    await client.subscribe([f"splits/{client.name}/+"], 2)
                for client in away:
                    await client.close()
                moving = [*subscribers[2:], *publishers, *retained.writers]
                roaming = [asyncio.ensure_future(roam(
                    client, lambda _: rng.choice(nodes), done, *((30, 60) if args.patient else (3, 5)), quorum.refused, quorum.connected,
                    ghosts=i % 2 and not args.patient)) for i, client in enumerate(moving)]
                working = [asyncio.ensure_future(task) for task in (
                    open_loop(args.rate, lambda n, due: history.publish(publishers[n % 6], topics[n // 6 % len(topics)], 1 + n // 6 % 2, due), stop),
                    retained.write(stop), quorum.probe(nodes, args.view, stop))]
                tasks += roaming + working
                await asyncio.sleep(3)
                seconds = rng.uniform(*args.seconds)
                what = await inflict(kind, seconds, network, nodes, quorum, rng)
                healed, tries = clock(), 0
                while not await serves(nodes, f"{number}/{tries}") and clock() < healed + args.recover:
                    tries += 1
                    await asyncio.sleep(0.5)
                again = clock() - healed
                if again > args.recover:
                    history.fault(f"round {number}, {kind}: not everything serves {again:.0f} s after the heal")
                stop.set()
                await asyncio.gather(*working)
                roaming += [asyncio.ensure_future(roam(client, lambda _: rng.choice(nodes), done)) for client in away]
                tasks += roaming[-2:]
                await settle(history, [*publishers, *retained.writers], 60)
                await retained.check(nodes)
                done.set()
                await asyncio.gather(*roaming)
                after = (history.acknowledged, history.refused, history.duplicates)
                cells = " | ".join(f"{new - old:,}" for new, old in zip(after, before))
                print(f"| {kind}: {what} | {seconds:.0f} | {again:.1f} | {cells} | {max(waits):.1f} | {' '.join(exits)} | "
                      f"{', '.join(f'{count} {answer}' for answer, count in sorted(quorum.answers.items()))} |", flush=True)
                some = history.few(faults)
                for fault in some:
                    progress(f"WRONG in round {number}, {kind}: {fault}")
                words = set(" ".join(some).replace(",", " ").split())
                for client in [*moving, *away]:
                    if words & {client.name, f"{{'{client.name}':", f"'{client.name}':"}:
                        progress(f"{client.name}, {client.outstanding()} unanswered: {client.lately(30)}")
        finally:
            for task in tasks:
                task.cancel()


def self_test():
    """Every violation that this script is there to find, planted."""
    wrong = histories.self_test()

    def write(seq, due, acked, code=0, payload=None):
        sent = Sent("w", "r", seq, f"w {seq}".encode() if payload is None else payload, 1, True, due)
        sent.acked, sent.code, sent.node = acked, code, "a"
        return sent

    class Place:
        name = node = None

        def __init__(self, name):
            self.name, self.node, self.open, self.publishes = name, self, True, 0

    def client(history):
        made = Client("c", history)
        made.link, made.has_session = Place("a"), True
        made.link.acknowledged, made.link.clean = clock() - 5, False
        made.link.connack = asyncio.new_event_loop().create_future()
        made.link.send = lambda data: None
        return made

    one, two, clear = write(1, 1, 2), write(2, 3, 4), write(3, 5, 6, payload=b"")
    late, unsure, no = write(4, 3, 9), write(5, 1, None, None), write(6, 1, 2, 0x97)
    history = History()
    quorum = Quorum(history, 6)
    quorum.since = {"a": clock() - 20}
    cases = [("retained values of two nodes", judge_retained([one, two], {"a": b"w 2", "b": b"w 1"})),
             ("an old retained value", judge_retained([one, two], {"a": b"w 1"})),
             ("a cleared one that is back", judge_retained([two, clear], {"a": b"w 2"})),
             ("a retained value that is gone", judge_retained([one], {"a": None})),
             ("a refused write over a later one", judge_retained([no, two], {"a": b"w 6"})),
             ("no fault: the last", not judge_retained([one, two], {"a": b"w 2", "b": b"w 2"})),
             ("no fault: either of two at once", not judge_retained([two, late], {"a": b"w 2"}) and not judge_retained([two, late], {"a": b"w 4"})),
             ("no fault: one that was never answered", not judge_retained([one, unsure], {"a": b"w 5"})),
             ("no fault: cleared", not judge_retained([two, clear], {"a": None})),
             ("no fault: never written", not judge_retained([], {"a": None}))]

    def plants(words, act):
        count = len(history.faults)
        act()
        cases.append((words, any(words.split(",")[0] in fault for fault in history.faults[count:])))
    sent = write(7, clock() - 1, clock())
    plants("acknowledged out of quorum", lambda: quorum.answered(sent))
    plants("served out of quorum", lambda: quorum.connected(client(history)))
    plants("refused with 0x95, where 0x88 is due", lambda: quorum.refused(Place("c"), Place("a"), 0x95))
    plants("two served", lambda: client(history).received(Place("b"), 0x30, b"\0\1ax", 0, 4))

    def lose_session():
        losing = client(history)
        losing.received(losing.link, 0x20, b"\0\0\0", 0, 3)
    plants("session lost", lose_session)
    count = len(history.faults)
    quorum.since = {}
    quorum.answered(sent)
    quorum.connected(client(history))
    cases.append(("no fault: in quorum", len(history.faults) == count))
    for words, caught in cases:
        wrong += not caught
        print(f"{'right' if caught else 'WRONG'}: {words}")
    return wrong


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--self-test", action="store_true")
    options.add_argument("--faults", default=",".join(KINDS), type=lambda value: value.split(","))
    options.add_argument("--rounds", type=int, default=3, help="of each fault")
    options.add_argument("--seconds", default="5,45", type=lambda value: tuple(map(float, value.split(","))), help="a fault lasts")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rate", type=float, default=200, help="messages a second")
    options.add_argument("--lease", type=float, default=5, help="the lease of 2 s and what the script may be late")
    options.add_argument("--view", type=float, default=30)
    options.add_argument("--recover", type=float, default=90)
    options.add_argument("--patient", action="store_true", help="clients wait for a CONNACK for a minute, not 5 s, and close what they give up")
    options.add_argument("--jar", default="target/coppice.jar")
    options.add_argument("--java", default="-Xmx512m", type=str.split)
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = options.parse_args()
    if args.self_test:
        sys.exit(1 if self_test() else 0)
    if set(args.faults) - set(KINDS):
        options.error(f"faults are {', '.join(KINDS)}")
    if os.geteuid() != 0:
        sys.exit("network namespaces need root")
    args.settings = dict(pair.split("=", 1) for pair in args.set)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    history, work, failed = History(), tempfile.mkdtemp(prefix="coppice-splits-"), True
    progress(f"0 s is {history.utc} UTC")
    try:
        with Network() as network:
            asyncio.run(campaign(args, work, history, network))
        failed = bool(history.faults)
    finally:
        if failed:
            print(f"{len(history.faults)} faults, seed {args.seed}; logs in {work}", file=sys.stderr)
        else:
            shutil.rmtree(work)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
