package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.instance.BuildInfoProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The minor of Hazelcast: members of two do not mix, so operators are told of a change. */
class HazelcastMinorTest {
    private static final String MINOR = "5.7";

    @Test
    void theMinorThatRunsIsTheOneThatIsPinnedAndDocumented() throws Exception {
        assertThat(BuildInfoProvider.getBuildInfo().getVersion()).startsWith(MINOR + ".");
        assertThat(Files.readString(Path.of("pom.xml")))
                .contains("<hazelcast.minor>[" + MINOR + ",5.8-0)</hazelcast.minor>")
                .contains("<include>com.hazelcast:hazelcast:${hazelcast.minor}</include>");
        assertThat(Files.readString(Path.of("src/docs/KUBERNETES.md"))).contains("Hazelcast " + MINOR + " ");
    }
}
