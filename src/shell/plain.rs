//! Lines of a log as plain text: what is logged may hold names from outside, and a log is
//! read in a terminal.

use ocdeck_domain::text;
use std::io::{self, Write};
use tracing_subscriber::fmt::MakeWriter;

/// Makes writers that let through no control or direction-override characters.
#[derive(Clone, Copy, Debug)]
pub struct PlainLines<M>(pub M);

/// Writes whole lines, plain.
#[derive(Debug)]
pub struct PlainWriter<W>(W);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for PlainLines<M> {
    type Writer = PlainWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        PlainWriter(self.0.make_writer())
    }
}

impl<W: Write> Write for PlainWriter<W> {
    /// Takes one line whole, as the log gives it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let mut shown = text::show(line);
        if line.len() < bytes.len() {
            shown.push('\n');
        }
        self.0.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ocdeck_domain::text::unsafe_on_screen;
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex, PoisonError};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn no_name_reaches_a_log_with_what_a_terminal_acts_on(
            name in prop::collection::vec(any::<u8>(), 0..40),
            text in "[\\x00-\\x1f\u{7f}-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{200b}a]{0,20}",
        ) {
            let kept = Kept::default();
            let writer = kept.clone();
            let log = tracing_subscriber::fmt()
                .with_writer(PlainLines(move || writer.clone()))
                .with_ansi(false)
                .finish();
            tracing::subscriber::with_default(log, || {
                tracing::warn!(
                    name = %String::from_utf8_lossy(&name),
                    "{text} is left out"
                );
            });
            let kept = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
            let written = String::from_utf8(kept.clone()).unwrap();
            let line = written.strip_suffix('\n').unwrap();
            prop_assert!(line.contains("is left out"));
            prop_assert!(!line.chars().any(unsafe_on_screen), "{:?}", line);
        }
    }
}
