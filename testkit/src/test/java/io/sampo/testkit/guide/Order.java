package io.sampo.testkit.guide;

/// What the examples sell.
record Order(String customerId, String article, int amount) {}
