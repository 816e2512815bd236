package io.coppice.blackbox;

/** What a CONNECT promised and demanded, against which the server's packets are held. */
record Announcement(
        long maximumPacketSize,
        long receiveMaximum,
        long topicAliasMaximum,
        boolean problemInformation,
        boolean responseInformation,
        boolean authenticationMethod) {

    /** What holds for a CONNECT without properties. */
    static final Announcement NONE = of(Props.of());

    static Announcement of(Props props) {
        return new Announcement(
                props.number(Property.MAXIMUM_PACKET_SIZE).orElse(Long.MAX_VALUE),
                props.number(Property.RECEIVE_MAXIMUM).orElse(65535L),
                props.number(Property.TOPIC_ALIAS_MAXIMUM).orElse(0L),
                props.number(Property.REQUEST_PROBLEM_INFORMATION).orElse(1L) == 1,
                props.number(Property.REQUEST_RESPONSE_INFORMATION).orElse(0L) == 1,
                props.has(Property.AUTHENTICATION_METHOD));
    }
}
