package io.coppice.mqtt;

/** The kinds of control packet (MQTT 5, 2.1.2), in the order of their wire values; WILL stands for the will properties inside CONNECT. */
public enum PacketType {
    RESERVED,
    CONNECT,
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    SUBACK,
    UNSUBSCRIBE,
    UNSUBACK,
    PINGREQ,
    PINGRESP,
    DISCONNECT,
    AUTH,
    WILL;

    /** The four-bit wire value, 1 to 15. */
    public int code() {
        return ordinal();
    }
}
