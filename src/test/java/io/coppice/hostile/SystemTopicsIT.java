package io.coppice.hostile;

import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the broker tells of itself under $SYS reaches only those who name it. */
@BlackBox
@BrokerSettings(value = "sys.interval=1s", alone = true)
@Execution(ExecutionMode.SAME_THREAD)
class SystemTopicsIT {
    private static final String UPTIME = "$SYS/broker/uptime";

    private final Broker broker;
    private final Names names;

    SystemTopicsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> versions() {
        return Cases.everywhere();
    }

    @ParameterizedTest(name = "over {0} in {1}")
    @MethodSource("versions")
    @Hostile("B53")
    void noWildcardInTheFirstLevelReachesTheBrokersOwnTopics(Transport transport, Version version) {
        List<String> wide = List.of("#", "+/#", "+/broker/#", "+/broker/uptime", "$share/g/#", "$share/h/+/broker/#");
        try (RawClient wild = broker.connect(transport, version, names.client("w"));
                RawClient named = broker.connect(transport, V5, names.client("n"))) {
            for (String filter : wide) {
                wild.subscribe(filter, 1); // retained messages of $SYS would come with this
            }
            wild.expectNothing();
            named.subscribe("$SYS/#", 0);
            named.subscribe(UPTIME, 0);
            int fresh = 0;
            while (fresh < 2) { // told anew, each second
                fresh += !named.receive().retain() ? 1 : 0;
            }
            wild.expectNothing();
            wild.publish(names.topic("a"), "all else", 1);
            assertThat(wild.receive().text()).isEqualTo("all else");
        }
    }
}
