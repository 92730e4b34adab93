# Sourced by the launch scripts of the Java processes: where things are, and how a JVM is started.
#
#   run_java NAME MAIN-CLASS ARGUMENTS...
#
# NAME picks the jars (lib/lagopus/NAME) and the JVM options (lib/lagopus/jvm/NAME.options).
# LAGOPUS_JAVA_OPTIONS adds options; the AOT cache beside the jars is used when it is there.

home=$(cd "$(dirname "$(readlink -f "$0")")/../lib/lagopus" && pwd)

run_java() {
    name=$1
    main=$2
    shift 2
    class_path=
    for jar in "$home/$name"/*.jar; do # the shell sorts: the AOT cache wants the same order each time
        class_path=$class_path${class_path:+:}$jar
    done
    cache=
    if [ -f "$home/$name/$name.aot" ]; then
        cache="-XX:AOTCache=$home/$name/$name.aot"
    fi
    # shellcheck disable=SC2086 # the options are words
    exec "$home/runtime/bin/java" "@$home/jvm/$name.options" $cache ${LAGOPUS_JAVA_OPTIONS-} \
        -cp "$class_path" "$main" "$@"
}
