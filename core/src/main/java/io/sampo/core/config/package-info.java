/// Names, types, defaults and documentation of every setting.
@NullMarked
package io.sampo.core.config;

import org.jspecify.annotations.NullMarked;
