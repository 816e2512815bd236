/** The configuration as nested records, loaded from file, environment and command line, and refused when wrong. */
@NullMarked
package io.coppice.config;

import org.jspecify.annotations.NullMarked;
