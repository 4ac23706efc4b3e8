/// Membership in a consumer group: who owns which partition, and how far it has been handled. What is decided lies in
/// pure state machines; one actor carries it out.
///
/// Internal: what is public here may change without notice; the API is [io.sampo.streams] and
/// [io.sampo.streams.admin]. What a user meets of it is [io.sampo.streams.group.CommitFailed].
@NullMarked
package io.sampo.streams.group;

import org.jspecify.annotations.NullMarked;
