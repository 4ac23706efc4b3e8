package io.sampo.streams.admin;

/// A group as the list of groups has it.
///
/// {@snippet file="AdminGuideTest.java" region="groups"}
///
/// @param protocolType `consumer` for groups of consumers
/// @param state as the broker names it (`Stable`, `Empty`, ...); empty from a broker before 2.6
/// @param type `classic` or `consumer` (KIP-848); empty from a broker before 3.8
public record GroupListing(String groupId, String protocolType, String state, String type) {}
