/**
 * A guide to the black-box tests: real sockets against a running broker, with bytes of their own and nothing of the
 * broker's code.
 *
 * <h2>A test class</h2>
 *
 * Its name ends in {@code IT} (failsafe runs it), it is annotated with {@link io.coppice.blackbox.BlackBox}, and takes
 * what it needs as constructor parameters. {@link io.coppice.blackbox.BrokerSettings} gives it a broker with other
 * configuration; without it all classes share one. Tests run beside each other, so every client identifier and topic
 * comes from {@link io.coppice.blackbox.Names}; a test that subscribes to {@code #} or does harm to the broker lives in
 * a class with {@code @BrokerSettings(alone = true)}, and {@code @Execution(SAME_THREAD)} if it needs to be alone there.
 * Who may enter is open to all unless {@code @BrokerSettings(gatekeeper = X.class)} brings a gatekeeper of one's own.
 *
 * <pre>{@code
 * @BlackBox
 * class RetainIT {
 *     private final Broker broker;
 *     private final Names names;
 *
 *     RetainIT(Broker broker, Names names) {
 *         this.broker = broker;
 *         this.names = names;
 *     }
 *
 *     @InEveryVersion // (Transport, Version); @OnEveryTransport for (Transport) only
 *     @Proves(v5 = "MQTT-3.3.1-8", v311 = "MQTT-3.3.1-12")
 *     void aPlainPublishLeavesTheRetainedMessage(Transport transport, Version version) {
 *         String topic = names.topic("r");
 *         try (RawClient client = broker.connect(transport, version, names.client("c"))) {
 *             client.publish(Packets.publish(version, topic).payload("kept").retain());
 *             client.publish(topic, "plain", 1);
 *             client.subscribe(topic, 1);
 *
 *             Received message = client.receive(); // the next packet, a PUBLISH, acknowledged
 *             assertThat(message.text()).isEqualTo("kept");
 *             assertThat(message.retain()).isTrue();
 *             client.expectNothing(); // PINGREQ, and PINGRESP is next
 *         }
 *     }
 * }
 * }</pre>
 *
 * Cases of one's own: {@code @ParameterizedTest @MethodSource("bad")} with {@code static Stream<Arguments> bad() {
 * return Cases.everyTransport(List.of("a", "b")); }} for (Transport, String), {@code Cases.everywhere(...)} for
 * (Transport, Version, String).
 *
 * <h2>Sending</h2>
 *
 * {@link io.coppice.blackbox.Packets} builds what is right, {@link io.coppice.blackbox.Props} lists properties, and each
 * part can be made wrong:
 *
 * <pre>{@code
 * client.send(Packets.publish(V5, "a").qos(1).id(7).props(Props.of(Property.TOPIC_ALIAS, 1).user("k", "v")));
 * client.send(Packets.publish(V5, "a").qos(3));                          // QoS 3
 * client.send(Packets.publish(V5, Hex.bytes("C0 80")));                  // a topic that is not UTF-8
 * client.send(Packets.connect(V5, "c").props(Props.of().int16(0x21, 5).int16(0x21, 5)));  // twice
 * client.send(Packets.connect(V5, "c").props(Props.of().lengthBytes("FF FF FF FF 01")));
 * client.send(Packets.subscribe(V5, 1).filter("a", 0x40));               // a reserved option bit
 * client.send(Packets.pingreq().append("00"));                           // with a fitting Remaining Length
 * client.send(Packets.pubrel(1).packet().flags(0));
 * client.send(Packets.publish(V5, "a").packet().claiming(268_435_455));  // a Remaining Length that lies
 * client.send(Packets.connect(V5, "c").packet().cut(3));                 // fixLength().cut(3) keeps the length
 * client.send(Packets.raw("30 05 FF FF 61 61 61"));
 * client.sendTogether(connect, publish);                                 // one write, one WebSocket frame
 * client.sendSplit(1, publish);                                          // byte by byte, frame by frame
 * }</pre>
 *
 * <h2>Expecting</h2>
 *
 * Every packet that comes is parsed by the letter and held against what the CONNECT allowed (sizes, windows, aliases,
 * order); a server that breaks a rule fails the test by itself. {@code expect(type)} wants the very next packet,
 * {@code await(type)} the first of its type and keeps the others. {@code expectRefused(0x84)} wants a CONNACK and the
 * close, {@code expectDisconnect(0x82)} a DISCONNECT and the close, {@code expectEnded(0x82)} that in version 5 and a bare
 * close in 3.1.1, {@code expectClosed()} a bare close, and {@code expectClosed(0x81, 0x82)} a close before which the
 * server may, but need not, say one of these reasons. All this comes within five seconds, unless {@code within} says
 * otherwise.
 *
 * <h2>Silence and time</h2>
 *
 * Nobody sleeps. {@code expectNothing()} proves that a client was sent nothing by what it did itself;
 * {@code subscriber.expectNothingFrom(publisher)} proves that it was sent nothing by what another client did: a marker
 * behind that arrives first. What takes time waits at a socket: {@code watcher.within(Duration.ofSeconds(4)).receive()},
 * and {@link io.coppice.blackbox.Received#nanos} says when it came; {@code client.expectNothingFor(Duration.ofSeconds(1))}
 * lets time pass in which nothing may come. {@code client.abort()} is a network failure,
 * {@code client.disconnect()} returns when the server has closed, so that the session is off for sure. A client that
 * shall stay connected stays in a variable: the garbage collector closes the socket of one that nobody holds.
 *
 * <h2>Memory, CPU and log</h2>
 *
 * With {@code @BrokerSettings(heapMegabytes = 96)} the broker is a process of its own, which ends when its memory does.
 * {@code broker.process()} tells its heap after a collection, its CPU time and what it has logged as errors, and
 * {@code broker.metrics()}, which every Coppice has, its counters. {@code broker.link(transport)} and
 * {@code broker.socket(transport)} are bare connections for those of which a test needs thousands.
 *
 * <h2>Proof</h2>
 *
 * {@link io.coppice.blackbox.Proves} and {@link io.coppice.blackbox.Hostile} name what a test proves. A line of
 * {@code spec/not-yet.txt} goes when its test comes: {@code ConformanceCompletenessTest} fails otherwise. The run writes
 * {@code target/conformance.md}. A bad input that takes certificates, files, a disk or other nodes is proven where those
 * are: {@code Hostile} counts on unit tests and on tests with nodes of their own too. The classes of {@code conformance} without settings of their own run once more with
 * {@code -Dblackbox.broker=cluster}: three nodes, and each connection of a test on the next one.
 * {@code -Dblackbox.broker=mosquitto} holds the tests against another broker; where that
 * one is known to break the rule, {@link io.coppice.blackbox.NotInMosquitto} says how.
 */
package io.coppice.blackbox;
