#!/usr/bin/env python3
"""What being asked costs: wrong logins, TLS, rules, a certificate that is swapped, and hostile input, each beside the same load without it.

    security.py logins --mqload PATH [--logins 1000]   pairs at QoS 0 while so many wrong logins come a second
    security.py rules --mqload PATH [--rules 10000]    pairs at QoS 0 under an ACL file of so many rules
    security.py tls --mqload PATH                      pairs at QoS 0 through haproxy, which speaks TLS to the broker or does not
    security.py swap [--connections 1000]              a certificate is replaced under so many live TLS connections
    security.py hostile --mqload PATH [--rate 200]     CPU and heap of each hostile connection, and what others feel of them
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

import hostile_cases
from nodes import Node, die_with_parent, free_port

BROKER, OTHERS = "0", "1"
WARMUP = 8
WARMING_RATE = 1_500  # hostile connections a second
CPU_MS_MAX, HEAP_BYTES_MAX, P99_CHANGE_MAX = 50, 64 * 1024, 0.2


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


def sink(port_is, niceness=0):
    """Takes connections and ends them: what the tries cost whoever makes them."""
    os.sched_setaffinity(0, {int(OTHERS)})
    os.nice(niceness)
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
        node = Node(name, self.chosen.jar, self.work, prefix=("nice", "-n", str(self.chosen.nice), "taskset", "-c", BROKER))
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


def send_hostile(ports, streams, concurrent, rate=0, ended=None, made=None):
    """A connection for each stream; with a rate so many a second, round and round, until it is ended. Each is given up when the other side
    closes it, or says nothing for a moment after all was sent."""
    waiting, left, due = selectors.DefaultSelector(), list(streams), time.monotonic()
    state = {}

    def end(which):
        waiting.unregister(which)
        which.close()
        del state[which]
    while left or state:
        now = time.monotonic()
        while left and len(state) < concurrent and now >= due:
            listener, data = left.pop(0)
            if rate:
                left.append((listener, data))
                due = max(due + 1 / rate, now - 0.1)
            opened = socket.socket()
            opened.setblocking(False)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.connect_ex(("127.0.0.1", ports[listener]))
            waiting.register(opened, selectors.EVENT_READ | selectors.EVENT_WRITE)
            state[opened] = [data, now]
            if made is not None:
                made.value += 1
        for key, ready in waiting.select(0.005):
            which = key.fileobj
            state[which][1] = now
            try:
                if ready & selectors.EVENT_READ and not which.recv(65536):
                    end(which)
                    continue
                if ready & selectors.EVENT_WRITE:
                    sent = which.send(state[which][0][:65536])
                    state[which][0] = state[which][0][sent:]
                    if not state[which][0]:
                        waiting.modify(which, selectors.EVENT_READ)
            except OSError:
                end(which)
        for which in [each for each, (_, heard) in state.items() if now - heard > 0.05]:
            end(which)
        if ended is not None and ended.value:
            return


def stream_of_hostile(ports, streams, rate, niceness, ended, made):
    """Behind the load of the others, whose latency is measured on the same processor."""
    os.sched_setaffinity(0, {int(OTHERS)})
    os.nice(niceness)
    die_with_parent()
    send_hostile(ports, streams, 200, rate, ended, made)


def cpu_seconds(node):
    with open("/proc/%d/stat" % node.process.pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_each(node, ports, count):
    """The processor time of each connection of a case in milliseconds; those whose packets come behind a CONNECT that is taken are told apart."""
    result = 0
    print("| case | stranger, ms | let in, ms |\n|---|---|---|")
    for case, streams in hostile_cases.CASES.items():
        shown = []
        for let_in in (False, True):
            some = [each for each in streams if each[1].startswith((hostile_cases.IN, hostile_cases.V3)) == let_in]
            if not some:
                shown.append("–")
                continue
            send_hostile(ports, (some * count)[:20], 20)
            before = cpu_seconds(node)
            send_hostile(ports, (some * (count // len(some) + 1))[:count], 20)
            spent = (cpu_seconds(node) - before) * 1000 / count
            over = spent > CPU_MS_MAX
            result += over
            shown.append("%.2f%s" % (spent, " OVER" if over else ""))
        print("| %s | %s | %s |" % (case, *shown), flush=True)
    return result


def real_client_hello():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    said = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), said).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return said.read()


def heap_of_each(node, ports, count):
    """The heap and the memory of each of many connections that are held before CONNECT is over."""
    ways = {
        "says nothing": ("mqtt", b""),
        "one byte": ("mqtt", b"\x10"),
        "16 KiB but for a byte": ("mqtt", b"\x10" + hostile_cases.varint(16_380 - 4) + b"\0\4MQTT\5\2\0\x3c" + b"\0" * 16_360),
        "200 MiB claimed": ("mqtt", bytes.fromhex("10FFFFFF7F")),
        "half an upgrade to WebSocket": ("ws", hostile_cases.upgrade(b"X: " + b"y" * 4_000)[:-2]),
        "half a CONNECT over WebSocket": ("ws", hostile_cases.upgrade() + hostile_cases.frame(hostile_cases.connect()[:-1])),
        "half a ClientHello": ("mqtts", hostile_cases.client_hello()[:-1]),
        "a ClientHello that claims 16 MiB": ("mqtts", hostile_cases.client_hello(claimed=0xFFFFFF)),
        "TLS up to our answer": ("mqtts", real_client_hello()),
    }
    result = 0
    print("| held by %d connections | alive | heap, KiB each | resident, KiB each |\n|---|---|---|---|" % count)
    for name, (listener, data) in ways.items():
        heap, rss = node.heap_bytes(), node.rss_bytes()
        held = []
        for _ in range(count):
            held.append(socket.create_connection(("127.0.0.1", ports[listener])))
            held[-1].sendall(data)
        time.sleep(0.5)
        each, resident = (node.heap_bytes() - heap) / count, (node.rss_bytes() - rss) / count
        alive = 0
        for one in held:
            one.setblocking(False)
            try:
                while one.recv(65536):
                    pass
            except BlockingIOError:
                alive += 1
            except OSError:
                pass
            one.close()
        over = each > HEAP_BYTES_MAX
        result += over
        print("| %s | %d | %.1f%s | %.1f |" % (name, alive, each / 1024, " OVER" if over else "", resident / 1024), flush=True)
        time.sleep(0.5)
    return result


def felt_by_others(bench, node, ports):
    """The p99 of 2,000 messages a second at QoS 1 with hostile connections here, and with as many elsewhere."""
    wanted = bench.chosen.cases or hostile_cases.CASES
    streams = [each for name in wanted for each in hostile_cases.CASES[name] if len(each[1]) < 65_536]
    behind = min(19, bench.chosen.nice + 10)  # of who sends it: the load whose latency is measured goes first on their processor
    where = multiprocessing.Queue()
    drain = multiprocessing.Process(target=sink, args=(where, behind), daemon=True)
    drain.start()
    elsewhere = dict.fromkeys(ports, where.get())
    compiled, sent = multiprocessing.Value("b", 0), multiprocessing.Value("q", 0)
    # Otherwise it is the compiler's threads, on the one processor of the broker, that are felt.
    warming = multiprocessing.Process(target=stream_of_hostile, args=(ports, streams, WARMING_RATE, behind, compiled, sent), daemon=True)
    warming.start()
    time.sleep(bench.chosen.warm)
    compiled.value = 1
    warming.join()

    def under(target, rate):
        def run(seconds):
            ended, made, begun = multiprocessing.Value("b", 0), multiprocessing.Value("q", 0), time.monotonic()
            sender = multiprocessing.Process(target=stream_of_hostile, args=(target, streams, rate, behind, ended, made), daemon=True)
            sender.start()
            bench.seed += 1
            try:
                words = ["nice", "-n", str(bench.chosen.nice), bench.chosen.mqload, "pairs", "--port", str(node.port), "--qos", "1", "--rate", "2000", "--duration", str(seconds),
                         "--pubs", "10", "--pid", str(node.process.pid), "--seed", str(bench.seed)]
                out = subprocess.run(["taskset", "-c", OTHERS, *words], stdout=subprocess.PIPE, text=True, check=True).stdout
            finally:
                ended.value = 1
                sender.join()
            seen = json.loads(out.strip().splitlines()[-1])
            return seen["p99_us"], seen["recv_s"], made.value / (time.monotonic() - begun)
        return run
    over = False
    for rate in bench.chosen.rate:
        ways = {"hostile elsewhere": under(elsewhere, rate), "hostile here": under(ports, rate)}
        for way in ways.values():
            way(WARMUP)
        seen = {name: [] for name in ways}
        for _ in range(bench.chosen.repeat):
            for name, way in ways.items():
                seen[name].append(way(bench.chosen.seconds))
                print("  %s: p99 %.0f us, %.0f/s, %.0f hostile/s" % (name, *seen[name][-1]), flush=True)
        quiet, loud = (statistics.median(p99 for p99, _, _ in seen[name]) for name in ways)
        change = loud / quiet - 1
        over |= change > P99_CHANGE_MAX
        print("%d hostile connections a second: p99 %.0f us instead of %.0f us, %+.0f %%%s"
              % (rate, loud, quiet, change * 100, " OVER" if change > P99_CHANGE_MAX else ""), flush=True)
    drain.kill()
    return over


def hostile(bench):
    hostile_cases.check()
    ports = {"mqtts": free_port(), "ws": free_port()}
    node = bench.node("hostile", **tls_settings(certificate(bench, "certificate"), ports["mqtts"]), listeners__ws__enabled="true",
                      listeners__ws__port=ports["ws"])
    ports["mqtt"] = node.port
    try:
        send_hostile(ports, [each for case in hostile_cases.CASES.values() for each in case] * 3, 20)
        result = 0
        if not bench.chosen.only_others:
            result += cpu_of_each(node, ports, bench.chosen.each) + heap_of_each(node, ports, bench.chosen.connections)
        result += felt_by_others(bench, node, ports)
        if not node.running:
            raise SystemExit("the node did not live through it")
        return result > 0
    finally:
        node.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("logins", "rules", "tls", "swap", "hostile"))
    parser.add_argument("--jar", default="target/coppice.jar")
    parser.add_argument("--mqload")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--logins", type=int, default=1000)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--each", type=int, default=200, help="hostile: connections of each case")
    parser.add_argument("--rate", type=lambda text: [int(each) for each in text.split(",")], default=[200], metavar="N[,N...]",
                        help="hostile: connections a second beside the load of others, one rate after the other (200)")
    parser.add_argument("--warm", type=int, default=60, help="hostile: seconds of hostile connections before anything is measured")
    parser.add_argument("--nice", type=int, default=0, help="of the broker, and of the load that feels the hostile: -19 where others use the machine")
    parser.add_argument("--cases", type=lambda text: text.split(","), metavar="ID[,ID...]", help="hostile: only these beside the load of others")
    parser.add_argument("--only-others", action="store_true", help="hostile: only what others feel")
    chosen = parser.parse_args()
    if chosen.what != "swap" and not chosen.mqload:
        parser.error("--mqload is needed")
    with tempfile.TemporaryDirectory(prefix="coppice-security-") as work:
        raise SystemExit(int(globals()[chosen.what](Bench(chosen, work))))


if __name__ == "__main__":
    main()
