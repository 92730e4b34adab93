package org.lagopus.agent.dataplane.worker;

import java.util.Optional;

/// Life of the link to the worker.
///
///     Absent --attached--> Waiting --configuration known--> Loading --replayed--> Serving
///
/// A loss leads back to Absent from anywhere. A worker starts empty, or runs what a former agent
/// told it, so Loading sends the whole desired state; the worker finds out what of it is new.
/// Nothing is sent before the configuration is known: an agent that has just started must not take
/// a running worker's configuration away.
public sealed interface Link {
    record Absent(String why) implements Link {}

    record Waiting(Dataplane with) implements Link {}

    record Loading(Dataplane with) implements Link {}

    record Serving(Dataplane with) implements Link {}

    /// What happens to the link.
    sealed interface Event {
        record Attached(Dataplane dataplane) implements Event {}

        record Known() implements Event {}

        record Replayed() implements Event {}

        record Lost(String why) implements Event {}
    }

    /// The connection, while there is one.
    default Optional<Dataplane> dataplane() {
        return switch (this) {
            case Absent _ -> Optional.empty();
            case Waiting(var dataplane) -> Optional.of(dataplane);
            case Loading(var dataplane) -> Optional.of(dataplane);
            case Serving(var dataplane) -> Optional.of(dataplane);
        };
    }

    default Link on(Event event) {
        return switch (event) {
            case Event.Lost(var why) -> new Absent(why);
            case Event.Attached(var dataplane) -> new Waiting(dataplane);
            case Event.Known _ when this instanceof Waiting(var dataplane) ->
                    new Loading(dataplane);
            case Event.Replayed _ when this instanceof Loading(var dataplane) ->
                    new Serving(dataplane);
            case Event.Known _, Event.Replayed _ -> this;
        };
    }
}
