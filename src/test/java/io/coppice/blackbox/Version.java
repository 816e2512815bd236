package io.coppice.blackbox;

/** A protocol version by its name and level in CONNECT. */
public enum Version {
    V31("MQIsdp", 3),
    V311("MQTT", 4),
    V5("MQTT", 5);

    private final String protocol;
    private final int level;

    Version(String protocol, int level) {
        this.protocol = protocol;
        this.level = level;
    }

    public String protocol() {
        return protocol;
    }

    public int level() {
        return level;
    }

    public boolean is5() {
        return this == V5;
    }
}
