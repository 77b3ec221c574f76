//! The password of a role, from where PostgreSQL's own programs take it: `PGPASSWORD`, else the
//! file `PGPASSFILE`, else `~/.pgpass`. As there, a file that others may read is not used.

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};
use tokio_postgres::{Config, config::Host};

/// The password for the one host of `config`, or why none is known.
pub(super) fn password(config: &Config) -> Result<String, String> {
    if let Ok(password) = env::var("PGPASSWORD") {
        return Ok(password);
    }
    let named = env::var_os("PGPASSFILE").map(PathBuf::from);
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".pgpass"));
    let Some(path) = named.or_else(home) else {
        return Err("neither PGPASSWORD nor a home with .pgpass is there".to_owned());
    };
    in_file(&path, &wanted(config))
}

/// The password in this file for host, port, database and role.
fn in_file(path: &Path, wanted: &[String; 4]) -> Result<String, String> {
    let shown = path.display();
    let missing = |error| format!("PGPASSWORD is not set, and {shown} cannot be read: {error}");
    let mode = fs::metadata(path).map_err(missing)?.mode();
    if mode & 0o077 != 0 {
        return Err(format!(
            "{shown} is not used because others may read it: chmod 600 {shown}"
        ));
    }
    let text = fs::read_to_string(path).map_err(missing)?;
    find(&text, wanted).ok_or_else(|| {
        let [host, port, database, role] = wanted;
        format!("{shown} has no line that fits {host}:{port}:{database}:{role}")
    })
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
    use super::{find, in_file};
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn the_first_line_that_fits_counts() {
        let wanted = ["db", "5432", "desk", "mara"].map(str::to_owned);
        let text = "# a note\nother:5432:desk:mara:no\ndb:*:desk:jonas:no\n\
                    db:5432:*:mara:a\\:b\\\\c:d\n*:*:*:*:late\n";
        assert_eq!(find(text, &wanted).unwrap(), "a:b\\c:d");
        assert_eq!(find("db:5432:desk:mara", &wanted), None);
        assert_eq!(find("", &wanted), None);
    }

    #[test]
    fn why_none_is_known_is_said_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pgpass");
        let wanted = ["db", "5432", "desk", "mara"].map(str::to_owned);
        let why = || in_file(&path, &wanted).unwrap_err();
        assert!(why().contains("PGPASSWORD is not set"), "{}", why());
        fs::write(&path, "db:5432:desk:mara:secret\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(why().contains("chmod 600"), "{}", why());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(in_file(&path, &wanted).unwrap(), "secret");
        fs::write(&path, "db:5432:desk:jonas:secret\n").unwrap();
        assert!(why().contains("db:5432:desk:mara"), "{}", why());
        assert!(!why().contains("secret"), "{}", why());
    }
}
