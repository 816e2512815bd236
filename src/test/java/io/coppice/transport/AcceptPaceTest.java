package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.ProtocolVersion;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AcceptPaceTest {
    private final EmbeddedChannel server = new EmbeddedChannel();
    private final List<EmbeddedChannel> accepted = new ArrayList<>();

    private void accept(int count) {
        for (int i = 0; i < count; i++) {
            EmbeddedChannel connection = new EmbeddedChannel();
            accepted.add(connection);
            server.writeInbound(connection);
        }
    }

    /** The loops of the next ones that were accepted take a turn. */
    private void take(int count) {
        for (int i = 0; i < count; i++) {
            accepted.remove(0).runPendingTasks();
        }
        server.runPendingTasks();
    }

    private boolean isAccepting() {
        return server.config().isAutoRead();
    }

    @Test
    void noMoreAreAcceptedThanTheLoopsKeepUpWith() {
        AcceptPace.install(server);
        AcceptPace.install(server);
        accept(AcceptPace.AHEAD_MAX - 1);
        assertThat(isAccepting()).isTrue();
        accept(1);
        assertThat(isAccepting()).isFalse();
        assertThat(server.inboundMessages()).as("passed on").hasSize(AcceptPace.AHEAD_MAX);
        take(AcceptPace.AHEAD_MAX / 2 - 1);
        assertThat(isAccepting()).isFalse();
        take(1);
        assertThat(isAccepting()).isTrue();
        accept(AcceptPace.AHEAD_MAX / 2);
        assertThat(isAccepting()).isFalse();
        take(AcceptPace.AHEAD_MAX);
        assertThat(isAccepting()).isTrue();
    }

    @Test
    void whatWasClosedInsteadOfRegisteredCountsNoMore() {
        AcceptPace.install(server);
        for (int i = 0; i < 3 * AcceptPace.AHEAD_MAX; i++) {
            server.writeInbound(new EmbeddedChannel(DefaultChannelId.newInstance(), false, false));
        }
        server.runPendingTasks();
        assertThat(isAccepting()).isTrue();
    }

    @Test
    void aServerThatWasClosedMeanwhileIsNotAskedToGoOn() {
        AcceptPace.install(server);
        accept(AcceptPace.AHEAD_MAX);
        server.close().syncUninterruptibly();
        take(AcceptPace.AHEAD_MAX);
        assertThat(isAccepting()).isFalse();
    }

    @Test
    void whoComesWhileTheLoopsAreBusyIsServedLater() {
        List<Peer> peers = new ArrayList<>();
        try (House house = House.tcp();
                Peer first = house.peer()) {
            first.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            CompletableFuture<Void> free = new CompletableFuture<>();
            for (var loop : house.listeners.loops()) {
                loop.execute(free::join);
            }
            for (int i = 0; i < 10 * AcceptPace.AHEAD_MAX; i++) {
                peers.add(house.peer().say(Bytes.connect(ProtocolVersion.V5)));
            }
            free.complete(null);
            assertThat(peers).allSatisfy(peer -> assertThat(peer.hear(5)).isEqualTo(Bytes.CONNACK_5));
        } finally {
            peers.forEach(Peer::close);
        }
    }
}
