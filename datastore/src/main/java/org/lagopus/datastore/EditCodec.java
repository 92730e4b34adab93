package org.lagopus.datastore;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.codec.binfmt.NormalizedNodeDataInput;
import org.opendaylight.yangtools.yang.data.codec.binfmt.NormalizedNodeDataOutput;
import org.opendaylight.yangtools.yang.data.codec.binfmt.NormalizedNodeStreamVersion;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// The binary form of a change and of a whole tree; it needs no model to be read.
final class EditCodec {
    private EditCodec() {}

    static byte[] encode(SchemaNode schema, DataTreeCandidateNode change) throws IOException {
        var edits = new ArrayList<Edit>();
        Change.write(change, YangInstanceIdentifier.of(), into(edits));
        var undo = new ArrayList<Edit>();
        Change.undo(change, YangInstanceIdentifier.of(), into(undo));
        var bytes = new ByteArrayOutputStream();
        var out = NormalizedNodeStreamVersion.current().newDataOutput(new DataOutputStream(bytes));
        write(out, schema, edits);
        write(out, schema, undo);
        return bytes.toByteArray();
    }

    /// A change of everything, before and after it under different modules.
    static byte[] encode(ContainerNode before, ContainerNode after) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = NormalizedNodeStreamVersion.current().newDataOutput(new DataOutputStream(bytes));
        write(out, null, List.of(Edit.replace(YangInstanceIdentifier.of(), after)));
        write(out, null, List.of(Edit.replace(YangInstanceIdentifier.of(), before)));
        return bytes.toByteArray();
    }

    private static void write(
            NormalizedNodeDataOutput out, @Nullable SchemaNode schema, List<Edit> edits)
            throws IOException {
        out.writeInt(edits.size());
        for (var edit : edits) {
            out.writeYangInstanceIdentifier(edit.path());
            var data = edit.data();
            out.writeOptionalNormalizedNode(
                    data == null || isPlain(schema, edit.path()) ? data : Fragment.flat(data));
        }
    }

    /// Whether all that can be there is written as it is; that saves a walk over all of it.
    private static boolean isPlain(@Nullable SchemaNode schema, YangInstanceIdentifier path) {
        var there = schema == null ? null : schema.find(path);
        return there != null && !there.holdsAny;
    }

    private static Change.Writer into(List<Edit> edits) {
        return (path, node) ->
                edits.add(node == null ? Edit.remove(path) : Edit.replace(path, node));
    }

    /// What a change wrote.
    static List<Edit> decode(byte[] bytes) throws IOException {
        return edits(input(bytes));
    }

    /// What leads back from a change.
    static List<Edit> undo(byte[] bytes) throws IOException {
        var in = input(bytes);
        edits(in);
        return edits(in);
    }

    private static NormalizedNodeDataInput input(byte[] bytes) throws IOException {
        return NormalizedNodeDataInput.newDataInput(
                new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    private static List<Edit> edits(NormalizedNodeDataInput in) throws IOException {
        int count = in.readInt();
        if (count < 0) {
            throw new IOException(count + " edits");
        }
        var edits = new ArrayList<Edit>(Math.min(count, 1 << 16));
        try {
            for (int i = 0; i < count; i++) {
                edits.add(edit(in));
            }
        } catch (RuntimeException e) {
            throw new IOException("what is stored is no edit", e);
        }
        return edits;
    }

    private static Edit edit(NormalizedNodeDataInput in) throws IOException {
        var path = in.readYangInstanceIdentifier();
        var node = in.readOptionalNormalizedNode();
        if (node.isEmpty()) {
            return Edit.remove(path);
        }
        var name = path.getLastPathArgument();
        var data = Fragment.unflat(node.get());
        if (name != null && !name.equals(data.name())) {
            throw new IOException(path + " with a " + data.name());
        }
        return Edit.replace(path, data);
    }

    static void write(DataOutput out, ContainerNode root) throws IOException {
        NormalizedNodeStreamVersion.current()
                .newDataOutput(out)
                .writeNormalizedNode(Fragment.flat(root));
    }

    static ContainerNode read(DataInput in) throws IOException {
        try {
            return (ContainerNode)
                    Fragment.unflat(NormalizedNodeDataInput.newDataInput(in).readNormalizedNode());
        } catch (RuntimeException e) {
            throw new IOException("what is stored is no tree", e);
        }
    }
}
