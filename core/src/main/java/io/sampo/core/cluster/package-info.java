/// How nodes become one cluster: the agreement on the first start, and who founds or joins after that; and
/// which nodes hear each other. Pure rules.
@NullMarked
package io.sampo.core.cluster;

import org.jspecify.annotations.NullMarked;
