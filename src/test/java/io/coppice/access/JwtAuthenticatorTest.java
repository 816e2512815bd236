package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import io.coppice.access.Authenticator.Opinion;
import io.coppice.config.ConfigLoader;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper.Credentials;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class JwtAuthenticatorTest {
    private static final ECKey OLD = Tokens.ec(Curve.P_256, "old");
    private static final ECKey NEW = Tokens.ec(Curve.P_256, "new");

    /** Keys that a test puts there. */
    private static final class Keys implements TokenKeys {
        volatile @Nullable KeySet known;
        final BlockingQueue<Consumer<Boolean>> renewals = new LinkedBlockingQueue<>();

        @Override
        public @Nullable KeySet inForce(long now) {
            return known;
        }

        @Override
        public void renew(@Nullable KeySet used, long now, Consumer<Boolean> then) {
            renewals.add(then);
        }

        void renewed(ECKey... keys) throws InterruptedException {
            Consumer<Boolean> waiting = renewals.poll(20, TimeUnit.SECONDS);
            assertThat(waiting).isNotNull();
            known = keys.length == 0 ? known : set(keys);
            waiting.accept(keys.length > 0);
        }
    }

    private final Mailbox loop = new Mailbox();
    private final Keys keys = new Keys();
    private final CheckPool pool = new CheckPool(1, 1);
    private final List<Opinion> opinions = new ArrayList<>();
    private JwtAuthenticator authenticator;

    @BeforeEach
    void prepare() throws Exception {
        loop.now = 1_800_000_000_000L;
        keys.known = set(OLD);
        var settings = ConfigLoader.load(null, Map.of(), List.of("security.jwt.jwks-file=keys"))
                .security()
                .jwt();
        authenticator = new JwtAuthenticator(new TokenCheck(settings, 10), keys, pool);
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private static KeySet set(ECKey... keys) {
        return KeySet.ofJwks(Tokens.jwks(keys), false);
    }

    private byte[] token(ECKey key) {
        return Tokens.signed(
                key,
                "ES256",
                new JWTClaimsSet.Builder()
                        .subject("anna")
                        .expirationTime(new Date(loop.now + 60_000))
                        .build());
    }

    private static Credentials shown(byte @Nullable [] password) {
        return new Credentials("lamp", null, password, "192.0.2.1:5", "mqtt", null);
    }

    private void judge(byte @Nullable [] password) {
        authenticator.judge(shown(password), loop, opinions::add);
    }

    private @Nullable ReasonCode answer() throws InterruptedException {
        loop.runOne();
        return opinions.remove(0).reasonCode();
    }

    private long refused(String reason) {
        return authenticator.figures().stream()
                .filter(each -> each.labels().containsValue(reason))
                .mapToLong(each -> each.value().getAsLong())
                .sum();
    }

    @Test
    void whoShowsATokenIsWhomItNames() throws Exception {
        judge(token(OLD));
        loop.runOne();

        assertThat(opinions.get(0).userName()).isEqualTo("anna");
        assertThat(opinions.get(0).grant().until()).isEqualTo(loop.now + 60_000 + 30_000);
    }

    @Test
    void ofWhoShowsNoneItKnowsNothing() {
        judge(null);
        judge("secret".getBytes(UTF_8));

        assertThat(opinions).containsExactly(Opinion.NONE, Opinion.NONE);
    }

    @Test
    void aTokenThatIsWrongIsCountedByWhatIsWrong() throws Exception {
        judge(token(new ECKey.Builder(NEW).keyID("old").build()));

        assertThat(answer()).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        assertThat(refused("signature")).isEqualTo(1);
        loop.now += 200_000;
        byte[] token = token(OLD);
        loop.now += 200_000;
        judge(token);
        assertThat(answer()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(refused("expired")).isEqualTo(1);
    }

    @Test
    void aKeyThatIsNewIsFetched() throws Exception {
        judge(token(NEW));
        keys.renewed(OLD, NEW);

        assertThat(answer()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void aKeyThatIsUnknownAfterThatTooIsRefused() throws Exception {
        judge(token(NEW));
        keys.renewed(OLD);
        assertThat(answer()).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        judge(token(NEW));
        keys.renewed();

        assertThat(answer()).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        assertThat(refused("unknown_key")).isEqualTo(2);
    }

    @Test
    void withoutKeysNobodyCanTell() throws Exception {
        keys.known = null;
        judge(token(OLD));
        keys.renewed();
        assertThat(answer()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        judge(token(OLD));
        keys.renewed(OLD);

        assertThat(answer()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void oneTokenTooManyIsNotChecked() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        pool.submit(shown(null), () -> {
            busy.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        busy.await();
        judge(token(OLD));
        judge(token(OLD));
        assertThat(opinions).containsExactly(new Opinion(ReasonCode.SERVER_BUSY, null));
        opinions.clear();
        gate.countDown();

        assertThat(answer()).isEqualTo(ReasonCode.SUCCESS);
    }
}
