/** What commands have in common: what is typed and given to them, and how they write to people. */
@NullMarked
package io.coppice.shell;

import org.jspecify.annotations.NullMarked;
