#!/usr/bin/env python3
"""Has a release write the journal that OlderJournalIT opens with later ones.

    journal_fixture.py --jar coppice.jar --out src/test/resources/journals/format-N.zip

Starts that release on free ports of the loopback, leaves sessions, queues, retained messages and a will with it, kills it,
and packs what lies in node.data. Nothing in it expires. Every release that changes Journal.FORMAT leaves one behind.
"""
import argparse
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import zipfile

READY = re.compile(r"Coppice ready in \d+ ms.*mqtt [^,]*:(\d+)")
NEVER = bytes([0x11]) + struct.pack(">I", 0xFFFFFFFF)


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


def packet(first, body):
    length, rest = b"", len(body)
    while True:
        length += bytes([rest % 128 | (128 if rest > 127 else 0)])
        rest //= 128
        if not rest:
            return bytes([first]) + length + body


class Client:
    def __init__(self, port, client_id, will=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        flags = 0 if will is None else 0x04 | 1 << 3
        after = b"" if will is None else b"\0" + text(will[0]) + text(will[1])
        self.ask(packet(0x10, text("MQTT") + bytes([5, flags, 0, 0, len(NEVER)]) + NEVER + text(client_id) + after), 2)

    def read(self):
        first, shift, length = self.exactly(1)[0], 0, 0
        while True:
            digit = self.exactly(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return first, self.exactly(length)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise SystemExit("the broker closed the connection")
            data += part
        return data

    def ask(self, data, answer):
        self.socket.sendall(data)
        first, body = self.read()
        if first >> 4 != answer:
            raise SystemExit("answered with packet type %d instead of %d" % (first >> 4, answer))
        return body

    def subscribe(self, topic_filter, qos):
        self.ask(packet(0x82, b"\0\1\0" + text(topic_filter) + bytes([qos])), 9)

    def publish(self, topic, payload, qos, number, retain=False, properties=b""):
        first = 0x30 | qos << 1 | retain
        self.ask(packet(first, text(topic) + struct.pack(">HB", number, len(properties)) + properties + payload.encode()), 3 + qos)
        if qos == 2:
            self.ask(packet(0x62, struct.pack(">H", number)), 7)

    def leave(self):
        self.socket.sendall(b"\xe0\0")
        self.socket.close()


def fill(port):
    for name in ("reader", "second"):
        client = Client(port, name)
        client.subscribe("t/#", 2)
        client.leave()
    writer = Client(port, "writer")
    for number in range(1, 21):
        writer.publish("t/%d" % (number % 3), "message %d" % number, 1 + number % 2, number)
    writer.publish("t/large", "x" * 1024, 1, 30)  # in both queues, and one on disk
    writer.publish("kept/one", "1", 1, 31, retain=True)
    writer.publish("kept/two", "2", 2, 32, retain=True, properties=bytes([0x26]) + text("unit") + text("C"))
    # sent, acknowledged by nobody: PUBREC has come for the second, PUBCOMP never
    busy = Client(port, "busy")
    busy.subscribe("busy", 2)
    writer.publish("busy", "first", 1, 33)
    busy.read()
    writer.publish("busy", "second", 2, 34)
    _, second = busy.read()
    at = 2 + len("busy")
    busy.ask(packet(0x50, second[at:at + 2]), 6)
    # taken at QoS 2 and not released: a repeat of it is no second message
    writer.ask(packet(0x34, text("t/open") + b"\0\x63\0" + b"once"), 5)
    willer = Client(port, "willer", will=("t/will", "gone"))
    return [writer, busy, willer]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", default="target/coppice.jar")
    parser.add_argument("--out", required=True)
    chosen = parser.parse_args()
    data = tempfile.mkdtemp(prefix="coppice-journal-")
    sets = ["node.data=" + data, "listeners.mqtt.port=0", "listeners.ws.enabled=false", "admin.enabled=false"]
    broker = subprocess.Popen(["java", "-jar", chosen.jar, *[word for each in sets for word in ("--set", each)]],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        port = next(int(found.group(1)) for found in map(READY.match, broker.stdout) if found)
        clients = fill(port)
        broker.send_signal(signal.SIGKILL)
        broker.wait()
        del clients
        shutil.rmtree(os.path.join(data, "native"), ignore_errors=True)
        with zipfile.ZipFile(chosen.out, "w", zipfile.ZIP_DEFLATED) as packed:
            for place, _, names in sorted(os.walk(data)):
                for name in sorted(names):
                    path = os.path.join(place, name)
                    packed.write(path, os.path.relpath(path, data))
                    print("%8d %s" % (os.path.getsize(path), os.path.relpath(path, data)))
    finally:
        broker.kill()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
