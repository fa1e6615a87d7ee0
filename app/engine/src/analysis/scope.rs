//! Scopes as data: what each binds and reads while the walk is inside it.

use std::collections::BTreeSet;

use super::Span;

/// A kind of scope, by how names are looked up in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    /// The cell itself. Looks names up as it goes, so the order counts.
    Module,
    /// Runs at once, looks names up as it goes, and is not seen from the scopes inside it.
    Class,
    /// Runs later: a function, a lambda, a generator expression, an annotation.
    Deferred,
    /// Runs at once, with names of its own: a comprehension, type parameters.
    Immediate,
}

/// A name that is read.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not exclude each other"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    pub name: String,
    pub span: Span,
    /// Whether it runs later.
    pub deferred: bool,
    /// Whether it runs when somebody calls a function of the cell.
    pub late: bool,
    /// Whether the module had bound the name when the walk came by.
    pub is_own: bool,
    /// Whether a class around it is seen from where it stands.
    pub sees_class: bool,
    /// Whether it stands in the class itself, and not in an annotation of it.
    pub is_direct: bool,
}

/// A scope that the walk is inside of.
#[derive(Debug)]
pub(super) struct Scope {
    pub kind: ScopeKind,
    /// Whether it is the body of a `def`.
    pub is_def: bool,
    pub bound: BTreeSet<String>,
    /// Names declared `global` here.
    pub globals: BTreeSet<String>,
    /// Names declared `nonlocal` here.
    pub nonlocals: BTreeSet<String>,
    /// Names that a bare annotation makes the class's.
    pub declared: BTreeSet<String>,
    /// Reads that can be decided only when all bindings of the scope are known.
    pub reads: Vec<Read>,
    /// Whether `:=` binds in the scope around this one, as in a comprehension.
    pub passes_walrus: bool,
    /// Whether the class around it is seen from it, as from annotations and type parameters.
    pub shows_class: bool,
}

impl Scope {
    pub fn new(kind: ScopeKind) -> Self {
        Self {
            kind,
            is_def: false,
            bound: BTreeSet::new(),
            globals: BTreeSet::new(),
            nonlocals: BTreeSet::new(),
            declared: BTreeSet::new(),
            reads: Vec::new(),
            passes_walrus: false,
            shows_class: false,
        }
    }

    /// Whether a read that reaches this scope ends here.
    pub fn owns(&self, name: &str) -> bool {
        self.bound.contains(name) && !self.nonlocals.contains(name)
    }
}
