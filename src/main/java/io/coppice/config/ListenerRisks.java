package io.coppice.config;

import io.coppice.config.CoppiceConfig.ClientAuth;
import io.coppice.config.CoppiceConfig.Listener;
import io.coppice.config.CoppiceConfig.Listeners;
import io.coppice.config.CoppiceConfig.WebSocketListener;
import java.util.ArrayList;
import java.util.List;

/** What strangers can do at the listeners as they are configured, one line each, with what there is to do about it. */
public final class ListenerRisks {
    private final List<String> lines = new ArrayList<>();

    private ListenerRisks() {}

    /** The lines; none where nobody else can reach a listener, or no harm is in it. */
    public static List<String> of(Listeners listeners) {
        ListenerRisks risks = new ListenerRisks();
        risks.tcp("listeners.mqtt", listeners.mqtt());
        risks.tcp("listeners.mqtts", listeners.mqtts());
        risks.webSocket("listeners.ws", listeners.ws());
        risks.webSocket("listeners.wss", listeners.wss());
        return risks.lines;
    }

    private void tcp(String key, Listener listener) {
        if (listener.enabled() && listener.proxyProtocol()) {
            proxies(key, listener.host(), listener.proxyNetworks());
        }
    }

    private void webSocket(String key, WebSocketListener listener) {
        if (listener.enabled() && listener.origins().any() && listener.tls().clientAuth() != ClientAuth.NONE) {
            lines.add(key + ".origins: a page of any site can connect with the certificate that a browser has. Set "
                    + key + ".origins to the sites whose pages are meant");
        }
        if (listener.enabled() && listener.proxyProtocol()) {
            proxies(key, listener.host(), listener.proxyNetworks());
        }
    }

    private void proxies(String key, String host, List<AddressRange> networks) {
        if (networks.isEmpty() && !Hosts.isLoopback(host)) {
            lines.add(key + ".proxy-protocol: whoever reaches " + host
                    + " can say that it comes from any address, past bans and rules by address. Set " + key
                    + ".proxy-networks to where the proxies are");
        }
    }
}
