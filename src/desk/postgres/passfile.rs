//! The password of a role, from where PostgreSQL's own programs take it: `PGPASSWORD`, else the
//! file `PGPASSFILE`, else `~/.pgpass`. As there, a file that others may read is not used.

use std::{env, fs, os::unix::fs::MetadataExt, path::PathBuf};
use tokio_postgres::{Config, config::Host};

/// The password for the first host of `config`; none: the server must not ask for one.
pub(super) fn password(config: &Config) -> Option<String> {
    if let Ok(password) = env::var("PGPASSWORD") {
        return Some(password);
    }
    let path = env::var_os("PGPASSFILE").map(PathBuf::from).or_else(|| {
        let home = env::var_os("HOME")?;
        Some(PathBuf::from(home).join(".pgpass"))
    })?;
    let mode = fs::metadata(&path).ok()?.mode();
    if mode & 0o077 != 0 {
        tracing::warn!(
            "{} is not used: others may read it; chmod 600",
            path.display()
        );
        return None;
    }
    let text = fs::read_to_string(&path).ok()?;
    find(&text, &wanted(config))
}

/// Host, port, database and role, as the file names them.
fn wanted(config: &Config) -> [String; 4] {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(_)) | None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let role = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(role);
    [host, port.to_string(), database.to_owned(), role.to_owned()]
}

fn find(text: &str, wanted: &[String; 4]) -> Option<String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let fields = fields(line);
            let (password, place) = fields.split_last()?;
            let fits = place.len() == wanted.len()
                && place
                    .iter()
                    .zip(wanted)
                    .all(|(field, wanted)| field == "*" || field == wanted);
            fits.then(|| password.clone())
        })
}

/// The five fields of a line; `\:` and `\\` are a colon and a backslash.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        let c = match c {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            c => c,
        };
        if let Some(field) = fields.last_mut() {
            field.push(c);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_first_line_that_fits_counts() {
        let wanted = ["db", "5432", "desk", "mara"].map(str::to_owned);
        let text = "# a note\nother:5432:desk:mara:no\ndb:*:desk:jonas:no\n\
                    db:5432:*:mara:a\\:b\\\\c:d\n*:*:*:*:late\n";
        assert_eq!(find(text, &wanted).unwrap(), "a:b\\c:d");
        assert_eq!(find("db:5432:desk:mara", &wanted), None);
        assert_eq!(find("", &wanted), None);
    }
}
