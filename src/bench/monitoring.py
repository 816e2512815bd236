#!/usr/bin/env python3
"""Has a Prometheus watch real nodes as k8s/monitoring says: asks everything that the dashboard asks, and makes the alerts fire.

    monitoring.py [--jar target/coppice.jar] [--only panels,CoppiceDown,…]

Starts three nodes, some that are alone, and the prometheus in PATH, all on free ports of the loopback, in directories of their own, and
ends only what it started. Every panel has to return data. Then each alert is brought about by the fault that it is for: a node is
killed, a disk fills, a certificate is about to expire. So that this takes minutes, the times in a copy of the rules are seconds (with
--as-shipped they are not); what is asked, and what it is compared with, is what ships. Prints a table, and exits with 1 where a panel
was empty or an alert did not fire. What only a fault of the broker itself could bring about comes of faults/Unheard.java, by which one
node loses what reaches it: needs javac, and Byte Buddy in ~/.m2 (where a build has put it) or in $BYTE_BUDDY.
"""
import argparse
import asyncio
import base64
import contextlib
import glob
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from nodes import Client, Cluster, FAILURES, clock, die_with_parent, free_port, open_loop

HERE = os.path.dirname(os.path.abspath(__file__))
SHIPPED = os.path.join(HERE, "..", "..", "k8s", "monitoring")
# A disk that takes its time, for a process that is started with it.
SLOW_DISK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int fdatasync(int file) {
    usleep(700000);
    return ((int (*)(int)) dlsym(RTLD_NEXT, "fdatasync"))(file);
}
"""
# Meters that only some nodes have.
MAY_BE_EMPTY = {"Lease": "a node that is alone has none"}


def quick_rules(text):
    """The rules as they ship, with seconds for minutes."""
    text = re.sub(r"for: \S+", "for: 1s", text)
    text = re.sub(r"\[1h\]", "[40s]", text)
    return re.sub(r"\[\d+m\]", "[20s]", text)


def deafening_agent(work):
    """The jar that makes a node deaf, or None where it cannot be made."""
    libraries = glob.glob(os.path.expanduser("~/.m2/repository/net/bytebuddy/byte-buddy/*/byte-buddy-*.jar"))
    library = os.environ.get("BYTE_BUDDY") or max(libraries, key=lambda path: [int(word) for word in re.findall(r"\d+", os.path.basename(path))], default="")
    classes, jar, manifest = (os.path.join(work, name) for name in ("unheard", "unheard.jar", "unheard.mf"))
    with open(manifest, "w") as file:
        file.write("Premain-Class: Unheard\nClass-Path: byte-buddy.jar\n")
    try:
        shutil.copy(library, os.path.join(work, "byte-buddy.jar"))
        subprocess.run(["javac", "-cp", library, "-d", classes, os.path.join(HERE, "faults", "Unheard.java")], check=True)
        subprocess.run(["jar", "cfm", jar, manifest, "-C", classes, "."], check=True)
        return jar
    except (OSError, subprocess.CalledProcessError):
        return None


class Prometheus:
    def __init__(self, work, targets, as_shipped):
        self.port = free_port()
        rules = os.path.join(work, "alerts.yaml")
        with open(os.path.join(SHIPPED, "alerts.yaml")) as shipped, open(rules, "w") as quick:
            quick.write(shipped.read() if as_shipped else quick_rules(shipped.read()))
        config = os.path.join(work, "prometheus.yaml")
        with open(config, "w") as file:
            json.dump({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [rules],
                       "scrape_configs": [{"job_name": "coppice", "static_configs": [
                           {"targets": [target], "labels": {"instance": name}} for name, target in targets.items()]}]}, file)
        self.log = open(os.path.join(work, "prometheus.log"), "wb")
        self.process = subprocess.Popen(
            ["prometheus", "--config.file=" + config, "--storage.tsdb.path=" + os.path.join(work, "tsdb"),
             "--web.listen-address=127.0.0.1:%d" % self.port], stdout=self.log, stderr=self.log, preexec_fn=die_with_parent)

    async def ask(self, path, **query):
        def fetch():
            url = "http://127.0.0.1:%d/api/v1/%s?%s" % (self.port, path, urllib.parse.urlencode(query))
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        return await asyncio.get_running_loop().run_in_executor(None, fetch)

    async def firing(self, name):
        alerts = (await self.ask("alerts"))["alerts"]
        return [each for each in alerts if each["labels"]["alertname"] == name and each["state"] == "firing"]

    async def until(self, condition, seconds):
        end = clock() + seconds
        while clock() < end:
            try:
                found = await condition()
                if found:
                    return found
            except OSError:
                pass
            await asyncio.sleep(0.5)
        return None

    def end(self):
        self.process.terminate()
        self.process.wait()


class Trial:
    """What was found, and the nodes to find it on."""

    def __init__(self, args, work):
        self.args, self.work, self.failed = args, work, []
        self.cluster = Cluster(args.jar, work, settings={"cluster.backups": 2, "cluster.secret-file": self.file("secret", "a secret that the nodes have in common\n")})
        self.a, self.b, self.c = self.cluster.nodes
        self.unheard = deafening_agent(work)
        if self.unheard:
            self.a.java.append("-javaagent:%s=%s" % (self.unheard, work))
        subprocess.run(["java", "-jar", args.jar, "certificate", "--days=7", "--out=" + os.path.join(work, "tls")],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["java", "-jar", args.jar, "passwd", "set", os.path.join(work, "users"), "anna"], input=b"right\nright\n",
                       check=True, stdout=subprocess.DEVNULL)
        salt = os.urandom(12)  # one round, so that a busy machine judges enough of them, too
        hashed = hashlib.sha512(b"right" + salt).digest()
        with open(os.path.join(work, "users"), "a") as users:
            users.write("bert:$6$%s$%s\n" % tuple(base64.b64encode(each).decode() for each in (salt, hashed)))
        free = shutil.disk_usage(work).free
        self.doors = self.alone("doors", {
            "security.password-file": os.path.join(work, "users"), "security.ban.failures": 0, "security.anonymous": "true",
            "security.check-threads": 1, "limits.password-checks-waiting-max": 4,
            "listeners.mqtts.port": free_port(), "listeners.mqtts.certificate": os.path.join(work, "tls")})
        self.asking = self.alone("asking", {"security.http.authn-url": "http://127.0.0.1:%d/" % free_port(), "security.anonymous": "false"})
        self.small = self.alone("small", {"limits.queue-messages-max": 200000, "limits.disk-free-min": max(1, free - (2 << 30))},
                                prefix=["prlimit", "--nofile=400:400"])
        self.tight = self.alone("tight", {"limits.queue-messages-max": 10, "durability": "memory"})
        self.heap = self.alone("heap", {"durability": "memory", "limits.heap-percent-max": 0})
        self.heap.java = ["-Xmx96m", "-XX:+UseSerialGC"]
        self.slow = self.alone("slow", {"durability-sync": "fsync"})
        self.lone = [self.doors, self.asking, self.small, self.tight]

    def file(self, name, content):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(content)
        os.chmod(path, 0o600)
        return path

    def alone(self, name, settings, prefix=()):
        node = Cluster(self.args.jar, self.work, 1, {"node.name": name, "node.data": os.path.join(self.work, name), **settings},
                       prefixes=[prefix]).nodes[0]
        node.name, node.log = name, os.path.join(self.work, name + ".log")
        return node

    async def start(self):
        for node in [*self.cluster.nodes, *self.lone]:
            node.begin()
        for node in [*self.cluster.nodes, *self.lone]:
            await node.ready()
        self.prometheus = Prometheus(self.work, {node.name: "127.0.0.1:%d" % node.admin for node in [*self.cluster.nodes, *self.lone, self.heap, self.slow]},
                                     self.args.as_shipped)
        if not await self.prometheus.until(lambda: self.prometheus.ask("query", query="up"), 60):
            raise SystemExit("Prometheus does not answer; its log is in " + self.work)

    def end(self):
        if hasattr(self, "prometheus"):
            self.prometheus.end()
        for node in [*self.cluster.nodes, *self.lone, self.heap, self.slow]:
            node.kill()

    def told(self, what, well, words):
        print("%-28s %-6s %s" % (what, "ok" if well else "FAILED", words), flush=True)
        if not well:
            self.failed.append(what)

    def wanted(self, name):
        return not self.args.only or name in self.args.only

    # --- panels

    async def panels(self):
        with open(os.path.join(SHIPPED, "dashboard.json")) as file:
            panels = [panel for panel in json.load(file)["panels"] if panel["type"] != "row"]
        asked = 0
        for panel in panels:
            for target in panel["targets"]:
                asked += 1
                expression = target["expr"].replace("$job", "coppice").replace("$instance", ".*").replace("$__rate_interval", "10s")

                async def answered(expression=expression):
                    return (await self.prometheus.ask("query", query=expression))["result"]
                if not await self.prometheus.until(answered, 20) and panel["title"] not in MAY_BE_EMPTY:
                    self.told(panel["title"], False, "no data: " + expression)
        self.told("panels", not self.failed, "%d panels, %d expressions returned data" % (len(panels), asked))

    # --- alerts

    async def expect(self, name, node=None, seconds=90):
        async def fires():
            return [each for each in await self.prometheus.firing(name) if node is None or each["labels"]["instance"] == node.name]
        begun = clock()
        seconds += 600 if self.args.as_shipped else 0
        found = await self.prometheus.until(fires, seconds)
        if not found:
            self.told(name, False, "did not fire within %d s" % seconds)
            return
        words = found[0]["annotations"]["summary"]
        self.told(name, "error" not in words and "<no value>" not in words, "%4.1f s: %s" % (clock() - begun, words))

    async def expect_quiet(self, name, seconds=60):
        """It has fired, and its cause is gone: so is the alert."""
        async def quiet():
            return not await self.prometheus.firing(name)
        if not await self.prometheus.until(quiet, seconds):
            self.told(name, False, "fires still %d s after its cause is gone" % seconds)

    async def connected(self, name, node, **more):
        client = Client(name, **more)
        await client.connect(node)
        return client

    async def logins(self, node, count, name="anna", password="wrong"):
        """Connects with a password and does not mind what becomes of it."""
        async def one():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
                after = b"".join(len(each).to_bytes(2, "big") + each for each in (b"", name.encode(), password.encode()))
                body = b"\0\4MQTT\5\xc2\0\0\0" + after
                writer.write(bytes([0x10, len(body)]) + body)
                await asyncio.wait_for(reader.read(8), 10)
                writer.close()
            except FAILURES:
                pass
        await asyncio.gather(*(one() for _ in range(count)))

    async def run(self):
        stop = asyncio.Event()
        reader = await self.connected("reader", self.a)
        await reader.subscribe(["load/#"], 1)
        writers = [await self.connected("writer-" + node.name, node) for node in (self.a, self.b)]

        def publish(number, due):
            for writer in writers:
                writer.publish("load/x", b"0" * 64, 1)
        load = asyncio.ensure_future(open_loop(50, publish, stop))
        if self.wanted("panels"):
            await self.panels()
        for name in dir(self):
            if name.startswith("fault_"):
                alerts = [word for word in getattr(self, name).__doc__.split() if word.startswith("Coppice")]
                if any(map(self.wanted, alerts)):
                    await getattr(self, name)()
        stop.set()
        await asyncio.gather(load, return_exceptions=True)

    async def fault_a_certificate(self):
        """CoppiceCertificateExpires"""
        await self.expect("CoppiceCertificateExpires", self.doors)

    async def fault_b_wrong_passwords(self):
        """CoppiceLoginsFail CoppiceLoginsNotJudged"""
        stop = asyncio.Event()

        async def some(count, name):
            while not stop.is_set():
                await self.logins(self.doors, count, name)
        for name, count, alert in (("bert", 4, "CoppiceLoginsFail"), ("anna", 20, "CoppiceLoginsNotJudged")):
            stop.clear()
            trying = asyncio.ensure_future(some(count, name))
            await self.expect(alert, self.doors)
            stop.set()
            await trying

    async def fault_c_nobody_to_ask(self):
        """CoppiceHttpAuthnDown"""
        for _ in range(10):
            await self.logins(self.asking, 1)
        await self.expect("CoppiceHttpAuthnDown", self.asking)

    async def fault_d_a_full_queue(self):
        """CoppiceMessagesDropped"""
        away = await self.connected("away", self.tight)
        await away.subscribe(["q"], 1)
        await away.close()
        writer = await self.connected("writer", self.tight)
        stop = asyncio.Event()
        load = asyncio.ensure_future(open_loop(100, lambda number, due: writer.publish("q", b"x", 1), stop))
        await self.expect("CoppiceMessagesDropped", self.tight)
        stop.set()
        await load

    async def fault_e_a_queue_that_grows(self):
        """CoppiceQueuesGrow"""
        for number in range(50):  # so that each message that is published waits fifty times
            away = await self.connected("away%d" % number, self.small)
            await away.subscribe(["q"], 1)
            await away.close()
        writer = await self.connected("writer", self.small, window=60)
        stop = asyncio.Event()
        load = asyncio.ensure_future(open_loop(150, lambda number, due: writer.publish("q", b"x", 1), stop))
        await self.expect("CoppiceQueuesGrow", self.small, 120)
        stop.set()
        await load
        writer.cut()

    async def fault_f_connections(self):
        """CoppiceFileDescriptorsShort CoppiceConnectionsLost"""
        before = len(os.listdir("/proc/%d/fd" % self.small.process.pid))
        clients = [await self.connected("c%d" % number, self.small, expiry=0) for number in range(max(100, 350 - before))]
        await self.expect("CoppiceFileDescriptorsShort", self.small)
        for client in clients:
            client.cut()
        await self.expect("CoppiceConnectionsLost", self.small)

    async def fault_g_a_disk(self):
        """CoppiceDiskFills CoppiceJournalRefuses CoppicePublishesUnsafe"""
        away = await self.connected("away-unsafe", self.small)
        await away.subscribe(["unsafe"], 1)
        await away.close()
        writer = await self.connected("writer-unsafe", self.small)
        stop = asyncio.Event()
        load = asyncio.ensure_future(open_loop(5, lambda number, due: writer.publish("unsafe", b"x", 1), stop))
        path = os.path.join(self.work, "filler")
        try:
            with open(path, "wb") as filler:
                for _ in range(100):
                    filler.write(b"\0" * (32 << 20))
                    filler.flush()
                    os.fsync(filler.fileno())
                    await asyncio.sleep(0.2)
            await self.expect("CoppiceJournalRefuses", self.small)
            await self.expect("CoppiceDiskFills")
            await self.expect("CoppicePublishesUnsafe", self.small)
        finally:
            stop.set()
            await load
            writer.cut()
            os.remove(path)

    async def fault_h_a_damaged_disk(self):
        """CoppiceJournalDamaged"""
        journal = os.path.join(self.work, "small", "journal")
        self.small.kill()
        logs = sorted((os.path.join(journal, name) for name in os.listdir(journal) if name.endswith((".log", ".sst"))), key=os.path.getsize)
        with open(logs[-1], "r+b") as file:
            file.seek(os.path.getsize(logs[-1]) // 2)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 0x10]))
        self.small.settings["limits.disk-free-min"] = 1
        self.small.begin()
        await self.small.ready()
        await self.expect("CoppiceJournalDamaged", self.small)

    async def fault_i_a_node_that_stands_still(self):
        """CoppiceHopSlow CoppiceLoopsLag"""
        async with self.stuttering(self.b):
            await self.expect("CoppiceHopSlow", self.a)
            await self.expect("CoppiceLoopsLag", self.b)

    @contextlib.asynccontextmanager
    async def stuttering(self, node, seconds=0.8):
        """The node stands still again and again: for less than the lease, and for less than a second where it is to be scraped itself."""
        async def stutter():
            while True:
                node.signal(signal.SIGSTOP)
                await asyncio.sleep(seconds)
                node.signal(signal.SIGCONT)
                await asyncio.sleep(0.5)
        task = asyncio.ensure_future(stutter())
        try:
            yield
        finally:
            task.cancel()
            node.signal(signal.SIGCONT)

    async def fault_j_a_stranger(self):
        """CoppiceStrangersAtTheCluster"""
        stranger = Cluster(self.args.jar, self.work, 1, {
            "node.name": "stranger", "node.data": os.path.join(self.work, "stranger"),
            "cluster.secret-file": self.file("other-secret", "a secret that nobody else has, of some length\n")}).nodes[0]
        stranger.log = os.path.join(self.work, "stranger.log")
        stranger.settings.update({key: value for key, value in self.a.settings.items() if key.startswith("cluster.") and "secret" not in key})
        stranger.settings.update({"cluster.port": stranger.member, "cluster.bus-port": stranger.bus, "cluster.join-timeout": "60s",
                                  "cluster.members": self.a.settings["cluster.members"] + ",127.0.0.1:%d" % stranger.member,
                                  "cluster.expected-size": 4})
        stranger.begin()
        try:
            await self.expect("CoppiceStrangersAtTheCluster")
        finally:
            stranger.kill()

    async def fault_k_an_audit_that_cannot_be_written(self):
        """CoppiceAuditRefuses"""
        port = await self.again(self.tight, {"admin.audit-file": "/dev/full"})
        status = await self.ban(port)
        if status != 503:
            self.told("CoppiceAuditRefuses", False, "a change got %d, though it could not be written down" % status)
        await self.expect("CoppiceAuditRefuses", self.tight, 30)

    async def fault_l_orders_that_cannot_be_kept(self):
        """CoppiceOrdersNotKept"""
        port = await self.again(self.small, {"limits.disk-free-min": 1})
        os.makedirs(os.path.join(self.work, "small", "orders.jsonl", "in the way"))
        status = await self.ban(port)
        if status != 201:
            self.told("CoppiceOrdersNotKept", False, "a ban got %d" % status)
        await self.expect("CoppiceOrdersNotKept", self.small, 30)

    async def again(self, node, settings):
        """Starts a node anew with an admin port, and answers which."""
        port = free_port()
        node.kill()
        node.settings.update({"admin.enabled": "true", "admin.port": port, **settings})
        node.begin()
        await node.ready()
        return port

    async def ban(self, port):
        """Bans somebody, and answers the status."""
        def asked():
            request = urllib.request.Request(
                "http://127.0.0.1:%d/api/v1/bans" % port, json.dumps({"kind": "client-id", "value": "x", "seconds": 60}).encode(),
                {"Content-Type": "application/json", "X-Coppice-Request": "monitoring"}, method="POST")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status
            except urllib.error.HTTPError as refused:
                return refused.code
        return await asyncio.get_running_loop().run_in_executor(None, asked)

    async def fault_m_a_heap_that_fills(self):
        """CoppiceHeapShort"""
        self.heap.begin()
        await self.heap.ready()
        writer = await self.connected("writer", self.heap)
        used = "sum(min_over_time(jvm_memory_used_bytes{area='heap', instance='heap'}[4s])) / sum(jvm_memory_max_bytes{area='heap', instance='heap'} > 0)"
        number, end = 0, clock() + 120
        while clock() < end and not await self.prometheus.firing("CoppiceHeapShort"):
            answer = (await self.prometheus.ask("query", query=used))["result"]
            if answer and float(answer[0]["value"][1]) < 0.88:
                for _ in range(300):  # what is retained stays in memory
                    number += 1
                    writer.publish("heap/%d" % number, b"x" * 4096, 1, retain=True)
            await asyncio.sleep(1)
        await self.expect("CoppiceHeapShort", self.heap, 10)
        writer.cut()
        self.heap.kill()

    async def fault_n_a_slow_disk(self):
        """CoppiceJournalSlow"""
        library = os.path.join(self.work, "slow.so")
        try:
            subprocess.run(["cc", "-shared", "-fPIC", "-o", library, "-x", "c", self.file("slow.c", SLOW_DISK), "-ldl"], check=True)
        except OSError:
            self.told("CoppiceJournalSlow", False, "there is no C compiler to make a slow disk with")
            return
        self.slow.prefix = ["env", "LD_PRELOAD=" + library]
        self.slow.begin()
        await self.slow.ready()
        writer = await self.connected("writer", self.slow)
        stop = asyncio.Event()
        load = asyncio.ensure_future(open_loop(20, lambda number, due: writer.publish("slow", b"x", 1, retain=True), stop))
        await self.expect("CoppiceJournalSlow", self.slow)
        stop.set()
        await load
        writer.cut()
        self.slow.kill()

    def loses(self, what):
        """Node a loses what it is told of routes, or of retained messages, until the file of this path is gone."""
        path = os.path.join(self.work, what)
        if not self.unheard:
            raise SystemExit("faults/Unheard.java could not be built: there is no javac, or no Byte Buddy in ~/.m2 or $BYTE_BUDDY")
        with open(path, "w"):
            return path

    async def fault_o_routes_that_were_not_heard(self):
        """CoppiceRoutesDiverge CoppiceStateRepaired"""
        client = await self.connected("unheard", self.b)
        lost = self.loses("routes")
        subscribing = asyncio.ensure_future(client.subscribe(["unheard/#"], 1))  # is answered when a has had its time
        await self.expect("CoppiceRoutesDiverge", self.a)
        os.remove(lost)  # the next sums tell what is missing, and all of it is asked for
        await self.expect("CoppiceStateRepaired", self.a)
        await self.expect_quiet("CoppiceRoutesDiverge")
        await asyncio.wait_for(subscribing, 60)
        await client.close()

    async def fault_p_retained_messages_that_were_not_heard(self):
        """CoppiceRetainedDiverges"""
        client = await self.connected("unheard", self.b)
        lost = self.loses("retained")
        client.publish("unheard/retained", b"x", 1, retain=True)
        await self.expect("CoppiceRetainedDiverges", self.a)
        os.remove(lost)
        await self.expect_quiet("CoppiceRetainedDiverges", 600)  # what was tried in vain is tried more and more seldom
        await client.close()

    async def fault_x_a_node_is_killed(self):
        """CoppiceDown CoppiceMembersMissing CoppiceAdoptionStuck CoppiceCopiesMissing"""
        for number in range(3000):
            client = await self.connected("s%d" % number, self.c)
            if number % 3 == 0:
                await client.subscribe(["s/%d" % number], 1)
            await client.close()
        self.c.kill()
        async with self.stuttering(self.b, 2.5):  # its sessions are taken over in a moment otherwise
            await asyncio.gather(self.expect("CoppiceDown", self.c), self.expect("CoppiceMembersMissing", self.a), self.expect("CoppiceAdoptionStuck", None, 60))
        await self.expect("CoppiceCopiesMissing", self.a)  # two nodes have no room for three copies
        health = await self.a.get("/health/ready")
        if b" 200 " not in health.split(b"\r\n")[0] or b'"name":"copies","status":"DEGRADED"' not in health:
            self.told("CoppiceCopiesMissing", False, "a node without all copies has to say so and to be ready: %r" % health)
        self.c.begin()
        await self.c.ready()
        await self.expect_quiet("CoppiceCopiesMissing", 120)

    async def fault_y_no_majority(self):
        """CoppiceNoQuorum CoppiceNotReady"""
        self.c.kill()
        self.b.kill()
        await self.expect("CoppiceNoQuorum", self.a)
        await self.expect("CoppiceNotReady", self.a)


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", default="target/coppice.jar")
    parser.add_argument("--only", type=lambda words: words.split(","), default=[])
    parser.add_argument("--as-shipped", action="store_true", help="waits as long as the rules say; for --only")
    parser.add_argument("--keep", action="store_true", help="leaves the logs where they are")
    args = parser.parse_args()
    args.jar = os.path.abspath(args.jar)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    work = tempfile.mkdtemp(prefix="coppice-monitoring-")
    trial = Trial(args, work)
    try:
        await trial.start()
        await trial.run()
    finally:
        trial.end()
        if args.keep:
            print("logs: " + work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if trial.failed else 0)


if __name__ == "__main__":
    asyncio.run(main())
