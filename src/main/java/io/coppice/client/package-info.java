/** A client of any broker, for people at a terminal: what the commands pub and sub do. */
@NullMarked
package io.coppice.client;

import org.jspecify.annotations.NullMarked;
