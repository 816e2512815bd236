#!/usr/bin/env python3
"""Measures Coppice beside Mosquitto in one run, and prints the table for src/docs/BENCHMARKS.md.

    beside_mosquitto.py --mqload PATH [--jar target/coppice.jar] [--repeat 3] [--only pairs,fanout]

Both brokers run on one processor (the first) and the load generator on another, each scenario several times in turn, so
that a busy machine is busy for both. A cell is a median. Exits with 1 when a message was lost, doubled, out of order or corrupt.
Ends only what it started. Needs Linux, taskset, mosquitto and jcmd.
"""
import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SCENARIOS = [
    ("pairs, QoS 0", "pairs --qos 0 --warmup 6 --duration 5"),
    ("pairs, QoS 1", "pairs --qos 1 --warmup 6 --duration 5"),
    ("pairs, QoS 2", "pairs --qos 2 --warmup 6 --duration 5"),
    ("pairs, QoS 1, MQTT 5", "pairs --qos 1 --v5 --warmup 4 --duration 5"),
    ("fan-out 1 to 1,000, QoS 0", "fanout --pubs 1 --subs 1000 --warmup 6 --duration 5"),
    ("fan-out 1 to 1,000, QoS 1", "fanout --pubs 1 --subs 1000 --qos 1 --warmup 6 --duration 5"),
    ("fan-in 16 to 4, QoS 0", "fanin --pubs 16 --subs 4 --warmup 4 --duration 5"),
    ("shared, 4 groups of 8, QoS 1", "shared --groups 4 --subs 8 --qos 1 --warmup 4 --duration 5"),
    ("wildcard, 100,000 subscriptions", "wildcard --subscriptions 100000 --subs 100 --warmup 6 --duration 5"),
    ("retained, 100,000, drained by '#'", "retained --messages 100000 --drains 5 --clear"),
    ("queue, 100 sessions of 900, QoS 1", "queue --subs 100 --messages 900"),
    ("connect, 5,000 clients", "connect --subs 5000 --hold 2"),
]
BAD = ("lost", "dup", "reordered", "corrupt", "errors", "dropped_conns")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    name = "Mosquitto"

    def __init__(self, work):
        self.port = free_port()
        conf = os.path.join(work, "mosquitto.conf")
        with open(conf, "w") as out:
            # its defaults would drop what the scenarios queue, and hold its window to 20
            out.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                      "max_inflight_messages 256\nset_tcp_nodelay true\n")
        program = next(p for p in ("/usr/sbin/mosquitto", "mosquitto") if os.path.exists(p) or p == "mosquitto")
        self.process = subprocess.Popen(["taskset", "-c", "0", program, "-c", conf],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("mosquitto does not listen")


class Coppice:
    name = "Coppice"

    def __init__(self, jar):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", "java", "-jar", jar, "--set", "listeners.mqtt.port=0", "--set", "listeners.ws.port=0",
             "--set", "admin.port=0", "--set", "node.event-loops=1", "--set", "durability=memory"], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            ready = re.match(r"Coppice ready.*mqtt [^,]*:(\d+)", line)
            if ready:
                self.port = int(ready.group(1))
                self.start_seconds = time.monotonic() - begun
                break
        else:
            sys.exit("coppice does not start")

    def heap_bytes(self):
        """Live heap after a collection."""
        histogram = subprocess.run(["jcmd", str(self.process.pid), "GC.class_histogram"],
                                   capture_output=True, text=True, check=True).stdout
        return int(histogram.strip().splitlines()[-1].split()[2])


def load(mqload, broker, flags):
    command = ["taskset", "-c", "1", mqload, *flags.split(), "--port", str(broker.port), "--pid", str(broker.process.pid)]
    out = subprocess.run(command, capture_output=True, text=True).stdout
    result = json.loads(out.strip().splitlines()[-1])
    wrong = {key: result[key] for key in BAD if result.get(key)}
    return result, wrong


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mqload", required=True)
    options.add_argument("--jar", default="target/coppice.jar")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    wanted = [word for word in chosen.only.split(",") if word]
    failures = []
    with tempfile.TemporaryDirectory() as work:
        brokers = [Coppice(chosen.jar), Mosquitto(work)]
        try:
            coppice = brokers[0]
            idle = coppice.heap_bytes()
            print(f"start to ready: {coppice.start_seconds:.2f} s; live heap when idle: {idle / 2**20:.1f} MiB\n")
            print("| scenario | Coppice: µs CPU a message | Mosquitto | ratio | Coppice: messages/s | Mosquitto | p99 ms | Mosquitto |")
            print("|---|---|---|---|---|---|---|---|")
            for title, flags in SCENARIOS:
                if wanted and flags.split()[0] not in wanted:
                    continue
                results = {broker.name: [] for broker in brokers}
                for _ in range(chosen.repeat):
                    for broker in brokers:
                        result, wrong = load(chosen.mqload, broker, flags)
                        results[broker.name].append(result)
                        if wrong:
                            failures.append(f"{broker.name}, {title}: {wrong}")
                def median(name, key):
                    return statistics.median(result[key] for result in results[name])
                rate = "sent_s" if flags.startswith("connect") else "recv_s"
                ours, theirs = (median(broker.name, "broker_cpu_us_msg") for broker in brokers)
                print(f"| {title} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.3f} | {median('Coppice', rate):,.0f} | "
                      f"{median('Mosquitto', rate):,.0f} | {median('Coppice', 'p99_us') / 1000:.1f} | "
                      f"{median('Mosquitto', 'p99_us') / 1000:.1f} |", flush=True)
            if not wanted or "idle" in wanted:
                idle_connections(chosen.mqload, coppice)
        finally:
            for broker in brokers:
                broker.process.terminate()
                broker.process.wait()
    for failure in failures:
        print("WRONG:", failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


def idle_connections(mqload, coppice):
    """Live heap and the process's growth for each connection that does nothing."""
    clients = 8000
    before = coppice.heap_bytes()
    holding = subprocess.Popen(["taskset", "-c", "1", mqload, "connect", "--port", str(coppice.port), "--subs", str(clients),
                                "--hold", "20"], stdout=subprocess.DEVNULL)
    time.sleep(8)
    during = coppice.heap_bytes()
    holding.wait()
    print(f"\nlive heap of an idle connection: {(during - before) / clients:,.0f} bytes ({clients:,} clients)")


if __name__ == "__main__":
    main()
