package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to ask whether a message may be published, by an ACL file of 10,000 rules that all are one user's. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RulesBenchmark {
    /** How many topics are asked about in turn: one or some that are remembered, or more than can be. */
    @Param({"1", "64", "10000"})
    public int topics = 1;

    private Permissions permissions = new OpenAuthorizer();
    private TopicName[] names = {};
    private int next;

    /** Reads the rules. */
    @Setup
    public void rules() throws ConfigException {
        StringBuilder acl = new StringBuilder("user anna\n");
        for (int i = 0; i < 10_000; i++) {
            acl.append("topic readwrite buildings/7/rooms/").append(i).append("/temp\n");
        }
        acl.append("pattern read in/%c/#\n");
        RuleBook book = MosquittoAcl.read(Path.of("acl"), acl.toString(), RuleFile.RULES_MAX);
        permissions = new RuledPermissions(new Identity("phone", "anna", "192.0.2.1:50214", "mqtt", null), () -> book);
        names = new TopicName[topics];
        for (int i = 0; i < topics; i++) {
            names[i] = TopicName.of("buildings/7/rooms/" + i + "/temp");
        }
    }

    /** One question. */
    @Benchmark
    public boolean publish() {
        next = next + 1 == names.length ? 0 : next + 1;
        return permissions.mayPublish(names[next], Qos.AT_MOST_ONCE, false);
    }
}
