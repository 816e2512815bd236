package io.coppice.client;

import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedListener;
import com.hivemq.client.mqtt.lifecycle.MqttDisconnectSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/**
 * Connects again when a connection that once stood is lost: after a second, and then after twice as long each time, up to
 * half a minute, each a little shorter by chance, so that many clients do not come back at once.
 */
final class Reconnection implements MqttClientDisconnectedListener {
    private static final long DELAY_MILLIS = 1_000;
    private static final long DELAY_MILLIS_MAX = 30_000;

    private final boolean patient;
    private final LongUnaryOperator below;
    private final Consumer<String> told;
    private final Consumer<Fault> lost;
    private volatile boolean stood;
    private int attempts;

    /**
     * @param patient whether it is tried at all
     * @param below a number by chance from 0 to one less than it is given
     * @param told of each attempt that will be made
     * @param lost when there will be no connection any more, other than by one's own wish
     */
    Reconnection(boolean patient, LongUnaryOperator below, Consumer<String> told, Consumer<Fault> lost) {
        this.patient = patient;
        this.below = below;
        this.told = told;
        this.lost = lost;
    }

    /** A connection was made. */
    void stands() {
        stood = true;
    }

    @Override
    public void onDisconnected(MqttClientDisconnectedContext context) {
        if (context.getSource() == MqttDisconnectSource.USER) {
            return;
        }
        Fault fault = Fault.of(context.getCause());
        if (!patient || !stood || !fault.passing()) {
            lost.accept(fault);
            return;
        }
        if (context.getReconnector().getAttempts() <= 1) {
            attempts = 0; // it stood in between
        }
        long delay = delayMillis(attempts++);
        told.accept("connection lost, " + fault.words() + "; trying again in " + delay + " ms");
        context.getReconnector().reconnect(true).delay(delay, TimeUnit.MILLISECONDS);
    }

    /** For the attempt of this number, from 0. */
    long delayMillis(int attempt) {
        long whole = Math.min(DELAY_MILLIS_MAX, DELAY_MILLIS << Math.min(attempt, 5));
        return whole - below.applyAsLong(whole / 4);
    }
}
