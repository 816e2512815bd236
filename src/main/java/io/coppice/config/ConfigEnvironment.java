package io.coppice.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The part of the environment that is addressed to Coppice. */
final class ConfigEnvironment {
    private static final String PREFIX = "COPPICE_";

    /** Of commands that may be typed where a node has its environment; none of them is read here. */
    private static final Set<String> COMMANDS = Set.of(
            "COPPICE_ADMIN_URL",
            "COPPICE_ADMIN_USER",
            "COPPICE_ADMIN_PASSWORD",
            "COPPICE_ADMIN_PASSWORD_FILE",
            "COPPICE_ADMIN_TOKEN",
            "COPPICE_ADMIN_TOKEN_FILE",
            "COPPICE_ADMIN_CA",
            "COPPICE_CLIENT_PASSWORD",
            "COPPICE_CLIENT_PASSWORD_FILE");

    /**
     * Variables that Kubernetes writes for every Service of the namespace. A Service that is called coppice, or
     * coppice-admin, must not stop the pods that it leads to.
     */
    private static final Pattern SERVICE_LINK =
            Pattern.compile(".*_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|.*_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");

    private static final Pattern SERVICE_LINK_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

    private ConfigEnvironment() {}

    /** Gives a draft all values of the environment; variables without the prefix are other people's. */
    static void read(Map<String, String> environment, List<Key<?>> keys, Draft draft) {
        Map<String, String> names = new HashMap<>();
        keys.forEach(key -> names.put(key.variable(), key.name()));
        new TreeMap<>(environment).forEach((variable, text) -> {
            String name = names.get(variable);
            if (!variable.startsWith(PREFIX) || COMMANDS.contains(variable) || isServiceLink(variable, text)) {
                return;
            }
            if (name == null) {
                unknown(variable, names.keySet(), draft);
            } else {
                draft.give(name, text, variable);
            }
        });
    }

    private static boolean isServiceLink(String variable, String text) {
        return SERVICE_LINK.matcher(variable).matches()
                || (variable.endsWith("_PORT")
                        && SERVICE_LINK_VALUE.matcher(text).matches());
    }

    private static void unknown(String variable, Set<String> known, Draft draft) {
        draft.fault(variable + " is an unknown environment variable; nearest: "
                + Nearest.to(variable, new TreeSet<>(known)));
    }
}
