package io.coppice.campaign;

import io.coppice.campaign.Streams.Key;
import io.coppice.campaign.Streams.Sent;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Judges what came against what was sent: {@code DELIVERED}, {@code ONCE}, {@code ORDER}, {@code INTACT} and {@code SHARED}. */
final class Deliveries implements Judge {
    /** A subscription of one session, or of all members of a group together. */
    private static final class Want {
        final String owner;
        final String filter;
        final boolean shared;
        final int qos;
        final long from;
        long until = Long.MAX_VALUE;
        final Map<Key, Came> came = new HashMap<>();

        Want(String owner, String filter, boolean shared, int qos, long from) {
            this.owner = owner;
            this.filter = filter;
            this.shared = shared;
            this.qos = qos;
            this.from = from;
        }
    }

    private static final class Came {
        final BitSet numbers = new BitSet();
        int highest = -1;
    }

    private final Streams streams;
    private final Map<String, List<Want>> byClient = new HashMap<>();
    private final Map<String, Want> groups = new HashMap<>();
    private final List<Want> wants = new ArrayList<>();
    private final Map<Key, Integer> wills = new HashMap<>();
    /** When each client last lost a connection. */
    private final Map<String, Long> broken = new HashMap<>();

    long repeats;
    /**
     * Messages at QoS 2 that a group got more than once when its publisher or a member had lost a connection since: a
     * publisher repeats what was not answered, and who has had it is known to one member alone. DECISIONS tells of it.
     */
    long sharedTwice;

    Deliveries(Streams streams) {
        this.streams = streams;
    }

    @Override
    public void see(Event event, Consumer<Violation> wrong) {
        switch (event.kind()) {
            case SUBSCRIBED -> subscribed(event);
            case ENDED -> {
                for (Want want : byClient.getOrDefault(event.word(0), List.of())) {
                    want.until = Math.min(want.until, event.micros());
                }
                byClient.remove(event.word(0));
            }
            case DISCONNECTED -> broken.put(event.word(0), event.micros());
            case WILL -> wills.merge(new Key(event.word(0), event.word(2)), event.number(3), Math::max);
            case RECEIVE -> received(event, wrong);
            default -> {}
        }
    }

    private void subscribed(Event event) {
        String filter = event.word(1);
        boolean shared = filter.startsWith("$share/");
        List<Want> mine = byClient.computeIfAbsent(event.word(0), name -> new ArrayList<>());
        if (mine.stream().anyMatch(want -> want.shared ? filter.equals(want.owner) : filter.equals(want.filter))) {
            return;
        }
        Want want = shared ? groups.get(filter) : null;
        if (want == null) {
            String topics = shared ? filter.split("/", 3)[2] : filter;
            want = new Want(shared ? filter : event.word(0), topics, shared, event.number(2), event.micros());
            wants.add(want);
            if (shared) {
                groups.put(filter, want);
            }
        }
        mine.add(want);
    }

    private void received(Event event, Consumer<Violation> wrong) {
        String client = event.word(0);
        String topic = event.word(3);
        if (!event.word(7).equals("intact")) {
            wrong.accept(Violation.of(Invariant.INTACT, event, client, client + " got a damaged message on " + topic));
            return;
        }
        Key key = new Key(event.word(4), topic);
        int number = event.number(5);
        if (wills.containsKey(key)) {
            return; // Wills judges it
        }
        Sent stream = streams.all.get(key);
        if (stream == null || number < 0 || number >= stream.count) {
            wrong.accept(about(Invariant.INTACT, event, key, number, client + " got what nobody sent"));
            return;
        }
        Want want = byClient.getOrDefault(client, List.of()).stream()
                .filter(each -> matches(each.filter, topic))
                .findFirst()
                .orElse(null);
        if (want == null) {
            boolean grouped = wants.stream().anyMatch(each -> each.shared && matches(each.filter, topic));
            wrong.accept(about(
                    grouped ? Invariant.SHARED : Invariant.INTACT,
                    event,
                    key,
                    number,
                    client + " got what it did not ask for"));
            return;
        }
        arrived(event, key, number, want, stream, wrong);
    }

    private void arrived(Event event, Key key, int number, Want want, Sent stream, Consumer<Violation> wrong) {
        String client = event.word(0);
        Came came = want.came.computeIfAbsent(key, each -> new Came());
        if (came.numbers.get(number)) {
            repeats++;
            if (Math.min(want.qos, stream.qos) == 2 && want.shared && isUnsure(want, key, stream.sent[number])) {
                sharedTwice++;
            } else if (Math.min(want.qos, stream.qos) == 2) {
                wrong.accept(about(
                        want.shared ? Invariant.SHARED : Invariant.ONCE,
                        event,
                        key,
                        number,
                        client + " got a message at QoS 2 that " + (want.shared ? "its group" : "it")
                                + " had got before"));
            }
            return;
        }
        came.numbers.set(number);
        if (number < came.highest && !want.shared) {
            wrong.accept(about(
                    Invariant.ORDER,
                    event,
                    key,
                    number,
                    client + " got a message after a later one, number " + came.highest));
        }
        came.highest = Math.max(came.highest, number);
    }

    /** Whether the publisher or a member has lost a connection since then. */
    private boolean isUnsure(Want group, Key key, long since) {
        return broken.getOrDefault(key.publisher(), -1L) > since
                || byClient.entrySet().stream()
                        .anyMatch(each ->
                                each.getValue().contains(group) && broken.getOrDefault(each.getKey(), -1L) > since);
    }

    @Override
    public void end(Consumer<Violation> wrong) {
        for (Want want : wants) {
            streams.all.forEach((key, stream) -> {
                if (matches(want.filter, key.topic())) {
                    missing(want, key, stream, wrong);
                }
            });
        }
    }

    private static void missing(Want want, Key key, Sent stream, Consumer<Violation> wrong) {
        Came came = want.came.get(key);
        for (int number = 0; number < stream.count; number++) {
            boolean due = stream.qos > 0
                    && want.qos > 0
                    && stream.isAcked(number)
                    && stream.sent[number] >= want.from
                    && stream.acked[number] < want.until;
            if (due && (came == null || !came.numbers.get(number))) {
                wrong.accept(new Violation(
                        want.shared ? Invariant.SHARED : Invariant.DELIVERED,
                        want.owner + " never got an acknowledged message",
                        want.shared ? "" : want.owner,
                        key.publisher(),
                        key.topic(),
                        number,
                        stream.acked[number]));
            }
        }
    }

    private static Violation about(Invariant invariant, Event event, Key key, int number, String words) {
        return new Violation(invariant, words, event.word(0), key.publisher(), key.topic(), number, event.micros());
    }

    /** Whether a topic without {@code $} is of a filter. */
    static boolean matches(String filter, String topic) {
        if (filter.equals(topic)) {
            return true;
        }
        String[] wanted = filter.split("/", -1);
        String[] levels = topic.split("/", -1);
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals("#")) {
                return true;
            }
            if (i >= levels.length || !wanted[i].equals("+") && !wanted[i].equals(levels[i])) {
                return false;
            }
        }
        return wanted.length == levels.length;
    }
}
