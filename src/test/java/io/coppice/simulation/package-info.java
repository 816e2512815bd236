/** A whole broker in one thread: virtual time, chance from a seed, and doors that delay, fail and remember. */
@NullMarked
package io.coppice.simulation;

import org.jspecify.annotations.NullMarked;
