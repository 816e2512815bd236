package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.coppice.cluster.VersionInEffect.Claim;
import io.coppice.port.Archive;
import io.coppice.port.WireVersions;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what the other members read, promise and write, and takes the version of this one along; on a thread of its own. */
final class Versions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Versions.class);
    private static final long LOOK_MILLIS = 1_000;
    private static final String WIRE = "wire";
    private static final String TELL = "wire";
    private static final String GREET = "greet";

    private final HazelcastMember member;
    private final VersionInEffect version;
    private final Archive archive;
    private final BackgroundLoop background = new BackgroundLoop("coppice-versions");
    /** What others said last, by their identity. */
    private volatile Map<UUID, Claim> heard = Map.of();

    private int told;
    private boolean unkept;

    Versions(HazelcastMember member, VersionInEffect version, Archive archive) {
        this.member = member;
        this.version = version;
        this.archive = archive;
    }

    /** As the disk has it. */
    static VersionInEffect inEffect(MemberSettings settings, Archive archive, LongSupplier nanoTime)
            throws JoinRefused {
        WireVersions known = settings.wire();
        String directory = archive.directory();
        if (directory == null) {
            return new VersionInEffect(known, VersionInEffect.none(known), kept -> {}, nanoTime);
        }
        VersionFile file = new VersionFile(Path.of(directory));
        return new VersionInEffect(known, file.read(known), file, nanoTime);
    }

    /** Looks from now on. */
    void begin() {
        told = version.written();
        archive.writes(told);
        background.execute(this::tick);
    }

    private void tick() {
        try {
            look();
            unkept = false;
        } catch (HazelcastInstanceNotActiveException gone) {
            LOG.debug("nobody is there any more to ask", gone);
            return;
        } catch (UncheckedIOException fault) {
            if (!unkept) {
                LOG.warn(
                        getMarker("version-not-kept"),
                        "The version that all nodes may write cannot be kept, and so does not go up; it is tried again each second: {}",
                        String.valueOf(fault.getCause()));
            }
            unkept = true;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return;
        }
        background.after(LOOK_MILLIS, this::tick);
    }

    private void look() throws InterruptedException {
        List<Member> others = member.instance().getCluster().getMembers().stream()
                .filter(each -> !each.localMember())
                .toList();
        Map<UUID, Claim> claims = new HashMap<>();
        AgreeOperation.ask(member.instance(), others, new JsonObject().put("ask", TELL))
                .forEach((other, answer) -> {
                    Claim claim = claim(other, answer);
                    if (claim != null) {
                        claims.put(other.getUuid(), claim);
                    }
                });
        heard = Map.copyOf(claims);
        if (claims.size() == others.size()) {
            version.look(
                    claims.values(),
                    member.members().size() >= member.electorate().size());
        }
        int written = version.written();
        if (written > told) {
            archive.writes(written);
            LOG.info(
                    getMarker("version-raised"),
                    "Node {} writes version {} from now on, which all nodes of cluster {} read: who does not is let in no more",
                    member.settings().id(),
                    written,
                    member.settings().cluster().name());
            told = written;
        }
    }

    /** What a member reads and writes, as far as is known. */
    WireVersions of(Member other, WireVersions atItsStart) {
        Claim claim = other.localMember() ? version.claim() : heard.get(other.getUuid());
        return claim == null ? atItsStart : new WireVersions(claim.oldest(), claim.written(), claim.newest());
    }

    @Override
    public void close() {
        background.close();
    }

    // --- what is asked

    static boolean isAsked(JsonObject question) {
        String ask = question.getString("ask", "");
        return ask.equals(TELL) || ask.equals(GREET);
    }

    /** Somebody asks to come, who reads up to a version. */
    static JsonObject greeting(int newest) {
        return new JsonObject().put("ask", GREET).put("newest", newest);
    }

    static JsonObject answer(VersionInEffect version, JsonObject question) {
        Claim claim = question.getString("ask", "").equals(GREET)
                ? version.greet(question.getInteger("newest"))
                : version.claim();
        return new JsonObject()
                .put(
                        WIRE,
                        new JsonObject()
                                .put("oldest", claim.oldest())
                                .put("newest", claim.newest())
                                .put("wanted", claim.wanted())
                                .put("promised", claim.promised())
                                .put("written", claim.written()));
    }

    /** What a member has answered. A release from before there was this question writes one version for all of its life. */
    static @Nullable Claim claim(Member other, JsonObject answer) {
        JsonObject json = answer.getJsonObject(WIRE);
        if (json != null) {
            return new Claim(
                    json.getInteger("oldest"),
                    json.getInteger("newest"),
                    json.getInteger("wanted"),
                    json.getInteger("promised"),
                    json.getInteger("written"));
        }
        MemberTraits traits = MemberTraits.of(other);
        if (traits == null) {
            return null;
        }
        WireVersions wire = traits.wire();
        return new Claim(wire.oldest(), wire.newest(), wire.spoken(), wire.spoken(), wire.spoken());
    }
}
