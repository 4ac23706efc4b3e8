/// Group coordinators: typed actors that host [io.sampo.core.group.GroupCore], one per led partition of
/// `__consumer_offsets`.
@NullMarked
package io.sampo.actors.group;

import org.jspecify.annotations.NullMarked;
