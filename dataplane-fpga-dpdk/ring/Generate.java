import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Writes the C and the Java side of the ring messages from ring.msg, the only definition of them.
///
///     java dataplane-fpga-dpdk/ring/Generate.java                        the committed outputs
///     java dataplane-fpga-dpdk/ring/Generate.java SCHEMA C-DIR JAVA-DIR  somewhere else
///
/// The schema is refused, with file, line and reason, where the two languages could disagree: a field
/// off its natural alignment, a size that is no multiple of 8, a number or a name used twice.
/// Nothing is written then. ring.msg itself tells the grammar.
public final class Generate {
    private static final String SOURCE = "ring.msg by Generate.java; change those and run `make generate`";
    private static final String PACKAGE = "org.lagopus.component.ring.messages";
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    private static final Pattern SIZED = Pattern.compile("(u8|text)\\[([1-9][0-9]{0,4})]");
    private static final int HEADER_SIZE = 32;
    private static final int WIDTH = 100;

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 0 && arguments.length != 3) {
            System.err.println("usage: java Generate.java [SCHEMA C-DIRECTORY JAVA-DIRECTORY]");
            System.exit(2);
        }
        boolean chosen = arguments.length == 3;
        Path root = chosen ? Path.of("") : root();
        Path schema = chosen ? Path.of(arguments[0]) : root.resolve("dataplane-fpga-dpdk/ring/ring.msg");
        Path c = chosen ? Path.of(arguments[1]) : schema.resolveSibling("");
        Path java = chosen
                ? Path.of(arguments[2])
                : root.resolve("component-api/src/main/java/" + PACKAGE.replace('.', '/'));
        Map<Path, String> files = new TreeMap<>();
        try {
            Schema read = new Parser(schema.toString()).parse(Files.readAllLines(schema));
            new C(read).write().forEach((name, text) -> files.put(c.resolve(name), text));
            new Java(read).write().forEach((name, text) -> files.put(java.resolve(name), text));
        } catch (SchemaException refused) {
            System.err.println(refused.getMessage());
            System.exit(1);
        }
        Files.createDirectories(c);
        Files.createDirectories(java);
        try (var old = Files.newDirectoryStream(java, "*.java")) {
            for (Path file : old) {
                if (!files.containsKey(file)) {
                    Files.delete(file);
                }
            }
        }
        for (var file : files.entrySet()) {
            Files.writeString(file.getKey(), file.getValue());
        }
    }

    /// The top of the checkout: the nearest folder upwards that holds the schema.
    private static Path root() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.exists(at.resolve("dataplane-fpga-dpdk/ring/ring.msg"))) {
                return at;
            }
        }
        throw new IllegalStateException("no dataplane-fpga-dpdk/ring/ring.msg here or above");
    }

    // --- the schema ------------------------------------------------------------------------------

    static final class SchemaException extends RuntimeException {
        SchemaException(String file, int line, String reason) {
            super(file + ":" + line + ": " + reason, null, false, false);
        }
    }

    /// What a field is made of. Size and alignment are those of both languages.
    sealed interface Type {
        int size();

        default int alignment() {
            return size();
        }

        record Unsigned(int size) implements Type {}

        record Bool() implements Type {
            public int size() {
                return 1;
            }
        }

        record Choice(String name) implements Type {
            public int size() {
                return 1;
            }
        }

        record Bytes(int size) implements Type {
            public int alignment() {
                return 1;
            }
        }

        record Text(int size) implements Type {
            public int alignment() {
                return 1;
            }
        }

        record Ip4() implements Type {
            public int size() {
                return 4;
            }
        }

        record Ip6() implements Type {
            public int size() {
                return 16;
            }

            public int alignment() {
                return 8;
            }
        }

        record Mac() implements Type {
            public int size() {
                return 6;
            }

            public int alignment() {
                return 1;
            }
        }
    }

    record Field(Type type, String name, int offset, String comment) {
        boolean isPad() {
            return name.matches("pad[0-9]*");
        }
    }

    /// The elements behind a message's fields.
    record Array(String struct, String name) {
        String count() {
            return name + "-count";
        }
    }

    /// A struct, or a message where number is 1 or more. Size is that of the fields alone.
    record Struct(String name, int number, List<Field> fields, Array array, int size, String comment) {
        int end() {
            return (number > 0 ? HEADER_SIZE : 0) + size;
        }

        boolean isCount(Field field) {
            return array != null && field.name().equals(array.count());
        }
    }

    record Constant(String name, int number, String comment) {}

    record Choices(String name, List<Constant> constants, String comment) {}

    record Schema(Struct header, List<Struct> structs, List<Struct> messages, List<Choices> enums) {
        Struct struct(String name) {
            return structs.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
        }
    }

    /// Reads the schema in two passes, so that a message may use an enum or a struct that follows.
    static final class Parser {
        private record Line(int number, boolean indented, List<String> words, String comment) {}

        private final String file;
        private final Set<String> enumNames = new HashSet<>();
        private final Map<String, Integer> names = new HashMap<>();
        private final Map<Integer, String> numbers = new HashMap<>();
        private final Map<String, Struct> structs = new LinkedHashMap<>();
        private final List<Struct> messages = new ArrayList<>();
        private final List<Choices> enums = new ArrayList<>();

        Parser(String file) {
            this.file = file;
        }

        Schema parse(List<String> text) {
            List<List<Line>> blocks = blocks(text);
            for (List<Line> block : blocks) {
                declare(block.getFirst());
            }
            // Structs first: a message's array needs the size of its elements.
            for (String kind : List.of("enum", "struct", "message")) {
                for (List<Line> block : blocks) {
                    if (block.getFirst().words().getFirst().equals(kind)) {
                        define(block);
                    }
                }
            }
            Struct header = structs.remove("header");
            if (header == null || header.size() != HEADER_SIZE) {
                throw new SchemaException(file, text.size(), "`struct header` of " + HEADER_SIZE + " bytes is missing");
            }
            return new Schema(header, List.copyOf(structs.values()), messages, enums);
        }

        private List<List<Line>> blocks(List<String> text) {
            List<List<Line>> blocks = new ArrayList<>();
            for (int i = 0; i < text.size(); i++) {
                String whole = text.get(i);
                int hash = whole.indexOf('#');
                String content = (hash < 0 ? whole : whole.substring(0, hash)).strip();
                if (content.isEmpty()) {
                    continue;
                }
                Line line = new Line(
                        i + 1,
                        Character.isWhitespace(whole.charAt(0)),
                        List.of(content.split("\\s+")),
                        hash < 0 ? "" : whole.substring(hash + 1).strip());
                if (!line.indented()) {
                    blocks.add(new ArrayList<>());
                } else if (blocks.isEmpty()) {
                    throw wrong(line, "a field outside a message, struct or enum");
                }
                blocks.getLast().add(line);
            }
            return blocks;
        }

        private void declare(Line line) {
            String kind = line.words().getFirst();
            int expected = kind.equals("message") ? 3 : 2;
            if (!Set.of("message", "struct", "enum").contains(kind) || line.words().size() != expected) {
                throw wrong(line, "expected `message NAME TYPE`, `struct NAME` or `enum NAME`");
            }
            String name = name(line, line.words().get(1));
            Integer before = names.putIfAbsent(name, line.number());
            if (before != null) {
                throw wrong(line, "`" + name + "` is already declared in line " + before);
            }
            if (kind.equals("enum")) {
                enumNames.add(name);
            }
        }

        private void define(List<Line> block) {
            Line line = block.getFirst();
            List<Line> body = block.subList(1, block.size());
            String name = line.words().get(1);
            switch (line.words().getFirst()) {
                case "enum" -> enums.add(new Choices(name, constants(line, body), line.comment()));
                case "struct" -> structs.put(name, fields(line, 0, body));
                default -> {
                    int number = number(line, line.words().get(2), 1, 0xffff);
                    String before = numbers.putIfAbsent(number, name);
                    if (before != null) {
                        throw wrong(line, "number " + number + " belongs to `" + before + "`");
                    }
                    messages.add(fields(line, number, body));
                }
            }
        }

        private List<Constant> constants(Line line, List<Line> body) {
            List<Constant> constants = new ArrayList<>();
            for (Line each : body) {
                if (each.words().size() != 2) {
                    throw wrong(each, "expected `NAME NUMBER`");
                }
                Constant constant = new Constant(
                        name(each, each.words().get(0)), number(each, each.words().get(1), 0, 255), each.comment());
                for (Constant other : constants) {
                    if (other.name().equals(constant.name()) || other.number() == constant.number()) {
                        throw wrong(each, "the name or number of `" + other.name() + "` again");
                    }
                }
                constants.add(constant);
            }
            if (constants.isEmpty()) {
                throw wrong(line, "an enum without names");
            }
            return constants;
        }

        private Struct fields(Line line, int number, List<Line> body) {
            List<Field> fields = new ArrayList<>();
            Set<String> used = new HashSet<>();
            Array array = null;
            int offset = 0;
            for (Line each : body) {
                if (array != null) {
                    throw wrong(each, "nothing may follow an array");
                }
                if (each.words().getFirst().equals("array")) {
                    array = array(each, number, fields);
                    continue;
                }
                if (each.words().size() != 2) {
                    throw wrong(each, "expected `TYPE NAME`");
                }
                Type type = type(each, each.words().get(0));
                String name = name(each, each.words().get(1));
                if (!used.add(name) || (number > 0 && name.equals("header"))) {
                    throw wrong(each, "a second field `" + name + "`");
                }
                if (offset % type.alignment() != 0) {
                    throw wrong(each, "`" + name + "` is at offset " + offset + ", not a multiple of "
                            + type.alignment() + ": write a pad before it");
                }
                fields.add(new Field(type, name, offset, each.comment()));
                offset += type.size();
            }
            if (offset % 8 != 0) {
                throw wrong(line, "`" + line.words().get(1) + "` has " + offset
                        + " bytes, not a multiple of 8: write a pad at the end");
            }
            if (number == 0 && offset == 0) {
                throw wrong(line, "a struct without fields");
            }
            return new Struct(line.words().get(1), number, List.copyOf(fields), array, offset, line.comment());
        }

        private Array array(Line line, int number, List<Field> fields) {
            if (number == 0 || line.words().size() != 3) {
                throw wrong(line, "expected `array STRUCT NAME`, in a message");
            }
            Array array = new Array(line.words().get(1), name(line, line.words().get(2)));
            if (!structs.containsKey(array.struct())) {
                throw wrong(line, "no struct `" + array.struct() + "`");
            }
            boolean counted = fields.stream()
                    .anyMatch(f -> f.name().equals(array.count()) && f.type().equals(new Type.Unsigned(4)));
            if (!counted) {
                throw wrong(line, "no field `u32 " + array.count() + "` before the array");
            }
            return array;
        }

        private Type type(Line line, String word) {
            var sized = SIZED.matcher(word);
            if (sized.matches()) {
                int size = Integer.parseInt(sized.group(2));
                return sized.group(1).equals("text") ? new Type.Text(size) : new Type.Bytes(size);
            }
            return switch (word) {
                case "u8" -> new Type.Unsigned(1);
                case "u16" -> new Type.Unsigned(2);
                case "u32" -> new Type.Unsigned(4);
                case "u64" -> new Type.Unsigned(8);
                case "bool" -> new Type.Bool();
                case "ip4" -> new Type.Ip4();
                case "ip6" -> new Type.Ip6();
                case "mac" -> new Type.Mac();
                default -> {
                    if (!enumNames.contains(word)) {
                        throw wrong(line, "no type or enum `" + word + "`");
                    }
                    yield new Type.Choice(word);
                }
            };
        }

        private String name(Line line, String word) {
            if (!NAME.matcher(word).matches()) {
                throw wrong(line, "`" + word + "` is not a name of lower-case letters, digits and hyphens");
            }
            return word;
        }

        private int number(Line line, String word, int lowest, int highest) {
            int number = word.matches("[0-9]{1,6}") ? Integer.parseInt(word) : -1;
            if (number < lowest || number > highest) {
                throw wrong(line, "`" + word + "` is not a number from " + lowest + " to " + highest);
            }
            return number;
        }

        private SchemaException wrong(Line line, String reason) {
            return new SchemaException(file, line.number(), reason);
        }
    }

    /// Lines of text; printf for those with arguments.
    private static class Writer {
        private final StringBuilder out = new StringBuilder();

        void line(String text) {
            out.append(text).append('\n');
        }

        void line(String format, Object... arguments) {
            line(String.format(Locale.ROOT, format, arguments));
        }

        String text() {
            return out.toString();
        }
    }

    // --- C ---------------------------------------------------------------------------------------

    /// messages.h with the layouts, messages.c with the names and the check of what came in.
    static final class C {
        private final Schema schema;

        C(Schema schema) {
            this.schema = schema;
        }

        Map<String, String> write() {
            return Map.of("messages.h", header(), "messages.c", source());
        }

        private String header() {
            Writer w = new Writer();
            w.line("/* Written from %s. */", SOURCE);
            w.line("#pragma once");
            w.line("");
            w.line("#include <stddef.h>");
            w.line("#include <stdint.h>");
            w.line("");
            w.line("enum ring_type {");
            for (Struct message : schema.messages()) {
                w.line("\tRING_%s = %d,%s", upper(message.name()), message.number(), remark(message.comment()));
            }
            w.line("};");
            for (Choices each : schema.enums()) {
                w.line("");
                comment(w, each.comment());
                w.line("enum ring_%s {", lower(each.name()));
                for (Constant constant : each.constants()) {
                    w.line("\tRING_%s_%s = %d,%s", upper(each.name()), upper(constant.name()),
                            constant.number(), remark(constant.comment()));
                }
                w.line("};");
            }
            struct(w, schema.header());
            schema.structs().forEach(each -> struct(w, each));
            schema.messages().forEach(each -> struct(w, each));
            w.line("");
            w.line("/* The name of a message type or an enum's number as in the schema, \"?\" for any other. */");
            w.line("const char *ring_message_name(unsigned int type);");
            for (Choices each : schema.enums()) {
                w.line("const char *ring_%s_name(unsigned int number);", lower(each.name()));
            }
            w.line("");
            w.line("/* Bytes of a message without its array elements; 0 for an unknown type. */");
            w.line("uint32_t ring_message_size(unsigned int type);");
            w.line("");
            w.line("/* Checks a message that was copied out of a ring, `bytes` long: that its type is known, that its");
            w.line(" * length is what its type and count say, that texts end in NUL, and that enums and bools hold a");
            w.line(" * number they have. Afterwards every field can be read; ranges and references are yet to be");
            w.line(" * checked. Needs an address aligned to 8. */");
            w.line("enum ring_error ring_message_check(const void *message, size_t bytes);");
            return w.text();
        }

        private void struct(Writer w, Struct struct) {
            w.line("");
            comment(w, struct.comment());
            w.line("struct ring_%s {", lower(struct.name()));
            if (struct.number() > 0) {
                w.line("\tstruct ring_header header;");
            }
            for (Field field : struct.fields()) {
                w.line("\t%s;%s", member(field), remark(field.comment()));
            }
            if (struct.array() != null) {
                w.line("\tstruct ring_%s %s[];", lower(struct.array().struct()), lower(struct.array().name()));
            }
            w.line("};");
            int base = struct.number() > 0 ? HEADER_SIZE : 0;
            for (Field field : struct.fields()) {
                w.line("_Static_assert(offsetof(struct ring_%s, %s) == %d, \"layout\");", lower(struct.name()),
                        lower(field.name()), base + field.offset());
            }
            w.line("_Static_assert(sizeof(struct ring_%s) == %d, \"layout\");", lower(struct.name()), struct.end());
        }

        private static String member(Field field) {
            String name = lower(field.name());
            return switch (field.type()) {
                case Type.Unsigned(int size) -> "uint" + size * 8 + "_t " + name;
                case Type.Bool _ -> "uint8_t " + name;
                case Type.Choice _ -> "uint8_t " + name;
                case Type.Bytes(int size) -> "uint8_t " + name + "[" + size + "]";
                case Type.Text(int size) -> "char " + name + "[" + size + "]";
                case Type.Ip4 _ -> "uint32_t " + name;
                case Type.Ip6 _ -> "uint8_t " + name + "[16]";
                case Type.Mac _ -> "uint8_t " + name + "[6]";
            };
        }

        private String source() {
            Writer w = new Writer();
            w.line("/* Written from %s. */", SOURCE);
            w.line("#include <stdbool.h>");
            w.line("");
            w.line("#include \"messages.h\"");
            names(w, "message", schema.messages().stream().map(m -> new Constant(m.name(), m.number(), "")).toList());
            schema.enums().forEach(each -> names(w, each.name(), each.constants()));
            w.line("");
            w.line("uint32_t ring_message_size(unsigned int type) {");
            w.line("\tswitch (type) {");
            for (Struct message : schema.messages()) {
                w.line("\tcase RING_%s:", upper(message.name()));
                w.line("\t\treturn sizeof(struct ring_%s);", lower(message.name()));
            }
            w.line("\tdefault:");
            w.line("\t\treturn 0;");
            w.line("\t}");
            w.line("}");
            for (Choices each : schema.enums()) {
                w.line("");
                w.line("static inline bool is_%s(uint8_t number) {", lower(each.name()));
                w.line("\tswitch (number) {");
                each.constants().forEach(c -> w.line("\tcase RING_%s_%s:", upper(each.name()), upper(c.name())));
                w.line("\t\treturn true;");
                w.line("\tdefault:");
                w.line("\t\treturn false;");
                w.line("\t}");
                w.line("}");
            }
            schema.structs().forEach(each -> check(w, each));
            schema.messages().forEach(each -> check(w, each));
            w.line("");
            w.line("enum ring_error ring_message_check(const void *message, size_t bytes) {");
            w.line("\tconst struct ring_header *header = message;");
            w.line("");
            w.line("\tif (bytes < sizeof(*header) || header->length != bytes)");
            w.line("\t\treturn RING_ERROR_MALFORMED;");
            w.line("\tuint32_t size = ring_message_size(header->type);");
            w.line("\tif (size == 0)");
            w.line("\t\treturn RING_ERROR_UNKNOWN_MESSAGE;");
            w.line("\tif (bytes < size)");
            w.line("\t\treturn RING_ERROR_MALFORMED;");
            w.line("");
            w.line("\tbool ok;");
            w.line("\tswitch (header->type) {");
            for (Struct message : schema.messages()) {
                w.line("\tcase RING_%s:", upper(message.name()));
                w.line("\t\tok = check_%s(message, bytes);", lower(message.name()));
                w.line("\t\tbreak;");
            }
            w.line("\tdefault:");
            w.line("\t\tok = false;");
            w.line("\t}");
            w.line("\treturn ok ? RING_ERROR_OK : RING_ERROR_MALFORMED;");
            w.line("}");
            return w.text();
        }

        private static void names(Writer w, String kind, List<Constant> constants) {
            w.line("");
            w.line("const char *ring_%s_name(unsigned int %s) {", lower(kind), kind.equals("message") ? "type" : "number");
            w.line("\tswitch (%s) {", kind.equals("message") ? "type" : "number");
            for (Constant constant : constants) {
                String symbol = kind.equals("message") ? "" : upper(kind) + "_";
                w.line("\tcase RING_%s%s:", symbol, upper(constant.name()));
                w.line("\t\treturn \"%s\";", constant.name());
            }
            w.line("\tdefault:");
            w.line("\t\treturn \"?\";");
            w.line("\t}");
            w.line("}");
        }

        private void check(Writer w, Struct struct) {
            boolean message = struct.number() > 0;
            List<String> conditions = new ArrayList<>();
            if (message && struct.array() == null) {
                conditions.add("bytes == sizeof(*m)");
            } else if (message) {
                conditions.add(String.format(Locale.ROOT, "bytes == sizeof(*m) + (size_t)m->%s * sizeof(m->%s[0])",
                        lower(struct.array().count()), lower(struct.array().name())));
            }
            for (Field field : struct.fields()) {
                String name = lower(field.name());
                switch (field.type()) {
                    case Type.Bool _ -> conditions.add("m->" + name + " <= 1");
                    case Type.Choice(String choice) -> conditions.add("is_" + lower(choice) + "(m->" + name + ")");
                    case Type.Text(int size) -> conditions.add("m->" + name + "[" + (size - 1) + "] == '\\0'");
                    default -> {}
                }
            }
            boolean used = !conditions.isEmpty();
            w.line("");
            w.line("static inline bool check_%s(const struct ring_%s *m%s%s) {", lower(struct.name()),
                    lower(struct.name()), used ? "" : " __attribute__((unused))", message ? ", size_t bytes" : "");
            String all = used ? String.join("\n\t\t&& ", conditions) : "true";
            if (struct.array() == null) {
                w.line("\treturn " + all + ";");
            } else {
                w.line("\tif (!(" + all + "))");
                w.line("\t\treturn false;");
                w.line("\tfor (uint32_t i = 0; i < m->%s; i++) {", lower(struct.array().count()));
                w.line("\t\tif (!check_%s(&m->%s[i]))", lower(struct.array().struct()), lower(struct.array().name()));
                w.line("\t\t\treturn false;");
                w.line("\t}");
                w.line("\treturn true;");
            }
            w.line("}");
        }

        private static void comment(Writer w, String comment) {
            if (!comment.isEmpty()) {
                w.line("/* %s */", comment.replace("*/", "* /"));
            }
        }

        private static String remark(String comment) {
            return comment.isEmpty() ? "" : " /* " + comment.replace("*/", "* /") + " */";
        }

        private static String lower(String name) {
            return name.replace('-', '_');
        }

        private static String upper(String name) {
            return lower(name).toUpperCase(Locale.ROOT);
        }
    }

    // --- Java ------------------------------------------------------------------------------------

    /// A record for each message and struct, an enum for each enum, and the sealed Message over all.
    static final class Java {
        private static final Set<String> KEYWORDS = Set.of("default", "class", "interface", "switch", "package", "new",
                "case", "static", "native", "null", "true", "false", "goto", "int", "long", "short", "byte", "void");
        private final Schema schema;

        Java(Schema schema) {
            this.schema = schema;
        }

        Map<String, String> write() {
            Map<String, String> files = new TreeMap<>();
            schema.enums().forEach(each -> files.put(type(each.name()) + ".java", choices(each)));
            files.put("Header.java", struct(schema.header()));
            schema.structs().forEach(each -> files.put(type(each.name()) + ".java", struct(each)));
            schema.messages().forEach(each -> files.put(type(each.name()) + ".java", struct(each)));
            files.put("Message.java", message());
            files.put("Wire.java", head() + WIRE);
            files.put("MalformedMessageException.java", head() + MALFORMED);
            files.put("package-info.java", "// Written from " + SOURCE + ".\n\n" + PACKAGE_INFO);
            return files;
        }

        private static String head() {
            return "// Written from " + SOURCE + ".\n\npackage " + PACKAGE + ";\n\n";
        }

        private String choices(Choices choices) {
            String name = type(choices.name());
            Writer w = new Writer();
            w.line("/// %s", choices.comment().isEmpty()
                    ? "The enum `" + choices.name() + "` of the ring messages."
                    : sentence(choices.comment()));
            w.line("public enum %s {", name);
            for (int i = 0; i < choices.constants().size(); i++) {
                Constant constant = choices.constants().get(i);
                if (!constant.comment().isEmpty()) {
                    w.line("    /// %s", sentence(constant.comment()));
                }
                w.line("    %s(%d)%s", constant(constant.name()), constant.number(),
                        i + 1 < choices.constants().size() ? "," : ";");
            }
            w.line("");
            w.line("    private final int number;");
            w.line("");
            w.line("    %s(int number) {", name);
            w.line("        this.number = number;");
            w.line("    }");
            w.line("");
            w.line("    /// The number that stands for it in a message.");
            w.line("    public int number() {");
            w.line("        return number;");
            w.line("    }");
            w.line("");
            w.line("    /// The one with that number; an unknown number makes the message malformed.");
            w.line("    public static %s of(int number) {", name);
            w.line("        return switch (number) {");
            choices.constants().forEach(c -> w.line("            case %d -> %s;", c.number(), constant(c.name())));
            w.line("            default -> throw new MalformedMessageException(\"%s \" + number);", choices.name());
            w.line("        };");
            w.line("    }");
            w.line("}");
            return head() + w.text();
        }

        private String struct(Struct struct) {
            boolean message = struct.number() > 0;
            String name = type(struct.name());
            int base = message ? HEADER_SIZE : 0;
            Writer w = new Writer();
            w.line("import java.lang.foreign.MemorySegment;");
            if (struct.array() != null) {
                w.line("import java.util.ArrayList;");
                w.line("import java.util.List;");
            }
            w.line("");
            w.line("/// %s", struct.comment().isEmpty()
                    ? "The " + (message ? "message" : "struct") + " `" + struct.name() + "`."
                    : "The " + (message ? "message" : "struct") + " `" + struct.name() + "`: " + sentence(struct.comment()));
            List<String> documented = new ArrayList<>();
            for (Field field : struct.fields()) {
                if (!field.isPad() && !struct.isCount(field) && !field.comment().isEmpty()) {
                    documented.add("@param " + components(field).getFirst().name() + " " + field.comment());
                }
            }
            if (!documented.isEmpty()) {
                w.line("///");
                documented.forEach(each -> w.line("/// " + each));
            }
            List<Component> components = new ArrayList<>();
            for (Field field : struct.fields()) {
                if (!field.isPad() && !struct.isCount(field)) {
                    components.addAll(components(field));
                }
            }
            if (struct.array() != null) {
                components.add(new Component("List<" + type(struct.array().struct()) + ">", member(struct.array().name())));
            }
            declaration(w, name, components, message);
            if (message) {
                w.line("    /// The number of this message.");
                w.line("    public static final int TYPE = %d;", struct.number());
                w.line("");
            }
            w.line("    /// Bytes%s%s.", message ? ", header included" : "", struct.array() != null ? ", elements not" : "");
            w.line("    public static final int SIZE = %d;", struct.end());
            if (struct.array() != null) {
                String list = member(struct.array().name());
                w.line("");
                w.line("    public %s {", name);
                w.line("        %s = List.copyOf(%s);", list, list);
                w.line("    }");
            }
            if (message) {
                w.line("");
                w.line("    @Override");
                w.line("    public int type() {");
                w.line("        return TYPE;");
                w.line("    }");
                w.line("");
                w.line("    @Override");
                w.line("    public int size() {");
                w.line("        return SIZE%s;", struct.array() == null ? "" : String.format(Locale.ROOT,
                        " + %s.size() * %s.SIZE", member(struct.array().name()), type(struct.array().struct())));
                w.line("    }");
            }
            w.line("");
            if (message) {
                w.line("    @Override");
            } else {
                w.line("    /// Writes all fields from `at` on.");
            }
            w.line("    public void write(MemorySegment to, long at) {");
            struct.fields().forEach(field -> put(w, struct, field, base + field.offset()));
            if (struct.array() != null) {
                w.line("        for (int i = 0; i < %s.size(); i++) {", member(struct.array().name()));
                w.line("            %s.get(i).write(to, at + SIZE + (long) i * %s.SIZE);",
                        member(struct.array().name()), type(struct.array().struct()));
                w.line("        }");
            }
            w.line("    }");
            w.line("");
            w.line(message
                    ? "    /// Reads the message whose header is at `at` and whose length is `length`."
                    : "    /// Reads all fields from `at` on.");
            w.line("    public static %s read(MemorySegment from, long at%s) {", name, message ? ", long length" : "");
            read(w, struct, name, base, components);
            w.line("    }");
            w.line("}");
            return head() + w.text();
        }

        private record Component(String type, String name) {}

        private static void declaration(Writer w, String name, List<Component> components, boolean message) {
            String end = message ? ") implements Message {" : ") {";
            List<String> parts = components.stream().map(c -> c.type() + " " + c.name()).toList();
            String one = "public record " + name + "(" + String.join(", ", parts) + end;
            if (one.length() <= WIDTH) {
                w.line(one);
                return;
            }
            w.line("public record %s(", name);
            for (int i = 0; i < parts.size(); i++) {
                w.line("        %s%s", parts.get(i), i + 1 < parts.size() ? "," : end);
            }
        }

        private void put(Writer w, Struct struct, Field field, int offset) {
            String place = "to, at" + (offset == 0 ? "" : " + " + offset);
            if (field.isPad()) {
                w.line("        Wire.zero(%s, %d);", place, field.type().size());
                return;
            }
            if (struct.isCount(field)) {
                w.line("        Wire.putU32(%s, %s.size());", place, member(struct.array().name()));
                return;
            }
            String name = member(field.name());
            switch (field.type()) {
                case Type.Unsigned(int size) when size == 8 -> w.line("        Wire.putU64(%s, %s);", place, name);
                case Type.Unsigned(int size) -> w.line("        Wire.putU%d(%s, %s);", size * 8, place, name);
                case Type.Bool _ -> w.line("        Wire.putU8(%s, %s ? 1 : 0);", place, name);
                case Type.Choice _ -> w.line("        Wire.putU8(%s, %s.number());", place, name);
                case Type.Bytes(int size) -> w.line("        Wire.putBytes(%s, %d, %s);", place, size, name);
                case Type.Text(int size) -> w.line("        Wire.putText(%s, %d, %s);", place, size, name);
                case Type.Ip4 _ -> w.line("        Wire.putIp4(%s, %s);", place, name);
                case Type.Ip6 _ -> w.line("        Wire.putIp6(%s, %sHi, %sLo);", place, name, name);
                case Type.Mac _ -> w.line("        Wire.putMac(%s, %s);", place, name);
            }
        }

        private void read(Writer w, Struct struct, String name, int base, List<Component> components) {
            List<String> values = new ArrayList<>();
            for (Field field : struct.fields()) {
                if (!field.isPad() && !struct.isCount(field)) {
                    values.addAll(gets(field, base + field.offset()));
                }
            }
            if (struct.number() > 0 && struct.array() == null) {
                w.line("        Wire.expect(length == SIZE, \"%s\", length);", struct.name());
            } else if (struct.array() != null) {
                String element = type(struct.array().struct());
                String list = member(struct.array().name());
                Field count = struct.fields().stream().filter(struct::isCount).findFirst().orElseThrow();
                w.line("        Wire.expect(length >= SIZE, \"%s\", length);", struct.name());
                w.line("        long count = Wire.u32(from, at + %d);", base + count.offset());
                w.line("        Wire.expect(length == SIZE + count * %s.SIZE, \"%s\", length);", element, struct.name());
                w.line("        List<%s> %s = new ArrayList<>((int) count);", element, list);
                w.line("        for (long i = 0; i < count; i++) {");
                w.line("            %s.add(%s.read(from, at + SIZE + i * %s.SIZE));", list, element, element);
                w.line("        }");
                values.add(list);
            }
            if (values.isEmpty()) {
                w.line("        return new %s();", name);
                return;
            }
            w.line("        return new %s(", name);
            for (int i = 0; i < values.size(); i++) {
                w.line("                %s%s", values.get(i), i + 1 < values.size() ? "," : ");");
            }
        }

        private static List<String> gets(Field field, int offset) {
            String place = "from, at" + (offset == 0 ? "" : " + " + offset);
            return switch (field.type()) {
                case Type.Unsigned(int size) -> List.of("Wire.u" + size * 8 + "(" + place + ")");
                case Type.Bool _ -> List.of("Wire.bool(" + place + ")");
                case Type.Choice(String choice) -> List.of(type(choice) + ".of(Wire.u8(" + place + "))");
                case Type.Bytes(int size) -> List.of("Wire.bytes(" + place + ", " + size + ")");
                case Type.Text(int size) -> List.of("Wire.text(" + place + ", " + size + ")");
                case Type.Ip4 _ -> List.of("Wire.ip4(" + place + ")");
                case Type.Ip6 _ -> List.of(
                        "Wire.big64(" + place + ")", "Wire.big64(from, at + " + (offset + 8) + ")");
                case Type.Mac _ -> List.of("Wire.mac(" + place + ")");
            };
        }

        private static List<Component> components(Field field) {
            String name = member(field.name());
            return switch (field.type()) {
                case Type.Unsigned(int size) -> List.of(new Component(size < 4 ? "int" : "long", name));
                case Type.Bool _ -> List.of(new Component("boolean", name));
                case Type.Choice(String choice) -> List.of(new Component(type(choice), name));
                case Type.Bytes _ -> List.of(new Component("byte[]", name));
                case Type.Text _ -> List.of(new Component("String", name));
                case Type.Ip4 _ -> List.of(new Component("int", name));
                case Type.Ip6 _ -> List.of(new Component("long", name + "Hi"), new Component("long", name + "Lo"));
                case Type.Mac _ -> List.of(new Component("long", name));
            };
        }

        private String message() {
            Writer w = new Writer();
            w.line("import java.lang.foreign.MemorySegment;");
            w.line("");
            w.line("/// A message between the worker and its clients. Unsigned 32-bit fields widen to long, a MAC");
            w.line("/// address is the low 48 bits of a long and an IPv6 address two longs, the first byte highest; an");
            w.line("/// IPv4 address in an IPv6 field stands in its first four bytes.");
            w.line("public sealed interface Message permits ");
            for (int i = 0; i < schema.messages().size(); i++) {
                w.line("        %s%s", type(schema.messages().get(i).name()),
                        i + 1 < schema.messages().size() ? "," : " {");
            }
            w.line("    /// The number of the message, as in its header.");
            w.line("    int type();");
            w.line("");
            w.line("    /// Bytes it takes, header included.");
            w.line("    int size();");
            w.line("");
            w.line("    /// Writes the fields behind the header, which begins at `at`. A number outside its field's");
            w.line("    /// range or a text too long is an IllegalArgumentException.");
            w.line("    void write(MemorySegment to, long at);");
            w.line("");
            w.line("    /// Reads any message by the type and length in its header at `at`, of which `bytes` are there.");
            w.line("    static Message read(MemorySegment from, long at, long bytes) {");
            w.line("        Wire.expect(bytes >= Header.SIZE, \"message\", bytes);");
            w.line("        int type = Wire.u16(from, at);");
            w.line("        long length = Wire.u32(from, at + 4);");
            w.line("        Wire.expect(length == bytes, \"message\", length);");
            w.line("        return switch (type) {");
            for (Struct message : schema.messages()) {
                w.line("            case %s.TYPE -> %s.read(from, at, length);", type(message.name()), type(message.name()));
            }
            w.line("            default -> throw new MalformedMessageException(\"message type \" + type);");
            w.line("        };");
            w.line("    }");
            w.line("}");
            return head() + w.text().replace("permits \n", "permits\n");
        }

        /// A class name; one that java.lang has too gets `Ring` before it.
        private static String type(String name) {
            String camel = camel(name);
            try {
                Class.forName("java.lang." + camel);
                return "Ring" + camel;
            } catch (ClassNotFoundException _) {
                return camel;
            }
        }

        private static String camel(String name) {
            StringBuilder camel = new StringBuilder();
            for (String part : name.split("-")) {
                camel.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
            }
            return camel.toString();
        }

        private static String member(String name) {
            String camel = camel(name);
            String member = Character.toLowerCase(camel.charAt(0)) + camel.substring(1);
            return KEYWORDS.contains(member) ? member + "_" : member;
        }

        private static String constant(String name) {
            return name.replace('-', '_').toUpperCase(Locale.ROOT);
        }

        private static String sentence(String comment) {
            String text = comment.endsWith(".") ? comment : comment + ".";
            return Character.toUpperCase(text.charAt(0)) + text.substring(1);
        }

        private static final String PACKAGE_INFO = """
                /// The messages of the rings between the worker and its clients, one record each.
                @NullMarked
                package %s;

                import org.jspecify.annotations.NullMarked;
                """.formatted(PACKAGE);

        private static final String MALFORMED = """
                /// A message whose length, numbers or texts are not what its type says: its sender is broken.
                public final class MalformedMessageException extends RuntimeException {
                    MalformedMessageException(String message) {
                        super(message);
                    }
                }
                """;

        private static final String WIRE = """
                import java.lang.foreign.MemorySegment;
                import java.lang.foreign.ValueLayout;
                import java.nio.ByteOrder;
                import java.nio.charset.StandardCharsets;

                /// Fields of a message in memory: integers in host order, addresses in network order.
                final class Wire {
                    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
                    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
                    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
                    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
                    private static final ValueLayout.OfShort BIG_SHORT = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
                    private static final ValueLayout.OfInt BIG_INT = INT.withOrder(ByteOrder.BIG_ENDIAN);
                    private static final ValueLayout.OfLong BIG_LONG = LONG.withOrder(ByteOrder.BIG_ENDIAN);

                    private Wire() {}

                    static void expect(boolean condition, String what, long length) {
                        if (!condition) {
                            throw new MalformedMessageException(what + " of " + length + " bytes");
                        }
                    }

                    static int u8(MemorySegment from, long at) {
                        return Byte.toUnsignedInt(from.get(BYTE, at));
                    }

                    static boolean bool(MemorySegment from, long at) {
                        byte value = from.get(BYTE, at);
                        if (value != 0 && value != 1) {
                            throw new MalformedMessageException("bool " + value);
                        }
                        return value == 1;
                    }

                    static int u16(MemorySegment from, long at) {
                        return Short.toUnsignedInt(from.get(SHORT, at));
                    }

                    static long u32(MemorySegment from, long at) {
                        return Integer.toUnsignedLong(from.get(INT, at));
                    }

                    static long u64(MemorySegment from, long at) {
                        return from.get(LONG, at);
                    }

                    static int ip4(MemorySegment from, long at) {
                        return from.get(BIG_INT, at);
                    }

                    static long big64(MemorySegment from, long at) {
                        return from.get(BIG_LONG, at);
                    }

                    static long mac(MemorySegment from, long at) {
                        return Short.toUnsignedLong(from.get(BIG_SHORT, at)) << 32
                                | Integer.toUnsignedLong(from.get(BIG_INT, at + 2));
                    }

                    static byte[] bytes(MemorySegment from, long at, int size) {
                        return from.asSlice(at, size).toArray(BYTE);
                    }

                    static String text(MemorySegment from, long at, int size) {
                        byte[] bytes = bytes(from, at, size);
                        for (int i = 0; i < size; i++) {
                            if (bytes[i] == 0) {
                                return new String(bytes, 0, i, StandardCharsets.UTF_8);
                            }
                        }
                        throw new MalformedMessageException("text without end");
                    }

                    static void putU8(MemorySegment to, long at, int value) {
                        to.set(BYTE, at, (byte) ranged(value, 0xff));
                    }

                    static void putU16(MemorySegment to, long at, int value) {
                        to.set(SHORT, at, (short) ranged(value, 0xffff));
                    }

                    static void putU32(MemorySegment to, long at, long value) {
                        to.set(INT, at, (int) ranged(value, 0xffff_ffffL));
                    }

                    static void putU64(MemorySegment to, long at, long value) {
                        to.set(LONG, at, value);
                    }

                    static void putIp4(MemorySegment to, long at, int value) {
                        to.set(BIG_INT, at, value);
                    }

                    static void putIp6(MemorySegment to, long at, long hi, long lo) {
                        to.set(BIG_LONG, at, hi);
                        to.set(BIG_LONG, at + 8, lo);
                    }

                    static void putMac(MemorySegment to, long at, long value) {
                        ranged(value, 0xffff_ffff_ffffL);
                        to.set(BIG_SHORT, at, (short) (value >>> 32));
                        to.set(BIG_INT, at + 2, (int) value);
                    }

                    static void putBytes(MemorySegment to, long at, int size, byte[] value) {
                        if (value.length != size) {
                            throw new IllegalArgumentException(value.length + " bytes for a field of " + size);
                        }
                        MemorySegment.copy(value, 0, to, BYTE, at, size);
                    }

                    static void putText(MemorySegment to, long at, int size, String value) {
                        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                        if (bytes.length >= size || value.indexOf('\\0') >= 0) {
                            throw new IllegalArgumentException(
                                    "'" + value + "' does not fit in a text of " + (size - 1) + " bytes");
                        }
                        MemorySegment.copy(bytes, 0, to, BYTE, at, bytes.length);
                        zero(to, at + bytes.length, size - bytes.length);
                    }

                    static void zero(MemorySegment to, long at, int size) {
                        for (int i = 0; i < size; i++) {
                            to.set(BYTE, at + i, (byte) 0);
                        }
                    }

                    private static long ranged(long value, long highest) {
                        if (value < 0 || value > highest) {
                            throw new IllegalArgumentException(value + " is not between 0 and " + highest);
                        }
                        return value;
                    }
                }
                """;
    }
}
