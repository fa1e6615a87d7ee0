"""Markdown with values in it."""

import re
import sys
import unittest

from test_kernel import Page

from rivulet_kernel.text import escaped


def pieces(source):
    """What the page sends: `{expression!r:spec}` is a value, all else is text."""
    made, end = [], 0
    for found in re.finditer(r"\{([^{}!:]*)(?:!(\w))?(?::([^{}]*))?\}", source):
        made.append({"text": source[end : found.start()]})
        expression, conversion, spec = found.groups(default="")
        line = source.count("\n", 0, found.start()) + 1
        value = {"expression": expression, "conversion": conversion, "spec": spec, "line": line}
        made.append(value)
        end = found.end()
    return [*made, {"text": source[end:]}]


class TextTest(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"]
        self.page = Page()

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"] = self.saved

    def run_text(self, source):
        return self.page.run(source, 2, task={"kind": "markdown", "pieces": pieces(source)})

    def check(self, before, source, text):
        self.page.run(before)
        self.assertEqual(self.run_text(source), {"result": "success"})
        [output] = self.page.outputs()
        expected = {mime: {"text": text} for mime in ("text/markdown", "text/plain")}
        self.assertEqual(output, {"kind": "value", "bundle": expected})

    def test_values_stand_in_the_text(self):
        self.check("x = 5; y = 2.5", "# A\n{x} and {y}, {x + y}; {None} {True} {-x}", "# A\n5 and 2.5, 7.5; None True -5")

    def test_a_text_without_values_is_shown(self):
        self.check("", "*Only* text", "*Only* text")

    def test_formats_are_those_of_f_strings(self):
        self.check("x = 3.14159; n = 1234567; s = 'a'", "{x:.2f} {n:,} {s!r:>6} {s!s} {s!a}", "3.14 1,234,567 &#32;  &#39;a&#39; a &#39;a&#39;")

    def test_a_value_makes_no_element_and_breaks_no_text(self):
        self.check("s = '<b onload=\"x\">*a* _b_ max_depth [l](u) `c` $5$ a|b ~~d~~ \\\\(x\\\\) &amp;'", "T {s}!", (
            "T &lt;b onload=&quot;x&quot;&gt;&#42;a&#42; &#95;b&#95; max_depth &#91;l&#93;&#40;u&#41; &#96;c&#96; "
            "&#36;5&#36; a&#124;b &#126;&#126;d&#126;&#126; &#92;&#40;x&#92;&#41; &amp;amp;!"
        ))

    def test_a_value_of_several_lines_stays_on_one(self):
        self.check("s = 'one\\n\\n# two\\r\\n    three'", "{s}", "one<br><br># two<br>    three")

    def test_a_value_at_the_begin_of_a_line_is_no_list_and_no_heading(self):
        for value, text in (
            ("# x", "&#35; x"), ("- x", "&#45; x"), ("---", "&#45;--"), ("+ x", "&#43; x"), ("===", "&#61;=="),
            ("1. x", "1&#46; x"), ("12.", "12&#46;"), ("    x", "&#32;   x"), ("> x", "&gt; x"), ("", ""),
            ("-5", "-5"), ("+x", "+x"), ("#tag", "#tag"), ("1.5", "1.5"), ("a. b", "a. b"), ("_", "&#95;"),
        ):
            self.assertEqual(escaped(value), text, value)

    def test_a_list_is_text_too(self):
        self.check("x = ['*a*', '<i>']", "{x}", "&#91;&#39;&#42;a&#42;&#39;, &#39;&lt;i&gt;&#39;&#93;")

    def test_markdown_of_an_object_is_markdown(self):
        self.check("class M:\n    def _repr_markdown_(self): return '**b**'\n    def _repr_html_(self): return ''\nm = M()", "a {m} c", "a **b** c")

    def test_html_of_an_object_has_lines_of_its_own(self):
        self.check("class H:\n    def _repr_html_(self): return '<table>\\n  \\n\\n<tr>\\n</table>\\n'\nh = H()", "a {h} c {h!s:.1}", "a \n\n<table>\n<tr>\n</table>\n\n c &lt;")

    def test_a_broken_form_is_left_out(self):
        self.check("class B:\n    def _repr_html_(self): raise ValueError\n    def __str__(self): return 'b'\nb = B()", "{b} {B is None}", "b False")

    def test_an_error_leads_to_its_line(self):
        outcome = self.run_text("# Title\n\nsome text {1 + 1} and {missing.name}")
        self.assertEqual((outcome["name"], outcome["entries"]), ("NameError", [{"cell": 2, "line": 3}]))
        self.assertIn("    some text {1 + 1} and {missing.name}\n", outcome["traceback"])
        if sys.version_info >= (3, 13):
            self.assertIn(" " * 4 + " " * 23 + "^^^^^^^\n", outcome["traceback"])
        self.assertEqual(self.page.outputs(), [])

    def test_an_error_of_a_format_leads_to_its_line(self):
        outcome = self.run_text("a\n{'text':.2f}")
        self.assertEqual((outcome["name"], outcome["entries"]), ("ValueError", [{"cell": 2, "line": 2}]))
        self.assertNotIn("rivulet_kernel", outcome["traceback"])

    def test_an_error_in_a_method_tells_both_lines(self):
        self.page.run("class B:\n    def __str__(self):\n        return 1 / 0\nb = B()")
        outcome = self.run_text("\n{b}")
        self.assertEqual(outcome["entries"], [{"cell": 2, "line": 2}, {"cell": 1, "line": 3}])
        self.assertNotIn("rivulet_kernel", outcome["traceback"])

    def test_what_is_no_expression_is_a_syntax_error(self):
        for source, line in (("\n\n{1 +}", 3), ("{await x}", 1), ("{return}", 1)):
            outcome = self.run_text(source)
            self.assertEqual((outcome["name"], outcome["entries"]), ("SyntaxError", [{"cell": 2, "line": line}]))

    def test_what_expressions_print_comes_before_the_text(self):
        self.page.run("def f(): print('p'); return 1")
        self.run_text("{f()}")
        *printed, value = [output["kind"] for output in self.page.outputs()]
        self.assertEqual((set(printed), value), ({"text"}, "value"))

    def test_a_huge_text_is_told(self):
        self.page.run("s = 'x' * 6_000_000")
        self.run_text("{s}")
        self.assertEqual(list(self.page.value()), ["text/plain"])
        self.assertIn("too large", self.page.value()["text/plain"]["text"])

    def test_a_cell_may_turn_from_python_to_text(self):
        self.page.run("x", 2)
        self.assertEqual(self.run_text("x"), {"result": "success"})
        self.assertEqual(self.page.run("x", 2)["name"], "NameError")


if __name__ == "__main__":
    unittest.main()
