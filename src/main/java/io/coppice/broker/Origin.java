package io.coppice.broker;

import io.coppice.port.NodeId;

/** The loop that handed a message on: together with the message's stamp it says which of two messages came first. */
record Origin(NodeId node, int shard) {}
