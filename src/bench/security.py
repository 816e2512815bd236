#!/usr/bin/env python3
"""What being asked costs: wrong logins, TLS, rules, and a certificate that is swapped, each beside the same load without it.

    security.py logins --mqload PATH [--logins 1000]   pairs at QoS 0 while so many wrong logins come a second
    security.py rules --mqload PATH [--rules 10000]    pairs at QoS 0 under an ACL file of so many rules
    security.py tls --mqload PATH                      pairs at QoS 0 through haproxy, which speaks TLS to the broker or does not
    security.py swap [--connections 1000]              a certificate is replaced under so many live TLS connections
With each: --jar target/coppice.jar, --repeat 3, --seconds 4. The broker runs on the first processor and everything else on the second. Runs
processes of its own on free ports of the loopback, and ends only those. `tls` needs haproxy.
"""
import argparse
import asyncio
import json
import multiprocessing
import os
import selectors
import shutil
import socket
import ssl
import statistics
import struct
import subprocess
import tempfile
import time

from nodes import Node, die_with_parent, free_port

BROKER, OTHERS = "0", "1"
WARMUP = 8


def connect_packet(client_id, user, password):
    def text(value):
        return struct.pack(">H", len(value)) + value.encode()
    body = text("MQTT") + bytes([4, 0xC2 if user else 2]) + struct.pack(">H", 60) + text(client_id)
    body += text(user) + text(password) if user else b""
    return bytes([0x10, len(body)]) + body


def log_in_wrongly(port, rate, answers, ended):
    """So many tries a second, each on a connection of its own that waits for its answer."""
    os.sched_setaffinity(0, {int(OTHERS)})
    waiting, number, due = selectors.DefaultSelector(), 0, time.monotonic()
    while not ended.value:
        if time.monotonic() >= due:
            due += 1 / rate
            number += 1
            tried = socket.socket()
            tried.setblocking(False)
            tried.connect_ex(("127.0.0.1", port))
            waiting.register(tried, selectors.EVENT_WRITE, number)
        for key, ready in waiting.select(max(0, min(due - time.monotonic(), 0.01))):
            if ready & selectors.EVENT_WRITE:
                key.fileobj.send(connect_packet("guess%d" % key.data, "user%d" % (key.data % 500), "wrong"))
                waiting.modify(key.fileobj, selectors.EVENT_READ, key.data)
            else:
                try:
                    said = key.fileobj.recv(16)
                except OSError:
                    said = b""
                with answers.get_lock():
                    answers[said[3] if len(said) > 3 else -1] += 1
                waiting.unregister(key.fileobj)
                key.fileobj.close()


def sink(port_is):
    """Takes connections and ends them: what the tries cost whoever makes them."""
    os.sched_setaffinity(0, {int(OTHERS)})
    die_with_parent()
    server = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port_is.put(server.getsockname()[1])
    while True:
        taken, _ = server.accept()
        taken.recv(64)
        taken.close()


class Bench:
    def __init__(self, chosen, work):
        self.chosen, self.work, self.seed = chosen, work, 0
        os.sched_setaffinity(0, {int(OTHERS)})

    def node(self, name, **settings):
        node = Node(name, self.chosen.jar, self.work, prefix=("taskset", "-c", BROKER))
        node.settings.update({"node.name": name, "node.data": os.path.join(self.work, name), "listeners.mqtt.port": node.port,
                              "listeners.ws.enabled": "false", "admin.port": node.admin, "node.event-loops": 1, "durability": "memory"})
        node.settings.update({key.replace("__", ".").replace("_", "-"): value for key, value in settings.items()})
        node.begin()
        asyncio.run(node.ready())
        return node

    def pairs(self, node, port=None, seconds=None):
        self.seed += 1
        words = [self.chosen.mqload, "pairs", "--port", str(port or node.port), "--duration", str(seconds or self.chosen.seconds),
                 "--pid", str(node.process.pid), "--seed", str(self.seed)]
        out = subprocess.run(["taskset", "-c", OTHERS, *words], stdout=subprocess.PIPE, text=True, check=True).stdout
        seen = json.loads(out.strip().splitlines()[-1])
        return seen["broker_cpu_us_msg"], seen["recv_s"]

    def rounds(self, ways):
        """All ways in turn: their medians of CPU a message and of messages a second."""
        for way in ways.values():
            way(WARMUP)
        seen = {name: [] for name in ways}
        for _ in range(self.chosen.repeat):
            for name, way in ways.items():
                seen[name].append(way(self.chosen.seconds))
                print("  %s: %.2f us CPU, %.0f/s" % (name, *seen[name][-1]), flush=True)
        return {name: [statistics.median(column) for column in zip(*runs)] for name, runs in seen.items()}


