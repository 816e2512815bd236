package io.coppice.cluster;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.session.DropReason;
import io.coppice.session.SessionEffects;
import io.coppice.session.SessionRecord;

/** The effects of a session that is only replayed: none. */
final class InertEffects implements SessionEffects {
    @Override
    public void record(SessionRecord record) {}

    @Override
    public void send(Packet packet) {}

    @Override
    public void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers) {}

    @Override
    public int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers) {
        return 0;
    }

    @Override
    public boolean writable() {
        return false;
    }

    @Override
    public void route(Message message, int packetId) {}

    @Override
    public Publisher publisher() {
        return Publisher.THIS_NODE; // its client is elsewhere and publishes nothing here
    }

    @Override
    public boolean mayGoOn(Message message) {
        return true;
    }

    @Override
    public void dropped(DropReason reason, Message message) {}

    @Override
    public void dropped(DropReason reason, int messages) {}

    @Override
    public void refused(DropReason reason) {}

    @Override
    public void delivered(Qos qos) {}

    @Override
    public void found(int messages) {}

    @Override
    public void readQueue(long after, long bytesMax) {}

    @Override
    public long epoch() {
        return 0;
    }

    @Override
    public long now() {
        return 0;
    }

    @Override
    public long nanos() {
        return 0;
    }

    @Override
    public void answered(Qos qos, long since) {}

    @Override
    public boolean mayComeTwice() {
        return false;
    }
}
