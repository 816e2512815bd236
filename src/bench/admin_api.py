#!/usr/bin/env python3
"""How long the API takes to list clients while traffic runs: admin_api.py JAR [clients] [requests] [--away N] [--java=-Xmx1g].

Starts a node with its journal in a temporary directory, connects clients that subscribe, publishes at a rate all the while, and asks
for the first page of /api/v1/clients again and again. Prints the median, the 99th percentile and the longest, for the first page, for a
page by part of the identifier (every session is looked at, hardly one fits), for one from the middle, and for one client. With --away
so many more have a session and are not connected: they are in the lists, too, and need no file descriptors. With --console a browser
uses the console there afterwards (src/test/console/crowd.mjs; npm ci in that directory first).
"""

import argparse
import http.client
import json
import os
import re
import selectors
import socket
import struct
import subprocess
import tempfile
import threading
import time

PUBLISHERS = 20
RATE = 2_000  # messages a second, each to one subscriber
CONNECTS_AT_ONCE = 200
CONSOLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test", "console")


def field(data):
    return struct.pack("!H", len(data)) + data


def packet(kind, body):
    length, head = len(body), bytes([kind])
    while True:
        length, digit = divmod(length, 128)
        head += bytes([digit | (0x80 if length else 0)])
        if not length:
            return head + body


def connect(port, client, clean=True):
    made = socket.create_connection(("127.0.0.1", port), source_address=("127.0.1.%d" % (1 + hash(client) % 200), 0))  # of one there are 28,000 ports
    made.sendall(packet(0x10, field(b"MQTT") + bytes([4, 2 if clean else 0]) + struct.pack("!H", 0) + field(client.encode())))
    return made


def clients(port, numbers, stay=True):
    """Clients, each subscribed to a topic of its own; who does not stay leaves a session behind."""
    made = []
    for begin in range(0, len(numbers), CONNECTS_AT_ONCE):
        some = [(n, connect(port, "client-%06d" % n, stay)) for n in numbers[begin:begin + CONNECTS_AT_ONCE]]
        for _, one in some:
            answer = one.recv(4)
            assert answer == b"\x20\x02\x00\x00", answer
        for n, one in some:
            one.sendall(packet(0x82, struct.pack("!H", 1) + field(b"to/%d" % n) + b"\0"))
        for _, one in some:
            assert len(one.recv(5)) == 5
            if stay:
                one.setblocking(False)
                made.append(one)
            else:
                one.sendall(b"\xe0\0")
                one.close()
    return made


class Traffic(threading.Thread):
    """Publishes at a rate, and reads whatever comes to anybody."""

    def __init__(self, port, numbers, readers):
        super().__init__(daemon=True)
        self.publishers = [connect(port, "publisher-%d" % n) for n in range(PUBLISHERS)]
        self.selector = selectors.DefaultSelector()
        for reader in readers:
            self.selector.register(reader, selectors.EVENT_READ)
        self.numbers = numbers
        self.received = 0
        self.sent = 0
        self.over = False

    def run(self):
        begun = time.monotonic()
        while not self.over:
            due = int((time.monotonic() - begun) * RATE)
            while self.sent < due:
                topic = b"to/%d" % self.numbers[self.sent * 7919 % len(self.numbers)]
                self.publishers[self.sent % PUBLISHERS].sendall(packet(0x30, field(topic) + b"x" * 64))
                self.sent += 1
            for key, _ in self.selector.select(0.002):
                self.received += len(key.fileobj.recv(65536)) > 0


def ask(port, path, count):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        connection.request("GET", "/api/v1/" + path)
        response = connection.getresponse()
        body = response.read()
        times.append((time.perf_counter() - begun) * 1000)
        assert response.status == 200, body
    times.sort()
    return times, json.loads(body)


def report(name, times):
    print("%-32s p50 %6.1f ms   p99 %6.1f ms   longest %6.1f ms" % (
        name, times[len(times) // 2], times[int(len(times) * 0.99)], times[-1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jar")
    parser.add_argument("clients", type=int, nargs="?", default=15_000, help="connected ones")
    parser.add_argument("requests", type=int, nargs="?", default=500)
    parser.add_argument("--away", type=int, default=0, help="clients that have a session and are not connected")
    parser.add_argument("--console", action="store_true", help="use the console in Chromium, too")
    parser.add_argument("--java", action="append", default=[], help="an option of the JVM")
    args = parser.parse_args()
    jar, requests, count = args.jar, args.requests, args.clients + args.away
    here = [n * count // args.clients for n in range(args.clients)]  # among the others
    away = sorted(set(range(count)).difference(here))
    command = ["java", *args.java, *(["-cp", jar, "io.coppice.Main"] if os.pathsep in jar else ["-jar", jar])]
    with tempfile.TemporaryDirectory() as data:
        settings = {"node.data": data, "listeners.mqtt.port": 0, "listeners.ws.enabled": "false", "admin.port": 0,
                    "limits.connect-rate-max": 0}
        for key, value in settings.items():
            command += ["--set", "%s=%s" % (key, value)]
        node = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            ports = {}
            for line in node.stdout:
                if "ready" in line:
                    ports = {name: int(port) for name, port in re.findall(r"(mqtt|admin) [0-9.]+:(\d+)", line)}
                    break
            clients(ports["mqtt"], away, stay=False)
            traffic = Traffic(ports["mqtt"], here, clients(ports["mqtt"], here))
            traffic.start()
            ask(ports["admin"], "clients", 600)  # the JVM compiles
            begun, sent = time.monotonic(), traffic.sent
            times, page = ask(ports["admin"], "clients", requests)
            assert len(page["items"]) == 100 and page["items"][0]["clientId"] == "client-000000", page
            report("first page of %d" % count, times)
            times, page = ask(ports["admin"], "clients?contains=-%06d" % (count - 1), requests)
            assert len(page["items"]) == 1, page
            report("one by part of its identifier", times)
            times, page = ask(ports["admin"], "clients?prefix=client-%03d" % (count // 2 // 1000), requests)
            assert len(page["items"]) == 100, page
            report("a page from the middle", times)
            times, _ = ask(ports["admin"], "clients/client-%06d" % (count // 2), requests)
            report("one client", times)
            if args.console:
                surroundings = {**os.environ, "COPPICE_ADMIN": "http://127.0.0.1:%d" % ports["admin"], "CROWD": str(count)}
                subprocess.run(["node", "crowd.mjs"], cwd=CONSOLE, env=surroundings, check=True)
            print("meanwhile %.0f messages/s" % ((traffic.sent - sent) / (time.monotonic() - begun)))
            traffic.over = True
        finally:
            node.kill()


if __name__ == "__main__":
    main()
