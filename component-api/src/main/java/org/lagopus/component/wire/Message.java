package org.lagopus.component.wire;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Everything that passes between a component and the datastore. The member `type` names the kind;
/// an unknown member is ignored, an unknown kind ends the connection.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Message.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = Message.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = Message.Replace.class, name = "replace"),
    @JsonSubTypes.Type(value = Message.Prepare.class, name = "prepare"),
    @JsonSubTypes.Type(value = Message.Commit.class, name = "commit"),
    @JsonSubTypes.Type(value = Message.Abort.class, name = "abort"),
    @JsonSubTypes.Type(value = Message.Answer.class, name = "answer"),
    @JsonSubTypes.Type(value = Message.Notify.class, name = "notify"),
    @JsonSubTypes.Type(value = Message.Heartbeat.class, name = "heartbeat"),
    @JsonSubTypes.Type(value = Message.State.class, name = "state"),
    @JsonSubTypes.Type(value = Message.Event.class, name = "event"),
    @JsonSubTypes.Type(value = Message.Alarm.class, name = "alarm"),
    @JsonSubTypes.Type(value = Message.LookupApi.class, name = "lookup-api"),
    @JsonSubTypes.Type(value = Message.Apis.class, name = "apis"),
    @JsonSubTypes.Type(value = Message.RequestGrant.class, name = "request-grant"),
    @JsonSubTypes.Type(value = Message.Grant.class, name = "grant"),
    @JsonSubTypes.Type(value = Message.Granted.class, name = "granted"),
    @JsonSubTypes.Type(value = Message.Revoke.class, name = "revoke"),
    @JsonSubTypes.Type(value = Message.Invoke.class, name = "invoke"),
    @JsonSubTypes.Type(value = Message.Result.class, name = "result"),
    @JsonSubTypes.Type(value = Message.Read.class, name = "read"),
    @JsonSubTypes.Type(value = Message.Rows.class, name = "rows"),
    @JsonSubTypes.Type(value = Message.Restart.class, name = "restart"),
    @JsonSubTypes.Type(value = Message.Bye.class, name = "bye"),
})
public sealed interface Message {
    /// The version of the protocol that these messages are.
    int PROTOCOL = 1;

    /// First message of a component. `instance` and `generation` say which configuration it runs;
    /// both are absent or zero when it runs none.
    record Hello(
            int protocol,
            String name,
            String version,
            int faces,
            @JsonDeserialize(using = Absent.IsFalse.class) boolean required,
            List<String> capabilities,
            List<YangModule> modules,
            List<String> subscriptions,
            List<String> watches,
            List<Api> apis,
            List<String> operations,
            List<String> lists,
            @JsonDeserialize(using = Absent.IsZero.class) long generation,
            @Nullable String instance)
            implements Message {
        public Hello {
            present(name, "name");
            present(version, "version");
            if (faces != 1 && faces != 2) {
                throw new IllegalArgumentException("faces is 1 or 2");
            }
            capabilities = orEmpty(capabilities);
            modules = orEmpty(modules);
            subscriptions = orEmpty(subscriptions);
            watches = orEmpty(watches);
            apis = orEmpty(apis);
            operations = orEmpty(operations);
            lists = orEmpty(lists);
        }
    }

    /// Answer to `hello`. `generation` is what the datastore runs, `instance` names its history.
    record Welcome(
            long generation,
            long heartbeatMillis,
            long prepareMillis,
            long commitMillis,
            long replaceMillis,
            String instance)
            implements Message {
        public Welcome {
            present(instance, "instance");
            if (heartbeatMillis <= 0) {
                throw new IllegalArgumentException("heartbeat-millis is positive");
            }
        }
    }

    /// The whole content under the subscriptions, in parts of one id. What was there before and is
    /// in no part is gone. Answered after the last part.
    record Replace(long id, long generation, int part, boolean last, List<WireEdit> edits)
            implements Message {
        public Replace {
            edits = orEmpty(edits);
        }
    }

    /// Check this change and build the next face, in parts of one id; nothing visible changes.
    /// Answered after the last part.
    record Prepare(
            long id,
            long generation,
            long base,
            int part,
            boolean last,
            List<WireEdit> edits,
            String user,
            @Nullable String comment,
            @Nullable String transaction)
            implements Message {
        public Prepare {
            edits = orEmpty(edits);
            present(user, "user");
        }
    }

    /// Run what was prepared.
    record Commit(long id, long generation) implements Message {}

    /// Forget what was prepared; after a commit of it: go back to what ran before.
    record Abort(long id, long generation) implements Message {}

    /// Answer to `replace`, `prepare`, `commit`, `abort`, by its id.
    record Answer(long id, boolean ok, List<WireError> errors) implements Message {
        public Answer {
            errors = orEmpty(errors);
        }
    }

