package io.coppice.broker;

import io.coppice.mqtt.ReasonCode;

/** Ends a connection that has been silent for one and a half times its Keep Alive (MQTT 5, 3.1.2.10). */
final class KeepAlive {
    private final Client client;
    private final long silenceMaxMillis;
    private final TimingWheel.Timer timer = new TimingWheel.Timer(this::check);
    private long heardAt;

    KeepAlive(Client client, int seconds) {
        this.client = client;
        this.silenceMaxMillis = seconds * 1500L;
        this.heardAt = client.shard.loop.now();
        client.shard.wheel.set(timer, heardAt + silenceMaxMillis);
    }

    /** A whole packet has come. The timer stays where it is; when it fires it looks again. */
    void heard() {
        heardAt = client.shard.loop.now();
    }

    void stop() {
        client.shard.wheel.cancel(timer);
    }

    private void check() {
        if (client.isPaused()) {
            // what it sent meanwhile waits to be read
            heard();
        }
        long deadline = heardAt + silenceMaxMillis;
        if (client.shard.loop.now() < deadline) {
            client.shard.wheel.set(timer, deadline);
            return;
        }
        client.end(
                "keep-alive-timeout",
                ReasonCode.KEEP_ALIVE_TIMEOUT,
                "no packet for " + silenceMaxMillis + " ms, one and a half times the keep alive");
    }
}
