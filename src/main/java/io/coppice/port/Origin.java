package io.coppice.port;

/** The loop that handed a message on: together with the message's stamp it says which of two messages came first. */
public record Origin(NodeId node, int shard) {}
