package io.coppice.blackbox;

import io.coppice.port.Gatekeeper;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts one broker for all classes with the same settings, and stops it at the end of the run. The system property
 * {@code blackbox.broker} says which: {@code coppice}, the default, {@code cluster} for three nodes of it, or
 * {@code mosquitto}.
 */
final class BrokerUnderTest implements ParameterResolver, ExecutionCondition {
    private static final Namespace SPACE = Namespace.create(BrokerUnderTest.class);

    private record Key(
            Map<String, String> settings,
            Class<? extends Gatekeeper> gatekeeper,
            String owner,
            int heapMegabytes,
            int openFiles) {}

    private static final String CHOSEN = System.getProperty("blackbox.broker", "coppice");

    private static final Key PLAIN = new Key(Map.of(), Gatekeeper.class, "", 0, 0);

    static boolean isCoppice() {
        return !CHOSEN.equals("mosquitto");
    }

    static boolean isCluster() {
        return CHOSEN.equals("cluster");
    }

    /** Leaves a class out whose settings the broker does not have. */
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Key key = key(context.getRequiredTestClass());
        if (isCluster()) {
            return key.equals(PLAIN)
                    ? ConditionEvaluationResult.enabled("one cluster for all")
                    : ConditionEvaluationResult.disabled("there is no cluster with " + key);
        }
        if (isCoppice()) {
            return ConditionEvaluationResult.enabled("Coppice has all settings");
        }
        return key.gatekeeper() == Gatekeeper.class
                        && MosquittoUnderTest.has(key.settings().keySet())
                ? ConditionEvaluationResult.enabled("Mosquitto has " + key.settings())
                : ConditionEvaluationResult.disabled("Mosquitto has not all of " + key);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Broker.class || type == Names.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (parameter.getParameter().getType() == Names.class) {
            return new Names();
        }
        Key key = key(context.getRequiredTestClass());
        return context.getRoot().getStore(SPACE).getOrComputeIfAbsent(key, BrokerUnderTest::start, Broker.class);
    }

    private static Key key(Class<?> tests) {
        BrokerSettings annotation = tests.getAnnotation(BrokerSettings.class);
        if (annotation == null) {
            return PLAIN;
        }
        Map<String, String> settings = new TreeMap<>();
        for (String setting : annotation.value()) {
            int equals = setting.indexOf('=');
            settings.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return new Key(
                settings,
                annotation.gatekeeper(),
                annotation.alone() ? tests.getName() : "",
                annotation.heapMegabytes(),
                annotation.openFiles());
    }

    private static Broker start(Key wanted) {
        Map<String, String> settings = wanted.settings();
        try {
            if (!isCoppice()) {
                return new Broker(MosquittoUnderTest.start(settings));
            }
            if (isCluster()) {
                return new Broker(ClusterUnderTest.start());
            }
            return new Broker(
                    wanted.heapMegabytes() == 0
                            ? CoppiceUnderTest.start(settings, wanted.gatekeeper())
                            : CoppiceProcess.start(settings, wanted.heapMegabytes(), wanted.openFiles()));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("no broker with " + settings, e);
        }
    }
}
