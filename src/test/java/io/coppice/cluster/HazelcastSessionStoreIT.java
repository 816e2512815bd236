package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.entry;
import static io.coppice.cluster.SessionRecords.sequences;
import static io.coppice.cluster.SessionRecords.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.map.IMap;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is told as stored is on more than one member, once, in order, and of the newest home only. */
class HazelcastSessionStoreIT {
    private static TestCluster cluster;
    private static Node first;
    private static Node second;

    @BeforeAll
    static void start() throws Exception {
        cluster = TestCluster.of(2);
        first = cluster.nodes.get(0);
        second = cluster.nodes.get(1);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void whatOneMemberStoresAnotherLoads() throws Exception {
        assertThat(first.append(entry("moves", 1, attached()), entry("moves", 1, enqueued(1))))
                .isEqualTo(Outcome.SAFE);
        assertThat(first.append(entry("moves", 1, enqueued(2)))).isEqualTo(Outcome.SAFE);

        List<SessionRecord> records = second.load("moves", 2);
        assertThat(records.get(0)).isEqualTo(attached());
        assertThat(sequences(records)).containsExactly(1L, 2L);
        assertThat(second.append(entry("moves", 2, enqueued(3)))).isEqualTo(Outcome.SAFE);
        assertThat(sequences(first.load("moves", 3))).isEqualTo(upTo(3));
    }

    @Test
    void ofNobodyNothingIsLoaded() throws Exception {
        assertThat(first.load("nobody", 1)).isEmpty();
    }

    @Test
    void anOlderHomeIsShutOutByWhatANewerOneLoads() throws Exception {
        first.append(entry("fenced", 1, attached()));
        second.load("fenced", 5);

        assertThat(first.append(entry("fenced", 1, enqueued(1)), entry("other", 1, attached())))
                .isEqualTo(new Outcome(true, Set.of("fenced")));
        CompletableFuture<String> answer = new CompletableFuture<>();
        first.loop.execute(() -> first.doors
                .sessionStore()
                .load(
                        "fenced",
                        4,
                        first.loop,
                        found -> answer.complete("" + found),
                        () -> answer.complete("outdated")));
        assertThat(answer.get()).isEqualTo("outdated");
        assertThat(sequences(second.load("fenced", 5))).isEmpty();
        assertThat(first.load("other", 2)).containsExactly(attached());
    }

    @Test
    void aLoadShutsOutWritersWhoHaveWrittenNothingYet() throws Exception {
        second.load("silent", 5);
        assertThat(first.append(entry("silent", 4, attached()))).isEqualTo(new Outcome(true, Set.of("silent")));
    }

    @Test
    void anOlderEpochOfThisNodeItselfIsShutOutByANewerOne() throws Exception {
        first.append(entry("moved on", 1, attached()));
        first.append(entry("moved on", 2, enqueued(1)));

        assertThat(first.append(entry("moved on", 1, enqueued(2)))).isEqualTo(new Outcome(true, Set.of("moved on")));
        assertThat(sequences(first.load("moved on", 3))).isEqualTo(upTo(1));
    }

    /** The outcomes of groups of records of one client, handed over one right behind the other. */
    private static List<Outcome> atOnce(List<List<Entry>> groups) throws Exception {
        List<Outcome> outcomes = new ArrayList<>();
        CompletableFuture<List<Outcome>> all = new CompletableFuture<>();
        first.loop.execute(() ->
                groups.forEach(group -> first.doors.sessionStore().append(first.loop, group, outcome -> {
                    outcomes.add(outcome);
                    if (outcomes.size() == groups.size()) {
                        all.complete(outcomes);
                    }
                })));
        return all.get();
    }

    @Test
    void aNewerEpochDoesNotShutOutWhatIsUnderWayOfTheOlderOne() throws Exception {
        List<List<Entry>> groups = List.of(
                List.of(entry("back", 1, attached())),
                List.of(entry("back", 1, enqueued(1))),
                List.of(entry("back", 1, enqueued(2)), entry("back", 2, attached()), entry("back", 2, enqueued(3))),
                List.of(entry("back", 3, attached()), entry("back", 3, enqueued(4))),
                List.of(entry("back", 3, enqueued(5))));

        assertThat(atOnce(groups)).containsOnly(Outcome.SAFE).hasSize(groups.size());
        assertThat(sequences(second.load("back", 4))).isEqualTo(upTo(5));
    }

    @Test
    void whatTheCopiesLackOfAnOlderEpochTheyLackInTheNewerOne() throws Exception {
        first.way.refuse(1);
        List<List<Entry>> groups = List.of(
                List.of(entry("torn", 1, attached())),
                List.of(entry("torn", 1, enqueued(1))),
                List.of(entry("torn", 2, enqueued(2))),
                List.of(
                        entry("torn", 2, new SessionRecord.Ended()),
                        entry("torn", 2, attached()),
                        entry("torn", 2, enqueued(1)),
                        entry("torn", 2, enqueued(2))));

        assertThat(atOnce(groups)).startsWith(Outcome.FAILED, Outcome.FAILED, Outcome.FAILED);
        assertThat(first.append(groups.get(3).toArray(Entry[]::new))).isEqualTo(Outcome.SAFE);
        assertThat(sequences(second.load("torn", 3))).isEqualTo(upTo(2));
    }

    @Test
    void aBatchWhoseAnswerWasLostIsStoredOnce() throws Exception {
        first.append(entry("lost", 1, attached()));
        long repeats = first.doors.counters().repeats();
        first.way.lose(3);
        // Ended and begun anew: applied twice, this would not come out the same.
        assertThat(first.append(
                        entry("lost", 1, enqueued(1)),
                        entry("lost", 1, new SessionRecord.Ended()),
                        entry("lost", 1, attached()),
                        entry("lost", 1, enqueued(2))))
                .isEqualTo(Outcome.SAFE);

        assertThat(first.doors.counters().repeats()).isEqualTo(repeats + 3);
        assertThat(version("lost")).isEqualTo(5);
        assertThat(first.append(entry("lost", 1, enqueued(3)))).isEqualTo(Outcome.SAFE);
        assertThat(sequences(second.load("lost", 2))).containsExactly(2L, 3L);
    }

    private static long version(String clientId) {
        IMap<String, SessionImage> sessions = first.member.instance().getMap(HazelcastConfig.SESSIONS);
        return sessions.get(clientId).version();
    }

    @Test
    void groupsAreAnsweredInTheirOrderAndWhatWaitsGoesTogether() throws Exception {
        int sent = first.way.submitted();
        List<Integer> answered = new ArrayList<>();
        CompletableFuture<List<Integer>> all = new CompletableFuture<>();
        first.loop.execute(() -> {
            for (int group = 0; group < 300; group++) {
                int number = group;
                List<Entry> entries = new ArrayList<>();
                entries.add(entry("busy", 1, group == 0 ? attached() : enqueued(group)));
                if (group % 2 == 0) {
                    entries.add(entry("quiet " + group, 1, attached()));
                }
                first.doors.sessionStore().append(first.loop, entries, outcome -> {
                    assertThat(outcome).isEqualTo(Outcome.SAFE);
                    answered.add(number);
                    if (answered.size() == 300) {
                        all.complete(answered);
                    }
                });
            }
        });

        assertThat(all.get()).isSorted().hasSize(300);
        assertThat(first.way.submitted() - sent).isLessThan(300);
        assertThat(sequences(second.load("busy", 2))).isEqualTo(upTo(299));
    }

    @Test
    void anAnswerMayLeadToMoreRecords() throws Exception {
        List<SessionRecord> stored = first.loop.await(then -> first.doors
                .sessionStore()
                .append(
                        first.loop,
                        List.of(entry("nested", 1, attached())),
                        safe -> first.doors
                                .sessionStore()
                                .append(
                                        first.loop,
                                        List.of(entry("nested", 1, enqueued(1))),
                                        alsoSafe -> first.doors
                                                .sessionStore()
                                                .load("nested", 2, first.loop, then::accept, () -> {}))));

        assertThat(sequences(stored)).isEqualTo(upTo(1));
    }

    @Test
    void anEmptyGroupIsAnsweredInItsTurn() throws Exception {
        assertThat(first.append()).isEqualTo(Outcome.SAFE);
    }

    @Test
    void aSessionThatEndedLeavesItsEpochAndMayBeginAnew() throws Exception {
        first.append(entry("ended", 3, attached()), entry("ended", 3, new SessionRecord.Ended()));
        first.doors.registry().release("ended", 3);

        assertThat(second.append(entry("ended", 2, attached()))).isEqualTo(new Outcome(true, Set.of("ended")));
        assertThat(second.append(entry("ended", 4, attached()))).isEqualTo(Outcome.SAFE);
        assertThat(second.load("ended", 5)).containsExactly(attached());
    }

    @Test
    void whoReleasedMayStillSayThatTheSessionEnded() throws Exception {
        first.append(entry("late end", 1, attached()));
        int streams = store().streams();
        first.doors.registry().release("late end", 1);
        await().until(() -> store().streams() == streams - 1);

        assertThat(first.append(entry("late end", 1, new SessionRecord.Ended())))
                .isEqualTo(Outcome.SAFE);
        assertThat(second.load("late end", 2)).isEmpty();
    }

    private static HazelcastSessionStore store() {
        return (HazelcastSessionStore) first.doors.sessionStore();
    }

    @Test
    void whereTheCopyWasLostNothingMoreIsAcknowledged() throws Exception {
        first.append(entry("gap", 1, attached()), entry("gap", 1, enqueued(1)));
        long gaps = first.doors.counters().gaps();
        first.member.instance().getMap(HazelcastConfig.SESSIONS).remove("gap");

        assertThat(first.append(entry("gap", 1, enqueued(2)))).isEqualTo(Outcome.FAILED);
        assertThat(first.append(entry("gap", 1, enqueued(3)))).isEqualTo(Outcome.FAILED);
        assertThat(first.doors.counters().gaps()).isEqualTo(gaps + 1);
        assertThat(second.load("gap", 2)).isEmpty();
    }

    @Test
    void aThousandQueuedMessagesAreLoaded() throws Exception {
        List<Entry> entries = new ArrayList<>();
        entries.add(entry("full", 1, attached()));
        for (long sequence = 1; sequence <= 1_000; sequence++) {
            entries.add(entry("full", 1, enqueued(sequence, 1_000)));
        }
        int sent = first.way.submitted();
        assertThat(first.append(entries.toArray(Entry[]::new))).isEqualTo(Outcome.SAFE);
        assertThat(first.way.submitted() - sent).as("batches of a bounded size").isBetween(4, 6);

        sent = second.way.submitted();
        assertThat(sequences(second.load("full", 2))).isEqualTo(upTo(1_000));
        assertThat(second.way.submitted() - sent).as("pages of a bounded size").isBetween(5, 7);
    }

    @Test
    void whatChangesWhileItIsLoadedIsNotLoaded() throws Exception {
        List<Entry> entries = new ArrayList<>();
        entries.add(entry("contended", 1, attached()));
        for (long sequence = 1; sequence <= 1_000; sequence++) {
            entries.add(entry("contended", 1, enqueued(sequence, 1_000)));
        }
        first.append(entries.toArray(Entry[]::new));
        CompletableFuture<Boolean> outdone = new CompletableFuture<>();
        CompletableFuture<List<SessionRecord>> latest = new CompletableFuture<>();
        first.loop.execute(() -> {
            first.doors
                    .sessionStore()
                    .load(
                            "contended",
                            2,
                            first.loop,
                            found -> outdone.complete(found == null),
                            () -> outdone.complete(true));
            first.doors.sessionStore().load("contended", 3, first.loop, latest::complete, () -> {});
        });

        assertThat(outdone.get()).isTrue();
        assertThat(sequences(latest.get())).isEqualTo(upTo(1_000));
    }

    @Test
    void recordsOfManyClientsGoTogetherByPartition() throws Exception {
        Entry[] entries = new Entry[500];
        for (int client = 0; client < entries.length; client++) {
            entries[client] = entry("crowd " + client, 1, attached());
        }
        int operations = first.way.operations();
        assertThat(first.append(entries)).isEqualTo(Outcome.SAFE);

        assertThat(first.way.operations() - operations).isLessThanOrEqualTo(31);
    }

    @Test
    void whatLeftForAnotherNodeLeavesNothingBehind() throws Exception {
        int streams = store().streams();
        first.append(entry("leaves", 1, attached()), entry("leaves too", 1, attached()));
        assertThat(store().streams()).isEqualTo(streams + 2);
        second.load("leaves", 2);
        store().left("leaves", 1);
        await().until(() -> store().streams() == streams + 1);

        store().left("leaves too", 0);
        assertThat(first.append(entry("leaves too", 1, enqueued(1)))).isEqualTo(Outcome.SAFE);
        assertThat(store().streams()).isEqualTo(streams + 1);
    }

    @Test
    void afterAFailureTheSessionIsToldAnewInOnePieceAndGoesOn() throws Exception {
        first.append(entry("anew", 1, attached()), entry("anew", 1, enqueued(1)));
        first.way.refuse(1);
        assertThat(first.append(entry("anew", 1, enqueued(2)))).isEqualTo(Outcome.FAILED);
        assertThat(first.append(entry("anew", 1, enqueued(3)))).isEqualTo(Outcome.FAILED);
        List<Entry> whole = new ArrayList<>();
        whole.add(entry("anew", 1, new SessionRecord.Ended()));
        whole.add(entry("anew", 1, attached()));
        for (long sequence = 1; sequence <= 1_000; sequence++) {
            whole.add(entry("anew", 1, enqueued(sequence, 1_000)));
        }
        int sent = first.way.submitted();
        assertThat(first.append(whole.toArray(Entry[]::new))).isEqualTo(Outcome.SAFE);
        assertThat(first.way.submitted() - sent).isEqualTo(1);

        assertThat(first.append(entry("anew", 1, enqueued(1_001)))).isEqualTo(Outcome.SAFE);
        assertThat(sequences(second.load("anew", 2))).isEqualTo(upTo(1_001));
    }

    @Test
    void afterAFailureTheNextClaimGoesOn() throws Exception {
        long epoch = first.claim("unlucky").home().epoch();
        first.append(entry("unlucky", epoch, attached()), entry("unlucky", epoch, enqueued(1)));
        first.way.refuse(1);
        assertThat(first.append(entry("unlucky", epoch, enqueued(2)))).isEqualTo(Outcome.FAILED);
        assertThat(first.append(entry("unlucky", epoch, enqueued(3))))
                .as("there must be no gap")
                .isEqualTo(Outcome.FAILED);

        long next = first.claim("unlucky").home().epoch();
        assertThat(first.append(entry("unlucky", next, attached()), entry("unlucky", next, enqueued(4))))
                .isEqualTo(Outcome.SAFE);
        long elsewhere = second.claim("unlucky").home().epoch();
        assertThat(sequences(second.load("unlucky", elsewhere))).startsWith(1L).endsWith(4L);
        assertThat(second.append(entry("unlucky", elsewhere, enqueued(5)))).isEqualTo(Outcome.SAFE);
    }
}
