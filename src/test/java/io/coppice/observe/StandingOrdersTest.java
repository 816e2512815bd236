package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.config.ConfigException;
import io.coppice.config.Setting;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeControl.BanKind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What operators have ordered lasts, and is the same on all nodes in the end. */
@Timeout(60)
class StandingOrdersTest {
    private static final long NEVER = Long.MAX_VALUE;

    @TempDir
    private Path directory;

    private final List<Fake> nodes = new ArrayList<>();
    private long now = 1_000;

    /** A node that notes what it is told. */
    private final class Fake implements Configuration {
        final Map<String, Long> banned = new TreeMap<>();
        final StandingOrders orders;
        volatile Map<String, String> followed = Map.of();

        Fake(int entriesMax, Path kept) throws ConfigException {
            NodeControl control = (NodeControl) Proxy.newProxyInstance(
                    NodeControl.class.getClassLoader(), new Class<?>[] {NodeControl.class}, (proxy, method, given) -> {
                        switch (method.getName()) {
                            case "ban" -> {
                                NodeControl.Ban ban = (NodeControl.Ban) given[0];
                                banned.put(ban.kind() + " " + ban.value(), ban.until());
                                @SuppressWarnings("unchecked")
                                Consumer<Integer> then = (Consumer<Integer>) given[1];
                                then.accept(0);
                                return null;
                            }
                            case "unban" -> {
                                return banned.remove(given[0] + " " + given[1]) != null;
                            }
                            default -> throw new IllegalStateException(method.getName());
                        }
                    });
            orders = new StandingOrders(control, this, entriesMax, kept, () -> now, Audit.toLog());
            nodes.add(this);
            orders.begin();
        }

        @Override
        public List<Setting> settings() {
            return List.of();
        }

        @Override
        public void check(Map<String, String> wanted) throws ConfigException {
            if (wanted.containsKey("unknown")) {
                throw new ConfigException(List.of("unknown (api) is an unknown key"));
            }
        }

        @Override
        public void follow(Map<String, String> wanted) throws ConfigException {
            check(wanted);
            followed = Map.copyOf(wanted);
        }

        void ban(String who, long at, long until) throws Exception {
            banned.put(BanKind.CLIENT_ID + " " + who, until);
            done(orders.note(new Order(Order.Kind.BAN, "client-id " + who, "why", at, until, "anna")));
        }

