package io.coppice.campaign;

import java.util.List;
import java.util.Map;

/**
 * Something that is done to nodes.
 *
 * @param name as it is given on the command line
 * @param words what it does
 * @param needs what the machine must offer
 * @param size how many nodes
 * @param settings of the nodes, over those of all campaigns
 * @param deed does it, and has undone it when it returns
 */
record Fault(String name, String words, List<Need> needs, int size, Map<String, String> settings, Deed deed) {
    /** What a fault may need. */
    enum Need {
        /** Network namespaces: root and iproute2. */
        NAMESPACES,
        /** A small file system for each node: root. */
        SMALL_DISK,
        /** A library between the nodes and the system: gcc. */
        SHIM,
        /** A program of ours, to be compiled: gcc. */
        GCC
    }

    interface Deed {
        void inflict(Scene scene, Traffic traffic) throws Exception;
    }

    static Fault of(String name, String words, Deed deed, Need... needs) {
        return new Fault(name, words, List.of(needs), 3, Map.of(), deed);
    }

    Fault with(int size, Map<String, String> settings) {
        return new Fault(name, words, needs, size, settings, deed);
    }

    /** What of it says how many nodes there are and how they are set up: faults that agree share a cluster. */
    String setup() {
        return size + " " + settings + " " + needs.contains(Need.SMALL_DISK) + " " + needs.contains(Need.SHIM);
    }
}
