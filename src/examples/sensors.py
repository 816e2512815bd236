#!/usr/bin/env python3
"""Plays the temperature and humidity sensors of a few rooms, for the page /examples/monitor.html.

Needs paho-mqtt, 1.x or 2.x. Every sensor is a client of its own, so that its last will tells of it alone:
kill this script, and the page shows every room as offline. Topics, all retained:

    home/<room>/status        online, or offline by last will
    home/<room>/temperature   {"value": 21.4, "at": <milliseconds since the epoch>}
    home/<room>/humidity      the same, in percent
    home/<room>/recent        the last readings, so that a page that opens has a line to draw at once
"""
import argparse
import collections
import json
import math
import random
import signal
import threading
import time

import paho.mqtt.client as mqtt

# room: temperature in °C and humidity in % around which it moves, and where in its wave it begins: the same for
# everybody, so that two who play one sensor agree.
ROOMS = {
    "bedroom": (18.5, 52, 0.4),
    "greenhouse": (26.0, 74, 2.1),
    "kitchen": (22.5, 47, 3.7),
    "living-room": (21.0, 43, 5.2),
}
RECENT_MAX = 150
READINGS_PER_RECENT = 5


def new_client():
    """A client of paho-mqtt, whose 2.x wants to hear which kind of callbacks it calls."""
    versions = getattr(mqtt, "CallbackAPIVersion", None)
    return mqtt.Client() if versions is None else mqtt.Client(versions.VERSION2)


class Sensor:
    """One simulated sensor and its connection."""

    def __init__(self, room, host, port, interval):
        self.room = room
        self.temperature, self.humidity, self.phase = ROOMS[room]
        # It is all play, so the sensor may as well have been at it for a while.
        now = time.time()
        past = (self.measure(now - interval * age) for age in range(RECENT_MAX, 0, -1))
        self.recent = collections.deque(past, maxlen=RECENT_MAX)
        self.readings = 0
        self.connected = threading.Event()
        self.client = new_client()
        self.client.will_set(self.topic("status"), "offline", qos=1, retain=True)
        self.client.on_connect = self.on_connect
        self.client.on_disconnect = self.on_disconnect
        self.client.reconnect_delay_set(min_delay=1, max_delay=10)
        self.client.connect_async(host, port, keepalive=10)
        self.client.loop_start()

    def topic(self, kind):
        return f"home/{self.room}/{kind}"

    def on_connect(self, client, userdata, flags, reason, *rest):
        if reason == 0:
            print(f"{self.room}: connected", flush=True)
            client.publish(self.topic("status"), "online", qos=1, retain=True)
            self.connected.set()

    def on_disconnect(self, client, userdata, *rest):
        self.connected.clear()

    def measure(self, now):
        """A time in milliseconds since the epoch, and the temperature and the humidity at it."""
        wave = math.sin(now / 45 + self.phase) + 0.4 * math.sin(now / 17)
        temperature = round(self.temperature + 0.8 * wave + random.gauss(0, 0.03), 2)
        humidity = round(self.humidity - 3 * wave + random.gauss(0, 0.15), 1)
        return int(now * 1000), temperature, humidity

    def read(self):
        """Measures once, and publishes while connected: paho sends ahead of its CONNECT what comes as it connects."""
        at, temperature, humidity = self.measure(time.time())
        self.recent.append((at, temperature, humidity))
        if not self.connected.is_set():
            return
        for kind, value in (("temperature", temperature), ("humidity", humidity)):
            self.client.publish(self.topic(kind), json.dumps({"value": value, "at": at}), retain=True)
        if self.readings % READINGS_PER_RECENT == 0:
            self.client.publish(self.topic("recent"), json.dumps(list(self.recent)), retain=True)
        self.readings += 1

    def stop(self):
        # A clean DISCONNECT suppresses the last will, so the sensor says good-bye itself.
        if self.connected.is_set():
            self.client.publish(self.topic("status"), "offline", qos=1, retain=True).wait_for_publish(timeout=5)
        self.client.disconnect()
        self.client.loop_stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--interval", type=float, default=2.0, help="seconds between two readings")
    parser.add_argument("--count", type=int, default=0, help="stop after so many readings; 0 goes on")
    parser.add_argument("--rooms", nargs="+", default=sorted(ROOMS), choices=sorted(ROOMS), metavar="ROOM")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    sensors = [Sensor(room, options.host, options.port, options.interval) for room in options.rooms]
    readings = 0
    try:
        for sensor in sensors:
            sensor.connected.wait()
        while True:
            for sensor in sensors:
                sensor.read()
            readings += 1
            if readings == options.count:
                break
            time.sleep(options.interval)
    except KeyboardInterrupt:
        print("stopped", flush=True)
    finally:
        for sensor in sensors:
            sensor.stop()


if __name__ == "__main__":
    main()
