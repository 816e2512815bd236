#!/usr/bin/env python3
"""What an idle connection weighs: heap and resident memory of a broker with many clients that say nothing more.

    idle.py [--jar target/coppice.jar] [--connections 10000] [--steps 4] [--java=-Xmx512m] [--tls]

Clients of MQTT 5 with a clean session and one subscription each. The node is warmed by connections that come and go; then a quarter of them
comes at a time. Runs processes of its own on free ports of the loopback, and ends only those. Both ends take a file descriptor of a connection each.
"""
import argparse
import asyncio
import os
import resource
import socket
import ssl
import subprocess
import tempfile

from nodes import Node, free_port, packet, text


def connect(client_id):
    return packet(0x10, text("MQTT") + b"\5\2\0\0\0" + text(client_id))


def subscribe(topic):
    return packet(0x82, b"\0\1\0" + text(topic) + b"\0")


def answer(link, size):
    got = b""
    while len(got) < size:
        more = link.recv(size - len(got))
        if not more:
            raise SystemExit("the broker closed a connection after %r" % got)
        got += more
    return got


def come(port, number, tls):
    link = socket.create_connection(("127.0.0.1", port))
    if tls:
        link = tls.wrap_socket(link)
    link.sendall(connect("idle-%d" % number))
    head = answer(link, 2)
    if head[0] != 0x20 or answer(link, head[1])[1]:
        raise SystemExit("the broker did not let client %d in" % number)
    link.sendall(subscribe("idle/%d" % number))
    answer(link, answer(link, 2)[1])
    return link


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", default="target/coppice.jar")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--java", action="append", default=[])
    parser.add_argument("--tls", action="store_true")
    chosen = parser.parse_args()
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    with tempfile.TemporaryDirectory(prefix="coppice-idle-") as work:
        node = Node("idle", chosen.jar, work, java=chosen.java or ["-Xmx512m"])
        node.settings.update({"node.name": "idle", "node.data": os.path.join(work, "data"), "listeners.mqtt.host": "127.0.0.1",
                              "listeners.mqtt.port": node.port, "listeners.ws.enabled": "false", "admin.port": node.admin,
                              "limits.connect-rate-max": 0})
        port, tls = node.port, None
        if chosen.tls:
            pem = os.path.join(work, "certificate")
            subprocess.run(["java", "-jar", chosen.jar, "certificate", "--out=" + pem], check=True, stdout=subprocess.DEVNULL)
            port = free_port()
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
            node.settings.update({"listeners.mqtts.port": port, "listeners.mqtts.certificate": os.path.join(pem, "tls.crt"),
                                  "listeners.mqtts.key": os.path.join(pem, "tls.key")})
        node.begin()
        try:
            asyncio.run(node.ready())
            for link in [come(port, number, tls) for number in range(1_000)]:
                link.close()
            heap, rss, held = node.heap_bytes(), node.rss_bytes(), []
            print("| connections | live heap, bytes each | resident, bytes each | resident in all, MiB |\n|---|---|---|---|")
            print("| 0 | – | – | %.0f |" % (rss / 2**20), flush=True)
            for step in range(1, chosen.steps + 1):
                while len(held) < chosen.connections * step // chosen.steps:
                    held.append(come(port, len(held), tls))
                live, resident = node.heap_bytes(), node.rss_bytes()
                print("| %d | %.0f | %.0f | %.0f |" % (len(held), (live - heap) / len(held), (resident - rss) / len(held), resident / 2**20), flush=True)
        finally:
            node.kill()


if __name__ == "__main__":
    main()
