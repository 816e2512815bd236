package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An MQTT client of somebody else's, whichever library it is from. */
public abstract class Peer implements AutoCloseable {
    public static final long PATIENCE_SECONDS = 20;

    private final BlockingQueue<Received> inbox = new LinkedBlockingQueue<>();

    /**
     * Connects.
     *
     * @param clean whether there is to be no session before and none after; else it waits for an hour
     * @return Session Present
     */
    public abstract boolean connect(boolean clean) throws Exception;

    /** Returns with the SUBACK. */
    public abstract void subscribe(String filter, int qos) throws Exception;

    public abstract void unsubscribe(String filter) throws Exception;

    /** Returns when the broker has answered, at QoS 0 when it is written. */
    public abstract void publish(String topic, String payload, int qos, boolean retain) throws Exception;

    public final void publish(String topic, String payload, int qos) throws Exception {
        publish(topic, payload, qos, false);
    }

    public abstract void disconnect() throws Exception;

    public abstract boolean isConnected();

    @Override
    public void close() throws Exception {
        if (isConnected()) {
            disconnect();
        }
    }

    public void got(Received message) {
        inbox.add(message);
    }

    /** The next message; waits for it. */
    public Received next() throws InterruptedException {
        Received next = inbox.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("a message within %s s", PATIENCE_SECONDS).isNotNull();
        return next;
    }

    public List<Received> next(int count) throws InterruptedException {
        List<Received> messages = new ArrayList<>();
        while (messages.size() < count) {
            messages.add(next());
        }
        return messages;
    }

    /** How many messages wait to be looked at. */
    public int unread() {
        return inbox.size();
    }

    public static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Nothing came before a message that is published now and comes. */
    public void hasNoOther(Peer publisher) throws Exception {
        subscribe("fence/" + System.identityHashCode(this), 2);
        publisher.publish("fence/" + System.identityHashCode(this), "fence", 2);
        assertThat(next().payload()).isEqualTo("fence");
        unsubscribe("fence/" + System.identityHashCode(this));
    }
}
