package io.coppice.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many seeds of several nodes with kills, pauses, doubtful claims, cuts, gaps, full disks, ways that lead in one direction only and long turns, on some threads: {@code src/campaign/run
 * simulate --seeds N}. It tells how long a seed takes, which fail, and how much of what can happen to clients it has seen: in how many
 * ways three of the events that nodes tell of follow each other. Where that no longer grows, more seeds of the same kind
 * show little that is new.
 */
public final class SimulationAtScale {
    private static final List<String> WEATHERS =
            List.of("", "k", "p", "l", "lk", "c", "ck", "ut", "d", "ot", "pkcugdot");
    private static final int FAILURES_MAX = 20;

    private final long last;
    private final AtomicLong next;
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong longest = new AtomicLong();
    private final Set<String> seen = new HashSet<>();
    private final List<String> failures = new ArrayList<>();

    private SimulationAtScale(long first, long last) {
        this.next = new AtomicLong(first);
        this.last = last;
    }

    /** @param args how many seeds, the first one, threads. Ends with 1 when one fails. */
    public static void main(String[] args) throws InterruptedException {
        long seeds = Long.parseLong(args[0]);
        long first = Long.parseLong(args[1]);
        System.exit(new SimulationAtScale(first, first + seeds - 1).run(Integer.parseInt(args[2])) ? 0 : 1);
    }

    private boolean run(int count) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        long first = next.get();
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(this::work, "simulation-" + i);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long done = Math.min(next.get() - 1, last) - first + 1;
        System.out.printf(
                Locale.ROOT,
                "{\"seeds\":%d,\"first\":%d,\"failed\":%d,\"ms_per_seed\":%.2f,\"longest_ms\":%.1f,\"ways\":%d}%n",
                done,
                first,
                failures.size(),
                nanos.get() / 1e6 / Math.max(1, done),
                longest.get() / 1e6,
                seen.size());
        return failures.isEmpty();
    }

    private void work() {
        for (long seed = next.getAndIncrement();
                seed <= last && failures.size() < FAILURES_MAX;
                seed = next.getAndIncrement()) {
            String weather = WEATHERS.get((int) (seed % WEATHERS.size()));
            long begun = System.nanoTime();
            Simulation simulation = new Simulation(seed, Simulation.Weather.of(weather));
            try {
                simulation.run();
            } catch (RuntimeException | AssertionError failure) {
                failed(seed, weather, failure);
            }
            long took = System.nanoTime() - begun;
            nanos.addAndGet(took);
            longest.accumulateAndGet(took, Math::max);
            remember(simulation.world.events.told, seed);
        }
    }

    private synchronized void failed(long seed, String weather, Throwable failure) {
        failures.add(seed + " " + weather);
        System.err.println("seed " + seed + ", weather \"" + weather + "\": " + failure);
    }

    private synchronized void remember(List<SimEvents.Told> told, long seed) {
        for (int i = 2; i < told.size(); i++) {
            seen.add(way(told.get(i - 2)) + " " + way(told.get(i - 1)) + " " + way(told.get(i)));
        }
        if (seed % 2000 == 0) {
            System.err.println(seed + " seeds, " + seen.size() + " ways in which three events follow each other");
        }
    }

    private static String way(SimEvents.Told event) {
        return event.name() + ":" + event.reason();
    }
}
