package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the broker says of itself. */
@Timeout(60)
class SysTopicsIT {
    @RegisterExtension
    static final RunningNode NODE = RunningNode.with("sys.interval=200ms");

    @Test
    void anyClientMayReadThemAndHashAloneDoesNotBringThem() throws Exception {
        Peer reader = NODE.connected(Kind.PAHO3_TCP, "reader");
        reader.subscribe("$SYS/broker/clients/connected", 0);
        Received connected = reader.next();
        while (!connected.payload().equals("1")) {
            connected = reader.next();
        }
        Peer all = NODE.connected(Kind.HIVE5_TCP, "all");
        all.subscribe("#", 0);
        while (!connected.payload().equals("2")) {
            connected = reader.next();
        }
        all.hasNoOther(NODE.connected(Kind.HIVE5_TCP, "publisher"));
        Peer version = NODE.connected(Kind.HIVE3_WS, "version");
        version.subscribe("$SYS/broker/version", 0);
        assertThat(version.next().payload()).startsWith("coppice version ");
    }

    @Test
    void noClientMayWriteThem() throws Exception {
        Peer reader = NODE.connected(Kind.HIVE5_TCP, "reader");
        reader.subscribe("$SYS/forged/#", 0);
        long denied = NODE.metric("mqtt_authz_total{result=\"denied\"}");
        Wire forger = NODE.wire().connect5("forger");

        forger.send(Wire.publish5("$SYS/forged/a", new byte[] {'x'}, 1, 1));

        assertThat(forger.read(Wire.PUBACK).ackReason()).isEqualTo(0x87);
        assertThat(NODE.metric("mqtt_authz_total{result=\"denied\"}")).isEqualTo(denied + 1);
        Wire older = NODE.wire().connect3("older");
        older.send(Wire.packet(0x30, Wire.text("$SYS/forged/b"), new byte[] {'x'}));
        reader.hasNoOther(NODE.connected(Kind.HIVE5_TCP, "publisher"));
    }
}
