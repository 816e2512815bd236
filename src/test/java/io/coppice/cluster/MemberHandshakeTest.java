package io.coppice.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemberHandshakeTest {
    private static final int MILLIS_MAX = 20_000;
    private static final int HELLO_BYTES = 41;

    @TempDir
    Path directory;

    private Socket here;
    private Socket there;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            here = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
            there = listener.accept();
        }
    }

    @AfterEach
    void close() throws IOException {
        here.close();
        there.close();
    }

    private void reconnect() throws IOException {
        close();
        connect();
    }

    private MemberHandshake with(String... secrets) throws Exception {
        if (secrets.length == 0) {
            return new MemberHandshake(ClusterSecret.NONE, MILLIS_MAX);
        }
        Path file = Files.writeString(directory.resolve("secret"), String.join("\n", secrets));
        return new MemberHandshake(ClusterSecret.read(file.toString()), MILLIS_MAX);
    }

    /** What came of it on both ends: null where it went well. */
    private record Outcome(
            @Nullable Throwable coming, @Nullable Throwable taking) {}

    private Outcome meet(MemberHandshake coming, MemberHandshake taking) throws Exception {
        CompletableFuture<Throwable> taken = CompletableFuture.supplyAsync(() -> fault(() -> taking.accepted(there)));
        Throwable came = fault(() -> coming.connected(here));
        here.shutdownOutput();
        return new Outcome(came, taken.get(20, TimeUnit.SECONDS));
    }

    private interface Attempt {
        void run() throws IOException;
    }

    private static @Nullable Throwable fault(Attempt attempt) {
        try {
            attempt.run();
            return null;
        } catch (IOException fault) {
            return fault;
        }
    }

    private static void refused(@Nullable Throwable fault, NotAMember.Reason reason, String words) {
        assertThat(fault).isInstanceOf(NotAMember.class).hasMessageContaining(words);
        assertThat(((NotAMember) fault).reason()).isEqualTo(reason);
    }

    @Test
    void whoKnowsTheSameSecretIsLetInAndNoByteOfWhatFollowsIsRead() throws Exception {
        MemberHandshake taking = with("one secret of a cluster");
        CompletableFuture<Throwable> taken = CompletableFuture.supplyAsync(() -> fault(() -> taking.accepted(there)));
        with("one secret of a cluster").connected(here);
        here.getOutputStream().write("HZC".getBytes(US_ASCII));

        assertThat(taken.get(20, TimeUnit.SECONDS)).isNull();
        assertThat(there.getInputStream().readNBytes(3)).isEqualTo("HZC".getBytes(US_ASCII));
        assertThat(here.getSoTimeout()).isZero();
        assertThat(there.getSoTimeout()).isZero();
    }

    @Test
    void withoutASecretNodesKnowEachOther() throws Exception {
        assertThat(meet(with(), with())).isEqualTo(new Outcome(null, null));
    }

    @Test
    void bothEndsAreToldWhatIsWrong() throws Exception {
        Outcome wrong = meet(with("one secret of a cluster"), with("another secret of a cluster"));
        refused(wrong.coming(), NotAMember.Reason.SECRET, "it has another secret than this node");
        refused(wrong.taking(), NotAMember.Reason.SECRET, "it does not know the secret of this node");
    }

    @Test
    void whoHasNoSecretIsNotLetIn() throws Exception {
        Outcome none = meet(with(), with("one secret of a cluster"));
        refused(none.coming(), NotAMember.Reason.SECRET, "it asks for a secret, and this node has none");
        refused(none.taking(), NotAMember.Reason.SECRET, "it has no secret");
    }

    @Test
    void whoHasASecretDoesNotGoToThoseWhoHaveNone() throws Exception {
        Outcome none = meet(with("one secret of a cluster"), with());
        refused(none.coming(), NotAMember.Reason.SECRET, "it has no secret");
        refused(none.taking(), NotAMember.Reason.SECRET, "it asks for a secret, and this node has none");
    }

    @Test
    void secretsCanBeChangedNodeByNode() throws Exception {
        String former = "the former secret of a cluster";
        String next = "the next secret of a cluster";
        assertThat(meet(with(former), with(former, next))).isEqualTo(new Outcome(null, null));
        reconnect();
        assertThat(meet(with(next, former), with(former, next))).isEqualTo(new Outcome(null, null));
        reconnect();
        assertThat(meet(with(next), with(next, former))).isEqualTo(new Outcome(null, null));
    }

    @Test
    void whatWasSaidOnceOpensNothingASecondTime() throws Exception {
        byte[] said = new byte[HELLO_BYTES + ClusterSecret.PROOF_BYTES];
        MemberHandshake taking = with("one secret of a cluster");
        MemberHandshake coming = with("one secret of a cluster");
        try (Tap tap = new Tap(here)) {
            CompletableFuture<Throwable> taken =
                    CompletableFuture.supplyAsync(() -> fault(() -> taking.accepted(there)));
            coming.connected(tap);
            assertThat(taken.get(20, TimeUnit.SECONDS)).isNull();
            System.arraycopy(tap.written.toByteArray(), 0, said, 0, said.length);
        }
        reconnect();
        CompletableFuture<Throwable> taken = CompletableFuture.supplyAsync(() -> fault(() -> taking.accepted(there)));
        here.getOutputStream().write(said);

        refused(taken.get(20, TimeUnit.SECONDS), NotAMember.Reason.SECRET, "it does not know the secret");
    }

    /** Whoever does not know the secret sends back what it was told. */
    @Test
    void noProofIsGoodInTheOtherDirection() throws Exception {
        MemberHandshake coming = with("one secret of a cluster");
        CompletableFuture<Throwable> came = CompletableFuture.supplyAsync(() -> fault(() -> coming.connected(here)));
        byte[] hello = there.getInputStream().readNBytes(HELLO_BYTES);
        there.getOutputStream().write(hello);
        byte[] proof = there.getInputStream().readNBytes(ClusterSecret.PROOF_BYTES);
        there.getOutputStream().write(1);
        there.getOutputStream().write(proof);

        refused(came.get(20, TimeUnit.SECONDS), NotAMember.Reason.SECRET, "it does not prove that it knows the secret");
    }

    @Test
    void aStrangerIsToldNothing() throws Exception {
        MemberHandshake taking = with("one secret of a cluster");
        here.getOutputStream().write("HZC and whatever a member of Hazelcast says".getBytes(US_ASCII));

        refused(fault(() -> taking.accepted(there)), NotAMember.Reason.STRANGER, "does not speak as a node");
        assertThat(there.getInputStream().available()).isPositive();
        here.setSoTimeout(100);
        assertThatThrownBy(() -> here.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void whoGoesOrTricklesIsNotWaitedForLongerThanAllowed() throws Exception {
        MemberHandshake hurried = new MemberHandshake(ClusterSecret.NONE, 50);
        here.getOutputStream().write('c');
        assertThat(fault(() -> hurried.accepted(there))).isInstanceOf(SocketTimeoutException.class);
        assertThat(fault(() -> hurried.connected(here))).isInstanceOf(SocketTimeoutException.class);
        reconnect();
        here.shutdownOutput();
        MemberHandshake patient = with();
        assertThat(fault(() -> patient.accepted(there))).isInstanceOf(EOFException.class);
    }

    @Test
    void numbersAreNewOnEachConnection() throws Exception {
        MemberHandshake coming = new MemberHandshake(ClusterSecret.NONE, 50);
        fault(() -> coming.connected(here));
        fault(() -> coming.connected(here));
        byte[] one = there.getInputStream().readNBytes(HELLO_BYTES);
        byte[] other = there.getInputStream().readNBytes(HELLO_BYTES);

        assertThat(Arrays.copyOf(one, 9)).isEqualTo(Arrays.copyOf(other, 9));
        assertThat(one).isNotEqualTo(other);
    }
}