def logins(bench):
    users = os.path.join(bench.work, "users")
    # argon2id; for names that do not exist the same is computed
    subprocess.run(["java", "-jar", bench.chosen.jar, "passwd", "set", "--password-from=-", users, "user0"], input="right\n", text=True, check=True)
    result = 0
    for label, settings in (("with bans", {}), ("without bans", {"security__ban__failures": 0})):
        node = bench.node("logins" + label.replace(" ", ""), security__anonymous="true", security__password_file=users, **settings)
        where = multiprocessing.Queue()
        drain = multiprocessing.Process(target=sink, args=(where,), daemon=True)
        drain.start()

        def under(port):
            def run(seconds):
                answers, ended = multiprocessing.Array("q", 256), multiprocessing.Value("b", 0)
                guesser = multiprocessing.Process(target=log_in_wrongly, args=(port, bench.chosen.logins, answers, ended), daemon=True)
                guesser.start()
                try:
                    return bench.pairs(node, seconds=seconds)
                finally:
                    ended.value = 1
                    guesser.join()
                    if port == node.port:
                        print("    answers: %s" % {code: count for code, count in enumerate(answers) if count})
            return run
        seen = bench.rounds({"tries elsewhere": under(where.get()), "wrong logins here": under(node.port)})
        share = seen["wrong logins here"][1] / seen["tries elsewhere"][1]
        print("%s, %d wrong logins/s: %.0f %% of the messages of before" % (label, bench.chosen.logins, share * 100))
        result += share < 0.8
        drain.kill()
        node.kill()
    return result


def rules(bench):
    path = os.path.join(bench.work, "acl")
    with open(path, "w") as out:
        for number in range(bench.chosen.rules):
            out.write("topic %s site/%d/+/device%d/#\n" % (("read", "write", "readwrite")[number % 3], number % 97, number))
        out.write("topic readwrite #\n")
    nodes = {"no rules": bench.node("open", security__anonymous="true"),
             "%d rules" % bench.chosen.rules: bench.node("ruled", security__anonymous="true", security__acl_file=path)}
    seen = bench.rounds({name: lambda seconds, node=node: bench.pairs(node, seconds=seconds) for name, node in nodes.items()})
    (open_cpu, _), (ruled_cpu, _) = seen.values()
    print("%d rules: %.1f %% more CPU a message" % (bench.chosen.rules, (ruled_cpu / open_cpu - 1) * 100))
    for node in nodes.values():
        node.kill()
    return ruled_cpu > open_cpu * 1.05


def certificate(bench, name):
    place = os.path.join(bench.work, name)
    subprocess.run(["java", "-jar", bench.chosen.jar, "certificate", "--out=" + place], check=True, stdout=subprocess.DEVNULL)
    return place


def tls_settings(place, port):
    return {"listeners__mqtts__certificate": os.path.join(place, "tls.crt"), "listeners__mqtts__key": os.path.join(place, "tls.key"),
            "listeners__mqtts__port": port}


def tls(bench):
    secure = free_port()
    node = bench.node("tls", **tls_settings(certificate(bench, "certificate"), secure))
    ways, proxies = {}, []
    for name, target, words in (("plain", node.port, ""), ("TLS", secure, "ssl verify none")):
        port, conf = free_port(), os.path.join(bench.work, name + ".cfg")
        with open(conf, "w") as out:
            out.write("global\n  nbthread 1\n  maxconn 1000\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n"
                      "listen l\n  bind 127.0.0.1:%d\n  server s 127.0.0.1:%d %s\n" % (port, target, words))
        proxies.append(subprocess.Popen(["taskset", "-c", OTHERS, "haproxy", "-q", "-f", conf], preexec_fn=die_with_parent))
        ways[name] = lambda seconds, port=port: bench.pairs(node, port, seconds)
    time.sleep(1)
    try:
        seen = bench.rounds(ways)
    finally:
        for proxy in proxies:
            proxy.kill()
        node.kill()
    ratio = seen["TLS"][0] / seen["plain"][0]
    print("TLS: %.2f times the CPU a message" % ratio)
    return ratio > 1.5


def swap(bench):
    secure = free_port()
    first, second = certificate(bench, "first"), certificate(bench, "second")
    live = os.path.join(bench.work, "live")
    shutil.copytree(first, live)
    node = bench.node("swap", **tls_settings(live, secure))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def connect(number):
        client = context.wrap_socket(socket.create_connection(("127.0.0.1", secure), 20))
        client.sendall(connect_packet("live%d" % number, "", ""))
        assert client.recv(4)[3] == 0, "CONNACK"
        return client
    clients = [connect(number) for number in range(bench.chosen.connections)]
    before = clients[0].getpeercert(binary_form=True)
    for name in os.listdir(second):
        shutil.copy(os.path.join(second, name), os.path.join(live, name + ".new"))
        os.rename(os.path.join(live, name + ".new"), os.path.join(live, name))
    swapped = time.monotonic()
    while True:
        newcomer = connect(-1)
        if newcomer.getpeercert(binary_form=True) != before:
            break
        newcomer.close()
        if time.monotonic() - swapped > 60:
            raise SystemExit("the new certificate was not shown in 60 s")
        time.sleep(0.05)
    seconds, alive = time.monotonic() - swapped, 0
    for client in clients:
        try:
            client.sendall(b"\xc0\0")
            alive += client.recv(2) == b"\xd0\0"
        except OSError:
            pass
    print("the new certificate is shown after %.1f s; of %d connections %d live" % (seconds, len(clients), alive))
    node.kill()
    return seconds > 5.5 or alive < len(clients)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("logins", "rules", "tls", "swap"))
    parser.add_argument("--jar", default="target/coppice.jar")
    parser.add_argument("--mqload")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--logins", type=int, default=1000)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=1000)
    chosen = parser.parse_args()
    if chosen.what != "swap" and not chosen.mqload:
        parser.error("--mqload is needed")
    with tempfile.TemporaryDirectory(prefix="coppice-security-") as work:
        raise SystemExit(int(globals()[chosen.what](Bench(chosen, work))))


if __name__ == "__main__":
    main()
