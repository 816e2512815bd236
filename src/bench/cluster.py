#!/usr/bin/env python3
"""Measures and torments a cluster of three nodes on loopback, and prints rows for src/docs/BENCHMARKS.md.

    cluster.py cpu --mqload PATH [--repeat 3]     CPU of a message that crosses nodes beside one that stays on a node
    cluster.py takeover [--rounds 200]            a session with 1,000 queued messages is taken to another node
    cluster.py storm [--takeovers 10000]          100 client identifiers hop between the nodes while they are published to
    cluster.py suback [--rounds 1000]             SUBSCRIBE to SUBACK, and a publish elsewhere right after it
    cluster.py kills [--rounds 50] [--rate 2000]  SIGKILL of a random node under load into persistent sessions
    cluster.py blackout [--rounds 25] [--rate 2000]   SIGKILL of all three at once under the same load, started again in any order
    cluster.py deep --mqload PATH [--messages 100000]   100 sessions with that many queued messages: one node is killed and comes back, all are
                                                  killed and start again, all is delivered; time and memory
    cluster.py filters [--filters 1000000]        memory for distinct filters, and the start of a node that has to learn them

With each: --jar target/coppice.jar, --java=-Xmx512m, --set key=value, --seed N. A whole run wants a quiet machine. Exits with 1 when
an acknowledged message was lost, a QoS 2 message came twice, anything came out of order or damaged, or a client was served
twice; then the logs of the nodes stay where it says. To see that it notices: `takeover --rounds 2 --set limits.queue-messages-max=500`
loses on purpose. Times include the client, which is Python. Ends only what it started.
"""
import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile

from history import History
from nodes import Client, Cluster, clock, open_loop, roam, until

BAD = ("lost", "dup", "reordered", "corrupt", "errors", "dropped_conns")
GOALS = {0: 2.0, 1: 2.5}


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def spread(values, scale=1000, form="{:.1f}"):
    """Cells for p50, p99 and the most, in milliseconds unless told otherwise."""
    return " | ".join(form.format(scale * percentile(values, share)) for share in (0.5, 0.99, 1))


def subscriber(name, history, **more):
    client = Client(name, history, **more)
    client.on_message = lambda topic, payload, *_: history.receive(client, topic, payload)
    return client


def progress(words):
    print(words, file=sys.stderr, flush=True)


async def settle(history, publishers, seconds=90):
    """Waits until everything is answered and has arrived, or no longer; then a moment for what should not come any more."""
    if not await until(lambda: not any(p.outstanding() for p in publishers), seconds):
        left = {p.name: p.outstanding() for p in publishers if p.outstanding()}
        history.fault(f"never answered: after {seconds} s without new messages there are {left}")
    await until(lambda: not history.missing(), seconds, 0.3)
    await asyncio.sleep(1)
    history.check()


# ---------------------------------------------------------------- cpu

async def cpu(args, work, history):
    print("| scenario | one node: µs CPU a message | across two of three | ratio | goal | one node: messages/s | across | p99 ms | across |")
    print("|---|---|---|---|---|---|---|---|---|")
    for loops, prefix in (("one loop each", ("taskset", "-c", "0")), ("default loops", ())):
        settings = {**args.settings, **({"node.event-loops": 1} if prefix else {})}
        single = Cluster(args.jar, work, 1, settings, args.java, prefixes=[prefix])
        three = Cluster(args.jar, work, 3, settings, args.java, prefixes=[prefix] * 3)
        async with single as alone, three as nodes:
            for qos in (0, 1, 2):
                results = {False: [], True: []}
                for _ in range(args.repeat):
                    for across in results:
                        command = ["pairs", "--qos", str(qos), "--warmup", str(args.warmup), "--duration", str(args.duration)]
                        using = nodes[:2] if across else alone
                        command += ["--shift", "1"] if across else []
                        result = await load(args.mqload, command, using, prefix)
                        results[across].append(result)
                        wrong = {key: result[key] for key in BAD if result.get(key)}
                        if wrong:
                            history.fault(f"pairs, QoS {qos}, {loops}, {'across' if across else 'one node'}: {wrong}")

                def median(across, key):
                    return statistics.median(result[key] for result in results[across])
                one, two = median(False, "broker_cpu_us_msg"), median(True, "broker_cpu_us_msg")
                print(f"| pairs, QoS {qos}, {loops} | {one:.2f} | {two:.2f} | {two / max(one, 0.001):.2f} | {GOALS.get(qos, '')} | "
                      f"{median(False, 'recv_s'):,.0f} | {median(True, 'recv_s'):,.0f} | {median(False, 'p99_us') / 1000:.1f} | "
                      f"{median(True, 'p99_us') / 1000:.1f} |", flush=True)


