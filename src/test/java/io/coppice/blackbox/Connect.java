package io.coppice.blackbox;

import java.util.Arrays;

/** A CONNECT: well-formed until a method says otherwise, a clean start with keep alive off. */
public final class Connect implements Sendable {
    private record Will(byte[] topic, byte[] payload, int qos, boolean retain) {}

    private final Version version;
    private byte[] protocol;
    private int level;
    private int flags = -1;
    private boolean cleanStart = true;
    private int keepAlive;
    private byte[] clientId = {};
    private Will will;
    private Props willProps = Props.of();
    private byte[] user;
    private byte[] password;
    private Props props = Props.of();
    private long sessionExpiry = -1;

    Connect(Version version) {
        this.version = version;
        this.protocol = ByteWriter.utf8(version.protocol());
        this.level = version.level();
    }

    public Connect clientId(String id) {
        return clientId(ByteWriter.utf8(id));
    }

    public Connect clientId(byte[] id) {
        clientId = id;
        return this;
    }

    /** Clean Start of version 5, Clean Session of version 3.1.1. */
    public Connect cleanStart(boolean value) {
        cleanStart = value;
        return this;
    }

    /**
     * Resumes or begins a session that outlives the connection: Clean Start 0 and, in version 5, this Session Expiry
     * Interval beside the other properties.
     */
    public Connect persistent(long sessionExpirySeconds) {
        cleanStart = false;
        sessionExpiry = sessionExpirySeconds;
        return this;
    }

    /** Seconds; 0, the default here, turns it off. */
    public Connect keepAlive(int seconds) {
        keepAlive = seconds;
        return this;
    }

    public Connect will(String topic, String payload, int qos, boolean retain) {
        return will(ByteWriter.utf8(topic), ByteWriter.utf8(payload), qos, retain);
    }

    public Connect will(byte[] topic, byte[] payload, int qos, boolean retain) {
        will = new Will(topic, payload, qos, retain);
        return this;
    }

    public Connect willProps(Props value) {
        willProps = value;
        return this;
    }

    public Connect user(String name) {
        return user(ByteWriter.utf8(name));
    }

    public Connect user(byte[] name) {
        user = name;
        return this;
    }

    public Connect password(String secret) {
        return password(ByteWriter.utf8(secret));
    }

    public Connect password(byte[] secret) {
        password = secret;
        return this;
    }

    /** Replaces the properties; version 5 only. */
    public Connect props(Props value) {
        props = value;
        return this;
    }

    /** Connect flags as they stand on the wire, whatever fields follow. */
    public Connect flags(int value) {
        flags = value;
        return this;
    }

    /** Protocol name and level as they stand on the wire; the rest is written for the version all the same. */
    public Connect protocol(String name, int protocolLevel) {
        protocol = ByteWriter.utf8(name);
        level = protocolLevel;
        return this;
    }

    /** Whether name and level are those of the version for which it is written. */
    boolean isOfItsVersion() {
        return level == version.level() && Arrays.equals(protocol, ByteWriter.utf8(version.protocol()));
    }

    Announcement announcement() {
        return version.is5() ? Announcement.of(props) : Announcement.NONE;
    }

    @Override
    public Packet packet() {
        ByteWriter body = new ByteWriter()
                .prefixed(protocol)
                .int8(level)
                .int8(flags < 0 ? trueFlags() : flags)
                .int16(keepAlive);
        if (version.is5()) {
            body.raw(allProps().bytes());
        }
        body.prefixed(clientId);
        if (will != null) {
            if (version.is5()) {
                body.raw(willProps.bytes());
            }
            body.prefixed(will.topic()).prefixed(will.payload());
        }
        if (user != null) {
            body.prefixed(user);
        }
        if (password != null) {
            body.prefixed(password);
        }
        return Packet.of(PacketType.CONNECT, 0, body.bytes());
    }

    private Props allProps() {
        return sessionExpiry < 0 ? props : props.and(Property.SESSION_EXPIRY_INTERVAL, sessionExpiry);
    }

    private int trueFlags() {
        int value = cleanStart ? 0x02 : 0;
        if (will != null) {
            value |= 0x04 | will.qos() << 3 | (will.retain() ? 0x20 : 0);
        }
        return value | (password == null ? 0 : 0x40) | (user == null ? 0 : 0x80);
    }
}
