package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.coppice.cluster.NotAMember.Reason;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class MemberRefusalsTest {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(MemberRefusals.class);
    private final ClusterCounters counters = new ClusterCounters();
    private long now;
    private final MemberRefusals refusals = new MemberRefusals(counters, () -> now);

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
        logger.setAdditive(true);
    }

    private List<String> lines() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void refused(String place, boolean accepted, Reason reason) {
        refusals.refused(place, accepted, new NotAMember(reason, "why"));
    }

    @Test
    void eachPlaceIsSaidOnceAMinute() {
        refused("/10.0.0.1:4711", true, Reason.SECRET);
        refused("/10.0.0.1:4712", true, Reason.SECRET);
        refused("/10.0.0.2:4711", true, Reason.STRANGER);
        assertThat(lines())
                .containsExactly(
                        "cluster.port: the connection from 10.0.0.1:4711 was ended: why",
                        "cluster.port: the connection from 10.0.0.2:4711 was ended: why");
        assertThat(counters.wrongSecrets()).isEqualTo(2);
        assertThat(counters.strangers()).isEqualTo(1);
        now += TimeUnit.MINUTES.toNanos(1);
        refused("/10.0.0.1:4713", true, Reason.SECRET);
        assertThat(lines()).hasSize(3);
    }

    @Test
    void manyPlacesFillNeitherLogNorMemory() {
        for (int i = 0; i < 1_000; i++) {
            refused("/10.0." + i / 250 + "." + i % 250 + ":1", true, Reason.STRANGER);
        }
        assertThat(lines()).hasSize(64);
    }

    @Test
    void whoSaysNothingIsCountedAlone() {
        refused("/10.0.0.1:4711", true, Reason.SILENT);
        assertThat(lines()).isEmpty();
        assertThat(counters.silentConnections()).isEqualTo(1);
    }

    @Test
    void whyThisNodeWasKeptOutIsRemembered() {
        refused("/10.0.0.1:4711", true, Reason.SECRET);
        assertThat(refusals.last()).isNull();
        refused("b/10.0.0.2:5701", false, Reason.SECRET);
        assertThat(refusals.last()).isEqualTo("the connection to b/10.0.0.2:5701 was ended: why");
    }
}
