package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.TopicName;
import io.coppice.port.IdleLoop;
import io.coppice.port.RetainedStore;
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
        List<SessionStore.Outcome> outcomes = new ArrayList<>();
        new MemorySessionStore().append(new IdleLoop(0), List.of(entry), outcomes::add);

        assertThat(outcomes).containsExactly(SessionStore.Outcome.SAFE);
    }

    @Test
    void nothingIsLoadedBecauseNothingIsKept() {
        List<List<SessionRecord>> loaded = new ArrayList<>();
        new MemorySessionStore().load("meter", 1, new IdleLoop(0), loaded::add, () -> {});

        assertThat(loaded).containsExactly(List.of());
    }

    @Test
    void retainedMessagesAreSafeAtOnceAndOnceEachWithAHigherVersion() {
        MemoryRetainedStore store = new MemoryRetainedStore();
        List<RetainedStore.Kept> kept = new ArrayList<>();
        store.put(new IdleLoop(0), TopicName.of("a"), null, kept::add);
        store.put(new IdleLoop(1), TopicName.of("a"), null, kept::add);

        assertThat(kept).hasSize(2);
        assertThat(kept.get(1).version()).isGreaterThan(kept.get(0).version());
    }

    @Test
    void thereIsNothingRetainedToRead() {
        List<RetainedStore.Kept> kept = new ArrayList<>();
        new MemoryRetainedStore().readAll(new IdleLoop(0), kept::add, answers::add);

        assertThat(kept).isEmpty();
        assertThat(answers).containsExactly(true);
    }
}
