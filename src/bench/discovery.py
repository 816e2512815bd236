#!/usr/bin/env python3
"""Three nodes of `cluster.mode: kubernetes` find each other by a headless name, in network namespaces. Needs root, iproute2 and dnsmasq.

    discovery.py [--cases together,late,replaced,away,slow,stale,restart] [--rounds 3] [--seed N] [--jar JAR] [--set KEY=VALUE]

Each pod is a namespace with one address; dnsmasq, in a namespace of its own, answers the name with the addresses of the pods that are there, as
a headless Service with publishNotReadyAddresses does. A pod that comes again has another address. A node that leaves with 4 (thrown out) or
2 (found no majority) is started again, as a kubelet would.
    together   all three start at the same moment, with nothing on their disks
    late       the same, and the name has no address at first; addresses come one by one
    replaced   a node is killed and comes again with a new address; the old one goes from the name
    away       the same while the name server does not answer, for some time after the start
    slow       all start together, and each answer takes seconds
    stale      all start together, and the name leads to two addresses besides at which nobody is, and to one pod late
    restart    all three stop at once and come again with new addresses, in any order and some seconds apart
After each: every node is ready, sees three members, and gets what is published on any, within `--recover` seconds. While nodes form their
cluster none may serve that sees fewer than two. Prints a line of JSON for each case; exits with 1 if not all is so. Ends only what it started.
"""
import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

from cluster import metric, progress
from history import History
from nodes import Cluster, clock, die_with_parent
from splits import Network, ip, serves, supervise

CASES = ("together", "late", "replaced", "away", "slow", "stale", "restart")
NAME = "coppice-headless.test.svc.cluster.local"
PORT = 5701


