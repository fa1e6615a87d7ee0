use super::{Place, markdown, spans};

/// The HTML of a text, with its formulas as `⟨tex⟩`, or `⟪tex⟫` where they are displayed.
fn shown(text: &str) -> String {
    let written = markdown(text, "key");
    let mut html = written.html.trim().replace(">\n", ">");
    for (at, place) in written.places.iter().enumerate() {
        let there = match place {
            Place::Formula(formula) if formula.display => format!("⟪{}⟫", formula.tex),
            Place::Formula(formula) => format!("⟨{}⟩", formula.tex),
            Place::Task { done } => (if *done { "☑" } else { "☐" }).to_owned(),
            Place::Code { text, language } => format!("{language}:{text}"),
        };
        html = html.replacen(&super::place("key", at), &there, 1);
    }
    html
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(text), expected, "{text}");
}

#[test]
fn blocks_and_lines_are_elements() {
    check("# One\n\nTwo\n---", "<h1>One</h1><h2>Two</h2>");
    check(
        "*a* **b** `c` ~~d~~",
        "<p><em>a</em> <strong>b</strong> <code>c</code> <del>d</del></p>",
    );
    check("> a\n\n---", "<blockquote><p>a</p></blockquote><hr>");
    check(
        "1. a\n2. b\n   - c",
        "<ol><li>a</li><li>b<ul><li>c</li></ul></li></ol>",
    );
    check(
        "- [ ] a\n- [x] b",
        "<ul><li class=\"task-list-item\">☐ a</li><li class=\"task-list-item\">☑ b</li></ul>",
    );
    check("```Python x\na\n```", "<pre><code>python:a</code></pre>");
    check(
        "see https://a.b/c_d.",
        "<p>see <a href=\"https://a.b/c_d\">https://a.b/c_d</a>.</p>",
    );
    check("<a@b.c>", "<p><a href=\"mailto:a@b.c\">a@b.c</a></p>");
    check(
        "![a *b*](c \"d\")",
        "<p><img src=\"c\" alt=\"a b\" title=\"d\"></p>",
    );
}

#[test]
fn formulas_are_never_read_as_markdown() {
    check(
        "$a$ \\(b\\) $$c$$ \\[d\\] $`e`$",
        "<p>⟨a⟩ ⟨b⟩ ⟪c⟫ ⟪d⟫ ⟨e⟩</p>",
    );
    check(
        "*a $x*y_1$ b* $\\{a\\}$ **\\(c**d\\)**",
        "<p><em>a ⟨x*y_1⟩ b</em> ⟨\\{a\\}⟩ <strong>⟨c**d⟩</strong></p>",
    );
    check(
        "a\n$$\nb\n= c\n\nd\n$$\ne\n\\[\nf\n\\]",
        "<p>a</p><p>⟪b\n= c\n\nd⟫</p><p>e</p><p>⟪f⟫</p>",
    );
    check(
        "> $$\n> a\n> b\n> $$\n> c",
        "<blockquote><p>⟪a\nb⟫</p><p>c</p></blockquote>",
    );
    check(
        "- a\n\n  $$\n  b\n  $$\n\nc",
        "<ul><li><p>a</p><p>⟪b⟫</p></li></ul><p>c</p>",
    );
    check(
        "Use $$ for the PID, e.g. `echo $$`.",
        "<p>Use $$ for the PID, e.g. <code>echo $$</code>.</p>",
    );
    check(
        "about $5, see [docs](x?q=$filter) or $y$",
        "<p>about $5, see <a href=\"x?q=$filter\">docs</a> or ⟨y⟩</p>",
    );
    check(
        "`$a$` [b](c$d) e$",
        "<p><code>$a$</code> <a href=\"c$d\">b</a> e$</p>",
    );
    check(
        "|a|b|\n|-|-|\n|$|x|$|US$|\n|5$|$6|",
        "<div class=\"scroll\"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>⟨|x|⟩</td><td>US$</td></tr><tr><td>5$</td><td>$6</td></tr></tbody></table></div>",
    );
}

#[test]
fn spaces_that_are_no_blanks_stay() {
    check(
        "&nbsp;&nbsp;a\n\n&nbsp;\n\n\u{3000}b",
        "<p>\u{a0}\u{a0}a</p><p>\u{a0}</p><p>\u{3000}b</p>",
    );
}

#[test]
fn prices_are_no_formulas() {
    for text in [
        "$5 and $10",
        "US$3, $20,000 and $30",
        "a $ b$",
        "$b $",
        "$$ $$",
    ] {
        check(text, &format!("<p>{text}</p>"));
    }
}

