package io.coppice.port;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.TopicFilter;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Follows clients and messages on this node, for operators who want to know what becomes of them. Costs the others nothing but the
 * question whether somebody follows. To be told on any thread.
 */
public interface Tracing {
    /**
     * What is followed: one of a client, a topic and an address is not null.
     *
     * @param number the same on all nodes; never 0
     * @param client by its identifier: its packets, and what becomes of what it publishes and is sent
     * @param topic what is published to the topics that it matches; no shared subscription's
     * @param address as {@code client}, of the clients whose address, without port, it is true of
     * @param sample of so many messages one is followed; 1 for all. What is about no message is always told
     * @param until when it ends by itself, milliseconds since the epoch
     */
    record Wanted(
            long number,
            @Nullable String client,
            @Nullable TopicFilter topic,
            @Nullable Predicate<String> address,
            int sample,
            long until) {}

    /** What happens. */
    enum Event {
        /** A client has connected to a listener. */
        OPENED,
        /** A packet has come from a client. */
        RECEIVED,
        /** A packet is on its way to a client, once what it depends on is stored. */
        SENT,
        /** The connection of a client has ended, or is about to. */
        CLOSED,
        /** A will is published. */
        WILL,
        /** An operator publishes. */
        PUBLISHED,
        /** It is known whom a message is for. */
        MATCHED,
        /** A message is retained, or clears what was. */
        RETAINED,
        /** A message leaves for another node. */
        FORWARDED,
        /** A message has come from another node. */
        ARRIVED,
        /** A message waits in the queue of a session. */
        QUEUED,
        /** A message goes no further, to one client or to anybody. */
        DROPPED
    }

    /**
     * One thing that has happened; of what there is none of it is null, 0 or, where 0 means something, -1.
     *
     * @param message by which a message is named on all nodes
     * @param hops from node to node behind it
     * @param client whose packet, queue or connection it is
     * @param size bytes of the payload
     * @param reason a reason code in words, or the label of a {@link io.coppice.session.DropReason}
     * @param node the other one
     * @param detail in words
     */
    record Step(
            Event event,
            long message,
            int hops,
            @Nullable String client,
            @Nullable String topic,
            @Nullable PacketType packet,
            int qos,
            int packetId,
            int size,
            @Nullable String reason,
            @Nullable String node,
            @Nullable String detail) {}

    /**
     * Begins; one of the same number that is already there goes on as it is.
     *
     * @param told on whatever loop something happens, and not to do more than to note it
     */
    void begin(Wanted wanted, Consumer<Step> told);

    /**
     * Makes spans of messages from now on: of those whose publisher makes spans of them (the User Property {@code traceparent}), and of some
     * others. Whoever gets one gets it with a {@code traceparent} of this broker.
     *
     * @param sample of so many others one; 0 for none
     */
    void spans(Spans told, int sample);

    /** Ends it before its time; nothing is told on a loop once that loop has heard of it. */
    void end(long number);
}
