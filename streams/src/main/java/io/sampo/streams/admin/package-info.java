/// The few calls about topics, configs, groups and offsets that an application needs.
@NullMarked
package io.sampo.streams.admin;

import org.jspecify.annotations.NullMarked;
