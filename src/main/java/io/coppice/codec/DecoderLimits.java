package io.coppice.codec;

/**
 * What a packet may hold at most, beyond what the standard says. Everything is counted in bytes on the wire
 * unless it says otherwise.
 *
 * @param packetSizeBeforeConnectMax whole packet, fixed header included, until the connection is established;
 *     more is refused with 0x95
 * @param packetSizeMax whole packet from then on; more is refused with 0x95
 * @param topicLengthMax topic name of a PUBLISH or a will; more is refused with 0x90
 * @param topicLevelsMax levels of such a topic name; more are refused with 0x90
 * @param userPropertiesMax User Properties in one packet, those of its will included; more are refused with 0x97
 * @param propertiesBytesMax properties of one packet, those of its will included; more are refused with 0x97
 * @param clientIdLengthMax client identifier; more is refused with 0x85
 */
public record DecoderLimits(
        int packetSizeBeforeConnectMax,
        int packetSizeMax,
        int topicLengthMax,
        int topicLevelsMax,
        int userPropertiesMax,
        int propertiesBytesMax,
        int clientIdLengthMax) {}