class Pods(Network):
    """A namespace for each node, and the last one for the name server."""

    def __init__(self, work):
        super().__init__(4)
        self.records, self.next, self.server = os.path.join(work, "hosts"), 10, None
        self.named = set()

    def block(self, pairs):
        """Nobody is kept from anybody: neighbours find each other as ever."""

    def __enter__(self):
        super().__enter__()
        try:
            self.name(set())
            self.server = subprocess.Popen(
                ["ip", "netns", "exec", self.spaces[3], "dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                 "--user=root", "--pid-file=", f"--addn-hosts={self.records}", "--local-ttl=5", "--local=/local/"],
                stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
            for space in self.spaces[:3]:
                os.makedirs(f"/etc/netns/{space}")
                with open(f"/etc/netns/{space}/resolv.conf", "w") as resolver:
                    resolver.write(f"nameserver {self.hosts[3]}\n")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *failure):
        if self.server is not None:
            self.server.send_signal(signal.SIGCONT)
            self.server.terminate()
            self.server.wait()
        for space in self.spaces[:3]:
            shutil.rmtree(f"/etc/netns/{space}", ignore_errors=True)
        super().__exit__()

    def name(self, hosts):
        """From now on the name leads to these addresses."""
        self.named = set(hosts)
        with open(self.records + ".new", "w") as records:
            records.write("".join(f"{host} {NAME}\n" for host in sorted(hosts)))
        os.replace(self.records + ".new", self.records)
        if self.server is not None:
            self.server.send_signal(signal.SIGHUP)

    def answer(self, does):
        self.server.send_signal(signal.SIGCONT if does else signal.SIGSTOP)

    def nowhere(self):
        self.next += 1
        return f"10.213.{self.pid % 250}.{self.next}"

    def move(self, i, node):
        """The pod comes again, with another address."""
        old, self.hosts[i] = self.hosts[i], self.nowhere()
        ip("-n", self.spaces[i], "addr", "flush", "dev", "eth0")
        ip("-n", self.spaces[i], "addr", "add", self.hosts[i] + "/24", "dev", "eth0")
        place(node, self.hosts[i])
        return old


def place(node, host):
    node.host = host
    node.settings.update({"listeners.mqtt.host": host, "monitoring.host": host, "cluster.host": host, "cluster.port": PORT,
                          "cluster.mode": "kubernetes", "cluster.service": NAME})
    node.settings.pop("cluster.members", None)


async def slowly(pods, seconds):
    """An answer takes up to so long."""
    try:
        while True:
            pods.answer(False)
            await asyncio.sleep(seconds)
            pods.answer(True)
            await asyncio.sleep(0.05)
    finally:
        pods.answer(True)


async def lonely(nodes, history, stop):
    """No node serves that does not see a majority: two clusters would be found so."""
    while not stop.is_set():
        for node in nodes:
            if node.running and await node.healthy() and 0 < await metric(node, "mqtt_cluster_members") < 2:  # 0: not read
                history.fault(f"two clusters: {node.name} serves and sees no majority")
        await asyncio.sleep(0.2)


async def end(nodes, number):
    for node in nodes:
        node.signal(number)
    for node in nodes:
        await asyncio.get_running_loop().run_in_executor(None, node.process.wait)


async def inflict(kind, pods, nodes, rng):
    """Ends what has to end and starts it again; answers how."""
    fresh = kind in ("together", "late", "slow", "stale")
    chosen = nodes if fresh or kind == "restart" else [rng.choice(nodes)]
    number = rng.choice((signal.SIGTERM, signal.SIGKILL))
    running = [node for node in chosen if node.process is not None]
    await end(running, number)
    if fresh:
        for node in nodes:
            shutil.rmtree(node.settings["node.data"], ignore_errors=True)
    olds = [pods.move(nodes.index(node), node) for node in chosen]
    there = {node.host for node in nodes}
    if kind == "late":
        pods.name(set())
        for node in nodes:
            node.begin()
        for i in rng.sample(range(3), 3):
            await asyncio.sleep(rng.uniform(0, 8))
            pods.name(pods.named | {nodes[i].host})
        return "addresses one by one"
    if kind == "slow":
        pods.name(there)
        seconds = rng.uniform(1, 4)
        trickle = asyncio.ensure_future(slowly(pods, seconds))
        for node in nodes:
            node.begin()
        await asyncio.sleep(25)
        trickle.cancel()
        await asyncio.gather(trickle, return_exceptions=True)
        return f"answers after up to {seconds:.1f} s"
    if kind == "stale":
        late = rng.choice(nodes)
        pods.name(there - {late.host} | {pods.nowhere(), pods.nowhere()})
        for node in nodes:
            node.begin()
        await asyncio.sleep(rng.uniform(5, 15))
        pods.name(there)
        return f"two addresses without a node, {late.name} late"
    if kind == "away":
        pods.name(there)
        pods.answer(False)
        chosen[0].begin()
        seconds = rng.uniform(5, 30)
        await asyncio.sleep(seconds)
        pods.answer(True)
        return f"no answer for {seconds:.0f} s after {chosen[0].name} had started"
    if kind == "replaced":
        chosen[0].begin()  # the name still leads to the old address
        await asyncio.sleep(rng.uniform(0, 5))
        pods.name(there)
        return f"{chosen[0].name} by {number.name}, {olds[0]} is {chosen[0].host} now"
    pods.name(there)
    order = rng.sample(nodes, 3) if kind == "restart" else nodes
    for node in order:
        node.begin()
        if kind == "restart":
            await asyncio.sleep(rng.choice((0, 0, rng.uniform(0, 8))))
    return f"{' '.join(node.name for node in order)}" + (f" after {number.name}" if running else "")


async def campaign(args, work, history, pods):
    rng = random.Random(args.seed)
    exits, rows = [], []
    cluster = Cluster(args.jar, work, 3, args.settings, args.java, pods.hosts[:3], [("ip", "netns", "exec", each) for each in pods.spaces[:3]])
    nodes = cluster.nodes
    for node in nodes:
        place(node, node.host)
    try:
        for number, kind in enumerate(["together", *args.cases * args.rounds]):
            exits.clear()
            faults, stop = len(history.faults), asyncio.Event()
            watching = asyncio.ensure_future(lonely(nodes, history, stop))
            begun = clock()
            what = await inflict(kind, pods, nodes, rng)
            acted, tries, members = clock(), 0, []
            again = asyncio.ensure_future(supervise(nodes, history, exits))
            while clock() < acted + args.recover:
                members = [await metric(node, "mqtt_cluster_members") for node in nodes]
                if members == [3, 3, 3] and await serves(nodes, f"{number}/{tries}"):
                    break
                tries += 1
                await asyncio.sleep(0.3)
            else:
                history.fault(f"not one cluster: {kind}: {args.recover:.0f} s later the nodes see {members} members")
            for task in (again, watching):
                task.cancel()
            stop.set()
            row = {"round": number, "case": kind, "what": what, "serves_after": round(clock() - acted, 1), "since_start": round(clock() - begun, 1),
                   "members": members, "left": list(exits), "faults": len(history.faults) - faults}
            print(json.dumps(row), flush=True)
            rows.append(row)
            for fault in history.few(faults):
                progress(f"WRONG in round {number}, {kind}: {fault}")
    finally:
        cluster.end()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cases", default=",".join(CASES), type=lambda value: value.split(","))
    options.add_argument("--rounds", type=int, default=3, help="of each case")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--recover", type=float, default=120)
    options.add_argument("--jar", default="target/coppice.jar")
    options.add_argument("--java", default="-Xmx256m", type=str.split)
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = options.parse_args()
    if set(args.cases) - set(CASES):
        options.error(f"cases are {', '.join(CASES)}")
    if os.geteuid() != 0 or not shutil.which("dnsmasq"):
        sys.exit("needs root for network namespaces, and dnsmasq")
    args.settings = dict(pair.split("=", 1) for pair in args.set)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    history, work, failed = History(), tempfile.mkdtemp(prefix="coppice-discovery-"), True
    progress(f"0 s is {history.utc} UTC")
    try:
        with Pods(work) as pods:
            asyncio.run(campaign(args, work, history, pods))
        failed = bool(history.faults)
    finally:
        if failed:
            print(f"{len(history.faults)} faults, seed {args.seed}; logs in {work}", file=sys.stderr)
        else:
            shutil.rmtree(work)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
