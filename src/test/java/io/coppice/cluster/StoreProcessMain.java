package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.entry;
import static io.coppice.cluster.SessionRecords.sequences;
import static org.awaitility.Awaitility.await;

import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.port.Archive;
import io.coppice.port.NodeId;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * A process that is a member of a cluster, writes records and says which of them were answered as safe; led by lines on
 * its standard input, see {@link StoreProcess}.
 */
final class StoreProcessMain {
    static final String MARK = "@@ ";
    static final int CLIENTS = 64;
    /** Messages that stay in each queue; older ones are settled. */
    static final int QUEUE = 20;

    private static final int DEPTH = 3;

    private final ThreadLoop loop = new ThreadLoop(0);
    private final HazelcastMember member;
    private final ClusterDoors doors;

    private StoreProcessMain(String name, String cluster, List<Address> members) throws JoinRefused {
        MemberSettings settings = new MemberSettings(
                new NodeId(name, UUID.randomUUID().getMostSignificantBits()),
                1,
                new Cluster(
                        ClusterMode.STATIC,
                        cluster,
                        members,
                        "127.0.0.1",
                        0,
                        0,
                        BusTls.NONE,
                        "",
                        "",
                        1,
                        3,
                        31,
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(2),
                        Duration.ofHours(1),
                        0,
                        Duration.ZERO),
                MemberSettings.WIRE,
                120_000,
                60_000,
                10_000);
        member = HazelcastMember.open(settings, Archive.NONE, reason -> say("expelled " + reason));
        doors = new ClusterDoors(member);
    }

    /** Arguments: name of the node, name of the cluster, ports of members. */
    public static void main(String[] args) throws Exception {
        List<Address> members = Arrays.stream(args)
                .skip(2)
                .map(port -> new Address("127.0.0.1", Integer.parseInt(port)))
                .toList();
        StoreProcessMain process = new StoreProcessMain(args[0], args[1], members);
        say("port " + process.member.port());
        process.member.awaitMajority();
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "write" -> process.write(words[1]);
                case "check" -> process.check(words[1]);
                case "safe" -> {
                    process.awaitCopies();
                    say(line);
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
        Runtime.getRuntime().halt(0); // whoever led it is gone
    }

    private static void say(String what) {
        System.out.println(MARK + what);
    }

    /** Rounds of one record for each client, and more, until it is shut out. */
    private void write(String prefix) {
        loop.execute(() -> {
            Rounds rounds = new Rounds(prefix);
            for (int i = 0; i < DEPTH; i++) {
                rounds.next();
            }
        });
    }

    private final class Rounds {
        private final String prefix;
        private long begun;
        private long answered;

        Rounds(String prefix) {
            this.prefix = prefix;
        }

        void next() {
            long round = begun++;
            List<Entry> entries = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                entries.add(entry(prefix + client, 1, round == 0 ? attached() : enqueued(round)));
                if (round > QUEUE) {
                    entries.add(entry(prefix + client, 1, new SessionRecord.Settled(round - QUEUE)));
                }
            }
            doors.sessionStore().append(loop, entries, this::answered);
        }

        private void answered(Outcome outcome) {
            if (outcome.equals(Outcome.SAFE)) {
                say("acked " + prefix + " " + answered++);
                next();
            } else {
                say((outcome.safe() ? "fenced " : "failed ") + prefix + " " + answered++);
            }
        }
    }

    /** Loads all sessions of a writer, tells what they have, and ends them. */
    private void check(String prefix) throws Exception {
        for (int client = 0; client < CLIENTS; client++) {
            String clientId = prefix + client;
            List<SessionRecord> records = loop.await(
                    then -> doors.sessionStore().load(clientId, 2, loop, then::accept, () -> then.accept(null)));
            if (records == null) {
                say("found " + prefix + " nothing");
                continue;
            }
            List<Long> kept = sequences(records);
            long last = kept.isEmpty() ? 0 : kept.get(kept.size() - 1);
            boolean whole = last - kept.size() == (kept.isEmpty() ? 0 : kept.get(0) - 1)
                    && kept.size() >= Math.min(last, QUEUE);
            say("found " + prefix + " " + last + " " + (whole ? "whole" : kept));
            loop.await(then -> doors.sessionStore()
                    .append(loop, List.of(entry(clientId, 2, new SessionRecord.Ended())), then::accept));
        }
        say("checked " + prefix);
    }

    /** Waits until every partition has all its copies. */
    private void awaitCopies() {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> member.instance().getPartitionService().isClusterSafe());
    }
}
