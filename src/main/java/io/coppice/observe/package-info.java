/** Metrics, health, {@code $SYS}, the HTTP API and the console. */
@NullMarked
package io.coppice.observe;

import org.jspecify.annotations.NullMarked;
