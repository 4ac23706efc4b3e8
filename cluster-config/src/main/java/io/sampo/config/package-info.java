/// Composition root: settings, node assembly, the entry point. The only module that sees all others.
@NullMarked
package io.sampo.config;

import org.jspecify.annotations.NullMarked;
