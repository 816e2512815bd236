package io.coppice.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Judges a history. It reads the file twice at most, holds a few bytes for each message that was sent and a bit for each
 * that came to somebody, and explains some violations of each invariant by what else the file tells of them.
 */
final class Checker {
    private static final int EXPLAINED = 3;

    /**
     * @param repeats messages at QoS 1 that came to a session once more, which they may
     * @param sharedTwice at QoS 2, to a group, which is known
     * @param waits for each publisher, the longest it waited for an answer, in microseconds
     * @param explanations counter-examples for people
     */
    record Verdict(
            long acked,
            long unanswered,
            long received,
            long repeats,
            long sharedTwice,
            Map<Invariant, Integer> violations,
            List<Long> waits,
            List<String> explanations) {
        boolean isClean() {
            return violations.isEmpty();
        }
    }

    private final Streams streams = new Streams();
    private final Deliveries deliveries = new Deliveries(streams);
    private final List<Judge> judges = List.of(deliveries, new RetainedValues(streams), new Wills(), new Connections());
    private final Map<Invariant, Integer> counts = new EnumMap<>(Invariant.class);
    private final List<Violation> some = new ArrayList<>();
    private long received;
    private boolean quiet;

    private Checker() {}

    static Verdict check(Path history) throws IOException {
        return new Checker().judge(history);
    }

    private Verdict judge(Path history) throws IOException {
        Consumer<Violation> wrong = violation -> {
            if (counts.merge(violation.invariant(), 1, Integer::sum) <= EXPLAINED) {
                some.add(violation);
            }
        };
        History.read(history, event -> {
            if (quiet && event.kind() != Event.Kind.BASE) {
                return; // what is over has been judged, and the rest is tidying up
            }
            quiet |= event.kind() == Event.Kind.QUIET;
            streams.see(event);
            received += event.kind() == Event.Kind.RECEIVE ? 1 : 0;
            judges.forEach(judge -> judge.see(event, wrong));
        });
        judges.forEach(judge -> judge.end(wrong));
        long acked = 0;
        long unanswered = 0;
        for (Streams.Sent stream : streams.all.values()) {
            for (int number = 0; number < stream.count; number++) {
                acked += stream.qos > 0 && stream.isAcked(number) ? 1 : 0;
                unanswered += stream.qos > 0 && !stream.isAcked(number) ? 1 : 0;
            }
        }
        return new Verdict(
                acked,
                unanswered,
                received,
                deliveries.repeats,
                deliveries.sharedTwice,
                counts,
                waits(),
                Explanation.of(history, some));
    }

    private List<Long> waits() {
        Map<String, Long> longest = new java.util.TreeMap<>();
        streams.all.forEach((key, stream) -> {
            for (int number = 0; number < stream.count; number++) {
                if (stream.qos > 0 && stream.isAcked(number)) {
                    longest.merge(key.publisher(), stream.acked[number] - stream.sent[number], Math::max);
                }
            }
        });
        return List.copyOf(longest.values());
    }
}
