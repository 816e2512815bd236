package io.coppice.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RelayTest {
    @Test
    void carriesBothWaysUntilItCuts() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Relay relay = new Relay(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
                Socket client =
                        new Socket(relay.address().getAddress(), relay.address().getPort());
                Socket accepted = server.accept()) {
            client.getOutputStream().write(7);
            assertThat(accepted.getInputStream().read()).isEqualTo(7);
            accepted.getOutputStream().write(8);
            assertThat(client.getInputStream().read()).isEqualTo(8);
            relay.cut();
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThatThrownBy(() -> accepted.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void saysNothingOfWhatItSwallowsWhileItIsSilent() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Relay relay = new Relay(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
                Socket client =
                        new Socket(relay.address().getAddress(), relay.address().getPort());
                Socket accepted = server.accept()) {
            relay.silence(true);
            client.getOutputStream().write(1);
            client.shutdownOutput(); // it has read all of it when it closes the other side
            assertThat(accepted.getInputStream().read()).isEqualTo(-1);
        }
    }
}
