import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;

import java.io.File;
import java.lang.instrument.Instrumentation;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;

/**
 * Makes a node deaf to what others tell it of routes, or of retained messages: what comes is lost as a fault of the broker could
 * lose it, as long as a file of the name {@code routes} or {@code retained} is in a directory.
 *
 * <p>{@code java -javaagent:unheard.jar=DIRECTORY …}; needs Byte Buddy beside it.
 */
public final class Unheard {
    private static volatile File directory;

    public static void premain(String argument, Instrumentation instrumentation) {
        directory = new File(argument);
        deaf(instrumentation, "io.coppice.broker.PeerRoutes", Routes.class, "make", "whole");
        deaf(instrumentation, "io.coppice.broker.RetainedMirror", Retained.class, "take");
        deaf(instrumentation, "io.coppice.broker.RetainedRepair", Retained.class, "take");
    }

    private static void deaf(Instrumentation instrumentation, String type, Class<?> loss, String... methods) {
        new AgentBuilder.Default()
                .disableClassFormatChanges()
                .with(AgentBuilder.Listener.StreamWriting.toSystemError().withErrorsOnly())
                .type(named(type))
                .transform((builder, found, loader, module, domain) -> {
                    for (String method : methods) { // getOnly fails where there is none of that name any more
                        found.getDeclaredMethods().filter(named(method)).getOnly();
                    }
                    return builder.visit(Advice.to(loss).on(namedOneOf(methods)));
                })
                .installOn(instrumentation);
    }

    /** Asked by the methods that were changed. */
    public static boolean loses(String what) {
        return new File(directory, what).exists();
    }

    /** Before a method that takes news of routes. */
    public static final class Routes {
        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean skipped() {
            return loses("routes");
        }
    }

    /** Before a method that takes news of retained messages. */
    public static final class Retained {
        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean skipped() {
            return loses("retained");
        }
    }
}
