//! A role in the database that is named unlike the person in the certificate: the database shows
//! who logged in, so nothing that this person takes counts as theirs.

use super::init::quoted;
use std::fmt;

/// Such a role, and the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlike {
    /// The role that logs in.
    pub role: String,
    /// The name in the certificate.
    pub person: String,
}

impl Unlike {
    /// The one thing to know of it, for one line of a screen.
    pub fn short(&self) -> String {
        let Self { role, person } = self;
        format!(
            "you log in to the desk as {role}, not {person}: nothing that you take counts as \
             yours (ocdeck doctor)"
        )
    }

    /// What its database is told to mend it, by whoever owns it.
    pub fn remedy(&self) -> String {
        let (role, person) = (quoted(&self.role), quoted(&self.person));
        format!("ALTER ROLE {role} RENAME TO {person}")
    }
}

impl fmt::Display for Unlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, person } = self;
        write!(
            f,
            "the role {role} of the desk is not named as its certificate names {person}: what {person} \
             writes is shown as \"{person} (written by {role})\", and nothing counts as theirs; let \
             the database's owner run {}, and name {person} in the desk's URL",
            self.remedy()
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::Place;

    #[test]
    fn only_a_role_that_is_named_otherwise_is_told() {
        let unlike = |place: &str, person: &str| Place::named(place.as_ref()).unlike(person);
        let url = "postgresql://mara-w@/ops?host=/run/postgresql";
        assert_eq!(unlike(url, "mara-w"), None);
        assert_eq!(unlike("/srv/desk", "mara"), None);
        // Nobody is named: a tool.
        assert_eq!(unlike(url, ""), None);
        let told = unlike(url, "mara").unwrap();
        assert_eq!(told.remedy(), "ALTER ROLE \"mara-w\" RENAME TO mara");
        assert!(told.short().chars().count() <= 108, "a line of a screen");
        let words = told.to_string();
        assert!(
            words.contains("shown as \"mara (written by mara-w)\""),
            "{words}"
        );
    }
}
