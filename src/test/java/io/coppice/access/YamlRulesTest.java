package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.TopicName;
import io.coppice.port.ClientCertificate;
import io.coppice.port.Gatekeeper.Identity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlRulesTest {
    private static final Path FILE = Path.of("rules.yaml");
    private static final ClientCertificate LATHE = new ClientCertificate(
            "CN=lathe,O=Example",
            "lathe",
            List.of("other.example.org", "lathe.workshop.example.org"),
            List.of("lathe@example.org"),
            List.of("urn:lathe"),
            "1f",
            "CN=ca,O=Example Workshop,C=AQ");

    private static YamlRules read(String text) {
        try {
            return YamlRules.read(FILE, text, RuleFile.RULES_MAX);
        } catch (ConfigException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static List<String> faults(String text) {
        return catchThrowableOfType(ConfigException.class, () -> YamlRules.read(FILE, text, 3))
                .faults();
    }

    private static String access(RuleBook book, Identity who, String topic) {
        int allowed = book.rightsOf(who).allowed(TopicName.of(topic));
        return ((allowed & TopicRules.READ) == 0 ? "-" : "r") + ((allowed & TopicRules.WRITE) == 0 ? "-" : "w");
    }

    private static Identity who(String user) {
        return MosquittoAclTest.who("c1", user);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "device-7, 198.51.100.1:1, devices/device-7/state, -w",
                "device-7, 198.51.100.1:1, devices/device-8/state, --",
                "device-7, 198.51.100.1:1, devices/device-7/firmware, --",
                "device-7, 198.51.100.1:1, commands/device-7/on, r-",
                "device-/, 198.51.100.1:1, devices/device-//state, --",
                "device-+, 198.51.100.1:1, devices/device-7/state, --",
                "device-#, 198.51.100.1:1, commands/device-7/on, --",
                "anna, 198.51.100.1:1, devices/device-7/state, r-",
                "anna, 198.51.100.1:1, devices/device-7/firmware, --",
                "anna, 198.51.100.1:1, commands/device-7/on, --",
                "anna, 192.0.2.77:50214, commands/device-7/on, -w",
                "anna, [2001:db8:1:2::3]:50214, commands/device-7/on, -w",
                "anna, [2001:db8:2::3]:50214, commands/device-7/on, --",
                "anna, [::ffff:192.0.2.77]:50214, commands/device-7/on, -w",
                "anna, somewhere:50214, commands/device-7/on, --",
                "anna, 198.51.100.1:1, $SYS/broker/uptime, r-",
                "bob, 192.0.2.77:50214, commands/device-7/on, --",
                "carl, 192.0.2.77:50214, devices/device-7/state, --",
                "-, 198.51.100.1:1, news/today, r-",
                "carl, 198.51.100.1:1, news/today, --",
            })
    @Hostile("B55")
    void theExampleMeansWhatItSays(String user, String address, String topic, String access) throws Exception {
        YamlRules rules = read(Files.readString(Path.of("conf", "rules-example.yaml")));

        assertThat(access(rules, new Identity("c", user, address, "mqtt", null), topic))
                .isEqualTo(access);
    }

    @Test
    void aCertificateCounts() throws Exception {
        YamlRules rules = read(Files.readString(Path.of("conf", "rules-example.yaml")));

        assertThat(access(rules, new Identity("c", null, "192.0.2.1:1", "mqtts", LATHE), "workshop/1"))
                .isEqualTo("rw");
        assertThat(access(rules, new Identity("c", null, "192.0.2.1:1", "mqtts", null), "workshop/1"))
                .isEqualTo("--");
        assertThat(access(rules, new Identity("c", null, "192.0.2.1:1", "mqtt", LATHE), "workshop/1"))
                .isEqualTo("--");
    }

    @ParameterizedTest
    @CsvSource({
        "'subject: CN=lathe,*', rw",
        "'subject: CN=drill,*', --",
        "'common-name: lathe', rw",
        "'common-name: lath', --",
        "'dns-name: other.example.org', rw",
        "'dns-name: \"*.example.com\"', --",
        "'email: \"*@example.org\"', rw",
        "'uri: urn:*', rw",
        "'uri: url:*', --",
        "'issuer: \"*O=Example Workshop*\"', rw",
        "'{common-name: lathe, uri: url:*}', --",
    })
    void everyAttributeOfACertificateCanBeAskedFor(String wanted, String access) {
        String mapping = wanted.startsWith("{")
                ? wanted
                : "{" + wanted.replace("CN=lathe,*", "'CN=lathe,*'").replace("CN=drill,*", "'CN=drill,*'") + "}";
        YamlRules rules = read("rules: [{certificate: " + mapping + ", readwrite: a}]");

        assertThat(access(rules, new Identity("c", null, "192.0.2.1:1", "mqtts", LATHE), "a"))
                .isEqualTo(access);
    }

    @Test
    void denialsOutweighWhateverTheirPlace() {
        YamlRules rules = read("""
                rules:
                  - deny-read: a/b
                  - readwrite: a/#
                  - users: anna
                    readwrite: a/b
                  - users: anna
                    deny-write: a/c
                """);

        assertThat(access(rules, who("anna"), "a/b")).isEqualTo("-w");
        assertThat(access(rules, who("anna"), "a/c")).isEqualTo("r-");
        assertThat(access(rules, who("bob"), "a/c")).isEqualTo("rw");
    }

    @Test
    @Hostile("B55")
    void aDenialThatNamesTheClientCannotBeEscapedByItsName() {
        YamlRules rules = read("rules: [{readwrite: '#'}, {deny: 'private/%c'}]");

        assertThat(access(rules, MosquittoAclTest.who("a", null), "private/a")).isEqualTo("--");
        assertThat(access(rules, MosquittoAclTest.who("a", null), "private/b")).isEqualTo("rw");
        assertThat(access(rules, MosquittoAclTest.who("+", null), "private/b")).isEqualTo("--");
        assertThat(access(rules, MosquittoAclTest.who("a/b", null), "other")).isEqualTo("--");
    }

    @ParameterizedTest
    @CsvSource({".*", "x*", "?", "%u", "%c", "$(x)", "${username}", "[a-z]"})
    @Hostile("B56")
    void aNameIsTakenLetterByLetter(String name) {
        YamlRules rules = read("rules: [{readwrite: 'own/%c/#'}, {clients: x, read: others}]");

        assertThat(access(rules, MosquittoAclTest.who(name, "x"), "own/" + name + "/a"))
                .isEqualTo("rw");
        assertThat(access(rules, MosquittoAclTest.who(name, "x"), "own/x/a")).isEqualTo("--");
        assertThat(access(rules, MosquittoAclTest.who(name, "x"), "others")).isEqualTo("--");
    }

    @Test
    void aNameDoesNotOpenWhatTheBrokerSays() {
        YamlRules rules = read("rules: [{read: '%u/#'}]");

        assertThat(access(rules, who("$SYS"), "$SYS/broker/uptime")).isEqualTo("--");
        assertThat(access(rules, who("home"), "home/x")).isEqualTo("r-");
    }

    @Test
    void clientsAndUsersMayBeGivenTogetherAndAreBothAsked() {
        YamlRules rules = read("""
                rules:
                  - {clients: [c1, c2], users: [anna, "b*"], write: a}
                  - {clients: [c1], anonymous: false, read: b}
                """);

        assertThat(access(rules, who("anna"), "a")).isEqualTo("-w");
        assertThat(access(rules, who("bob"), "a")).isEqualTo("-w");
        assertThat(access(rules, who("carl"), "a")).isEqualTo("--");
        assertThat(access(rules, MosquittoAclTest.who("c3", "anna"), "a")).isEqualTo("--");
        assertThat(access(rules, who("carl"), "b")).isEqualTo("r-");
        assertThat(access(rules, who(null), "b")).isEqualTo("--");
    }

    @Test
    @Hostile("B57")
    void noRulesAllowNothing() {
        assertThat(access(read("rules: []"), who("anna"), "a")).isEqualTo("--");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|1|allowed: rules: and a list",
                "rules: x|1|allowed: rules: and a list",
                "[]|1|allowed: a mapping of rules",
                "rools: []|1|'rools' is not allowed; allowed: rules",
                "rules: [x]|1|a single value is not allowed; allowed: a mapping of anonymous, users, clients, addresses, "
                        + "listeners, certificate, read, write, readwrite, deny-read, deny-write, deny",
                "rules: [{user: anna, read: a}]|1|'user' is not allowed; allowed: anonymous, users",
                "rules: [{users: anna}]|1|grants and denies nothing",
                "rules: [{users: [], read: a}]|1|an empty list is not allowed",
                "rules: [{users: , read: a}]|1|nothing is not allowed; allowed: a text",
                "rules: [{users: {a: b}, read: a}]|1|a mapping is not allowed; allowed: a text",
                "rules: [{users: [[a]], read: a}]|1|a list is not allowed; allowed: a text",
                "rules: [{read: a, read: b}]|1|'read' is given twice",
                "rules: [{read: a+}]|1|topic filter 'a+'",
                "rules: [{read: $share/g/a}]|1|a shared subscription is judged by the filter inside",
                "rules: [{addresses: 10.0.0.0/33, read: a}]|1|'10.0.0.0/33' is not allowed; allowed: an IP address",
                "rules: [{addresses: localhost, read: a}]|1|'localhost' is not allowed; allowed: an IP address",
                "rules: [{anonymous: perhaps, read: a}]|1|allowed: true or false",
                "rules: [{certificate: {}, read: a}]|1|a certificate of which nothing is asked",
                "rules: [{certificate: {serial: 1}, read: a}]|1|'serial' is not allowed; allowed: subject, common-name",
                "rules: [{read: [a, b, c, d]}]|1|one filter too many; allowed: up to 3",
                "rules: [|1|not YAML",
                "rules: [{read: !!java.io.File a}]|1|not YAML: Global tag is not allowed",
            })
    void whatIsWrongIsToldWithItsLine(String text, int line, String allowed) {
        assertThat(faults(text).get(0)).startsWith("rules.yaml:" + line + ": ").contains(allowed);
    }

    @Test
    void theLineIsTheOneOfTheFault() {
        assertThat(faults("rules:\n  - users: anna\n    read:\n      - a\n      - b#\n"))
                .singleElement()
                .asString()
                .startsWith("rules.yaml:5: topic filter 'b#'");
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', true",
        "'', a, false",
        "*, '', true",
        "a*, a, true",
        "a*, ab, true",
        "a*, ba, false",
        "*b*, abc, true",
        "a?c, abc, true",
        "a?c, ac, false",
        "a*b*c, aXbYbZc, true",
        "a*b*c, aXbYbZ, false",
        "'a.c', abc, false",
        "'[a-z]', a, false",
        "**, x, true",
        "A, a, false",
    })
    void aGlobMatches(String glob, String text, boolean matches) {
        assertThat(new Glob(glob).matches(text)).isEqualTo(matches);
    }

    private static boolean mayStillPublish(RuleBook book, String user, String topic) {
        Publisher publisher = new Publisher("c1", user, Publisher.Kind.RULED, Publisher.NO_EPOCH);
        return (book.rightsOf(publisher).allowed(TopicName.of(topic)) & TopicRules.WRITE) != 0;
    }

    /** Of who published something that is stored neither address nor listener nor certificate are known. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "anna, plain/1, true",
                "bob, plain/1, false",
                "-, plain/1, false",
                "anna, from-there/1, true",
                "bob, from-there/1, false",
                "anna, with-certificate/anna/1, true",
                "bob, with-certificate/anna/1, false",
                "anna, somebody-there/1, true",
                "anna, denied-there/1, true",
                "anna, denied-to-her-there/1, false",
                "bob, denied-to-her-there/1, true",
                "anna, denied-there/anna/1, true",
                "anna, both/1, true",
                "carl, denied/1, false",
            })
    @Hostile({"B48", "B102"})
    void ofWhatIsStoredItIsAskedWhatItsPublishersNameTells(String user, String topic, boolean allowed) {
        YamlRules rules = read("""
                rules:
                  - users: anna
                    write: plain/#
                  - users: anna
                    addresses: 192.0.2.0/24
                    write: from-there/#
                  - listeners: mqtts
                    certificate:
                      issuer: "*"
                    write: with-certificate/%u/#
                  - addresses: 192.0.2.0/24
                    write: [somebody-there/#, both/#]
                    deny-write: both/#
                  - write: [denied-there/#, denied-to-her-there/#]
                  - addresses: 198.51.100.0/24
                    deny-write: [denied-there/+, "denied-there/%u/#"]
                  - users: anna
                    addresses: 198.51.100.0/24
                    deny-write: denied-to-her-there/#
                """);

        assertThat(mayStillPublish(rules, user, topic)).isEqualTo(allowed);
    }
}
