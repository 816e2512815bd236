"""The brokers that are compared, each a process on a free port of the loopback, and what is needed to build and name them.

A broker is started by `start(work, pinned)` and answers when it lets clients in; `pid`, `port` and `tls_port` (None without) are what the load generator needs.
Ends only what it started, and takes it along when this process is killed.
"""
import os
import re
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as tree

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from nodes import FAILURES, die_with_parent, free_port  # noqa: E402

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(BENCH))
BUILT = os.path.join(ROOT, "target", "bench")
BROKER_CPU, GENERATOR_CPU = "0", "1"
MOSQUITTO = next((path for path in ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto") if os.path.exists(path)), None)


class Missing(Exception):
    """A broker cannot be measured here, and why."""


def on_cpu(cpu, pinned):
    return ["taskset", "-c", cpu] if pinned else []


def build(name, flags):
    """A program of src/bench, made of its one C file when that is newer."""
    source, program = os.path.join(BENCH, name + ".c"), os.path.join(BUILT, name)
    os.makedirs(BUILT, exist_ok=True)
    if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
        subprocess.run(["gcc", "-O2", "-o", program, source, *flags], check=True)
    return program


def mqload():
    return build("mqload", ["-lm", "-lpthread", "-ldl"])


def output(*command):
    """What a program prints, on either stream, or nothing where there is none."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout
    except OSError:
        return ""


def first_line(*command):
    return output(*command).strip().partition("\n")[0]


class Broker:
    """A process that serves MQTT. `is_jvm` says whether it needs warming."""
    name = label = ""
    is_jvm = False
    tls_port = None

    def __init__(self, work, pinned):
        self.work, self.pinned = work, pinned
        self.port = free_port()
        self.process = None
        self.start_seconds = None

    def command(self):
        raise NotImplementedError

    def start(self, timeout=120):
        command = [*on_cpu(BROKER_CPU, self.pinned), *self.command()]
        self.log = os.path.join(self.work, f"{self.name}-{self.port}.log")
        begun = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.work, preexec_fn=die_with_parent)
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > begun + timeout:
                with open(self.log, errors="replace") as log:
                    tail = log.read()[-600:].strip()
                self.stop()
                raise Missing(f"{self.label} does not start: {tail or 'it says nothing'}")
            time.sleep(0.005)
        self.start_seconds = time.monotonic() - begun
        return self

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except FAILURES:
            return False

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @property
    def pid(self):
        return self.process.pid

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def collect(self):
        """Has a JVM collect its garbage, so that resident memory is compared at its least."""
        if self.is_jvm:
            subprocess.run(["jcmd", str(self.pid), "GC.run"], stdout=subprocess.DEVNULL, check=True)

    def histogram(self):
        """Live objects of a JVM after a collection: rows of (count, bytes, class), the largest first, and the bytes of all."""
        lines = subprocess.run(["jcmd", str(self.pid), "GC.class_histogram"], capture_output=True, text=True, check=True).stdout.strip().splitlines()
        rows = [line.split(None, 4)[1:4] for line in lines if re.match(r" *\d+: +\d", line)]
        return [(int(count), int(size), kind) for count, size, kind in rows], int(lines[-1].split()[2])


class Floor(Broker):
    """The least that a forwarder of exact topics can do on this kernel."""
    name, label = "floor", "floor"

    def command(self):
        return [build("limit", []), str(self.port)]

    @staticmethod
    def version():
        return first_line("gcc", "--version")


class Coppice(Broker):
    """The jar as it is delivered, with its defaults but for ports, the directory of its data, and what `settings` says."""
    name, label, is_jvm = "coppice", "Coppice", True
    jar = os.path.join(ROOT, "target", "coppice.jar")

    def __init__(self, work, pinned, settings=None, tls=False, java=()):
        super().__init__(work, pinned)
        self.settings = {"listeners.mqtt.host": "127.0.0.1", "listeners.mqtt.port": self.port, "listeners.ws.enabled": "false", "admin.port": free_port(),
                         "node.data": os.path.join(work, f"coppice-{self.port}"), **(settings or {})}
        self.java = java
        if tls:
            pem = certificate(work)
            self.tls_port = free_port()
            self.settings.update({"listeners.mqtts.port": self.tls_port, "listeners.mqtts.certificate": os.path.join(pem, "tls.crt"),
                                  "listeners.mqtts.key": os.path.join(pem, "tls.key")})

    def command(self):
        if not os.path.exists(self.jar):
            raise Missing(f"there is no {os.path.relpath(self.jar)}: run mvn package")
        return ["java", *self.java, "-jar", self.jar, *(word for key, value in self.settings.items() for word in ("--set", f"{key}={value}"))]

    def listens(self):
        with open(self.log, "rb") as log:
            return b"Coppice ready" in log.read()

    @classmethod
    def version(cls):
        commit = first_line("git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude", "*")
        return f"{first_line('java', '-jar', cls.jar, '--version')}{', ' + commit if commit and ' ' not in commit else ''}"


class Mosquitto(Broker):
    """Debian's Mosquitto. Its defaults would drop what the scenarios queue, hold its window to 20 messages, and wait to fill segments."""
    name, label = "mosquitto", "Mosquitto"

    def __init__(self, work, pinned, tls=False):
        super().__init__(work, pinned)
        self.conf = os.path.join(work, f"mosquitto-{self.port}.conf")
        lines = ["user root", "allow_anonymous true", "max_queued_messages 0", "max_inflight_messages 256", "set_tcp_nodelay true", f"listener {self.port} 127.0.0.1"]
        if tls:
            pem = certificate(work)
            self.tls_port = free_port()
            lines += [f"listener {self.tls_port} 127.0.0.1", f"certfile {pem}/tls.crt", f"keyfile {pem}/tls.key"]
        with open(self.conf, "w") as out:
            out.write("\n".join(lines) + "\n")

    def command(self):
        if not MOSQUITTO:
            raise Missing("Mosquitto is not installed (apt-get install mosquitto)")
        return [MOSQUITTO, "-c", self.conf]

    @staticmethod
    def version():
        return first_line(MOSQUITTO, "-h") if MOSQUITTO else ""


class JavaBroker(Broker):
    """A broker from Maven Central, by its launcher in src/bench/brokers."""
    is_jvm = True
    launcher = ""

    def class_path(self):
        """That of the launcher, fetched and compiled when there is none."""
        folder = os.path.join(BUILT, self.name)
        listed = os.path.join(folder, "class-path")
        pom, source = (os.path.join(BENCH, "brokers", name) for name in ("pom.xml", self.launcher + ".java"))
        if not os.path.exists(listed) or os.path.getmtime(listed) < max(os.path.getmtime(pom), os.path.getmtime(source)):
            os.makedirs(folder, exist_ok=True)
            fetched = subprocess.run(["mvn", "-B", "-q", "-f", pom, "-P" + self.name, "dependency:build-classpath", "-Dmdep.outputFile=" + listed + ".new"],
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if fetched.returncode:
                raise Missing(f"{self.label} cannot be fetched from Maven Central: {fetched.stdout.strip()[-300:]}")
            with open(listed + ".new") as file:
                subprocess.run(["javac", "-nowarn", "-d", folder, "-cp", file.read().strip(), source], check=True)
            os.rename(listed + ".new", listed)
        with open(listed) as file:
            return folder + ":" + file.read().strip()

    @classmethod
    def version(cls):
        properties = tree.parse(os.path.join(BENCH, "brokers", "pom.xml")).getroot().find("{*}properties")
        return f"{cls.label} {properties.find('{*}' + cls.name + '.version').text}"


class HiveMq(JavaBroker):
    """The community edition with its state in memory, and queues that are large enough."""
    name, label, launcher = "hivemq", "HiveMQ CE", "HiveMqServer"

    def command(self):
        conf, data = (os.path.join(self.work, f"hivemq-{self.port}-{part}") for part in ("conf", "data"))
        os.makedirs(conf, exist_ok=True)
        os.makedirs(data, exist_ok=True)
        with open(os.path.join(conf, "config.xml"), "w") as out:
            out.write("<?xml version='1.0'?><hivemq><listeners><tcp-listener><port>%d</port><bind-address>127.0.0.1</bind-address></tcp-listener>"
                      "</listeners><mqtt><queued-messages><max-queue-size>1000000</max-queue-size></queued-messages></mqtt>"
                      "<persistence><mode>in-memory</mode></persistence>"
                      "<anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>" % self.port)
        return ["java", "-cp", self.class_path(), self.launcher, conf, data]


class Moquette(JavaBroker):
    """Moquette with its state in memory."""
    name, label, launcher = "moquette", "Moquette", "MoquetteServer"

    def command(self):
        return ["java", "-cp", self.class_path(), self.launcher, str(self.port)]


ALL = {kind.name: kind for kind in (Floor, Coppice, Mosquitto, HiveMq, Moquette)}


def certificate(work):
    """The directory of a certificate and its key, made by Coppice's own command."""
    pem = os.path.join(work, "certificate")
    if not os.path.exists(pem):
        subprocess.run(["java", "-jar", Coppice.jar, "certificate", "--out=" + pem], check=True, stdout=subprocess.DEVNULL)
    return pem


def machine():
    """What the figures depend on; nothing that names the machine."""
    def field(path, key):
        with open(path) as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")
    return {"cpu": field("/proc/cpuinfo", "model name"), "cores": os.cpu_count(), "memory_gib": round(int(field("/proc/meminfo", "MemTotal").split()[0]) / 2**20),
            "kernel": os.uname().release, "java": re.sub(r"[()]", "", output("java", "-version").splitlines()[1]) if output("java", "-version") else "",
            "python": sys.version.split()[0]}
