package io.coppice.simulation;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;

/** One session as its client knows it: what it subscribed to and what it got. */
final class Sitting {
    /** A message that came for the first time, on its line of messages that keep their order. */
    private record First(String payload, Qos qos, String line, int number) {}

    final int number;
    final Map<String, Published.Subscribed> subscriptions = new HashMap<>();
    /** It is over, or the client cannot know whether it is. */
    boolean ended;

    private final Map<String, Integer> times = new HashMap<>();
    private final Set<String> exactlyOnce = new HashSet<>();
    private final List<First> firsts = new ArrayList<>();
    final List<String> faults = new ArrayList<>();

    Sitting(int number) {
        this.number = number;
    }

    int times(String payload) {
        return times.getOrDefault(payload, 0);
    }

    /** A message has come; its payload says which one it is, see {@link Player}. */
    void got(Packet.Publish message, boolean exempt) {
        String payload = SimClient.text(message);
        boolean first = times.merge(payload, 1, Integer::sum) == 1;
        if (message.qos() == Qos.EXACTLY_ONCE && !exactlyOnce.add(payload) && !exempt) {
            faults.add(payload + " came twice at QoS 2");
        }
        String[] parts = payload.split(":");
        // a message that was dropped on its way down to QoS 0 may come later, when its publisher repeats it
        boolean lossy = message.qos() == Qos.AT_MOST_ONCE && !parts[3].equals("0");
        if (first && !message.retain() && !lossy) {
            String line = parts[0] + ":" + parts[1] + " " + message.topic() + " " + parts[3] + " " + message.qos();
            firsts.add(new First(payload, message.qos(), line, Integer.parseInt(parts[2])));
        }
    }

    /** @param owed whether a message was sent while the subscription stood: one from before it may come late, when it is repeated */
    void checkOrder(BiPredicate<String, Qos> owed) {
        Map<String, Integer> latest = new HashMap<>();
        for (First first : firsts) {
            if (owed.test(first.payload, first.qos)) {
                int before = latest.getOrDefault(first.line, 0);
                if (first.number < before) {
                    faults.add(first.payload + " came first after " + before + " on " + first.line);
                }
                latest.put(first.line, Math.max(first.number, before));
            }
        }
    }
}
