package io.coppice.observe;

import io.coppice.config.AddressRange;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Trail;
import io.coppice.port.NodeId;
import io.coppice.port.Tracing;
import io.coppice.port.Tracing.Event;
import io.coppice.port.Tracing.Step;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The traces of one node with what they have seen; those that have ended stay until others need their places. Any thread. */
public final class TraceDesk {
    /** Traces that were taken away and are not taken up again where another node still tells of them. */
    private static final int REMOVED_MAX = 1_000;
    /** Messages that one question is about. */
    static final int MESSAGES_MAX = 20;
    /** Events of one answer of one node. */
    private static final int ANSWER_EVENTS_MAX = 1_000;

    private static final Set<Event> BEGINNINGS = Set.of(Event.RECEIVED, Event.WILL, Event.PUBLISHED);

    /**
     * What may be traced at most.
     *
     * @param traces at a time, those included that have ended and are kept
     * @param events kept of one trace
     */
    public record Limits(int traces, Duration life, int events) {}

    private record Trace(JsonObject definition, Instant until, TraceEvents events) {}

    private final Tracing tracing;
    private final NodeId self;
    private volatile Limits limits;
    private final Supplier<Instant> clock;
    private final LongAdder noted = new LongAdder();
    private final LongAdder letGo = new LongAdder();
    // of those below, this is the lock
    private final Map<String, Trace> traces = new LinkedHashMap<>();
    private final Set<String> removed = new LinkedHashSet<>();

    public TraceDesk(Tracing tracing, NodeId self, Limits limits, Supplier<Instant> clock) {
        this.tracing = tracing;
        this.self = self;
        this.limits = limits;
        this.clock = clock;
    }

    /** From now on; traces that have begun stay as they are. */
    public void follow(Limits next) {
        limits = next;
    }

    Limits limits() {
        return limits;
    }

    Instant now() {
        return clock.get();
    }

    /** The events that were noted, and those that were let go for newer ones. */
    long noted() {
        return noted.sum();
    }

    long letGo() {
        return letGo.sum();
    }

    synchronized long live() {
        return traces.values().stream().filter(this::isLive).count();
    }

    private boolean isLive(Trace trace) {
        return clock.get().isBefore(trace.until);
    }

    synchronized boolean isLive(String id) {
        Trace trace = traces.get(id);
        return trace != null && isLive(trace);
    }

    // --- traces

    /**
     * Begins a trace, or leaves one of that name as it is.
     *
     * @param definition as {@link TracesApi} makes it
     */
    synchronized JsonObject begin(JsonObject definition) {
        String id = definition.getString("id");
        Trace known = traces.get(id);
        if (known != null) {
            return told(known);
        }
        if (removed.contains(id)) {
            throw new Refusal(409, "It has been ended", "trace " + id + " was taken away");
        }
        makeRoom();
        Instant until = Instant.parse(definition.getString("until"));
        int most = limits.events();
        int events = Math.min(definition.getInteger("events", most), most);
        Trace trace = new Trace(definition, until, new TraceEvents(events));
        traces.put(id, trace);
        tracing.begin(wanted(definition, until), step -> note(trace, step));
        return told(trace);
    }

    private void makeRoom() {
        Iterator<Trace> each = traces.values().iterator();
        while (traces.size() >= limits.traces()) {
            if (!each.hasNext()) {
                throw new Refusal(409, "No room for one more", "as many are live as trace.traces-max allows");
            }
            if (!isLive(each.next())) {
                each.remove();
            }
        }
    }

    private static Tracing.Wanted wanted(JsonObject definition, Instant until) {
        String topic = definition.getString("topic");
        String address = definition.getString("address");
        return new Tracing.Wanted(
                Long.parseUnsignedLong(definition.getString("id"), 16),
                definition.getString("client"),
                topic == null ? null : TopicFilter.of(topic),
                address == null ? null : within(address),
                definition.getInteger("sample"),
                until.toEpochMilli());
    }

    private static Predicate<String> within(String range) {
        AddressRange addresses = AddressRange.of(range);
        if (addresses == null) {
            throw new IllegalArgumentException("'" + range + "' is no range of addresses");
        }
        return addresses::holds;
    }

    private void note(Trace trace, Step step) {
        noted.increment();
        if (trace.events.note(clock.get(), step)) {
            letGo.increment();
        }
    }

