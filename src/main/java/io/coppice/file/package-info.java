/** Files that are there whole, or as they were before. */
@NullMarked
package io.coppice.file;

import org.jspecify.annotations.NullMarked;
