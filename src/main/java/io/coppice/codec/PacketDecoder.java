package io.coppice.codec;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes that one client sends into packets, and refuses with a {@link ProtocolError} whatever the
 * standard or the limits forbid (MQTT 5, 4.13). A packet's fields are read inside the packet's own bytes only.
 *
 * <p>The life of a connection: first CONNECT and nothing else. Then, if it named an Authentication Method, AUTH
 * and DISCONNECT; everything else waits in the buffer until {@link #established}. From then on all that a
 * connected client may send.
 *
 * <p>Not thread-safe. A {@link ProtocolError} leaves the reader index where the refused packet begins: asking
 * again gives the same error.
 */
public final class PacketDecoder {
    private enum Stage {
        NEW,
        CONNECTING,
        AUTHENTICATING,
        ESTABLISHED
    }

    private static final int HEADER_SIZE_MAX = 5;

    /** The longest protocol name, MQIsdp, with its length, and the level. */
    private static final int PROTOCOL_SIZE_MAX = 2 + 6 + 1;

    private DecoderLimits limits;
    private final DecoderScratch scratch;
    private Stage stage = Stage.NEW;
    private @Nullable ProtocolVersion version;
    private @Nullable TopicName lastTopic;
    private long claimedMaximumPacketSize = Long.MAX_VALUE;
    private int wanted;

    /** A decoder with a scratch of its own: for few connections. */
    public PacketDecoder(DecoderLimits limits) {
        this(limits, new DecoderScratch(1));
    }

    /** @param scratch that of the event loop on which the connection lives */
    public PacketDecoder(DecoderLimits limits, DecoderScratch scratch) {
        this.limits = limits;
        this.scratch = scratch;
    }

    /** Takes from now on every packet of a connected client, up to the size for such, in the form of a version. */
    public void established(ProtocolVersion agreed) {
        version = agreed;
        stage = Stage.ESTABLISHED;
    }

    /** As above, by the limits that the client is told of now. */
    public void established(ProtocolVersion agreed, DecoderLimits agreedLimits) {
        limits = agreedLimits;
        established(agreed);
    }

    /**
     * The version in which the client understands an answer: known as soon as the protocol name and level of
     * its CONNECT were read, even if they, or what came after, were refused; null until then and where they
     * are not those of MQTT.
     */
    public @Nullable ProtocolVersion claimedVersion() {
        return version;
    }

    /** The Maximum Packet Size of the client's CONNECT, in bytes: it holds for the answer to it, too (MQTT-3.1.2-24). */
    public long claimedMaximumPacketSize() {
        return claimedMaximumPacketSize;
    }

    /**
     * Bytes of the whole packet that {@link #decode} waits for, fixed header included, or 0 where its header
     * is not complete or nothing is waited for.
     */
    public int wanted() {
        return wanted;
    }

    /** Whether what follows a CONNECT waits for {@link #established}: reading more from the socket is no use. */
    public boolean holds() {
        return stage == Stage.CONNECTING;
    }

    /**
     * Decodes one packet and moves the reader index past it.
     *
     * @return null, and the reader index untouched, while more bytes are needed or {@link #holds}
     * @throws ProtocolError as soon as the bytes that are wrong are there: for a bad type, flags or length
     *     when the fixed header is
     */
    public @Nullable Packet decode(ByteBuf in) {
        wanted = 0;
        int start = in.readerIndex();
        int readable = in.readableBytes();
        if (readable == 0 || stage == Stage.CONNECTING) {
            return null;
        }
        int first = in.getUnsignedByte(start);
        checkFirst(first);
        int length = 0;
        int header = 1;
        int next;
        do {
            if (header == HEADER_SIZE_MAX) {
                throw PacketReader.malformed("Remaining Length has more than four bytes");
            }
            if (header == readable) {
                return null;
            }
            next = in.getByte(start + header);
            length |= (next & 0x7F) << (7 * (header - 1));
            header++;
        } while (next < 0);
        if (next == 0 && header > 2) {
            throw PacketReader.malformed("Remaining Length is longer than its value needs");
        }
        checkSize(in, start + header, header + length);
        if (stage != Stage.NEW) {
            FixedHeader.checkLength(FixedHeader.type(first), length, spoken());
        }
        if (readable < header + length) {
            wanted = header + length;
            return null;
        }
        Packet packet = body(first, in, start + header, length);
        in.readerIndex(start + header + length);
        return packet;
    }

    private void checkFirst(int first) {
        if (stage == Stage.NEW) {
            FixedHeader.checkConnect(first);
            return;
        }
        FixedHeader.checkFirst(first, spoken());
        if (stage == Stage.AUTHENTICATING) {
            PacketType type = FixedHeader.type(first);
            if (type != PacketType.AUTH && type != PacketType.DISCONNECT) {
                throw new ProtocolError(
                        ReasonCode.PROTOCOL_ERROR, type + " before the authentication is over (MQTT-3.1.2-30)");
            }
        }
    }

    private void checkSize(ByteBuf in, int body, int size) {
        int most = stage == Stage.ESTABLISHED ? limits.packetSizeMax() : limits.packetSizeBeforeConnectMax();
        if (size > most) {
            if (stage == Stage.NEW) {
                recognise(in, body);
            }
            throw new ProtocolError(
                    ReasonCode.PACKET_TOO_LARGE, "the packet has " + size + " bytes; the limit is " + most);
        }
    }

    /** Looks which version speaks in a CONNECT that is too large to be read, if that much of it is there: who is refused can be told why. */
    private void recognise(ByteBuf in, int body) {
        PacketReader reader = scratch.reader;
        reader.begin(in, body, Math.min(in.writerIndex() - body, PROTOCOL_SIZE_MAX));
        try {
            version = ConnectReader.versionToAnswer(reader.string("protocol name"), reader.oneByte("protocol level"));
        } catch (ProtocolError notThere) {
            // It is refused all the same, without an answer.
        } finally {
            reader.finish();
        }
    }

    private Packet body(int first, ByteBuf in, int index, int length) {
        PacketType type = FixedHeader.type(first);
        PacketReader reader = scratch.reader;
        scratch.properties.begin(limits.userPropertiesMax(), limits.propertiesBytesMax());
        try {
            if (type == PacketType.PUBLISH) {
                return publish(first, in, index, length);
            }
            reader.begin(in, index, length);
            if (type == PacketType.CONNECT) {
                return connect(reader);
            }
            return RequestReader.read(type, reader, scratch.properties, spoken());
        } finally {
            reader.finish();
        }
    }

    private Packet connect(PacketReader reader) {
        String protocolName = reader.string("protocol name");
        int level = reader.oneByte("protocol level");
        version = ConnectReader.versionToAnswer(protocolName, level);
        ProtocolVersion spoken = ConnectReader.version(protocolName, level);
        Packet.Connect connect = ConnectReader.read(reader, scratch.properties, spoken, limits);
        claimedMaximumPacketSize = connect.properties().number(Property.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE);
        stage = connect.properties().has(Property.AUTHENTICATION_METHOD) ? Stage.AUTHENTICATING : Stage.CONNECTING;
        return connect;
    }

    private Packet publish(int first, ByteBuf in, int index, int length) {
        PacketReader reader = scratch.reader;
        boolean v5 = spoken().isV5();
        Qos qos = Qos.of(first >> 1 & 3);
        boolean withIdentifier = qos != Qos.AT_MOST_ONCE;
        // The payload is copied once, from the buffer into an array of its own, so only the head is read here.
        int head = in.hasArray() ? length : PublishReader.headLength(in, index, length, withIdentifier, v5);
        reader.begin(in, index, head);
        TopicName topic = PublishReader.topicOrAlias(reader, limits, scratch.topics, lastTopic);
        int packetId = withIdentifier ? reader.packetIdentifier() : 0;
        Properties properties = Properties.NONE;
        int topicAlias = 0;
        long messageExpiryInterval = -1;
        if (v5) {
            PropertyReader propertyReader = scratch.properties;
            properties = propertyReader.read(reader, PacketType.PUBLISH);
            topicAlias = propertyReader.topicAlias();
            messageExpiryInterval = propertyReader.messageExpiryInterval();
        }
        if (topic != null) {
            lastTopic = topic;
        } else if (topicAlias == 0) {
            throw new ProtocolError(
                    v5 ? ReasonCode.PROTOCOL_ERROR : ReasonCode.TOPIC_NAME_INVALID,
                    "the topic name is empty and there is no Topic Alias");
        }
        int payloadOffset = head - reader.remaining();
        byte[] payload = payload(in, index + payloadOffset, length - payloadOffset);
        boolean dup = (first & 0x08) != 0;
        boolean retain = (first & 0x01) != 0;
        return new Packet.Publish(
                dup, qos, retain, topic, packetId, topicAlias, messageExpiryInterval, properties, payload);
    }

    private static byte[] payload(ByteBuf in, int index, int length) {
        if (length == 0) {
            return PacketReader.NOTHING;
        }
        byte[] payload = new byte[length];
        in.getBytes(index, payload);
        return payload;
    }

    private ProtocolVersion spoken() {
        ProtocolVersion known = version;
        if (known == null) {
            throw new IllegalStateException("no version before CONNECT");
        }
        return known;
    }
}
