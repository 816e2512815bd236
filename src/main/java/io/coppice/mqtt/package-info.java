/** The words of the standard as checked, immutable values: packets, messages, topics, filters, properties, reason codes. */
@NullMarked
package io.coppice.mqtt;

import org.jspecify.annotations.NullMarked;