    /** Ends a trace and lets go of what it has seen. */
    synchronized JsonObject end(String id) {
        Trace trace = traces.remove(id);
        if (removed.size() == REMOVED_MAX) {
            removed.remove(removed.iterator().next());
        }
        removed.add(id);
        if (trace != null) {
            tracing.end(Long.parseUnsignedLong(id, 16));
        }
        return new JsonObject().put("ended", trace != null);
    }

    synchronized JsonObject all() {
        JsonArray items = new JsonArray();
        traces.values().forEach(trace -> items.add(told(trace)));
        return new JsonObject().put("items", items);
    }

    private JsonObject told(Trace trace) {
        return trace.definition
                .copy()
                .put("live", isLive(trace))
                .put("noted", trace.events.count())
                .put("letGo", trace.events.letGo());
    }

    private synchronized @Nullable Trace trace(String id) {
        return traces.get(id);
    }

    private synchronized List<Trace> traces() {
        return List.copyOf(traces.values());
    }

    // --- events

    /**
     * What came after what was read.
     *
     * @param after numbers of the last events that were read, by the identifiers of nodes
     */
    JsonObject events(String id, JsonObject after, int limit) {
        Trace trace = trace(id);
        if (trace == null) {
            return new JsonObject();
        }
        boolean live = isLive(trace); // before it is read, so that nothing comes behind what is read last
        List<TraceEvents.Noted> some = trace.events.after(after.getLong(self.toString(), 0L), limit + 1);
        boolean more = some.size() > limit;
        return new JsonObject()
                .put("id", self.toString())
                .put("live", live)
                .put("more", more)
                .put("events", json(more ? some.subList(0, limit) : some));
    }

    private JsonArray json(List<TraceEvents.Noted> some) {
        JsonArray events = new JsonArray();
        some.forEach(each -> events.add(TraceJson.event(each, self.name())));
        return events;
    }

    /** The messages that were published here to a topic, the latest, or those nearest to a time. */
    JsonObject find(String topic, @Nullable String publisher, @Nullable Instant time, Duration within) {
        Predicate<TraceEvents.Noted> wanted = noted -> {
            Step step = noted.step();
            boolean begins =
                    BEGINNINGS.contains(step.event()) && (step.packet() == null || step.packet() == PacketType.PUBLISH);
            return begins
                    && step.message() != 0
                    && topic.equals(step.topic())
                    && (publisher == null || publisher.equals(step.client()))
                    && (time == null || distance(noted, time).compareTo(within) <= 0);
        };
        List<TraceEvents.Noted> all = new ArrayList<>();
        traces().forEach(trace -> all.addAll(trace.events.latest(wanted, ANSWER_EVENTS_MAX)));
        all.sort(
                time == null
                        ? Comparator.comparing(TraceEvents.Noted::time).reversed()
                        : Comparator.comparing(noted -> distance(noted, time)));
        Set<Long> names = new LinkedHashSet<>();
        for (TraceEvents.Noted each : all) {
            if (names.size() < MESSAGES_MAX) {
                names.add(each.step().message());
            }
        }
        JsonArray messages = new JsonArray();
        names.forEach(name -> messages.add(Trail.name(name)));
        return new JsonObject().put("messages", messages);
    }

    private static Duration distance(TraceEvents.Noted noted, Instant time) {
        return Duration.between(noted.time(), time).abs();
    }

    /** What has become of some messages here, once each even where several traces have seen it. */
    JsonObject ways(JsonArray messages) {
        Set<Long> names = new HashSet<>();
        messages.forEach(each -> names.add(Long.parseUnsignedLong((String) each, 16)));
        Map<Step, TraceEvents.Noted> once = new IdentityHashMap<>();
        for (Trace trace : traces()) {
            trace.events
                    .latest(noted -> names.contains(noted.step().message()), ANSWER_EVENTS_MAX)
                    .forEach(noted -> once.putIfAbsent(noted.step(), noted));
        }
        List<TraceEvents.Noted> all = new ArrayList<>(once.values());
        all.sort(Comparator.comparing(TraceEvents.Noted::time).thenComparing(TraceEvents.Noted::number));
        boolean more = all.size() > ANSWER_EVENTS_MAX;
        return new JsonObject().put("more", more).put("events", json(more ? all.subList(0, ANSWER_EVENTS_MAX) : all));
    }
}
