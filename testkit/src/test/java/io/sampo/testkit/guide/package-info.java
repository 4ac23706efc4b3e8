/// The examples of docs/streams/ and of the stream client's docstrings: compiled and run here. [DocumentedExamplesTest]
/// holds the documents to them.
@NullUnmarked // As most of its readers' code is: a value that may be a tombstone is not asked for here.
package io.sampo.testkit.guide;

import org.jspecify.annotations.NullUnmarked;
