package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private final VirtualLoop loop = new VirtualLoop();
    private final Deadlines deadlines = new Deadlines(loop, 100);

    @Test
    void aChannelIsClosedWhenItsTimeIsUpAndNotBefore() {
        EmbeddedChannel channel = new EmbeddedChannel();
        deadlines.add(channel);
        loop.advance(99);
        assertThat(channel.isOpen()).isTrue();
        loop.advance(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void manyChannelsNeedOneTimer() {
        for (int i = 0; i < 50; i++) {
            deadlines.add(new EmbeddedChannel());
            loop.advance(1);
        }
        assertThat(loop.timers).hasSize(1);
    }

    @Test
    void eachChannelHasItsOwnTime() {
        EmbeddedChannel early = new EmbeddedChannel();
        EmbeddedChannel late = new EmbeddedChannel();
        deadlines.add(early);
        loop.advance(60);
        deadlines.add(late);
        loop.advance(40);
        assertThat(early.isOpen()).isFalse();
        assertThat(late.isOpen()).isTrue();
        loop.advance(60);
        assertThat(late.isOpen()).isFalse();
        assertThat(loop.timers).isEmpty();
    }

    @Test
    void whoIsCalledOffLivesWhereverItStood() {
        EmbeddedChannel[] channels = new EmbeddedChannel[5];
        Deadlines.Entry[] entries = new Deadlines.Entry[5];
        for (int i = 0; i < 5; i++) {
            channels[i] = new EmbeddedChannel();
            entries[i] = deadlines.add(channels[i]);
        }
        entries[2].cancel();
        entries[0].cancel();
        entries[4].cancel();
        entries[4].cancel();
        loop.advance(200);
        assertThat(channels).extracting(EmbeddedChannel::isOpen).containsExactly(true, false, true, false, true);
    }

    @Test
    void theRowCanBeUsedAgainAfterItWasEmpty() {
        deadlines.add(new EmbeddedChannel());
        loop.advance(500);
        EmbeddedChannel channel = new EmbeddedChannel();
        deadlines.add(channel);
        loop.advance(99);
        assertThat(channel.isOpen()).isTrue();
        loop.advance(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void allCanBeClosedAtOnce() {
        EmbeddedChannel channel = new EmbeddedChannel();
        deadlines.add(channel);
        deadlines.expireAll();
        assertThat(channel.isOpen()).isFalse();
    }
}
