package io.coppice.blackbox;

import io.coppice.port.Gatekeeper;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts one broker for all classes with the same settings, and stops it at the end of the run. The system property
 * {@code blackbox.broker} says which: {@code coppice}, the default, or {@code mosquitto}.
 */
final class BrokerUnderTest implements ParameterResolver {
    private static final Namespace SPACE = Namespace.create(BrokerUnderTest.class);

    private record Key(Map<String, String> settings, Class<? extends Gatekeeper> gatekeeper, String owner) {}

    static boolean isCoppice() {
        return System.getProperty("blackbox.broker", "coppice").equals("coppice");
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
        return context.getRoot()
                .getStore(SPACE)
                .getOrComputeIfAbsent(key, wanted -> start(wanted.settings(), wanted.gatekeeper()), Broker.class);
    }

    private static Key key(Class<?> tests) {
        BrokerSettings annotation = tests.getAnnotation(BrokerSettings.class);
        Map<String, String> settings = new TreeMap<>();
        if (annotation == null) {
            return new Key(settings, Gatekeeper.class, "");
        }
        for (String setting : annotation.value()) {
            int equals = setting.indexOf('=');
            settings.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return new Key(settings, annotation.gatekeeper(), annotation.alone() ? tests.getName() : "");
    }

    private static Broker start(Map<String, String> settings, Class<? extends Gatekeeper> gatekeeper) {
        Assumptions.assumeTrue(isCoppice() || gatekeeper == Gatekeeper.class, "the gatekeeper is one of Coppice");
        try {
            return new Broker(
                    isCoppice() ? CoppiceUnderTest.start(settings, gatekeeper) : MosquittoUnderTest.start(settings));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("no broker with " + settings, e);
        }
    }
}
