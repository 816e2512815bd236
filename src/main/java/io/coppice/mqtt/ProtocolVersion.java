package io.coppice.mqtt;

/** The protocol a client speaks, named by its CONNECT. */
public enum ProtocolVersion {
    /** MQTT 3.1: protocol name MQIsdp, level 3. */
    V3_1("MQIsdp", 3),
    /** MQTT 3.1.1: protocol name MQTT, level 4. */
    V3_1_1("MQTT", 4),
    /** MQTT 5.0: protocol name MQTT, level 5. */
    V5("MQTT", 5);

    private final String protocolName;
    private final int level;

    ProtocolVersion(String protocolName, int level) {
        this.protocolName = protocolName;
        this.level = level;
    }

    public String protocolName() {
        return protocolName;
    }

    /** The protocol level byte of CONNECT. */
    public int level() {
        return level;
    }

    /** Whether packets carry properties and reason codes. */
    public boolean isV5() {
        return this == V5;
    }
}
