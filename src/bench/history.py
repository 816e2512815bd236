"""What clients of a cluster sent, were told and received, and whether a broker may behave so. `history.py` alone tests itself.

Each message says who sent it as the how-manieth on its topic. After `check`:
- lost: it was acknowledged at QoS 1 or 2 and did not come to a session that was subscribed before it was sent;
- twice: a QoS 2 message came more than once (QoS 1 may, which is counted);
- out of order: of one publisher and topic, a message came first after a later one had;
- corrupt, unknown: its bytes are not those that were sent.
"""
import datetime
import sys
import zlib

from nodes import Sent, clock


class History:
    def __init__(self):
        self.begun, self.utc = clock(), datetime.datetime.utcnow().strftime("%H:%M:%S.%f")[:-3]
        self.faults = []
        self.sent = {}         # (publisher, topic): [Sent], from the base on
        self.base = {}         # (publisher, topic): what was sent before this one has been checked
        self.qos = {}          # (publisher, topic): of all its messages
        self.subscribers = {}  # topic: [subscriber]
        self.came = {}         # (subscriber, publisher, topic): [(sequence, when, node)]
        self.duplicates = self.delivered = self.acknowledged = self.refused = 0
        self.on_answer = lambda sent: None

    def fault(self, words):
        self.faults.append(f"{clock() - self.begun:.3f} s: {words}")

    def few(self, begin=0, each=3):
        """Some of each kind of fault, and how many there are."""
        kinds = {}
        for fault in self.faults[begin:]:
            words = fault.split(" s: ", 1)[1] if fault[0].isdigit() else fault
            kinds.setdefault(words.split(":")[0], []).append(fault)
        return [words for kind, faults in kinds.items() for words in [f"{len(faults)} times {kind}", *faults[:each]]]

    def expects(self, subscriber, topic):
        """From now on every acknowledged message of this topic has to reach the subscriber."""
        self.subscribers.setdefault(topic, []).append(subscriber)

    def publish(self, client, topic, qos, due=None, size=0):
        stream = (client.name, topic)
        sent = self.sent.setdefault(stream, [])
        seq = self.base.setdefault(stream, 0) + len(sent)
        head = f"{client.name} {seq} {topic} ".encode().ljust(size, b".")
        message = client.publish(topic, head + b" %08x" % zlib.crc32(head), qos, seq=seq, due=due)
        self.qos[stream] = qos
        sent.append(message)
        return message

    def answered(self, sent):
        if sent.safe:
            self.acknowledged += 1
        else:
            self.refused += 1
        self.on_answer(sent)

    def receive(self, client, topic, payload):
        """A message has come to a subscriber; answers (publisher, sequence)."""
        head, _, tail = payload.rpartition(b" ")
        words = head.split(b" ")
        if tail != b"%08x" % zlib.crc32(head) or len(words) < 3 or words[2].decode() != topic:
            self.fault(f"corrupt: {client.name} got {payload[:80]!r} on {topic}")
            return None
        publisher, seq = words[0].decode(), int(words[1])
        self.delivered += 1
        self.came.setdefault((client.name, publisher, topic), []).append((seq, clock(), client.link.node.name))
        return publisher, seq

    def missing(self):
        """How many acknowledged messages have not come to somebody who waits for them."""
        return sum(1 for subscriber, stream, messages in self.flows() for message in self.lost(subscriber, stream, messages))

    def flows(self):
        for (publisher, topic), messages in self.sent.items():
            for subscriber in self.subscribers.get(topic, ()):
                yield subscriber, (publisher, topic), messages

    def lost(self, subscriber, stream, messages):
        got = {seq for seq, _, _ in self.came.get((subscriber, *stream), ())}
        return [message for message in messages if message.safe and message.qos and message.seq not in got]

    def check(self):
        """Judges what was sent since the last time and forgets it; answers all faults so far."""
        for subscriber, stream, messages in self.flows():
            for message in self.lost(subscriber, stream, messages):
                self.faults.append(f"lost: {self.tell(message)}; {subscriber} never got it{self.around(subscriber, stream, message.seq)}")
        for (subscriber, publisher, topic), came in self.came.items():
            self.check_flow(subscriber, publisher, topic, came)
        for stream, messages in self.sent.items():
            # what is not answered yet may come later, and is judged with the next
            done = next((i for i, message in enumerate(messages) if message.code is None and message.qos), len(messages))
            self.base[stream] += done
            del messages[:done]
        for key, came in self.came.items():
            came[:] = [each for each in came if each[0] >= self.base.get(key[1:], 0)]
        return self.faults

    def check_flow(self, subscriber, publisher, topic, came):
        base, messages = self.base.get((publisher, topic)), self.sent.get((publisher, topic))
        seen, highest = {}, -1
        for seq, when, node in came:
            if messages is None or seq >= base + len(messages):
                self.faults.append(f"unknown: {subscriber} got {publisher} {seq} on {topic}, which was not sent")
                continue
            message = messages[seq - base] if seq >= base else None
            where = f"at {when - self.begun:.3f} s from {node}"
            if message is None or seq in seen:
                self.duplicates += 1
                if self.qos[publisher, topic] == 2:
                    before = f"; before {seen[seq]}" if seq in seen else ", long after it was first due"
                    self.faults.append(f"twice: {publisher} {seq} on {topic}, QoS 2: {subscriber} got it {where}{before}"
                                       + (f"; {self.tell(message)}" if message else ""))
                continue
            if seq < highest:
                self.faults.append(f"out of order: {subscriber} got {publisher} {seq} on {topic} {where}, after {highest}; "
                                   f"{self.tell(message)}{self.around(subscriber, (publisher, topic), seq)}")
            seen[seq] = where
            highest = max(highest, seq)

    def tell(self, sent):
        answer = "not answered" if sent.code is None else \
            f"answered {sent.code:#x} at {sent.acked - self.begun:.3f} s by {sent.node}, tries {sent.tries}"
        return f"{sent.publisher} {sent.seq} on {sent.topic}, QoS {sent.qos}, sent at {sent.due - self.begun:.3f} s, {answer}"

    def around(self, subscriber, stream, seq):
        near = [f"{s} at {when - self.begun:.3f} s from {node}" for s, when, node in self.came.get((subscriber, *stream), ())
                if abs(s - seq) <= 2]
        return "; it got " + ", ".join(near) if near else ""


