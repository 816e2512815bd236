#!/usr/bin/env python3
"""Kills a node that is alone while it takes messages, fills its disk, starts it again, and looks for what it had acknowledged.

    durability.py crash --mqload PATH [--rounds 10] [--messages 1000] [--sessions 100] [--sync os|fsync]
    durability.py start --mqload PATH [--messages 10000] [--sessions 100]   how long a start takes with that many queued
    durability.py deep --mqload PATH [--messages 100000] [--sessions 100] [--size 1024]   that many queued, killed, started, delivered: time and memory
    durability.py full [--only limit,drain,full,readonly,broken]   a disk that fills, becomes read-only or breaks; needs root
    durability.py cost --mqload PATH --mqload-source PATH [--repeat 5] [--seconds 5]   what it costs, beside Mosquitto; a table
With each: --jar target/coppice.jar, --java=-Xmx512m, --set key=value. Runs brokers on free ports of the loopback, in directories of its own,
and ends only what it started. Exits with 1 where something acknowledged was lost or came twice at QoS 2.
"""
import argparse
import collections
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import durability_cost
import durability_full

READY = re.compile(r"Coppice ready in (\d+) ms.*mqtt [^,]*:(\d+)(?:.*admin [^,]*:(\d+))?")


class Coppice:
    def __init__(self, chosen, data, *settings):
        self.chosen, self.data, self.settings, self.port, self.admin = chosen, data, settings, 0, 0
        self.prefix = ()
        self.said = collections.deque(maxlen=60)

    def start(self):
        sets = ["node.data=" + self.data, "listeners.mqtt.port=%d" % self.port, "listeners.ws.enabled=false", "admin.enabled=false",
                "limits.queue-messages-max=1000000", "limits.queue-bytes-max=16GiB", *self.settings, *self.chosen.set]
        begun = time.monotonic()
        self.process = subprocess.Popen([*self.prefix, "java", *self.chosen.java, "-jar", self.chosen.jar,
                                         *[word for each in sets for word in ("--set", each)]],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            self.said.append(line.strip())
            ready = READY.match(line)
            if ready:
                self.port, self.admin = int(ready.group(2)), int(ready.group(3) or 0)
                seconds = time.monotonic() - begun
                threading.Thread(target=lambda out: self.said.extend(map(str.strip, out)), args=(self.process.stdout,), daemon=True).start()
                return seconds
        raise SystemExit("Coppice did not start: %s" % self.process.wait())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def mqload(chosen, *words):
    done = subprocess.run([chosen.mqload, *map(str, words)], stdout=subprocess.PIPE, text=True)
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise SystemExit("mqload %s said: %s" % (" ".join(map(str, words)), done.stdout))


def crash(chosen, work):
    """mqload runs the command once enough is acknowledged, and then wants all of it from the sessions."""
    bad = 0
    for number in range(1, chosen.rounds + 1):
        broker = Coppice(chosen, os.path.join(work, "crash"), "durability-sync=" + chosen.sync)
        broker.start()
        again = os.path.join(work, "again")
        restart = "kill -9 %d; until [ -e %s ]; do sleep 0.02; done" % (broker.process.pid, again)
        load = subprocess.Popen([chosen.mqload, "crash", "--port", str(broker.port), "--subs", str(chosen.sessions),
                                 "--messages", str(chosen.messages), "--qos", str(1 + number % 2), "--v5", "--timeout", "300",
                                 "--drain", "10", "--crash-cmd", restart], stdout=subprocess.PIPE, text=True)
        broker.process.wait()
        seconds = broker.start()
        open(again, "w").close()
        line = load.communicate()[0].strip().splitlines()[-1]
        seen = json.loads(line)
        bad += load.returncode != 0
        print("round %d, QoS %d: ready again after %.2f s; %s" % (number, 1 + number % 2, seconds, brief(seen)), flush=True)
        if load.returncode:  # mqload counts as lost what is for sessions whose clients it could not connect again
            print("\n".join("    " + line for line in broker.said if " WARN " in line or " ERROR " in line), flush=True)
        broker.stop()
        os.remove(again)
        shutil.rmtree(broker.data)
    return bad


def brief(seen):
    keys = ("ok", "acked", "published", "received", "delivered", "lost", "missing", "dup", "reordered", "duplicates", "dups", "dup_qos2", "errors")
    return " ".join("%s %s" % (key, seen[key]) for key in keys if key in seen) or json.dumps(seen)


def start(chosen, work):
    broker = Coppice(chosen, os.path.join(work, "start"))
    broker.start()
    seen = mqload(chosen, "crash", "--port", broker.port, "--subs", chosen.sessions, "--messages", chosen.messages, "--qos", 1, "--size",
                  chosen.size, "--timeout", 600, "--drain", 1, "--crash-cmd", "true")
    print("queued:", brief(seen))
    broker.kill()
    print("start after kill -9: %.2f s" % broker.start())
    broker.stop()
    return 0


def memory(process):
    with open("/proc/%d/status" % process.pid) as status:
        kib = {line.split(":")[0]: int(line.split()[1]) for line in status if line.startswith(("VmHWM", "VmRSS"))}
    return "RSS %d MiB, at most %d MiB" % (kib["VmRSS"] >> 10, kib["VmHWM"] >> 10)


def deep(chosen, work):
    """As crash, once, with queues that need not fit into memory."""
    broker = Coppice(chosen, os.path.join(work, "deep"), "durability-sync=" + chosen.sync)
    broker.start()
    full, again = os.path.join(work, "full"), os.path.join(work, "again")
    begun = time.monotonic()
    load = subprocess.Popen([chosen.mqload, "crash", "--port", str(broker.port), "--subs", str(chosen.sessions), "--messages",
                             str(chosen.messages), "--qos", str(chosen.qos), "--size", str(chosen.size), "--v5", "--timeout", "3600", "--drain",
                             "20", "--crash-cmd", "touch %s; until [ -e %s ]; do sleep 0.02; done" % (full, again)],
                            stdout=subprocess.PIPE, text=True)
    while not os.path.exists(full) and load.poll() is None:
        time.sleep(0.1)
    print("queued after %.0f s; %s; %d MiB on disk" % (time.monotonic() - begun, memory(broker.process), size_of(broker.data) >> 20), flush=True)
    broker.kill()
    print("ready again after kill -9 in %.2f s" % broker.start(), flush=True)
    begun = time.monotonic()
    open(again, "w").close()
    line = load.communicate()[0].strip().splitlines()[-1]
    print("delivered after %.0f s, of which up to 20 are silence; %s; %s" % (time.monotonic() - begun, memory(broker.process),
                                                                          brief(json.loads(line))), flush=True)
    broker.stop()
    return load.returncode != 0


def size_of(directory):
    return sum(os.path.getsize(os.path.join(where, name)) for where, _, names in os.walk(directory) for name in names)


def started(chosen, data, *settings):
    node = Coppice(chosen, data, *settings)
    node.start()
    return node


def disk_full(chosen, work):
    return durability_full.full(chosen, work, lambda data, *settings: started(chosen, data, *settings))


def measure(chosen, work):
    return durability_cost.cost(chosen, work, lambda data, *settings: Coppice(chosen, data, *settings))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=["crash", "start", "deep", "full", "cost"])
    options.add_argument("--mqload")
    options.add_argument("--mqload-source")
    options.add_argument("--only", dest="rounds_of", type=lambda words: words.split(","))
    options.add_argument("--hivemq-classpath", help="of cost: a file with the class path of com.hivemq:hivemq-community-edition-embedded")
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--verbose", action="store_true")
    options.add_argument("--jar", default="target/coppice.jar")
    options.add_argument("--java", default="-Xmx512m", type=str.split)
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--messages", type=int, default=1000, help="for each session")
    options.add_argument("--sessions", type=int, default=100)
    options.add_argument("--size", type=int, default=64)
    options.add_argument("--qos", type=int, default=1)
    options.add_argument("--sync", default="os")
    chosen = options.parse_args()
    if chosen.what != "full" and not chosen.mqload:
        options.error("--mqload is needed")
    work = tempfile.mkdtemp(prefix="coppice-durability-")
    try:
        bad = {"crash": crash, "start": start, "deep": deep, "full": disk_full, "cost": measure}[chosen.what](chosen, work)
    finally:
        shutil.rmtree(work)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
