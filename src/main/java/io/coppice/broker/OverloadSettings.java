package io.coppice.broker;

/**
 * From when on a node takes on nothing more.
 *
 * @param heapPercentMax of the heap, in use after each of several collections; 0 for no limit
 * @param loopLagMillisMax by which loops are late again and again; 0 for no limit
 */
public record OverloadSettings(int heapPercentMax, long loopLagMillisMax) {
    public static final OverloadSettings NONE = new OverloadSettings(0, 0);
}