async def load(mqload, command, nodes, prefix):
    command = [*(("taskset", "-c", "1") if prefix else ()), mqload, *command, "--port", ",".join(str(n.port) for n in nodes),
               "--pid", ",".join(str(n.process.pid) for n in nodes)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return json.loads(out.decode().strip().splitlines()[-1])


# ---------------------------------------------------------------- takeover

async def takeover(args, work, history):
    print("| takeover with 1,000 queued messages | CONNACK: p50 ms | p99 | max | 1,000th message: p50 ms | p99 | max |")
    print("|---|---|---|---|---|---|---|")
    rng = random.Random(args.seed)
    async with Cluster(args.jar, work, 3, args.settings, args.java) as nodes:
        for kind in ("offline", "connected"):
            topic = f"takeover/{kind}"
            publisher, session = Client("publisher-" + kind, history), subscriber("session-" + kind, history)
            await publisher.connect(nodes[0])
            home = rng.choice(nodes)
            await session.connect(home)
            await session.subscribe([topic], 1)
            history.expects(session.name, topic)
            connack, last = [], []
            for _ in range(args.warmup + args.rounds):
                old = session.link
                if kind == "offline":
                    await session.close()
                session.mute = True  # what it is sent it does not acknowledge: it stays queued
                for _ in range(args.messages):
                    history.publish(publisher, topic, 1, size=64)
                if not await until(lambda: not publisher.outstanding(), 60):
                    history.fault(f"never answered: {publisher.outstanding()} messages")
                    break
                session.mute = False
                before, home = home, rng.choice([node for node in nodes if node is not home])
                if not await session.connect(home):
                    history.fault(f"no session present on {home.name}, coming from {before.name}")
                begun = session.link.connect_sent
                connack.append(session.link.acknowledged - begun)
                if await until(lambda: not history.missing(), 30, 0.05):
                    last.append(max(came[-1][1] for came in history.came.values() if came) - begun)
                history.check()
                if kind == "connected" and (not await until(old.closed.is_set, 5) or old.reason != 0x8E):
                    history.fault(f"old connection to {before.name}: closed {old.closed.is_set()}, reason {old.reason}, not 0x8E")
            for what, some in ((f"first {args.warmup} rounds", slice(args.warmup)), (f"{args.rounds} rounds after them", slice(args.warmup, None))):
                print(f"| {kind}, {what} | {spread(connack[some])} | {spread(last[some])} |", flush=True)
            await publisher.close()
            await session.close()


# ---------------------------------------------------------------- storm

async def bury(history, client, ghost, patience=5):
    """A connection that was replaced has to be ended by the broker."""
    while not ghost.closed.is_set():
        if client.connected and clock() - client.link.acknowledged > patience:
            client.fault(f"two alive: {client.name} has been on {client.link.name} for {patience} s and its connection {ghost.name} is open")
            ghost.transport.abort()
        await asyncio.sleep(0.1)


async def storm(args, work, history):
    rng = random.Random(args.seed)
    stop, hops, lost, took, graves = asyncio.Event(), 0, 0, [], []

    async def hop(client):
        nonlocal hops, lost
        while hops < args.takeovers:
            hops += 1
            await asyncio.sleep(rng.uniform(0, args.pause))
            olds = [client.link] if client.link else []
            if rng.random() < 0.3:
                client.cut()
            elif rng.random() < 0.2:  # two connections at once: whichever the broker ends, one has to go
                racing = asyncio.ensure_future(client.connect(rng.choice(nodes)))
                racing.add_done_callback(lambda done: done.cancelled() or done.exception())
                await asyncio.sleep(rng.uniform(0, 0.005))
                olds.append(client.link)
            try:
                await client.connect(rng.choice(nodes), timeout=30)
                took.append(client.link.acknowledged - client.link.connect_sent)
            except asyncio.TimeoutError:
                client.fault(f"no CONNACK: {client.name} waited 30 s on {client.link.name}")
            except OSError:
                lost += 1  # a race against its own other connection
                if len(olds) < 2:
                    progress(f"{client.name}: closed before CONNACK without a race: {client.lately()}")
            graves.extend(asyncio.ensure_future(bury(history, client, old)) for old in olds if old.transport and not old.closed.is_set())
            graves[:] = [grave for grave in graves if not grave.done()]
            if hops % 1000 == 0:
                progress(f"{hops} takeovers, {history.acknowledged} acknowledged, {len(history.faults)} faults")

    async with Cluster(args.jar, work, 3, args.settings, args.java) as nodes:
        clients = [subscriber(f"hopper-{i}", history) for i in range(args.clients)]
        publishers = [Client(f"p-{node.name}", history, window=1000) for node in nodes]
        for client in clients:
            await client.connect(rng.choice(nodes))
            await client.subscribe([f"storm/{client.name}/+"], 2)
            for qos in (1, 2):
                history.expects(client.name, f"storm/{client.name}/{qos}")
        for publisher, node in zip(publishers, nodes):
            await publisher.connect(node)

        def send(n, due):
            qos = 1 + n // 3 % 2
            history.publish(publishers[n % 3], f"storm/{clients[n // 6 % len(clients)].name}/{qos}", qos, due)
        begun = clock()
        pump = asyncio.ensure_future(open_loop(args.rate, send, stop))
        await asyncio.gather(*(hop(client) for client in clients))
        seconds = clock() - begun
        stop.set()
        await pump
        done = asyncio.Event()
        staying = [asyncio.ensure_future(roam(client, lambda _: rng.choice(nodes), done, 30, 30, ghosts=True)) for client in clients]
        await settle(history, publishers)
        await asyncio.gather(*graves)
        done.set()
        await asyncio.gather(*staying)
    print("| takeovers of 100 clients | in s | CONNACK: p50 ms | p99 | max | acknowledged | refused | delivered | QoS 1 repeats | races |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    print(f"| {hops:,} | {seconds:.0f} | {spread(took)} | {history.acknowledged:,} | {history.refused:,} | {history.delivered:,} | "
          f"{history.duplicates:,} | {lost:,} |")


# ---------------------------------------------------------------- suback

async def suback(args, work, history):
    answers, arrivals, came = [], [], {}
    async with Cluster(args.jar, work, 3, args.settings, args.java) as nodes:
        clients = [Client(f"c-{node.name}", history, expiry=0) for node in nodes]
        for client, node in zip(clients, nodes):
            client.on_message = lambda topic, payload, *_: came.setdefault(topic, []).append((payload, clock()))
            await client.connect(node)
        for i in range(args.rounds):
            topic = f"suback/{args.seed}/{i}/x"
            begun = clock()
            codes = await clients[i % 3].subscribe([topic[:-1] + "+"], 1)
            answered = clock()
            answers.append(answered - begun)
            others = [clients[(i + j) % 3] for j in (1, 2)]
            wanted = [f"{other.name} {qos}".encode() for other in others for qos in (0, 1)]
            for other in others:
                for qos in (0, 1):
                    other.publish(topic, f"{other.name} {qos}".encode(), qos)
            if not await until(lambda: len(came.get(topic, ())) >= 4, 5, 0.001):
                pass
            got = came.pop(topic, [])
            arrivals.extend(when - answered for _, when in got)
            if codes != [1] or sorted(payload for payload, _ in got) != sorted(wanted):
                history.fault(f"round {i}: SUBACK {codes} of {nodes[i % 3].name} after {answered - begun:.3f} s, then it got "
                              f"{[payload for payload, _ in got]} of {wanted}")
    print("| SUBSCRIBE to SUBACK on three nodes: p50 ms | p99 | max | publish elsewhere right after it to arrival: p50 ms | p99 | max |")
    print("|---|---|---|---|---|---|")
    print(f"| {spread(answers)} | {spread(arrivals)} |")


# ---------------------------------------------------------------- kills

async def kills(args, work, history):
    rng = random.Random(args.seed)
    queues = {"limits.queue-messages-max": 1000000, "limits.queue-bytes-max": "512MiB", **args.settings}
    stalls99, stallsmax, connacks, firsts, totals = [], [], [], [], [0, 0]
    async with Cluster(args.jar, work, 3, queues, args.java) as nodes:
        subscribers = [subscriber(f"s{i}", history) for i in range(args.sessions)]
        publishers = [Client(f"p{i}", history, window=1000) for i in range(6)]
        for i, client in enumerate(subscribers + publishers):
            await client.connect(nodes[i % 3])
        for client in subscribers:
            await client.subscribe([f"kills/{client.name}"], 1)
            history.expects(client.name, f"kills/{client.name}")

        def send(n, due):
            history.publish(publishers[n % 6], f"kills/{subscribers[n // 6 % len(subscribers)].name}", 1, due)

        for number in range(args.rounds):
            victim = rng.choice(nodes)
            rest = [node for node in nodes if node is not victim]
            rng.shuffle(subscribers)
            third = len(subscribers) // 3
            away = subscribers[:third]
            for i, client in enumerate(subscribers):
                # the first third is offline, half of it at home on the victim; the second third is connected there
                await client.connect(victim if i % 2 and i < third or third <= i < 2 * third else rng.choice(rest))
            for client, node in zip(publishers, nodes * 2):
                await client.connect(node)
            for client in away:
                await client.close()
            stop, done, since, latencies = asyncio.Event(), asyncio.Event(), {}, []
            elsewhere = {client.name for client in publishers if client.link.node is not victim}
            affected = [client for client in subscribers[third:] + publishers if client.link.node is victim]
            history.on_answer = lambda sent: sent.publisher in elsewhere and latencies.append(sent.acked - sent.due)
            repeats, refusals = history.duplicates, history.refused

            def back(client):
                if client in since and client not in connected:
                    connected[client] = clock() - since[client]
            connected, served = {}, {}
            for client in subscribers:
                def first(topic, payload, *_, client=client):
                    if history.receive(client, topic, payload) and client in connected and client not in served:
                        served[client] = clock() - since[client]
                client.on_message = first
            roaming = [asyncio.ensure_future(roam(client, lambda _: rng.choice(rest), done, 30, 60, on_connected=back))
                       for client in subscribers[third:] + publishers]
            pump = asyncio.ensure_future(open_loop(args.rate, send, stop))
            await asyncio.sleep(args.before)
            since.update((client, clock()) for client in affected)
            victim.kill()
            if not await until(lambda: len(connected) == len(affected), 60):
                history.fault(f"round {number}: 60 s after the death of {victim.name} only {len(connected)} of {len(affected)} are back")
            await asyncio.sleep(args.after)
            victim.begin()
            ready = await victim.ready()
            await asyncio.sleep(args.after)
            stop.set()
            await pump
            roaming += [asyncio.ensure_future(roam(client, lambda _: rng.choice(nodes), done, 30, 60)) for client in away]
            await settle(history, publishers)
            done.set()
            await asyncio.gather(*roaming)
            stalls99.append(percentile(latencies, 0.99))
            stallsmax.append(max(latencies, default=0))
            connacks.extend(connected.values())
            firsts.extend(served.values())
            progress(f"round {number}: {victim.name} killed; faults so far {len(history.faults)}; QoS 1 repeats "
                     f"{history.duplicates - repeats}, refused {history.refused - refusals}; acknowledgements elsewhere p99 "
                     f"{stalls99[-1]:.2f} s, max {stallsmax[-1]:.2f} s; reconnect to CONNACK max {max(connected.values(), default=0):.2f} s, "
                     f"to first message max {max(served.values(), default=0):.2f} s; ready again after {ready:.1f} s")
    lost = sum(": lost" in fault for fault in history.faults) + sum(fault.startswith("lost") for fault in history.faults)
    print(f"| kills at {args.rate:,} messages/s | acknowledged | lost | QoS 1 repeats | refused | publish to PUBACK elsewhere, p99 of a round: "
          "p50 s | p99 | max | its longest: p50 s | p99 | max | reconnect to CONNACK: p50 s | p99 | max | to first message: p50 s | p99 | max |")
    print("|---" * 17 + "|")
    cells = " | ".join(spread(values, 1, "{:.2f}") for values in (stalls99, stallsmax, connacks, firsts))
    print(f"| {args.rounds} | {history.acknowledged:,} | {lost} | {history.duplicates:,} | {history.refused:,} | {cells} |")


# ---------------------------------------------------------------- blackout

async def blackout(args, work, history):
    """Half of the messages at QoS 2; the clients come back by themselves, to any node that lets them in."""
    rng = random.Random(args.seed)
    queues = {"limits.queue-messages-max": 1000000, "limits.queue-bytes-max": "512MiB", **args.settings}
    readies, backs = [], []
    async with Cluster(args.jar, work, 3, queues, args.java) as nodes:
        subscribers = [subscriber(f"s{i}", history) for i in range(args.sessions)]
        publishers = [Client(f"p{i}", history, window=1000) for i in range(6)]
        for i, client in enumerate(subscribers + publishers):
            await client.connect(nodes[i % 3])
        for client in subscribers:
            await client.subscribe([f"blackout/{client.name}/+"], 2)
            for qos in (1, 2):
                history.expects(client.name, f"blackout/{client.name}/{qos}")

        def send(n, due):
            qos = 1 + n % 2
            history.publish(publishers[n % 6], f"blackout/{subscribers[n // 12 % len(subscribers)].name}/{qos}", qos, due)

        for number in range(args.rounds):
            rng.shuffle(subscribers)
            away, there = subscribers[:len(subscribers) // 3], subscribers[len(subscribers) // 3:]
            for client in subscribers + publishers:
                if not client.connected:
                    await client.connect(rng.choice(nodes), timeout=60)
            for client in away:
                await client.close()
            stop, done = asyncio.Event(), asyncio.Event()
            before = history.acknowledged
            roaming = [asyncio.ensure_future(roam(client, lambda _: rng.choice(nodes), done, 30, 60)) for client in there + publishers]
            pump = asyncio.ensure_future(open_loop(args.rate, send, stop))
            await asyncio.sleep(args.before * rng.uniform(0.5, 1.5))
            for node in nodes:
                node.signal(signal.SIGKILL)
            for node in nodes:
                node.kill()
            dead = clock()
            for node in rng.sample(nodes, 3):
                node.begin()
                await asyncio.sleep(rng.choice((0, 0, rng.uniform(0, args.apart))))
            for node in nodes:
                await node.ready()
            readies.append(clock() - dead)
            if not await until(lambda: all(client.connected for client in there + publishers), 60):
                history.fault(f"round {number}: 60 s after the start not everyone is back")
            backs.append(clock() - dead)
            await asyncio.sleep(args.after)
            stop.set()
            await pump
            roaming += [asyncio.ensure_future(roam(client, lambda _: rng.choice(nodes), done, 30, 60)) for client in away]
            await settle(history, publishers)
            done.set()
            await asyncio.gather(*roaming)
            progress(f"round {number}: faults so far {len(history.faults)}; acknowledged {history.acknowledged - before}; all three ready "
                     f"after {readies[-1]:.1f} s, everyone back after {backs[-1]:.1f} s")
    lost = sum(": lost" in fault for fault in history.faults) + sum(fault.startswith("lost") for fault in history.faults)
    print(f"| all three killed at {args.rate:,} messages/s | acknowledged | lost | QoS 1 repeats | refused | kill to all three ready: "
          "p50 s | p99 | max | to everyone back: p50 s | p99 | max |")
    print("|---" * 11 + "|")
    print(f"| {args.rounds} | {history.acknowledged:,} | {lost} | {history.duplicates:,} | {history.refused:,} | "
          f"{spread(readies, 1)} | {spread(backs, 1)} |")


# ---------------------------------------------------------------- deep


async def metric(node, name):
    for line in (await node.get("/metrics", 10)).decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    return 0.0


def resident(node):
    with open(f"/proc/{node.process.pid}/status") as status:
        return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM"))


async def memory(nodes):
    """Of each node: live heap after a collection, and the most that was ever resident, in MiB."""
    return "; ".join([f"{node.name}: live heap {node.heap_bytes() >> 20} MiB, at most {resident(node)} MiB resident, "
                      f"{await metric(node, 'mqtt_queued_messages'):,.0f} queued, "
                      f"{await metric(node, 'mqtt_queued_stored_messages'):,.0f} of them on disk only" for node in nodes])


async def deep(args, work, history):
    """mqload queues messages for sessions that are away, waits while the nodes are killed, and wants what was acknowledged, once and in order."""
    settings = {"limits.queue-messages-max": 1000000, "limits.queue-bytes-max": "1GiB", **args.settings}
    full, again = os.path.join(work, "full"), os.path.join(work, "again")
    wanted = args.sessions * args.messages
    async with Cluster(args.jar, work, 3, settings, args.java) as nodes:
        async def whole():
            return sum([await metric(node, "mqtt_queued_messages") for node in nodes]) >= wanted

        async def state(words, begun):
            print(f"{words} after {clock() - begun:.1f} s; {await memory(nodes)}", flush=True)

        begun = clock()
        load = await asyncio.create_subprocess_exec(
            args.mqload, "crash", "--port", ",".join(str(node.port) for node in nodes), "--subs", str(args.sessions), "--messages",
            str(args.messages), "--qos", str(args.qos), "--size", str(args.size), "--v5", "--timeout", "7200", "--drain", "60", "--crash-cmd",
            f"touch {full}; until [ -e {again} ]; do sleep 0.02; done", stdout=asyncio.subprocess.PIPE)
        try:
            while not os.path.exists(full) and load.returncode is None and all(node.running for node in nodes):
                await asyncio.sleep(0.1)
            await state("queued", begun)
            if args.deaths:
                begun = clock()
                nodes[2].kill()
                nodes[2].begin()
                print(f"{nodes[2].name}, killed, is ready again after {await nodes[2].ready():.1f} s", flush=True)
                while not await whole() and all(node.running for node in nodes):
                    await asyncio.sleep(0.2)
                await state("all of it has a home again", begun)
            for node in nodes:
                node.kill()
            begun = clock()
            for node in nodes:
                node.begin()
            for node in nodes:
                await node.ready()
            print(f"all three, killed, are ready again after {clock() - begun:.1f} s", flush=True)
            while not await whole() and all(node.running for node in nodes):
                await asyncio.sleep(0.2)
            await state("all of it has a home again", begun)
            begun = clock()
            open(again, "w").close()
            seen = json.loads((await load.communicate())[0].strip().splitlines()[-1])
            print(f"{seen}")
            await state("delivered, up to 60 s of silence at the end included,", begun)
            if load.returncode:
                history.fault(f"mqload ended with {load.returncode}")
            for node in nodes:
                if b"OutOfMemoryError" in node.output():
                    history.fault(f"{node.name} was out of memory")
        finally:
            if load.returncode is None:
                load.kill()


# ---------------------------------------------------------------- filters

async def filters(args, work, history):
    def name(i):
        return f"site/{i % 1000}/device/{i}"

    async def fill(client, numbers):
        for at in range(0, len(numbers), 1000):
            codes = await client.subscribe([name(i) + "/+/state" for i in numbers[at:at + 1000]], 1, 120)
            if set(codes) != {1}:
                history.fault(f"SUBACK {set(codes)} for {client.name} on {client.link.node.name}")

    async def routed(nodes, owners, words):
        """Publishes on each node what a random sample of the filters matches."""
        for node in nodes:
            publisher = Client("probe-" + node.name, history, expiry=0)
            await publisher.connect(node)
            wanted = random.Random(args.seed).sample(range(args.filters), min(300, args.filters))
            came.clear()
            for i in wanted:
                publisher.publish(f"{name(i)}/x/state", b"%d" % i, 1)
            await until(lambda: len(came) >= len(wanted), 20)
            await asyncio.sleep(0.2)
            wrong = [i for i in wanted if came.count((owners[i % len(owners)].name, i)) != 1]
            if wrong or len(came) != len(wanted):
                history.fault(f"{words}: of {len(wanted)} messages published on {node.name} {len(came)} came, wrong {wrong[:5]}")
            await publisher.close()

    came = []
    async with Cluster(args.jar, work, 3, args.settings, args.java) as nodes:
        clients = [Client(f"filters-{i}", history, expiry=3600 if args.persistent else 0) for i in range(30)]
        for i, client in enumerate(clients):
            client.on_message = lambda topic, payload, *_, client=client: came.append((client.name, int(payload)))
            await client.connect(nodes[i % 3])
        before = [(node.rss_bytes(), node.heap_bytes()) for node in nodes]
        begun = clock()
        await asyncio.gather(*(fill(client, range(i, args.filters, 30)) for i, client in enumerate(clients)))
        seconds = clock() - begun
        after = [(node.rss_bytes(), node.heap_bytes()) for node in nodes]
        await routed(nodes, clients, "filled")
        status = await nodes[2].stop()
        if status != 0:
            history.fault(f"a clean stop of {nodes[2].name} ended with {status}")
        for i in range(2, 30, 3):
            if not await clients[i].connect(nodes[i % 2], timeout=60):
                await fill(clients[i], range(i, args.filters, 30))
        nodes[2].begin()
        ready = await nodes[2].ready()
        await routed(nodes, clients, "after a restart")
        for _ in range(5):  # once more after some comparisons of the routes
            await asyncio.sleep(1)
        await routed(nodes, clients, "5 s later")
    kind = "persistent sessions" if args.persistent else "clean sessions"
    print(f"| filters of 30 {kind}, {' '.join(args.java)} | s to subscribe | live heap of each node before: MiB | after | bytes a filter "
          "and node | RSS before: MiB | after | a node that comes is ready after s |")
    print("|---|---|---|---|---|---|---|---|")

    def cells(samples, which):
        return ", ".join(f"{sample[which] / 2**20:.0f}" for sample in samples)
    each = sum(b[1] - a[1] for a, b in zip(before, after)) / 3 / args.filters
    print(f"| {args.filters:,} | {seconds:.1f} | {cells(before, 1)} | {cells(after, 1)} | {each:,.0f} | {cells(before, 0)} | "
          f"{cells(after, 0)} | {ready:.1f} |")


def arguments():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = options.add_subparsers(dest="command", required=True)

    def command(run, java="-Xmx512m", **numbers):
        sub = commands.add_parser(run.__name__)
        sub.set_defaults(run=run)
        sub.add_argument("--jar", default="target/coppice.jar")
        sub.add_argument("--java", default=java, help="options of the JVM, with spaces between")
        sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
        sub.add_argument("--seed", type=int, default=1)
        for key, value in numbers.items():
            sub.add_argument("--" + key, type=type(value), default=value)
        return sub
    command(cpu, repeat=3, warmup=6.0, duration=5.0).add_argument("--mqload", required=True)
    command(takeover, warmup=10, rounds=200, messages=1000)
    command(storm, takeovers=10000, clients=100, rate=1000, pause=1.0)
    command(suback, rounds=1000)
    command(kills, rounds=50, rate=2000, sessions=30, before=3.0, after=5.0)
    command(blackout, rounds=25, rate=2000, sessions=30, before=3.0, after=3.0, apart=5.0)
    queues = command(deep, "-Xmx1g", messages=100000, sessions=100, size=1024, qos=1, deaths=1)
    queues.add_argument("--mqload", required=True)
    command(filters, "-Xmx2g", filters=1000000).add_argument("--persistent", action="store_true")
    chosen = options.parse_args()
    chosen.java = chosen.java.split()
    chosen.settings = dict(pair.split("=", 1) for pair in chosen.set)
    return chosen


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    history = History()
    progress(f"0 s is {history.utc} UTC")
    work = tempfile.mkdtemp(prefix="coppice-bench-")
    failed = True
    try:
        asyncio.run(args.run(args, work, history))
        failed = bool(history.faults)
    finally:
        for fault in history.few(each=10):
            print("WRONG:", fault, file=sys.stderr)
        if failed:
            print(f"{len(history.faults)} faults, seed {args.seed}; logs in {work}", file=sys.stderr)
        else:
            shutil.rmtree(work)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
