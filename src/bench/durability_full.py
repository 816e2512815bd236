"""durability.py full: a node whose disk fills, becomes read-only or breaks, with clients that notice what it does. Needs root, loop devices and ext4.

Each round makes a small file system of its own in a file, has a node keep its data there, publishes at QoS 1 into parked sessions until the disk is
in the way, looks at what is refused and what goes on, gives the disk back, and wants all that was acknowledged, part of it after a kill -9.
"""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

DISK_MIB = 384
BALLAST_MIB = 120
SIZE = 16 << 10
SESSIONS = 4
WINDOW = 64
QUOTA_EXCEEDED = 0x97
ROUNDS = ["limit", "drain", "full", "readonly", "broken"]


def run(*words):
    subprocess.run(words, check=True)


class Disk:
    """A file system in a file. Nothing of it is left after `close`."""

    def __init__(self, work):
        self.image, self.place = os.path.join(work, "disk.img"), os.path.join(work, "disk")
        self.covered = False
        os.makedirs(self.place, exist_ok=True)
        with open(self.image, "wb") as image:
            image.truncate(DISK_MIB << 20)
        run("mkfs.ext4", "-q", "-m", "0", self.image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop,errors=remount-ro", self.image, self.place)

    def unmount(self):
        subprocess.run(["umount", self.place], stderr=subprocess.DEVNULL).returncode and run("umount", "-l", self.place)

    def ballast(self):
        path = os.path.join(self.place, "ballast")
        with open(path, "wb") as out:
            for _ in range(BALLAST_MIB):
                out.write(os.urandom(1 << 20))
            os.fsync(out.fileno())
        return path

    def cover(self):
        """New files cannot be made any more. (What is open for writing keeps a real remount from being made.)"""
        run("mount", "--bind", self.place, self.place)
        self.covered = True
        run("mount", "-o", "remount,ro,bind", self.place)

    def uncover(self):
        self.covered = False
        run("umount", "-l", self.place)

    def fail(self):
        """The file system finds a fault in itself, and is read-only from now on."""
        source = subprocess.run(["findmnt", "-no", "SOURCE", self.place], capture_output=True, text=True, check=True).stdout
        with open("/sys/fs/ext4/%s/trigger_fs_error" % os.path.basename(source.split()[0]), "w") as trigger:
            trigger.write("1")

    def repair(self):
        self.unmount()
        subprocess.run(["e2fsck", "-fy", self.image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.mount()

    def close(self):
        if self.covered:
            self.uncover()
        self.unmount()
        os.remove(self.image)


class Gone(Exception):
    """The broker has ended the connection."""


def text(string):
    return struct.pack(">H", len(string)) + string.encode()


def varint(number):
    out = b""
    while number > 127:
        out += bytes((number & 127 | 128,))
        number >>= 7
    return out + bytes((number,))


class Client:
    """A client that waits for what it wants to hear. `code` is that of the CONNACK."""

    def __init__(self, port, name, version=5, stays=False):
        self.version, self.buffer, self.ident = version, b"", 0
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = text("MQTT") + bytes((version, 0 if stays else 2, 0, 0))
        if version == 5:
            properties = b"\x11" + struct.pack(">I", 0xFFFFFFFF) if stays else b""
            body += varint(len(properties)) + properties
        self.send(0x10, body + text(name))
        try:
            self.code = self.read(30)[1][1]
        except Gone:
            self.code = None

    def send(self, head, body):
        try:
            self.socket.sendall(bytes((head,)) + varint(len(body)) + body)
        except OSError as e:
            raise Gone(e)

    def read(self, timeout):
        """The next packet, as first byte and body; None where none comes in time."""
        end = time.monotonic() + timeout
        while True:
            found = self.packet()
            if found:
                return found
            try:
                self.socket.settimeout(max(end - time.monotonic(), 0.001))
                more = self.socket.recv(1 << 18)
            except socket.timeout:
                return None
            except OSError as e:
                raise Gone(e)
            if not more:
                raise Gone()
            self.buffer += more

    def packet(self):
        length = shift = 0
        for at in range(1, min(5, len(self.buffer))):
            length |= (self.buffer[at] & 127) << shift
            shift += 7
            if self.buffer[at] < 128:
                end = at + 1 + length
                if len(self.buffer) < end:
                    return None
                found = self.buffer[0], self.buffer[at + 1:end]
                self.buffer = self.buffer[end:]
                return found
        return None

    def subscribe(self, topic, qos):
        self.send(0x82, b"\0\1" + (b"\0" if self.version == 5 else b"") + text(topic) + bytes((qos,)))
        assert self.read(30)[0] == 0x90

    def publish(self, topic, payload, qos, retain=False):
        self.ident = self.ident % 65535 + 1
        self.send(0x30 | qos << 1 | retain, text(topic) + (struct.pack(">H", self.ident) if qos else b"")
                  + (b"\0" if self.version == 5 else b"") + payload)
        return self.ident

    def message(self, timeout):
        """Topic and payload of the next PUBLISH, which is acknowledged; None where none comes in time."""
        while True:
            found = self.read(timeout)
            if found is None:
                return None
            head, body = found
            if head >> 4 != 3:
                continue
            at = 2 + struct.unpack(">H", body[:2])[0]
            topic = body[2:at].decode()
            if head >> 1 & 3:
                self.send(0x40, body[at:at + 2])
                at += 2
            if self.version == 5:
                assert body[at] < 128
                at += 1 + body[at]
            return topic, body[at:]

    def close(self):
        try:
            self.send(0xE0, b"")
        except Gone:
            pass
        self.socket.close()


class Publisher:
    """Publishes numbered messages to its topic at QoS 1, and knows which were acknowledged."""

    def __init__(self, port, name, version):
        self.port, self.name, self.version = port, name, version
        self.next, self.acked, self.refused, self.cut = 0, set(), 0, 0
        self.client, self.open = None, {}
        self.filler = os.urandom(SIZE)

    def send(self):
        if self.client is None:
            self.client = Client(self.port, self.name, self.version)
        ident = self.client.publish("f/" + self.name, struct.pack(">Q", self.next) + self.filler[self.next % 97:], 1)
        self.open[ident] = self.next
        self.next += 1

    def work(self, count, until=lambda: False, seconds=180):
        """Publishes so many more, or until something is so. What a connection that ends has left open is not sent again."""
        end, left, heard = time.monotonic() + seconds, count, time.monotonic()
        while (left or self.open) and not until() and time.monotonic() < end:
            try:
                while left and len(self.open) < WINDOW:
                    left -= 1
                    self.send()
                found = self.client.read(1)
                heard = time.monotonic() if found else heard
                if time.monotonic() - heard > 8:
                    heard = time.monotonic()
                    self.client.socket.close()
                    raise Gone("no answer")
                if found and found[0] >> 4 == 4:
                    number = self.open.pop(struct.unpack(">H", found[1][:2])[0])
                    if len(found[1]) > 2 and found[1][2] >= 0x80:
                        assert found[1][2] == QUOTA_EXCEEDED, hex(found[1][2])
                        self.refused += 1
                    else:
                        self.acked.add(number)
            except Gone:
                self.cut += 1
                self.client, self.open = None, {}
                time.sleep(0.05)

    def close(self):
        if self.client is not None:
            self.client.close()
        self.client, self.open = None, {}


class Round:
    def __init__(self, chosen, disk, kind, start):
        self.kind, self.disk, self.faults = kind, disk, []
        settings = ["admin.enabled=true", "admin.port=0", "sys.interval=0s",
                    "limits.disk-free-min=" + ("0" if kind in ("full", "readonly", "broken") else "128MiB"),
                    "durability-sync=" + ("fsync" if kind == "broken" else "os")]
        self.node = start(os.path.join(disk.place, "data"), *settings)

    def want(self, so, otherwise):
        if not so:
            self.faults.append(otherwise)
            print("  FAULT: " + otherwise, flush=True)

    def health(self):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/health/ready" % self.node.admin, timeout=10) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as e:
            checks = json.load(e)["checks"]
            return e.code, "; ".join(check.get("detail", "") for check in checks if check["status"] != "UP")

    def meter(self, name):
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % self.node.admin, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        return None

    def play(self):
        port = self.node.port
        ballast = self.disk.ballast() if self.kind in ("limit", "full") else None
        for i in range(SESSIONS):
            parked = Client(port, "parked-%d" % i, stays=True)
            parked.subscribe("f/#", 1)
            parked.close()
        self.quick, self.listener = Client(port, "quick"), Client(port, "listener")
        self.listener.subscribe("zero/#", 0)
        self.new, self.old = Publisher(port, "new", 5), Publisher(port, "old", 4)
        keeper = Client(port, "keeper")
        keeper.publish("keep/this", b"kept", 1, retain=True)
        self.want(keeper.read(30)[0] >> 4 == 4, "a retained message was not acknowledged")
        keeper.close()
        self.old.work(200)
        if self.kind == "readonly":
            self.new.work(200)
            self.disk.cover()
        elif self.kind == "broken":
            self.new.work(2000)
            self.disk.fail()
        begun = time.monotonic()
        self.new.work(1000000, lambda: self.new.refused >= 20)
        self.want(self.new.refused >= 20, "nothing was refused in 180 s")
        print("  %d acknowledged before 0x97 came, %d connections ended; %.1f s" % (len(self.new.acked), self.new.cut, time.monotonic() - begun),
              flush=True)
        self.refusing()
        if self.kind == "broken":
            self.node.kill()
            self.disk.repair()
            self.node.start()
        else:
            self.recover(ballast)
        self.afterwards()

    def refusing(self):
        status, why = self.health()
        self.want(status == 503 and why, "ready says %s %r" % (status, why))
        print("  /health/ready: %d %s" % (status, why), flush=True)
        self.want(self.meter("mqtt_journal_refuses") == 1, "mqtt_journal_refuses is %s" % self.meter("mqtt_journal_refuses"))
        port = self.node.port
        acked, cut = len(self.old.acked), self.old.cut
        self.old.close()
        self.old.work(3, seconds=10)
        self.want(len(self.old.acked) == acked and self.old.cut > cut, "a 3.1.1 publisher was acknowledged, or not cut off")
        self.want(Client(port, "late", stays=True).code == QUOTA_EXCEEDED, "a version 5 client got a session")
        self.want(Client(port, "late", 4, stays=True).code == 3, "a 3.1.1 client got a session")
        passing = Client(port, "passing")
        self.want(passing.code == 0, "a client without a session was refused: %s" % passing.code)
        passing.close()
        for i in range(100):
            self.quick.publish("zero/%d" % i, b"x", 0)
        heard = [self.listener.message(5) for _ in range(100)]
        self.want(None not in heard, "QoS 0 stood still")

    def recover(self, ballast):
        begun = time.monotonic()
        early = 0
        if self.kind == "drain":
            for i in range(SESSIONS):
                # refused would be a client that is new; this one has a session already
                early += self.drain("parked-%d" % i)
        elif self.kind == "readonly":
            self.disk.uncover()
        else:
            os.remove(ballast)
        while self.health()[0] != 200 and time.monotonic() - begun < 90:
            time.sleep(0.1)
        seconds = time.monotonic() - begun
        self.want(self.health()[0] == 200, "it did not recover: %s" % self.health()[1])
        print("  ready again after %.1f s; failures %g, reopened %g" % (
            seconds, self.meter("mqtt_journal_failures_total"), self.meter("mqtt_journal_reopenings_total")), flush=True)
        before = len(self.new.acked), len(self.old.acked)
        self.new.work(200, seconds=60)
        self.old.work(200, seconds=60)
        self.want(len(self.new.acked) - before[0] >= 200 and len(self.old.acked) - before[1] >= 200, "not all was taken afterwards")

    def afterwards(self):
        """Half of the sessions are emptied by the node as it is, the others after a kill."""
        for publisher in (self.new, self.old):
            publisher.close()
        if self.kind == "drain":
            self.new.acked = {n for n in self.new.acked if n >= self.drained}
            self.old.acked = {n for n in self.old.acked if n >= self.drained_old}
        got = sum(self.drain("parked-%d" % i) for i in range(SESSIONS // 2))
        self.node.kill()
        seconds = self.node.start()
        got += sum(self.drain("parked-%d" % i) for i in range(SESSIONS // 2, SESSIONS))
        reader = Client(self.node.port, "reader")
        reader.subscribe("keep/#", 1)
        self.want((reader.message(10) or (0, 0))[1] == b"kept", "the retained message is gone")
        print("  %d messages delivered, started again in %.1f s" % (got, seconds), flush=True)

    def drain(self, name):
        """Takes everything from a session; fails where something is missing that was acknowledged, or out of order."""
        client = Client(self.node.port, name, stays=True)
        self.want(client.code == 0, "%s was refused: %s" % (name, client.code))
        if client.code != 0:
            return 0
        wanted = {"f/new": set(self.new.acked), "f/old": set(self.old.acked)}
        last = {"f/new": -1, "f/old": -1}
        got = 0
        while True:
            found = client.message(2 if not any(wanted.values()) else 20)
            if found is None:
                break
            topic, number = found[0], struct.unpack(">Q", found[1][:8])[0]
            self.want(number > last[topic], "%s: %s %d after %d" % (name, topic, number, last[topic]))
            last[topic] = number
            wanted[topic].discard(number)
            got += 1
        lost = sum(map(len, wanted.values()))
        self.want(not lost, "%s lost %d acknowledged messages" % (name, lost))
        client.close()
        self.drained, self.drained_old = self.new.next, self.old.next
        return got


def full(chosen, work, start):
    if os.geteuid():
        raise SystemExit("durability.py full mounts a file system: it needs root")
    bad = 0
    for kind in chosen.rounds_of or ROUNDS:
        for ended in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(ended, lambda number, frame: sys.exit(128 + number))
        print(kind + ":", flush=True)
        disk, this = Disk(work), None
        try:
            this = Round(chosen, disk, kind, start)
            this.play()
            bad += len(this.faults)
        except BaseException as fault:
            print("  %r" % (fault,))
            if this is not None:
                this.faults.append(repr(fault))
            raise
        finally:
            for ended in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(ended, signal.SIG_IGN)
            if this is not None:
                this.node.kill()
                if chosen.verbose or this.faults:
                    print("  the node said last:\n    " + "\n    ".join(this.node.said))
            disk.close()
    return bad