#[test]
fn what_stands_for_formulas_cannot_be_written() {
    check("\u{fdd0}0\u{fdd1} $a$", "<p>\u{fffd}0\u{fffd} ⟨a⟩</p>");
    check(
        "[a](\u{fdd0}0\u{fdd1}$a$)",
        "<p><a href=\"\u{fffd}0\u{fffd}$a$\">a</a></p>",
    );
}

#[test]
fn what_is_nested_too_deeply_is_shown_as_it_was_written() {
    let text = ">".repeat(30_000);
    check(&text, &format!("<pre>{}</pre>", "&gt;".repeat(30_000)));
}

/// Random numbers, always the same.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }
}

/// Everything that begins, ends or separates something, and a little between.
const PARTS: &[&str] = &[
    "*",
    "**",
    "***",
    "_",
    "__",
    "~",
    "~~",
    "`",
    "``",
    "```",
    "[",
    "]",
    "](",
    ")",
    "(",
    "![",
    "<",
    ">",
    "<a ",
    "<!--",
    "-->",
    "</",
    "<?",
    "<![CDATA[",
    "$",
    "$$",
    "\\(",
    "\\)",
    "\\[",
    "\\]",
    "\\",
    "\\begin{align}",
    "\\end{align}",
    "{",
    "}",
    "{a}",
    "&",
    "&amp;",
    "#",
    "# ",
    "- ",
    "+ ",
    "1. ",
    "> ",
    "|",
    "|-|",
    ":",
    "[^1]",
    "[^1]: ",
    "[a]: ",
    "[a]",
    "\n",
    "\n\n",
    "\n    ",
    "  \n",
    " ",
    "\t",
    "a",
    "b ",
    "é",
    "https://a.b",
    "www.a.b",
    "https://",
    "www.",
    "/",
    "\"",
    "'",
    "=",
    "---",
    "~~~",
    "- [ ] ",
    "\u{fdd0}",
    "@",
    "<a@b.c>",
];

fn words(random: &mut Random, most: usize) -> String {
    let count = 1 + random.below(most);
    (0..count)
        .map(|_| PARTS[random.below(PARTS.len())])
        .collect()
}

/// The time in nanoseconds that this thread has had a processor, so that a machine with much to do
/// changes nothing.
#[cfg(unix)]
fn now() -> u128 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u128::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or(0)
}

#[cfg(not(unix))]
fn now() -> u128 {
    static BEGIN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    BEGIN.elapsed().as_nanos()
}

fn time_of(text: &str) -> u128 {
    let before = now();
    std::hint::black_box(markdown(text, "key"));
    std::hint::black_box(crate::analysis::markdown::pieces(text));
    now() - before
}

/// At most two and a half times as long for each doubling of a text, over three doublings: where a
/// processor's caches end, a single one may take more. A text that happens to be cheap while it is short,
/// since half of it is one formula, is judged by what ordinary text of its length takes.
#[test]
fn the_time_for_a_text_grows_as_its_length() {
    const SHORT: usize = 6_000;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let ordinary = "*a* b $c$ [d](e) `f`\n\n".repeat(SHORT / 22);
    let mut least_ordinary = u128::MAX;
    for _ in 0..2_000 {
        // A few parts over and over, with or without something around them.
        let (before, part, after) = (
            words(&mut random, 4),
            words(&mut random, 6),
            words(&mut random, 4),
        );
        let times = SHORT / part.len();
        let text = |times: usize| format!("{before}{}{after}", part.repeat(times));
        let (short, long) = (text(times), text(8 * times));
        // The smallest of a few: whatever else takes time only adds.
        let (mut least, mut most) = (u128::MAX, u128::MAX);
        let mut is_linear = false;
        for _ in 0..12 {
            least_ordinary = least_ordinary.min(time_of(&ordinary));
            least = least.min(time_of(&short));
            most = most.min(time_of(&long));
            if 8 * most <= 125 * least.max(least_ordinary) {
                is_linear = true;
                break;
            }
        }
        assert!(
            is_linear,
            "{least} ns ({least_ordinary} for ordinary text), and {most} for eight times as much: \
             {before:?} + {part:?} * {times} + {after:?}"
        );
    }
}

#[test]
fn the_parts_of_any_text_are_in_order_and_end_at_letters() {
    let mut random = Random(7);
    for _ in 0..20_000 {
        let text = words(&mut random, 30);
        let mut done = 0;
        for span in spans(&text) {
            assert!(
                span.range.start >= done && span.range.end >= span.range.start,
                "{text:?}"
            );
            assert!(text.get(span.range.clone()).is_some(), "{text:?}");
            done = span.range.end;
        }
        let written = markdown(&text, "key");
        for at in 0..written.places.len() {
            let place = super::place("key", at);
            assert_eq!(written.html.matches(&place).count(), 1, "{text:?}");
        }
        assert!(!written.html.contains(['\u{fdd0}', '\u{fdd1}']), "{text:?}");
    }
}
