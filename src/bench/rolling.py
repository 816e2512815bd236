#!/usr/bin/env python3
"""Rolls and scales a cluster in network namespaces under load, and judges what clients saw. Needs root and iproute2.

    rolling.py roll  [--nodes 3] [--rounds 20]     each node in turn: SIGTERM, which drains it, start, ready, next
    rolling.py stop  [--nodes 3] [--rounds 20]     one node in turn, away for `--away` seconds, as when its machine is repaired
    rolling.py scale [--from 3] [--nodes 5] [--rounds 10]   the nodes above the first ones are started, one when the other is ready, and stopped again;
                                                   cluster.expected-size is that of the first ones, and the cluster grows and shrinks with the
                                                   others (cluster.size-max, cluster.shrink-after: 5 s here); after each step every node must say the
                                                   size and be in quorum. --together stops them all at the same moment
    rolling.py upgrade --from OLD.jar --jar NEW.jar [--back --rounds 4]   the cluster runs OLD.jar, and each node in turn comes back with NEW.jar; with
                                                   --back every second round goes back to OLD.jar
    rolling.py --self-test                         plants violations and sees that each is caught

With each: --rate 300 messages a second, --clients 24, --seed N, --jar JAR, --java=-Xmx512m, --set KEY=VALUE. Prints a line of JSON for each
round, and one for all. Publishers at QoS 1 and 2 send to subscribers with persistent sessions; everybody, half of MQTT 3.1.1, comes back to
any node that lets it in. Of each round:
    acked, lost, twice, faults      acknowledged messages; of them those that did not come; QoS 2 messages that came twice; all that history.py finds
    unavailable                     for each client and roll, from the end of its connection to the next CONNACK: p50, p99, max in s (goal: p99 at most 5)
    stall                           from the moment a message was due to its acknowledgement: p50, p99, max in s (goal: p99 below 3)
    drain, start                    from SIGTERM to the exit, and from the start to ready, in s, the longest
    reasons                         why connections ended, as clients were told; none for who was not (3.1.1)
Exits with 1 if an acknowledged message was lost, came twice at QoS 2, or a goal was missed. Removes its namespaces, and ends only what it started.
"""
import argparse
import asyncio
import collections
import json
import os
import random
import shutil
import signal
import sys
import tempfile

import history as histories
from cluster import percentile, progress, settle, subscriber
from history import History
from nodes import Client, Cluster, clock, open_loop, roam, until
from splits import Network

UNAVAILABLE_MAX, STALL_MAX = 5.0, 3.0
SIZED_MAX = 60  # seconds until the size has followed


class Watch:
    """For how long each client had no connection, and why the one before had ended."""

    def __init__(self):
        self.gone, self.gaps, self.reasons = {}, [], collections.Counter()

    def ended(self, client, link):
        self.reasons["none" if link.reason is None else f"{link.reason:#x}"] += 1

    def connected(self, client):
        since = self.gone.pop(client.name, None)
        if since is not None:
            self.gaps.append(client.link.acknowledged - since)


async def end_of(client, watch, stop):
    """Notes the moment at which each connection of the client ends."""
    while not stop.is_set():
        link = client.link
        if link is None or link.acknowledged is None:
            await asyncio.sleep(0.005)
            continue
        try:
            await asyncio.wait_for(link.closed.wait(), 0.5)
        except asyncio.TimeoutError:
            continue
        if client.name not in watch.gone:
            watch.gone[client.name] = clock()
            watch.ended(client, link)
        while client.link is link and not stop.is_set():
            await asyncio.sleep(0.005)


def figures(values):
    return {"p50": round(percentile(values, 0.5), 3), "p99": round(percentile(values, 0.99), 3), "max": round(max(values), 3)} if values else None


def judge(row):
    """What is wrong with a round."""
    wrong = [key for key in ("lost", "twice", "faults") if row[key]]
    if row["unavailable"] and row["unavailable"]["p99"] > UNAVAILABLE_MAX:
        wrong.append("unavailable")
    if row["stall"] and row["stall"]["p99"] >= STALL_MAX:
        wrong.append("stall")
    return wrong


def counted(faults):
    lost = sum(": lost" in fault or fault.startswith("lost") for fault in faults)
    return lost, sum("twice:" in fault for fault in faults)


async def roll(args, nodes, rng, history, times):
    """Each node in turn, as a StatefulSet does: from the last to the first, the next one when this one is ready."""
    for node in reversed(nodes):
        await cycle(node, history, times, 0)


