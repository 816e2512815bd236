package io.coppice.storage;

import io.coppice.codec.RecordCodec;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.SessionStore.Entry;
import io.coppice.session.Overflow;
import io.coppice.session.Session;
import io.coppice.session.SessionEffects;
import io.coppice.session.SessionLimits;
import io.coppice.session.SessionRecord;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Sessions of some clients through random changes, as groups of records, and what has to be found of them afterwards. */
final class RandomSessions {
    private static final SessionLimits LIMITS = new SessionLimits(
            65_535,
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Overflow.DROP_NEWEST,
            Integer.MAX_VALUE,
            65_535,
            65_535,
            65_535);
    private static final int CLIENTS = 4;

    private static final String PARKED = "Parked ";

    private final Random random;
    private final Map<String, Model> models = new TreeMap<>();
    /** Given to several sessions, as by one publish. */
    private Message common;

    private long lastNumber;

    RandomSessions(long seed) {
        random = new Random(seed);
        common = message();
    }

    /** What may be recorded next of a client's session. */
    private static final class Model {
        final Session session;
        final TreeSet<Long> waiting = new TreeSet<>();
        final TreeMap<Long, Integer> inFlight = new TreeMap<>();
        final Set<Long> received = new HashSet<>();
        final Map<Integer, Boolean> inbound = new HashMap<>();
        long sequence;
        int packetId;

        Model(String clientId) {
            session = session(clientId);
        }
    }

    private static Session session(String clientId) {
        SessionEffects inert = (SessionEffects) Proxy.newProxyInstance(
                SessionEffects.class.getClassLoader(),
                new Class<?>[] {SessionEffects.class},
                (proxy, method, arguments) -> method.getReturnType() == long.class ? 0L : null);
        return new Session(clientId, LIMITS, inert);
    }

