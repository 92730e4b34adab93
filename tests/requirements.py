#!/usr/bin/python3
"""Prints the table of requirements and how many tests passed for each.

A test names its requirements in its source: @Tag("R34") on a Java class or method, a
`/* R34 R35 */` comment before a C test function, @pytest.mark.requirement("R34") in Python (which
conftest.py puts into the report). The outcomes come from the reports that the runners wrote.

    tests/requirements.py [--root DIR]

Exits 1 when a test that failed is found, or when there is no report at all.
"""

import argparse
import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

NUMBER = re.compile(r"R\d+")
JAVA_PACKAGE = re.compile(r"^package ([\w.]+);", re.M)
JAVA_TAG = re.compile(r'@Tag\("(R\d+)"\)')
JAVA_TYPE = re.compile(r"\b(?:class|record|interface) (\w+)")
JAVA_METHOD = re.compile(r"\b(\w+)\(")
C_TEST = re.compile(r"/\*\s*((?:R\d+[ ,]*)+)[^*]*\*/\s*static void (\w+)\(void \*\*")


def java_tags(root):
    """(class, method) -> requirements; the class's own are under (class, None)."""
    tags = collections.defaultdict(set)
    for source in root.glob("**/src/test/java/**/*.java"):
        text = source.read_text()
        package = JAVA_PACKAGE.search(text)
        outer = (package.group(1) + "." if package else "") + source.stem
        numbers = set()
        for text_line in text.splitlines():
            code = text_line.strip()
            if code.startswith("@"):
                numbers |= set(JAVA_TAG.findall(code))
            elif numbers and (found := JAVA_TYPE.search(code)):
                nested = found[1]
                tags[(outer if nested == source.stem else f"{outer}${nested}", None)] |= numbers
                numbers = set()
            elif numbers and (found := JAVA_METHOD.search(code)) and code.endswith(("{", "(")):
                tags[(outer, found[1])] |= numbers
                numbers = set()
    return tags


def java_results(root):
    tags = java_tags(root)
    for report in root.glob("**/target/surefire-reports/TEST-*.xml"):
        for case in ET.parse(report).iter("testcase"):
            cls, name = case.get("classname"), re.sub(r"[({\[ ].*", "", case.get("name"))
            outer = cls.split("$")[0]
            numbers = tags[(cls, None)] | tags[(outer, None)] | tags[(outer, name)]
            yield f"{cls}.{name}", numbers, outcome(case)


def c_results(root):
    tags = collections.defaultdict(set)
    for source in root.glob("dataplane-fpga-dpdk/**/*_test.c"):
        for numbers, test in C_TEST.findall(source.read_text()):
            tags[test] |= set(NUMBER.findall(numbers))
    for report in root.glob("build/reports/c/*.xml"):
        for case in ET.parse(report).iter("testcase"):
            yield case.get("name"), tags[case.get("name")], outcome(case)


def python_results(root):
    for report in root.glob("build/reports/pytest*.xml"):
        for case in ET.parse(report).iter("testcase"):
            numbers = {p.get("value") for p in case.iter("property") if p.get("name") == "requirement"}
            yield f"{case.get('classname')}.{case.get('name')}", numbers, outcome(case)


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    wording = re.findall(r"^\| (R\d+) \| (.*) \|$", (root / "docs/requirements.md").read_text(), re.M)
    passed, total, failures = collections.Counter(), collections.Counter(), []
    for results in (java_results(root), c_results(root), python_results(root)):
        for name, numbers, how in results:
            total[how] += 1
            if how == "failed":
                failures.append(name)
            if how == "passed":
                passed.update(numbers)
    unknown = set(passed) - {number for number, _ in wording}
    for number, text in wording:
        print(f"{number:>4} {passed[number]:>4}  {text if len(text) <= 88 else text[:87] + '…'}")
    shown = sum(1 for number, _ in wording if passed[number])
    print(f"{shown} of {len(wording)} requirements are shown by at least one test that passed")
    for name in failures:
        print(f"failed: {name}")
    if unknown:
        print(f"tests name requirements that do not exist: {' '.join(sorted(unknown))}")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if failures or unknown or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
