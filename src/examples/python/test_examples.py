"""Runs publisher.py and subscriber.py against stand-ins for paho-mqtt 1.x and 2.x, without a network.

The stand-ins call back with the arguments that each version passes, so that both stay supported whichever
is installed: python3 -m unittest discover -s src/examples/python
"""
import contextlib
import importlib
import io
import sys
import types
import unittest
from unittest import mock


class FakeClient:
    """The part of paho's Client that the examples use; it answers at once."""

    modern = False

    def __init__(self, *args):
        if self.modern and args != ("callbacks of 2.x",):
            raise ValueError("Unsupported callback API version: version 2.0 added a callback_api_version")
        if not self.modern and args:
            raise TypeError("client_id must not be a callback version")
        self.connected = False

    def reconnect_delay_set(self, min_delay, max_delay):
        pass

    def connect_async(self, host, port, keepalive):
        self.connected = True

    def loop_start(self):
        self.answer_connect()

    def loop_stop(self):
        pass

    def loop_forever(self, retry_first_connection):
        self.answer_connect()
        number = 0
        while self.connected:
            number += 1
            message = types.SimpleNamespace(topic="home/temperature", payload=b"%d" % number)
            self.on_message(self, None, message)

    def answer_connect(self):
        self.on_connect(self, None, {}, 0, *([None] if self.modern else []))

    def subscribe(self, topic, qos):
        self.on_subscribe(self, None, 1, *([[0], None] if self.modern else [(1,)]))

    def publish(self, topic, payload, qos):
        self.on_publish(self, None, 1, *([0, None] if self.modern else []))

    def disconnect(self):
        self.connected = False
        self.on_disconnect(self, None, *([{}, 0, None] if self.modern else [0]))


def run(script, modern, *arguments):
    """What a script prints with one generation of paho-mqtt."""
    client = types.ModuleType("paho.mqtt.client")
    client.Client = type("Client", (FakeClient,), {"modern": modern})
    if modern:
        client.CallbackAPIVersion = types.SimpleNamespace(VERSION2="callbacks of 2.x")
    package = types.ModuleType("paho.mqtt")
    package.client = client
    modules = {"paho": types.ModuleType("paho"), "paho.mqtt": package, "paho.mqtt.client": client}
    output = io.StringIO()
    with mock.patch.dict(sys.modules, modules), mock.patch.object(sys, "argv", [script, *arguments]):
        sys.modules.pop(script, None)
        module = importlib.import_module(script)
        with contextlib.redirect_stdout(output):
            module.main()
    return output.getvalue().splitlines()


class ExamplesTest(unittest.TestCase):
    def test_the_publisher_ends_when_its_messages_are_acknowledged(self):
        for modern in (False, True):
            with self.subTest(modern=modern):
                lines = run("publisher", modern, "--count", "3", "--interval", "0")
                self.assertEqual(lines[0], "connected to 127.0.0.1:1883")
                self.assertEqual(sum(line.startswith("home/temperature ") for line in lines), 3)

    def test_the_subscriber_prints_what_comes_until_it_has_enough(self):
        for modern in (False, True):
            with self.subTest(modern=modern):
                lines = run("subscriber", modern, "--count", "2")
                self.assertEqual(lines[1:], [
                    "subscribed to home/temperature", "home/temperature 1", "home/temperature 2", "disconnected"])


if __name__ == "__main__":
    unittest.main()