    Set<String> clients() {
        Set<String> clients = new TreeSet<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(name(i));
        }
        return clients;
    }

    private static String name(int number) {
        return List.of("a", "ab", "b\u00e9", "zzz/9").get(number);
    }

    /** One turn of a loop. */
    List<Entry> group() {
        List<Entry> group = new ArrayList<>();
        if (random.nextInt(3) == 0) {
            common = message();
            for (String client : List.copyOf(models.keySet())) {
                enqueue(client, models.get(client), common, group);
            }
        }
        for (int left = 1 + random.nextInt(6); left > 0; left--) {
            step(name(random.nextInt(CLIENTS)), group);
        }
        return group;
    }

    private void step(String client, List<Entry> group) {
        Model model = models.get(client);
        if (model == null) {
            Model begun = new Model(client);
            models.put(client, begun);
            add(client, begun, new SessionRecord.Ended(), group);
            attach(client, begun, group);
            return;
        }
        switch (random.nextInt(14)) {
            case 0 -> attach(client, model, group);
            case 1 -> add(client, model, new SessionRecord.Parked(random.nextInt(1000), 3600), group);
            case 2 -> add(client, model, new SessionRecord.WillDone(), group);
            case 3 -> add(client, model, new SessionRecord.Subscribed(subscription()), group);
            case 4 -> add(client, model, new SessionRecord.Unsubscribed(filter()), group);
            case 5, 6, 7 -> enqueue(client, model, message(), group);
            case 8 -> assign(client, model, group);
            case 9 -> {
                if (!model.inFlight.isEmpty() && model.received.add(model.inFlight.firstKey())) {
                    add(client, model, new SessionRecord.Received(model.inFlight.firstKey()), group);
                }
            }
            case 10, 11 -> settle(client, model, group);
            case 12 -> inbound(client, model, group);
            default -> {
                if (random.nextInt(4) == 0) {
                    add(client, model, new SessionRecord.Ended(), group);
                    models.remove(client);
                }
            }
        }
    }

    private void attach(String client, Model model, List<Entry> group) {
        Will will = random.nextBoolean()
                ? null
                : new Will(TopicName.of("will"), new byte[] {1}, Qos.AT_LEAST_ONCE, false, Properties.NONE, 0, -1);
        add(client, model, new SessionRecord.Attached(random.nextInt(1000), 3600, will, random.nextInt(1000)), group);
    }

    private void enqueue(String client, Model model, Message message, List<Entry> group) {
        Qos qos = random.nextBoolean() ? Qos.AT_LEAST_ONCE : Qos.EXACTLY_ONCE;
        TopicFilter share = random.nextInt(5) == 0 ? TopicFilter.of("$share/g/t") : null;
        long sequence = ++model.sequence;
        model.waiting.add(sequence);
        add(client, model, new SessionRecord.Enqueued(sequence, message, qos, false, new int[] {7}, share), group);
        if (model.waiting.size() == 1 && random.nextBoolean()) {
            assign(client, model, group);
        }
    }

    private void assign(String client, Model model, List<Entry> group) {
        Long first = model.waiting.pollFirst();
        if (first != null) {
            model.inFlight.put(first, ++model.packetId);
            add(client, model, new SessionRecord.Assigned(first, model.packetId), group);
        }
    }

    private void settle(String client, Model model, List<Entry> group) {
        Long sequence = null;
        if (!model.inFlight.isEmpty()) {
            sequence = new ArrayList<>(model.inFlight.keySet()).get(random.nextInt(model.inFlight.size()));
            model.inFlight.remove(sequence);
            model.received.remove(sequence);
        } else if (!model.waiting.isEmpty()) {
            sequence = model.waiting.pollLast();
        }
        if (sequence != null) {
            add(client, model, new SessionRecord.Settled(sequence), group);
        }
    }

    private void inbound(String client, Model model, List<Entry> group) {
        int packetId = 1 + random.nextInt(5);
        Boolean routed = model.inbound.get(packetId);
        if (routed == null) {
            model.inbound.put(packetId, false);
            add(client, model, new SessionRecord.Accepted(packetId, message()), group);
        } else if (!routed) {
            model.inbound.put(packetId, true);
            add(client, model, new SessionRecord.Routed(packetId), group);
        } else {
            model.inbound.remove(packetId);
            add(client, model, new SessionRecord.Released(packetId), group);
        }
    }

    private static void add(String client, Model model, SessionRecord record, List<Entry> group) {
        if (!(record instanceof SessionRecord.Ended)) {
            model.session.replay(record);
        }
        group.add(new Entry(client, 1, record));
    }

    private Message message() {
        byte[] payload = new byte[random.nextInt(3) == 0 ? 256 + random.nextInt(600) : random.nextInt(20)];
        random.nextBytes(payload);
        long number = random.nextInt(3) == 0 ? ++lastNumber : 0;
        return new Message(
                TopicName.of("t/" + random.nextInt(3)),
                payload,
                Qos.EXACTLY_ONCE,
                false,
                Properties.NONE,
                Message.NEVER,
                new Publisher(
                        "p" + random.nextInt(3),
                        random.nextBoolean() ? null : "user",
                        Publisher.Kind.RULED,
                        Publisher.NO_EPOCH),
                number);
    }

    private Subscription subscription() {
        Qos qos = Qos.of(random.nextInt(3));
        return new Subscription(
                filter(), new SubscriptionOptions(qos, false, false, RetainHandling.of(0)), random.nextInt(9));
    }

    private TopicFilter filter() {
        return TopicFilter.of("f/" + random.nextInt(4));
    }

    /** What every client's session has now, in a form that can be compared. */
    Map<String, Set<String>> state() {
        Map<String, Set<String>> state = new TreeMap<>();
        models.forEach((client, model) -> state.put(client, image(model.session)));
        return state;
    }

    /** The same after the node was there no more: nobody is connected. */
    static Map<String, Set<String>> restarted(Map<String, Set<String>> state) {
        Map<String, Set<String>> restarted = new TreeMap<>();
        state.forEach((client, image) -> {
            Set<String> parked = new TreeSet<>(image);
            if (image.stream().noneMatch(record -> record.startsWith(PARKED))) {
                parked.add(PARKED + 3600);
            }
            restarted.put(client, parked);
        });
        return restarted;
    }

    /** What records make of a session, in the same form. */
    static Set<String> image(String clientId, List<SessionRecord> records) {
        Session session = session(clientId);
        records.forEach(session::replay);
        return image(session);
    }

    /** The same, of a node that has started. */
    static Set<String> restartedImage(String clientId, List<SessionRecord> records) {
        Set<String> image = image(clientId, records);
        if (image.stream().noneMatch(record -> record.startsWith(PARKED))) {
            image.add(PARKED + 3600);
        }
        return image;
    }

    /** Messages keep their order by their sequence; that of the rest does not matter. */
    private static Set<String> image(Session session) {
        Set<String> image = new TreeSet<>();
        session.snapshot(record -> {
            if (record instanceof SessionRecord.Parked parked) {
                image.add(PARKED + parked.sessionExpiryInterval());
            } else if (!(record instanceof SessionRecord.Settled)) { // the sequence used last, which may be used again
                image.add(record.getClass().getSimpleName() + " "
                        + java.util.HexFormat.of().formatHex(RecordCodec.encode(record)));
            }
        });
        return image;
    }
}
