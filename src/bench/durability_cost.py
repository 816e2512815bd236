"""durability.py cost: what it costs to keep messages on disk, beside the same load into clean sessions and beside Mosquitto (and HiveMQ's community edition), in one
run.

The broker runs on the first processor and the load generator on the second, all loads in turn, several times; a cell is a median and a ratio is one of
medians. A load of `pairs` has 16 publishers and 16 subscribers that are connected; for sessions that stay, the load generator is built with one word
changed, since it knows clean sessions only. A load of `queue` publishes into sessions whose clients are away. Acknowledgements are timed by a
publisher of its own, 50 times a second, beside the load of `pairs`.
"""
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import threading
import time

from durability_full import Client

CLEAN = "c->state = DEAD; c->clean = 1;"
STAYS = "c->state = DEAD; c->clean = !s || !getenv(\"MQLOAD_STAYS\");"
BAD = ("lost", "dup", "reordered", "corrupt", "errors", "dropped_conns")
WARMUP = 8


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    # told to save on changes, it writes all it has again and again: 4 ms of CPU a message with some tens of thousands queued
    queue_messages_max = 20

    def __init__(self, work):
        self.port = free_port()
        data = os.path.join(work, "mosquitto")
        os.makedirs(data)
        os.chmod(data, 0o777)
        conf = os.path.join(work, "mosquitto.conf")
        with open(conf, "w") as out:
            # its defaults would drop what the scenarios queue, and hold its window to 20
            out.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 256\n"
                      f"set_tcp_nodelay true\npersistence true\npersistence_location {data}/\nautosave_interval 1\nautosave_on_changes true\n"
                      "user root\n")
        program = next(p for p in ("/usr/sbin/mosquitto", "mosquitto") if os.path.exists(p) or p == "mosquitto")
        self.process = subprocess.Popen(["taskset", "-c", "0", program, "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_listener(self)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class HiveMq:
    """The community edition, embedded; class_path is a file with that of com.hivemq:hivemq-community-edition-embedded."""

    def __init__(self, work, class_path):
        self.port = free_port()
        conf, data = os.path.join(work, "hivemq-conf"), os.path.join(work, "hivemq-data")
        os.makedirs(conf)
        os.makedirs(data)
        with open(os.path.join(conf, "config.xml"), "w") as out:
            out.write("<?xml version='1.0'?><hivemq><listeners><tcp-listener><port>%d</port><bind-address>127.0.0.1</bind-address></tcp-listener>"
                      "</listeners><mqtt><queued-messages><max-queue-size>1000000</max-queue-size></queued-messages></mqtt>"
                      "<anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>" % self.port)
        with open(class_path) as file:
            words = ["java", "-Xmx2g", "-cp", file.read().strip(), os.path.join(os.path.dirname(os.path.abspath(__file__)), "brokers", "HiveMqServer.java")]
        self.process = subprocess.Popen(["taskset", "-c", "0", *words, conf, data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_listener(self)

    def stop(self):
        self.process.kill()
        self.process.wait()


def await_listener(broker):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", broker.port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("%s does not listen" % type(broker).__name__)


class Acks(threading.Thread):
    """Times from PUBLISH to PUBACK of a publisher to a session that is away, in milliseconds."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.millis, self.ended = port, [], False

    def run(self):
        session = Client(self.port, "timed", 4, stays=True)
        session.subscribe("timed", 1)
        session.close()
        publisher = Client(self.port, "timer", 4)
        due = time.monotonic()
        while not self.ended:
            due += 0.02
            time.sleep(max(due - time.monotonic(), 0))
            sent = time.monotonic()
            publisher.publish("timed", b"x" * 64, 1)
            if publisher.read(10) is None:
                raise SystemExit("no PUBACK in 10 s")
            self.millis.append((time.monotonic() - sent) * 1e3)
        publisher.close()
        Client(self.port, "timed", 4).close()

    def stop(self):
        self.ended = True
        self.join()
        return self.millis


def compiled(chosen, work):
    """The load generator with subscribers whose sessions stay where the environment says so."""
    with open(chosen.mqload_source) as source:
        text = source.read()
    if text.count(CLEAN) != 1:
        raise SystemExit("%s does not have exactly one %r" % (chosen.mqload_source, CLEAN))
    changed, program = os.path.join(work, "mqload.c"), os.path.join(work, "mqload")
    with open(changed, "w") as out:
        out.write(text.replace(CLEAN, STAYS))
    subprocess.run(["gcc", "-O2", "-o", program, changed, "-lm", "-lpthread"], check=True)
    return program


def fdatasync_millis(work):
    """Median time of a write of 4 KiB and an fdatasync."""
    times = []
    with open(os.path.join(work, "probe"), "wb") as out:
        for _ in range(200):
            begun = time.monotonic()
            out.write(b"x" * 4096)
            out.flush()
            os.fdatasync(out.fileno())
            times.append((time.monotonic() - begun) * 1e3)
    return statistics.median(times)


class Load:
    def __init__(self, program, port, pid, failures):
        self.program, self.port, self.pid, self.failures, self.seed = program, port, pid, failures, 1

    def run(self, name, words, stays=False):
        self.seed += 1
        begun = time.monotonic()
        where = ["taskset", "-c", "1", self.program]
        common = ["--port", str(self.port), "--seed", str(self.seed), "--timeout", "300"]
        out = subprocess.run([*where, *words.split(), *common, "--pid", str(self.pid)], capture_output=True, text=True,
                             env=dict(os.environ, **({"MQLOAD_STAYS": "1"} if stays else {}))).stdout
        result = json.loads(out.strip().splitlines()[-1])
        wrong = {key: result[key] for key in BAD if result.get(key)}
        if wrong:
            self.failures.append("%s, %s: %s" % (name, words, wrong))
        print("  %s: %s%s: %.2f us CPU, %.0f/s, %.0f s" % (
            name, words.split()[0], ", stays" if stays else "", result.get("broker_cpu_us_msg") or result.get("enqueue_cpu_us"),
            result.get("recv_s") or result.get("enqueue_s"), time.monotonic() - begun), flush=True)
        if stays:  # the sessions would go on getting what the next run publishes
            words = re.sub(r"--(duration|warmup) \d+", "", words) + " --count 16 --drain 1"
            subprocess.run([*where, *words.split(), *common], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return result


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def cost(chosen, work, node):
    if not chosen.mqload_source:
        raise SystemExit("--mqload-source is needed")
    program = compiled(chosen, work)
    pairs = "pairs --qos 1 --size %d --warmup 1 --duration %d" % (chosen.size, chosen.seconds)

    def queue(broker):
        messages = min(chosen.messages, getattr(broker, "queue_messages_max", chosen.messages))
        return "queue --subs %d --messages %d --size %d" % (chosen.sessions, messages, chosen.size)

    failures, brokers = [], {}
    print("a write of 4 KiB and fdatasync here: %.2f ms" % fdatasync_millis(work))
    try:
        for sync in ("os", "fsync"):
            coppice = node(os.path.join(work, sync), "durability-sync=" + sync, "node.event-loops=1")
            coppice.prefix = ("taskset", "-c", "0")
            coppice.start()
            brokers["Coppice, " + sync] = coppice
        brokers["Mosquitto"] = Mosquitto(work)
        if chosen.hivemq_classpath:
            brokers["HiveMQ CE"] = HiveMq(work, chosen.hivemq_classpath)
        seen = {name: {"clean": [], "stays": [], "queue": [], "acks": []} for name in brokers}
        loads = {name: Load(program, broker.port, broker.process.pid, failures) for name, broker in brokers.items()}
        for name, load in loads.items():
            load.run(name, re.sub(r"--warmup \d+", "--warmup %d" % WARMUP, pairs), stays=True)
            load.run(name, queue(brokers[name]))
        for _ in range(chosen.repeat):
            for name, load in loads.items():
                seen[name]["clean"].append(load.run(name, pairs))
                seen[name]["stays"].append(load.run(name, pairs, stays=True))
                seen[name]["queue"].append(load.run(name, queue(brokers[name])))
                acks = Acks(load.port)
                acks.start()
                load.run(name, pairs, stays=True)
                seen[name]["acks"].append(acks.stop())
        table(seen)
    finally:
        for broker in brokers.values():
            broker.stop()
    for failure in failures:
        print("WRONG:", failure)
    return len(failures)


def table(seen):
    def median(name, load, key):
        return statistics.median(result[key] for result in seen[name][load])

    print("\n| broker | pairs, clean sessions: µs CPU a message | sessions that stay | ratio | queue: µs CPU a message taken | beside Mosquitto: CPU of pairs, stay "
          "| of queue | pairs, stay: messages/s | beside Mosquitto | taken into queues/s | PUBACK p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    theirs = {key: median("Mosquitto", load, key) for load, key in
              (("stays", "broker_cpu_us_msg"), ("queue", "enqueue_cpu_us"), ("stays", "recv_s"))}
    for name in seen:
        clean, stays = median(name, "clean", "broker_cpu_us_msg"), median(name, "stays", "broker_cpu_us_msg")
        queued, rate = median(name, "queue", "enqueue_cpu_us"), median(name, "stays", "recv_s")
        acks = seen[name]["acks"]
        print("| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %s | %.2f | %s | %.2f | %.2f |" % (
            name, clean, stays, stays / clean, queued, stays / theirs["broker_cpu_us_msg"], queued / theirs["enqueue_cpu_us"],
            format(round(rate), ","), rate / theirs["recv_s"], format(round(median(name, "queue", "enqueue_s")), ","),
            statistics.median(percentile(each, 0.5) for each in acks), statistics.median(percentile(each, 0.99) for each in acks)), flush=True)
