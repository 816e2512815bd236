"""Runs the load generator against brokers."""
import itertools
import json
import os
import subprocess
import sys

from .brokers import GENERATOR_CPU, die_with_parent, mqload, on_cpu
from .results import BAD, wrong

KEPT = ("secs", "sent", "recv", "sent_s", "recv_s", *BAD, "p50_us", "p99_us", "p999_us", "broker_cpu_us_msg", "broker_rss_mib", "gen_cpu_us_msg", "gen_cpu_pct", "conn_s",
        "rss_per_conn_b", "rss_before_mib", "rss_after_mib", "first_drain_ms", "subscribe_cpu_us", "rss_per_subscription_b", "store_cpu_us", "rss_per_retained_b",
        "enqueue_cpu_us", "still_ready", "slices")


class Bench:
    """How this run measures. Durations are in seconds; `repeat` is how often each measurement is made."""

    def __init__(self, work, results, pinned, repeat, quick):
        self.work, self.results, self.pinned, self.repeat, self.quick = work, results, pinned, repeat, quick
        self.seconds = 1.5 if quick else 2.5
        self.warmup = 3 if quick else 8
        self.missing = {}
        self.seeds = itertools.count(1)      # each load has client identifiers of its own, so that what an earlier one left to a broker is not its

    def command(self, ports, pids, flags):
        return [*on_cpu(GENERATOR_CPU, self.pinned), mqload(), *flags.split(), "--seed", str(next(self.seeds)), "--port", ",".join(map(str, ports)), *(["--pid", ",".join(map(str, pids))] if pids else [])]

    def load(self, broker, flags, tls=False):
        return self.run(self.command([broker.tls_port if tls else broker.port], [broker.pid], flags + (" --tls" if tls else "")))

    def run(self, command, timeout=180, urgent=False):
        """What the load generator says, or why it does not."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, preexec_fn=urgently if urgent else die_with_parent)
        except subprocess.TimeoutExpired:
            return {"failed": f"not done after {timeout} s"}
        return told(done.stdout, done.stderr)

    def begin(self, command, urgent=False):
        """The same, in the background."""
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=urgently if urgent else die_with_parent)

    def note(self, part, what, broker, result, **more):
        self.results.add(part, what, broker, self.pinned, **{**result, **more})
        shown = {key: result[key] for key in ("broker_cpu_us_msg", "recv_s", "conn_s", "p99_us", "seconds", "failed") if key in result}
        bad = wrong(result)
        print(f"{part:9} {what:14} {broker:10}", *(f"{key}={value:,}" if not isinstance(value, str) else value for key, value in shown.items()),
              f"WRONG: {bad}" if bad else "", flush=True)

    def lacks(self, broker, reason):
        """Tells once of a broker that cannot be measured, and puts it into the results, so that the report names it."""
        if broker.name not in self.missing:
            self.missing[broker.name] = str(reason)
            self.results.runs[self.results.run].setdefault("missing", {})[broker.label] = str(reason)
            print(f"LEFT OUT: {broker.label}: {reason}", file=sys.stderr, flush=True)


def told(out, err):
    lines = out.strip().splitlines()
    if not lines:
        return {"failed": err.strip()[-160:] or "the load generator says nothing"}
    result = json.loads(lines[-1])
    return {key: result[key] for key in KEPT if key in result and (key not in BAD or result[key])}


def urgently():
    """Before others on its processor, where that is allowed: who takes times must not wait for who makes the noise."""
    die_with_parent()
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        pass


def may_be_urgent():
    return os.geteuid() == 0
