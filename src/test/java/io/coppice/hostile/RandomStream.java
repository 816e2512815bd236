package io.coppice.hostile;

import static io.coppice.blackbox.Version.V31;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;

import io.coppice.blackbox.Connect;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Subscribe;
import io.coppice.blackbox.Unsubscribe;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What one client sends in its life, made from a seed: packets that are right in themselves, in any order, by clients
 * that share a few identifiers and topics; of most streams some bytes or packets are then changed.
 */
final class RandomStream {
    private static final List<String> TOPICS = List.of("fz/a", "fz/b", "fz/a/b", "fz/a/b/c", "fz//", "$fz/a", "fz/é");
    private static final List<String> FILTERS = List.of(
            "fz/a", "fz/#", "fz/+/b", "+/+", "#", "$share/g/fz/#", "$share/g/fz/a", "$share/h/+/a", "$SYS/#", "$fz/#");
    private static final int CLIENTS = 12;
    private static final int IDS = 8;

    private final SplittableRandom random;
    private final Version version;

    private RandomStream(long seed) {
        this.random = new SplittableRandom(seed);
        this.version = pick(List.of(V31, V311, V311, V5, V5, V5, V5));
    }

    /** Packets, or parts of such, in the order in which they are sent. */
    static List<byte[]> of(long seed) {
        return new RandomStream(seed).stream();
    }

    private List<byte[]> stream() {
        if (chance(20)) {
            return List.of(bytes(random.nextInt(1, 300)));
        }
        List<byte[]> packets = new ArrayList<>();
        packets.add(connect().bytes());
        for (int left = random.nextInt(25); left > 0; left--) {
            packets.add(packet().bytes());
        }
        if (!chance(3)) {
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                change(packets);
            }
        }
        return packets;
    }

    private void change(List<byte[]> packets) {
        int at = random.nextInt(packets.size());
        byte[] packet = packets.get(at);
        switch (random.nextInt(6)) {
            case 0 -> packets.remove(at);
            case 1 -> packets.add(random.nextInt(packets.size() + 1), packet);
            case 2 -> packets.set(at, Arrays.copyOf(packet, random.nextInt(packet.length + 1)));
            default -> packets.set(at, changed(packet));
        }
        if (packets.isEmpty()) {
            packets.add(bytes(1));
        }
    }

    private byte[] changed(byte[] packet) {
        if (packet.length == 0) {
            return bytes(3);
        }
        byte[] result = packet.clone();
        int at = chance(2) ? random.nextInt(Math.min(packet.length, 16)) : random.nextInt(packet.length);
        switch (random.nextInt(4)) {
            case 0 -> result[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> result[at] = pick(List.of((byte) 0, (byte) 0x7F, (byte) 0x80, (byte) 0xFF));
            case 2 -> result[at] = (byte) random.nextInt(256);
            default -> {
                byte[] more = bytes(random.nextInt(1, 5));
                result = Arrays.copyOf(packet, packet.length + more.length);
                System.arraycopy(packet, at, result, at + more.length, packet.length - at);
                System.arraycopy(more, 0, result, at, more.length);
                if (chance(2) && result.length < 0x80) {
                    result[1] = (byte) (result.length - 2); // the fields are wrong, the length is not
                }
            }
        }
        return result;
    }

    private Sendable connect() {
        Connect connect = Packets.connect(version, chance(10) ? "" : "fz" + random.nextInt(CLIENTS))
                .cleanStart(chance(2))
                .keepAlive(random.nextInt(3));
        if (chance(3)) {
            connect.will(pick(TOPICS), "will", random.nextInt(3), chance(4));
            connect.willProps(properties(Carrier.WILL));
        }
        if (chance(4)) {
            connect.user("user").password("secret");
        }
        if (chance(2)) {
            connect.props(properties(Carrier.CONNECT));
        }
        return connect;
    }

    private Sendable packet() {
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> publish();
            case 4, 5 -> {
                Subscribe subscribe = Packets.subscribe(version, id()).props(properties(Carrier.SUBSCRIBE));
                for (int left = random.nextInt(1, 4); left > 0; left--) {
                    int options = random.nextInt(3) | (version.is5() ? random.nextInt(12) << 2 : 0);
                    subscribe.filter(pick(FILTERS), options);
                }
                yield subscribe;
            }
            case 6 -> {
                Unsubscribe unsubscribe = Packets.unsubscribe(version, id());
                for (int left = random.nextInt(1, 4); left > 0; left--) {
                    unsubscribe.filter(pick(FILTERS));
                }
                yield unsubscribe;
            }
            case 7 -> Packets.puback(id());
            case 8 -> Packets.pubrec(id());
            case 9, 10 -> Packets.pubrel(id());
            case 11 -> Packets.pubcomp(id());
            case 12, 13 -> Packets.pingreq();
            case 14 -> chance(3) ? Packets.disconnect() : publish();
            default ->
                pick(List.of(
                        Packets.auth(),
                        Packets.connect(version, "fz0"),
                        Packets.packet(PacketType.SUBACK, 0, "00 01 00")));
        };
    }

    private Publish publish() {
        Publish publish = Packets.publish(version, chance(8) ? "" : pick(TOPICS))
                .qos(random.nextInt(3))
                .id(id())
                .payload(new byte[chance(20) ? random.nextInt(20_000) : random.nextInt(50)])
                .props(properties(Carrier.PUBLISH));
        if (chance(6)) {
            publish.retain();
        }
        return chance(6) ? publish.dup() : publish;
    }

    private Props properties(Carrier carrier) {
        Props props = Props.of();
        for (Property property : carrier.allowed()) {
            if (chance(5)) {
                switch (property) {
                    case USER_PROPERTY, CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION_DATA, AUTHENTICATION_METHOD ->
                        Carrier.add(props, property);
                    case MAXIMUM_PACKET_SIZE -> props.with(property, random.nextInt(20, 2000));
                    case PAYLOAD_FORMAT_INDICATOR, REQUEST_PROBLEM_INFORMATION, REQUEST_RESPONSE_INFORMATION ->
                        props.with(property, random.nextInt(2));
                    case AUTHENTICATION_DATA, REASON_STRING -> {}
                    default -> props.with(property, random.nextInt(1, 6));
                }
            }
        }
        return props;
    }

    private int id() {
        return random.nextInt(1, IDS);
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** One time in so many. */
    private boolean chance(int times) {
        return random.nextInt(times) == 0;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
