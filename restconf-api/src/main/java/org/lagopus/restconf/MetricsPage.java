package org.lagopus.restconf;

import java.io.IOException;
import java.io.OutputStream;
import org.lagopus.datastore.View;

/// What `GET /metrics` answers with.
public interface MetricsPage {
    /// The type of what is written for a reader that sent this Accept header.
    String type(String accept);

    /// All that is counted, with as much of the state as the view shows.
    void write(String accept, View view, OutputStream to) throws IOException;
}
