package io.coppice.backup;

/**
 * How many lines of each kind there are.
 *
 * @param messages for the clients of the sessions, waiting or sent and not acknowledged
 * @param inbound QoS 2 messages of these clients that are not done with
 * @param seen publishers of whom a session remembers which QoS 2 messages it has had
 */
public record BackupCounts(long retained, long sessions, long subscriptions, long messages, long inbound, long seen) {}
