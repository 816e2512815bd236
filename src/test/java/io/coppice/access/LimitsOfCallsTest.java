package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What keeps questions to others within bounds. */
class LimitsOfCallsTest {
    private final List<Runnable> underWay = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();
    private final CallQueue queue = new CallQueue(2, 2);

    private boolean submit(String name) {
        return queue.submit(name, done -> {
            asked.add(name);
            return underWay.add(done);
        });
    }

    @Test
    void soManyAreAskedAndSoManyWait() {
        assertThat(submit("a")).isTrue();
        assertThat(submit("b")).isTrue();
        assertThat(submit("c")).isTrue();
        assertThat(submit("d")).isTrue();
        assertThat(submit("e")).isFalse();
        assertThat(asked).containsExactly("a", "b");
        assertThat(queue.waiting()).isEqualTo(2);
        assertThat(queue.underWay()).isEqualTo(2);
        underWay.remove(0).run();

        assertThat(asked).containsExactly("a", "b", "c");
        assertThat(queue.waiting()).isEqualTo(1);
    }

    @Test
    void whoGoesIsNotAskedAbout() {
        submit("a");
        submit("b");
        String going = "c";
        submit(going);
        submit("d");
        queue.withdraw(going);
        underWay.remove(0).run();
        underWay.remove(0).run();

        assertThat(asked).containsExactly("a", "b", "d");
    }

    @Test
    void whatNeedsNoAnswerKeepsNoPlaceHoweverManyWait() {
        CallQueue narrow = new CallQueue(1, 1_000_000);
        narrow.submit(this, underWay::add);
        int[] skipped = {0};
        for (int i = 0; i < 100_000; i++) {
            narrow.submit(this, done -> {
                skipped[0]++;
                return false;
            });
        }
        underWay.remove(0).run();

        assertThat(skipped[0]).isEqualTo(100_000);
        assertThat(narrow.underWay()).isZero();
        narrow.submit(this, done -> false);
        assertThat(narrow.underWay()).isZero();
    }

    @Test
    void aBreakerOpensAfterFailuresInARowAndTriesOneAfterATime() {
        CircuitBreaker breaker = new CircuitBreaker(3, 10_000);
        breaker.failed(0);
        breaker.failed(0);
        breaker.succeeded();
        assertThat(breaker.failed(0)).isFalse();
        assertThat(breaker.failed(0)).isFalse();
        assertThat(breaker.mayAsk(0)).isTrue();
        assertThat(breaker.failed(0)).isTrue();
        assertThat(breaker.failed(0)).as("one that was under way").isFalse();
        assertThat(breaker.isOpen()).isTrue();
        assertThat(breaker.mayAsk(9_999)).isFalse();
        assertThat(breaker.mayAsk(10_000)).isTrue();
        assertThat(breaker.mayAsk(10_000)).as("one at a time").isFalse();
        breaker.failed(11_000);
        assertThat(breaker.mayAsk(20_999)).isFalse();
        assertThat(breaker.mayAsk(21_000)).isTrue();
        breaker.succeeded();

        assertThat(breaker.isOpen()).isFalse();
        assertThat(breaker.mayAsk(21_000)).isTrue();
        assertThat(breaker.mayAsk(21_000)).isTrue();
    }

    private final AnswerMemory<String> memory = new AnswerMemory<>(1_000, 2, new byte[32]);

    private ByteBuffer key(String question) {
        return memory.keyOf(question.getBytes(UTF_8));
    }

    @Test
    void anAnswerIsGoodForATime() {
        memory.remember(key("a"), "yes", 0, Long.MAX_VALUE);

        assertThat(memory.answer(key("a"), 999)).isEqualTo("yes");
        assertThat(memory.answer(key("a"), 1_000)).isNull();
        assertThat(memory.answer(key("b"), 0)).isNull();
    }

    @Test
    void anAnswerThatEndsEarlierIsGoodUntilThen() {
        memory.remember(key("a"), "yes", 0, 500);

        assertThat(memory.answer(key("a"), 499)).isEqualTo("yes");
        assertThat(memory.answer(key("a"), 500)).isNull();
    }

    @Test
    void ofMoreAnswersTheOldestIsForgotten() {
        memory.remember(key("a"), "1", 0, Long.MAX_VALUE);
        memory.remember(key("b"), "2", 0, Long.MAX_VALUE);
        memory.remember(key("c"), "3", 0, Long.MAX_VALUE);

        assertThat(memory.answer(key("a"), 0)).isNull();
        assertThat(memory.answer(key("c"), 0)).isEqualTo("3");
        assertThat(memory.size()).isEqualTo(2);
    }

    @Test
    void noQuestionIsKept() {
        assertThat(new String(key("a password").array(), UTF_8)).doesNotContain("password");
        assertThat(key("a").capacity()).isEqualTo(32);
        assertThat(new AnswerMemory<String>(1_000, 2, new byte[] {1}).keyOf("a".getBytes(UTF_8)))
                .isNotEqualTo(key("a"));
    }

    @Test
    void whereNothingIsRememberedNothingIs() {
        AnswerMemory<String> none = new AnswerMemory<>(0, 2, new byte[32]);
        ByteBuffer key = none.keyOf("a".getBytes(UTF_8));
        none.remember(key, "yes", 0, Long.MAX_VALUE);

        assertThat(none.answer(key, 0)).isNull();
        assertThat(none.size()).isZero();
    }
}
