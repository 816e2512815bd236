package io.coppice.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** What a fault may do something to: the nodes, their network, a source of chance, and the history that it has to tell. */
final class Scene implements AutoCloseable {
    final Cluster cluster;
    final List<NodeProcess> nodes;
    final Network network;
    final History history;
    final Random random;
    /** How many seconds a fault lasts at most. */
    final double longest;

    private final Map<NodeProcess, Relay> relays = new HashMap<>();
    private final AtomicLong unanswered = new AtomicLong();
    private final Map<Streams.Key, BitSet> acked = new HashMap<>();
    private final Map<Streams.Key, BitSet> came = new HashMap<>();

    Scene(Cluster cluster, History history, Random random, double longest) {
        this.cluster = cluster;
        this.nodes = cluster.nodes;
        this.network = cluster.network;
        this.history = history;
        this.random = random;
        this.longest = longest;
    }

    /** Ways to the nodes for clients that are to die; they are made with the first who asks. */
    synchronized Map<NodeProcess, Relay> relays() {
        if (relays.isEmpty()) {
            for (NodeProcess node : nodes) {
                try {
                    relays.put(node, new Relay(node.mqtt));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return relays;
    }

    @Override
    public synchronized void close() throws IOException {
        for (Relay each : relays.values()) {
            each.close();
        }
    }

    void say(String words) {
        history.add(Event.Kind.FAULT, words);
        Campaign.progress(words);
    }

    /** A node by chance. */
    NodeProcess any() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    /** A time by chance, in seconds. */
    double between(double least, double most) {
        return least + random.nextDouble() * Math.max(0, most - least);
    }

    static void pause(double seconds) throws InterruptedException {
        Thread.sleep(Math.round(seconds * 1000));
    }

    /** Whether it came true in time. */
    static boolean until(double seconds, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Math.round(seconds * 1e9);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(50);
        }
        return true;
    }

    void sent() {
        unanswered.incrementAndGet();
    }

    void answered(String publisher, String topic, int number, boolean success) {
        unanswered.decrementAndGet();
        if (success) {
            mark(acked, publisher, topic, number);
        }
    }

    void received(String publisher, String topic, int number) {
        mark(came, publisher, topic, number);
    }

    private static void mark(Map<Streams.Key, BitSet> in, String publisher, String topic, int number) {
        BitSet numbers;
        synchronized (in) {
            numbers = in.computeIfAbsent(new Streams.Key(publisher, topic), key -> new BitSet());
        }
        synchronized (numbers) {
            numbers.set(number);
        }
    }

    long unanswered() {
        return unanswered.get();
    }

    /** How many acknowledged messages have come to nobody yet, of topics that somebody listens to. */
    int missing() {
        int missing = 0;
        synchronized (acked) {
            for (var each : acked.entrySet()) {
                if (each.getKey().topic().startsWith("retained/")) {
                    continue;
                }
                BitSet rest;
                synchronized (each.getValue()) {
                    rest = (BitSet) each.getValue().clone();
                }
                BitSet got;
                synchronized (came) {
                    got = came.getOrDefault(each.getKey(), new BitSet());
                }
                synchronized (got) {
                    rest.andNot(got);
                }
                missing += rest.cardinality();
            }
        }
        return missing;
    }
}
