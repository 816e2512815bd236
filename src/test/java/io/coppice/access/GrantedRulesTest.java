package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import java.text.ParseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrantedRulesTest {
    private static RuleBook rules(String acl) {
        try {
            return GrantedRules.of(
                    JSONObjectUtils.parse("{\"acl\":" + acl + "}").get("acl"), 4);
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }

    private static String access(RuleBook rules, String topic) {
        int allowed = rules.rightsOf(MosquittoAclTest.who("lamp", "anna")).allowed(TopicName.of(topic));
        return ((allowed & TopicRules.READ) != 0 ? "r" : "-") + ((allowed & TopicRules.WRITE) != 0 ? "w" : "-");
    }

    @ParameterizedTest
    @CsvSource({
        "publish, -w", "pub, -w", "write, -w",
        "subscribe, r-", "sub, r-", "read, r-",
        "all, rw", "readwrite, rw"
    })
    void filtersStandByWhatTheyAreFor(String word, String access) {
        assertThat(access(rules("{\"" + word + "\":[\"a\",\"b/+\"]}"), "b/c")).isEqualTo(access);
        assertThat(access(rules("{\"" + word + "\":\"a\"}"), "a")).isEqualTo(access);
        assertThat(access(rules("{\"" + word + "\":[]}"), "a")).isEqualTo("--");
    }

    @ParameterizedTest
    @CsvSource({
        "deny-publish, r-", "deny-write, r-",
        "deny-subscribe, -w", "deny-read, -w",
        "deny, --"
    })
    void whatIsDeniedOutweighsWhatIsGranted(String word, String access) {
        RuleBook rules = rules("{\"" + word + "\":[\"a/b\"],\"all\":[\"a/#\"]}");

        assertThat(access(rules, "a/b")).isEqualTo(access);
        assertThat(access(rules, "a/c")).isEqualTo("rw");
    }

    @Test
    void aListOfRulesMeansTheSame() {
        RuleBook rules = rules("[{\"permission\":\"allow\",\"action\":\"all\",\"topic\":\"a/#\"},"
                + "{\"permission\":\"deny\",\"action\":\"publish\",\"topic\":[\"a/b\",\"a/c\"]}]");

        assertThat(access(rules, "a/b")).isEqualTo("r-");
        assertThat(access(rules, "a/d")).isEqualTo("rw");
    }

    @Test
    void namesAreFilledIn() {
        RuleBook rules = rules("{\"publish\":[\"a/%u/%c\",\"b/${username}/${clientid}\"]}");

        assertThat(access(rules, "a/anna/lamp")).isEqualTo("-w");
        assertThat(access(rules, "b/anna/lamp")).isEqualTo("-w");
        assertThat(access(rules, "b/bert/lamp")).isEqualTo("--");
    }

    @Test
    @Hostile({"B55", "B56"})
    void whatIsFilledInIsNotFilledInAgain() {
        RuleBook rules = rules("{\"publish\":[\"b/%c/#\"]}");

        for (String clientId : new String[] {"%u", "${username}", "+", "#"}) {
            Identity who = new Identity(clientId, "anna", "192.0.2.1:1", "mqtt", null);
            assertThat(rules.rightsOf(who).allowed(TopicName.of("b/anna/x")) & TopicRules.WRITE)
                    .as(clientId)
                    .isZero();
        }
    }

    @Test
    void whoMayDoEverythingMayNotPublishAsTheBroker() {
        RuleBook all = GrantedRules.everything();

        assertThat(access(all, "a/b")).isEqualTo("rw");
        assertThat(access(all, "$SYS/broker/uptime")).isEqualTo("r-");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7",
                "\"a/#\"",
                "null",
                "{\"allow\":[\"a\"]}",
                "{\"Publish\":[\"a\"]}",
                "{\"publish\":[7]}",
                "{\"publish\":null}",
                "{\"publish\":[[\"a\"]]}",
                "{\"publish\":{\"a\":1}}",
                "{\"publish\":[\"a#\"]}",
                "{\"publish\":[\"\"]}",
                "{\"publish\":[\"$share/g/a\"]}",
                "{\"publish\":[\"a\\tb\"]}",
                "{\"deny\":[\"eq a/+\"]}",
                "{\"deny\":[\"a/${cert_common_name}\"]}",
                "{\"publish\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}",
                "[\"a\"]",
                "[{\"permission\":\"allow\",\"action\":\"all\"}]",
                "[{\"permission\":\"allow\",\"action\":\"all\",\"topic\":\"a\",\"qos\":1}]",
                "[{\"permission\":\"Allow\",\"action\":\"all\",\"topic\":\"a\"}]",
                "[{\"permission\":\"allow\",\"action\":\"any\",\"topic\":\"a\"}]"
            })
    void whatIsNotUnderstoodIsRefusedAsAWhole(String acl) {
        assertThatThrownBy(() -> rules(acl))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the list of rights holds ");
    }
}
