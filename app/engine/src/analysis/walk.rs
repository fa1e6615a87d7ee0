//! Walks the syntax tree in the order of evaluation and keeps the scopes.
//!
//! At module scope a read counts as the cell's own once the cell has bound the name, whether or
//! not that binding is certain to run. Reads in code that runs later are decided at the end.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Alias, Comprehension, ExceptHandler, Expr, ExprCall, ExprContext, Identifier, Parameters,
    Pattern, Stmt, StmtAnnAssign, TypeParam, TypeParams,
};
use ruff_text_size::Ranged;

use super::scope::{Read, Scope, ScopeKind};
use super::{Analysis, Imported, Span, imports_of};
use crate::packages::extras;
use crate::packages::requirements::Requirement;

/// What writes a text to a file.
const WRITING: [&str; 2] = ["write", "write_text"];

/// Analyses the statements of a cell.
pub(super) fn walk(body: &[Stmt]) -> Analysis {
    let mut walk = Walk {
        found: Analysis::default(),
        defined: BTreeSet::new(),
        deferred: Vec::new(),
        scopes: vec![Scope::new(ScopeKind::Module)],
        nesting: 0,
        importing: None,
        bound_otherwise: BTreeSet::new(),
        functions: BTreeSet::new(),
        own_now: BTreeSet::new(),
        handled: BTreeMap::new(),
    };
    for stmt in body {
        walk.visit_stmt(stmt);
    }
    walk.finish()
}

struct Walk {
    found: Analysis,
    /// The module's names that have been bound so far, private ones included.
    defined: BTreeSet<String>,
    /// Reads of module names from code that runs later.
    deferred: Vec<Read>,
    /// The scopes around this place, the module first.
    scopes: Vec<Scope>,
    /// How many compound statements are around this place in the module's scope.
    nesting: u32,
    /// What the import at this place binds.
    importing: Option<Imported>,
    /// Names of the module that something else than an import of one thing binds.
    bound_otherwise: BTreeSet<String>,
    /// The functions and classes of the module.
    functions: BTreeSet<String>,
    /// Names of its own that it reads while it runs itself.
    own_now: BTreeSet<String>,
    /// Names of the module that `except … as` binds, and where.
    handled: BTreeMap<String, Vec<Span>>,
}

fn is_private(name: &str) -> bool {
    name.starts_with('_')
}

impl Walk {
    fn finish(mut self) -> Analysis {
        for read in std::mem::take(&mut self.deferred) {
            if self.defined.contains(&read.name) {
                self.use_own(read);
            } else {
                self.refer(read);
            }
        }
        for (name, places) in std::mem::take(&mut self.handled) {
            let found = &mut self.found;
            // A handler deletes its name in the end: no other cell's must go with it.
            if !found.definitions.contains_key(&name)
                && !found.references.contains_key(&name)
                && !found.deletions.contains_key(&name)
            {
                found.private.insert(name, places);
            }
        }
        let found = &mut self.found;
        let references = found.references.values_mut().map(|read| &mut read.spans);
        let lists = references.chain(found.uses.values_mut());
        for spans in lists.chain(found.private_reads.values_mut()) {
            spans.sort_unstable();
            spans.dedup();
        }
        let definitions = &found.definitions;
        found.imported.retain(|name, _| {
            definitions.contains_key(name) && !self.bound_otherwise.contains(name)
        });
        for tool in ["exec", "globals"] {
            if let Some(read) = found.references.get(tool) {
                let how = format!("{tool}()");
                found.unknowns.insert(how, read.spans.clone());
            }
        }
        // Who uses a function of its own may call it, and with it all that is read inside.
        if !self.functions.is_disjoint(&self.own_now) || !found.unknowns.is_empty() {
            for read in found.references.values_mut() {
                read.late = false;
            }
        }
        self.found
    }

    /// Notes a place where a name of the module stands that is neither bound nor read there.
    fn mention(&mut self, name: &Identifier) {
        let places = self.found.mentions.entry(name.as_str().to_owned());
        places.or_default().push(name.range().into());
    }

