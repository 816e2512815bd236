package io.coppice.blackbox;

import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a server sends is held against what it was told before. */
class ConversationTest {
    private static final String ACCEPTED = "20 03 00 00 00";

    private final Conversation conversation = new Conversation(V5);

    private void comes(String hex) {
        conversation.received(parsed(V5, hex));
    }

    private static Received parsed(Version version, String hex) {
        byte[] bytes = Hex.bytes(hex);
        return ReceivedParser.parse(version, bytes[0] & 0xFF, bytes.length, Arrays.copyOfRange(bytes, 2, bytes.length));
    }

    private void fails(String hex, String why) {
        assertThatThrownBy(() -> comes(hex)).isInstanceOf(AssertionError.class).hasMessageContaining(why);
    }

    private void announced(Props props) {
        conversation.announced(Announcement.of(props));
    }

    @Test
    void nothingComesBeforeConnack() {
        fails("D0 00", "before CONNACK");
        fails("E0 01 81", "before CONNACK");
    }

    @Test
    void connackComesOnce() {
        comes(ACCEPTED);
        fails(ACCEPTED, "second CONNACK");
    }

    @Test
    void nothingComesAfterARefusal() {
        comes("20 03 00 87 00");
        fails("D0 00", "after the last packet");
    }

    @Test
    void nothingComesAfterDisconnect() {
        comes(ACCEPTED);
        comes("E0 01 8E");
        fails("D0 00", "after the last packet");
    }

    @Test
    void nothingIsLargerThanTheMaximumPacketSize() {
        announced(Props.of(Property.MAXIMUM_PACKET_SIZE, 64));
        conversation.claims(64);
        assertThatThrownBy(() -> conversation.claims(65)).hasMessageContaining("at most 64");
    }

    @Test
    void whatIsUnacknowledgedKeepsTheReceiveMaximum() {
        announced(Props.of(Property.RECEIVE_MAXIMUM, 2));
        comes(ACCEPTED);
        comes("32 06 00 01 61 00 01 00");
        comes("34 06 00 01 61 00 02 00");
        conversation.sent(Packets.puback(1).bytes());
        comes("32 06 00 01 61 00 01 00");
        conversation.sent(Packets.pubrec(2).bytes());
        fails("32 06 00 01 61 00 03 00", "Receive Maximum of 2");
    }

    @Test
    void aPacketIdentifierInUseIsNotGivenAgain() {
        comes(ACCEPTED);
        comes("32 06 00 01 61 00 01 00");
        fails("3A 06 00 01 61 00 01 00", "packet id in use");
    }

    @Test
    void aRepetitionIsAllowedInVersion311() {
        Conversation old = new Conversation(V311);
        old.received(parsed(V311, "20 02 00 00"));
        old.received(parsed(V311, "32 05 00 01 61 00 01"));
        old.received(parsed(V311, "3A 05 00 01 61 00 01"));
        assertThatThrownBy(() -> old.received(parsed(V311, "32 05 00 01 61 00 01")))
                .hasMessageContaining("packet id in use");
    }

    @Test
    void topicAliasesStayWithinTheMaximumAndAreKnown() {
        announced(Props.of(Property.TOPIC_ALIAS_MAXIMUM, 2));
        comes(ACCEPTED);
        fails("30 06 00 00 03 23 00 01", "stands for nothing");
        comes("30 07 00 01 61 03 23 00 01");
        Received again = parsed(V5, "30 06 00 00 03 23 00 01");
        conversation.received(again);
        assertThat(again.topic()).isEqualTo("a");
        fails("30 07 00 01 61 03 23 00 03", "alias 3 of 2");
        fails("30 03 00 00 00", "neither topic nor alias");
    }

    @Test
    void responseInformationComesOnRequest() {
        fails("20 07 00 00 04 1A 00 01 61", "Response Information");
    }

    @Test
    void whatWasNotAskedForDoesNotCome() {
        announced(Props.of(Property.REQUEST_PROBLEM_INFORMATION, 0));
        comes(ACCEPTED);
        fails("40 08 00 01 10 04 1F 00 01 61", "problem information");
        fails("F0 00", "Authentication Method");
    }
}
