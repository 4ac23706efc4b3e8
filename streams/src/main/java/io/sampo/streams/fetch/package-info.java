/// Reading from partitions: what to ask which broker, what an answer does to positions, and how much memory may wait.
/// Read first: [io.sampo.streams.fetch.Fetcher], then [io.sampo.streams.fetch.FetchCore], which has the rules.
@NullMarked
package io.sampo.streams.fetch;

import org.jspecify.annotations.NullMarked;
