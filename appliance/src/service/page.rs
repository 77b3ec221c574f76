//! Cuts lists into messages that are not too large.

use super::MAX_MESSAGE;
use prost::Message;

/// The largest beginning of `items` with at most `count` items and about as many bytes as a
/// message may have; at least one, when there is any.
fn fitting<T: Message>(items: &[T], count: usize) -> usize {
    let mut bytes = 0;
    let mut fits = 0;
    for item in items.iter().take(count) {
        bytes += item.encoded_len() + 8;
        if bytes > MAX_MESSAGE && fits > 0 {
            break;
        }
        fits += 1;
    }
    fits
}

/// The pages of a list.
pub(super) fn pages<T: Message>(mut items: Vec<T>, count: usize) -> Vec<Vec<T>> {
    let mut pages = Vec::new();
    while !items.is_empty() {
        let rest = items.split_off(fitting(&items, count.max(1)));
        pages.push(std::mem::replace(&mut items, rest));
    }
    pages
}
