/// Membership in a consumer group: who owns which partition, and how far it has been handled. What is decided lies in
/// pure state machines; one actor carries it out.
@NullMarked
package io.sampo.streams.group;

import org.jspecify.annotations.NullMarked;
