#!/usr/bin/env python3
"""What a trace costs those whom it does not follow: tracing.py --mqload PATH [--jar target/coppice.jar] [--rounds 30] [--seconds 1].

One node on the first processor, 16 pairs of clients from the second, and one client, `lamp`, that is connected and says nothing. Each round
measures the CPU for a message of the pairs with nothing traced, with a trace of `lamp`, and with one of a topic that nobody uses, in an order
that turns; shown are medians, and the median of what each round differs from its own quiet value. The goal for a client is 2 %.
"""
import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request

import admin_api
from nodes import Node, die_with_parent

LIVE = {"nothing": None, "a trace of client lamp": {"client": "lamp"}, "a trace of topic some/+/where": {"topic": "some/+/where"}}
GOAL = 0.02


def ask(node, method, path, body=None):
    request = urllib.request.Request("http://127.0.0.1:%d/api/v1/%s" % (node.admin, path), method=method,
                                     data=json.dumps(body).encode() if body else None, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"{}")


def pairs(chosen, node, qos, seed, seconds):
    """Microseconds of CPU for a message."""
    done = subprocess.run(["taskset", "-c", "1", chosen.mqload, "pairs", "--qos", str(qos), "--duration", str(seconds), "--seed", str(seed), "--port", str(node.port), "--pid", str(node.process.pid)],
                          capture_output=True, text=True, check=True, timeout=60, preexec_fn=die_with_parent)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert not told["lost"] and not told["dup"], told
    return told["broker_cpu_us_msg"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mqload", required=True)
    parser.add_argument("--jar", default="target/coppice.jar")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=1)
    chosen = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as work:
        node = Node("traced", chosen.jar, work, prefix=["taskset", "-c", "0"])
        node.settings = {"node.data": work + "/data", "listeners.mqtt.port": node.port, "listeners.ws.enabled": "false", "admin.port": node.admin}
        node.begin()
        try:
            asyncio.run(node.ready())
            lamp = admin_api.connect(node.port, "lamp")
            assert lamp.recv(4) == b"\x20\x02\x00\x00"
            seed = 0
            for qos in (0, 1):
                pairs(chosen, node, qos, seed := seed + 1, 8)   # the JVM compiles
                seen = {name: [] for name in LIVE}
                for turn in range(chosen.rounds):
                    names = list(LIVE)[turn % 3:] + list(LIVE)[:turn % 3]
                    for name in names:
                        trace = LIVE[name] and ask(node, "POST", "traces", LIVE[name])
                        seen[name].append(pairs(chosen, node, qos, seed := seed + 1, chosen.seconds))
                        if trace:
                            ask(node, "DELETE", "traces/" + trace["id"])
                quiet = seen["nothing"]
                for name, costs in seen.items():
                    more = statistics.median(cost / without - 1 for cost, without in zip(costs, quiet))
                    print("QoS %d, %-30s %.3f us a message (quartiles %.3f and %.3f), %+.1f %%" % (
                        qos, name + ":", *(statistics.quantiles(costs)[i] for i in (1, 0, 2)), more * 100), flush=True)
                    missed |= "client" in name and more > GOAL
        finally:
            node.kill()
    return missed


if __name__ == "__main__":
    sys.exit(main())