    /// Notes that the cell reads what it has bound.
    fn use_own(&mut self, read: Read) {
        if !read.late {
            self.own_now.insert(read.name.clone());
        }
        self.found
            .uses
            .entry(read.name)
            .or_default()
            .push(read.span);
    }

    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::new(ScopeKind::Module));
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    fn refer(&mut self, read: Read) {
        if is_private(&read.name) {
            let spans = self.found.private_reads.entry(read.name).or_default();
            return spans.push(read.span);
        }
        let entry = self.found.references.entry(read.name);
        let is_new = matches!(entry, std::collections::btree_map::Entry::Vacant(_));
        let reference = entry.or_default();
        reference.deferred = read.deferred && (is_new || reference.deferred);
        reference.late = read.late && (is_new || reference.late);
        reference.spans.push(read.span);
    }

    fn define(&mut self, name: &str, span: Span) {
        self.defined.insert(name.to_owned());
        let list = if is_private(name) {
            &mut self.found.private
        } else {
            &mut self.found.definitions
        };
        list.entry(name.to_owned()).or_default().push(span);
        match self.importing.clone() {
            None => {
                self.bound_otherwise.insert(name.to_owned());
            }
            Some(what) => {
                let known = self
                    .found
                    .imported
                    .entry(name.to_owned())
                    .or_insert(what.clone());
                if known.what != what.what {
                    self.bound_otherwise.insert(name.to_owned());
                }
            }
        }
    }

    /// Binds a name in the scope at this place.
    fn bind(&mut self, name: &str, span: Span) {
        let scope = self.scope();
        if scope.kind == ScopeKind::Module || scope.globals.contains(name) {
            self.define(name, span);
        } else {
            scope.bound.insert(name.to_owned());
        }
    }

    fn bind_identifier(&mut self, identifier: &Identifier) {
        self.bind(identifier.as_str(), identifier.range().into());
    }

    /// `:=` binds outside of comprehensions.
    fn bind_walrus(&mut self, name: &str, span: Span) {
        let target = self
            .scopes
            .iter()
            .rposition(|scope| !scope.passes_walrus)
            .unwrap_or(0);
        let scope = &mut self.scopes[target];
        if scope.kind == ScopeKind::Module || scope.globals.contains(name) {
            self.define(name, span);
        } else {
            scope.bound.insert(name.to_owned());
        }
    }

    fn read(&mut self, name: &str, span: Span) {
        let read = Read {
            name: name.to_owned(),
            span,
            deferred: false,
            late: false,
            is_own: self.defined.contains(name),
            sees_class: true,
            is_direct: false,
        };
        self.look_up(self.scopes.len() - 1, read);
    }

    /// Takes a read to the scope with this index.
    fn look_up(&mut self, index: usize, mut read: Read) {
        if index == 0 {
            if read.deferred {
                self.deferred.push(read);
            } else if read.is_own {
                self.use_own(read);
            } else {
                self.refer(read);
            }
            return;
        }
        let around = &self.scopes[..=index];
        let is_later = around.iter().any(|scope| scope.kind == ScopeKind::Deferred);
        let is_in_def = around.iter().any(|scope| scope.is_def);
        let scope = &mut self.scopes[index];
        let is_class = scope.kind == ScopeKind::Class;
        if scope.globals.contains(&read.name) {
            read.deferred |= is_later;
            read.late |= is_in_def;
            read.sees_class = false;
            self.look_up(0, read);
        } else if !is_class || read.deferred || !scope.owns(&read.name) {
            read.is_direct = is_class && !read.deferred;
            scope.reads.push(read);
        }
    }

    /// Takes a read to the scope around the one with this index. Classes are not seen from the
    /// functions inside them.
    fn look_up_around(&mut self, index: usize, read: Read) {
        let seen = |scope: &Scope| read.sees_class || scope.kind != ScopeKind::Class;
        let outer = self.scopes[..index].iter().rposition(seen);
        self.look_up(outer.unwrap_or(0), read);
    }

    /// Walks a scope; at its end, takes what it reads and does not bind to the scopes around it.
    fn in_scope(&mut self, scope: Scope, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(scope);
        walk(self);
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        let index = self.scopes.len();
        for mut read in scope.reads.iter().cloned() {
            let name = &read.name;
            if scope.globals.contains(name) {
                // Declared behind a function that reads it.
                read.deferred = true;
                read.late |= scope.is_def || self.is_in_def();
                self.look_up(0, read);
            } else if scope.kind == ScopeKind::Class {
                let is_own = scope.owns(name);
                if is_own && read.deferred && !read.is_direct {
                    // An annotation sees what the class binds, also later.
                    continue;
                }
                read.sees_class = false;
                if is_own || scope.declared.contains(name) {
                    // A name that the class binds later comes from the module, past any function.
                    let mut around = self.scopes.iter();
                    read.deferred |= around.any(|scope| scope.kind == ScopeKind::Deferred);
                    read.late |= self.is_in_def();
                    self.look_up(0, read);
                } else {
                    self.look_up_around(index, read);
                }
            } else if !scope.owns(name) {
                read.deferred |= scope.kind == ScopeKind::Deferred;
                read.late |= scope.is_def;
                read.sees_class &= scope.shows_class;
                self.look_up_around(index, read);
            }
        }
    }

    fn is_in_def(&self) -> bool {
        self.scopes.iter().any(|scope| scope.is_def)
    }

    /// Defaults run where the function stands.
    fn defaults(&mut self, parameters: Option<&Parameters>) {
        for parameter in parameters.into_iter().flat_map(Parameters::iter) {
            if let Some(default) = parameter.default() {
                self.visit_expr(default);
            }
        }
    }

    fn function(
        &mut self,
        parameters: Option<&Parameters>,
        is_def: bool,
        body: impl FnOnce(&mut Self),
    ) {
        for parameter in parameters.into_iter().flat_map(Parameters::iter) {
            if let Some(annotation) = parameter.annotation() {
                self.visit_annotation(annotation);
            }
        }
        let mut scope = Scope::new(ScopeKind::Deferred);
        scope.is_def = is_def;
        self.in_scope(scope, |walk| {
            for parameter in parameters.into_iter().flat_map(Parameters::iter) {
                walk.bind_identifier(parameter.name());
            }
            body(walk);
        });
    }

    fn with_type_params(&mut self, params: Option<&TypeParams>, inner: impl FnOnce(&mut Self)) {
        let Some(params) = params else {
            return inner(self);
        };
        let mut scope = Scope::new(ScopeKind::Immediate);
        scope.shows_class = true;
        self.in_scope(scope, |walk| {
            for param in &params.type_params {
                walk.visit_type_param(param);
            }
            inner(walk);
        });
    }

    fn comprehension(&mut self, kind: ScopeKind, generators: &[Comprehension], elements: &[&Expr]) {
        // The first iterable is evaluated in the scope around.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        if generators.iter().any(|generator| generator.is_async) {
            self.note_await();
        }
        let mut scope = Scope::new(kind);
        scope.passes_walrus = true;
        self.in_scope(scope, |walk| {
            for (at, generator) in generators.iter().enumerate() {
                if at > 0 {
                    walk.visit_expr(&generator.iter);
                }
                walk.visit_expr(&generator.target);
                for test in &generator.ifs {
                    walk.visit_expr(test);
                }
            }
            for element in elements {
                walk.visit_expr(element);
            }
        });
    }

    fn note_await(&mut self) {
        let mut scopes = self.scopes.iter();
        if !scopes.any(|scope| scope.kind == ScopeKind::Deferred && !scope.passes_walrus) {
            self.found.top_level_await = true;
        }
    }

    fn delete(&mut self, name: &str, span: Span) {
        let nested = self.nesting > 0 || self.scopes.len() > 1;
        let scope = self.scope();
        if scope.kind != ScopeKind::Module && !scope.globals.contains(name) {
            // `del` makes a name local to its function, like an assignment.
            scope.bound.insert(name.to_owned());
            return;
        }
        self.found
            .deletions
            .entry(name.to_owned())
            .or_default()
            .push(span);
        if !self.defined.contains(name) {
            self.read(name, span);
        } else if !nested {
            self.undefine(name);
        }
    }

    /// The cell has bound a name and lets it go again.
    fn undefine(&mut self, name: &str) {
        self.defined.remove(name);
        let found = &mut self.found;
        for list in [&mut found.definitions, &mut found.private] {
            if let Some(places) = list.remove(name) {
                let mentions = found.mentions.entry(name.to_owned());
                mentions.or_default().extend(places);
            }
        }
    }

    fn import_root(&mut self, module: &str) {
        for part in module.split('.').skip(1) {
            self.note_word(part);
        }
        if let Some(root) = module.split('.').next().filter(|root| !root.is_empty()) {
            self.found.imports.insert(root.to_owned());
            if self.nesting == 0 && self.scopes.len() == 1 {
                self.found.sure_imports.insert(root.to_owned());
            }
        }
    }

    /// A module that the cell writes to a file, to be imported later: what it imports is needed then.
    fn note_written(&mut self, call: &ExprCall) {
        let Expr::Attribute(function) = &*call.func else {
            return;
        };
        if let (true, Some(Expr::StringLiteral(text))) = (
            WRITING.contains(&function.attr.as_str()),
            call.arguments.args.first(),
        ) {
            let text = text.value.to_str();
            if text.contains("import ") {
                self.found.imports.extend(imports_of(text));
            }
        }
    }

    fn note_word(&mut self, word: &str) {
        if extras::is_known(word) {
            self.found.words.insert(word.to_owned());
        }
    }

    /// Notes the packages that `micropip.install("…")` asks for.
    fn note_installed(&mut self, call: &ExprCall) {
        let Expr::Attribute(method) = &*call.func else {
            return;
        };
        let is_installer = |name: &str| ["micropip", "piplite"].contains(&name);
        let is_of = method
            .value
            .as_name_expr()
            .is_some_and(|name| is_installer(name.id.as_str()));
        if !is_of || method.attr.as_str() != "install" {
            return;
        }
        let named = || {
            call.arguments
                .find_keyword("requirements")
                .map(|named| &named.value)
        };
        let Some(asked) = call.arguments.args.first().or_else(named) else {
            return;
        };
        let asked = match asked {
            Expr::List(list) => list.elts.as_slice(),
            Expr::Tuple(tuple) => tuple.elts.as_slice(),
            Expr::Set(set) => set.elts.as_slice(),
            one => std::slice::from_ref(one),
        };
        let texts = asked.iter().filter_map(Expr::as_string_literal_expr);
        let found = texts.filter_map(|text| Requirement::parse(text.value.to_str()));
        self.found.requirements.extend(found);
    }

    /// Binds what an import makes; `from` is the module of a `from … import`.
    fn import(&mut self, alias: &Alias, from: Option<&str>) {
        let full = alias.name.as_str();
        let span: Span = alias.range().into();
        let first = full.split('.').next().unwrap_or(full);
        let what = match (from, &alias.asname) {
            (Some(module), None) if full == "*" => {
                let how = format!("from {module} import *");
                self.found.unknowns.entry(how).or_default().push(span);
                return;
            }
            (Some(module), _) => format!("{module}.{full}"),
            (None, Some(_)) => full.to_owned(),
            (None, None) => first.to_owned(),
        };
        let loads = from.unwrap_or(full).to_owned();
        self.importing = Some(Imported { what, loads });
        if let Some(name) = &alias.asname {
            self.bind_identifier(name);
        } else {
            let place: Span = alias.name.range().into();
            self.found.bare_imports.insert(place);
            self.bind(if from.is_some() { full } else { first }, place);
        }
        self.importing = None;
    }

    /// `x: T = value`.
    fn annotated<'a>(&mut self, assign: &'a StmtAnnAssign)
    where
        Self: Visitor<'a>,
    {
        // The annotation of a local variable is never evaluated, nor that of anything but a
        // plain name.
        if self.scope().kind != ScopeKind::Deferred && assign.simple {
            self.visit_annotation(&assign.annotation);
        }
        if let (ScopeKind::Class, true, Expr::Name(name)) =
            (self.scope().kind, assign.simple, &*assign.target)
        {
            let name = name.id.as_str().to_owned();
            self.scope().declared.insert(name);
        }
        if let Some(value) = &assign.value {
            self.visit_expr(value);
        }
        // A bare `x: int` binds nothing in a module, but makes `x` local in a function.
        let is_name = assign.target.is_name_expr();
        // `(x): int` does not even that.
        let is_local = assign.simple && self.scope().kind == ScopeKind::Deferred;
        if assign.value.is_some() || !is_name || is_local {
            self.visit_expr(&assign.target);
        }
    }

    /// The names of an assignment's target that are read before they are bound.
    fn augmented(&mut self, target: &Expr) {
        if let Expr::Name(name) = target {
            self.read(name.id.as_str(), name.range().into());
        }
    }
}

