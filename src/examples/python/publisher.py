#!/usr/bin/env python3
"""Publishes a temperature to home/temperature once a second, until Ctrl-C or --count.

Needs paho-mqtt, 1.x or 2.x. A lost connection comes back by itself, and what was not acknowledged is
sent again then. Ends with status 0 once every message is acknowledged.
"""
import argparse
import random
import signal
import threading
import time

import paho.mqtt.client as mqtt


def new_client():
    """A client of paho-mqtt, whose 2.x wants to hear which kind of callbacks it calls."""
    versions = getattr(mqtt, "CallbackAPIVersion", None)
    return mqtt.Client() if versions is None else mqtt.Client(versions.VERSION2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--topic", default="home/temperature")
    parser.add_argument("--count", type=int, default=0, help="stop after so many messages; 0 goes on")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two messages")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    # paho sends what is published while it connects ahead of its CONNECT, so nothing is before the answer to it.
    connected = threading.Event()
    acknowledged = threading.Semaphore(0)
    # What 1.x and 2.x pass beyond the first arguments differs, hence the stars.
    def on_connect(client, userdata, flags, reason, *rest):
        print(f"connected to {options.host}:{options.port}" if reason == 0 else f"refused: {reason}", flush=True)
        if reason == 0:
            connected.set()

    def on_disconnect(client, userdata, *rest):
        connected.clear()
        print("disconnected", flush=True)

    def on_publish(client, userdata, mid, *rest):
        acknowledged.release()

    client = new_client()
    client.on_connect = on_connect
    client.on_disconnect = on_disconnect
    client.on_publish = on_publish
    client.reconnect_delay_set(min_delay=1, max_delay=10)
    client.connect_async(options.host, options.port, keepalive=30)
    client.loop_start()
    celsius = 21.0
    sent = 0
    try:
        while True:
            celsius += random.uniform(-0.3, 0.3)
            connected.wait()
            client.publish(options.topic, f"{celsius:.1f}", qos=1)
            acknowledged.acquire()
            sent += 1
            print(f"{options.topic} {celsius:.1f}", flush=True)
            if sent == options.count:
                break
            time.sleep(options.interval)
    except KeyboardInterrupt:
        print(f"stopped after {sent} messages", flush=True)
    finally:
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    main()
