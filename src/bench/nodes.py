"""Nodes of a cluster as processes, and an MQTT client that is strict enough to judge them. cluster.py and splits.py are made of it.

    async with Cluster(jar, work) as nodes:             three nodes on loopback, on free ports, all ready
        client = Client("c", history=history)           a client identifier: its session outlives its connections
        await client.connect(nodes[0]); await client.subscribe(["a/#"], 2)
        client.publish("a/b", b"...", 2)                sent at once, or as soon as there is a connection and room in the window

A client keeps its side of a session: what was not answered is sent again after a reconnect, in its order, with DUP and its packet
identifier, and a QoS 2 message is told once. A connection that is replaced stays open and is watched: the broker has to end it.
Ends only the processes that it started. Needs Linux and a JDK; Python 3.8 or later, nothing besides.
"""
import asyncio
import collections
import ctypes
import os
import random
import signal
import socket
import subprocess
import time

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = \
    1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14
# Python's name for what wait_for throws has changed with 3.11.
FAILURES = (OSError, asyncio.TimeoutError)
clock = time.monotonic


def free_port(host="127.0.0.1"):
    """A port that no outgoing connection takes while its node is down."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
                return port
            except OSError:
                pass
    raise OSError("no free port on " + host)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Node:
    """One process at a time, by the same name and at the same ports."""

    def __init__(self, name, jar, work, host="127.0.0.1", java=("-Xmx512m",), prefix=()):
        self.name, self.jar, self.java, self.prefix = name, jar, list(java), list(prefix)
        self.host = host
        self.port, self.admin, self.member, self.bus = (free_port() for _ in range(4))
        self.settings = {}
        self.process = None
        self.log = os.path.join(work, name + ".log")
        self.begun = self.log_begins = 0

    def begin(self):
        self.log_begins = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        sets = [word for key, value in self.settings.items() for word in ("--set", f"{key}={value}")]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.prefix, "java", *self.java, "-jar", self.jar, *sets], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        self.begun = clock()

    async def ready(self, timeout=900):
        """Waits for the line and for /health/ready; answers how long it took. A node that its cluster threw out while it formed (4) is
        started again, as a supervisor would."""
        begun = self.begun
        while b"Coppice ready" not in self.output() or not await self.healthy():
            if self.process.poll() == 4:
                self.begin()
            if not self.running or clock() > begun + timeout:
                raise RuntimeError(f"{self.name} is not ready, exit status {self.process.poll()}: {self.log}")
            await asyncio.sleep(0.02)
        return clock() - begun

    def output(self):
        with open(self.log, "rb") as log:
            log.seek(self.log_begins)
            return log.read()

    async def healthy(self):
        return b" 200 " in (await self.get("/health/ready")).split(b"\r\n")[0]

    async def get(self, path, timeout=2):
        async def ask():
            reader, writer = await asyncio.open_connection(self.host, self.admin)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode())
                return await reader.read(-1)
            finally:
                writer.close()
        try:
            return await asyncio.wait_for(ask(), timeout)
        except FAILURES:
            return b""

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def signal(self, number):
        if self.running:
            self.process.send_signal(number)

    async def stop(self, timeout=120):
        """A clean stop; answers the exit status."""
        self.signal(signal.SIGTERM)
        end = clock() + timeout
        while self.running and clock() < end:
            await asyncio.sleep(0.02)
        return self.process.poll()

    def rss_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def heap_bytes(self):
        """Live heap after a collection."""
        histogram = subprocess.run(["jcmd", str(self.process.pid), "GC.class_histogram"],
                                   capture_output=True, text=True, check=True).stdout
        return int(histogram.strip().splitlines()[-1].split()[2])


class Cluster:
    """Several nodes, or one in mode single. `hosts` and `prefixes` put each somewhere else; `first` are begun with, where not all are."""

    def __init__(self, jar, work, size=3, settings=(), java=("-Xmx512m",), hosts=(), prefixes=(), first=None):
        self.first = first or size
        hosts = hosts or ["127.0.0.1"] * size
        prefixes = prefixes or [()] * size
        self.nodes = [Node("abcdefg"[i] if size > 1 else "single", jar, work, hosts[i], java, prefixes[i]) for i in range(size)]
        members = ",".join(f"{node.host}:{node.member}" for node in self.nodes)
        for node in self.nodes:
            node.settings = {
                "node.name": node.name, "node.data": os.path.join(work, node.name), "security.anonymous": "true",
                "listeners.mqtt.host": node.host, "listeners.mqtt.port": node.port, "listeners.ws.enabled": "false",
                "admin.enabled": "false", "monitoring.enabled": "true", "monitoring.host": node.host, "monitoring.port": node.admin}
            if size > 1:
                node.settings.update({
                    "cluster.mode": "static", "cluster.name": f"bench-{os.getpid()}", "cluster.members": members,
                    "cluster.host": node.host, "cluster.port": node.member, "cluster.bus-port": node.bus,
                    "cluster.expected-size": size})
            node.settings.update(settings)

    async def __aenter__(self):
        try:
            for node in self.nodes[:self.first]:
                node.begin()
            for node in self.nodes[:self.first]:
                await node.ready()
        except BaseException:
            self.end()
            raise
        return self.nodes

    async def __aexit__(self, *failure):
        self.end()

    def end(self):
        for node in self.nodes:
            node.kill()


class Refused(OSError):
    """The CONNACK said no."""

    def __init__(self, code):
        super().__init__(f"refused: {code:#x}")
        self.code = code


class Sent:
    """A message that a client was told to publish, and what became of it. `code` is None while it is not answered."""
    __slots__ = ("publisher", "topic", "seq", "payload", "qos", "retain", "due", "acked", "code", "node", "id", "tries")

    def __init__(self, publisher, topic, seq, payload, qos, retain, due):
        self.publisher, self.topic, self.seq, self.payload, self.qos, self.retain = publisher, topic, seq, payload, qos, retain
        self.due, self.acked, self.code, self.node, self.id, self.tries = due, None, None, None, 0, 0

    @property
    def safe(self):
        return self.code is not None and self.code < 0x80


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(2, "big") + data


def varint(value):
    out = bytearray()
    while True:
        value, low = value >> 7, value & 127
        out.append(low | 128 if value else low)
        if not value:
            return bytes(out)


def packet(head, body):
    return bytes((head,)) + varint(len(body)) + body


def skip_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
        shift += 7


class Link(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, client, node):
        self.client, self.node = client, node
        self.name = f"{node.name}#{client.connections}"
        self.transport = None
        self.rest, self.out = b"", bytearray()
        self.flushing = self.open = self.refused = False
        self.connack = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()
        self.acknowledged = self.reason = None  # when the CONNACK came; why the broker ended it
        self.publishes = 0
        self.subacks = {}                # packet identifier: future
        self.pings = collections.deque()

    def connection_made(self, transport):
        self.transport, self.open = transport, True
        self.name += f":{transport.get_extra_info('sockname')[1]}"

    def connection_lost(self, failure):
        self.open = False
        self.closed.set()
        if not self.refused:
            self.client.note(f"{self.name} closed" + (f" with {self.reason:#x}" if self.reason else ""))
        for future in (self.connack, *self.subacks.values(), *self.pings):
            if not future.done():
                future.set_exception(ConnectionError(f"{self.node.name} closed the connection: {self.reason} {failure or ''}"))
                future.exception()  # nobody may be waiting any more

    def data_received(self, data):
        if self.rest:
            data = self.rest + data
        at, size = 0, len(data)
        while at + 2 <= size:
            length, body = data[at + 1], at + 2
            if length > 127:
                if all(byte > 127 for byte in data[at + 1:at + 5]) and size < at + 5:
                    break
                length, body = skip_varint(data, at + 1)
            if body + length > size:
                break
            self.client.received(self, data[at], data, body, body + length)
            at = body + length
        self.rest = data[at:]

    def send(self, data):
        self.out += data
        if not self.flushing:
            self.flushing = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self):
        self.flushing = False
        if self.open and self.out:
            self.transport.write(bytes(self.out))
            self.out.clear()


class Client:
    """A client identifier. With an expiry of 0 its session ends with the connection. Its window has to be within `limits.receive-maximum`."""

    def __init__(self, name, history=None, version=5, expiry=3600, window=500, ghost_grace=1.0, on_message=None):
        self.name, self.history, self.version, self.expiry, self.window = name, history, version, expiry, window
        self.ghost_grace = ghost_grace
        self.on_message = on_message or (lambda *_: None)  # (topic, payload, QoS, RETAIN, DUP)
        self.link = None
        self.has_session = False            # the broker owes this client its session
        self.next_id = 0
        self.waiting = collections.deque()  # not yet sent
        self.unanswered = {}                # packet identifier: Sent, in the order they were sent
        self.released = {}                  # answered with PUBREC
        self.taken = set()                  # identifiers of QoS 2 messages that were told and not yet released
        self.mute = False                   # neither tells nor acknowledges what comes
        self.connections = 0
        self.notes = collections.deque(maxlen=30)

    @property
    def connected(self):
        return self.link is not None and self.link.open and self.link.acknowledged is not None

    def note(self, words):
        self.notes.append((clock(), words))

    def fault(self, words):
        if self.history:
            self.history.fault(f"{words}; its connections: {self.lately()}")

    def lately(self, count=9):
        return ", ".join(f"{when - self.history.begun:.3f} {what}" for when, what in list(self.notes)[-count:])

    def outstanding(self):
        return len(self.waiting) + len(self.unanswered) + len(self.released)

    async def connect(self, node, clean=False, timeout=30, receive_max=65535):
        """Answers whether the session was present. The connection before this one stays open as a ghost."""
        self.connections += 1
        link = Link(self, node)
        self.link = link
        await asyncio.wait_for(asyncio.get_running_loop().create_connection(lambda: link, node.host, node.port), timeout)
        link.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start_new = clean or (self.version < 5 and not self.expiry)
        body = text("MQTT") + bytes((self.version, 2 if start_new else 0, 0, 0))
        if self.version == 5:
            properties = b"\x11" + self.expiry.to_bytes(4, "big") + b"\x21" + receive_max.to_bytes(2, "big")
            body += varint(len(properties)) + properties
        link.connect_sent = clock()
        self.note(f"CONNECT {link.name}")
        link.clean = start_new
        link.transport.write(packet(CONNECT << 4, body + text(self.name)))
        try:
            return await asyncio.wait_for(asyncio.shield(link.connack), timeout)
        except BaseException:
            link.transport.abort()
            raise

    async def subscribe(self, filters, qos, timeout=30):
        """Answers the codes of the SUBACK."""
        self.next_id = ident = self.fresh_id()
        answer = self.link.subacks[ident] = asyncio.get_running_loop().create_future()
        body = ident.to_bytes(2, "big") + (b"\0" if self.version == 5 else b"")
        self.link.send(packet(SUBSCRIBE << 4 | 2, body + b"".join(text(each) + bytes((qos,)) for each in filters)))
        return await asyncio.wait_for(answer, timeout)

    def publish(self, topic, payload, qos, retain=False, seq=0, due=None):
        sent = Sent(self.name, topic, seq, payload, qos, retain, clock() if due is None else due)
        self.waiting.append(sent)
        self.fill()
        return sent

    async def ping(self, timeout):
        """Whether the broker answers."""
        if not self.connected:
            return False
        answer = asyncio.get_running_loop().create_future()
        self.link.pings.append(answer)
        self.link.send(b"\xc0\0")
        try:
            return await asyncio.wait_for(answer, timeout)
        except asyncio.TimeoutError:
            return False

    async def close(self):
        if self.connected:
            self.link.send(b"\xe0\0")
            self.link.flush()
            self.link.transport.close()
            await self.link.closed.wait()
        self.cut()

    def cut(self):
        """Ends the connection without a word."""
        if self.link is not None and self.link.transport is not None:
            self.link.transport.abort()
            self.note(f"cut {self.link.name}")
        self.link = None

    def fresh_id(self):
        ident = self.next_id
        while True:
            ident = ident % 65535 + 1
            if ident not in self.unanswered and ident not in self.released and ident not in self.link.subacks:
                return ident

    def fill(self):
        while self.waiting and self.connected:
            sent = self.waiting[0]
            if sent.qos and len(self.unanswered) + len(self.released) >= self.window:
                break
            self.waiting.popleft()
            if sent.qos:
                self.next_id = sent.id = self.fresh_id()
                self.unanswered[sent.id] = sent
            self.put(sent, False)

    def put(self, sent, dup):
        sent.tries += 1
        body = text(sent.topic) + (sent.id.to_bytes(2, "big") if sent.qos else b"") + (b"\0" if self.version == 5 else b"")
        self.link.send(packet(0x30 | dup << 3 | sent.qos << 1 | sent.retain, body + sent.payload))

    def answer(self, link, head, ident):
        link.send(bytes((head, 2)) + ident)

    def acknowledged(self, link, data, at):
        """CONNACK."""
        present, code = data[at] & 1, data[at + 1]
        if code:
            link.refused = True
            if self.notes[-1][1] == f"CONNECT {link.name}":
                self.notes.pop()  # there are many of them while there is no majority
            link.connack.set_exception(Refused(code))
            link.connack.exception()
            return
        self.note(f"{link.name} CONNACK present {present}")
        link.acknowledged = clock()
        if link is self.link:
            if not present:
                if self.has_session and not link.clean:
                    self.fault(f"session lost: {self.name} on {link.node.name} was told that there is none")
                self.taken.clear()
                self.released.clear()
            self.has_session = bool(self.expiry)
            for ident in self.released:
                self.answer(link, PUBREL << 4 | 2, ident.to_bytes(2, "big"))
            for sent in self.unanswered.values():
                self.put(sent, bool(present))
            self.fill()
        if not link.connack.done():
            link.connack.set_result(bool(present))

    def received(self, link, head, data, at, end):
        kind = head >> 4
        if kind == CONNACK:
            self.acknowledged(link, data, at)
        elif kind == DISCONNECT:
            link.reason = data[at] if end > at else 0
        elif link is not self.link:
            if kind == PUBLISH:
                self.ghost_served(link)
        elif kind == PUBLISH:
            link.publishes += 1
            if not self.mute:
                self.message(link, head, data, at, end)
        elif kind == PINGRESP:
            answer = link.pings.popleft() if link.pings else None
            if answer is not None and not answer.done():
                answer.set_result(True)
        else:
            ident = int.from_bytes(data[at:at + 2], "big")
            if kind == SUBACK:
                codes = at + 2 if self.version < 5 else sum(skip_varint(data, at + 2))
                waiting = link.subacks.pop(ident, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(list(data[codes:end]))
            elif kind == PUBREL:
                self.taken.discard(ident)
                self.answer(link, PUBCOMP << 4, data[at:at + 2])
            else:
                self.settled(link, kind, ident, data[at:at + 2], data[at + 2] if end > at + 2 else 0)

    def settled(self, link, kind, ident, raw, code):
        """PUBACK, PUBREC, PUBCOMP."""
        if kind == PUBCOMP:
            self.released.pop(ident, None)
        else:
            sent = self.unanswered.pop(ident, None)
            if sent is not None:
                sent.acked, sent.code, sent.node = clock(), code, link.node.name
                if self.history:
                    self.history.answered(sent)
            if kind == PUBREC and code < 0x80:
                if sent is not None:
                    self.released[ident] = sent
                self.answer(link, PUBREL << 4 | 2, raw)
        self.fill()

    def message(self, link, head, data, at, end):
        qos = head >> 1 & 3
        length = data[at] << 8 | data[at + 1]
        topic, at = data[at + 2:at + 2 + length].decode(), at + 2 + length
        new = True
        if qos:
            raw, at = data[at:at + 2], at + 2
            if qos == 2:
                ident = int.from_bytes(raw, "big")
                new = ident not in self.taken
                self.taken.add(ident)
            self.answer(link, (PUBACK if qos == 1 else PUBREC) << 4, raw)
        if self.version == 5:
            length, at = skip_varint(data, at)
            at += length
        if new:
            self.on_message(topic, bytes(data[at:end]), qos, head & 1, head >> 3 & 1)

    def ghost_served(self, ghost):
        """A message on a connection that this client has replaced: it may have been on its way, for a moment."""
        ghost.publishes += 1
        late = self.connected and clock() - self.link.acknowledged
        if late and late > self.ghost_grace:
            self.fault(f"two served: {self.name} got a message on its old connection {ghost.name}, "
                       f"{late:.1f} s after the CONNACK of {self.link.name}")


async def roam(client, pick, stop, patience=3.0, timeout=10.0, on_refused=None, on_connected=None, ghosts=False):
    """Keeps a client connected until `stop`, to the node that `pick` names, and anew when a node is silent. With `ghosts` it does not
    close the connection that it gives up."""
    while not stop.is_set():
        try:
            if not client.connected:
                node = pick(client)
                await client.connect(node, timeout=timeout)
                if on_connected:
                    on_connected(client)
            if not await client.ping(patience):
                if not ghosts:
                    client.cut()
                client.link = None
                continue
            await asyncio.wait_for(client.link.closed.wait(), 1)
        except Refused as refused:
            if on_refused:
                on_refused(client, node, refused.code)
            await asyncio.sleep(random.uniform(0.1, 0.4))
        except asyncio.TimeoutError:
            pass
        except OSError:
            await asyncio.sleep(random.uniform(0.05, 0.2))


async def open_loop(rate, act, stop):
    """Calls `act(n, due)` at a rate, however long the answers take, until `stop`."""
    begun, n = clock(), 0
    while not stop.is_set():
        due = begun + n / rate
        if due > clock():
            await asyncio.sleep(max(due - clock(), 0.002))
        else:
            act(n, due)
            n += 1


async def until(condition, timeout, pause=0.02):
    """Whether the condition came true in time."""
    end = clock() + timeout
    while not condition():
        if clock() > end:
            return False
        await asyncio.sleep(pause)
    return True
