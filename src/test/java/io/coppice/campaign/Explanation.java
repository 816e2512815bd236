package io.coppice.campaign;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a history tells of a violation: the message and its neighbours, who was connected to whom, and which faults were on. */
final class Explanation {
    private static final int LINES_MAX = 80;
    private static final long NEAR_MICROS = 15_000_000;
    private static final Set<Event.Kind> ALWAYS =
            EnumSet.of(Event.Kind.ROUND, Event.Kind.FAULT, Event.Kind.OUT, Event.Kind.IN);

    private final Violation violation;
    private final List<String> lines = new ArrayList<>();
    private int left;

    private Explanation(Violation violation) {
        this.violation = violation;
    }

    static List<String> of(Path history, List<Violation> violations) throws IOException {
        if (violations.isEmpty()) {
            return List.of();
        }
        List<Explanation> all = violations.stream().map(Explanation::new).toList();
        History.read(history, event -> all.forEach(each -> each.see(event)));
        return all.stream().map(Explanation::told).toList();
    }

    private void see(Event event) {
        if (!ALWAYS.contains(event.kind()) && !concerns(event)) {
            return;
        }
        if (lines.size() < LINES_MAX) {
            lines.add("  " + event.told());
        } else {
            left++;
        }
    }

    private boolean concerns(Event event) {
        boolean near = Math.abs(event.micros() - violation.micros()) < NEAR_MICROS;
        return switch (event.kind()) {
            case SEND, ACK -> isMessage(event.word(0), event.word(1), event.word(2), 1);
            case RECEIVE ->
                isMessage(event.word(4), event.word(3), event.word(5), 2)
                        && (violation.client().isEmpty() || violation.client().equals(event.word(0)));
            case WILL -> isMessage(event.word(0), event.word(2), event.word(3), 0);
            case RETAINED -> violation.topic().equals(event.word(1));
            case SUBSCRIBED, ENDED -> violation.client().equals(event.word(0));
            case CONNECT, CONNECTED, REFUSED, DISCONNECTED ->
                near
                        && (violation.client().equals(event.word(0))
                                || violation.publisher().equals(event.word(0)));
            default -> false;
        };
    }

    private boolean isMessage(String publisher, String topic, String number, int within) {
        return violation.publisher().equals(publisher)
                && violation.topic().equals(topic)
                && Math.abs(Integer.parseInt(number) - violation.number()) <= within;
    }

    private String told() {
        String message = violation.number() < 0
                ? ""
                : ": " + violation.publisher() + "'s number " + violation.number() + " on " + violation.topic();
        return violation.invariant() + ": " + violation.words() + message + "\n  (" + violation.invariant().words
                + ")\n"
                + String.join("\n", lines)
                + (left == 0 ? "" : "\n  and " + left + " more");
    }
}
