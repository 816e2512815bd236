package io.coppice.blackbox;

/** Something that becomes one packet on the wire; {@link #packet()} gives the handles that spoil it. */
public interface Sendable {
    /** The packet, from here on changed byte for byte and not by meaning. */
    Packet packet();

    default byte[] bytes() {
        return packet().bytes();
    }
}
