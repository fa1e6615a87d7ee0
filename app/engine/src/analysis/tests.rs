//! The rules of Python's scoping, through one `found`; `table.txt` has a snippet and a reason for each.

use super::python;
use crate::notebook::{Fingerprint, Kind};

/// The names of a cell: `definitions | references`, deferred ones in brackets.
fn found(source: &str) -> String {
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
    text.trim().to_owned()
}

#[test]
fn a_cell_makes_what_it_binds_and_reads_what_it_does_not() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in include_str!("table.txt").split("\n\n") {
        let Some((reason, rest)) = entry.trim_matches('\n').split_once('\n') else {
            continue;
        };
        let Some((source, expected)) = rest.rsplit_once("\n=> ") else {
            panic!("no expectation: {entry}");
        };
        count += 1;
        let found = found(source);
        // Known exceptions, which nobody writes: what a class or a function unmakes in itself.
        let is_exception = reason.starts_with("#? ");
        if (found == expected.trim()) == is_exception {
            wrong.push(format!("{reason}\n{source}\n=> {expected}\nbut {found}"));
        }
    }
    assert!(count >= 150, "{count} snippets");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn the_name_of_a_handler_is_the_cell_s_own() {
    for (source, expected) in [
        ("try:\n    1 / 0\nexcept E as e:\n    print(e)", &["e"][..]),
        (
            "for _i in x:\n    try: x\n    except E as e: pass",
            &["_i", "e"],
        ),
        // Here it is somebody else's too, as in Python.
        ("print(e)\ntry: x\nexcept E as e: pass", &[]),
        ("e = 1\ntry: x\nexcept E as e: pass", &[]),
        ("def f():\n    try: x\n    except E as e: pass", &[]),
    ] {
        let found = python(source);
        let private: Vec<&str> = found.private.keys().map(String::as_str).collect();
        assert_eq!(private, expected, "{source}");
    }
}

#[test]
fn what_a_written_module_imports_is_needed_too() {
    for (source, expected) in [
        ("%%writefile helper.py\nimport a.b\nfrom c import d", "a c"),
        ("%%writefile -a lib/x.py\nimport a", "a"),
        ("%%writefile notes.txt\nimport a", ""),
        ("%%writefile helper.py\nimport a\nx = = 2", ""),
        (
            "from pathlib import Path\nPath('h.py').write_text('''import a\nimport b''')",
            "a b pathlib",
        ),
        (
            "with open('h.py', 'w') as f: f.write('from a import b')",
            "a",
        ),
        ("f.write('import duties are high')", ""),
        ("f.write(f'import {a}')", ""),
        ("from zoneinfo import ZoneInfo", "zoneinfo"),
    ] {
        let found = python(source).imports;
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found.join(" "), expected, "{source}");
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
        assert_eq!(message.as_deref(), Some(super::TOO_DEEP));
    }
}

/// How deep the tree of a source is.
fn depth_of_tree(source: &str) -> u32 {
    use ruff_python_ast::visitor::{self, Visitor};
    use ruff_python_ast::{Expr, Pattern};

    #[derive(Default)]
    struct Depth {
        now: u32,
        most: u32,
    }
    impl Depth {
        fn inside(&mut self, walk: impl FnOnce(&mut Self)) {
            self.now += 1;
            self.most = self.most.max(self.now);
            walk(self);
            self.now -= 1;
        }
    }
    impl<'a> Visitor<'a> for Depth {
        fn visit_expr(&mut self, expr: &'a Expr) {
            self.inside(|depth| visitor::walk_expr(depth, expr));
        }
        fn visit_pattern(&mut self, pattern: &'a Pattern) {
            self.inside(|depth| visitor::walk_pattern(depth, pattern));
        }
    }
    let kind = ruff_python_ast::PySourceType::Python;
    let parsed = ruff_python_parser::parse_unchecked_source(source, kind);
    let mut depth = Depth::default();
    depth.visit_body(&parsed.syntax().body);
    depth.most
}

/// Pieces of code put together by chance, repeated as if they nested.
fn repeated_by_chance(count: usize) -> Vec<String> {
    const WORDS: &str = "x 1 'a' f'{ }' t\" \" { } ( ) [ ] , : ; . + - * ** / ~ @ == < := = -> ... not \
        and or in is if else for async await yield from lambda def class return with as match case \
        type import del while try except global pass raise print True ⏎ \\⏎ ? $ ' \" ''' !r";
    let words: Vec<String> = WORDS
        .split_whitespace()
        .map(|word| word.replace('⏎', "\n"))
        .collect();
    let mut random = 11_u64;
    let mut next = move |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(random >> 33).unwrap_or(0) % below
    };
    let mut unit = || -> String {
        let count = next(6);
        let picked = (0..count).map(|_| words[next(words.len())].clone() + [" ", ""][next(2)]);
        picked.collect()
    };
    let sources = (0..count).map(|_| {
        let (head, open, inner, close) = (unit(), unit(), unit(), unit());
        format!("{head}{}{inner}{}", open.repeat(60), close.repeat(60))
    });
    sources.collect()
}

