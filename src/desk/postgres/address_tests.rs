use super::{Address, AddressError, for_a_colleague, shown};

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

#[test]
fn each_of_several_servers_is_known_by_itself() {
    let names = |url: &str| -> Vec<String> {
        let address = Address::parse(url).unwrap();
        let servers = address.servers.iter();
        servers.map(|server| server.name.clone()).collect()
    };
    for url in [
        "postgresql://mara@localhost:1,127.0.0.1:2/desk?sslmode=disable",
        "postgresql://mara@/desk?host=localhost,127.0.0.1&port=1,2&sslmode=disable",
        "postgresql://mara@/desk?host=localhost%2C127.0.0.1&port=1%2C2&sslmode=disable",
    ] {
        assert_eq!(names(url), ["localhost:1", "127.0.0.1:2"], "{url}");
    }
    let sockets = "postgresql://mara@/desk?host=/run/a%20b,/run/c&port=5433";
    assert_eq!(names(sockets), ["/run/a b:5433", "/run/c:5433"]);
    for (url, words) in [
        (
            "postgresql://mara@/desk?host=/a,/b&port=1,2,3",
            "hosts: 2, ports: 3",
        ),
        ("postgresql://mara@/desk?port=1", "no host"),
        (
            "postgresql://mara@localhost/desk?hostaddr=127.0.0.1,127.0.0.2&sslmode=disable",
            "hosts: 1, addresses: 2",
        ),
    ] {
        assert!(refused(url).to_string().contains(words), "{}", refused(url));
    }
    // A server that takes writes is always the one.
    let wanted =
        |value: &str| format!("postgresql://mara@/desk?host=/a&target_session_attrs={value}");
    for value in ["any", "primary", "read-write"] {
        assert!(Address::parse(&wanted(value)).is_ok(), "{value}");
    }
    for value in ["standby", "read-only", "prefer-standby", "best"] {
        assert_eq!(
            refused(&wanted(value)),
            AddressError::Attributes(value.to_owned())
        );
    }
}

#[test]
fn what_is_shown_can_be_written() {
    let sockets = "postgresql://mara@/desk?host=/run/a,/run/b&port=1,2";
    assert_eq!(shown(sockets), sockets);
    assert_eq!(
        for_a_colleague(
            "postgresql://admin:secret@a:1,b/ops?sslmode=verify-full&sslkey=/k&password=x"
        ),
        "postgresql://NAME@a:1,b/ops?sslmode=verify-full"
    );
    assert_eq!(
        for_a_colleague("postgres:///ops?user=admin"),
        "postgres://NAME@/ops"
    );
}
