package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.port.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnstileTest {
    private static final byte[] DISCONNECT = {(byte) 0xe0, 0};

    private final VirtualLoop loop = new VirtualLoop();

    /** What is due at once, and not what that leads to. */
    private void turn() {
        List<VirtualLoop.Timer> due = new ArrayList<>(loop.timers);
        loop.timers.clear();
        due.forEach(timer -> timer.task().run());
    }

    @Test
    void whoFindsTheTurnFullWaitsAndComesInOrderAFewAtATime() {
        List<Runnable> ends = new ArrayList<>();
        Turnstile turnstile = new Turnstile(new Loop() {
            @Override
            public int index() {
                return loop.index();
            }

            @Override
            public long now() {
                return loop.now();
            }

            @Override
            public void execute(Runnable task) {
                ends.add(task);
            }

            @Override
            public void after(long delayMillis, Runnable task) {
                loop.after(delayMillis, task);
            }
        });
        List<Integer> passed = new ArrayList<>();
        int all = 3 * Turnstile.SLICE + 1;
        for (int i = 0; i < all; i++) {
            int number = i;
            if (turnstile.asks(() -> passed.add(number))) {
                passed.add(number);
            }
        }
        assertThat(passed).hasSize(Turnstile.SLICE);
        ends.forEach(Runnable::run);
        assertThat(turnstile.asks(() -> passed.add(all)))
                .as("nobody overtakes those who wait")
                .isFalse();
        assertThat(turnstile.waiting()).isEqualTo(2 * Turnstile.SLICE + 2);
        turn();
        assertThat(passed).hasSize(2 * Turnstile.SLICE);
        turn();
        turn();
        assertThat(passed).isEqualTo(IntStream.rangeClosed(0, all).boxed().toList());
        assertThat(loop.timers).isEmpty();
    }

    @Test
    void withOneAtATimeNobodyWaits() {
        Turnstile turnstile = new Turnstile(loop);
        for (int i = 0; i < 10 * Turnstile.SLICE; i++) {
            assertThat(turnstile.asks(() -> {})).isTrue();
        }
    }

    // --- what a connection does meanwhile

    /** Others come or go in this turn until it is full. */
    private static void crowd(Embedded client) {
        for (int i = 0; i < Turnstile.SLICE; i++) {
            assertThat(client.share.turnstile.asks(() -> {})).isTrue();
        }
    }

    private static void nextTurns(Embedded client) {
        client.channel.runPendingTasks();
        client.channel.runPendingTasks();
        assertThat(client.share.turnstile.waiting()).isZero();
    }

    /** One read of the socket, and nothing after it. */
    private static void read(Embedded client, byte[] bytes) {
        ByteBuf in = client.gate.allocator.directBuffer(bytes.length);
        in.writeBytes(bytes);
        client.channel.pipeline().fireChannelRead(in);
    }

    private static void end(Embedded client) {
        client.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    @Test
    void aConnectWaitsAndWhatIsBehindItComesAfterIt() {
        Embedded client = Embedded.opened();
        crowd(client);
        read(client, Bytes.joined(Bytes.connect(ProtocolVersion.V5), Bytes.publish(0, 20)));
        read(client, Bytes.joined(Bytes.publish(1, 20), Bytes.PINGREQ));
        assertThat(client.sink.events).isEmpty();
        assertThat(client.channel.config().isAutoRead())
                .as("no more is read than has been")
                .isFalse();
        nextTurns(client);
        assertThat(client.sink.events).hasSize(4).first().isInstanceOf(Packet.Connect.class);
        assertThat(client.sink.events).last().isInstanceOf(Packet.PingReq.class);
        assertThat(client.channel.config().isAutoRead()).isTrue();
        client.finish();
    }

    @Test
    void aDisconnectAndTheEndBehindItWait() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        crowd(client);
        read(client, Bytes.joined(Bytes.publish(7, 20), DISCONNECT));
        end(client);
        assertThat(client.sink.events).singleElement().isInstanceOf(Packet.Publish.class);
        nextTurns(client);
        assertThat(client.sink.events).element(1).isInstanceOf(Packet.Disconnect.class);
        assertThat(client.sink.events).last().isEqualTo(RecordingGate.CLOSED);
        assertThat(client.channel.isOpen()).isFalse();
        client.finish();
    }

    @Test
    void anEndWithoutAWordWaits() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        crowd(client);
        end(client);
        assertThat(client.share.turnstile.waiting()).isEqualTo(1);
        assertThat(client.channel.isOpen()).isTrue();
        nextTurns(client);
        assertThat(client.sink.events).containsExactly(RecordingGate.CLOSED);
        client.finish();
    }

    @Test
    void whoIsNotReadFromWhenItsTurnComesIsHandledWhenItIsAgain() {
        Embedded client = Embedded.connected(ProtocolVersion.V5);
        crowd(client);
        read(client, DISCONNECT);
        client.sink.connection.reading(false);
        nextTurns(client);
        assertThat(client.sink.events).isEmpty();
        client.sink.connection.reading(true);
        nextTurns(client);
        assertThat(client.sink.events).singleElement().isInstanceOf(Packet.Disconnect.class);
        client.finish();
    }

    @Test
    void whoIsCutWhileItWaitsIsNotHandled() {
        Embedded client = Embedded.opened();
        crowd(client);
        read(client, Bytes.joined(Bytes.connect(ProtocolVersion.V5), Bytes.publish(0, 20)));
        client.share.cutAll();
        nextTurns(client);
        assertThat(client.sink.events).containsExactly(RecordingGate.CLOSED);
        client.finish();
    }
}
