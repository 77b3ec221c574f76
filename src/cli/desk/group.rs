//! The number of a group of this machine.

use anyhow::{Result, bail};
use std::{fs, process::Command};

/// The number of the group with this name, or with this number.
///
/// # Errors
/// When there is no such group.
pub(super) fn number(name: &str) -> Result<u32> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let local = fs::read_to_string("/etc/group").unwrap_or_default();
    if let Some(number) = find(&local, name) {
        return Ok(number);
    }
    // A directory service, if there is one, is asked by the system's own program.
    let asked = Command::new("getent").args(["group", name]).output();
    let text = asked.map_or_else(|_| Vec::new(), |output| output.stdout);
    match find(&String::from_utf8_lossy(&text), name) {
        Some(number) => Ok(number),
        None => bail!(
            "there is no group {name}: make it with `sudo groupadd {name}`, and add people with \
             `sudo usermod -aG {name} NAME`"
        ),
    }
}

/// Lines of `group(5)`: name, password, number, members.
fn find(lines: &str, name: &str) -> Option<u32> {
    lines.lines().find_map(|line| {
        let mut parts = line.split(':');
        (parts.next() == Some(name)).then(|| parts.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_name_and_by_number() {
        assert_eq!(find("root:x:0:\nops:x:1001:mara,ben\n", "ops"), Some(1001));
        assert_eq!(find("opsy:x:1002:\n", "ops"), None);
        assert_eq!(number("7").unwrap(), 7);
        let error = format!("{:#}", number("no-such-group-here").unwrap_err());
        assert!(
            error.contains("sudo groupadd no-such-group-here"),
            "{error}"
        );
    }
}
