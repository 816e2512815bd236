package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.map.IMap;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.RetainedStore.Kept;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Retained messages are those last put, whichever member put them, and what was cleared stays known as such. */
class HazelcastRetainedStoreIT {
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

    private static Message message(String topic, String payload) {
        return new Message(
                TopicName.of(topic),
                payload.getBytes(StandardCharsets.UTF_8),
                Qos.AT_LEAST_ONCE,
                true,
                Properties.NONE,
                Long.MAX_VALUE,
                "publisher");
    }

    private static Kept put(Node node, String topic, String payload) throws Exception {
        Message message = payload == null ? null : message(topic, payload);
        return node.loop.await(
                then -> node.doors.retainedStore().put(node.loop, TopicName.of(topic), message, then::accept));
    }

    private static Map<String, Kept> readAll(Node node) throws Exception {
        List<Kept> all = new ArrayList<>();
        Boolean complete =
                node.loop.await(then -> node.doors.retainedStore().readAll(node.loop, all::add, then::accept));
        assertThat(complete).isTrue();
        return all.stream().collect(Collectors.toMap(kept -> kept.topic().value(), Function.identity()));
    }

    private static String text(Kept kept) {
        return kept.message() == null ? null : new String(kept.message().payload(), StandardCharsets.UTF_8);
    }

    @Test
    void versionsGrowOverAllMembers() throws Exception {
        long before = System.currentTimeMillis();
        Kept one = put(first, "grow", "1");
        Kept two = put(second, "grow", "2");
        Kept cleared = put(first, "grow", null);
        Kept three = put(second, "grow", "3");

        assertThat(one.version()).isGreaterThanOrEqualTo(before);
        assertThat(List.of(one.version(), two.version(), cleared.version(), three.version()))
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(text(readAll(first).get("grow"))).isEqualTo("3");
        assertThat(readAll(first).get("grow").version()).isEqualTo(three.version());
    }

    @Test
    void whatWasClearedIsReadAsSuch() throws Exception {
        put(first, "cleared", "1");
        Kept cleared = put(second, "cleared", null);

        assertThat(readAll(first).get("cleared")).isEqualTo(cleared);
    }

    @Test
    void changesOfATopicKeepTheirOrderAndGoTogether() throws Exception {
        int sent = first.way.submitted();
        CompletableFuture<List<Kept>> all = new CompletableFuture<>();
        List<Kept> answers = new ArrayList<>();
        first.loop.execute(() -> {
            for (int i = 1; i <= 200; i++) {
                first.doors
                        .retainedStore()
                        .put(first.loop, TopicName.of("often"), message("often", Integer.toString(i)), kept -> {
                            answers.add(kept);
                            if (answers.size() == 200) {
                                all.complete(answers);
                            }
                        });
            }
        });

        assertThat(all.get()).extracting(Kept::version).isSorted();
        assertThat(text(all.get().get(199))).isEqualTo("200");
        assertThat(first.way.submitted() - sent).isLessThan(100);
        assertThat(text(readAll(second).get("often"))).isEqualTo("200");
    }

    @Test
    void manyAreReadByEveryMember() throws Exception {
        for (int i = 0; i < 500; i++) {
            put(cluster.nodes.get(i % 2), "many/" + i, "value " + i);
        }
        for (Node node : cluster.nodes) {
            Map<String, Kept> all = readAll(node);
            for (int i = 0; i < 500; i++) {
                assertThat(text(all.get("many/" + i))).isEqualTo("value " + i);
            }
        }
    }

    @Test
    void aDamagedOneIsLeftOutAndCounted() throws Exception {
        put(first, "damaged", "1");
        IMap<String, RetainedEntry> map = first.member.instance().getMap(HazelcastConfig.RETAINED);
        byte[] bytes = map.get("damaged").message().clone();
        bytes[bytes.length - 6]++;
        map.set("damaged", new RetainedEntry(1, bytes));
        long before = first.doors.counters().damaged();

        assertThat(readAll(first)).doesNotContainKey("damaged");
        assertThat(first.doors.counters().damaged()).isEqualTo(before + 1);
        map.delete("damaged");
    }
}