    /// A change under the watched paths that runs already. Nobody answers it.
    record Notify(
            long generation,
            int part,
            boolean last,
            List<WireEdit> edits,
            String user,
            @Nullable String comment)
            implements Message {
        public Notify {
            edits = orEmpty(edits);
            present(user, "user");
        }
    }

    /// Sign of life, both ways.
    record Heartbeat() implements Message {}

    /// Operational data.
    record State(List<WireEdit> edits) implements Message {
        public State {
            edits = orEmpty(edits);
        }
    }

    /// Something that happened, for the event hub.
    record Event(String topic, JsonNode data) implements Message {
        public Event {
            present(topic, "topic");
            present(data, "data");
        }
    }

    /// An alarm of a resource raised, changed or cleared.
    record Alarm(String resource, String typeId, Severity severity, String text, boolean cleared)
            implements Message {
        public Alarm {
            present(resource, "resource");
            present(typeId, "type-id");
            present(severity, "severity");
            text = Objects.requireNonNullElse(text, "");
        }
    }

    /// Where is the API of this name?
    record LookupApi(long id, String name) implements Message {
        public LookupApi {
            present(name, "name");
        }
    }

    /// Answer to `lookup-api`: each component that is connected and offers it.
    record Apis(long id, List<Offer> apis) implements Message {
        public Apis {
            apis = orEmpty(apis);
        }
    }

    /// May I use the API of this name, with these scopes? Any component that offers it will do.
    record RequestGrant(long id, String api, List<String> scopes) implements Message {
        public RequestGrant {
            present(api, "api");
            scopes = orEmpty(scopes);
        }
    }

    /// To who offers an API: `client` may use it with these scopes, from now on. What was granted
    /// it before is no longer good. Answered by `granted`.
    record Grant(long id, String api, String client, List<String> scopes) implements Message {
        public Grant {
            present(api, "api");
            present(client, "client");
            scopes = orEmpty(scopes);
        }
    }

    /// Answer to `grant`, handed on as the answer to `request-grant`. The token opens the API at
    /// its endpoint to whoever has it; absent, with the reason in `errors`, if nothing was granted.
    record Granted(
            long id, @Nullable String token, @Nullable String endpoint, List<WireError> errors)
            implements Message {
        public Granted {
            errors = orEmpty(errors);
        }

        /// The token is a secret, and messages are logged.
        @Override
        public String toString() {
            return "Granted[id=%d, endpoint=%s, errors=%s]".formatted(id, endpoint, errors);
        }
    }

    /// To who offers an API: what was granted to `client` is no longer good. Nobody answers it.
    record Revoke(String api, String client) implements Message {
        public Revoke {
            present(api, "api");
            present(client, "client");
        }
    }

    /// Carry out an operation (YANG `rpc`) for `user`, who may. `input` is its input as RFC 7951
    /// JSON, checked against its module. Answered by `result`.
    record Invoke(long id, String operation, JsonNode input, String user) implements Message {
        public Invoke {
            present(operation, "operation");
            present(input, "input");
            present(user, "user");
        }
    }

    /// Answer to `invoke`; with errors nothing is given out.
    record Result(long id, @Nullable JsonNode output, List<WireError> errors) implements Message {
        public Result {
            errors = orEmpty(errors);
        }
    }

    /// Give out entries of a list of state: the one with these `keys`, or a page of them that
    /// begins at the start or where the page before ended (`after`). Answered by `rows`.
    record Read(
            long id,
            String list,
            @Nullable Map<String, JsonNode> keys,
            @Nullable String after,
            int maximum)
            implements Message {
        public Read {
            present(list, "list");
            keys = keys == null ? null : Map.copyOf(keys);
        }
    }

    /// Answer to `read`. `after` is there if there are more.
    record Rows(long id, List<JsonNode> entries, @Nullable String after, List<WireError> errors)
            implements Message {
        public Rows {
            entries = orEmpty(entries);
            errors = orEmpty(errors);
        }
    }

    /// End your process in good order; whoever supervises it starts it again.
    record Restart(String reason) implements Message {
        public Restart {
            reason = Objects.requireNonNullElse(reason, "");
        }
    }

    /// Why the sender closes the connection. The last message.
    record Bye(String reason) implements Message {
        public Bye {
            reason = Objects.requireNonNullElse(reason, "");
        }
    }

    /// A YANG module that a component implements.
    record YangModule(String name, @Nullable String revision, List<String> features) {
        public YangModule {
            present(name, "module name");
            features = orEmpty(features);
        }
    }

    /// An API that a component offers, and where.
    record Api(
            String name, String version, String endpoint, String transport, List<String> scopes) {
        public Api {
            present(name, "api name");
            present(version, "api version");
            present(endpoint, "api endpoint");
            present(transport, "api transport");
            scopes = orEmpty(scopes);
        }
    }

    /// An API with the component that offers it.
    record Offer(String component, Api api) {}

    private static void present(@Nullable Object value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }
}
