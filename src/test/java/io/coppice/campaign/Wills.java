package io.coppice.campaign;

import io.coppice.campaign.Streams.Key;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Judges wills, each of which belongs to a connection and says so by its number. */
final class Wills implements Judge {
    /** Why a server that goes ends connections: it may defer wills (MQTT 5, 3.1.2.5), and Coppice does not publish them. */
    private static final Set<String> LEAVING = Set.of("0x8b", "0x9c", "0x9d");

    private static final long LEAVING_MICROS = 30_000_000;
    /** How long the will of a session that ended may take, other nodes' faults included. */
    private static final long PUBLISHING_MICROS = 30_000_000;

    private static final class Left {
        final Event left;
        final Map<String, Integer> came = new HashMap<>();
        /** Who ended the connection, or {@code leaving} where the server goes; empty while nobody has. */
        String ended = "";

        String node = "";
        long endedMicros;
        boolean begun;
        boolean lasting;
        /** Whether it went with all nodes. */
        boolean gone;

        Left(Event left) {
            this.left = left;
        }
    }

    private final Map<Key, Map<Integer, Left>> wills = new LinkedHashMap<>();
    private final Map<String, Left> byConnection = new HashMap<>();
    private final Set<String> listeners = new HashSet<>();
    private final Set<String> asked = new HashSet<>();
    /** Connections that speak MQTT 3.1.1, over which a server that goes cannot say so. */
    private final Set<String> old = new HashSet<>();

    private final Map<String, List<Long>> leaves = new HashMap<>();

    @Override
    public void see(Event event, Consumer<Violation> wrong) {
        switch (event.kind()) {
            case WHOLE -> allAreLost(event.micros());
            case SPEAKS -> {
                if (event.word(2).equals("4")) {
                    old.add(event.word(0) + " " + event.word(1));
                }
            }
            case LEAVES ->
                leaves.computeIfAbsent(event.word(0), node -> new ArrayList<>()).add(event.micros());
            case CONNECT -> {
                if (event.word(3).equals("keep")) {
                    asked.add(event.word(0) + " " + event.word(1));
                }
            }
            case WILL -> {
                Left left = new Left(event);
                left.lasting = asked.contains(event.word(0) + " " + event.word(1));
                wills.computeIfAbsent(new Key(event.word(0), event.word(2)), key -> new HashMap<>())
                        .put(event.number(3), left);
                byConnection.put(event.word(0) + " " + event.word(1), left);
            }
            case CONNECTED -> {
                Left left = byConnection.get(event.word(0) + " " + event.word(1));
                if (left != null) {
                    left.begun = true;
                }
            }
            case DISCONNECTED -> {
                Left left = byConnection.get(event.word(0) + " " + event.word(1));
                if (left != null) {
                    left.node = event.word(2);
                    left.endedMicros = event.micros();
                    left.ended = LEAVING.contains(event.word(4)) ? "leaving" : event.word(3);
                }
            }
            case SUBSCRIBED -> listeners.add(event.word(0) + " " + event.word(1));
            case RECEIVE -> received(event, wrong);
            default -> {}
        }
    }

    private void received(Event event, Consumer<Violation> wrong) {
        Map<Integer, Left> mine = wills.get(new Key(event.word(4), event.word(3)));
        if (mine == null) {
            return;
        }
        Left left = mine.get(event.number(5));
        if (left == null) {
            wrong.accept(about(event.word(0), "a will came that nobody left", event));
            return;
        }
        int times = left.came.merge(event.word(0), 1, Integer::sum);
        if (left.ended.equals("client")) {
            wrong.accept(about(event.word(0), "a will came of a client that had taken its leave", event));
        } else if (times == 2) {
            wrong.accept(about(event.word(0), "a will came twice", event));
        }
    }

    private void allAreLost(long micros) {
        for (Map<Integer, Left> each : wills.values()) {
            for (Left left : each.values()) {
                left.gone |= !left.lasting && (left.ended.isEmpty() || left.endedMicros > micros - PUBLISHING_MICROS);
            }
        }
    }

    @Override
    public void end(Consumer<Violation> wrong) {
        wills.forEach((key, mine) -> mine.values().forEach(left -> {
            boolean due = !left.gone
                    && left.begun
                    && (left.ended.equals("network") || left.ended.equals("server"))
                    && !(old.contains(key.publisher() + " " + left.left.number(1)) && hasLeft(left));
            for (String listener : listeners) {
                String[] words = listener.split(" ");
                if (due && Deliveries.matches(words[1], key.topic()) && !left.came.containsKey(words[0])) {
                    wrong.accept(new Violation(
                            Invariant.WILL,
                            "a connection was lost and its will did not come to " + words[0],
                            words[0],
                            key.publisher(),
                            key.topic(),
                            left.left.number(3),
                            left.left.micros()));
                }
            }
        }));
    }

    /** Whether the connection ended about when its node left, which MQTT 3.1.1 gives the node no way to say. */
    private boolean hasLeft(Left left) {
        return leaves.getOrDefault(left.node, List.of()).stream()
                .anyMatch(micros -> Math.abs(micros - left.endedMicros) < LEAVING_MICROS);
    }

    private static Violation about(String client, String words, Event event) {
        return new Violation(
                Invariant.WILL, words, client, event.word(4), event.word(3), event.number(5), event.micros());
    }
}
