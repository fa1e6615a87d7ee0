//! One rule of Python's scoping a line, through one door.

use super::python;

/// Checks what a cell makes and reads: `definitions | references`, deferred ones in brackets.
#[track_caller]
fn check(source: &str, expected: &str) {
    let found = python(source);
    let definitions: Vec<&str> = found.definitions.keys().map(String::as_str).collect();
    let references: Vec<String> = found
        .references
        .iter()
        .filter(|(name, _)| !super::is_builtin(name))
        .map(|(name, r)| {
            if r.deferred {
                format!("({name})")
            } else {
                name.clone()
            }
        })
        .collect();
    let text = format!("{} | {}", definitions.join(" "), references.join(" "));
    assert_eq!(text.trim(), expected.trim(), "in:\n{source}");
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one table, a line or two for each rule"
)]
fn a_cell_makes_what_it_binds_and_reads_what_it_does_not() {
    for (source, expected) in [
        // Assignment
        ("x = 1", "x |"),
        ("x = y", "x | y"),
        ("x = y = z", "x y | z"),
        ("a, (b, *c) = d", "a b c | d"),
        ("x += 1", "x | x"),
        ("x = x + 1", "x | x"),
        ("x = 1\nx += 1", "x |"),
        ("x: int", "|"),
        ("x: T = y", "x | (T) y"),
        ("x.y = z", "| x z"),
        ("x[i] = z", "| i x z"),
        ("df['a'] += 1", "| df"),
        ("_x = 1\ny = _x", "y |"),
        ("y = _x", "y |"),
        ("__name__", "|"),
        ("x = 1\nprint(x)", "x |"),
        ("print(x)\nx = 1", "x | x"),
        ("if c:\n    x = 1\nprint(x)", "x | c"),
        // Annotations of local variables are never evaluated, and only a bare name becomes local.
        ("def f():\n    x: T = 1\n    y: U", "f |"),
        ("def f():\n    (x): T\n    return x", "f | (x)"),
        ("def f():\n    self.x: T = 1", "f | (self)"),
        // A name that a class binds comes from the module until then, past any function.
        ("class A:\n    x = x", "A | x"),
        (
            "def f():\n    x = 1\n    class A:\n        x = x",
            "f | (x)",
        ),
        ("def f():\n    x = 1\n    class A:\n        y = x", "f |"),
        // Deletion
        ("x = 1\ndel x", "|"),
        ("del x", "| x"),
        ("x = 1\nif c:\n    del x", "x | c"),
        ("x = 1\ndel x\nprint(x)", "| x"),
        ("del x.y", "| x"),
        ("del d[k]", "| d k"),
        // Imports
        ("import a", "a |"),
        ("import a.b", "a |"),
        ("import a.b as c", "c |"),
        ("from a import b, c as d", "b d |"),
        ("from . import b", "b |"),
        ("from a import *", "|"),
        // Functions
        ("def f(): return x", "f | (x)"),
        ("def f(x): return x", "f |"),
        ("def f(x=y): return x", "f | y"),
        ("def f(x: T) -> U: pass", "f | (T) (U)"),
        ("@d\ndef f(): pass", "f | d"),
        ("def f():\n    x = 1\n    return x", "f |"),
        ("def f():\n    return x\nx = 1", "f x |"),
        ("def f():\n    global x\n    x = 1", "f x |"),
        ("def f():\n    global x\n    return x", "f | (x)"),
        ("def f():\n    x = 1\n    def g(): return x", "f |"),
        ("def f():\n    def g(): return x\n    x = 1", "f |"),
        (
            "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2",
            "f |",
        ),
        ("def f():\n    print(x)\n    x = 1", "f |"),
        ("def f(*a, b, **c): return a, b, c, d", "f | (d)"),
        ("def f(): return f()", "f |"),
        ("def f():\n    import numpy as np\n    return np", "f |"),
        ("def f():\n    x: int\n    return x", "f |"),
        ("async def f(): await x", "f | (x)"),
        ("g = lambda x, y=z: x + y + w", "g | (w) z"),
        ("def f():\n    del x", "f |"),
        // Classes
        ("class C: pass", "C |"),
        ("class C(B, metaclass=M): pass", "C | B M"),
        ("class C:\n    x = 1\n    y = x", "C |"),
        ("class C:\n    y = x\n    x = 1", "C | x"),
        ("class C:\n    x = 1\n    def f(self): return x", "C | (x)"),
        ("class C:\n    x = 1\n    y = [x for _ in z]", "C | x z"),
        ("class C:\n    x = [1]\n    y = [i for i in x]", "C |"),
        ("class C:\n    def f(self): return C", "C |"),
        ("class C:\n    T = int\n    x: T", "C |"),
        ("class C:\n    x: T", "C | (T)"),
        ("class C:\n    def f(self): return __class__", "C |"),
        ("class C:\n    global x\n    x = 1", "C x |"),
        ("def f():\n    x = 1\n    class C:\n        y = x", "f |"),
        // Comprehensions
        ("[x for x in y]", "| y"),
        ("[x + z for x in y if w]", "| w y z"),
        ("[(a, b) for a in x for b in a]", "| x"),
        ("{k: v for k, v in d.items()}", "| d"),
        ("{x for x in x}", "| x"),
        ("(x + z for x in y)", "| y (z)"),
        ("[y := f(x) for x in d]", "y | d f"),
        ("[[y for y in x] for x in z]", "| z"),
        ("def f(): return [x for x in y if (z := x)]", "f | (y)"),
        ("[lambda: x for x in y]", "| y"),
        // Control flow
        ("for i in x: print(i)", "i | x"),
        ("for i, j in x: pass\nelse: y = 1", "i j y | x"),
        ("while x: y = 1", "y | x"),
        ("with open(p) as f: d = f.read()", "d f | p"),
        ("with a as (b, c): pass", "b c | a"),
        ("try:\n    x = 1\nexcept E as e:\n    print(e)", "x | E"),
        (
            "try:\n    pass\nexcept E as e:\n    pass\nprint(e)",
            "| E e",
        ),
        ("e = 1\ntry:\n    pass\nexcept E as e:\n    pass", "e | E"),
        ("try:\n    pass\nexcept* E as e:\n    x = e", "x | E"),
        ("if (n := f()) > 1: print(n)", "n | f"),
        ("assert x, y", "| x y"),
        ("raise x from y", "| x y"),
        ("match x:\n    case [a, *b]: pass", "a b | x"),
        ("match x:\n    case {'k': v, **rest}: pass", "rest v | x"),
        ("match x:\n    case P(y=z) as w: pass", "w z | P x"),
        ("match x:\n    case m.A | m.B: pass", "| m x"),
        ("match x:\n    case _: pass", "| x"),
        ("match x:\n    case a if a > b: pass", "a | b x"),
        // Strings
        ("f'{x} {y:{z}} {w!r}'", "| w x y z"),
        ("f'{a=}'", "| a"),
        ("t'{x}'", "| x"),
        ("f'{[i for i in x]}'", "| x"),
        ("'{x}'", "|"),
        // Type parameters and aliases
        ("def f[T](x: T) -> T: return x", "f |"),
        ("def f[T: B](x: T): pass", "f | (B)"),
        ("class C[T](B[T]):\n    x: T", "C | B"),
        ("class C[T]:\n    def f(self) -> T: return T", "C |"),
        ("type A = B", "A | (B)"),
        ("type A[T] = dict[T, B]", "A | (B)"),
        ("type A = list[A]", "A |"),
        // Await
        ("x = await f()", "x | f"),
        ("async for i in x: pass", "i | x"),
        ("async with a as b: pass", "b | a"),
        // Expressions
        ("x if y else z", "| x y z"),
        ("x[y:z]", "| x y z"),
        ("f(x, *y, k=z, **w)", "| f w x y z"),
        ("x.y.z", "| x"),
        ("not x and y or z", "| x y z"),
        ("x < y < z", "| x y z"),
        ("print(len(x))", "| x"),
    ] {
        check(source, expected);
    }
}

