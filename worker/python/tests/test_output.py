"""What comes to the page of all that a run puts out: how much, in which order, and from whom."""

import asyncio
import json
import re
import sys
import unittest
from unittest.mock import patch

from test_kernel import Page

import rivulet_kernel
from rivulet_kernel import execute, line

MB = 1_000_000
HTML = "class H:\n    def __init__(self, size): self.size = size\n    def _repr_html_(self): return 'x' * self.size\n"


class Clock:
    """A clock on which every look takes 20 ms: code between two prints takes that long."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 0.02
        return self.now


def slowly():
    clock = Clock()
    return patch.multiple("rivulet_kernel.output", perf_counter=clock), patch(
        "rivulet_kernel.streams.perf_counter", clock
    )


class Case(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"], sys.__stdout__, sys.__stderr__
        self.page = Page()

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"], sys.__stdout__, sys.__stderr__ = self.saved

    def run_slowly(self, source):
        one, other = slowly()
        with one, other:
            return self.page.run(source)

    def kept(self):
        """The outputs as a page keeps them: text is added, a tail replaces the one before."""
        kept = []
        for _, output, buffers in self.page.posted:
            last = kept[-1] if kept else {}
            if output["kind"] == "value":
                forms = output["bundle"].values()
                size = sum(len(form.get("text", "")) for form in forms) + sum(map(len, buffers))
                output = {**output, "size": size}
            if output["kind"] == "text" and last.get("kind") == "text" and last["stream"] == output["stream"]:
                last["text"] += output["text"]
                continue
            if output["kind"] == "tail":
                same = [one for one in kept if one["kind"] == "tail" and one["stream"] == output["stream"]]
                if same:
                    same[0].update(output)
                    continue
            kept.append(dict(output))
        return kept

    def shown(self):
        """The text of each piece, as it looks."""
        return [
            seen(one["text"]) if "text" in one else one["bundle"]["text/plain"]["text"]
            for one in self.kept()
        ]

    def size(self):
        return sum(one.get("size", 0) + len(one.get("text", "")) for one in self.kept())


def seen(text):
    """What a terminal shows, and what is left where all before a carriage return is dropped: the
    same, or the page could not tell which is meant."""
    lines = []
    for written in text.split("\n"):
        cells, last = "", written.rsplit("\r", 1)[-1]
        for part in written.split("\r"):
            cells = part + cells[len(part) :]
        assert cells.rstrip() == last.rstrip(), (cells, last)
        lines.append(last.rstrip(" "))
    return "\n".join(lines)


class BoundsTest(Case):
    def test_a_slow_loop_of_prints_is_shown_to_its_end(self):
        self.run_slowly("for i in range(3_000): print(i, 'x' * 90)")
        text = self.page.text("stderr")
        self.assertEqual(text, "")
        first, tail = self.kept()
        self.assertEqual(first["text"].count("\n"), 500)
        self.assertTrue(tail["text"].endswith("2999 " + "x" * 90 + "\n"))
        self.assertEqual((tail["text"].count("\n"), tail["hidden_lines"]), (500, 2_000))

    def test_values_count_with_all_that_they_hold(self):
        self.page.run(HTML + "for n in range(40): display(H(4_000_000))")
        values = [one for one in self.kept() if one["kind"] == "value"]
        self.assertEqual(len(values), 5)
        self.assertLess(self.size(), 21 * MB)
        [note] = self.page.text("stderr").splitlines()
        self.assertIn("20 MB", note)

    def test_values_beyond_the_most_are_counted_and_neither_asked_nor_sent(self):
        self.page.run(
            "asked = 0\nclass Value:\n    def __repr__(self):\n        global asked\n        asked += 1\n        return 'v'\n"
            "for n in range(5_000):\n    print(n)\n    display(Value())\n'the result'"
        )
        outputs = self.page.outputs()
        self.assertEqual(sum(one["kind"] == "value" for one in outputs), 200)
        self.assertEqual(sys.modules["__main__"].asked, 200)
        self.assertLess(len(outputs), 1_000)
        first, last = self.page.text("stderr").splitlines()
        self.assertEqual(first, "[This cell has shown 200 values; those that follow are not shown.]")
        self.assertEqual(last, "[4,801 more values were not shown.]")
        self.page.run("for n in range(200): display(n)")
        self.assertEqual(self.page.text("stderr"), "")
        self.page.run("for n in range(201): display(n)")
        self.assertEqual(self.page.text("stderr").splitlines()[-1], "[1 more value was not shown.]")

    def test_what_is_printed_between_values_that_are_too_large_is_not_sent_with_each(self):
        self.page.run(HTML + "for n in range(3_000):\n    print(n)\n    display(H(4_000_000))")
        self.assertLess(len(self.page.outputs()), 1_000)
        self.assertEqual(len(self.page.text("stderr").splitlines()), 1)

    def test_forms_that_are_too_large_together_are_left_out_by_name(self):
        self.page.run(
            "class V:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
            "        return {f'text/x{n}': 'x' * (2_500_000 + n) for n in range(4)} | {'text/plain': 'plain'}\nV()"
        )
        self.assertEqual(set(self.page.value()), {"text/x0", "text/x1", "text/x2", "text/plain"})
        self.assertIn("text/x3 is left out", self.page.text("stderr"))

    def test_pictures_count_too(self):
        self.page.run(
            "class P:\n    def _repr_png_(self): return b'x' * 3_000_000\n"
            "    def _repr_html_(self): return 'x' * 3_000_000\nfor n in range(40): display(P())"
        )
        self.assertEqual(sum(one["kind"] == "value" for one in self.kept()), 2)

    def test_a_small_value_fits_where_a_large_one_does_not(self):
        self.page.run(HTML + "for n in range(9): display(H(4_500_000))\n'the result'")
        self.assertEqual(self.page.value(), {"text/plain": {"text": "'the result'"}})

    def test_the_end_of_what_is_printed_comes_after_values_took_all_the_room(self):
        for print_first in (0, 499, 2_000):
            self.page.run(
                f"for n in range({print_first}): print('before', n)\n" + HTML +
                "for n in range(9): display(H(5_000_000)); display(H(480_000))\n"
                "for n in range(3_000): print(n, 'y' * 200)\nprint('the end', end='')"
            )
            tail = [one for one in self.kept() if one["kind"] == "tail"][-1]
            self.assertTrue(tail["text"].endswith("2999 " + "y" * 200 + "\nthe end"), tail["text"][-300:])
            self.assertLess(self.size(), 21 * MB)

    def test_long_lines_of_a_tail_have_their_bound(self):
        self.page.run(HTML + "for n in range(4): display(H(5_000_000))\nfor n in range(1_000): print(n, 'é' * 16_000)")
        tail = self.kept()[-1]
        self.assertLess(len(tail["text"].encode()), 1 * MB)
        self.assertEqual(tail["hidden_lines"] + sum(one.get("text", "").count("\n") for one in self.kept()), 1_000)
        self.assertTrue(tail["text"].splitlines()[-1].startswith("999 "))

    def test_what_is_long_in_a_message_is_posted_in_several_and_a_tail_is_shortened_to_fit(self):
        # The host lets no message through that is longer.
        most = 10 * MB
        for letter in ("é", "\U0001f600", '"', "\a", "\ud800"):
            self.page.posted.clear()
            self.page.run(
                f"print(({letter!r} * 16_000 + '\\n') * 500, end='')\nprint(({letter!r} * 16_000 + '\\n') * 500 + 'the end', end='')"
            )
            for _, output, _ in self.page.posted:
                self.assertLess(len(json.dumps(output, ensure_ascii=False).encode("utf-8", "replace")), most)
            tail = [one for one in self.kept() if one["kind"] == "tail"][-1]
            self.assertTrue(tail["text"].endswith("the end"))
            lines = sum(one.get("text", "").count("\n") for one in self.kept())
            self.assertEqual(tail["hidden_lines"] + lines, 1_000)

    def test_a_form_that_is_too_large_is_left_out_by_name_and_the_others_stay(self):
        self.page.run(
            "class V:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
            "        return {'text/html': 'x' * 6_000_000, 'image/png': b'small', 'text/plain': 'plain'}\nV()"
        )
        self.assertEqual(sorted(self.page.value()), ["image/png", "text/plain"])
        self.assertEqual(self.page.value()["text/plain"], {"text": "plain"})
        self.assertRegex(self.page.text("stderr"), r"text/html of 6\.0 MB is too large")

    def test_where_only_plain_text_is_left_it_says_what_is_missing(self):
        self.page.run(HTML + "H(5_500_000)")
        text = self.page.value()["text/plain"]["text"]
        self.assertRegex(text, r"<__main__\.H object at .*>\n\[text/html of 5\.5 MB is too large")
        self.assertEqual(self.page.text("stderr"), "")
        self.page.run("class P:\n    def _repr_png_(self): return b'x' * 7_000_000\nP()")
        self.assertRegex(self.page.value()["text/plain"]["text"], r"image/png of 7\.0 MB")

    def test_a_form_of_just_under_5_mb_is_shown(self):
        self.page.run(HTML + "H(5_000_000)")
        self.assertEqual(len(self.page.value()["text/html"]["text"]), 5 * MB)

    def test_letters_of_several_bytes_count_as_what_they_take(self):
        self.page.run("class H:\n    def _repr_html_(self): return 'é' * 3_000_000\nH()")
        self.assertNotIn("text/html", self.page.value())

    def test_plain_text_that_a_value_brings_is_cut_like_a_repr(self):
        self.page.run(
            "class V:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
            "        return {'text/plain': 'x' * 6_000_000}\nV()"
        )
        self.assertLess(len(self.page.value()["text/plain"]["text"]), 70_000)

    def test_only_so_many_values_are_shown_and_the_rest_is_told_once(self):
        self.page.run("for n in range(1_000): display(n); print(n)\nprint('the end')")
        self.assertEqual(sum(one["kind"] == "value" for one in self.kept()), 200)
        self.assertEqual(self.page.text("stderr").count("200 values"), 1)
        self.assertTrue(self.page.text().endswith("the end\n"))

    def test_the_next_run_has_all_its_room_again(self):
        for _ in range(2):
            self.page.run(HTML + "for n in range(4): display(H(5_000_000))")
            self.assertEqual(len(self.kept()), 4)


class AgainTest(Case):
    def test_a_cell_is_warned_each_time_it_runs(self):
        for _ in range(2):
            self.page.run("import warnings\nfor n in range(3): warnings.warn('careful')")
            self.assertEqual(self.page.text("stderr").count("careful"), 2)
        before = len(__import__("warnings").filters)
        self.page.run("1")
        self.assertEqual(len(__import__("warnings").filters), before)

    def test_a_handler_made_earlier_writes_to_the_cell_that_logs(self):
        self.page.run("import logging, sys\nlog = logging.Logger('x')\nlog.addHandler(logging.StreamHandler(sys.stdout))")
        self.page.run("log.warning('here')", cell=2)
        self.assertEqual(self.page.text(), "here\n")

    def test_the_descriptors_have_their_numbers(self):
        self.page.run("import sys\nprint(sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.isatty())")
        self.assertEqual(self.page.text(), "1 2 False\n")


class OrderTest(Case):
    def test_two_streams_come_in_the_order_in_which_they_were_written(self):
        expected = "".join(f"out {n}\nerr {n}\n" for n in range(100))
        source = "import sys\nfor n in range(100):\n    print('out', n)\n    print('err', n, file=sys.stderr)"
        self.page.run(source)
        self.assertEqual("".join(self.shown()), expected)
        self.run_slowly(source)
        self.assertEqual("".join(self.shown()), expected)

    def test_they_do_within_lines_and_around_values_too(self):
        self.page.run(
            "import sys, logging\n"
            "logging.basicConfig(level=logging.INFO, format='%(levelname)s %(message)s', stream=sys.stderr, force=True)\n"
            "for _ in range(100): print('.', end='')\n"
            "print('one'); logging.info('two'); display('three'); print('four', end=''); logging.info('five'); print(' six')"
        )
        self.assertEqual(self.shown(), ["." * 100 + "one\n", "INFO two\n", "'three'", "four", "INFO five\n", " six\n"])

    def test_a_warning_after_a_flood_stands_after_it(self):
        self.page.run("import sys\nfor n in range(2_000): print(n)\nprint('warning', file=sys.stderr)\nprint('end')")
        self.assertEqual([one["kind"] for one in self.kept()], ["text", "tail", "text"])
        self.assertTrue(self.kept()[1]["text"].endswith("1999\nend\n"))

    def test_two_floods_lose_nothing_of_their_ends(self):
        self.page.run("import sys\nfor n in range(20_000):\n    print('out', n)\n    print('err', n, file=sys.stderr)")
        for tail, name in zip(self.kept()[-2:], ("out", "err")):
            self.assertEqual(tail["text"], "".join(f"{name} {n}\n" for n in range(19_500, 20_000)))
            self.assertEqual(tail["hidden_lines"], 19_000)


    def test_a_destructor_that_prints_doubles_nothing(self):
        self.page.run(
            "import gc, sys\nclass Loud:\n    def __init__(self): self.me = self\n    def __del__(self): print('gone'); sys.stderr.flush()\n"
            "gc.set_threshold(3)\nfor n in range(150):\n    print('out', n, [[], [], []])\n    Loud()\n    print('err', file=sys.stderr)\n"
            "gc.set_threshold(700)\ngc.collect();"
        )
        lines = self.page.text().splitlines() + self.page.text("stderr").splitlines()
        self.assertEqual(lines.count("err"), 150)
        self.assertEqual(lines.count("gone"), 150)


def screen(text):
    """What the page makes of it: going to another line leads to that line's end, and a carriage return to
    its begin."""
    lines, at = [""], 0
    for step in re.finditer("\x1b\\[([0-9]+)([AB])|\x1b\\[J|\n|\r[^\x1b\n\r]*|[^\x1b\n\r]+", text):
        if step[0] == "\n":
            at += 1
            lines += [""] * (at == len(lines))
        elif step[2]:
            at += int(step[1]) * (-1 if step[2] == "A" else 1)
            assert 0 <= at < len(lines), text
        elif step[0] == "\x1b[J":
            lines[at + 1 :] = [""] * (len(lines) - at - 1)
        elif step[0][0] == "\r":
            lines[at] = step[0][1:] + lines[at][len(step[0]) - 1 :]
        else:
            lines[at] += step[0]
    return [line.rstrip() for line in lines]


class RewrittenTest(Case):
    BAR = (
        "for i in range(1, 1001):\n"
        "    bar = '#' * (i // 50) + '.' * (20 - i // 50)\n"
        "    print(f'\\r{i:4d}/1000 [{bar}] working', end='', flush=FLUSH)\nprint()\nprint('done')"
    )

    def test_a_bar_ends_as_one_line(self):
        for flush in ("True", "False"):
            source = self.BAR.replace("FLUSH", flush)
            for run in (self.page.run, self.run_slowly):
                run(source)
                self.assertEqual(self.shown(), ["1000/1000 [####################] working\ndone\n"])

    def test_bars_inside_of_bars_are_a_line_each(self):
        # As tqdm prints them: down by ends of lines, up by a sequence.
        bars = (
            "import sys\nup, write = '\\x1b[A', sys.stdout.write\n"
            "for outer in range(3):\n"
            "    write(f'\\router {outer}')\n"
            "    for inner in range(40): write(f'\\n\\rinner {inner}{up}')\n"
            "    write(f'\\n\\r        \\r{up}')\n"
            "write('\\n')\nwrite('end\\n')"
        )
        for run in (self.page.run, self.run_slowly):
            run(bars)
            self.assertEqual(screen(self.page.text()), ["outer 2", "end", ""])

    def test_going_up_stops_at_the_first_line(self):
        self.page.run("import sys\nsys.stdout.write('one\\ntwo\\x1b[99A\\rONE\\x1b[B!\\x1b[A\\x1b[J\\n')")
        self.assertEqual(screen(self.page.text()), ["ONE", ""])

    def test_a_bar_costs_the_page_a_line(self):
        self.page.run(self.BAR.replace("1001", "50_001").replace("i // 50", "i % 20").replace("FLUSH", "True"))
        self.assertLess(len(self.page.posted), 1_000)
        self.assertNotIn("line cut", self.page.text())

    def test_a_shorter_line_leaves_what_it_did_not_reach(self):
        self.page.run("print('abcdef\\rXY')\nprint('12', end='\\r')\nprint('3')\nprint(11, end='\\r')\nprint('end')")
        self.assertEqual(self.shown(), ["XYcdef\n32\nend\n"])

    def test_also_where_the_first_part_was_shown_before(self):
        self.run_slowly("for i in range(12): print(i, end='\\r')\nprint('end')")
        self.assertEqual(self.shown(), ["end\n"])
        self.run_slowly("print('abcdef', end='')\nprint('\\rXY', end='')\nprint('Z')")
        self.assertEqual(self.shown(), ["XYZdef\n"])

    def test_lines_of_windows_are_lines(self):
        self.page.run("print('one\\r\\ntwo\\r\\n', end='')\nprint('three', end='\\r')\nprint('\\nfour')")
        self.assertEqual(self.shown(), ["one\ntwo\nthree\nfour\n"])

    def test_a_backspace_goes_back(self):
        self.page.run("print('spinner |', end='')\nfor mark in '/-|' * 3: print('\\b' + mark, end='', flush=True)\nprint('\\b.')")
        self.assertEqual(self.shown(), ["spinner .\n"])
        self.page.run("print('\\b\\babc\\b\\b\\b\\bX')")
        self.assertEqual(self.shown(), ["Xbc\n"])

    def test_colours_stay_with_their_letters(self):
        check = lambda text, shown: self.assertEqual(line_of(text), shown)
        check("\x1b[31mred\x1b[0m\rR", "R\x1b[31med\x1b[0m")
        check("10%\r\x1b[32m100%\x1b[0m", "\x1b[32m100%\x1b[0m")
        check("a long line\r\x1b[Kshort", "short")
        check("a long line\x1b[2K\rshort", "short")
        check("abc\r\x1b[1C-", "a-c")
        check("abc\x1b[2D-", "a-c")
        check("abcdef\x1b[3G\x1b[2P\x1b[1X", "ab f")
        check("\x1b[?25l1%\x1b]0;title\x07\r2%\x1b]8;;a://b\x1b\\link\x1b(B", "2%link")

    def test_a_line_that_was_shown_is_painted_over(self):
        self.run_slowly("print('a long line', end='')\nprint('\\r\\x1b[Kshort')")
        self.assertEqual(self.shown(), ["short\n"])

    def test_in_a_tail_too(self):
        self.page.run("for n in range(1_500): print('old text', end=''); print('\\r' + 'new')")
        self.assertEqual(self.kept()[-1]["text"], "new text\n" * 500)
        self.run_slowly("for n in range(1_000): print(n)\nfor n in range(2_000): print(f'\\r{n} of 2000', end='')")
        self.assertTrue(self.kept()[-1]["text"].endswith("\n999\n1999 of 2000"))

    def test_only_what_is_seen_of_a_line_can_be_too_long(self):
        self.page.run("for n in range(5): print('x' * 10_000, end='\\r')\nprint('y' * 20_000, end='\\r')\nprint('z')")
        shown = "".join(self.shown())
        self.assertTrue(shown.startswith("zyyy"))
        self.assertIn("[line cut at 16,384 characters]", shown)
        self.assertLess(len(shown), 17_000)


def line_of(text):
    one = line.Line()
    one.add(text)
    return one.whole()


class WhoseTest(Case):
    def test_the_real_streams_are_the_cells(self):
        self.page.run("import sys\nprint('real', file=sys.__stdout__)\nprint('errors', file=sys.__stderr__, flush=True)")
        self.assertEqual(self.shown(), ["real\n", "errors\n"])
        self.page.run("import sys\nsys.stdout = sys.__stdout__\nprint('restored')")
        self.assertEqual(self.shown(), ["restored\n"])
        self.page.run("print('next')")
        self.assertEqual(self.shown(), ["next\n"])

    def test_bytes_written_to_the_descriptors_come_in_order(self):
        self.page.run("import os\nprint('a')\nn = os.write(1, b'raw bytes\\n')\nprint(n)\nos.write(2, 'é'.encode()[:1]); os.write(2, 'é'.encode()[1:]);")
        self.assertEqual(self.shown(), ["a\nraw bytes\n10\n", "é"])

    def test_what_passed_python_comes_too(self):
        waiting = [("stdout", "from C\n")]

        def raw():
            taken, waiting[:] = waiting[:], []
            return taken

        posted = []
        rivulet_kernel.start(lambda _, text, *__: posted.append(json.loads(text)["text"]), raw)
        execute.run(json.dumps({"run": 1, "cell": 1, "label": "Cell 1", "source": "1;"}))
        self.assertEqual(posted, ["from C\n"])

    def test_a_redirection_catches_its_text(self):
        self.page.run(
            "import io, contextlib\nbuffer = io.StringIO()\n"
            "with contextlib.redirect_stdout(buffer): print('caught')\nprint(repr(buffer.getvalue()))"
        )
        self.assertEqual(self.shown(), ["'caught\\n'\n"])

    def test_a_wrapper_around_the_bytes_is_emptied(self):
        self.page.run("import io, sys\nsys.stdout.reconfigure(encoding='utf-8')\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\nprint('wrapped')")
        self.assertEqual(self.shown(), ["wrapped\n"])
        self.page.run("print('next')")
        self.assertEqual(self.shown(), ["next\n"])


@unittest.skipIf(sys.platform == "emscripten", "its own loop cannot wait; the browser tests await")
class TaskTest(Case):
    def start(self, number, source):
        request = {"run": number, "cell": number, "label": f"Cell {number}", "source": source}
        return execute.run(json.dumps(request))

    def texts(self):
        found = {}
        for run, output, _ in self.page.posted:
            found.setdefault(run, []).append(output.get("text", "value"))
        return {run: "".join(texts) for run, texts in found.items()}

    def test_what_a_task_prints_goes_to_the_run_that_made_it(self):
        async def page():
            outcome = self.start(1, (
                "import asyncio\nticks = asyncio.Event()\n"
                "async def ticker():\n    for n in range(3):\n        await ticks.wait()\n        ticks.clear()\n"
                "        print('tick', n); display(n)\n    done.set()\n"
                "done = asyncio.Event()\ntask = asyncio.create_task(ticker())\nprint('started')"
            ))
            self.assertIn("success", outcome)
            await self.start(2, "print('B begins')\nticks.set()\nawait asyncio.sleep(0)\nawait asyncio.sleep(0)\nprint('B ends')")
            main = execute._kernel.main
            while not main.done.is_set():
                main.ticks.set()
                await asyncio.sleep(0)

        asyncio.run(page())
        self.assertEqual(self.texts(), {
            1: "started\ntick 0\nvaluetick 1\nvaluetick 2\nvalue", 2: "B begins\nB ends\n",
        })

    def test_what_is_printed_in_a_hurry_is_shown_while_the_cell_waits(self):
        async def page():
            cell = asyncio.create_task(self.start(1, "import asyncio\nfor n in range(100): print(n)\nawait asyncio.Event().wait()"))
            while "99\n" not in self.texts().get(1, ""):
                await asyncio.sleep(0)
            cell.cancel()
            await cell

        asyncio.run(page())

    def test_what_javascript_calls_belongs_to_the_cell_of_the_function(self):
        import contextvars

        self.page.run("def say(): print('said')\ndef quiet(f): f()")
        said = execute._kernel.main.say
        self.page.posted.clear()
        contextvars.Context().run(said)
        self.page.run("quiet(say)", cell=2)
        contextvars.Context().run(said)
        self.page.run("def both(f=say): f()", cell=3)
        contextvars.Context().run(execute._kernel.main.both)
        self.assertEqual(self.texts(), {3: "said\n"})
        execute.drop_cell(3)
        self.page.posted.clear()
        contextvars.Context().run(said)
        self.assertEqual(self.texts(), {1: "said\n"})

    def test_a_long_print_of_a_task_is_posted_to_its_end(self):
        async def page():
            self.start(1, "import asyncio\nasync def late():\n    await asyncio.sleep(0)\n    for n in range(2_000): print(n)\ntask = asyncio.create_task(late())")
            while not self.texts().get(1, "").endswith("1999\n"):
                await asyncio.sleep(0.01)

        asyncio.run(asyncio.wait_for(page(), 20))

    def test_what_nobody_made_is_the_latest_runs(self):
        import contextvars

        nobody = contextvars.Context()
        source = "import sys\nsys.nobody.run(print, 'called from outside')"
        with patch.object(sys, "nobody", nobody, create=True):
            self.page.run(source)
        self.assertEqual(self.shown(), ["called from outside\n"])


if __name__ == "__main__":
    unittest.main()
