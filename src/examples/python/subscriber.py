#!/usr/bin/env python3
"""Prints what is published to home/temperature, until Ctrl-C or --count.

Needs paho-mqtt, 1.x or 2.x. A lost connection comes back by itself, with its subscription.
"""
import argparse
import signal

import paho.mqtt.client as mqtt


def new_client():
    """A client of paho-mqtt, whose 2.x wants to hear which kind of callbacks it calls."""
    versions = getattr(mqtt, "CallbackAPIVersion", None)
    return mqtt.Client() if versions is None else mqtt.Client(versions.VERSION2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--topic", default="home/temperature", help="a filter; + and # are wildcards")
    parser.add_argument("--count", type=int, default=0, help="stop after so many messages; 0 goes on")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    received = 0
    # What 1.x and 2.x pass beyond the first arguments differs, hence the stars.
    def on_connect(client, userdata, flags, reason, *rest):
        if reason != 0:
            print(f"refused: {reason}", flush=True)
            return
        print(f"connected to {options.host}:{options.port}", flush=True)
        # Here and not once at the start, so that a new connection has the subscription again.
        client.subscribe(options.topic, qos=1)

    def on_disconnect(client, userdata, *rest):
        print("disconnected", flush=True)

    def on_subscribe(client, userdata, mid, *rest):
        print(f"subscribed to {options.topic}", flush=True)

    def on_message(client, userdata, message):
        nonlocal received
        received += 1
        print(f"{message.topic} {message.payload.decode(errors='replace')}", flush=True)
        if received == options.count:
            client.disconnect()

    client = new_client()
    client.on_connect = on_connect
    client.on_disconnect = on_disconnect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.reconnect_delay_set(min_delay=1, max_delay=10)
    client.connect_async(options.host, options.port, keepalive=30)
    try:
        client.loop_forever(retry_first_connection=True)
    except KeyboardInterrupt:
        print(f"stopped after {received} messages", flush=True)
        client.disconnect()


if __name__ == "__main__":
    main()
