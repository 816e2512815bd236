package io.coppice.simulation;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.Permissions;
import io.coppice.port.Questions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Somebody who is asked what clients may do, and answers when a test says so: at once, late, in any order or never. */
public final class SimQuestions {
    public static final long LIFE_MILLIS = 60_000;

    /** A question that waits: {@code client action topic}. */
    public record Open(String text, Consumer<Boolean> answer) {}

    public final List<Open> open = new ArrayList<>();
    /** All that was ever asked. */
    public final List<String> asked = new ArrayList<>();
    /** Topics and filters that are refused. */
    public final Set<String> refused = new HashSet<>();
    /** Whether answers are there at once. */
    public boolean quick;
    /** Whether nobody can say anything, which is known at once. */
    public boolean broken;

    /** Longest time after which answers come by themselves, in milliseconds; 0 where a test gives them. */
    public long delayMax;

    public long lifeMillis = LIFE_MILLIS;

    private final World world;

    public SimQuestions(World world) {
        this.world = world;
    }

    /** Answers the question that has waited longest; false means that nobody can say. */
    public void answer(boolean known) {
        answer(0, known);
    }

    public void answer(int index, boolean known) {
        open.remove(index).answer.accept(known);
        world.run();
    }

    public void answerAll() {
        while (!open.isEmpty()) {
            answer(true);
        }
    }

    public List<String> waiting() {
        return open.stream().map(Open::text).toList();
    }

    Permissions of(String clientId) {
        return new Asked(clientId);
    }

    private record Known(boolean allowed, long until) {}

    private final class Asked implements Permissions, Questions {
        private final String clientId;
        private final Map<String, Known> known = new HashMap<>();

        Asked(String clientId) {
            this.clientId = clientId;
        }

        private boolean is(String what) {
            Known answer = known.get(what);
            return answer != null && answer.allowed;
        }

        @Override
        public boolean mayPublish(TopicName topic, Qos qos, boolean retain) {
            return is("publish " + topic);
        }

        @Override
        public boolean mayReceive(TopicName topic) {
            return known.keySet().stream()
                    .filter(each -> each.startsWith("subscribe ") && is(each))
                    .anyMatch(each -> TopicFilter.of(each.substring("subscribe ".length()))
                            .matches(topic));
        }

        @Override
        public ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
            return is("subscribe " + filter.inner()) ? ReasonCode.SUCCESS : ReasonCode.NOT_AUTHORIZED;
        }

        @Override
        public Questions questions() {
            return this;
        }

        @Override
        public boolean isAnswered(TopicName topic, Qos qos, boolean retain, long at) {
            return isAnswered("publish " + topic, at);
        }

        @Override
        public boolean isAnswered(TopicFilter filter, Qos qos, long at) {
            return isAnswered("subscribe " + filter.inner(), at);
        }

        private boolean isAnswered(String what, long at) {
            Known answer = known.get(what);
            return answer != null && at < answer.until;
        }

        @Override
        public void ask(TopicName topic, Qos qos, boolean retain, Loop loop, Consumer<Boolean> then) {
            ask("publish ", topic.value(), loop, then);
        }

        @Override
        public void ask(TopicFilter filter, Qos qos, Loop loop, Consumer<Boolean> then) {
            ask("subscribe ", filter.inner(), loop, then);
        }

        private void ask(String action, String topic, Loop loop, Consumer<Boolean> then) {
            String text = clientId + " " + action + topic;
            asked.add(text);
            Consumer<Boolean> answer = could -> {
                if (could) {
                    known.put(action + topic, new Known(!refused.contains(topic), loop.now() + lifeMillis));
                } else if (!is(action + topic) || action.equals("publish ")) {
                    known.put(action + topic, new Known(false, ANY_TIME + 1));
                }
                then.accept(could);
            };
            if (broken) {
                loop.execute(() -> answer.accept(false));
            } else if (quick) {
                answer.accept(true);
            } else if (delayMax > 0) {
                world.at(world.now() + world.delay(delayMax), () -> loop.execute(() -> answer.accept(true)));
            } else {
                open.add(new Open(text, could -> loop.execute(() -> answer.accept(could))));
            }
        }

        @Override
        public void forget(TopicFilter filter) {
            known.remove("subscribe " + filter.inner());
        }

        @Override
        public long lifeMillis() {
            return lifeMillis;
        }

        @Override
        public void withdraw() {
            open.removeIf(each -> each.text.startsWith(clientId + " "));
        }
    }
}
