package io.coppice.cluster;

/**
 * What a node answers to a proposal, and what it knows.
 *
 * @param granted whether it did what it was asked for
 * @param promised below this it takes nothing
 * @param ballot of what it holds
 */
record Vote(boolean granted, Ballot promised, Ballot ballot, Agreement agreement) {}