#[test]
fn the_measured_depth_is_never_below_that_of_the_tree() {
    let check = || {
        let (mut deep, mut wrong) = (0, Vec::new());
        for source in repeated_by_chance(10_000) {
            let depth = depth_of_tree(&source);
            let (measured, is_sure) = super::depth::deepest(&source);
            deep += usize::from(depth > 50);
            if is_sure && measured + 10 < depth {
                let head: String = source.chars().take(200).collect();
                wrong.push(format!("{depth} > {measured}: {head:?}"));
            }
        }
        assert!(deep > 100, "only {deep} were deep");
        let some = wrong[..wrong.len().min(20)].join("\n");
        assert!(wrong.is_empty(), "{} of {deep}:\n{some}", wrong.len());
    };
    // Nothing is refused here, so that the stack must be large.
    let thread = std::thread::Builder::new().stack_size(1 << 28);
    let checked = thread.spawn(check).expect("there are threads").join();
    if let Err(failure) = checked {
        std::panic::resume_unwind(failure);
    }
}

#[test]
fn ordinary_long_code_is_not_too_deep() {
    let list = format!("x = [{}]", "-1.5, ".repeat(20_000));
    let lines = "y = a.b.c(1 + 2)\n".repeat(20_000);
    let sum = format!("x = 1{}", " + 1".repeat(1_000));
    let chain = format!("x = (a{})", "\n    .b(c, d=1)".repeat(600));
    let elifs = format!("if a: pass\n{}", "elif b: pass\n".repeat(20_000));
    let brackets = format!("x = {}{}", "[".repeat(200), "]".repeat(200));
    for source in [sum, chain, elifs, brackets] {
        assert_eq!(python(&source).syntax_error, None);
    }
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

#[test]
fn values_in_text_are_found_where_they_are_meant() {
    for (source, expected) in [
        ("The mean is {mean:.1f} of {len(rows)}.", "| mean rows"),
        ("{a!r} {b.c[d]} {{e}}", "| a b d e"),
        (
            "\\{no} `{no}` ``{no} ` `` $x_{no}$ $$\n{no}\n$$ \\frac{no}{yes} x^{no}",
            "| yes",
        ),
        ("```\n{no}\n```\n{yes}\n~~~\n{no}\n~~~", "| yes"),
        (
            "{1} {} {\"a\": 1} {is python} $5 and {yes} for $10",
            "| yes",
        ),
        ("no braces", ""),
    ] {
        let found = super::markdown::markdown(source);
        let references = found
            .into_iter()
            .flat_map(|found| found.references.into_keys());
        let names: Vec<String> = references.filter(|name| !super::is_builtin(name)).collect();
        assert_eq!(
            names.join(" "),
            expected.trim_start_matches("| "),
            "{source}"
        );
    }
}

#[test]
fn long_texts_of_one_line_are_read_to_their_end() {
    // Each would take hours if it were looked through again from every letter.
    for piece in ["{", "{}", "{a ", "$a ", "`", "\\(", "[^"] {
        let _ = super::markdown::markdown(&piece.repeat(500_000));
    }
    for piece in ["a, ", "é, ", "[b], ", "\"ü\" "] {
        let _ = super::sql::sql(&format!("SELECT * FROM {}", piece.repeat(100_000)));
    }
}

/// The meaning of a source.
fn meaning(kind: Kind, source: &str) -> Option<Fingerprint> {
    super::of(&crate::Notebook::default().new_cell(kind, source)).map(|found| found.meaning)
}

#[test]
fn comments_blank_lines_and_spaces_do_not_change_the_meaning() {
    for (kind, one, other) in [
        (
            Kind::Python,
            "foo = 37\nbar = 99",
            "# inputs\n\nfoo  =  37   # operations\n\n   # more\nbar = 99 \n\n",
        ),
        (Kind::Python, "", "# only a comment\n\n# type: ignore"),
        (Kind::Python, "f(1,\n  2)", "f(\n    1,  # one\n\n    2\n)"),
        (
            Kind::Python,
            "if a:\n    b\nelse:\n    c",
            "if a:  # when\n    # inner\n    b\n# outer\n\nelse:\n\n    c\n    # end",
        ),
        (Kind::Python, "x = 1", "x = \\\n    1"),
        (
            Kind::Python,
            "def f(): pass",
            "def f(): pass  # type: () -> int",
        ),
        (
            Kind::Sql,
            "SELECT 'é', x FROM a",
            "-- all\nSELECT 'é', /* é */ x\n  FROM a -- and no more\n",
        ),
        (
            Kind::Sql,
            "-- result: x\nSELECT 1",
            "\n--  result: x\nSELECT 1",
        ),
    ] {
        assert_eq!(meaning(kind, one), meaning(kind, other), "{other}");
    }
}

#[test]
fn whatever_may_change_a_result_changes_the_meaning() {
    for (kind, one, other) in [
        (Kind::Python, "foo = 37", "foo = 38"),
        (Kind::Python, "ab", "a.b"),
        (Kind::Python, "a\nb", "a, b"),
        (Kind::Python, "1\n2", "12"),
        (Kind::Python, "x = 'a  b'", "x = 'a b'"),
        (Kind::Python, "x = '# a'", "x = '# b'"),
        (Kind::Python, "def f():\n    'doc'", "def f():\n    'doc '"),
        (
            Kind::Python,
            "def f():\n    '''a\n    b'''",
            "def f():\n    '''a\n\n    b'''",
        ),
        // It shows its own text.
        (Kind::Python, "f'{x=}'", "f'{x = }'"),
        (Kind::Python, "f'{x:>{w = }}'", "f'{x:>{w=}}'"),
        (Kind::Python, "f'a {f\"{x=}\"} b'", "f'a {f\"{x =}\"} b'"),
        (Kind::Python, "f'{x}  '", "f'{x} '"),
        (Kind::Python, "t'{x }'", "t'{x}'"),
        (Kind::Python, "if a:\n    b\n    c", "if a:\n    b\nc"),
        (Kind::Python, "x", "x;"),
        // Not known to the lexer, or wrong.
        (Kind::Python, "%time  f()", "%time f()"),
        (Kind::Python, "!ls # a", "!ls # b"),
        (Kind::Python, "x = (  # a", "x = (  # b"),
        (Kind::Python, "x = 1 # a\n$", "x = 1 # b\n$"),
        (Kind::Sql, "SELECT 'a  b'", "SELECT 'a b'"),
        (Kind::Sql, "SELECT '--a'", "SELECT '--b'"),
        (Kind::Sql, "SELECT a, b", "SELECT ab"),
        (
            Kind::Sql,
            "-- result: x\nSELECT 1",
            "-- result: y\nSELECT 1",
        ),
        (Kind::Sql, "SELECT 'é' AS a", "SELECT 'é' AS b"),
        (Kind::Sql, "SELECT (1 -- a", "SELECT (1 -- b"),
        (Kind::Markdown, "{x}  ", "{x}"),
    ] {
        assert_ne!(meaning(kind, one), meaning(kind, other), "{other}");
    }
}

#[test]
fn a_source_that_does_not_parse_has_a_meaning_of_its_own() {
    let broken = python("x = (1");
    assert!(broken.syntax_error.is_some());
    assert_eq!(broken.meaning, Fingerprint::of("x = (1"));
    let deep = "(".repeat(10_000);
    assert_eq!(python(&deep).meaning, Fingerprint::of(&deep));
}

#[test]
fn a_cell_for_ipython_keeps_its_names() {
    for (source, expected) in [
        ("%matplotlib inline\nx = y", "x | y"),
        ("%time x = f(y)", "x | f y"),
        ("%time for i in rows:\\\n  print(i)", "i | rows"),
        ("if a:\n    %time f(b)\nelse:\n\t!ls\nc = 1", "c | a b f"),
        (
            "for i in r:\n    %timeit -n 10 -r3 f(i)\nx = 1",
            "i x | f r",
        ),
        ("%timeit z = f(y)\nprint(z)", "| f y z"),
        ("x = %timeit -o -n 5 f(y)", "x | f y"),
        (
            "files = !ls {folder} $name $HOME\nlen(files)",
            "files | folder name",
        ),
        ("!awk '{print $1}' {a}", "| a"),
        ("!pip install -q one \\\n    two three\nx = 1", "x |"),
        (
            "if 'google.colab' in sys.modules:\n    !pip install x\nready = True",
            "ready | sys",
        ),
        ("%%time\nimport math\nroots = f(n)", "math roots | f n"),
        ("\n%%time\n\n%%capture out\nx = 1", "out x |"),
        ("%%capture --no-stderr out\nx = y", "out x | y"),
        ("%%time", "|"),
        ("%%timeit -n 3 s = g()\nt = s + u", "| g u"),
        ("%%timeit\nx += y", "| x y"),
        ("%%html\n<b>{x}</b> 'it", "|"),
        ("%%writefile helper.py\nx = y", "|"),
        ("%%bash\nfor i in (((; do echo $i; done", "|"),
        ("np.random?", "| np"),
        ("??np.random\nx = 1", "x | np"),
        ("np.*load*?", "|"),
        ("x = 1\n%ls?\ny", "x | y"),
        (
            ">>> x = 1\n>>> for i in y:\n...     print(i)\n...\n",
            "i x | y",
        ),
        ("In [3]: x = y\n   ...: z = x", "x z | y"),
        ("    x = y\n    if x:\n        z = 1", "x z | y"),
        ("\n\t%time x = 1", "x |"),
        ("t = '''\n%time not\n'''\n%precision 3", "t |"),
        ("x = (a\n%b)\n!ls", "x | a b"),
        ("x = f\"{a[\"b\"]}\"\n!ls", "x | a"),
    ] {
        let found = python(source);
        assert_eq!(found.syntax_error, None, "{source}");
        assert_eq!(self::found(source), expected, "{source}");
        for (name, span) in found
            .definitions
            .iter()
            .flat_map(|(name, spans)| spans.iter().map(move |span| (name, span)))
        {
            assert_eq!(
                &source[span.start as usize..span.end as usize],
                name,
                "{source}"
            );
        }
        for (name, read) in &found.references {
            for span in &read.spans {
                assert_eq!(
                    &source[span.start as usize..span.end as usize],
                    name,
                    "{source}"
                );
            }
        }
    }
    // What Python itself takes is Python, and what nobody takes stays wrong, at its place.
    assert_eq!(found("x = (1\n%y)"), "x | y");
    let wrong = python("%time 1\nx = = 2")
        .syntax_error
        .map(|error| error.span.start);
    assert_eq!(wrong, Some(12));
    for source in ["/ 2", "% 3", "x = ? y", "a b", "!"] {
        assert!(python(source).syntax_error.is_some(), "{source}");
    }
}

#[test]
fn a_magic_is_part_of_what_a_cell_means() {
    let of = |source: &str| python(source).meaning;
    assert_ne!(of("%precision 3\nx = 1"), of("%precision 4\nx = 1"));
    assert_ne!(of("%%time\nx = 1"), of("\nx = 1"));
    assert_eq!(of("%%time\nx = 1"), of("%%time\nx = 1  # a"));
}

#[test]
fn an_odd_cell_for_ipython_takes_no_longer_and_loses_no_place() {
    let pieces = [
        "%",
        "%%",
        "!",
        "?",
        "time ",
        "timeit ",
        "capture x",
        "{",
        "}",
        "$a",
        "é",
        "\\\n",
        "\n",
        " ",
        "\t",
        "'",
        "\"\"\"",
        "(",
        ")",
        "=",
        "x",
        ">>> ",
        "In [1]: ",
        "...: ",
        "#",
        "-n ",
        "\r",
    ];
    let mut seed = 7_u64;
    for _ in 0..20_000 {
        let mut source = String::new();
        for _ in 0..12 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            source.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        if let Some(masked) = super::ipython::mask(&source) {
            assert_eq!(masked.text.len(), source.len(), "{source:?}");
        }
        let _ = python(&source);
    }
    for long in [
        "!{",
        "x = !a\\\n",
        "%time ",
        "%%time\n",
        ">>> ",
        "!$a{b",
        "!x ",
        "?",
        "if x:\n %",
        "'",
    ] {
        let source = format!("!x {}", long.repeat(20_000));
        let began = std::time::Instant::now();
        let _ = python(&source);
        let _ = python(&long.repeat(20_000));
        // Far more than it takes, and far less than if each byte were looked at for each other one.
        assert!(began.elapsed().as_secs() < 20, "{long}");
    }
}

#[test]
fn a_statement_of_python_2_is_named_as_python_names_it() {
    for (source, start) in [("x = 1\nprint \"a\" % x", 6), ("if a:\n  exec 'b'", 8)] {
        let error = python(source)
            .syntax_error
            .unwrap_or_else(|| panic!("{source}"));
        assert!(
            error
                .message
                .starts_with("Missing parentheses in call to '"),
            "{}",
            error.message
        );
        assert_eq!(error.span.start, start, "{source}");
    }
}
