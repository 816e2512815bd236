/** The process: its command line, and the node that it builds from the bottom up and stops from the top down. */
@NullMarked
package io.coppice;

import org.jspecify.annotations.NullMarked;
