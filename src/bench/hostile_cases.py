"""What strangers send, by the ids of the list of bad inputs: bytes for one connection each, for `security.py hostile`.

A case is a list of (listener, bytes); listener is "mqtt", "ws" or "mqtts". What needs rights, several nodes, a disk or a file to be shown is
no matter of bytes on one connection and stands in ELSEWHERE with where it is shown.
"""
import os
import struct

OPEN_MAX = 16 * 1024  # limits.packet-size-before-connect-max


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(data)) + data


def varint(value):
    out = b""
    while True:
        value, digit = value >> 7, value & 0x7F
        out += bytes([digit | (0x80 if value else 0)])
        if not value:
            return out


def packet(first, *parts):
    body = b"".join(parts)
    return bytes([first]) + varint(len(body)) + body


def props(data=b""):
    return varint(len(data)) + data


def connect(client="x", version=5, flags=2, properties=b"", behind=b"", name="MQTT", keep_alive=60):
    return packet(0x10, text(name), bytes([version, flags]), struct.pack(">H", keep_alive),
                  props(properties) if version == 5 else b"", text(client), behind)


def publish(topic, payload=b"x", first=0x30, packet_id=b"", properties=b""):
    return packet(first, text(topic), packet_id, props(properties), payload)


def subscribe(*filters, packet_id=1, properties=b"", options=0):
    return packet(0x82, struct.pack(">H", packet_id), props(properties), b"".join(text(each) + bytes([options]) for each in filters))


IN = connect()
V3 = connect(version=4)
BAD_TEXT = (b"\xc0\xaf", b"\xed\xa0\x80", b"\xff", b"\xf4\x90\x80\x80", b"a\xc3")
PAIR = b"\x26\0\0\0\0"


def upgrade(headers=b"Sec-WebSocket-Protocol: mqtt\r\n", path=b"/mqtt", key=b"dGhlIHNhbXBsZSBub25jZQ=="):
    return (b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: " + key + b"\r\n" + headers + b"\r\n")


def frame(payload, first=0x82, masked=True, claimed=None):
    length = len(payload) if claimed is None else claimed
    bit = 0x80 if masked else 0
    head = bytes([first, bit | length]) if length < 126 else bytes([first, bit | 126]) + struct.pack(">H", length) \
        if length < 65536 else bytes([first, bit | 127]) + struct.pack(">Q", length)
    return head + (b"\0\0\0\0" if masked else b"") + payload  # a mask of zeros changes nothing


def client_hello(name=b"localhost", claimed=None, version=b"\x03\x03"):
    sni = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name
    extensions = struct.pack(">HH", 0, len(sni)) + sni
    body = version + os.urandom(32) + b"\0" + struct.pack(">H", 2) + b"\xc0\x2f" + b"\1\0" + struct.pack(">H", len(extensions)) + extensions
    hello = b"\1" + (len(body) if claimed is None else claimed).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(hello)) + hello


def mqtt(*streams):
    return [("mqtt", each) for each in streams]


def on_version_3(*packets):
    return [("mqtt", V3 + each) for each in packets]


