//! The text of an id. Nearly all are short, and a fleet has hundreds of thousands of them that
//! are compared all the time: a short one stands where it is used, so that comparing looks
//! nowhere else, and copying and letting go of it do nothing else.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// Bytes of a text that stands where it is used: as many as make it no larger than a `String`.
const SHORT: usize = 22;

/// A text that does not change.
#[derive(Clone)]
pub(super) enum Word {
    /// So many bytes, with zeros behind them.
    Short(u8, [u8; SHORT]),
    /// Longer ones are shared.
    Long(Arc<str>),
}

impl Word {
    pub(super) fn new(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(here), Ok(len)) => {
                here.copy_from_slice(text.as_bytes());
                Self::Short(len, bytes)
            }
            _ => Self::Long(Arc::from(text)),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            // It was made of a text, so it is one.
            Self::Short(..) => str::from_utf8(self.bytes()).unwrap_or_default(),
            Self::Long(text) => text,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(len, bytes) => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(text) => text.as_bytes(),
        }
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Short(len, bytes), Self::Short(other, others)) => {
                len == other && bytes == others
            }
            (Self::Long(text), Self::Long(other)) => text == other,
            // A text is short or long, never either.
            _ => false,
        }
    }
}

impl Eq for Word {}

impl PartialOrd for Word {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Word {
    /// As their texts.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // Nothing is less than what stands behind the end of the shorter one; of a text that
            // has a zero itself the length says which.
            (Self::Short(len, bytes), Self::Short(other, others)) => {
                bytes.cmp(others).then(len.cmp(other))
            }
            _ => self.bytes().cmp(other.bytes()),
        }
    }
}

impl Hash for Word {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.bytes());
        // No text has this byte: what follows in a key cannot run into it.
        state.write_u8(0xff);
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::{BuildHasher, RandomState};

    #[test]
    fn it_takes_no_more_room_than_a_string() {
        assert_eq!(size_of::<Word>(), size_of::<String>());
        assert_eq!(size_of::<Option<Word>>(), size_of::<String>());
    }

    proptest! {
        /// Short, long, with zeros and wide characters: it is the text that it was made of.
        #[test]
        fn it_is_what_its_text_is(
            a in "[a\\x00ß漢]{0,12}",
            b in prop_oneof!["[a\\x00ß漢]{0,12}", "[ab]{20,24}"],
        ) {
            let (one, two) = (Word::new(&a), Word::new(&b));
            prop_assert_eq!(one.as_str(), &a);
            prop_assert_eq!(two.as_str(), &b);
            prop_assert_eq!(one.cmp(&two), a.cmp(&b));
            prop_assert_eq!(one == two, a == b);
            let hash = RandomState::new();
            prop_assert_eq!(hash.hash_one(&one), hash.hash_one(one.clone()));
            prop_assert_eq!(hash.hash_one(&one), hash.hash_one(&a));
            prop_assert_eq!(format!("{one:?}"), format!("{a:?}"));
            let json = serde_json::to_string(&two).unwrap();
            prop_assert_eq!(&json, &serde_json::to_string(&b).unwrap());
            prop_assert_eq!(serde_json::from_str::<Word>(&json).unwrap(), two);
        }
    }
}
