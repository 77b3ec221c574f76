//! A source file and the names that it uses outside its tests.

use proc_macro2::{TokenStream, TokenTree};
use std::path::Path;
use syn::{Attribute, spanned::Spanned, visit::Visit};

/// A source file.
pub struct SourceFile {
    /// From the root of the workspace, with `/`.
    pub path: String,
    text: String,
}

/// A name as a path of identifiers (`std::fs::read`), and the line it stands in.
#[derive(Clone, Debug)]
pub struct Name {
    /// The identifiers, joined by `::`.
    pub path: String,
    /// From 1.
    pub line: usize,
}

impl SourceFile {
    /// Reads a file below `root`.
    pub fn read(root: &Path, path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(root).unwrap().display().to_string();
        Self { path, text }
    }

    /// A file with this text, to try rules on.
    pub fn sample(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Whether it defines a function of that name, in a macro's tokens too.
    pub fn defines(&self, function: &str) -> bool {
        self.text.contains(&format!("fn {function}("))
    }

    /// How many lines it has.
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// Every path of identifiers outside `#[cfg(test)]`, those of `use` written out, and
    /// every macro, as `name!`.
    pub fn names(&self) -> Vec<Name> {
        let file = syn::parse_file(&self.text)
            .unwrap_or_else(|e| panic!("{}: cannot be parsed: {e}", self.path));
        let mut finder = Finder::default();
        finder.visit_file(&file);
        finder.names
    }
}

#[derive(Default)]
struct Finder {
    names: Vec<Name>,
}

fn only_in_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("test")
            || (a.path().is_ident("cfg")
                && a.meta
                    .require_list()
                    .is_ok_and(|l| l.tokens.to_string() == "test"))
    })
}

impl Finder {
    fn push(&mut self, path: String, line: usize) {
        self.names.push(Name { path, line });
    }

    fn uses(&mut self, prefix: &str, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(p) => self.uses(&format!("{prefix}{}::", p.ident), &p.tree),
            syn::UseTree::Name(n) => {
                let whole = if n.ident == "self" {
                    prefix.trim_end_matches(':').to_owned()
                } else {
                    format!("{prefix}{}", n.ident)
                };
                self.push(whole, n.span().start().line);
            }
            syn::UseTree::Rename(r) => {
                self.push(format!("{prefix}{}", r.ident), r.span().start().line);
            }
            syn::UseTree::Glob(g) => self.push(format!("{prefix}*"), g.span().start().line),
            syn::UseTree::Group(g) => g.items.iter().for_each(|t| self.uses(prefix, t)),
        }
    }

    /// Paths inside a macro's tokens: `a :: b :: c` becomes `a::b::c`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = String::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons == 2 && !path.is_empty() {
                        path.push_str("::");
                    } else {
                        self.flush(&mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push_str(&ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(p) if p.as_char() == ':' => colons += 1,
                other => {
                    self.flush(&mut path, line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.flush(&mut path, line);
    }

    fn flush(&mut self, path: &mut String, line: usize) {
        if !path.is_empty() {
            self.push(std::mem::take(path), line);
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes: &[Attribute] = match item {
            syn::Item::Mod(i) => &i.attrs,
            syn::Item::Fn(i) => &i.attrs,
            syn::Item::Impl(i) => &i.attrs,
            syn::Item::Use(i) => &i.attrs,
            _ => &[],
        };
        if !only_in_tests(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.uses("", &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let whole = path
            .segments
            .iter()
            .map(|s| s.ident.to_string())
            .collect::<Vec<_>>()
            .join("::");
        self.push(whole, path.span().start().line);
        syn::visit::visit_path(self, path);
    }

    fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
        if let (Some(_), syn::Type::Path(p)) = (reference.mutability, reference.elem.as_ref())
            && let Some(last) = p.path.segments.last()
        {
            self.push(
                format!("&mut {}", last.ident),
                reference.span().start().line,
            );
        }
        syn::visit::visit_type_reference(self, reference);
    }

    fn visit_expr_await(&mut self, expression: &'ast syn::ExprAwait) {
        self.push(".await".to_owned(), expression.span().start().line);
        syn::visit::visit_expr_await(self, expression);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.push(format!(".{}", call.method), call.method.span().start().line);
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Some(last) = mac.path.segments.last() {
            self.push(format!("{}!", last.ident), mac.span().start().line);
        }
        self.tokens(mac.tokens.clone());
    }
}