        void takeFrom(Fake other) throws Exception {
            String after = "";
            while (after != null) {
                JsonObject page = other.orders.page(after);
                done(orders.merge(page.getJsonArray("items")));
                after = page.getString("next");
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        for (Fake node : nodes) {
            node.orders.close();
        }
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static Map<String, String> keys(String... namesAndValues) {
        Map<String, String> keys = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            keys.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return keys;
    }

    @Test
    void bansAndKeysAreThereAfterARestart() throws Exception {
        Fake before = new Fake(10, directory);
        before.ban("x\ny", 1_001, 9_000);
        done(before.orders.change(keys("log.level", "debug"), 1_002, "anna"));
        before.orders.close();

        Fake after = new Fake(10, directory);
        assertThat(after.banned).containsExactly(Map.entry("CLIENT_ID x\ny", 9_000L));
        assertThat(after.followed).containsExactly(Map.entry("log.level", "debug"));
    }

    @Test
    void aBanEndsByTheClockWhileTheNodeIsAway() throws Exception {
        Fake before = new Fake(10, directory);
        before.ban("x", 1_001, 9_000);
        before.orders.close();

        now = 9_000;
        assertThat(new Fake(10, directory).banned).isEmpty();
    }

    @Test
    void whatIsOverIsForgotten() throws Exception {
        Fake node = new Fake(1, directory);
        node.ban("x", 1_001, 9_000);
        assertThat(node.orders.hasRoom()).isFalse();

        now = 9_000;
        node.orders.tidy();
        done(node.orders.merge(new JsonArray()));
        assertThat(node.orders.hasRoom()).isTrue();
        assertThat(Files.readString(directory.resolve("orders.jsonl"))).isEmpty();
    }

    @Test
    void aNodeThatComesIsToldAndBothAreTheSame() throws Exception {
        Fake there = new Fake(10_000, null);
        for (int i = 0; i < 3_000; i++) {
            there.ban("x" + "-".repeat(300) + i, 1_001, 9_000);
        }
        assertThat(there.orders.page("").containsKey("next"))
                .as("more than a page")
                .isTrue();

        Fake comes = new Fake(10_000, null);
        assertThat(comes.orders.sum()).isNotEqualTo(there.orders.sum());
        comes.takeFrom(there);
        assertThat(comes.banned).isEqualTo(there.banned).hasSize(3_000);
        assertThat(comes.orders.sum()).isEqualTo(there.orders.sum());
    }

    @Test
    void whatWasTakenBackDoesNotComeBackWithWhoWasAway() throws Exception {
        Fake away = new Fake(10, null);
        Fake there = new Fake(10, null);
        away.ban("x", 1_001, 9_000);
        there.takeFrom(away);
        there.banned.clear();
        done(there.orders.pardon("client-id x", 1_002, "anna"));

        there.takeFrom(away);
        assertThat(there.banned).isEmpty();
        away.takeFrom(there);
        assertThat(away.banned).isEmpty();
        assertThat(away.orders.sum()).isEqualTo(there.orders.sum());
    }

    @Test
    void theLaterOfTwoOrdersCountsOnBothNodes() throws Exception {
        Fake one = new Fake(10, null);
        Fake other = new Fake(10, null);
        done(one.orders.change(keys("log.level", "debug", "mqtt.x", "1"), 1_001, "anna"));
        done(other.orders.change(keys("log.level", "warn"), 1_002, "bert"));

        one.takeFrom(other);
        other.takeFrom(one);
        assertThat(one.followed).containsOnly(Map.entry("log.level", "warn"), Map.entry("mqtt.x", "1"));
        assertThat(other.followed).isEqualTo(one.followed);

        done(one.orders.change(keys("log.level", null), one.orders.next(), "anna"));
        other.takeFrom(one);
        assertThat(other.followed).containsOnly(Map.entry("mqtt.x", "1"));
    }

    @Test
    void whatCannotBeIsNotTakenInAnyPart() throws Exception {
        Fake node = new Fake(10, directory);
        Future<Void> refused = node.orders.change(keys("log.level", "debug", "unknown", "1"), 1_001, "anna");

        assertThatThrownBy(() -> done(refused)).hasCauseInstanceOf(ConfigException.class);
        assertThat(node.followed).isEmpty();
        assertThat(directory.resolve("orders.jsonl")).doesNotExist();
    }

    @Test
    void aKeyThatOnlyOthersKnowKeepsNoneOfTheRestAway() throws Exception {
        Fake node = new Fake(10, null);
        JsonArray theirs = new JsonArray()
                .add(new Order(Order.Kind.CONFIG, "unknown", "1", 1_001, NEVER, "anna").json())
                .add(new Order(Order.Kind.CONFIG, "log.level", "debug", 1_001, NEVER, "anna").json());

        done(node.orders.merge(theirs));
        assertThat(node.followed).containsOnly(Map.entry("log.level", "debug"));
    }

    @Test
    void noMoreIsHeldThanIsAllowed() throws Exception {
        Fake there = new Fake(10, null);
        there.ban("x", 1_001, 9_000);
        there.ban("y", 1_001, 9_000);
        Fake small = new Fake(1, null);

        small.takeFrom(there);
        assertThat(small.banned).hasSize(1);
    }

    @Test
    void whatCannotBeWrittenHoldsIsTriedAgainAndToldMeanwhile() throws Exception {
        Fake node = new Fake(100, directory);
        Path inTheWay =
                Files.createDirectories(directory.resolve(OrderFile.NAME).resolve("full"));
        node.ban("x", 1_000, 9_000);
        assertThat(node.orders.isUnkept()).isTrue();
        assertThat(node.orders.faults()).isEqualTo(1);
        assertThat(node.orders.standing(Order.Kind.BAN)).isEqualTo(1);
        assertThat(node.orders.standing(Order.Kind.CONFIG)).isZero();
        Files.delete(inTheWay);
        Files.delete(directory.resolve(OrderFile.NAME));
        node.orders.tidy();
        done(node.orders.check(Map.of()));
        assertThat(node.orders.isUnkept()).isFalse();
        assertThat(new Fake(100, directory).banned).containsOnlyKeys(BanKind.CLIENT_ID + " x");
    }

    @Test
    void whatDoesNotReadKeepsTheNodeFromStarting() throws Exception {
        Files.writeString(directory.resolve("orders.jsonl"), "{\"kind\":\"ban\",\"name\":\"nobody x\"}\n");

        assertThatThrownBy(() -> new Fake(10, directory))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("orders.jsonl: line 1 does not read");
    }
}
