package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.internal.serialization.Data;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.coppice.port.Loop;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls of a loop for one partition go together, in order, and each is answered once. */
class CallLaneTest {
    private static final long PATIENCE = 1_000;

    private final ClusterCounters counters = new ClusterCounters();
    private final StillLoop loop = new StillLoop();
    private final Way way = new Way();
    private boolean majority = true;
    private final Calls calls = new Calls(way, () -> majority, counters);
    private final List<String> answers = new ArrayList<>();

    @AfterEach
    void close() {
        calls.close();
    }

    private void call(String key) {
        call(key, entry -> null);
    }

    private void call(String key, EntryProcessor<String, Object, Object> processor) {
        calls.call(map("map"), key, processor, loop, PATIENCE, new Calls.Answer<>() {
            @Override
            public void known(Object result) {
                answers.add(key + " " + result);
            }

            @Override
            public void unknown() {
                answers.add(key + " unknown");
            }
        });
    }

    @Test
    void theCallsOfATurnGoTogetherByPartition() {
        call("a/1");
        call("b/2");
        call("c/1");
        assertThat(way.sent).as("the turn is not over").isEmpty();
        loop.run();

        assertThat(way.keys()).containsExactly("[a/1, c/1]", "[b/2]");
    }

    @Test
    void whatComesMeanwhileGoesTogetherInTheNextBatch() {
        call("a/1");
        loop.run();
        call("b/1");
        loop.run();
        call("c/1");
        loop.run();
        assertThat(way.keys()).containsExactly("[a/1]");
        way.answer();
        loop.run();

        assertThat(way.keys()).containsExactly("[a/1]", "[b/1, c/1]");
        assertThat(answers).containsExactly("a/1 0");
    }

    @Test
    void callsForOneKeyAreMadeInTheirOrder() {
        call("a/1");
        call("b/1");
        call("a/1");
        call("c/1");
        loop.run();
        assertThat(way.keys()).containsExactly("[a/1, b/1]");
        way.answer();
        loop.run();

        assertThat(way.keys()).containsExactly("[a/1, b/1]", "[a/1, c/1]");
    }

    @Test
    void aBatchTakesNoMoreThanItsWeight() {
        for (int i = 0; i < 5; i++) {
            call(i + "/1", new AppendOf100Kilobytes());
        }
        loop.run();
        way.answer();
        loop.run();

        assertThat(way.keys()).containsExactly("[0/1, 1/1]", "[2/1, 3/1]");
    }

    private static final class AppendOf100Kilobytes
            implements EntryProcessor<String, Object, Object>, CallLane.Weighty {
        private static final long serialVersionUID = 1L;

        @Override
        public int weight() {
            return 100_000;
        }

        @Override
        public Object process(java.util.Map.Entry<String, Object> entry) {
            return 0;
        }
    }

    @Test
    void whatMayPassIsAskedAgainAndAnsweredOnce() {
        call("a/1");
        call("b/1");
        loop.run();
        way.fail(new IndeterminateOperationStateException("lost"));
        loop.run();
        assertThat(answers).isEmpty();
        loop.pass(20);
        assertThat(way.keys()).containsExactly("[a/1, b/1]", "[a/1, b/1]");
        way.answer();
        loop.run();

        assertThat(answers).containsExactly("a/1 0", "b/1 1");
        assertThat(counters.repeats()).isEqualTo(2);
        assertThat(counters.failures()).isZero();
    }

    @Test
    void whatStaysIndeterminateIsUnknownInTheEndAndTheNextOnesGo() {
        call("a/1");
        loop.run();
        loop.pass(PATIENCE / 2);
        call("b/1");
        loop.run();
        for (int i = 0; i < 20 && answers.isEmpty(); i++) {
            way.fail(new IndeterminateOperationStateException("lost"));
            loop.pass(200);
        }
        assertThat(answers).containsExactly("a/1 unknown");
        assertThat(loop.now()).isGreaterThanOrEqualTo(PATIENCE);
        way.answer();
        loop.run();

        assertThat(answers).containsExactly("a/1 unknown", "b/1 0");
        assertThat(counters.failures()).isEqualTo(1);
    }

    @Test
    void whatNeverPassesIsUnknownAtOnce() {
        call("a/1");
        loop.run();
        way.fail(new IllegalStateException("broken"));
        loop.run();

        assertThat(answers).containsExactly("a/1 unknown");
    }

