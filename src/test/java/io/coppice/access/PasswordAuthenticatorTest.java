package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.access.Authenticator.Opinion;
import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper.Credentials;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PasswordAuthenticatorTest {
    private final Mailbox loop = new Mailbox();
    private final List<Opinion> opinions = new ArrayList<>();
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CheckPool pool = new CheckPool(1, 2);
    private final PasswordMemory none = new PasswordMemory(0, 1, new byte[32]);

    @AfterEach
    void close() {
        gate.countDown();
        pool.close();
    }

    private static Credentials credentials(@Nullable String user, @Nullable String password) {
        return new Credentials(
                "lamp", user, password == null ? null : password.getBytes(UTF_8), "192.0.2.1:5", "mqtt", null);
    }

    private Opinion judge(PasswordAuthenticator authenticator, @Nullable String user, @Nullable String password)
            throws InterruptedException {
        authenticator.judge(credentials(user, password), loop, opinions::add);
        if (opinions.isEmpty()) {
            loop.runOne();
        }
        return opinions.remove(0);
    }

    /** One that needs the gate to be open. */
    private final PasswordAuthenticator slow = new PasswordAuthenticator(
            (user, password) -> {
                asked.add(user);
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return true;
            },
            pool,
            none);

    @Test
    void whoSaysANameMustBeRight() throws Exception {
        PasswordFile file =
                PasswordFile.parse(java.nio.file.Path.of("users"), ("anna:" + PasswordHashTest.PBKDF2).getBytes(UTF_8));
        PasswordAuthenticator authenticator = new PasswordAuthenticator(file::matches, pool, none);

        assertThat(judge(authenticator, "anna", "secret")).isEqualTo(Opinion.vouched("anna"));
        assertThat(judge(authenticator, "anna", "wrong")).isEqualTo(Opinion.REFUSED);
        assertThat(judge(authenticator, "anna", "")).isEqualTo(Opinion.REFUSED);
        assertThat(judge(authenticator, "anna", null)).isEqualTo(Opinion.REFUSED);
        assertThat(judge(authenticator, "bert", "secret")).isEqualTo(Opinion.REFUSED);
        assertThat(judge(authenticator, "", "secret")).isEqualTo(Opinion.REFUSED);
        assertThat(judge(authenticator, null, null)).isEqualTo(Opinion.NONE);
        assertThat(judge(authenticator, null, "secret")).isEqualTo(Opinion.NONE);
    }

    @Test
    @Hostile("B66")
    void checksRunOnAnotherThreadAndAnswersComeOnTheLoop() throws Exception {
        AtomicReference<@Nullable Thread> checking = new AtomicReference<>();
        PasswordAuthenticator authenticator = new PasswordAuthenticator(
                (user, password) -> {
                    checking.set(Thread.currentThread());
                    return true;
                },
                pool,
                none);
        judge(authenticator, "anna", "secret");

        assertThat(checking.get()).isNotNull().isNotEqualTo(Thread.currentThread());
    }

    @Test
    void whoFindsTooManyWaitingIsToldSo() throws Exception {
        slow.judge(credentials("running", ""), loop, opinions::add);
        assertThat(asked.poll(20, TimeUnit.SECONDS)).isEqualTo("running");
        slow.judge(credentials("first", ""), loop, opinions::add);
        slow.judge(credentials("second", ""), loop, opinions::add);
        assertThat(pool.waiting()).isEqualTo(2);
        slow.judge(credentials("third", ""), loop, opinions::add);

        assertThat(opinions).containsExactly(new Opinion(ReasonCode.SERVER_BUSY, null));
    }

    @Test
    void whoHasGoneIsNotCheckedAndMakesRoom() throws Exception {
        slow.judge(credentials("running", ""), loop, opinions::add);
        assertThat(asked.poll(20, TimeUnit.SECONDS)).isEqualTo("running");
        Credentials gone = credentials("gone", "");
        Credentials alike = credentials("gone", "");
        slow.judge(gone, loop, opinions::add);
        slow.judge(alike, loop, opinions::add);
        slow.withdraw(gone);
        slow.judge(credentials("next", ""), loop, opinions::add);
        gate.countDown();
        for (int i = 0; i < 3; i++) {
            loop.runOne();
        }

        assertThat(asked).containsExactly("gone", "next");
        assertThat(opinions)
                .containsExactly(Opinion.vouched("running"), Opinion.vouched("gone"), Opinion.vouched("next"));
    }

    @Test
    void aPasswordThatWasRightIsKnownAgainWithoutACheck() throws Exception {
        PasswordMemory memory = new PasswordMemory(1_000, 10, new byte[32]);
        PasswordAuthenticator authenticator = new PasswordAuthenticator(
                (user, password) -> {
                    asked.add(user);
                    return password.length > 0;
                },
                pool,
                memory);
        assertThat(judge(authenticator, "anna", "")).isEqualTo(Opinion.REFUSED);
        assertThat(judge(authenticator, "anna", "")).isEqualTo(Opinion.REFUSED);
        assertThat(judge(authenticator, "anna", "secret")).isEqualTo(Opinion.vouched("anna"));
        assertThat(asked).hasSize(3);
        assertThat(judge(authenticator, "anna", "secret")).isEqualTo(Opinion.vouched("anna"));
        assertThat(asked).hasSize(3);
        assertThat(judge(authenticator, "bert", "secret")).isEqualTo(Opinion.vouched("bert"));
        assertThat(judge(authenticator, "anna", "other")).isEqualTo(Opinion.vouched("anna"));

        assertThat(asked).hasSize(5);
    }

    @Test
    void aCheckThatFailsRefuses() throws Exception {
        PasswordAuthenticator authenticator = new PasswordAuthenticator(
                (user, password) -> {
                    throw new IllegalStateException("secret");
                },
                pool,
                none);

        assertThat(judge(authenticator, "anna", "secret")).isEqualTo(new Opinion(ReasonCode.SERVER_UNAVAILABLE, null));
    }

    @Test
    void ofUsersWhoAreNotThereItKnowsNothingWhereOthersMayKnowThem() throws Exception {
        Users some = new Users() {
            @Override
            public boolean matches(String user, byte[] password) {
                return false;
            }

            @Override
            public boolean knows(String user) {
                return user.equals("anna");
            }
        };
        PasswordAuthenticator authenticator = new PasswordAuthenticator(some, pool, none);

        assertThat(judge(authenticator, "bert", "secret")).isEqualTo(Opinion.NONE);
        assertThat(judge(authenticator, "anna", "secret")).isEqualTo(Opinion.REFUSED);
    }
}
