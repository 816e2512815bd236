package io.coppice.cluster;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/** A vote as text, on disk and between members; what a later release adds is passed over. */
final class VoteJson {
    private VoteJson() {}

    static JsonObject of(Vote vote) {
        return new JsonObject()
                .put("granted", vote.granted())
                .put("promised", of(vote.promised()))
                .put("ballot", of(vote.ballot()))
                .put("agreement", of(vote.agreement()));
    }

    static JsonArray of(Ballot ballot) {
        return new JsonArray().add(ballot.round()).add(ballot.by());
    }

    static JsonObject of(Agreement agreement) {
        return new JsonObject()
                .put("version", agreement.version())
                .put("before", of(agreement.before()))
                .put("now", of(agreement.now()));
    }

    private static JsonObject of(VoterSet voters) {
        return new JsonObject().put("size", voters.size()).put("nodes", new JsonArray(List.copyOf(voters.names())));
    }

    /** @throws DecodeException where it is none */
    static Vote vote(JsonObject json) {
        return read(() -> new Vote(
                json.getBoolean("granted"),
                ballot(json.getJsonArray("promised")),
                ballot(json.getJsonArray("ballot")),
                agreement(json.getJsonObject("agreement"))));
    }

    /** @throws DecodeException where it is none */
    static Ballot ballot(JsonArray json) {
        return read(() -> new Ballot(json.getLong(0), Objects.requireNonNull(json.getString(1))));
    }

    /** @throws DecodeException where it is none */
    static Agreement agreement(JsonObject json) {
        return read(() -> new Agreement(
                json.getLong("version"), voters(json.getJsonObject("before")), voters(json.getJsonObject("now"))));
    }

    private static VoterSet voters(JsonObject json) {
        List<String> names = new ArrayList<>();
        json.getJsonArray("nodes").forEach(name -> names.add((String) name));
        return new VoterSet(json.getInteger("size"), new TreeSet<>(names));
    }

    private interface Reading<T> {
        T read();
    }

    private static <T> T read(Reading<T> reading) {
        try {
            return reading.read();
        } catch (NullPointerException | ClassCastException | IllegalArgumentException | IndexOutOfBoundsException odd) {
            throw new DecodeException("not what a node writes", odd);
        }
    }
}
