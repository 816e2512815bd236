package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.TopicName;
import io.coppice.port.IdleLoop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryStoresTest {
    private final List<Boolean> answers = new ArrayList<>();

    @Test
    void recordsAreSafeAtOnceAndOnce() {
        SessionStore.Entry entry = new SessionStore.Entry("meter", 1, new SessionRecord.WillDone());
        new MemorySessionStore().append(new IdleLoop(0), List.of(entry), answers::add);

        assertThat(answers).containsExactly(true);
    }

    @Test
    void retainedMessagesAreSafeAtOnceAndOnce() {
        new MemoryRetainedStore().put(new IdleLoop(0), TopicName.of("a"), null, answers::add);

        assertThat(answers).containsExactly(true);
    }
}
