/// Reading from partitions: what to ask which broker, what an answer does to positions, and how much memory may wait.
/// Read first: [io.sampo.streams.fetch.Fetcher], then [io.sampo.streams.fetch.FetchCore], which has the rules.
///
/// Internal: what is public here may change without notice; the API is [io.sampo.streams] and
/// [io.sampo.streams.admin]. What a user meets of it is [io.sampo.streams.fetch.FetchFailure].
@NullMarked
package io.sampo.streams.fetch;

import org.jspecify.annotations.NullMarked;