async def upgrade(args, nodes, rng, history, times):
    """As `roll`; each node comes back with the jar that it did not have."""
    jar = args.jar if nodes[0].jar == args.old else args.old
    for node in reversed(nodes):
        await halt(node, history, times)
        node.jar = jar
        node.begin()
        times["start"].append(await node.ready())


async def stop(args, nodes, rng, history, times):
    await cycle(rng.choice(nodes), history, times, args.away)


async def scale(args, nodes, rng, history, times):
    """Up and down again; the nodes above the first ones are stopped before and after. Half of the clients connect anew between."""
    more = nodes[args.first:]
    for node in more:
        node.begin()
        times["start"].append(await node.ready())
        await sized(nodes, history)
    for client in rng.sample(args.everyone, len(args.everyone) // 2):  # nobody comes to a new node who is connected already
        if client.connected:
            client.link.transport.abort()
    await asyncio.sleep(args.quiet)
    if args.together:
        await asyncio.gather(*(halt(node, history, times) for node in more))
        await sized(nodes, history)
        return
    for node in reversed(more):
        await halt(node, history, times)
        await sized(nodes, history)


async def metric(node, name):
    for line in (await node.get("/metrics")).decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    return None


async def sized(nodes, history):
    """Waits until every node that runs says that as many are expected as run, and that it is in quorum."""
    running = [node for node in nodes if node.running]
    end = clock() + SIZED_MAX
    while True:
        said = {node.name: [await metric(node, f"mqtt_cluster_{what}") for what in ("expected_members", "members", "in_quorum")] for node in running}
        if all(each == [len(running), len(running), 1] for each in said.values()):
            return
        if clock() > end:
            history.fault(f"size: {len(running)} run, and after {SIZED_MAX} s they say (expected, in sight, quorum) {said}")
            return
        await asyncio.sleep(0.2)


async def halt(node, history, times):
    begun = clock()
    status = await node.stop()
    times["drain"].append(clock() - begun)
    if status != 0:
        history.fault(f"stopped with {status}: {node.name}: {node.log}")


async def cycle(node, history, times, away):
    await halt(node, history, times)
    await asyncio.sleep(away)
    node.begin()
    times["start"].append(await node.ready())


def elastic(args):
    return {"cluster.expected-size": args.first, "cluster.size-max": args.nodes, "cluster.shrink-after": "5s"} if args.command == "scale" else {}


async def campaign(args, work, history, network):
    rng = random.Random(args.seed)
    prefixes = [("ip", "netns", "exec", each) for each in network.spaces]
    rows = []
    async with Cluster(args.old, work, args.nodes, {"limits.queue-messages-max": 1000000, **elastic(args), **args.settings}, args.java, network.hosts,
                       prefixes, args.first if args.command == "scale" else None) as nodes:
        half = args.clients // 2
        subscribers = [subscriber(f"s{i}", history, version=4 + i % 2) for i in range(half)]
        publishers = [Client(f"p{i}", history, window=200, version=4 + i % 2) for i in range(args.clients - half)]
        args.everyone = everyone = [*subscribers, *publishers]
        if args.command == "scale":
            await sized(nodes, history)
        for i, client in enumerate(everyone):
            await client.connect(nodes[i % (args.first if args.command == "scale" else args.nodes)])
        for client in subscribers:
            await client.subscribe([f"rolling/{client.name}/+"], 2)
            for qos in (1, 2):
                history.expects(client.name, f"rolling/{client.name}/{qos}")
        for number in range(args.rounds):
            faults, before = len(history.faults), (history.acknowledged, history.refused, history.duplicates)
            stopped, done, watch, stalls = asyncio.Event(), asyncio.Event(), Watch(), []
            times = {"drain": [], "start": []}
            history.on_answer = lambda sent: stalls.append(sent.acked - sent.due)
            roaming = [asyncio.ensure_future(roam(client, lambda _: rng.choice(nodes), done, 30, 30, None, watch.connected))
                       for client in everyone]
            roaming += [asyncio.ensure_future(end_of(client, watch, done)) for client in everyone]

            def send(n, due):
                qos = 1 + n % 2
                history.publish(publishers[n % len(publishers)], f"rolling/{subscribers[n // 2 % half].name}/{qos}", qos, due)
            pump = asyncio.ensure_future(open_loop(args.rate, send, stopped))
            await asyncio.sleep(args.quiet)
            await args.act(args, nodes, rng, history, times)
            await asyncio.sleep(args.quiet)
            stopped.set()
            await pump
            await settle(history, publishers)
            if not await until(lambda: all(client.connected for client in everyone), 30):
                history.fault(f"round {number}: not everyone is back: {[client.name for client in everyone if not client.connected]}")
            done.set()
            await asyncio.gather(*roaming)
            new = history.faults[faults:]
            lost, twice = counted(new)
            row = {"round": number, "act": args.command, "jar": os.path.basename(nodes[0].jar), "nodes": args.nodes, "acked": history.acknowledged - before[0],
                   "refused": history.refused - before[1], "qos1_repeats": history.duplicates - before[2], "lost": lost, "twice": twice,
                   "faults": len(new), "unavailable": figures(watch.gaps), "stall": figures(stalls), "drain": round(max(times["drain"]), 2),
                   "start": round(max(times["start"]), 2), "moves": len(watch.gaps), "reasons": dict(watch.reasons)}
            row["wrong"] = judge(row)
            rows.append((row, watch.gaps, stalls))
            print(json.dumps(row), flush=True)
            for fault in history.few(faults):
                progress(f"WRONG in round {number}: {fault}")
    gaps, stalls = [gap for _, gaps, _ in rows for gap in gaps], [stall for _, _, stalls in rows for stall in stalls]
    total = {"rounds": len(rows), "act": args.command, "nodes": args.nodes, "unavailable": figures(gaps), "stall": figures(stalls),
             **{key: sum(row[key] for row, _, _ in rows) for key in ("acked", "refused", "qos1_repeats", "lost", "twice", "faults", "moves")}}
    total["wrong"] = judge(total)
    print(json.dumps(total), flush=True)
    return not total["wrong"]


def self_test():
    """Every violation that this script is there to find, planted."""
    wrong = histories.self_test()
    good = {"lost": 0, "twice": 0, "faults": 0, "unavailable": figures([0.1] * 100), "stall": figures([0.01] * 100)}
    cases = [("no fault", good, []), ("lost", {**good, "lost": 1}, ["lost"]), ("twice", {**good, "twice": 1}, ["twice"]),
             ("another fault", {**good, "faults": 1}, ["faults"]),
             ("long away", {**good, "unavailable": figures([0.1] * 90 + [6] * 10)}, ["unavailable"]),
             ("a long stall", {**good, "stall": figures([0.1] * 90 + [3.5] * 10)}, ["stall"]),
             ("no fault: one in a thousand", {**good, "unavailable": figures([0.1] * 999 + [6])}, [])]
    for words, row, expected in cases:
        caught = judge(row) == expected
        wrong += not caught
        print(f"{'right' if caught else 'WRONG'}: {words}")
    tallied = counted(["1.0 s: lost: p 1", "lost: p 2", "twice: p 3, QoS 2", "1 s: out of order: p"]) == (2, 1)
    print(f"{'right' if tallied else 'WRONG'}: faults by kind")
    return wrong + (not tallied)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("command", nargs="?", choices=("roll", "stop", "scale", "upgrade"), default="roll")
    options.add_argument("--self-test", action="store_true")
    options.add_argument("--nodes", type=int, default=3)
    options.add_argument("--from", dest="origin", help="with scale the nodes that are always there (3), with upgrade the jar that they run at first")
    options.add_argument("--back", action="store_true", help="with upgrade: every second round goes back")
    options.add_argument("--together", action="store_true", help="with scale: the nodes above the first ones are stopped at the same moment")
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--clients", type=int, default=24)
    options.add_argument("--rate", type=float, default=300, help="messages a second")
    options.add_argument("--quiet", type=float, default=3, help="seconds of load before and after")
    options.add_argument("--away", type=float, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jar", default="target/coppice.jar")
    options.add_argument("--java", default="-Xmx512m", type=str.split)
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = options.parse_args()
    if args.self_test:
        sys.exit(1 if self_test() else 0)
    if os.geteuid() != 0:
        sys.exit("network namespaces need root")
    args.act = {"roll": roll, "stop": stop, "scale": scale, "upgrade": upgrade}[args.command]
    args.first, args.old = args.nodes, args.jar
    if args.command == "scale":
        args.first = int(args.origin or 3)
    elif args.command == "upgrade":
        if not args.origin or args.rounds > 1 and not args.back:
            sys.exit("upgrade needs --from OLD.jar, and --rounds 1 or --back")
        args.old = args.origin
    args.settings = dict(pair.split("=", 1) for pair in args.set)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    history, work, right = History(), tempfile.mkdtemp(prefix="coppice-rolling-"), False
    progress(f"0 s is {history.utc} UTC")
    try:
        with Network(args.nodes) as network:
            right = asyncio.run(campaign(args, work, history, network))
    finally:
        if right:
            shutil.rmtree(work)
        else:
            print(f"{len(history.faults)} faults, seed {args.seed}; logs in {work}", file=sys.stderr)
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
