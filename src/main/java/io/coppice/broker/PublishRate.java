package io.coppice.broker;

/** Holds a client to so many PUBLISHes a second by not reading from its socket. */
final class PublishRate {
    private final Client client;
    private final TokenBucket bucket;
    private final TimingWheel.Timer timer = new TimingWheel.Timer(this::look);

    PublishRate(Client client, int perSecond) {
        this.client = client;
        this.bucket = new TokenBucket(perSecond, client.shard.loop.now());
    }

    /** One PUBLISH has been taken; the last one that may be stops the reading. */
    void published() {
        bucket.take(client.shard.loop.now());
        look();
    }

    /** @param perSecond 0 for no limit from now on */
    void change(int perSecond) {
        client.shard.wheel.cancel(timer);
        bucket.change(perSecond, client.shard.loop.now());
        look();
    }

    void stop() {
        client.shard.wheel.cancel(timer);
    }

    private void look() {
        long now = client.shard.loop.now();
        long wait = bucket.waitMillis(now);
        if (wait == 0) {
            client.resume(Client.PAUSE_RATE);
        } else {
            client.pause(Client.PAUSE_RATE);
            client.shard.wheel.set(timer, now + wait);
        }
    }
}