impl<'a> Visitor<'a> for Walk {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.defaults(Some(&def.parameters));
                self.with_type_params(def.type_params.as_deref(), |walk| {
                    if let Some(returns) = &def.returns {
                        walk.visit_annotation(returns);
                    }
                    walk.function(Some(&def.parameters), true, |walk| {
                        walk.visit_body(&def.body);
                    });
                });
                self.bind_identifier(&def.name);
                self.functions.insert(def.name.as_str().to_owned());
            }
            Stmt::ClassDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.with_type_params(def.type_params.as_deref(), |walk| {
                    if let Some(arguments) = &def.arguments {
                        walk.visit_arguments(arguments);
                    }
                    walk.in_scope(Scope::new(ScopeKind::Class), |walk| {
                        walk.visit_body(&def.body);
                    });
                });
                self.bind_identifier(&def.name);
                self.functions.insert(def.name.as_str().to_owned());
            }
            Stmt::TypeAlias(alias) => {
                self.visit_expr(&alias.name);
                self.with_type_params(alias.type_params.as_deref(), |walk| {
                    walk.visit_annotation(&alias.value);
                });
            }
            Stmt::AugAssign(assign) => {
                self.augmented(&assign.target);
                if assign.target.is_name_expr() && self.scope().kind == ScopeKind::Module {
                    let places = (assign.target.range().into(), assign.value.range().into());
                    self.found.augmented.push(places);
                }
                if assign.target.is_name_expr() {
                    visitor::walk_stmt(self, stmt);
                } else {
                    self.visit_expr(&assign.target);
                    self.visit_expr(&assign.value);
                }
            }
            Stmt::AnnAssign(assign) => self.annotated(assign),
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.import_root(alias.name.as_str());
                    self.import(alias, None);
                }
            }
            Stmt::ImportFrom(import) => {
                if let (0, Some(module)) = (import.level, &import.module) {
                    self.import_root(module.as_str());
                }
                let dots = ".".repeat(import.level as usize);
                let module = import.module.as_ref().map_or("", Identifier::as_str);
                let module = format!("{dots}{module}");
                for alias in &import.names {
                    self.note_word(alias.name.as_str());
                    self.import(alias, Some(&module));
                }
            }
            Stmt::Global(global) => {
                for name in &global.names {
                    self.mention(name);
                }
                let names = global.names.iter().map(|name| name.as_str().to_owned());
                self.scope().globals.extend(names);
            }
            Stmt::Nonlocal(nonlocal) => {
                let names = nonlocal.names.iter().map(|name| name.as_str().to_owned());
                self.scope().nonlocals.extend(names);
            }
            Stmt::For(stmt_for) if stmt_for.is_async => self.nested(stmt, true),
            Stmt::With(with) if with.is_async => self.nested(stmt, true),
            Stmt::For(_)
            | Stmt::With(_)
            | Stmt::While(_)
            | Stmt::If(_)
            | Stmt::Try(_)
            | Stmt::Match(_) => self.nested(stmt, false),
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => {
                let span = name.range().into();
                match name.ctx {
                    ExprContext::Load => self.read(name.id.as_str(), span),
                    ExprContext::Store => self.bind(name.id.as_str(), span),
                    ExprContext::Del => self.delete(name.id.as_str(), span),
                    ExprContext::Invalid => {}
                }
            }
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                if let Expr::Name(name) = &*named.target {
                    self.bind_walrus(name.id.as_str(), name.range().into());
                }
            }
            Expr::Lambda(lambda) => {
                self.defaults(lambda.parameters.as_deref());
                self.function(lambda.parameters.as_deref(), false, |walk| {
                    walk.visit_expr(&lambda.body);
                });
            }
            Expr::ListComp(comp) => {
                self.comprehension(ScopeKind::Immediate, &comp.generators, &[&comp.elt]);
            }
            Expr::SetComp(comp) => {
                self.comprehension(ScopeKind::Immediate, &comp.generators, &[&comp.elt]);
            }
            Expr::DictComp(comp) => {
                let key = comp.key.as_deref();
                let elements: Vec<&Expr> = key.into_iter().chain([&*comp.value]).collect();
                self.comprehension(ScopeKind::Immediate, &comp.generators, &elements);
            }
            Expr::Generator(comp) => {
                self.comprehension(ScopeKind::Deferred, &comp.generators, &[&comp.elt]);
            }
            Expr::Attribute(attribute) => {
                self.note_word(attribute.attr.as_str());
                visitor::walk_expr(self, expr);
            }
            Expr::StringLiteral(text) => self.note_word(text.value.to_str()),
            Expr::Call(call) => {
                self.note_installed(call);
                self.note_written(call);
                for keyword in &call.arguments.keywords {
                    if let Some(name) = &keyword.arg {
                        self.note_word(name.as_str());
                    }
                }
                visitor::walk_expr(self, expr);
            }
            Expr::Await(_) => {
                self.note_await();
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    /// Annotations are evaluated on demand (PEP 649).
    fn visit_annotation(&mut self, expr: &'a Expr) {
        let mut scope = Scope::new(ScopeKind::Deferred);
        // Unlike a function, an annotation sees the names of the class around it.
        scope.shows_class = true;
        self.in_scope(scope, |walk| walk.visit_expr(expr));
    }

    fn visit_type_param(&mut self, param: &'a TypeParam) {
        let (name, bound, default) = match param {
            TypeParam::TypeVar(param) => (&param.name, &param.bound, &param.default),
            TypeParam::TypeVarTuple(param) => (&param.name, &None, &param.default),
            TypeParam::ParamSpec(param) => (&param.name, &None, &param.default),
        };
        self.bind_identifier(name);
        for expr in bound.iter().chain(default) {
            self.visit_annotation(expr);
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(handler) = handler;
        if let Some(class) = &handler.type_ {
            self.visit_expr(class);
        }
        // `except … as name` binds the name for the handler only, and then deletes it.
        let name = handler
            .name
            .as_ref()
            .filter(|_| self.scope().kind == ScopeKind::Module);
        let temporary = name.filter(|name| self.defined.insert(name.as_str().to_owned()));
        if let Some(name) = name {
            self.mention(name);
        }
        if let (Some(name), None) = (&handler.name, name) {
            self.bind_identifier(name);
        }
        self.visit_body(&handler.body);
        if let Some(name) = temporary {
            let places = self.handled.entry(name.as_str().to_owned()).or_default();
            places.push(name.range().into());
            // Whatever the handler binds to it is deleted with it.
            self.undefine(name.as_str());
        }
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(pattern) => &pattern.name,
            Pattern::MatchStar(pattern) => &pattern.name,
            Pattern::MatchMapping(pattern) => &pattern.rest,
            _ => &None,
        };
        visitor::walk_pattern(self, pattern);
        if let Some(name) = name {
            self.bind_identifier(name);
        }
    }
}

impl Walk {
    fn nested(&mut self, stmt: &Stmt, is_async: bool) {
        if is_async {
            self.note_await();
        }
        let in_module = self.scope().kind == ScopeKind::Module;
        self.nesting += u32::from(in_module);
        visitor::walk_stmt(self, stmt);
        self.nesting -= u32::from(in_module);
    }
}
