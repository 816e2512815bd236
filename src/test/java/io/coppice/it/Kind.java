package io.coppice.it;

/** A client library, a version of MQTT and a transport. */
enum Kind {
    HIVE3_TCP(false),
    HIVE3_WS(true),
    HIVE5_TCP(false),
    HIVE5_WS(true),
    PAHO3_TCP(false),
    PAHO3_WS(true),
    PAHO5_TCP(false),
    PAHO5_WS(true);

    private final boolean webSocket;

    Kind(boolean webSocket) {
        this.webSocket = webSocket;
    }

    Peer peer(RunningNode node, String clientId) {
        int port = webSocket ? node.ws() : node.mqtt();
        String uri = webSocket ? "ws://127.0.0.1:" + port + "/mqtt" : "tcp://127.0.0.1:" + port;
        return switch (this) {
            case HIVE3_TCP, HIVE3_WS -> new Hive3(clientId, port, webSocket);
            case HIVE5_TCP, HIVE5_WS -> new Hive5(clientId, port, webSocket);
            case PAHO3_TCP, PAHO3_WS -> new Paho3(uri, clientId);
            case PAHO5_TCP, PAHO5_WS -> new Paho5(uri, clientId);
        };
    }
}
