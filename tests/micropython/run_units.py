"""Runs unit files under MicroPython: every test_* function of each file that is named."""

import sys


def main():
    passed = 0
    for path in sys.argv[1:]:
        folder, name = path.rsplit("/", 1)
        sys.path.insert(0, folder)
        module = __import__(name.rsplit(".", 1)[0])
        sys.path.pop(0)
        for test in sorted(n for n in dir(module) if n.startswith("test_")):
            try:
                getattr(module, test)()
            except Exception as error:  # noqa: BLE001  # reported, then exit 1
                print("FAILED %s %s" % (path, test))
                sys.print_exception(error)
                sys.exit(1)
            passed += 1
    print("%d passed" % passed)


main()
