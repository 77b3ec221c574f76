//! Terminal widgets that know no domain and no theme: styles come in, cells go out.
//!
//! Every text reaches its cells through [`text::put`], which drops control and
//! bidirectional-override characters and never writes outside the width it is given.
//! Nothing here keeps state, reads a clock or knows what is shown.

pub mod digits;
pub mod field;
pub mod format;
pub mod hints;
pub mod meter;
pub mod pane;
pub mod popup;
pub mod rail;
pub mod steps;
pub mod table;
pub mod text;
pub mod tree;
