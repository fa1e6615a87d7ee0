"""What a cell is told that waits in a plain call; that it waits where it can is for the browser tests."""

import sys
import unittest

from test_kernel import Page

MAIN = "import asyncio\nasync def work(): await asyncio.sleep(0)\n"


def _must_refuse():
    if sys.platform != "emscripten":
        return False
    from pyodide.ffi import can_run_sync

    return not can_run_sync()


@unittest.skipUnless(_must_refuse(), "it waits here")
class RefusalTest(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"]
        self.page = Page()

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"] = self.saved

    def test_each_way_to_wait_says_what_to_write(self):
        for source, what in (
            ("asyncio.run(work())", "asyncio.run()"),
            ("asyncio.get_event_loop().run_until_complete(work())", "run_until_complete()"),
            ("asyncio.new_event_loop().run_until_complete(asyncio.sleep(1))", "run_until_complete()"),
            ("with asyncio.Runner() as runner: runner.run(work())", "Runner.run()"),
        ):
            outcome = self.page.run(MAIN + source)
            name = "sleep" if "sleep" in source else "work"
            sentence = f"{what} cannot wait in this browser. Write await instead, as in: await {name}()"
            self.assertEqual(outcome["message"], sentence)
            self.assertNotIn("rivulet", outcome["traceback"])
            self.assertNotIn("webloop", outcome["traceback"])
            # Nor does Python complain of what nobody waits for.
            self.page.run("import gc\n_ = gc.collect()", cell=2)
            self.assertEqual(self.page.text("stderr"), "")

    def test_what_is_no_coroutine_is_refused_as_anywhere(self):
        self.assertEqual(self.page.run(MAIN + "asyncio.run(work)")["name"], "ValueError")
        self.assertEqual(self.page.run(MAIN + "asyncio.get_event_loop().run_until_complete(5)")["name"], "TypeError")


if __name__ == "__main__":
    unittest.main()