def self_test():
    """Plants each fault and sees that it is caught, and that a good history is not blamed."""
    class Peer:
        def __init__(self, name):
            self.name, self.link = name, self
            self.node = self

        def publish(self, topic, payload, qos, seq, due):
            return Sent(self.name, topic, seq, payload, qos, False, clock())

    def run(qos, order, refused=(), damage=False):
        history, publisher, subscriber, topic = History(), Peer("p"), Peer("s"), f"t/{qos}"
        history.expects("s", topic)
        messages = [history.publish(publisher, topic, qos) for _ in range(4)]
        for message in messages:
            message.code, message.acked, message.node = 0x97 if message.seq in refused else 0, clock(), "a"
        for seq in order:
            payload = messages[seq].payload if seq < 4 else messages[0].payload
            history.receive(subscriber, topic, payload.replace(b"p 0", b"p 1") if damage else payload)
        history.check()
        history.receive(subscriber, topic, messages[3].payload)  # once more, after all was checked
        history.check()
        return [fault for fault in history.faults if qos == 2 or "long after" not in fault], history

    cases = [("", 1, [0, 1, 2, 3], {}), ("", 1, [0, 1, 0, 1, 2, 3], {}), ("", 1, [0, 1, 3], {"refused": [2]}),
             ("lost", 1, [0, 1, 3], {}), ("out of order", 1, [0, 2, 1, 3], {}), ("corrupt", 1, [0, 1, 2, 3], {"damage": True}),
             ("twice", 2, [0, 1, 1, 2, 3], {}), ("lost", 2, [], {}), ("long after", 2, [0, 1, 2, 3], {})]
    wrong = 0
    for wanted, qos, order, more in cases:
        faults, _ = run(qos, order, **more)
        caught = any(wanted in fault for fault in faults) if wanted else not faults
        wrong += not caught
        print(f"{'caught' if wanted else 'left alone'}: {wanted or order}" if caught else f"NOT CAUGHT: {wanted} {order} {faults}")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if self_test() else 0)
