/** MQTT packets, forwarded messages and session records as versioned bytes. */
@NullMarked
package io.coppice.codec;

import org.jspecify.annotations.NullMarked;
