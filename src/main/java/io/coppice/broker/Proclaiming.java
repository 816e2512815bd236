package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeControl.Published;
import io.coppice.port.NodeControl.Purged;
import io.coppice.port.Tracing;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/** Publishes messages of operators, which come from no client; on one loop. */
final class Proclaiming {
    /** Clearings of retained messages that are not answered yet. */
    private static final int UNDER_WAY_MAX = 64;

    private static final byte[] NOTHING = {};

    private final Shard shard;
    private final Broker broker;
    private final List<String> cleared = new ArrayList<>();
    private int failed;
    private int underWay;
    private boolean told;

    Proclaiming(Shard shard) {
        this.shard = shard;
        this.broker = shard.broker;
    }

    private String refusal() {
        if (!broker.isAtWork()) {
            return "this node does not serve: it is starting, being drained, or not in touch with a majority of the cluster";
        }
        String store = broker.store.refusal();
        return store == null ? "" : "nothing can be stored: " + store;
    }

    void publish(Message message, Consumer<Published> then) {
        String refusal = refusal();
        BrokerSettings settings = broker.settings;
        if (message.topic().levels() > settings.topicLevelsMax()
                || message.topic().utf8().length > settings.topicLengthMax()) {
            refusal = "the topic is too long; allowed: " + settings.topicLengthMax() + " bytes in "
                    + settings.topicLevelsMax() + " levels";
        } else if (message.weight() > settings.packetSizeMax()) {
            refusal = "the message is too large; allowed: packets of " + settings.packetSizeMax() + " bytes";
        } else if (message.retain() && !broker.retained.hasRoomFor(message)) {
            refusal = "as much is retained as may be";
        }
        if (!refusal.isEmpty()) {
            then.accept(new Published(refusal, false, false, false));
            return;
        }
        boolean matched = !broker.tree.match(message.topic()).isEmpty();
        send(message, (safe, rejected) -> then.accept(new Published("", matched, safe, rejected)));
    }

    private interface End {
        void of(boolean safe, boolean rejected);
    }

    private void send(Message wanted, End end) {
        Message message = shard.tracing.isOn() ? shard.tracing.published(Tracing.Event.PUBLISHED, wanted) : wanted;
        Receipt waiting = new Receipt(shard) {
            @Override
            void closed(boolean safe, boolean rejected) {
                end.of(safe, rejected);
            }
        };
        shard.router.publishWatched(message, waiting);
        waiting.seal(false);
    }

    /** @param matching how many there are, of which these are the first */
    void clear(List<Message> found, long matching, boolean dry, Consumer<Purged> then) {
        String refusal = dry ? "" : refusal();
        if (dry || !refusal.isEmpty()) {
            List<String> topics =
                    found.stream().map(message -> message.topic().value()).toList();
            then.accept(new Purged(refusal.isEmpty() ? topics : List.of(), matching, 0, refusal));
            return;
        }
        clear(found.iterator(), matching, then);
    }

    private void clear(Iterator<Message> left, long matching, Consumer<Purged> then) {
        while (left.hasNext() && underWay < UNDER_WAY_MAX) {
            Message former = left.next();
            underWay++;
            Message nothing = new Message(
                    former.topic(),
                    NOTHING,
                    Qos.AT_LEAST_ONCE,
                    true,
                    Properties.NONE,
                    Message.NEVER,
                    Publisher.node(NodeControl.PUBLISHER));
            send(nothing, (safe, rejected) -> {
                underWay--;
                if (safe) {
                    cleared.add(former.topic().value());
                } else {
                    failed++;
                }
                // in a turn of its own: what is answered at once would nest as deep as there are messages
                shard.loop.execute(() -> clear(left, matching, then));
            });
        }
        if (underWay == 0 && !left.hasNext() && !told) {
            told = true;
            cleared.sort(null);
            then.accept(new Purged(cleared, matching, failed, ""));
        }
    }
}
