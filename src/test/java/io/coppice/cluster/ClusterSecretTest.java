package io.coppice.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSecretTest {
    private static final byte[] SAID = "said".getBytes(UTF_8);
    private static final byte[] NEW = "0123456789 the new one".getBytes(UTF_8);

    @TempDir
    Path directory;

    private ClusterSecret secret(String text) throws Exception {
        return ClusterSecret.read(
                Files.writeString(directory.resolve("secret"), text).toString());
    }

    @Test
    void nothingIsAskedWithoutAFile() throws Exception {
        assertThat(ClusterSecret.read("").isAsked()).isFalse();
        assertThat(secret("0123456789 the new one").isAsked()).isTrue();
    }

    @Test
    void aProofIsGoodForWhatItProvesAndForTheSecretItWasMadeWith() throws Exception {
        ClusterSecret ours = secret("0123456789 the new one\n");
        ClusterSecret same = secret("0123456789 the new one");
        ClusterSecret other = secret("0123456789 the new onf");
        byte[] proof = ClusterSecret.prove(ours.own(), SAID, NEW);

        assertThat(same.keyOf(proof, SAID, NEW)).isEqualTo(ours.own());
        assertThat(same.keyOf(proof, NEW, SAID)).isNull();
        assertThat(other.keyOf(proof, SAID, NEW)).isNull();
        assertThat(ClusterSecret.NONE.keyOf(proof, SAID, NEW)).isNull();
    }

    @Test
    void aSecondSecretIsAcceptedAndNotProved() throws Exception {
        ClusterSecret old = secret("0123456789 the old one\n");
        ClusterSecret both = secret("0123456789 the new one\n0123456789 the old one\n");

        assertThat(both.keyOf(ClusterSecret.prove(old.own(), SAID), SAID)).isEqualTo(old.own());
        assertThat(old.keyOf(ClusterSecret.prove(both.own(), SAID), SAID)).isNull();
    }

    @Test
    void aFileThatIsNoneIsNamedAndNotQuoted() throws Exception {
        assertThatThrownBy(() -> ClusterSecret.read(directory.resolve("none").toString()))
                .isInstanceOf(JoinRefused.class)
                .hasMessageStartingWith(
                        "cluster.secret-file: " + directory.resolve("none") + ": there is no such file");
        assertThatThrownBy(() -> secret(""))
                .hasMessageContaining("it has 0 lines; allowed: one line or two, each of at least 16 characters");
        assertThatThrownBy(() -> secret("hush hush")).hasMessageContaining("line 1 is too short");
        assertThatThrownBy(() -> secret("0123456789 the new one\n\n")).hasMessageContaining("line 2 is too short");
        assertThatThrownBy(() -> secret("0123456789 the new one\n".repeat(3))).hasMessageContaining("it has 3 lines");
        assertThatThrownBy(() -> secret("0".repeat(5_000))).hasMessageContaining("larger than 4096 bytes");
        assertThatThrownBy(() -> ClusterSecret.read(directory.toString())).hasMessageContaining("cannot be read");
        assertThatThrownBy(() -> secret("hush hush"))
                .satisfies(fault -> assertThat(fault.toString()).doesNotContain("hush hush"));
        assertThat(secret("0123456789 the new one")).hasToString("a secret");
    }
}
