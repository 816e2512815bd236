package io.coppice.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.coppice.access.TokenCheck.Fault;
import io.coppice.access.TokenCheck.Outcome;
import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig.Jwt;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Credentials;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.net.URI;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCheckTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final RSAKey RSA = Tokens.rsa("r");
    private static final RSAKey OTHER_RSA = Tokens.rsa("r");
    private static final ECKey EC = Tokens.ec(Curve.P_256, "e");

    private static KeySet keys(JWK... keys) {
        return KeySet.ofJwks(Tokens.jwks(keys), true);
    }

    private static Jwt settings(String... further) {
        List<String> all = new ArrayList<>(List.of("security.jwt.jwks-file=keys"));
        Stream.of(further).map("security.jwt."::concat).forEach(all::add);
        try {
            return ConfigLoader.load(null, Map.of(), all).security().jwt();
        } catch (ConfigException e) {
            throw new AssertionError(e);
        }
    }

    private static Credentials shown(@Nullable String user) {
        return new Credentials("lamp", user, null, "192.0.2.1:5", "mqtt", null);
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder().subject("anna").expirationTime(new Date(NOW + 60_000));
    }

    private static Outcome check(byte[] token, KeySet keys, String... settings) {
        return new TokenCheck(settings(settings), 3).check(token, shown("said"), keys, NOW);
    }

    private static Outcome check(JWTClaimsSet.Builder claims, String... settings) {
        return check(Tokens.signed(EC, "ES256", claims.build()), keys(EC), settings);
    }

    private static @Nullable Fault fault(JWTClaimsSet.Builder claims, String... settings) {
        return check(claims, settings).fault();
    }

    private static Permissions permissions(Outcome outcome, String clientId) {
        Identity who = new Identity(
                clientId,
                outcome.opinion().userName(),
                "192.0.2.1:5",
                "mqtt",
                null,
                outcome.opinion().grant());
        return new ChainGatekeeper(List.of(), new OpenAuthorizer(), false).permissions(who);
    }

    private static boolean mayPublish(Permissions permissions, String topic) {
        return permissions.mayPublish(TopicName.of(topic), Qos.AT_MOST_ONCE, false);
    }

    static Stream<JWK> signers() {
        return Stream.of(
                RSA, EC, Tokens.ec(Curve.P_384, "e"), Tokens.ec(Curve.P_521, "e"), Tokens.secret(Tokens.SECRET));
    }

    @ParameterizedTest
    @MethodSource("signers")
    void everyAlgorithmOfAKeyIsTakenAndIsItsOwn(JWK key) {
        List<String> own = key instanceof RSAKey
                ? List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
                : !(key instanceof ECKey ec)
                        ? List.of("HS256", "HS384", "HS512")
                        : List.of(
                                ec.getCurve().equals(Curve.P_256)
                                        ? "ES256"
                                        : ec.getCurve().equals(Curve.P_384) ? "ES384" : "ES512");
        for (String algorithm : own) {
            Outcome outcome = check(Tokens.signed(key, algorithm, claims().build()), keys(key));

            assertThat(outcome.fault()).as(algorithm).isNull();
            assertThat(outcome.opinion().reasonCode()).isEqualTo(ReasonCode.SUCCESS);
            assertThat(outcome.opinion().userName()).isEqualTo("anna");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "nOnE", "NONE", ""})
    @Hostile("B68")
    void aTokenThatIsNotSignedIsNone(String algorithm) {
        String header = "{\"alg\":\"" + algorithm + "\"}";
        String claims = claims().build().toString();
        byte[] bare = Tokens.raw(header, claims, new byte[0]);

        assertThat(TokenCheck.isToken(bare)).isTrue();
        assertThat(check(bare, keys(RSA, EC)).opinion()).isEqualTo(Authenticator.Opinion.REFUSED);
        assertThat(check(Tokens.raw(header, claims, new byte[32]), keys(RSA, EC))
                        .opinion())
                .isEqualTo(Authenticator.Opinion.REFUSED);
    }

    /** Algorithm confusion: what everybody can read, taken for a secret. */
    @Test
    @Hostile("B68")
    void aPublicKeyIsNoSecret() throws Exception {
        byte[] der = RSA.toRSAPublicKey().getEncoded();
        byte[] pem = Tokens.pem(RSA.toRSAPublicKey());
        for (byte[] secret : List.of(
                der, pem, new String(pem, US_ASCII).strip().getBytes(US_ASCII), Tokens.jwks(RSA.toPublicJWK()))) {
            SignedJWT token = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("r").build(), claims().build());
            token.sign(new MACSigner(secret));
            byte[] forged = token.serialize().getBytes(US_ASCII);

            assertThat(check(forged, keys(RSA)).fault()).isEqualTo(Fault.UNKNOWN_KEY);
            assertThat(check(forged, KeySet.ofPem(pem)).fault()).isEqualTo(Fault.UNKNOWN_KEY);
        }
    }

    @Test
    void aTokenOfAnotherKeyOfTheSameNameIsRefused() {
        byte[] forged = Tokens.signed(OTHER_RSA, "RS256", claims().build());

        assertThat(check(forged, keys(RSA)).fault()).isEqualTo(Fault.SIGNATURE);
    }

    @Test
    void aKeyThatIsNotKnownIsToldApartFromAWrongSignature() {
        RSAKey unknown = new RSAKey.Builder(OTHER_RSA).keyID("new").build();

        assertThat(check(Tokens.signed(unknown, "RS256", claims().build()), keys(RSA))
                        .fault())
                .isEqualTo(Fault.UNKNOWN_KEY);
    }

    @Test
    void aTokenWithoutKeyNameMayBeOfAnyKey() {
        byte[] token = Tokens.signed(RSA, new JWSHeader.Builder(JWSAlgorithm.RS256).build(), claims().build());

        assertThat(check(token, keys(new RSAKey.Builder(OTHER_RSA).keyID("x").build(), RSA))
                        .fault())
                .isNull();
    }

    /** RFC 7515, 4.1.2 and following: keys in a header prove nothing. */
    @Test
    void keysThatATokenBringsCountForNothing() {
        RSAKey own = new RSAKey.Builder(OTHER_RSA).keyID("own").build();
        JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .jwk(own.toPublicJWK())
                .jwkURL(URI.create("http://127.0.0.1:1/keys"))
                .x509CertURL(URI.create("http://127.0.0.1:1/cert"));

        assertThat(check(Tokens.signed(own, header.build(), claims().build()), keys(RSA))
                        .fault())
                .isEqualTo(Fault.SIGNATURE);
        assertThat(check(Tokens.signed(own, header.keyID("own").build(), claims().build()), keys(RSA))
                        .fault())
                .isEqualTo(Fault.UNKNOWN_KEY);
    }

    @Test
    void aHeaderThatMustBeUnderstoodAndIsNotIsRefused() {
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID("r")
                .criticalParams(Set.of("exp"))
                .customParam("exp", 1)
                .build();

        assertThat(check(Tokens.signed(RSA, header, claims().build()), keys(RSA))
                        .fault())
                .isEqualTo(Fault.SIGNATURE);
    }

    @Test
    void everyBitOfATokenCounts() {
        byte[] token = Tokens.signed(EC, "ES256", claims().build());
        KeySet keys = keys(EC);
        int refused = 0;
        for (int i = 0; i < token.length; i++) {
            byte[] tampered = token.clone();
            tampered[i] ^= 1;
            Outcome outcome = check(tampered, keys);
            boolean same = outcome.fault() == null;
            // The last character of a part bears bits that mean nothing.
            assertThat(same && i + 1 < token.length && token[i + 1] != '.')
                    .as("byte " + i)
                    .isFalse();
            refused += same ? 0 : 1;
        }
        assertThat(refused).isGreaterThan(token.length - 4);
    }

    @Test
    void ESSignaturesOfZerosAreRefused() {
        String header = "{\"alg\":\"ES256\",\"kid\":\"e\"}";

        assertThat(check(Tokens.raw(header, claims().build().toString(), new byte[64]), keys(EC))
                        .fault())
                .isEqualTo(Fault.SIGNATURE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void aHeaderDeepWithinItselfIsRefused(String deep) {
        String close = deep.equals("[") ? "]" : "}";
        for (int depth : new int[] {200, 1_000, 15_000}) {
            String header = "{\"alg\":\"ES256\",\"x\":" + deep.repeat(depth) + "1" + close.repeat(depth) + "}";
            byte[] token = Tokens.raw(header, claims().build().toString(), new byte[64]);

            assertThat(check(token, keys(EC), "token-bytes-max=65535").opinion())
                    .isEqualTo(Authenticator.Opinion.REFUSED);
        }
    }

    @Test
    void algorithmsThatAreNotAllowedAreRefused() {
        byte[] token = Tokens.signed(RSA, "RS256", claims().build());

        assertThat(check(token, keys(RSA), "algorithms=PS256,ES256").fault()).isEqualTo(Fault.ALGORITHM);
        assertThat(check(token, keys(RSA), "algorithms=RS256").fault()).isNull();
    }

    @Test
    void aKeyIsUsedOnlyForTheAlgorithmThatItIsFor() {
        RSAKey only = new RSAKey.Builder(RSA).algorithm(JWSAlgorithm.PS256).build();

        assertThat(check(Tokens.signed(RSA, "RS256", claims().build()), keys(only))
                        .fault())
                .isEqualTo(Fault.UNKNOWN_KEY);
        assertThat(check(Tokens.signed(RSA, "PS256", claims().build()), keys(only))
                        .fault())
                .isNull();
    }

    @Test
    void aTokenThatIsTooLongIsNotLookedAt() {
        byte[] token =
                Tokens.signed(RSA, "RS256", claims().claim("x", "y".repeat(300)).build());

        assertThat(check(token, keys(RSA), "token-bytes-max=512").fault()).isEqualTo(Fault.TOO_LARGE);
        assertThat(check(token, keys(RSA), "token-bytes-max=" + token.length).fault())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"-31, true", "-30, true", "-29, false", "0, false"})
    void aTokenExpiresWithinTheLeeway(int seconds, boolean expired) {
        assertThat(fault(claims().expirationTime(new Date(NOW + seconds * 1_000L))) == Fault.EXPIRED)
                .isEqualTo(expired);
    }

    @Test
    void whoIsTrustedAndLateIsNotTakenForAForger() {
        assertThat(check(claims().expirationTime(new Date(0))).opinion().reasonCode())
                .isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void aTokenSaysWhenItExpiresUnlessItNeedNot() {
        JWTClaimsSet.Builder endless = new JWTClaimsSet.Builder().subject("anna");

        assertThat(fault(endless)).isEqualTo(Fault.EXPIRED);
        Outcome outcome = check(endless, "require-expiry=false");
        assertThat(outcome.fault()).isNull();
        assertThat(outcome.opinion().grant().until()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aTokenOfTheFutureIsRefused() {
        Date soon = new Date(NOW + 30_000);
        Date later = new Date(NOW + 31_000);

        assertThat(fault(claims().notBeforeTime(soon).issueTime(soon))).isNull();
        assertThat(fault(claims().notBeforeTime(later))).isEqualTo(Fault.NOT_YET);
        assertThat(fault(claims().issueTime(later))).isEqualTo(Fault.NOT_YET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"soon\"", "{}", "true", "[1]"})
    void timesThatAreNoneAreRefused(String time) throws Exception {
        for (String claim : List.of("exp", "nbf", "iat")) {
            String claims = "{\"sub\":\"anna\",\"exp\":" + (NOW / 1_000 + 60) + ",\"" + claim + "\":" + time + "}";
            if (claim.equals("exp")) {
                claims = "{\"sub\":\"anna\",\"exp\":" + time + "}";
            }
            assertThat(check(signedText(claims), keys(EC)).fault()).as(claims).isEqualTo(Fault.MALFORMED);
        }
    }

    /** Signed by whom we trust, and no JSON object. */
    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "7", "null", "{", "{\"sub\":\"anna\""})
    void claimsThatAreNoneAreRefused(String claims) throws Exception {
        assertThat(check(signedText(claims), keys(EC)).fault()).isIn(Fault.MALFORMED, Fault.EXPIRED);
    }

    private static byte[] signedText(String claims) throws Exception {
        var token = new JWSObject(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("e").build(), new Payload(claims));
        token.sign(new ECDSASigner(EC));
        return token.serialize().getBytes(UTF_8);
    }

    @Test
    void timesBeyondAllCalendarsAreTheLast() throws Exception {
        Outcome outcome = check(signedText("{\"sub\":\"anna\",\"exp\":253402300800}"), keys(EC));

        assertThat(outcome.opinion().grant().until()).isEqualTo(253_402_300_799_000L + 30_000);
    }

    @Test
    @Hostile("B68")
    void aTokenIsOfTheIssuerAndForTheAudience() {
        assertThat(fault(claims().issuer("https://a"), "issuer=https://a")).isNull();
        assertThat(fault(claims().issuer("https://a/"), "issuer=https://a")).isEqualTo(Fault.ISSUER);
        assertThat(fault(claims(), "issuer=https://a")).isEqualTo(Fault.ISSUER);
        assertThat(fault(claims().audience("mqtt"), "audience=mqtt")).isNull();
        assertThat(fault(claims().audience(List.of("web", "mqtt")), "audience=mqtt"))
                .isNull();
        assertThat(fault(claims().audience("mqtt2"), "audience=mqtt")).isEqualTo(Fault.AUDIENCE);
        assertThat(fault(claims(), "audience=mqtt")).isEqualTo(Fault.AUDIENCE);
    }

    @Test
    void theUserIsWhomTheTokenNames() {
        assertThat(check(claims().claim("name", "bert"), "user-claim=name")
                        .opinion()
                        .userName())
                .isEqualTo("bert");
        assertThat(fault(claims(), "user-claim=name")).isEqualTo(Fault.USER);
        assertThat(fault(claims().subject(" "))).isEqualTo(Fault.USER);
        assertThat(fault(claims().subject("a\nb"))).isEqualTo(Fault.USER);
        assertThat(fault(claims().claim("name", 7), "user-claim=name")).isEqualTo(Fault.USER);
        assertThat(fault(claims(), "match-user-name=true")).isEqualTo(Fault.USER);
        assertThat(fault(claims().subject("said"), "match-user-name=true")).isNull();
    }

    @Test
    void theClientIdentifierIsWhatTheTokenSays() {
        assertThat(fault(claims().claim("cid", "lamp"), "client-id-claim=cid")).isNull();
        assertThat(fault(claims().claim("cid", "lamp2"), "client-id-claim=cid")).isEqualTo(Fault.CLIENT_ID);
        assertThat(fault(claims(), "client-id-claim=cid")).isEqualTo(Fault.CLIENT_ID);
        assertThat(fault(claims().claim("cid", List.of("lamp")), "client-id-claim=cid"))
                .isEqualTo(Fault.CLIENT_ID);
    }

    @Test
    void aTokenSaysWhatItsClientMayDo() {
        Outcome outcome = check(claims().claim("acl", Map.of("publish", List.of("a/%u/%c"), "subscribe", "b/#")));
        Permissions permissions = permissions(outcome, "lamp");

        assertThat(mayPublish(permissions, "a/anna/lamp")).isTrue();
        assertThat(mayPublish(permissions, "a/bert/lamp")).isFalse();
        assertThat(mayPublish(permissions, "b/x")).isFalse();
        assertThat(permissions.mayReceive(TopicName.of("b/x"))).isTrue();
        assertThat(permissions.mayReceive(TopicName.of("a/anna/lamp"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "#", "x/y", "+/#"})
    @Hostile("B55")
    void aNameDoesNotWidenAPattern(String name) {
        Outcome outcome = check(claims().subject(name).claim("acl", Map.of("all", List.of("a/%u", "b/%c"))));

        assertThat(outcome.fault()).isNull();
        Permissions permissions = permissions(outcome, name);
        for (String topic : List.of("a/anna", "a/x/y", "b/lamp", "b/x/y")) {
            assertThat(mayPublish(permissions, topic)).as(topic).isFalse();
            assertThat(permissions.mayReceive(TopicName.of(topic))).as(topic).isFalse();
        }
    }

    @Test
    void rightsThatAreNotUnderstoodAreNoneAtAll() {
        assertThat(fault(claims().claim("acl", Map.of("publsh", List.of("a"))))).isEqualTo(Fault.RIGHTS);
        assertThat(fault(claims().claim("acl", Map.of("publish", List.of("a", "b", "c", "d")))))
                .isEqualTo(Fault.RIGHTS);
        assertThat(fault(claims().claim("acl", Map.of("publish", List.of("a", "b", "c")))))
                .isNull();
    }

    @Test
    void aTokenWithoutRightsIsJudgedByTheRulesForAllUnlessItNeedsThem() {
        assertThat(mayPublish(permissions(check(claims()), "lamp"), "any")).isTrue();
        assertThat(fault(claims(), "require-acl=true")).isEqualTo(Fault.RIGHTS);
        assertThat(mayPublish(permissions(check(claims().claim("acl", Map.of())), "lamp"), "any"))
                .isFalse();
        assertThat(mayPublish(permissions(check(claims().claim("acl", Map.of()), "acl-claim="), "lamp"), "any"))
                .isTrue();
    }

    @Test
    void rightsThatAreNothingGiveNothing() throws Exception {
        String claims = "{\"sub\":\"anna\",\"exp\":" + (NOW / 1_000 + 60) + ",\"acl\":null}";

        assertThat(check(signedText(claims), keys(EC)).fault()).isEqualTo(Fault.RIGHTS);
    }

    @Test
    void aConnectionEndsWithItsToken() {
        assertThat(check(claims()).opinion().grant().until()).isEqualTo(NOW + 60_000 + 30_000);
        assertThat(check(claims(), "disconnect-at-expiry=false")
                        .opinion()
                        .grant()
                        .until())
                .isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({
        "secret, false",
        "a.b.c, false",
        "ex.am.ple, false",
        "eyJhbGciOiJIUzI1NiJ9.e30.x, true",
        "eyJhbGciOiJub25lIn0.e30., true",
        "eyJhbGciOiJIUzI1NiJ9.e30, false",
        "eyJhbGciOiJIUzI1NiJ9.e30.x.y.z, false",
        "eyJ0eXAiOiJKV1QifQ.e30.x, false",
        "eyJhbGciOiJIUzI1NiJ9.e 0.x, false",
    })
    void aPasswordThatIsNoTokenIsOneForOthers(String password, boolean token) {
        assertThat(TokenCheck.isToken(password.getBytes(UTF_8))).isEqualTo(token);
    }
}