#[test]
fn imports_are_found_anywhere_in_a_cell() {
    let found =
        python("import a.b\ndef f():\n    from c.d import e\nfrom . import g\nimport h as i");
    let imports: Vec<&str> = found.imports.iter().map(String::as_str).collect();
    assert_eq!(imports, ["a", "c", "h"]);
}

#[test]
fn only_an_await_outside_of_functions_is_a_top_level_await() {
    for (source, expected) in [
        ("await x", true),
        ("[await x for x in y]", true),
        ("[x async for x in y]", true),
        ("async with a: pass", true),
        ("async def f(): await x", false),
        ("async def f():\n    async for x in y: pass", false),
        ("x", false),
    ] {
        assert_eq!(python(source).top_level_await, expected, "{source}");
    }
}

#[test]
fn a_syntax_error_is_reported_beside_what_was_found() {
    let found = python("x = 1\ny = (\nz = 2");
    assert!(found.syntax_error.is_some());
    assert!(found.definitions.contains_key("x"));
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    for source in [
        "(".repeat(10_000),
        "-".repeat(10_000) + "1",
        "not ".repeat(10_000) + "x",
        "x".to_owned() + &".a".repeat(10_000),
        "1".to_owned() + &" + 1".repeat(10_000),
        "lambda: ".repeat(10_000) + "1",
        "[".repeat(10_000) + &"]".repeat(10_000),
        (0..1_000)
            .map(|n| " ".repeat(n) + "if x:\n")
            .collect::<String>(),
    ] {
        let found = python(&source);
        let message = found.syntax_error.map(|error| error.message);
        assert_eq!(message.as_deref(), Some("This code is nested too deeply."));
    }
}

#[test]
fn ordinary_long_code_is_not_too_deep() {
    let list = format!("x = [{}]", "-1.5, ".repeat(20_000));
    let lines = "y = a.b.c(1 + 2)\n".repeat(20_000);
    assert_eq!(python(&list).syntax_error, None);
    assert_eq!(python(&lines).syntax_error, None);
}

#[test]
fn no_text_makes_the_analysis_panic() {
    let snippet = "@d\nclass C[T](B):\n    x: T = f'{a!r:>{w}}'\n    async def m(self, *é, k=1):\n        \
        return [y async for y in z if (q := y)]\nmatch x:\n    case {'k': [a, *_], **r}: pass\n\
        try:\n    pass\nexcept* E as e:\n    del e\ntype X[**P] = lambda: t'{🦀}'\n";
    for (end, _) in snippet.char_indices() {
        let _ = python(&snippet[..end]);
        let _ = python(&snippet[end..]);
    }
    let mut seed = 7_u32;
    for _ in 0..2_000 {
        let text: String = (0..40)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let pool = "abé🦀 \n\t()[]{}:=,.'\"\\#@*fr0";
                pool.chars().nth((seed >> 16) as usize % 28).unwrap_or('x')
            })
            .collect();
        let _ = python(&text);
    }
}
