/**
 * A campaign of faults against real nodes: clients that others wrote log what they do and see, a nemesis kills, stops,
 * parts and starves the nodes, and a checker that knows nothing of either judges the log. {@code src/campaign/run} starts
 * it; a round is repeated by its fault, its seed and its number.
 */
package io.coppice.campaign;
