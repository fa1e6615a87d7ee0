"""What pasted scripts and lessons do: they exit, read their own source, test themselves, and so on."""

import sys
import unittest

from test_kernel import Page

DOG = """\
class Dog:
    sound = 'woof'

    def speak(self):
        return self.sound
"""
POINT = """\
@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
"""
INNER = """\
    class Inner:
        a = 1
"""
DOUBLE = '''\
import doctest
def double(x):
    """
    >>> double(2)
    4
    """
    return {}
print(doctest.testmod())
'''
TRIPLE = """\
def triple(x):
    '''
    >>> triple(1)
    3
    '''
    return {} * x
import doctest
"""
TEST_SUM = """\
import unittest
class TestSum(unittest.TestCase):
    def test_one(self):
        self.assertEqual(1 + 1, {})
unittest.main(argv=[''], exit=False)
"""
SUCCESS = {"result": "success"}


class HabitsTest(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"], sys.__stdout__, sys.__stderr__
        self.page = Page()

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"], sys.__stdout__, sys.__stderr__ = self.saved

    def check(self, source, printed, **more):
        self.assertEqual(self.page.run(source, **more), SUCCESS, source)
        self.assertEqual(self.page.text(), printed, source)

    def test_a_cell_that_exits_ends_with_a_note(self):
        for source, note in (
            ("import sys; x = 1; sys.exit('nothing to do'); y = 2", "nothing to do\n[This cell stopped itself.]\n"),
            ("x = 1; exit()", "[This cell stopped itself.]\n"),
            ("x = 1; quit(0)", "[This cell stopped itself.]\n"),
            ("x = 1\ndef main(): return 0\nraise SystemExit(main())", "[This cell stopped itself.]\n"),
            ("x = 1; raise SystemExit", "[This cell stopped itself.]\n"),
            ("x = 1; raise SystemExit(True)", "[This cell stopped itself with exit code 1.]\n"),
            ("import sys; x = 1; sys.exit(3)", "[This cell stopped itself with exit code 3.]\n"),
            ("x = 1\ntry: 1/0\nexcept ZeroDivisionError as e: raise SystemExit(2) from e", "[This cell stopped itself with exit code 2.]\n"),
        ):
            self.assertEqual(self.page.run(source, makes=["x", "y"]), SUCCESS, source)
            self.assertEqual(self.page.text("stderr"), note)
            self.assertEqual(self.page.names["missing"], ["y"])
            self.check("print(x)", "1\n", cell=2)
        self.assertEqual(self.page.run("x = 5; quit()", own=["x"]), SUCCESS)
        self.check("import sys\ntry:\n    sys.exit(2)\nexcept SystemExit as stop:\n    print('code', stop.code)", "code 2\n")
        self.assertEqual(self.page.text("stderr"), "")

    @unittest.skipIf(sys.platform == "emscripten", "its own loop cannot wait; the browser tests await")
    def test_a_cell_that_awaits_may_exit_too(self):
        self.check("import asyncio\nawait asyncio.sleep(0)\nprint('a')\nexit()\nprint('b')", "a\n")

    def test_the_source_of_a_class_is_found(self):
        self.page.run(DOG)
        self.page.run("import dataclasses\n\n" + POINT, cell=2)
        self.page.run(f"def make():\n{INNER}    return Inner\nInner = make()", cell=3)
        self.page.run("class Empty: pass\n\nclass Child(Empty): pass", cell=4)
        for name, source in (
            ("Dog", DOG), ("Point", POINT), ("Inner", INNER), ("Empty", "class Empty: pass\n"),
            ("Child", "class Child(Empty): pass\n"), ("Dog.speak", DOG[DOG.index("    def") :]),
        ):
            self.page.run(f"import inspect\nprint(inspect.getsource({name}), end='')", cell=9)
            # The last line of a cell may end without a newline.
            self.assertEqual(self.page.text().rstrip("\n") + "\n", source)
        self.page.run("import inspect\nprint(inspect.getsource(inspect.Signature))", cell=9)
        self.assertIn("class Signature", self.page.text())

    def test_it_is_never_another_cells_text(self):
        self.page.run(DOG)
        self.page.run("x = 1\nclass Cat: pass", cell=7, label="Cell 1")
        self.assertEqual(self.page.run("import inspect\ninspect.getsource(Dog)", cell=9)["name"], "OSError")

    def test_nor_a_later_text_of_the_same_cell(self):
        for own in ([], ["f", "C"]):
            self.page.run("def f():\n    return 1\nclass C:\n    def g(self): return f()\nkept = f, C, C().g", own=own)
            self.check("import inspect\nheld = kept\nprint(inspect.getsource(held[0]), end='')", "def f():\n    return 1\n", cell=3)
            self.page.run("# one\n# two\ndef f():\n    return 2", own=own)
            for which in ("held[0]", "held[1]", "held[2]", "held[0].__code__"):
                outcome = self.page.run(f"import inspect\ninspect.getsource({which})", cell=2)
                self.assertEqual(outcome.get("name"), "OSError", which)

    def test_the_source_of_an_own_class_is_found(self):
        source = "class Own:\n    a = 1\n"
        self.check(source + "import inspect\nprint(inspect.getsource(Own), end='')", source, own=["Own"])

    def test_the_name_of_a_handled_error_is_the_handlers_own(self):
        self.page.run("from math import e, pi", makes=["e", "pi"])
        for source, printed in (
            ("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print('caught', e)", "caught division by zero\n"),
            ("try:\n    1 / 0\nexcept* ZeroDivisionError as e:\n    print(len(e.exceptions))", "1\n"),
            ("for n in range(2):\n    try: 1 / 0\n    except ZeroDivisionError as e: pass\nprint(round(e, 3))", "2.718\n"),
            ("print(round(e, 1))\ntry: {}[1]\nexcept KeyError as e: print((lambda: e)(), [e for _ in 'a'], f'{e}')", "2.7\n1 [KeyError(1)] 1\n"),
            ("if True:\n  try: int('x')\n  except ValueError as e:\n    try: {}[2]\n    except KeyError as e: print(e)", "2\n"),
            ("try: raise ValueError(3)\nexcept (ValueError if e > 2 else KeyError) as e:\n  def f(): return str(e)\n  print(f())", "3\n"),
            ("class A:\n  try: 1 / 0\n  except ZeroDivisionError as e: pass\nprint('e' in vars(A))", "False\n"),
            ("def risky():\n  try: int('x')\n  except ValueError as e: return type(e).__name__\nprint(risky())", "ValueError\n"),
            ("try: 1 / 0\nexcept ZeroDivisionError as pi: print(pi)\nprint(round(pi, 2))", "division by zero\n3.14\n"),
        ):
            self.check(source, printed, cell=2, makes=["n", "A", "risky", "f"])
            self.assertNotIn("deleted", self.page.names)
            self.check("print(round(e, 3))", "2.718\n", cell=3)

    def test_such_a_cell_fails_as_any_other(self):
        outcome = self.page.run("try: 1 / 0\nexcept ZeroDivisionError as e: pass\n\nmissing")
        self.assertEqual((outcome["name"], outcome["entries"]), ("NameError", [{"cell": 1, "line": 4}]))
        self.assertNotIn("rivulet_kernel", outcome["traceback"])
        outcome = self.page.run("try: 1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no') from e")
        self.assertIn("direct cause", outcome["traceback"])
        self.check("try: 1 / 0\nexcept ZeroDivisionError as e: pass\n'shown'", "")
        self.assertEqual(self.page.value()["text/plain"]["text"], "'shown'")

    def test_a_cell_that_also_binds_the_name_keeps_pythons_ways(self):
        source = "e = 1\ntry: 1 / 0\nexcept ZeroDivisionError as e: pass\nprint('e' in globals())"
        self.check(source, "False\n", makes=["e"])
        self.assertEqual(self.page.names["missing"], ["e"])
        self.check(source, "False\n", own=["e"])

    def test_doctest_finds_the_functions_of_the_cell(self):
        own = ["double", "doctest"]
        self.page.run(DOUBLE.format("2 * x"), own=own)
        self.assertRegex(self.page.text(), r"failed=0, attempted=1\b")
        self.page.run(DOUBLE.format("x + 2 * 0"), cell=2, own=own)
        self.assertIn("Expected:\n    4\nGot:\n    2\n", self.page.text())
        self.assertRegex(self.page.text(), r"failed=1, attempted=1\b")

    def test_it_finds_those_of_everybody_too(self):
        for factor, own, ending in (
            ("3", [], "print(doctest.testmod())"),
            ("_k", ["_k"], "print(doctest.testmod())"),
            ("_k", ["_k"], "doctest.run_docstring_examples(triple, globals())\nprint(doctest.testmod(verbose=False))"),
        ):
            self.page.run("_k = 3\n" + TRIPLE.format(factor) + ending, own=own, makes=["triple", "doctest"])
            self.assertRegex(self.page.text(), r"\ATestResults\(failed=0, attempted=1\b")

    def test_unittest_finds_the_classes_of_the_cell(self):
        for own in ([], ["TestSum", "unittest"]):
            self.page.run(TEST_SUM.format(2), own=own, makes=["TestSum"])
            self.assertRegex(self.page.text("stderr"), r"Ran 1 test (.|\n)*OK")
            self.page.run(TEST_SUM.format(3), own=own, makes=["TestSum"])
            self.assertRegex(self.page.text("stderr"), r"AssertionError: 2 != 3(.|\n)*Ran 1 test (.|\n)*FAILED \(failures=1\)")
        self.assertEqual(self.page.run(TEST_SUM.format(2).replace(", exit=False", ""), own=["TestSum"]), SUCCESS)
        self.assertIn("[This cell stopped itself.]", self.page.text("stderr"))

    def test_what_a_browser_cannot_do_is_said_in_a_sentence(self):
        for raised, words in (
            ("RuntimeError(\"can't start new thread\")", "has no threads"),
            ("OSError(138, 'emscripten does not support processes.')", "cannot start other programs"),
            ("ModuleNotFoundError(\"No module named '_multiprocessing'\")", "has no processes"),
            ("RuntimeError('WebAssembly stack switching not supported in this JavaScript runtime')", "await main()"),
        ):
            self.assertIn(words, self.page.run(f"raise {raised}")["message"])
        self.assertEqual(self.page.run("raise RuntimeError('other')")["message"], "other")

    @unittest.skipUnless(sys.platform == "emscripten", "elsewhere these work")
    def test_threads_and_processes_say_so(self):
        for source, words in (
            ("from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool: list(pool.map(abs, [-1]))", "no threads"),
            ("import threading\nthreading.Thread(target=print).start()", "no threads"),
            ("import subprocess\nsubprocess.run(['ls'])", "other programs"),
            ("import multiprocessing\nmultiprocessing.Pool(2)", "no processes"),
            ("from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor()", "no processes"),
        ):
            self.assertIn(words, self.page.run(source)["message"])


if __name__ == "__main__":
    unittest.main()
