package io.coppice.topic;

import io.coppice.mqtt.TopicName;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One match against the subscriptions that the load generator's {@code wildcard} makes: as many of each kind, each for a topic of its own. Topics
 * are asked for in an order that no cache of the processor foresees, and each is matched by one subscription.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SubscriptionTreeBenchmark {
    private static final int KINDS = 4;
    private static final int CLIENTS = 100;
    /** A prime that is no divisor of how many topics there are: every one comes before one comes again. */
    private static final int STRIDE = 7919;

    @Param({"100", "100000"})
    public int subscriptions = 100_000;

    /** What the topics that are asked for are matched by. */
    @Param({"exact", "+", "#", "nothing"})
    public String by = "exact";

    private final SubscriptionTree tree = new SubscriptionTree(1);
    private TopicName[] topics = {};
    private int next;

    @Setup
    public void subscribe() {
        Member[] members = new Member[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            members[i] = new Member("client-" + i);
        }
        for (int i = 0; i < subscriptions; i++) {
            tree.put(Member.to(filter(i)), members[i % CLIENTS]);
        }
        int kind = by.equals("+") ? 1 : by.equals("#") ? 2 : 0;
        topics = new TopicName[subscriptions / KINDS];
        for (int i = 0; i < topics.length; i++) {
            int number = i * KINDS + kind;
            topics[i] = TopicName.of(place(number) + (by.equals("nothing") ? "/other" : "/v"));
        }
    }

    private static String place(int number) {
        return "w/a" + number % 97 + "/b" + number / 97 % 101 + "/d" + number;
    }

    private static String filter(int number) {
        int a = number % 97;
        int b = number / 97 % 101;
        return switch (number % KINDS) {
            case 0 -> place(number) + "/v";
            case 1 -> "w/a" + a + "/+/d" + number + "/v";
            case 2 -> "w/+/b" + b + "/d" + number + "/#";
            default -> place(number) + "/+";
        };
    }

    @Benchmark
    public Matches match() {
        next = (next + STRIDE) % topics.length;
        return tree.match(topics[next]);
    }
}
