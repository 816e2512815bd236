package io.coppice.cluster;

import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.port.Archive;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of who makes a majority, and what it answers to others about that. Where the size may not change it is that
 * of the configuration. Any thread.
 */
final class Electorate {
    private static final Pattern ORDINAL = Pattern.compile(".*-(\\d{1,9})");

    private final Cluster cluster;
    private final Acceptor acceptor;
    private final LongSupplier nanoTime;
    /** Who said that it leaves, by its name, and when. */
    private final Map<String, Long> departed = new ConcurrentHashMap<>();
    /** It fits those who are there, and wants to be let in. */
    private volatile boolean candidate;
    /** Asks for the identities of those who are there. */
    private volatile Supplier<Set<UUID>> present = Set::of;
    /** Who leaves at the moment; the others wait for it. */
    private @Nullable UUID leaving;

    private Electorate(Cluster cluster, Acceptor acceptor, LongSupplier nanoTime) {
        this.cluster = cluster;
        this.acceptor = acceptor;
        this.nanoTime = nanoTime;
    }

    /**
     * As the disk has it.
     *
     * @param changed told after each change of what is agreed
     */
    static Electorate of(Cluster cluster, Archive archive, LongSupplier nanoTime, Runnable changed) throws JoinRefused {
        String directory = archive.directory();
        if (directory == null || cluster.sizeMax() <= cluster.expectedSize()) {
            return new Electorate(
                    cluster, new Acceptor(Acceptor.none(cluster.expectedSize()), vote -> changed.run()), nanoTime);
        }
        AgreementFile file = new AgreementFile(Path.of(directory));
        Vote kept = file.read(cluster.expectedSize());
        return new Electorate(
                cluster,
                new Acceptor(kept, vote -> {
                    file.keep(vote);
                    changed.run();
                }),
                nanoTime);
    }

    /** Whether the size may become another one. */
    boolean isElastic() {
        return cluster.sizeMax() > cluster.expectedSize();
    }

    Acceptor acceptor() {
        return acceptor;
    }

    Agreement agreement() {
        return acceptor.state().agreement();
    }

    /** How many nodes there are meant to be. */
    int size() {
        return isElastic() ? agreement().size() : cluster.expectedSize();
    }

    /** Nodes that must be there before anything is written or read. */
    int majority() {
        return isElastic() ? agreement().majority() : cluster.expectedSize() / 2 + 1;
    }

    /** Whether it is agreed on who counts. */
    boolean isFounded() {
        return isElastic() && agreement().version() > 0;
    }

    /** Whether a node of this name counts for a majority. */
    boolean counts(String name) {
        if (!isElastic()) {
            return true;
        }
        Agreement agreed = agreement();
        return agreed.version() == 0
                ? mayFound(name)
                : agreed.now().names().contains(name) || agreed.before().names().contains(name);
    }

    /** Pods behind the first ones come when a cluster grows: alone they must not make one of their own. */
    boolean mayFound(String name) {
        Matcher ordinal = ORDINAL.matcher(name);
        return cluster.mode() != ClusterMode.KUBERNETES
                || !ordinal.matches()
                || Integer.parseInt(ordinal.group(1)) < cluster.expectedSize();
    }

    /** From now on it asks to be let in. */
    void stand() {
        candidate = true;
    }

    void know(Supplier<Set<UUID>> identities) {
        present = identities;
    }

    // --- who has left

    /** Names of those who said that they leave, at least so long ago. */
    Set<String> departed(long millis) {
        Set<String> names = ConcurrentHashMap.newKeySet();
        departed.forEach((name, since) -> {
            if (millis(since) >= millis) {
                names.add(name);
            }
        });
        return names;
    }

    private long millis(long since) {
        return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - since);
    }

    /** They are there, again or still. */
    void returned(Collection<String> names) {
        departed.keySet().removeAll(names);
    }

    private void left(String name, long millisAgo) {
        long since = nanoTime.getAsLong() - TimeUnit.MILLISECONDS.toNanos(millisAgo);
        departed.merge(name, since, Math::min);
    }

    /** What another one knows of who has left. */
    void hear(JsonObject answer) {
        answer.getJsonObject("departed", new JsonObject())
                .forEach(each -> left(each.getKey(), ((Number) each.getValue()).longValue()));
    }

    // --- what others ask

    static JsonObject asking() {
        return new JsonObject().put("ask", "state");
    }

    static JsonObject preparing(Ballot ballot) {
        return new JsonObject().put("ask", "prepare").put("ballot", VoteJson.of(ballot));
    }

    static JsonObject accepting(Ballot ballot, Agreement agreement) {
        return new JsonObject()
                .put("ask", "accept")
                .put("ballot", VoteJson.of(ballot))
                .put("agreement", VoteJson.of(agreement));
    }

    /** A node says that it leaves on purpose. */
    static JsonObject leaving(String name) {
        return new JsonObject().put("ask", "leaving").put("node", name);
    }

    /** A node asks the eldest whether it may leave now: one after the other. */
    static JsonObject turn(UUID identity) {
        return new JsonObject().put("ask", "turn").put("member", identity.toString());
    }

    /** What this node answers; with whatever it does not know, too, what it has. */
    JsonObject answer(JsonObject question) {
        return switch (question.getString("ask", "")) {
            case "prepare" -> tell(acceptor.prepare(VoteJson.ballot(question.getJsonArray("ballot"))));
            case "accept" ->
                tell(acceptor.accept(
                        VoteJson.ballot(question.getJsonArray("ballot")),
                        VoteJson.agreement(question.getJsonObject("agreement"))));
            case "leaving" -> {
                left(question.getString("node", ""), 0);
                yield tell(acceptor.state());
            }
            case "turn" -> new JsonObject().put("granted", grant(UUID.fromString(question.getString("member"))));
            default -> tell(acceptor.state());
        };
    }

    private JsonObject tell(Vote vote) {
        JsonObject gone = new JsonObject();
        departed.forEach((name, since) -> gone.put(name, millis(since)));
        return VoteJson.of(vote).put("candidate", candidate).put("departed", gone);
    }

    private synchronized boolean grant(UUID member) {
        UUID former = leaving;
        boolean free = former == null || former.equals(member) || !present.get().contains(former);
        if (free) {
            leaving = member;
        }
        return free;
    }
}
