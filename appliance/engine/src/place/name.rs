//! Names: what may be one component of a path, what a file beside another is called, and
//! what a temporary is called.

use crate::worker::protocol::PathBytes;
use sha2::{Digest, Sha256};

/// The longest name that a file system takes, in bytes.
const LONGEST: usize = 255;

/// Whether `name` is one component that stays where it is put.
pub fn is_component(name: &[u8]) -> bool {
    !name.is_empty()
        && name != b"."
        && name != b".."
        && name.len() <= LONGEST
        && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}

/// Whether `text` may stand in the names of files as a request's reference.
pub fn is_reference(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The components of a path.
pub fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
}

/// The folder and the name of a path; of a single name the folder is empty.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = path.rsplitn(2, |byte| *byte == b'/');
    let name = halves.next().unwrap_or_default();
    (halves.next().unwrap_or_default(), name)
}

/// `name` below `folder`; an empty half adds no slash, and `/` takes none.
pub fn join(folder: &[u8], name: &[u8]) -> PathBytes {
    let mut path = Vec::with_capacity(folder.len() + 1 + name.len());
    path.extend_from_slice(folder);
    if !folder.is_empty() && !name.is_empty() && folder.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// A short name of a path below the target: eight bytes of its SHA-256.
pub fn key(path: &[u8]) -> u64 {
    let hash = Sha256::digest(path);
    hash.iter()
        .take(8)
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// The name of the temporary of what will stand at `path`. It says whose it is, and
/// the next attempt of the same request finds it again.
pub fn part_name(reference: &str, path: &[u8]) -> PathBytes {
    format!(".ocdeck-{reference}-{:016x}.part", key(path)).into_bytes()
}

/// The name of a restored file beside the one called `name`:
/// `stem (restored 2026-11-20 2200 R-0118).ext`, from the second on with ` 2`, ` 3`.
/// The stem is shortened, between characters, until all fits.
pub fn beside(name: &[u8], stamp: &str, reference: &str, number: u32) -> PathBytes {
    let mut mark = format!(" (restored {stamp} {reference})");
    if number > 1 {
        mark.push_str(&format!(" {number}"));
    }
    let (mut stem, mut extension) = match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, &[][..]),
    };
    if mark.len() + extension.len() >= LONGEST {
        (stem, extension) = (name, &[]);
    }
    let room = LONGEST.saturating_sub(mark.len() + extension.len());
    let stem = shorten(stem, room);
    [stem, mark.as_bytes(), extension].concat()
}

/// At most `room` bytes of `stem`, without cutting a character in two. Bytes that are
/// no UTF-8 are characters of their own.
fn shorten(stem: &[u8], room: usize) -> &[u8] {
    let Some((head, rest)) = stem.split_at_checked(room) else {
        return stem;
    };
    if rest.is_empty() {
        return head;
    }
    // Only a character that begins within the last three bytes can reach over the cut.
    for back in 1..=head.len().min(3) {
        let start = head.len() - back;
        let (Some(whole), Some(tail)) = (stem.get(start..), head.get(start..)) else {
            continue;
        };
        let width = match tail.first() {
            Some(0xC2..=0xDF) => 2,
            Some(0xE0..=0xEF) => 3,
            Some(0xF0..=0xF4) => 4,
            _ => continue,
        };
        let reaches_over = width > back
            && whole
                .get(..width)
                .is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
        return if reaches_over {
            head.get(..start).unwrap_or_default()
        } else {
            head
        };
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STAMP: &str = "2026-11-20 2200";

    fn named(name: &str, number: u32) -> String {
        String::from_utf8(beside(name.as_bytes(), STAMP, "R-0118", number)).unwrap()
    }

    #[test]
    fn a_file_beside_another_says_when_and_for_whom() {
        assert_eq!(
            named("report.ods", 1),
            "report (restored 2026-11-20 2200 R-0118).ods"
        );
        assert_eq!(
            named("report.ods", 2),
            "report (restored 2026-11-20 2200 R-0118) 2.ods"
        );
        assert_eq!(
            named("a.tar.gz", 1),
            "a.tar (restored 2026-11-20 2200 R-0118).gz"
        );
        assert_eq!(
            named(".bashrc", 1),
            ".bashrc (restored 2026-11-20 2200 R-0118)"
        );
        assert_eq!(
            named("README", 3),
            "README (restored 2026-11-20 2200 R-0118) 3"
        );
    }

    #[test]
    fn an_extension_that_leaves_no_room_is_none() {
        let name = format!("a.{}", "x".repeat(253));
        let long = named(&name, 1);
        assert_eq!(long.len(), LONGEST);
        assert!(long.ends_with(" (restored 2026-11-20 2200 R-0118)"));
    }

    #[test]
    fn names_that_leave_their_folder_are_none() {
        for bad in [
            &b""[..],
            b".",
            b"..",
            b"a/b",
            b"/etc",
            b"a\0b",
            &[b'x'; 256],
        ] {
            assert!(!is_component(bad), "{bad:?}");
        }
        for good in [&b"a"[..], b"...", b"..a", b"\xFF\xFE", b" ", &[b'x'; 255]] {
            assert!(is_component(good), "{good:?}");
        }
    }

    #[test]
    fn a_path_comes_apart_and_together() {
        assert_eq!(split(b"a/b/c"), (&b"a/b"[..], &b"c"[..]));
        assert_eq!(split(b"c"), (&b""[..], &b"c"[..]));
        assert_eq!(join(b"a/b", b"c"), b"a/b/c");
        assert_eq!(join(b"", b"c"), b"c");
        assert_eq!(join(b"/", b"c"), b"/c");
        assert_eq!(join(b"/a", b""), b"/a");
    }

    proptest! {
        #[test]
        fn a_beside_name_fits_and_cuts_no_character(
            name in "[a-zé漢😀.]{1,90}", number in 1..2000u32,
        ) {
            prop_assume!(is_component(name.as_bytes()));
            let made = beside(name.as_bytes(), STAMP, "R-0118", number);
            prop_assert!(is_component(&made));
            let made = String::from_utf8(made).expect("whole characters");
            prop_assert!(made.contains("(restored 2026-11-20 2200 R-0118)"));
            if number > 1 {
                let mark = format!(" {number}");
                prop_assert!(made.contains(&mark));
            }
            // Nothing is cut that need not be.
            prop_assert!(made.len() > LONGEST - 4 || made.len() >= name.len());
        }

        #[test]
        fn any_bytes_make_a_component(name in prop::collection::vec(1..=255u8, 1..255)) {
            prop_assume!(is_component(&name));
            prop_assert!(is_component(&beside(&name, STAMP, "R-0118", 12)));
        }
    }
}
