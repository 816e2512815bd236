package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.ProtocolVersion;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What we rely on inside Vert.x and vertx-mqtt. A failure here after an update means that they have changed. */
class VertxInsideTest {
    private static List<String> handlers(RecordingGate.Sink sink) {
        List<String> names = new ArrayList<>();
        House.onLoop(sink, () -> {
            for (Map.Entry<String, ChannelHandler> handler :
                    ((ChannelConnection) sink.connection).channel().pipeline()) {
                names.add(handler.getValue().getClass().getSimpleName());
            }
        });
        return names;
    }

    @Test
    void nothingButOurOwnHandlerStaysInThePipeline() {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            assertThat(handlers(house.nextSink())).containsExactly("FrameHandler");
        }
    }

    @Test
    void nothingOfThePROXYProtocolStaysInThePipeline() {
        try (House house = House.of(ListenerSpec.tcp("mqtt", "127.0.0.1", 0).withProxyProtocol(true, List.of()));
                Peer peer = house.peer()) {
            peer.say("PROXY TCP4 203.0.113.9 192.0.2.1 5000 1883\r\n");
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            assertThat(handlers(house.nextSink())).containsExactly("FrameHandler");
        }
    }

    @Test
    void eachContextHasAnEventLoopOfItsOwn() {
        Vertx vertx = Transport.vertx(3);
        try {
            assertThat(VertxInside.contexts(vertx, 3))
                    .extracting(VertxInside::eventLoop)
                    .doesNotHaveDuplicates()
                    .hasSize(3);
            assertThatThrownBy(() -> new Listeners(vertx, 4)).hasMessageContaining("3 event loops");
        } finally {
            House.await(vertx.close());
        }
    }

    @Test
    void socketsAreSetUpForSmallPacketsAndDeadPeers() {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            RecordingGate.Sink sink = house.nextSink();
            House.onLoop(sink, () -> {
                var channel = ((ChannelConnection) sink.connection).channel();
                assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY))
                        .isTrue();
                assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE))
                        .isTrue();
                assertThat(channel.parent().config().getOption(ChannelOption.SO_REUSEADDR))
                        .isTrue();
                assertThat(channel.parent().config().getOption(ChannelOption.SO_BACKLOG))
                        .isGreaterThanOrEqualTo(1024);
            });
        }
    }

    @Test
    void theNativeTransportIsUsedWhereThereIsOne() {
        try (House house = House.tcp();
                Peer peer = house.peer()) {
            peer.say(Bytes.connect(ProtocolVersion.V5)).hear(5);
            assertThat(((ChannelConnection) house.nextSink().connection).channel() instanceof EpollSocketChannel)
                    .isEqualTo(Epoll.isAvailable());
        }
    }
}
