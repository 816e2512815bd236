package io.coppice.campaign;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Judges who is let in and served: {@code TAKEOVER}, {@code SESSION_PRESENT}, {@code QUORUM}, and {@code BASE}. */
final class Connections implements Judge {
    private static final class Client {
        /** Number of a connection: whether it asked that the session be kept. */
        final Map<Integer, Boolean> asked = new TreeMap<>();
        /** Those that are open, and when they were let in. */
        final TreeMap<Integer, Event> open = new TreeMap<>();

        /** The one that was let in last. */
        int newest = -1;

        long since;
        /** Whether the broker has let it in with a session that outlives the connection. */
        boolean has;
        /** Connections that speak MQTT 3.1.1, where not to keep a session is to begin and end with none. */
        final Set<Integer> old = new HashSet<>();
        /** Whether it may have made one. */
        boolean mayHave;
    }

    private final Map<String, Client> clients = new HashMap<>();
    private final Map<String, Long> out = new HashMap<>();
    private final Map<String, Long> rules =
            new HashMap<>(Map.of("quorum-grace", 5_000_000L, "takeover-grace", 2_000_000L));

    @Override
    public void see(Event event, Consumer<Violation> wrong) {
        switch (event.kind()) {
            case RULE -> {
                if (rules.containsKey(event.word(0))) {
                    rules.put(event.word(0), Long.parseLong(event.word(1)));
                }
            }
            case SPEAKS -> {
                if (event.word(2).equals("4")) {
                    client(event).old.add(event.number(1));
                }
            }
            case CONNECT ->
                client(event).asked.put(event.number(1), event.word(3).equals("keep"));
            case CONNECTED -> connected(event, wrong);
            case DISCONNECTED -> disconnected(event);
            case ENDED -> {
                client(event).has = false;
                client(event).mayHave = false;
            }
            case OUT -> out.putIfAbsent(event.word(0), event.micros());
            case IN -> out.remove(event.word(0));
            case ACK -> {
                if (Streams.isSuccess(event.word(4)) && isOut(event.word(3), event)) {
                    wrong.accept(new Violation(
                            Invariant.QUORUM,
                            event.word(3) + " acknowledged a message out of quorum",
                            "",
                            event.word(0),
                            event.word(1),
                            event.number(2),
                            event.micros()));
                }
            }
            case RECEIVE -> {
                Client client = client(event);
                if (event.number(1) != client.newest && event.micros() > client.since + rules.get("takeover-grace")) {
                    wrong.accept(new Violation(
                            Invariant.TAKEOVER,
                            event.word(0) + " got a message on connection " + event.word(1) + ", which " + client.newest
                                    + " had replaced",
                            event.word(0),
                            event.word(4),
                            event.word(3),
                            event.number(5),
                            event.micros()));
                }
            }
            case QUIET ->
                clients.forEach((name, client) -> {
                    if (client.open.size() > 1) {
                        wrong.accept(Violation.of(
                                Invariant.TAKEOVER,
                                event,
                                name,
                                name + " has connections " + client.open.keySet() + " at once"));
                    }
                });
            case BASE -> {
                if (Double.parseDouble(event.word(3))
                        > Double.parseDouble(event.word(2)) + Double.parseDouble(event.word(4))) {
                    wrong.accept(
                            Violation.of(Invariant.BASE, event, "", event.told().strip()));
                }
            }
            default -> {}
        }
    }

    private void connected(Event event, Consumer<Violation> wrong) {
        Client client = client(event);
        int number = event.number(1);
        boolean keeps = client.asked.getOrDefault(number, false);
        boolean others = client.asked.entrySet().stream().anyMatch(each -> each.getKey() != number && each.getValue());
        boolean present = event.word(3).equals("present");
        boolean clean = !keeps && client.old.contains(number);
        if (present && clean) {
            wrong.accept(Violation.of(
                    Invariant.SESSION_PRESENT,
                    event,
                    event.word(0),
                    event.word(0) + " asked for a clean session and was told of another"));
        } else if (present && !client.has && !(client.mayHave || others)) {
            wrong.accept(Violation.of(
                    Invariant.SESSION_PRESENT,
                    event,
                    event.word(0),
                    event.word(0) + " was told of a session that it never made"));
        } else if (!present && client.has && !clean) {
            wrong.accept(Violation.of(
                    Invariant.SESSION_PRESENT, event, event.word(0), event.word(0) + " has lost its session"));
        }
        client.has = keeps;
        client.mayHave = keeps;
        client.newest = number;
        client.since = event.micros();
        client.open.put(number, event);
        if (isOut(event.word(2), event)) {
            wrong.accept(Violation.of(
                    Invariant.QUORUM,
                    event,
                    event.word(0),
                    event.word(2) + " let " + event.word(0) + " in out of quorum"));
        }
    }

    private void disconnected(Event event) {
        Client client = client(event);
        int number = event.number(1);
        Event let = client.open.remove(number);
        if (let == null || number != client.newest) {
            return;
        }
        // two answers on two connections may be seen in either order: the one that the broker ends at once was replaced
        // by the other
        long grace = rules.get("takeover-grace");
        if (event.micros() <= let.micros() + grace) {
            client.open.forEach((other, since) -> {
                if (let.micros() <= since.micros() + grace) {
                    client.newest = other;
                }
            });
        }
    }

    private boolean isOut(String node, Event event) {
        Long since = out.get(node);
        return since != null && event.micros() > since + rules.get("quorum-grace");
    }

    private Client client(Event event) {
        return clients.computeIfAbsent(event.word(0), name -> new Client());
    }

    @Override
    public void end(Consumer<Violation> wrong) {}
}