    @Test
    void withoutAMajorityNoAnswerCounts() {
        call("a/1");
        loop.run();
        majority = false;
        way.answer();
        call("b/1");
        loop.run();
        way.fail(new IndeterminateOperationStateException("lost"));
        loop.run();

        assertThat(answers).containsExactly("a/1 unknown", "b/1 unknown");
    }

    @Test
    void whatOneProcessorThrewIsUnknownToItsCallerAlone() {
        call("a/1");
        call("b/1");
        call("c/1");
        loop.run();
        BatchAnswers some = new BatchAnswers(3);
        some.add("x");
        some.addFault();
        some.add("z");
        way.sent.get(0).answer.complete(some);
        loop.run();

        assertThat(answers).containsExactly("a/1 x", "b/1 unknown", "c/1 z");
    }

    @Test
    void whoThrowsAtAnAnswerTakesNobodysAway() {
        calls.call(map("map"), "a/1", entry -> null, loop, PATIENCE, new Calls.Answer<Object>() {
            @Override
            public void known(Object result) {
                throw new IllegalStateException("thrown by the test");
            }

            @Override
            public void unknown() {}
        });
        call("b/1");
        loop.run();
        way.answer();
        loop.run();
        call("c/1");
        loop.run();

        assertThat(answers).containsExactly("b/1 1");
        assertThat(way.keys()).containsExactly("[a/1, b/1]", "[c/1]");
    }

    @Test
    void whereThisMemberHasLeftNothingIsKnown() {
        way.left = true;
        call("a/1");
        assertThat(answers).as("never before the call returns").isEmpty();
        loop.run();

        assertThat(answers).containsExactly("a/1 unknown");
    }

    @SuppressWarnings("unchecked")
    private static IMap<String, Object> map(String name) {
        return (IMap<String, Object>) Proxy.newProxyInstance(
                CallLaneTest.class.getClassLoader(), new Class<?>[] {IMap.class}, (proxy, method, arguments) -> name);
    }

    private record Sent(List<String> keys, CompletableFuture<BatchAnswers> answer) {}

    /** Takes batches and answers when it is told to. What stands behind the slash of a key is its partition. */
    private static final class Way implements Submitter {
        private final InternalSerializationService service = new DefaultSerializationServiceBuilder().build();
        private final List<Sent> sent = new ArrayList<>();
        private boolean left;

        List<String> keys() {
            return sent.stream().map(batch -> batch.keys().toString()).toList();
        }

        private Sent latest() {
            return sent.get(sent.size() - 1);
        }

        /** Answers the latest batch with the places that the keys have in it. */
        void answer() {
            BatchAnswers places = new BatchAnswers(latest().keys().size());
            for (int i = 0; i < latest().keys().size(); i++) {
                places.add(i);
            }
            latest().answer().complete(places);
        }

        void fail(Exception fault) {
            latest().answer().completeExceptionally(fault);
        }

        private String text(Data key) {
            return service.toObject(key);
        }

        @Override
        public Data key(IMap<String, ?> map, String key) {
            if (left) {
                throw new IllegalStateException("left");
            }
            return service.toData(key);
        }

        @Override
        public int partition(IMap<String, ?> map, Data key) {
            String text = text(key);
            return Integer.parseInt(text.substring(text.indexOf('/') + 1));
        }

        @Override
        public CompletionStage<BatchAnswers> submit(
                IMap<String, ?> map, int partition, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors) {
            sent.add(new Sent(keys.stream().map(this::text).toList(), new CompletableFuture<>()));
            return latest().answer();
        }
    }

    /** A loop whose time passes when it is told to. */
    private static final class StillLoop implements Loop {
        private record Timer(long at, Runnable task) {}

        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong(Timer::at));
        private long now;

        void run() {
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
        }

        void pass(long millis) {
            now += millis;
            run();
            while (!timers.isEmpty() && timers.peek().at() <= now) {
                timers.remove().task().run();
                run();
            }
        }

        @Override
        public int index() {
            return 0;
        }

        @Override
        public long now() {
            return now;
        }

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void after(long delayMillis, Runnable task) {
            timers.add(new Timer(now + delayMillis, task));
        }
    }
}
