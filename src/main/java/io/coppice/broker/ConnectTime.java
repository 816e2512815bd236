package io.coppice.broker;

import io.coppice.mqtt.ReasonCode;

/** Ends a connection when the time is over for which its client was let in, such as that of a token. */
final class ConnectTime {
    private final Client client;
    private final TimingWheel.Timer timer = new TimingWheel.Timer(this::over);

    ConnectTime(Client client) {
        this.client = client;
    }

    /** @param millis since the epoch, {@link Long#MAX_VALUE} for never; in the place of what was said before */
    void until(long millis) {
        if (millis == Long.MAX_VALUE) {
            stop();
        } else {
            client.shard.wheel.set(timer, millis);
        }
    }

    void stop() {
        client.shard.wheel.cancel(timer);
    }

    private void over() {
        client.end(
                "connect-time-over",
                ReasonCode.MAXIMUM_CONNECT_TIME,
                "the time is over for which the client was let in; it may prove itself anew");
    }
}
