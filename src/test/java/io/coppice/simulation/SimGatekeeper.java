package io.coppice.simulation;

import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Loop;
import io.coppice.port.Permissions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets everyone do everything but what a test forbids; knows the method {@code echo}, whose client says "in" to be let in. */
public final class SimGatekeeper implements Gatekeeper {
    public boolean anonymous = true;
    public final Set<String> topicsForbidden = new HashSet<>();
    public final Set<String> filtersForbidden = new HashSet<>();
    /** Users that are refused, and why. */
    public final Map<String, ReasonCode> refused = new HashMap<>();
    /** How often somebody was to be judged. */
    public int asked;
    /** Client identifiers of those who left before their verdict. */
    public final List<String> withdrawn = new ArrayList<>();
    /** Client identifiers that may subscribe to nothing. */
    public final Set<String> subscribersForbidden = new HashSet<>();
    /** Client identifiers, or users, that may publish nothing. */
    public final Set<String> publishersForbidden = new HashSet<>();
    /** Topics that nobody may be sent, whatever it subscribes to. */
    public final Set<String> topicsHidden = new HashSet<>();
    /** Whether verdicts wait until {@link #answer} is called. */
    public boolean slow;

    /** When the connections end of those who prove themselves from now on, milliseconds since the epoch. */
    public long until = Long.MAX_VALUE;

    /** Who is asked what clients may do, besides what is forbidden here; null for nobody. */
    public @Nullable SimQuestions questions;

    private final Queue<Runnable> waiting = new ArrayDeque<>();

    @Override
    public void authenticate(Credentials credentials, Loop loop, Consumer<Verdict> then) {
        boolean welcome = anonymous || credentials.userName() != null;
        asked++;
        Verdict verdict = welcome
                ? new Verdict(ReasonCode.SUCCESS, identity(credentials))
                : new Verdict(ReasonCode.NOT_AUTHORIZED, null);
        if (credentials.userName() != null && refused.containsKey(credentials.userName())) {
            verdict = new Verdict(refused.get(credentials.userName()), null);
        }
        give(loop, verdict, then);
    }

    private void give(Loop loop, Verdict verdict, Consumer<Verdict> then) {
        say(loop, () -> then.accept(verdict));
    }

    @Override
    public void withdraw(Credentials credentials) {
        withdrawn.add(credentials.clientId());
    }

    private Identity identity(Credentials credentials) {
        return identity(credentials, credentials.userName());
    }

    private Identity identity(Credentials credentials, @Nullable String user) {
        long until = this.until;
        return Identity.of(credentials, user, () -> until);
    }

    private void say(Loop loop, Runnable verdict) {
        if (slow) {
            waiting.add(() -> loop.execute(verdict));
        } else {
            verdict.run();
        }
    }

    /** Gives the verdicts that wait. */
    public void answer() {
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    @Override
    public @Nullable Exchange exchange(String method, Credentials credentials) {
        if (!method.equals("echo")) {
            return null;
        }
        return new Echo(credentials);
    }

    /** Behind a colon the client says who it is. */
    private final class Echo implements Exchange {
        private final Credentials credentials;
        private @Nullable String user;

        Echo(Credentials credentials) {
            this.credentials = credentials;
        }

        @Override
        public @Nullable String userName() {
            return user;
        }

        @Override
        public void next(byte @Nullable [] data, Loop loop, Consumer<Step> then) {
            say(loop, () -> then.accept(step(data)));
        }

        private Step step(byte @Nullable [] data) {
            String[] said = (data == null ? "" : new String(data, StandardCharsets.UTF_8)).split(":");
            user = said.length > 1 ? said[1] : credentials.userName();
            return switch (said[0]) {
                case "in" -> new Step(ReasonCode.SUCCESS, data, identity(credentials, user));
                case "out" -> new Step(ReasonCode.NOT_AUTHORIZED, null, null);
                case "wrong" -> new Step(ReasonCode.BAD_USER_NAME_OR_PASSWORD, null, null);
                default -> new Step(ReasonCode.CONTINUE_AUTHENTICATION, data, null);
            };
        }
    }

    private boolean mayPublishAnything(String clientId, @Nullable String user) {
        return !publishersForbidden.contains(clientId) && !publishersForbidden.contains(user);
    }

    @Override
    public @Nullable Permissions permissionsOf(Publisher publisher) {
        return questions != null
                ? null
                : permissions(new Identity(publisher.clientId(), publisher.user(), "", "", null));
    }

    @Override
    public Permissions permissions(Identity who) {
        if (questions != null) {
            return questions.of(who.clientId());
        }
        return new Permissions() {
            @Override
            public boolean mayPublish(TopicName topic, Qos qos, boolean retain) {
                return mayPublishAnything(who.clientId(), who.userName()) && !topicsForbidden.contains(topic.value());
            }

            @Override
            public boolean mayReceive(TopicName topic) {
                return !topicsHidden.contains(topic.value());
            }

            @Override
            public ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
                return filtersForbidden.contains(filter.value()) || subscribersForbidden.contains(who.clientId())
                        ? ReasonCode.NOT_AUTHORIZED
                        : ReasonCode.SUCCESS;
            }
        };
    }
}
