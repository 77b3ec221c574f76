//! A row of a tree: indent, fold sign, state, name, note. The rows themselves are those of
//! a table; who folds what is known elsewhere.

use ratatui_core::{
    style::Style,
    text::{Line, Span},
};

/// Whether a node shows what is below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Nothing is below it.
    Leaf,
    /// It is folded.
    Folded,
    /// It is open.
    Open,
}

/// The words of a node.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// How deep it stands.
    pub depth: u16,
    /// Its fold.
    pub fold: Fold,
    /// Its state, in place of the fold sign of a leaf; may be empty.
    pub sign: Span<'a>,
    /// Its name.
    pub name: Span<'a>,
    /// What stands behind the name; may be empty.
    pub note: Span<'a>,
    /// The style of the fold sign.
    pub fold_style: Style,
}

/// Indent beyond which deeper nodes do not move any further: names must stay readable.
const DEEPEST: u16 = 8;

impl<'a> Node<'a> {
    /// The row's line.
    pub fn line(self) -> Line<'a> {
        let sign = match self.fold {
            Fold::Folded => Span::styled("▸", self.fold_style),
            Fold::Open => Span::styled("▾", self.fold_style),
            Fold::Leaf if self.sign.content.is_empty() => Span::raw(" "),
            Fold::Leaf => self.sign,
        };
        let indent = "  ".repeat(usize::from(self.depth.min(DEEPEST)));
        let mut spans = vec![Span::raw(indent), sign, Span::raw(" "), self.name];
        if !self.note.content.is_empty() {
            spans.push(Span::raw(" "));
            spans.push(self.note);
        }
        Line::from(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(depth: u16, fold: Fold, sign: &'static str) -> String {
        let node = Node {
            depth,
            fold,
            sign: sign.into(),
            name: "acme".into(),
            note: "reseller".into(),
            fold_style: Style::new(),
        };
        node.line().to_string()
    }

    #[test]
    fn a_leaf_shows_its_state_where_others_fold() {
        assert_eq!(node(0, Fold::Open, ""), "▾ acme reseller");
        assert_eq!(node(2, Fold::Leaf, "●"), "    ● acme reseller");
        assert_eq!(node(1, Fold::Leaf, ""), "    acme reseller");
        assert_eq!(node(200, Fold::Folded, "").chars().count(), 16 + 15);
    }
}
