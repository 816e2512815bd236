package io.coppice.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Three processes write; one after the other is killed with SIGKILL while it does, and every record that anybody was
 * told is safe has to be there. Run by hand for longer: {@code java -cp … io.coppice.cluster.KillCampaign [minutes]
 * [seed]}.
 */
final class KillCampaign implements AutoCloseable {
    private static final int SIZE = 3;

    /** What came of it: any line in {@code faults} is a fault of the store. */
    record Result(int kills, long records, List<String> faults) {}

    private final String cluster = "kill-" + UUID.randomUUID();
    private final Random random;
    private final List<StoreProcess> processes = new ArrayList<>();
    private final List<String> prefixes = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private int named;
    private long records;

    KillCampaign(long seed) {
        this.random = new Random(seed);
    }

    public static void main(String[] args) throws Exception {
        long minutes = args.length > 0 ? Long.parseLong(args[0]) : 10;
        long seed = args.length > 1 ? Long.parseLong(args[1]) : System.nanoTime();
        System.out.println("seed " + seed);
        try (KillCampaign campaign = new KillCampaign(seed)) {
            System.out.println(campaign.run(Integer.MAX_VALUE, TimeUnit.MINUTES.toNanos(minutes)));
        }
        System.exit(0);
    }

    /** Kills as often as said, or for as long. */
    Result run(int killsMax, long nanosMax) throws IOException, InterruptedException {
        long end = System.nanoTime() + nanosMax;
        while (processes.size() < SIZE) {
            add();
        }
        int kills = 0;
        while (kills < killsMax && System.nanoTime() < end && faults.isEmpty()) {
            if (kills > 0) {
                add();
            }
            awaitCopies();
            kill(random.nextInt(SIZE));
            kills++;
            if (kills % 10 == 0) {
                System.out.printf("%d kills, %d records answered as safe, faults: %s%n", kills, records, faults);
            }
        }
        return new Result(kills, records, faults);
    }

    private void add() throws IOException, InterruptedException {
        List<Integer> ports = new ArrayList<>();
        for (StoreProcess process : processes) {
            ports.add(Integer.parseInt(process.await("port ")));
        }
        StoreProcess process = StoreProcess.start("node-" + named++, cluster, ports);
        processes.add(process);
        process.await("port ");
        prefixes.add("");
    }

    private void awaitCopies() throws InterruptedException {
        for (StoreProcess process : processes) {
            process.await("ready");
        }
        for (int i = 0; i < SIZE; i++) {
            if (prefixes.get(i).isEmpty()) {
                write(i);
            }
        }
        String question = "safe " + named++;
        for (StoreProcess process : processes) {
            process.tell(question);
            process.await(question);
        }
    }

    private void write(int index) {
        String prefix = "w" + named++ + "/";
        prefixes.set(index, prefix);
        processes.get(index).tell("write " + prefix);
    }

    /** Kills one right after an answer, and looks for everything that the three were told. */
    private void kill(int index) throws InterruptedException {
        StoreProcess victim = processes.remove(index);
        String prefix = prefixes.remove(index);
        victim.awaitRound(prefix, victim.acked(prefix) + 10 + random.nextInt(40));
        victim.kill();
        processes.get(0).tell("check " + prefix);
        verify(processes.get(0), prefix, victim.acked(prefix));
        for (int i = 0; i < processes.size(); i++) {
            StoreProcess writer = processes.get(i);
            String its = prefixes.get(i);
            writer.awaitRound(its, writer.acked(its) + 10);
            StoreProcess reader = processes.get((i + 1) % processes.size());
            reader.tell("check " + its);
            writer.await("fenced " + its);
            verify(reader, its, writer.acked(its));
            for (StoreProcess each : processes) {
                faults.addAll(each.said("failed"));
                faults.addAll(each.said("expelled"));
            }
            write(i);
        }
    }

    /** Reads what one found that was told to check: once, for it ends the sessions that it has looked at. */
    private void verify(StoreProcess reader, String prefix, long acked) throws InterruptedException {
        reader.await("checked " + prefix);
        List<String> found = reader.said("found " + prefix);
        if (found.size() != StoreProcessMain.CLIENTS) {
            faults.add(prefix + ": " + found.size() + " clients");
        }
        for (String line : found) {
            String[] words = line.split(" ", 4);
            if (words.length < 4 || !words[3].equals("whole") || Long.parseLong(words[2]) < acked) {
                faults.add(line + ", but round " + acked + " was called safe");
            }
        }
        records += acked * StoreProcessMain.CLIENTS;
    }

    @Override
    public void close() throws InterruptedException {
        for (StoreProcess process : processes) {
            process.close();
        }
    }
}