CASES = {
    "B01": mqtt(bytes.fromhex("10FFFFFFFF01"), IN + bytes.fromhex("30FFFFFFFF01")),
    "B02": mqtt(packet(0x10, text("MQTT"), b"\5\2\0\x3c", b"\xff\xff\xff\xff\1"), IN + packet(0x82, b"\0\1", b"\x06\x0b\xff\xff\xff\xff\1")),
    "B03": mqtt(bytes.fromhex("10FFFFFF7F") + b"\0" * 12),
    "B04": mqtt(bytes.fromhex("30FFFFFF7F") + b"a" * 4096, b"\x82\xff\xff\x7f", b"\xf0\xff\xff\x7f"),
    "B05": mqtt(packet(0x10, text("MQTT"), b"\5\2\0\x3c", props(b"\x26" + b"\0" * 800_000))[:700]),
    "B06": mqtt(IN + bytes.fromhex("3005FFFF616161"), packet(0x10, text("MQTT"), b"\5\xc2\0\x3c\0", text("x"))),
    "B07": mqtt(b"\x10", connect()[:-1]),
    "B08": [("mqtts", b"GET / HTTP/1.1\r\n\r\n"), ("mqtts", client_hello())],
    "B09": [("mqtts", client_hello(claimed=0xFFFFFF))],
    "B10": [("mqtts", client_hello(b"host-%d.example.com" % number)) for number in range(50)],
    "B11": [("mqtts", b"\x16\x03\x01\0\1" + bytes([each])) for each in (1, 0)] + [("mqtts", b"\x16\x03\x01\0\0" * 200)],
    "B12": mqtt(connect(keep_alive=2) + b"\x30"),
    "B13": mqtt(connect(keep_alive=0)),
    "B14": mqtt(*[connect(bad) for bad in BAD_TEXT], *[IN + publish(bad) for bad in BAD_TEXT], *[IN + subscribe(bad) for bad in BAD_TEXT]),
    "B15": mqtt(connect(b"a\0b"), IN + publish(b"a\0b"), IN + subscribe(b"a\0b")),
    "B16": mqtt(IN + publish("/" * 65_535)),
    "B17": mqtt(IN + subscribe("/" * 65_535), IN + subscribe("/".join("+" * 20_000)), IN + subscribe("$share/g/" + "/".join("+" * 20_000))),
    "B18": mqtt(IN + subscribe(*["/".join("+" if number >> bit & 1 else "a" for bit in range(8)) for number in range(256)])
                + publish("/".join("a" * 128))),
    "B19": mqtt(IN + publish("a/+"), IN + publish("#")),
    "B20": mqtt(IN + bytes.fromhex("3003000000"), IN + publish("", properties=b"\x23\0\0"), IN + publish("a", properties=b"\x23\xff\xff")),
    "B21": mqtt(IN + b"".join(publish("t%d" % alias + "x" * 60, properties=b"\x23" + struct.pack(">H", alias)) for alias in range(1, 34))),
    "B23": mqtt(connect(properties=b"\x11\0\0\0\1" * 2), connect(properties=b"\x21\0\1" * 2), IN + publish("a", properties=b"\x23\0\1" * 2)),
    "B24": mqtt(connect(properties=b"\x23\0\1"), IN + publish("a", properties=b"\x18\0\0\0\1"), IN + publish("a", properties=b"\x0b\1")),
    "B25": mqtt(connect(properties=b"\x21\0\0"), connect(properties=b"\x27\0\0\0\0"), connect(properties=b"\x17\2"),
                IN + publish("a", properties=b"\1\2"), IN + subscribe("a", properties=b"\x0b\0")),
    "B26": mqtt(connect(properties=b"\x7f\0"), IN + publish("a", properties=b"\x7f\0")),
    "B27": mqtt(connect(properties=PAIR * 3_000), IN + publish("a", properties=PAIR * 10_000)),
    "B28": mqtt(connect(flags=6, behind=props(b"\x21\0\1") + text("w") + text("x"))),
    "B29": mqtt(*[IN + each for each in (b"\x20\3\0\0\0", b"\x90\4\0\1\0\0", b"\xb0\4\0\1\0\0", b"\xd0\0")]),
    "B30": mqtt(b"\0\0", IN + b"\0\0", IN + b"\xf0\0", V3 + b"\xf0\0"),
    "B31": mqtt(*[bytes([first]) + b"\0" for first in range(256)], *[IN + bytes([first]) + b"\0" for first in range(0, 256, 5)]),
    "B32": mqtt(IN + publish("a", first=0x36, packet_id=b"\0\1"), IN + publish("a", first=0x38), IN + publish("a", first=0x32, packet_id=b"\0\0")),
    "B33": mqtt(IN + packet(0x82, b"\0\1\0"), IN + subscribe("a", options=0xC0), IN + subscribe("a", options=0x30), V3 + packet(0x82, b"\0\1", text("a"), b"\4")),
    "B34": mqtt(IN + packet(0x82, b"\0\1\0", (text("a/b/c/d/e") + b"\0") * 60_000)),
    "B35": mqtt(*[connect(flags=flags, behind=text("w") + text("x")) for flags in (0x0A, 0x22, 0x1C)]),
    "B36": mqtt(IN + b"\xc0\1\0", packet(0x10, connect()[2:] + b"\0\0\0\0")),
    "B37": mqtt(IN + IN, connect(version=9) + publish("a", first=0x31), connect(b"\xff") + publish("a", first=0x31)),
    "B38": mqtt(IN + b"\xe0\0" + publish("a", first=0x31)),
    "B39": mqtt(IN + b"".join(publish("a", first=0x34, packet_id=struct.pack(">H", number)) for number in range(1, 1_100))),
    "B40": mqtt(IN + publish("a", b"A", 0x34, b"\0\7") + publish("a", b"B", 0x34, b"\0\7")),
    "B42": mqtt(IN + b"".join(bytes([kind, 2]) + struct.pack(">H", number) for number in range(1, 1_000) for kind in (0x62, 0x70, 0x40))),
    "B45": mqtt(*[connect("hoard%d" % number, properties=b"\x11\xff\xff\xff\xff") for number in range(50)]),
    "B54": mqtt(*[IN + publish(topic, first=0x31) for topic in ("$SYS/x", "$share/g/t")]),
    "B55": mqtt(*[connect(client) for client in ("+", "#", "a/#")]),
    "B56": mqtt(*[connect(client) for client in (".*", "$(x)", "%u", "${username}")]),
    "B59": mqtt(connect(flags=6, behind=b"\0" + text("$SYS/x") + text("x"))),
    "B66": mqtt(*[connect("x", flags=0xC2, behind=text("user%d" % number) + text("wrong")) for number in range(50)]),
    "B68": mqtt(connect(flags=0xC2, behind=text("u") + text("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0."))),
    "B69": mqtt(connect(properties=b"\x15" + text("unknown")), IN + packet(0xF0, b"\x19", props(b"\x15" + text("x")))),
    "B70": mqtt(b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + IN, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff" + b"\0" * 4_000),
    "B71": [("ws", upgrade() + each) for each in (b"".join(frame(bytes([byte])) for byte in connect()), frame(b"", claimed=2**63 - 1),
                                                  frame(b"a", 2) + frame(b"a", 0) * 200, frame(b"hello", 0x81), frame(b"", 0x89) * 500,
                                                  frame(connect(), masked=False))]
    + [("ws", upgrade(b"Sec-WebSocket-Protocol: chat\r\n")), ("ws", upgrade(b"X: " + b"y" * 30_000 + b"\r\n"))],
    "B72": [("ws", upgrade(b"Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate\r\n") + frame(b"\0" * 1_000, 0xC2))],
    "B73": [("ws", upgrade(b"Sec-WebSocket-Protocol: mqtt\r\nOrigin: https://evil.example\r\n"))],
    "B74": [("ws", b"POST /mqtt HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
            ("ws", b"DELETE /mqtt HTTP/1.1\r\nHost: x\r\n\r\n" * 20)],
    "B77": mqtt(IN + b"".join(subscribe("/".join("+" if number >> bit & 1 else "a" for bit in range(8)), packet_id=number + 1,
                                        properties=b"\x0b" + varint(number + 1)) for number in range(256)) + publish("/".join("a" * 8))),
    "B80": mqtt(IN + publish("a", properties=b"\2\0\0\0\0"), IN + publish("a", properties=b"\2\xff\xff\xff\xff"),
                connect(flags=6, behind=props(b"\x18\xff\xff\xff\xff") + text("w") + text("x"))),
    "B81": mqtt(*[connect("timer%d" % number, flags=6, properties=b"\x11\0\0\0\5", behind=props(b"\x18\0\0\0\1") + text("w") + text("x")) for number in range(50)]),
    "B82": mqtt(connect("a\r\nERROR forged\x1b[2J")),
    "B83": mqtt(*[connect("metric%d" % number) + publish("m/%d" % number) for number in range(50)]),
    "B103": mqtt(connect(flags=0x82, behind=text("admin")), connect(flags=0xC2, behind=text("admin") + text(""))),
    "B104": mqtt(connect(properties=PAIR * 3_200)),
    "B105": mqtt(connect(version=3, name="MQIsdp"), connect(version=3, name="MQIsdp") + publish("a/+")[:-1])
    + on_version_3(b"\0\0", packet(0x30, text("a/+")), packet(0x36, text("a")), packet(0x82, b"\0\1"), b"\x20\2\0\0", b"\xf0\0"),
}

ELSEWHERE = {
    "rights of clients that are let in: AuthorizationIT, RightsTest, AskingTest": "B22 B48 B49 B50 B51 B52 B53 B60 B61 B63 B64 B101 B102",
    "several clients, stores or much time: hostile/ and simulation/": "B43 B44 B46 B47 B62 B75 B76 B78 B79 B97",
    "nodes among each other: cluster/": "B41 B86 B87 B88 B89 B99",
    "files, disk, process and configuration: config/, storage/, it/": "B57 B58 B65 B67 B94 B95 B96 B98 B100",
    "the admin port: AdminPortSecurityIT": "B84 B85 B90",
    "what Kubernetes gives a pod, and SecretsIT": "B91 B92 B93",
}


def check():
    """That every one of the 105 is somewhere, once."""
    named = list(CASES) + " ".join(ELSEWHERE.values()).split()
    wanted = {"B%02d" % number for number in range(1, 106)}
    assert len(named) == len(set(named)) and set(named) == wanted, (wanted ^ set(named), [each for each in named if named.count(each) > 1])
