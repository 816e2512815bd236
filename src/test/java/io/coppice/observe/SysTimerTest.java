package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
final class SysTimerTest {
    @Test
    @SuppressWarnings("try")
    void theFirstTickComesAtOnceAndNotAfterTheInterval(Vertx vertx) throws Exception {
        CountDownLatch ticked = new CountDownLatch(1);
        FakeNode node = new FakeNode() {
            @Override
            public void publish(Message message) {
                ticked.countDown();
            }
        };

        try (SysTimer ignored =
                SysTimer.start(vertx, new SysTopics(node, "1.2.3", SysTimer::heapUsed), Duration.ofHours(1))) {
            assertThat(ticked.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
