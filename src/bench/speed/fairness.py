"""What others feel: a stream of 2,000 messages a second at QoS 1 that is timed while something noisy goes on, and what a client costs that does not read."""
import socket
import threading
import time

from nodes import packet, text

from . import growth
from .measure import may_be_urgent, told

STORED = 100_000
TAG = 77
NOISES = {
    "quiet": None,
    "fan-out": "fanout --pubs 1 --subs 1000 --rate 50 --warmup 0 --duration 3",
    "fan-out, closed loop": "fanout --pubs 1 --subs 1000 --window 1 --warmup 0 --duration 3",
    "replay": f"retained --no-store --tag {TAG} --messages {STORED} --drains 10",
    "reconnect storm": "connect --subs 2000 --hold 0.3",
}
SLOW_READERS = 4
SLOW_SIZE = 1_000


class Noise(threading.Thread):
    """Runs the load generator again and again until it is told to stop; keeps what it said."""

    def __init__(self, bench, broker, flags):
        super().__init__(daemon=True)
        self.bench, self.command = bench, bench.command([broker.port], [], flags)
        self.stopping, self.told = False, []

    def run(self):
        while not self.stopping:
            process = self.bench.begin(self.command)
            self.told.append(told(*process.communicate()))

    def stop(self):
        self.stopping = True
        self.join()


def run(bench, chosen):
    for broker in growth.each(bench, ("coppice",), chosen):
        stored = bench.load(broker, f"retained --messages {STORED} --drains 1 --tag {TAG}")
        if "failed" in stored:
            bench.note("fairness", "replay", broker.name, stored)
            return
        for flags in NOISES.values():          # what runs for the first time is compiled then, and takes its time from all
            if flags:
                bench.load(broker, flags)
        for _ in range(bench.repeat):
            for what, flags in NOISES.items():
                beside(bench, broker, what, flags)
        slow_readers(bench, broker)


def beside(bench, broker, what, flags):
    noise = Noise(bench, broker, flags) if flags else None
    if noise:
        noise.start()
        time.sleep(0.5)
    stream = bench.command([broker.port], [broker.pid], f"pairs --qos 1 --pubs 10 --rate 2000 --warmup 0.5 --duration {bench.seconds * 1.5}")
    result = bench.run(stream, urgent=True)
    if noise:
        noise.stop()
        failed = [each["failed"] for each in noise.told if "failed" in each]
        result.update({"noise_recv": sum(each.get("recv", 0) for each in noise.told), "noise_lost": sum(each.get("lost", 0) for each in noise.told)})
        if failed:
            result["failed"] = "noise: " + failed[0]
    bench.note("fairness", what, broker.name, result, urgent=may_be_urgent())


def subscriber(port, name, qos):
    """A client that subscribes to the stream and reads nothing of it."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.connect(("127.0.0.1", port))
    link.sendall(packet(0x10, text("MQTT") + b"\4\2\0\0" + text(name)) + packet(0x82, b"\0\1" + text("p/#") + bytes([qos])))
    got = b""
    while len(got) < 9:                        # CONNACK and SUBACK
        got += link.recv(9 - len(got))
    return link


def slow_readers(bench, broker):
    """Heap and resident memory before and after many more bytes are due to clients that do not read than may wait for them."""
    def memory():
        heap = broker.histogram()[1]
        return heap / 2**20, broker.rss_bytes() / 2**20
    bench.load(broker, f"pairs --qos 1 --rate 20000 --size {SLOW_SIZE} --warmup 0 --duration 2")
    heap, rss = memory()
    links = [subscriber(broker.port, f"slow-{number}", number % 2) for number in range(SLOW_READERS)]
    result = bench.load(broker, f"pairs --qos 1 --rate 20000 --size {SLOW_SIZE} --warmup 0 --duration {bench.seconds * 3}")
    heap_then, rss_then = memory()
    for link in links:
        link.close()
    bench.note("fairness", "slow readers", broker.name, result, readers=SLOW_READERS, due_mib_each=result.get("sent", 0) * SLOW_SIZE / 2**20, heap_mib=heap,
               heap_then_mib=heap_then, rss_mib=rss, rss_then_mib=rss_then)
