package io.coppice.campaign;

import io.coppice.campaign.Streams.Key;
import io.coppice.campaign.Streams.Sent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Judges what nodes hold as retained when all is quiet. */
final class RetainedValues implements Judge {
    /** A message that is to be retained, or to clear what is. */
    private record Write(Key key, int number, boolean clears, Sent stream) {
        long from() {
            return stream.sent[number];
        }

        /** When it was over; one that nobody answered, or that was refused, may have taken effect at any time. */
        long until() {
            return stream.acked[number];
        }
    }

    private final Streams streams;
    private final Map<String, List<Write>> writes = new HashMap<>();
    private final Map<String, Map<String, Event>> held = new TreeMap<>();

    RetainedValues(Streams streams) {
        this.streams = streams;
    }

    @Override
    public void see(Event event, Consumer<Violation> wrong) {
        if (event.kind() == Event.Kind.SEND && !event.word(4).equals("plain")) {
            Key key = new Key(event.word(0), event.word(1));
            writes.computeIfAbsent(event.word(1), topic -> new ArrayList<>())
                    .add(new Write(key, event.number(2), event.word(4).equals("clear"), streams.all.get(key)));
        } else if (event.kind() == Event.Kind.RETAINED) {
            held.computeIfAbsent(event.word(1), topic -> new TreeMap<>()).put(event.word(0), event);
        }
    }

    @Override
    public void end(Consumer<Violation> wrong) {
        held.forEach((topic, nodes) -> {
            if (nodes.values().stream()
                            .map(event -> event.words().subList(2, 4))
                            .distinct()
                            .count()
                    > 1) {
                Event any = nodes.values().iterator().next();
                String words = "the nodes hold different messages on " + topic + ": "
                        + nodes.values().stream()
                                .map(each -> each.word(0) + " " + each.word(2) + " " + each.word(3))
                                .toList();
                wrong.accept(
                        new Violation(Invariant.RETAINED, words, "", any.word(2), topic, numberOf(any), any.micros()));
            } else {
                judge(topic, nodes.values().iterator().next(), wrong);
            }
        });
    }

    private void judge(String topic, Event seen, Consumer<Violation> wrong) {
        List<Write> all = writes.getOrDefault(topic, List.of());
        // the last of those that had begun when it ended may stand; what begins after an acknowledgement stands after
        // it
        long last = all.stream()
                .filter(write -> write.stream().isAcked(write.number()))
                .mapToLong(Write::from)
                .max()
                .orElse(Long.MIN_VALUE);
        boolean right;
        if (seen.word(2).equals("-")) {
            right = last == Long.MIN_VALUE || all.stream().anyMatch(write -> write.clears() && write.until() >= last);
        } else {
            right = all.stream()
                    .anyMatch(write -> !write.clears()
                            && write.key().publisher().equals(seen.word(2))
                            && write.number() == numberOf(seen)
                            && write.until() >= last);
        }
        if (!right) {
            String words = seen.word(2).equals("-")
                    ? "nothing is retained on " + topic + ", though a message was acknowledged and not cleared"
                    : "retained on " + topic + " is what was written over, cleared or never written";
            wrong.accept(
                    new Violation(Invariant.RETAINED, words, "", seen.word(2), topic, numberOf(seen), seen.micros()));
        }
    }

    private static int numberOf(Event seen) {
        return seen.word(3).equals("-") ? -1 : seen.number(3);
    }
}
