//! Text from outside: made safe before it enters the model.
//!
//! A file name may hold an escape sequence that clears the screen, or a bidi override that
//! shows `gpj.exe` as `exe.jpg`. Nothing of that may reach a terminal.

use std::borrow::Cow;

/// Whether this character must not reach a screen or a log.
pub fn unsafe_on_screen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{061c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text without control and bidi-override characters; a tab or line break becomes a space.
pub fn clean(text: &str) -> Cow<'_, str> {
    // Nearly all text is this, and told in one look at its bytes.
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain || !text.chars().any(unsafe_on_screen) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter_map(|c| match c {
                '\t' | '\n' | '\r' => Some(' '),
                c if unsafe_on_screen(c) => None,
                c => Some(c),
            })
            .collect(),
    )
}

/// Bytes of a path as safe text. Invalid UTF-8 and characters that may not be shown become
/// `\u{fffd}`, so that two different names never look the same by losing something.
pub fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| if unsafe_on_screen(c) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_overrides_do_not_pass() {
        assert_eq!(clean("a\u{1b}[2Jb"), "a[2Jb");
        assert_eq!(clean("one\ntwo\tthree"), "one two three");
        assert_eq!(clean("\u{202e}gpj.exe"), "gpj.exe");
        assert_eq!(show(b"a\xffb\x1b"), "a\u{fffd}b\u{fffd}");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(bytes: Vec<u8>, text: String) {
            prop_assert!(!show(&bytes).chars().any(unsafe_on_screen));
            prop_assert!(!clean(&text).chars().any(unsafe_on_screen));
        }
    }
}
