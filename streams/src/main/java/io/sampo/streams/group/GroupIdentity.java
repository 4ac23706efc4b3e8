package io.sampo.streams.group;

import java.util.Optional;

/// Who a member is in its group: what a transaction names when it commits offsets.
///
/// @param memberId empty before the first join
/// @param generationId -1 outside of a generation
/// @param groupInstanceId of a static member
public record GroupIdentity(String groupId, String memberId, int generationId, Optional<String> groupInstanceId) {}
