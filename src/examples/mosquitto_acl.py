#!/usr/bin/env python3
"""Puts the same questions to two brokers that have the same ACL file, and fails where they do not give the same rights.

    mosquitto_acl.py PORT PORT

Prints the file with --acl. For every client and topic it asks whether a PUBLISH of QoS 1 is accepted (PUBACK without an
error), and whether a message that somebody else publishes there comes to a subscription to '#'. Python's own library is all
it needs; it speaks MQTT 5 itself.
"""
import socket
import struct
import sys

ACL = """\
# for clients without name
topic read news/#
topic deny news/secret
topic both

user anna
topic write lamp/+
topic read  with space/a
topic readwrite all/#
topic deny all/but/this
topic read denied
user  bob smith
topic readwrite bob's
user anna
topic read again
topic deny again/not
pattern read in/%c
pattern write out/%u/#
pattern readwrite mix-%u-%c/x
pattern deny denied
pattern deny out/%u/closed
pattern read everybody
pattern read %u/own
user root
topic readwrite #
"""
CLIENTS = [("x", None), ("x", "anna"), ("x", "bob smith"), ("x", "stranger"), ("+", "anna"), ("#", "anna"),
           ("x", "+"), ("x", "a#"), ("x/y", "anna"), ("y", "a/b")]
TOPICS = ["news", "news/today", "news/secret", "both", "lamp/1", "lamp/1/2", "with space/a", "all", "all/but",
          "all/but/this", "denied", "bob's", "again", "again/not", "in/x", "in/y", "in/x/y",
          "out/anna", "out/anna/1", "out/anna/closed", "out/bob smith/1", "out/a/b", "out/a/b/c", "mix-anna-x/x",
          "mix-anna-y/x", "everybody", "anna/own", "stranger/own", "other", "$other"]


def text(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data


class Client:
    def __init__(self, port, client_id, user):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.stream = self.socket.makefile("rb")
        self.came = []
        flags = 0x02 | (0x80 if user is not None else 0)
        body = text("MQTT") + bytes([5, flags, 0, 0, 0]) + text(client_id)
        self.send(0x10, body + (text(user) if user is not None else b""))
        assert self.answer(0x20)[1] == 0, "CONNECT of %r was refused" % client_id

    def send(self, first, body):
        length, size = len(body), b""
        while True:
            size += bytes([length % 128 | (0x80 if length > 127 else 0)])
            length //= 128
            if not length:
                break
        self.socket.sendall(bytes([first]) + size + body)

    def answer(self, wanted):
        while True:
            first = self.stream.read(1)[0]
            length, shift = 0, 0
            while True:
                byte = self.stream.read(1)[0]
                length |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            body = self.stream.read(length)
            if first & 0xF0 == 0x30:
                size = struct.unpack(">H", body[:2])[0]
                self.came.append(body[2:2 + size].decode())
                if first & 6:
                    self.send(0x40, body[2 + size:4 + size])
            if first & 0xF0 == wanted & 0xF0:
                return body

    def publish(self, topic):
        self.send(0x32, text(topic) + b"\0\1" + b"\0" + b"x")
        body = self.answer(0x40)
        return len(body) < 3 or body[2] < 0x80

    def subscribe(self, topic):
        self.send(0x82, b"\0\1\0" + text(topic) + b"\1")
        self.answer(0x90)

    def heard(self):
        self.send(0xC0, b"")
        self.answer(0xD0)
        heard, self.came = self.came, []
        return heard

    def leave(self):
        """Returns when the broker has seen it: the next client has the same identifier, and may be another user's."""
        self.send(0xE0, b"")
        assert self.stream.read() == b""
        self.socket.close()


def rights(port):
    root = Client(port, "root", "root")
    found = {}
    for client_id, user in CLIENTS:
        client = Client(port, client_id, user)
        for topic in TOPICS:
            found[client_id, user, topic] = ["w" if client.publish(topic) else "-"]
        client.subscribe("#")
        client.subscribe("$other")
        for topic in TOPICS:
            root.publish(topic)
            found[client_id, user, topic].append("r" if topic in client.heard() else "-")
        client.leave()
    return found


def main():
    if sys.argv[1:] == ["--acl"]:
        print(ACL, end="")
        return
    one, other = (rights(int(port)) for port in sys.argv[1:])
    differing = [question for question in one if one[question] != other[question]]
    for question in differing:
        print("%r: %s and %s" % (question, "".join(one[question]), "".join(other[question])))
    granted = sum(answer != ["-", "-"] for answer in one.values())
    print("%d questions, %d of them with rights, %d differ" % (len(one), granted, len(differing)))
    sys.exit(1 if differing or not granted else 0)


if __name__ == "__main__":
    main()
