package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.Members;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.port.Archive;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The size of a running cluster: it grows and shrinks with its nodes, operators set it, and restarts do not forget it. */
@Members
class SizingIT {
    /** Nothing on disk but the size. */
    private static Archive folder(Path directory) {
        return (Archive) Proxy.newProxyInstance(
                Archive.class.getClassLoader(),
                new Class<?>[] {Archive.class},
                (proxy, method, arguments) -> method.getName().equals("directory")
                        ? directory.toString()
                        : method.invoke(Archive.NONE, arguments));
    }

    @TempDir
    private Path disks;

    private final TestCluster cluster = new TestCluster(3, 1);

    @AfterEach
    void close() {
        cluster.close();
    }

    private Node start(String name) throws Exception {
        Node node = cluster
        .new Node(cluster.settings(name), folder(Files.createDirectories(disks.resolve(name))), config -> config);
        cluster.nodes.add(node);
        node.member.watch(node.loop, view -> {});
        return node;
    }

    private Node serve(String name) throws Exception {
        Node node = start(name);
        node.member.awaitMajority();
        return node;
    }

    private void found(int sizeMax, Duration shrinkAfter) throws Exception {
        cluster.sizeMax = sizeMax;
        cluster.shrinkAfter = shrinkAfter;
        for (int i = 0; i < 3; i++) {
            start("node-" + i);
        }
        for (Node node : cluster.nodes) {
            node.member.awaitMajority();
        }
        awaitSize(3);
    }

    private void awaitSize(int size) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(cluster.nodes).allSatisfy(node -> {
                    assertThat(node.member.electorate().isFounded()).isTrue();
                    assertThat(node.member.electorate().agreement().isSettled()).isTrue();
                    assertThat(node.member.electorate().size()).isEqualTo(size);
                    assertThat(node.member.electorate().majority()).isEqualTo(size / 2 + 1);
                }));
    }

    private void leave(Node node) {
        cluster.nodes.remove(node);
        node.member.leave();
        node.loop.close();
    }

    /** Empty where it is done. */
    private static Optional<String> resize(Node node, int size) throws Exception {
        CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
        node.member.sizing().resize(size, refusal -> answer.complete(Optional.ofNullable(refusal)));
        return answer.get(60, TimeUnit.SECONDS);
    }

    @Test
    void itGrowsWithThoseWhoComeAndShrinksWithThoseWhoLeaveOnPurpose() throws Exception {
        found(5, Duration.ofSeconds(1));
        Node three = serve("node-3");
        Node four = serve("node-4");
        cluster.awaitMembers(5);
        awaitSize(5);
        cluster.awaitCopies();
        leave(four);
        awaitSize(4);
        leave(three);
        awaitSize(3);
        Node two = cluster.nodes.get(2);
        leave(two);
        await().during(Duration.ofSeconds(3))
                .until(() -> cluster.nodes.get(0).member.electorate().size() == 3);
        serve("node-2");
        awaitSize(3);
        assertThat(cluster.nodes.get(0).claim("anybody")).isNotNull();
    }

    @Test
    void itDoesNotShrinkAfterACrash() throws Exception {
        found(4, Duration.ofSeconds(1));
        Node three = serve("node-3");
        awaitSize(4);
        cluster.kill(three);
        cluster.awaitMembers(3);
        await().during(Duration.ofSeconds(4))
                .until(() -> cluster.nodes.get(0).member.electorate().size() == 4);
    }

    @Test
    void noNodeMoreThanTheGreatestSizeIsLetIn() throws Exception {
        found(4, Duration.ZERO);
        serve("node-3");
        awaitSize(4);
        assertThatThrownBy(() -> start("node-4"))
                .isInstanceOf(JoinRefused.class)
                .hasMessageContaining("one node more than the 4 that are expected, [node-0, node-1, node-2, node-3]")
                .hasMessageContaining("a greater cluster.size-max (4)");
        awaitSize(4);
    }

    @Test
    void anOperatorSetsTheSizeWhereThereIsAMajority() throws Exception {
        found(7, Duration.ZERO);
        Node first = cluster.nodes.get(0);
        assertThat(resize(first, 2)).hasValueSatisfying(why -> assertThat(why).contains("3 nodes are there"));
        assertThat(resize(first, 8)).hasValue("8 is more than cluster.size-max, which is 7");
        assertThat(resize(first, 7))
                .hasValueSatisfying(why -> assertThat(why).contains("4 are a majority, and only 3"));
        assertThat(resize(first, 5)).isEmpty();
        awaitSize(5);
        cluster.kill(cluster.nodes.get(2));
        cluster.awaitMembers(2);
        assertThat(resize(first, 3))
                .hasValueSatisfying(why -> assertThat(why).contains("not in touch with a majority"));
        assertThat(first.member.hasMajority()).isFalse();
    }

    @Test
    void aNodeThatIsLostForEverIsLeftOutByHand() throws Exception {
        found(5, Duration.ZERO);
        serve("node-3");
        awaitSize(4);
        cluster.kill(cluster.nodes.get(1));
        cluster.awaitMembers(3);
        assertThat(resize(cluster.nodes.get(0), 3)).isEmpty();
        awaitSize(3);
        assertThat(cluster.nodes.get(0).member.electorate().agreement().now().names())
                .containsExactly("node-0", "node-2", "node-3");
    }

    @Test
    void aRestartOfTheWholeClusterKnowsTheSizeAndOldNodesAloneAreNoMajority() throws Exception {
        found(5, Duration.ZERO);
        Node one = cluster.nodes.get(1);
        leave(one);
        cluster.awaitMembers(2);
        // they have gone on as five of which node-1 knows nothing
        assertThat(resize(cluster.nodes.get(0), 2)).isEmpty();
        assertThat(resize(cluster.nodes.get(0), 3)).isEmpty();
        serve("node-3");
        serve("node-4");
        serve("node-5");
        awaitSize(5);
        List<Node> all = new ArrayList<>(cluster.nodes);
        all.forEach(cluster::kill);

        start("node-1");
        Node zero = start("node-0");
        assertThat(cluster.nodes.get(0).member.electorate().size())
                .as("what it is told by whom it meets")
                .isEqualTo(5);
        assertThat(zero.member.hasMajority()).isFalse();
        start("node-3");
        start("node-4");
        zero.member.awaitMajority();
        awaitSize(5);
        assertThat(zero.claim("again")).isNotNull();
        assertThat(zero.member.electorate().agreement().now().names())
                .as("who is there takes the place of one that is not")
                .containsExactly("node-0", "node-1", "node-2", "node-3", "node-4");
    }
}
