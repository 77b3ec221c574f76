//! The desk in PostgreSQL: a cluster of one's own, stopped and killed as it comes.

use crate::support::postgres::{Cluster, OWNER, Stop, trial_with_postgres};
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    vec![trial_with_postgres(
        "postgres::a_cluster_keeps_what_it_committed",
        a_cluster_keeps_what_it_committed,
    )]
}

/// The ground that the other trials stand on.
fn a_cluster_keeps_what_it_committed() {
    let cluster = Cluster::start();
    cluster.sql(
        OWNER,
        "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)",
    );
    cluster.stop(Stop::Immediate);
    cluster.start_again();
    assert_eq!(cluster.sql(OWNER, "SELECT n FROM kept"), "7");
    cluster.role("mara");
    let words = cluster.refused("mara", "INSERT INTO kept VALUES (8)");
    assert!(words.contains("permission denied"), "{words}");
    cluster.stop(Stop::Fast);
    cluster.start_again();
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(cluster.sql_at(&cluster.tls_url("mara"), encrypted), "t");
}
