use super::{Address, AddressError};

fn refused(url: &str) -> AddressError {
    Address::parse(url)
        .map(|address| address.to_string())
        .unwrap_err()
}

#[test]
fn nothing_secret_travels_in_the_open() {
    let remote = "postgresql://mara:secret@db.example/desk";
    assert_eq!(refused(remote), AddressError::Open("db.example".to_owned()));
    let open = format!("{remote}?sslmode=disable");
    assert!(matches!(refused(&open), AddressError::Open(_)));
    // The weak modes of old programs are no way around the check.
    for mode in ["allow", "prefer", "require", "verify-ca", "verify-full"] {
        let url = format!("{remote}?sslmode={mode}");
        assert!(matches!(refused(&url), AddressError::NoRoot(_)), "{mode}");
    }
    // On this host only when asked for.
    assert!(matches!(
        refused("postgresql://mara@127.0.0.1/desk"),
        AddressError::Open(_)
    ));
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let url = format!("postgresql://mara@{host}/desk?sslmode=disable");
        assert!(Address::parse(&url).is_ok(), "{host}");
    }
    // Two hosts, and one of them far away.
    assert!(matches!(
        refused("postgresql://mara@localhost,db.example/desk?sslmode=disable"),
        AddressError::Open(_)
    ));
    assert!(Address::parse("postgresql://mara@/desk?host=/run/postgresql").is_ok());
}

#[test]
fn no_secret_stands_in_what_is_shown() {
    let url = "postgresql://mara:secret@localhost:5433/desk?sslmode=disable";
    let address = Address::parse(url).unwrap();
    assert_eq!(address.to_string(), "postgresql://mara@localhost:5433/desk");
    assert!(!format!("{address:?}").contains("secret"));
    let wrong = "postgresql://mara:secret@localhost/desk?sslmode=disable&colour=red";
    assert!(!refused(wrong).to_string().contains("secret"));
    assert!(
        !refused("postgresql://mara:secret@")
            .to_string()
            .contains("secret")
    );
}

#[test]
fn a_file_that_is_no_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("ca.pem");
    std::fs::write(&root, "nothing").unwrap();
    let url = format!(
        "postgresql://mara@db.example/desk?sslmode=verify-full&sslrootcert={}",
        root.display()
    );
    let words = refused(&url).to_string();
    assert!(words.contains("ca.pem"), "{words}");
}
